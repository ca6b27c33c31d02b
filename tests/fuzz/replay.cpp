// Plays the corpus of a fuzz target: what fuzzing has found worth trying stays tried, in every run of the
// tests and with the sanitizers of the other compiler. Usage: tunlab_fuzz_replay FOLDER; in it stands
// TARGET.hex for each target, one input a line.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "targets.hpp"

namespace {

struct Target {
    const char* name;
    void (*run)(tunlab::Bytes);
};
constexpr std::array<Target, 4> kTargets{{{"tun_packet", tunlab::fuzz::tun_packet},
                                          {"tap_frame", tunlab::fuzz::tap_frame},
                                          {"reassembly", tunlab::fuzz::reassembly},
                                          {"netlink", tunlab::fuzz::netlink}}};

std::vector<std::uint8_t> from_hex(const std::string& line) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(i, 2), nullptr, 16)));
    }
    bytes.shrink_to_fit();  // so that a sanitizer sees the first byte read too many
    return bytes;
}

/// How many inputs there were.
std::size_t replay(const std::string& folder, const Target& target) {
    std::ifstream file(folder + "/" + target.name + ".hex");
    std::size_t count = 0;
    for (std::string line; std::getline(file, line); ++count) {
        target.run(from_hex(line));
    }
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    bool all = true;
    for (const auto& target : kTargets) {
        const std::size_t count = replay(argv[1], target);
        std::printf("%s: %zu inputs\n", target.name, count);
        all = all && count > 0;  // an empty corpus proves nothing
    }
    return all ? 0 : 1;
}
