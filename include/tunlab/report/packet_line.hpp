#pragma once
// One packet in tcpdump's words, so that users can read the one as they read the other. Takes any bytes:
// malformed packets are described as far as possible.

#include "tunlab/base/bytes.hpp"
#include "tunlab/profile/profile.hpp"

#include <string>

namespace tunlab {

/// What `tcpdump -n -S` prints of `packet` behind the time: "IP 10.0.1.1 > 10.0.1.2: ICMP echo
/// request, id 4, seq 1, length 64". With Mode::Tap the packet is an Ethernet frame, with
/// Mode::Tun an IP packet. One line of printable ASCII, whatever the bytes.
[[nodiscard]] std::string describe_packet(Mode mode, Bytes packet);

/// What `tcpdump -n -e` prints of an Ethernet frame: the link header and the packet, whose first
/// word ("IP", "IP6", "ARP,") is left out because the link header names the protocol.
[[nodiscard]] std::string describe_with_link_header(Bytes frame);

/// `bytes` as `tcpdump -x` prints them, sixteen a line, each line with its end:
/// "\t0x0000:  4500 0054 ...\n".
[[nodiscard]] std::string format_hex(Bytes bytes);

}  // namespace tunlab
