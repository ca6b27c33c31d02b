#include "tunlab/lab/closed_port.hpp"

namespace tunlab {

TcpHeader reset_for(const TcpHeader& segment) {
    TcpHeader reset{.source_port = segment.destination_port, .destination_port = segment.source_port};
    if ((segment.flags & kTcpAck) != 0) {
        reset.sequence = segment.acknowledgement;
        reset.flags = kTcpRst;
        return reset;
    }
    // SYN and FIN each take a sequence number (RFC 9293 §3.4).
    const unsigned flags_length =
        ((segment.flags & kTcpSyn) != 0 ? 1U : 0U) + ((segment.flags & kTcpFin) != 0 ? 1U : 0U);
    reset.acknowledgement = segment.sequence + static_cast<std::uint32_t>(segment.data.size()) + flags_length;
    reset.flags = kTcpRst | kTcpAck;
    return reset;
}

bool wants_signature(const TcpHeader& segment) {
    constexpr std::size_t kMd5OptionSize = 18;  // with less left, Linux looks no further
    Bytes options = segment.options;
    while (options.size() >= kMd5OptionSize && options[0] != kTcpOptionEnd) {
        if (options[0] == kTcpOptionNop) {
            options = options.subspan(1);
            continue;
        }
        const std::size_t size = options[1];
        const bool readable = size >= kTcpOptionHeaderSize && size <= options.size();
        if (!readable || options[0] == kTcpOptionMd5 || options[0] == kTcpOptionAuthentication) return true;
        options = options.subspan(size);
    }
    return false;
}

std::optional<Reason> why_no_reset(const TcpHeader& segment, LinkDestination link_destination) {
    if (link_destination == LinkDestination::Group) return Reason::LinkGroup;
    if ((segment.flags & kTcpRst) != 0) return Reason::TcpReset;
    if (wants_signature(segment)) return Reason::TcpSignature;
    return std::nullopt;
}

Reason reason_for_udp(Defect defect) {
    return defect == Defect::BadChecksum ? Reason::UdpChecksum : Reason::UdpLength;
}

Reason reason_for_tcp(Defect defect) {
    return defect == Defect::BadChecksum ? Reason::TcpChecksum : Reason::TcpHeader;
}

}  // namespace tunlab
