#include "tunlab/wire/icmp.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

constexpr std::size_t kRestOffset = 4;

}  // namespace

Parsed<IcmpMessage> parse_icmp_unverified(Bytes bytes) {
    if (bytes.size() < kIcmpHeaderSize) return Defect::Truncated;
    return IcmpMessage{.type = bytes[0],
                       .code = bytes[1],
                       .rest_of_header = load_be32(bytes, kRestOffset),
                       .data = bytes.subspan(kIcmpHeaderSize)};
}

Parsed<IcmpMessage> parse_icmp(Bytes bytes, InternetChecksum covered) {
    if (bytes.size() < kIcmpHeaderSize) return Defect::Truncated;
    if (covered.add(bytes).value() != 0) return Defect::BadChecksum;
    return parse_icmp_unverified(bytes);
}

void write_icmp(MutableBytes out, const IcmpMessage& message, InternetChecksum covered) {
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    assert(out.size() >= size);
    out[0] = message.type;
    out[1] = message.code;
    store_be16(out, kIcmpChecksumOffset, 0);
    store_be32(out, kRestOffset, message.rest_of_header);
    std::ranges::copy(message.data, out.subspan(kIcmpHeaderSize).begin());
    store_be16(out, kIcmpChecksumOffset, covered.add(out.first(size)).value());
}

}  // namespace tunlab
