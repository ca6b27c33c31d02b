#include "tunlab/profile/print.hpp"

#include "tunlab/profile/builtin.hpp"
#include "tunlab/profile/parse.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "profile/profile_samples.hpp"
#include <doctest/doctest.h>

namespace tunlab {

namespace {

void check_round_trip(std::string_view text) {
    CAPTURE(text);
    const Profile profile = parse_profile(text, "p.json");
    const std::string printed = print_profile(profile);
    CAPTURE(printed);
    REQUIRE(samples::messages_of(printed) == "");
    const Profile again = parse_profile(printed, "p.json");
    CHECK(device_digest(again) == device_digest(profile));
    CHECK(again.description == profile.description);
    CHECK(print_profile(again) == printed);
}

}  // namespace

TEST_CASE("print_profile fills in every default that does not depend on the machine") {
    CHECK(print_profile(parse_profile(samples::with(""), "p.json")) == R"({
  "version": 1,
  "name": "tun0",
  "mode": "tun",
  "mtu": 1500,
  "queues": 1,
  "ipv6": {
    "addr_gen_mode": "none",
    "accept_ra": false
  },
  "addresses": [],
  "routes": []
}
)");
}

TEST_CASE("print_profile gives every field of a full profile, in the table's order") {
    CHECK(print_profile(parse_profile(samples::kFull, "p.json")) == R"({
  "description": "all fields – and /* no comment */",
  "version": 1,
  "name": "lab0",
  "mode": "tap",
  "mtu": 1400,
  "mac": "0a:00:00:00:00:01",
  "txqueuelen": 500,
  "owner": "alice",
  "group": 100,
  "queues": 4,
  "netns": "blue",
  "bridge": "br0",
  "ipv6": {
    "addr_gen_mode": "random",
    "accept_ra": true
  },
  "addresses": [
    {
      "local": "10.0.1.1/24",
      "scope": "global"
    },
    {
      "local": "fd00:1::1/64",
      "nodad": true
    },
    {
      "local": "10.7.0.1/32",
      "peer": "10.7.0.2",
      "scope": "link"
    },
    {
      "local": "fd00:7::1/64",
      "nodad": false
    }
  ],
  "routes": [
    {
      "dst": "10.9.0.0/16",
      "via": "10.0.1.254",
      "src": "10.0.1.1",
      "metric": 5,
      "table": 100,
      "scope": "site",
      "onlink": false,
      "mtu": 1300
    },
    {
      "dst": "default6",
      "via": "fd00:1::2",
      "metric": 1024,
      "table": "main",
      "onlink": false
    },
    {
      "dst": "default",
      "via": "172.16.0.1",
      "metric": 0,
      "table": "main",
      "scope": "global",
      "onlink": true
    }
  ],
  "neighbours": [
    {
      "dst": "10.0.1.2",
      "lladdr": "02:00:0a:00:01:02"
    }
  ],
  "seed": 42,
  "hosts": [
    {
      "match": "10.9.0.0/16",
      "answer": "host-unreachable",
      "ttl": 64,
      "delay": "0ms",
      "jitter": "0ms",
      "loss": "0%",
      "duplicate": "0%",
      "corrupt": "0%",
      "reorder": "0%",
      "path": [
        {
          "hop": "10.0.1.254",
          "delay": "0ms",
          "blackhole": false
        },
        {
          "hop": "*",
          "delay": "0ms",
          "blackhole": false
        }
      ]
    },
    {
      "match": "10.9.0.7",
      "answer": "echo",
      "mac": "0a:00:00:00:00:07",
      "ttl": 255,
      "delay": "40ms",
      "jitter": "1.5ms",
      "loss": "2%",
      "duplicate": "0.25%",
      "corrupt": "1%",
      "reorder": "3%",
      "rate": "100/s",
      "path": [
        {
          "hop": "10.0.1.254",
          "delay": "250us",
          "blackhole": false
        },
        {
          "hop": "10.9.0.1",
          "delay": "0ms",
          "mtu": 1300,
          "blackhole": true
        }
      ]
    },
    {
      "match": "fd00:1::/64",
      "answer": "silent",
      "ttl": 64,
      "delay": "0ms",
      "jitter": "0ms",
      "loss": "0%",
      "duplicate": "0%",
      "corrupt": "0%",
      "reorder": "0%",
      "path": []
    }
  ]
}
)");
}

TEST_CASE("what print_profile gives parses to the same device") {
    check_round_trip(samples::kFull);
    check_round_trip(samples::kEarly);
    check_round_trip(builtin_profile_text(Mode::Tun));
    check_round_trip(builtin_profile_text(Mode::Tap));
    for (
        const std::string_view members : {
            R"("mtu": 68)",
            R"("owner": 0, "group": "a group")",
            R"("netns": "/run/netns/a\\b\"")",
            R"("description": "quote \" and \u0000")",
            R"("ipv6": {"addr_gen_mode": "random"})",
            R"("addresses": [{"local": "fd00::1/64", "peer": "fd00::2"}])",
            R"("routes": [{"dst": "10.9.0.0/16"}, {"dst": "fd00::/8"}, {"dst": "10.8.0.0/16", "scope": "host"}])",
        }) {
        check_round_trip(samples::with(members));
    }
    check_round_trip(
        samples::tap_with(R"("neighbours": [{"dst": "fe80::2", "lladdr": "0a:00:00:00:00:02"}])"));
}

TEST_CASE("print_profile survives a description that is no UTF-8") {
    Profile profile = builtin_profile(Mode::Tun);
    profile.description = "\xff";
    CHECK(print_profile(profile).find("\"description\": \"\xef\xbf\xbd\"") != std::string::npos);
}

TEST_CASE("the shipped dual-stack profile has both families, and round-trips") {
    std::ifstream file(std::string(TUNLAB_SOURCE_DIR) + "/profiles/dual-stack.json", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    check_round_trip(text);
    const Profile profile = parse_profile(text, "dual-stack.json");
    CHECK_FALSE(profile.description.empty());
    CHECK(profile.mode == Mode::Tap);
    REQUIRE(profile.addresses.size() == 2);
    CHECK(profile.addresses[0].value.local.to_string() == "10.0.2.1/24");
    CHECK(profile.addresses[1].value.local.to_string() == "fd00:2::1/64");
}

}  // namespace tunlab
