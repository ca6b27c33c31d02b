#pragma once
// The properties that every reply must have, whatever the request, and a repair of checksums, so that
// requests get past them. The unit tests of the responders use them, too.

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/responder.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace tunlab::fuzz {

/// Throws std::logic_error if a property does not hold: libFuzzer takes an exception for a finding.
void require(bool holds, const char* what);

enum class Link { None, Ethernet };

/// Every address answers. Some near those that the targets give to the host have a rule of their own: each
/// kind of answer, a path with a small MTU, hosts that are named one by one.
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

/// Corrects the checksums of an IP packet, as far as they are present: the IPv4 header's, and those of ICMP,
/// ICMPv6, UDP and TCP unless it is a fragment.
void repair_checksums(MutableBytes packet);

/// Has two responders of the same kind answer `packet`, one writing over 0x00 and one over 0xff, and requires
/// that both give the same; that there are replies if and only if the reason says so; that each is a
/// well-formed packet from the destination to the source, with right checksums, no longer than `mtu` and,
/// together, no longer than the protocols allow for the request.
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
