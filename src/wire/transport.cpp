#include "tunlab/wire/transport.hpp"

namespace tunlab {

Parsed<UdpHeader> parse_udp(Bytes bytes) {
    if (bytes.size() < kUdpHeaderSize) return Defect::Truncated;
    const std::uint16_t length = load_be16(bytes, 4);
    if (length < kUdpHeaderSize) return Defect::BadLength;
    return UdpHeader{
        .source_port = load_be16(bytes, 0), .destination_port = load_be16(bytes, 2), .length = length};
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

}  // namespace tunlab
