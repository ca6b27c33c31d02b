#include "tunlab/wire/transport.hpp"

#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/ip.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

// RFC 9293 §3.1.
constexpr std::size_t kTcpSequenceOffset = 4;
constexpr std::size_t kTcpAcknowledgementOffset = 8;
constexpr std::size_t kTcpDataOffsetOffset = 12;
constexpr std::size_t kTcpFlagsOffset = 13;
constexpr std::size_t kTcpWindowOffset = 14;
constexpr std::size_t kTcpUrgentPointerOffset = 18;

}  // namespace

Parsed<Ports> parse_ports(Bytes bytes) {
    if (bytes.size() < 2 * sizeof(std::uint16_t)) return Defect::Truncated;
    return Ports{.source = load_be16(bytes, 0), .destination = load_be16(bytes, 2)};
}

Parsed<UdpHeader> parse_udp_lenient(Bytes bytes) {
    if (bytes.size() < kUdpHeaderSize) return Defect::Truncated;
    return UdpHeader{.source_port = load_be16(bytes, 0),
                     .destination_port = load_be16(bytes, 2),
                     .length = load_be16(bytes, kUdpLengthOffset)};
}

Parsed<UdpHeader> parse_udp(Bytes bytes) {
    const auto udp = parse_udp_lenient(bytes);
    if (udp && udp->length < kUdpHeaderSize) return Defect::BadLength;
    return udp;
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

std::size_t tcp_header_size(Bytes header) {
    return std::size_t{header[kTcpDataOffsetOffset]} >> 4 << 2;  // in words of four bytes
}

Parsed<TcpHeader> parse_tcp_lenient(Bytes bytes) {
    if (bytes.size() < kTcpMinHeaderSize) return Defect::Truncated;
    const std::size_t header_size = std::clamp(tcp_header_size(bytes), kTcpMinHeaderSize, bytes.size());
    return TcpHeader{.source_port = load_be16(bytes, 0),
                     .destination_port = load_be16(bytes, 2),
                     .sequence = load_be32(bytes, kTcpSequenceOffset),
                     .acknowledgement = load_be32(bytes, kTcpAcknowledgementOffset),
                     .flags = bytes[kTcpFlagsOffset],
                     .window = load_be16(bytes, kTcpWindowOffset),
                     .urgent_pointer = load_be16(bytes, kTcpUrgentPointerOffset),
                     .options = bytes.subspan(kTcpMinHeaderSize, header_size - kTcpMinHeaderSize),
                     .data = bytes.subspan(header_size)};
}

Parsed<TcpHeader> parse_tcp(Bytes bytes) {
    if (bytes.size() < kTcpMinHeaderSize) return Defect::Truncated;
    const std::size_t header_size = tcp_header_size(bytes);
    if (header_size < kTcpMinHeaderSize || header_size > bytes.size()) return Defect::BadHeaderLength;
    return parse_tcp_lenient(bytes);
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
    store_be32(out, kTcpSequenceOffset, header.sequence);
    store_be32(out, kTcpAcknowledgementOffset, header.acknowledgement);
    out[kTcpDataOffsetOffset] = kTcpMinHeaderSize / 4 << 4;  // in words of four bytes
    out[kTcpFlagsOffset] = header.flags;
    store_be16(out, kTcpWindowOffset, header.window);
    store_be16(out, kTcpChecksumOffset, 0);
    store_be16(out, kTcpUrgentPointerOffset, header.urgent_pointer);
    auto sum = pseudo_header(ends.source, ends.destination, kProtocolTcp, kTcpMinHeaderSize);
    store_be16(out, kTcpChecksumOffset, sum.add(out.first(kTcpMinHeaderSize)).value());
}

}  // namespace tunlab
