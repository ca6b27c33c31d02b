#include "tunlab/wire/icmpv4.hpp"

#include "tunlab/wire/checksum.hpp"

namespace tunlab {

Parsed<IcmpMessage> parse_icmpv4(Bytes bytes) {
    return parse_icmp(bytes, InternetChecksum());
}

void write_icmpv4(MutableBytes out, const IcmpMessage& message) {
    write_icmp(out, message, InternetChecksum());
}

}  // namespace tunlab
