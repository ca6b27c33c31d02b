#include "tunlab/lab/path.hpp"

#include <vector>

#include "lab_support.hpp"
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

const std::vector<Hop> kPath{{.address = ip("10.0.0.2"), .delay = 1ms},
                             {.delay = 8ms, .mtu = 1400},
                             {.address = ip("10.0.2.2"), .delay = 20ms, .mtu = 1300}};

}  // namespace

TEST_CASE("a packet expires at the hop that its TTL names, and passes all with more") {
    for (std::uint8_t ttl = 0; ttl < 10; ++ttl) {
        CAPTURE(+ttl);
        const ForwardResult result = forward(kPath, ttl, 84, Fragmenting::Forbidden);
        if (ttl > 3) {
            CHECK(result.end == ForwardResult::End::Arrived);
            CHECK(result.hops == 3);
        } else {
            CHECK(result.end == ForwardResult::End::Expired);
            CHECK(result.hops == std::max<std::size_t>(ttl, 1));
        }
    }
}

TEST_CASE("what comes back has the delays of all hops up to where it turned") {
    CHECK(forward(kPath, 1, 84, Fragmenting::Allowed).delay == 1ms);
    CHECK(forward(kPath, 2, 84, Fragmenting::Allowed).delay == 9ms);
    CHECK(forward(kPath, 3, 84, Fragmenting::Allowed).delay == 29ms);
    CHECK(forward(kPath, 64, 84, Fragmenting::Allowed).delay == 29ms);
    CHECK(forward({}, 64, 84, Fragmenting::Allowed).delay == 0ms);
}

TEST_CASE("what may not be cut ends before the first link that it is too long for") {
    const auto at = [](std::size_t size) {
        const ForwardResult result = forward(kPath, 64, size, Fragmenting::Forbidden);
        return result.end == ForwardResult::End::TooBig ? result.hops : 0;
    };
    CHECK(at(1300) == 0);
    CHECK(at(1301) == 3);
    CHECK(at(1400) == 3);
    CHECK(at(1401) == 2);
    CHECK(forward(kPath, 64, 1500, Fragmenting::Allowed).end == ForwardResult::End::Arrived);
    CHECK(forward(kPath, 64, 1500, Fragmenting::Forbidden).delay == 9ms);
}

TEST_CASE("a hop looks at the TTL before the size") {
    CHECK(forward(kPath, 2, 1500, Fragmenting::Forbidden).end == ForwardResult::End::Expired);
    CHECK(forward(kPath, 3, 1500, Fragmenting::Forbidden).end == ForwardResult::End::TooBig);
}

TEST_CASE("without hops everything arrives, even with a TTL of 0") {
    CHECK(forward({}, 0, 1500, Fragmenting::Forbidden).end == ForwardResult::End::Arrived);
}

TEST_CASE("a path carries what its narrowest link does, and no more than the device") {
    CHECK(path_mtu(kPath, 1500) == 1300);
    CHECK(path_mtu(kPath, 1280) == 1280);
    CHECK(path_mtu({}, 1500) == 1500);
}

TEST_CASE("each hop takes one off the TTL on the way back, and one is left at least") {
    CHECK(ttl_after(64, 0) == 64);
    CHECK(ttl_after(64, 5) == 59);
    CHECK(ttl_after(255, 63) == 192);
    CHECK(ttl_after(3, 3) == 1);
    CHECK(ttl_after(3, 9) == 1);
}

}  // namespace tunlab::test
