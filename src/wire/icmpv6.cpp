#include "tunlab/wire/icmpv6.hpp"

#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

namespace {

// RFC 4443 §2.1.
constexpr std::size_t kRestOffset = 4;

}  // namespace

Parsed<IcmpMessage> parse_icmpv6(Bytes bytes, const Ipv6Address& source, const Ipv6Address& destination) {
    if (bytes.size() < kIcmpHeaderSize) return Defect::Truncated;
    if (pseudo_header(source, destination, kProtocolIcmpv6, bytes.size()).add(bytes).value() != 0)
        return Defect::BadChecksum;
    return IcmpMessage{.type = bytes[0],
                       .code = bytes[1],
                       .rest_of_header = load_be32(bytes, kRestOffset),
                       .data = bytes.subspan(kIcmpHeaderSize)};
}

void write_icmpv6(MutableBytes out, const IcmpMessage& message, const Ipv6Address& source,
                  const Ipv6Address& destination) {
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    assert(out.size() >= size);
    out[0] = message.type;
    out[1] = message.code;
    store_be16(out, kIcmpChecksumOffset, 0);
    store_be32(out, kRestOffset, message.rest_of_header);
    std::ranges::copy(message.data, out.subspan(kIcmpHeaderSize).begin());
    store_be16(out, kIcmpChecksumOffset,
               pseudo_header(source, destination, kProtocolIcmpv6, size).add(out.first(size)).value());
}

}  // namespace tunlab
