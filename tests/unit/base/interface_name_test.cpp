#include "tunlab/base/interface_name.hpp"

#include <string>
#include <variant>

#include <doctest/doctest.h>

using tunlab::InterfaceName;
using tunlab::parse_interface_name;

namespace {

std::string complaint(const std::string& text) {
    const auto result = parse_interface_name(text);
    return std::holds_alternative<std::string>(result) ? std::get<std::string>(result) : "";
}

}  // namespace

TEST_CASE("a name that the kernel takes unchanged is a device name") {
    for (const auto* const text :
         {"t", "tun0", "TAP_1", "br-lan", "eth0.100", "0", "_", ".a", "fifteen-letters", "lo0"}) {
        CAPTURE(text);
        const auto result = parse_interface_name(text);
        REQUIRE(std::holds_alternative<InterfaceName>(result));
        CHECK(std::get<InterfaceName>(result).str() == text);
    }
}

TEST_CASE("a device name has one to fifteen characters") {
    CHECK(complaint("") == "a device name must not be empty");
    CHECK(complaint("123456789012345").empty());
    CHECK(complaint("1234567890123456") == "a device name has at most 15 characters, this one has 16");
}

TEST_CASE("what the kernel would fill in, split or not show is no device name") {
    for (const auto& text : {std::string("tun%d"), std::string("a b"), std::string("a/b"), std::string("a:b"),
                             std::string("t\xc3\xbcn"), std::string("tun0\n"), std::string("tun\0x", 5)}) {
        CAPTURE(text);
        CHECK(complaint(text).find("consists of letters") != std::string::npos);
    }
}

TEST_CASE("a device name is not taken for an option") {
    CHECK(complaint("-a") == "a device name must not begin with \"-\"");
}

TEST_CASE("names that Linux keeps for itself are told so") {
    for (const auto* const text : {".", "..", "all", "default", "lo"}) {
        CAPTURE(text);
        CHECK(complaint(text) == "the name \"" + std::string(text) + "\" is taken by Linux itself");
    }
}
