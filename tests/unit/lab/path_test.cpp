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
        const Journey journey = travel(kPath, ttl, 84, Cutting::Forbidden);
        if (ttl > 3) {
            CHECK(journey.end == Journey::End::Arrived);
            CHECK(journey.hops == 3);
        } else {
            CHECK(journey.end == Journey::End::Expired);
            CHECK(journey.hops == std::max<std::size_t>(ttl, 1));
        }
    }
}

TEST_CASE("what comes back has the delays of all hops up to where it turned") {
    CHECK(travel(kPath, 1, 84, Cutting::Allowed).delay == 1ms);
    CHECK(travel(kPath, 2, 84, Cutting::Allowed).delay == 9ms);
    CHECK(travel(kPath, 3, 84, Cutting::Allowed).delay == 29ms);
    CHECK(travel(kPath, 64, 84, Cutting::Allowed).delay == 29ms);
    CHECK(travel({}, 64, 84, Cutting::Allowed).delay == 0ms);
}

TEST_CASE("what may not be cut ends before the first link that it is too long for") {
    const auto at = [](std::size_t size) {
        const Journey journey = travel(kPath, 64, size, Cutting::Forbidden);
        return journey.end == Journey::End::TooBig ? journey.hops : 0;
    };
    CHECK(at(1300) == 0);
    CHECK(at(1301) == 3);
    CHECK(at(1400) == 3);
    CHECK(at(1401) == 2);
    CHECK(travel(kPath, 64, 1500, Cutting::Allowed).end == Journey::End::Arrived);
    CHECK(travel(kPath, 64, 1500, Cutting::Forbidden).delay == 9ms);
}

TEST_CASE("a hop looks at the TTL before the size") {
    CHECK(travel(kPath, 2, 1500, Cutting::Forbidden).end == Journey::End::Expired);
    CHECK(travel(kPath, 3, 1500, Cutting::Forbidden).end == Journey::End::TooBig);
}

TEST_CASE("without hops everything arrives, even with a TTL of 0") {
    CHECK(travel({}, 0, 1500, Cutting::Forbidden).end == Journey::End::Arrived);
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
