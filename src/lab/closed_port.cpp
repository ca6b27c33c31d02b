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
    constexpr std::uint8_t kEndOfOptions = 0;
    constexpr std::uint8_t kNoOperation = 1;
    constexpr std::uint8_t kMd5Signature = 19;
    constexpr std::uint8_t kAuthentication = 29;
    constexpr std::size_t kLeastSize = 2;  // kind and length
    constexpr std::size_t kRoom = 18;      // of an MD5 signature: with less left, Linux looks no further
    Bytes options = segment.options;
    while (options.size() >= kRoom && options[0] != kEndOfOptions) {
        if (options[0] == kNoOperation) {
            options = options.subspan(1);
            continue;
        }
        const std::size_t size = options[1];
        const bool readable = size >= kLeastSize && size <= options.size();
        if (!readable || options[0] == kMd5Signature || options[0] == kAuthentication) return true;
        options = options.subspan(size);
    }
    return false;
}

Reason reason_for_udp(Defect defect) {
    return defect == Defect::BadChecksum ? Reason::UdpChecksum : Reason::UdpLength;
}

Reason reason_for_tcp(Defect defect) {
    return defect == Defect::BadChecksum ? Reason::TcpChecksum : Reason::TcpHeader;
}

}  // namespace tunlab
