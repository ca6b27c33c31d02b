#include "tunlab/profile/builtin.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

namespace tunlab {

namespace {

std::string shipped(const std::string& name) {
    std::ifstream file(std::string(TUNLAB_SOURCE_DIR) + "/profiles/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the built-in profiles are the shipped files, byte for byte") {
    REQUIRE_FALSE(shipped("tun0.json").empty());
    CHECK(builtin_profile_text(Mode::Tun) == shipped("tun0.json"));
    CHECK(builtin_profile_text(Mode::Tap) == shipped("tap0.json"));
}

TEST_CASE("builtin_profile gives the device of each mode and says where it comes from") {
    const Profile tun = builtin_profile(Mode::Tun);
    CHECK(tun.file == "built-in tun0");
    CHECK(tun.name.value.str() == "tun0");
    CHECK(tun.mode == Mode::Tun);
    REQUIRE(tun.addresses.size() == 1);
    CHECK(tun.addresses[0].value.local.to_string() == "192.168.0.1/24");
    CHECK(tun.addresses[0].where->to_string() == "built-in tun0:6:17, at /addresses/0");

    const Profile tap = builtin_profile(Mode::Tap);
    CHECK(tap.file == "built-in tap0");
    CHECK(tap.name.value.str() == "tap0");
    CHECK(tap.mode == Mode::Tap);
    REQUIRE(tap.addresses.size() == 1);
    CHECK(tap.addresses[0].value.local.to_string() == "10.0.1.1/24");
}

TEST_CASE("the built-in profiles describe themselves") {
    CHECK_FALSE(builtin_profile(Mode::Tun).description.empty());
    CHECK_FALSE(builtin_profile(Mode::Tap).description.empty());
}

}  // namespace tunlab
