#include "tunlab/base/suggest.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using tunlab::closest;
using tunlab::edit_distance;

TEST_CASE("the edit distance counts insertions, deletions, replacements and exchanges") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("mtu", "mtu") == 0);
    CHECK(edit_distance("", "mtu") == 3);
    CHECK(edit_distance("mtu", "") == 3);
    CHECK(edit_distance("mtuu", "mtu") == 1);
    CHECK(edit_distance("mu", "mtu") == 1);
    CHECK(edit_distance("mtx", "mtu") == 1);
    CHECK(edit_distance("mut", "mtu") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
    // optimal string alignment: nothing is edited between exchanged neighbours
    CHECK(edit_distance("ca", "abc") == 3);
}

TEST_CASE("the edit distance is the same in both directions") {
    for (const auto* const a : {"", "mtu", "address", "route"}) {
        for (const auto* const b : {"", "mut", "addresses", "outer"}) {
            CHECK(edit_distance(a, b) == edit_distance(b, a));
        }
    }
}

TEST_CASE("a mistyped word finds the one that was meant") {
    const std::vector<std::string> keys{"name", "mode", "mtu", "addresses", "routes"};
    CHECK(closest("mtuu", keys) == "mtu");
    CHECK(closest("adresses", keys) == "addresses");
    CHECK(closest("rotues", keys) == "routes");
    CHECK(closest("nmae", keys) == "name");
    CHECK(closest("mtu", keys) == "mtu");
}

TEST_CASE("a word that is like none finds none") {
    const std::vector<std::string> keys{"name", "mode", "mtu"};
    CHECK_FALSE(closest("bridge", keys));
    CHECK_FALSE(closest("xyz", keys));
    CHECK_FALSE(closest("", keys));
    CHECK_FALSE(closest("mtu", {}));
}

TEST_CASE("a short candidate is not suggested for having few letters to replace") {
    const std::vector<std::string> keys{"a"};
    CHECK_FALSE(closest("b", keys));
}

TEST_CASE("of equally near words the first is suggested") {
    const std::vector<std::string> keys{"tun1", "tun2"};
    CHECK(closest("tun3", keys) == "tun1");
}

TEST_CASE("a word longer than anyone types is not searched for") {
    const std::vector<std::string> keys{std::string(65, 'a')};
    CHECK_FALSE(closest(std::string(65, 'a'), keys));
    CHECK(closest(std::string(64, 'a'), keys) == keys.front());
}
