#pragma once
// What must hold of every reply, whatever was asked, and the means to ask with right checksums. The unit
// tests of the responders ask by them too.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/responder.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace tunlab::fuzz {

/// Throws std::logic_error with what does not hold: to libFuzzer, which nobody expects to throw, a finding.
void require(bool holds, const char* what);

enum class Link { None, Ethernet };

/// Every address answers, and some near those that the targets call the host's have behaviour of their own:
/// each kind of answer, a path with a narrow link, hosts that are named one by one.
const HostTable& network();

/// Cuts an input into its records.
class Records {
public:
    explicit Records(Bytes input) : rest_(input) {}

    struct Record {
        bool repair = false;
        std::chrono::milliseconds pause{};
        std::vector<std::uint8_t> packet;
    };
    /// False at the end.
    bool next(Record& record);

private:
    Bytes rest_;
};

/// Makes the checksums of an IP packet right, as far as there is room for them: the IPv4 header's, and those
/// of ICMP, ICMPv6, UDP and TCP in what is no fragment.
void repair_checksums(MutableBytes packet);

/// Has two responders of the same kind answer `packet`, one writing over 0x00 and one over 0xff, and requires
/// that both say the same; that there are replies if and only if the reason says so; that each is a sound
/// packet from the asked to the asker, with right checksums, no longer than `mtu` and, together, no longer
/// than the protocols allow for what was asked.
class Judge {
public:
    Judge(Responder& one, Responder& other, Link link) : one_(one), other_(other), link_(link) {}

    void ask(Bytes packet, const Instant& now, std::size_t mtu);

private:
    Responder& one_;
    Responder& other_;
    Link link_;
    std::size_t asked_ = 0;  // bytes in all packets so far: what a reassembled request can hold
};

}  // namespace tunlab::fuzz
