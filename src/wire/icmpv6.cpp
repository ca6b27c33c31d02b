#include "tunlab/wire/icmpv6.hpp"

#include "tunlab/wire/checksum.hpp"
#include "tunlab/wire/ip.hpp"

namespace tunlab {

Parsed<IcmpMessage> parse_icmpv6(Bytes bytes, const Ipv6Address& source, const Ipv6Address& destination) {
    return parse_icmp(bytes, pseudo_header(source, destination, kProtocolIcmpv6, bytes.size()));
}

void write_icmpv6(MutableBytes out, const IcmpMessage& message, const Ipv6Address& source,
                  const Ipv6Address& destination) {
    const std::size_t size = kIcmpHeaderSize + message.data.size();
    write_icmp(out, message, pseudo_header(source, destination, kProtocolIcmpv6, size));
}

}  // namespace tunlab
