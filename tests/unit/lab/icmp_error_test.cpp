#include "tunlab/lab/icmp_error.hpp"

#include "tunlab/wire/ipv4.hpp"

#include <utility>
#include <vector>

#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

const std::vector<Hop> kPath{{.address = ip("10.0.0.2"), .mtu = 1400},
                             {.mtu = 1300},
                             {.address = ip("10.0.2.2"), .mtu = 1200, .blackhole = true}};

ForwardResult ended(ForwardResult::End end, std::size_t hops) {
    return {.end = end, .hops = hops};
}

}  // namespace

TEST_CASE(
    "the hop at which a packet expires sends the error, and the invoking packet has passed those before it") {
    const IcmpError error = error_on_path(kPath, ended(ForwardResult::End::Expired, 3));
    CHECK(error.kind == IcmpErrorKind::TimeExceeded);
    CHECK(error.hop == 3);
    CHECK(error.sender == ip("10.0.2.2"));
    CHECK(error.ttl == 62);
    CHECK(error.hops_passed == 2);
    CHECK_FALSE(error.suppressed);  // a black hole swallows only what is too big
}

TEST_CASE("an error about a packet that is too big names the MTU of the next link") {
    const IcmpError error = error_on_path(kPath, ended(ForwardResult::End::TooBig, 1));
    CHECK(error.kind == IcmpErrorKind::TooBig);
    CHECK(error.mtu == 1400);
    CHECK(error.sender == ip("10.0.0.2"));
    CHECK(error.ttl == 64);
    CHECK(error.hops_passed == 0);
    CHECK_FALSE(error.suppressed);
}

TEST_CASE("silent hops and black holes send no error") {
    CHECK(error_on_path(kPath, ended(ForwardResult::End::Expired, 2)).suppressed == Reason::SilentHop);
    CHECK(error_on_path(kPath, ended(ForwardResult::End::TooBig, 2)).suppressed == Reason::SilentHop);
    CHECK(error_on_path(kPath, ended(ForwardResult::End::TooBig, 3)).suppressed == Reason::Blackhole);
    const std::vector<Hop> both{{.mtu = 1300, .blackhole = true}};
    CHECK(error_on_path(both, ended(ForwardResult::End::TooBig, 1)).suppressed == Reason::Blackhole);
}

TEST_CASE("the error that a profile asks for is the last hop's, or the address's own without hops") {
    HostRule host{.match = prefix("10.0.3.0/24"), .answer = Answer::HostUnreachable, .ttl = 50};
    auto error = error_by_profile(host, ip("10.0.3.4"));
    REQUIRE(error);
    CHECK(error->kind == IcmpErrorKind::HostUnreachable);
    CHECK(error->hop == 0);
    CHECK(error->sender == ip("10.0.3.4"));
    CHECK(error->ttl == 50);
    CHECK(error->hops_passed == 0);

    host.path = kPath;
    error = error_by_profile(host, ip("10.0.3.4"));
    REQUIRE(error);
    CHECK(error->hop == 3);
    CHECK(error->sender == ip("10.0.2.2"));
    CHECK(error->ttl == 62);
    CHECK_FALSE(error->suppressed);

    host.path.back().address = {};
    CHECK(error_by_profile(host, ip("10.0.3.4"))->suppressed == Reason::SilentHop);
}

TEST_CASE("each answer of a profile that is an error has its kind, the others are none") {
    const auto kind = [](Answer answer) -> std::optional<IcmpErrorKind> {
        const auto error =
            error_by_profile({.match = prefix("10.0.3.0/24"), .answer = answer}, ip("10.0.3.4"));
        return error ? std::optional(error->kind) : std::nullopt;
    };
    CHECK(kind(Answer::NetUnreachable) == IcmpErrorKind::NetUnreachable);
    CHECK(kind(Answer::HostUnreachable) == IcmpErrorKind::HostUnreachable);
    CHECK(kind(Answer::PortUnreachable) == IcmpErrorKind::PortUnreachable);
    CHECK(kind(Answer::AdminProhibited) == IcmpErrorKind::AdminProhibited);
    CHECK_FALSE(kind(Answer::Echo));
    CHECK_FALSE(kind(Answer::Silent));
    CHECK_FALSE(kind(Answer::Absent));
}

TEST_CASE("an invoking packet is quoted with the TTL or hop limit that its hops left it") {
    // TTL 64, a UDP header
    const auto v4_packet = from_hex("4500001c 00010000 401164ce 0a000102 0a000101 03e8 829a 0008 0000");
    const InvokingPacket untouched(v4_packet, 0);
    CHECK(same_bytes(untouched.view(), v4_packet));
    const InvokingPacket aged(v4_packet, 2);
    CHECK(parse_ipv4(aged.view())->ttl == 62);

    const auto v6_packet =
        from_hex("60000000 0000 3b 02 fd000000000000000000000000000001 fd000000000000000000000000000002");
    CHECK(parse_ipv6(InvokingPacket(v6_packet, 1).view())->hop_limit == 1);
    CHECK(parse_ipv6(InvokingPacket(v6_packet, 9).view())->hop_limit == 0);
}

}  // namespace tunlab::test
