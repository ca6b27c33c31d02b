#include "tunlab/wire/transport.hpp"

#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <cassert>

namespace tunlab {

namespace {

// RFC 768 and RFC 9293 §3.1.
constexpr std::size_t kUdpLengthOffset = 4;

}  // namespace

Parsed<UdpHeader> parse_udp(Bytes bytes) {
    if (bytes.size() < kUdpHeaderSize) return Defect::Truncated;
    const std::uint16_t length = load_be16(bytes, kUdpLengthOffset);
    if (length < kUdpHeaderSize) return Defect::BadLength;
    return UdpHeader{
        .source_port = load_be16(bytes, 0), .destination_port = load_be16(bytes, 2), .length = length};
}

Parsed<UdpHeader> parse_udp(Bytes bytes, const Ends& ends) {
    const bool v6 = ends.source.family() == Family::V6;
    if (bytes.size() < kUdpHeaderSize) return Defect::Truncated;
    const std::size_t stated = load_be16(bytes, kUdpLengthOffset);
    const std::size_t length = v6 && stated == 0 ? bytes.size() : stated;
    if (length < kUdpHeaderSize || length > bytes.size()) return Defect::BadLength;
    // RFC 768: over IPv4 a checksum of 0 says that there is none.
    const bool has_checksum = load_be16(bytes, kUdpChecksumOffset) != 0;
    if (v6 && !has_checksum) return Defect::BadChecksum;
    auto sum = pseudo_header(ends.source, ends.destination, kProtocolUdp, length);
    if (has_checksum && sum.add(bytes.first(length)).value() != 0) return Defect::BadChecksum;
    return UdpHeader{.source_port = load_be16(bytes, 0),
                     .destination_port = load_be16(bytes, 2),
                     .length = static_cast<std::uint16_t>(length)};
}

Parsed<TcpHeader> parse_tcp(Bytes bytes) {
    if (bytes.size() < kTcpMinHeaderSize) return Defect::Truncated;
    const auto header_size = static_cast<std::size_t>(bytes[12] >> 4) * 4;  // the data offset, in words
    if (header_size < kTcpMinHeaderSize || header_size > bytes.size()) return Defect::BadHeaderLength;
    return TcpHeader{.source_port = load_be16(bytes, 0),
                     .destination_port = load_be16(bytes, 2),
                     .sequence = load_be32(bytes, 4),
                     .acknowledgement = load_be32(bytes, 8),
                     .flags = bytes[13],
                     .window = load_be16(bytes, 14),
                     .urgent_pointer = load_be16(bytes, 18),
                     .options = bytes.subspan(kTcpMinHeaderSize, header_size - kTcpMinHeaderSize),
                     .data = bytes.subspan(header_size)};
}

Parsed<TcpHeader> parse_tcp(Bytes bytes, const Ends& ends) {
    const auto segment = parse_tcp(bytes);
    if (!segment) return segment;
    auto sum = pseudo_header(ends.source, ends.destination, kProtocolTcp, bytes.size());
    if (sum.add(bytes).value() != 0) return Defect::BadChecksum;
    return segment;
}

void write_tcp_header(MutableBytes out, const TcpHeader& header, const Ends& ends) {
    assert(out.size() >= kTcpMinHeaderSize);
    assert(header.options.empty() && header.data.empty());
    store_be16(out, 0, header.source_port);
    store_be16(out, 2, header.destination_port);
    store_be32(out, 4, header.sequence);
    store_be32(out, 8, header.acknowledgement);
    out[12] = kTcpMinHeaderSize / 4 << 4;  // the data offset, in words
    out[13] = header.flags;
    store_be16(out, 14, header.window);
    store_be16(out, kTcpChecksumOffset, 0);
    store_be16(out, 18, header.urgent_pointer);
    auto sum = pseudo_header(ends.source, ends.destination, kProtocolTcp, kTcpMinHeaderSize);
    store_be16(out, kTcpChecksumOffset, sum.add(out.first(kTcpMinHeaderSize)).value());
}

}  // namespace tunlab
