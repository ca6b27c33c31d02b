#include "tunlab/kernel/ipv6_conf.hpp"

#include "tunlab/kernel/fd.hpp"
#include "tunlab/kernel/rtnl.hpp"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tunlab {

namespace {

std::string path_of(const std::string& name, std::string_view key) {
    return fmt::format("/proc/sys/net/ipv6/conf/{}/{}", name, key);
}

void write_value(const std::string& name, std::string_view key, int value) {
    const UniqueFd fd(open(path_of(name, key).c_str(), O_WRONLY | O_CLOEXEC));
    const std::string text = fmt::format("{}\n", value);
    if (!fd || write(fd.get(), text.data(), text.size()) < 0) {
        const int error = errno;
        throw KernelRefusal(error, error == EROFS ? "/proc/sys is read-only here" : "");
    }
}

/// IN6_ADDR_GEN_MODE_* of linux/if_link.h.
int number_of(AddrGenMode mode) {
    switch (mode) {
        case AddrGenMode::Eui64: return 0;
        case AddrGenMode::None: return 1;
        case AddrGenMode::StablePrivacy: return 2;
        case AddrGenMode::Random: return 3;
    }
    return 1;
}

}  // namespace

std::optional<bool> read_accept_ra(const std::string& name) {
    const UniqueFd fd(open(path_of(name, "accept_ra").c_str(), O_RDONLY | O_CLOEXEC));
    char first = 0;
    if (!fd || read(fd.get(), &first, 1) != 1) return std::nullopt;
    return first != '0';
}

void write_accept_ra(const std::string& name, bool accept) {
    write_value(name, "accept_ra", accept ? 1 : 0);
}

void write_addr_gen_mode(const std::string& name, AddrGenMode mode) {
    write_value(name, "addr_gen_mode", number_of(mode));
}

}  // namespace tunlab
