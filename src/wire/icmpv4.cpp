#include "tunlab/wire/icmpv4.hpp"

#include "tunlab/wire/checksum.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

constexpr std::size_t kRestOffset = 4;

}  // namespace

Parsed<IcmpMessage> parse_icmpv4(Bytes bytes) {
    if (bytes.size() < kIcmpHeaderSize) return Defect::Truncated;
    if (InternetChecksum().add(bytes).value() != 0) return Defect::BadChecksum;
    return parse_icmpv4_unverified(bytes);
}

Parsed<IcmpMessage> parse_icmpv4_unverified(Bytes bytes) {
    if (bytes.size() < kIcmpHeaderSize) return Defect::Truncated;
    return IcmpMessage{.type = bytes[0],
                       .code = bytes[1],
                       .rest_of_header = load_be32(bytes, kRestOffset),
                       .data = bytes.subspan(kIcmpHeaderSize)};
}

void write_icmpv4(MutableBytes out, const IcmpMessage& message) {
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    assert(out.size() >= size);
    out[0] = message.type;
    out[1] = message.code;
    store_be16(out, kIcmpChecksumOffset, 0);
    store_be32(out, kRestOffset, message.rest_of_header);
    std::ranges::copy(message.data, out.subspan(kIcmpHeaderSize).begin());
    store_be16(out, kIcmpChecksumOffset, InternetChecksum().add(out.first(size)).value());
}

}  // namespace tunlab
