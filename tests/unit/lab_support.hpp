#pragma once
// What the tests of the lab, the plan and the reports share: values from the text a person types,
// and a sink that shows whether a responder filled the buffer that it asked for.

#include "tunlab/base/address.hpp"
#include "tunlab/base/interface_name.hpp"
#include "tunlab/base/prefix.hpp"
#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/responder.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace tunlab::test {

// Each throws if `text` is not what its name says.
inline IpAddress ip(std::string_view text) {
    return parse_ip_address(text).value();
}
inline Ipv6Address v6(std::string_view text) {
    return ip(text).v6();
}
inline Ipv4Address v4(std::string_view text) {
    return ip(text).v4();
}
inline IpPrefix prefix(std::string_view text) {
    return parse_ip_prefix(text).value();
}
inline MacAddress mac(std::string_view text) {
    return parse_mac_address(text).value();
}
inline InterfaceName interface_name(std::string_view text) {
    return std::get<InterfaceName>(parse_interface_name(text));
}

/// The device that the TUN vectors are about, on a host with a second interface.
inline DeviceFacts tun_facts() {
    return {1500,
            {prefix("192.168.0.1/24"), prefix("fd00::1/64")},
            {prefix("127.0.0.1/8"), prefix("172.17.0.1/16"), prefix("::1/128")}};
}
/// Likewise for TAP.
inline DeviceFacts tap_facts() {
    return {1500,
            {prefix("10.0.1.1/24"), prefix("fd00::1/64")},
            {prefix("127.0.0.1/8"), prefix("172.17.0.1/16"), prefix("::1/128")}};
}

/// Every address behind the device answers.
inline const HostTable& everyone() {
    static const HostTable kEveryone = HostTable::everyone({});
    return kEveryone;
}

/// A moment for tests that don't care.
inline constexpr Instant kNow{.steady = SteadyTime(std::chrono::hours(1)),
                              .wall = WallTime(std::chrono::hours(1))};

/// Gives buffers filled with `fill`, each in a heap block of its exact size, and keeps the replies.
class ReplyCatcher : public ReplySink {
public:
    explicit ReplyCatcher(std::uint8_t fill) : fill_(fill) {}

    MutableBytes begin(std::size_t size) override {
        REQUIRE(begun_ == replies_.size());
        ++begun_;
        buffer_ = std::vector<std::uint8_t>(size, fill_);
        return buffer_;
    }
    void finish() override {
        replies_.push_back(std::move(buffer_));
        REQUIRE(begun_ == replies_.size());
    }

    [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& replies() const {
        REQUIRE(begun_ == replies_.size());
        return replies_;
    }

private:
    std::uint8_t fill_;
    std::size_t begun_ = 0;
    std::vector<std::uint8_t> buffer_;
    std::vector<std::vector<std::uint8_t>> replies_;
};

struct Outcome {
    Decision decision;
    std::vector<std::uint8_t> reply;                   ///< empty if there was none
    std::vector<std::vector<std::uint8_t>> fragments;  ///< the reply in as many pieces as it was written
};

/// What `responder` makes of `packet`. There is a reply if and only if the reason says so, and the
/// packet stays as it was.
inline Outcome respond(Responder& responder, Bytes packet, std::uint8_t fill = 0xa5,
                       const Instant& now = kNow) {
    const std::vector<std::uint8_t> before(packet.begin(), packet.end());
    ReplyCatcher sink(fill);
    const Decision decision = responder.respond(packet, now, sink);
    REQUIRE(std::equal(packet.begin(), packet.end(), before.begin(), before.end()));
    REQUIRE((facts_of(decision.reason).verdict == Verdict::Reply) == !sink.replies().empty());
    return {decision, sink.replies().empty() ? std::vector<std::uint8_t>() : sink.replies().front(),
            sink.replies()};
}

}  // namespace tunlab::test
