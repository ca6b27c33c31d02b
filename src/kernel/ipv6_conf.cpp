#include "tunlab/kernel/ipv6_conf.hpp"

#include "tunlab/kernel/fd.hpp"
#include "tunlab/kernel/rtnl.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr std::string_view kFolder = "/proc/sys/net/ipv6/conf";

/// The path has the device's name in it, which another program may change. An open file belongs to the device
/// that had the name then, and can't be written any more once that is renamed (proc_sys_call_handler()): so
/// if the name is still that of `ifindex` after the file was opened, no other device is changed.
void write_value(const LinkState& link, std::string_view key, int value) {
    const std::string path = fmt::format("{}/{}/{}", kFolder, link.name, key);
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    int error = fd ? 0 : errno;
    std::array<char, IF_NAMESIZE> name{};
    const bool same = if_indextoname(link.ifindex, name.data()) != nullptr && link.name == name.data();
    if (!same) throw KernelRefusal(ENODEV, "another program removed or renamed the device");
    const std::string text = fmt::format("{}\n", value);
    if (fd && write(fd.get(), text.data(), text.size()) < 0) error = errno;
    if (error == 0) return;
    throw KernelRefusal(error, error == EROFS    ? "/proc/sys is read-only here"
                               : error == ENOENT ? "there is no such setting in /proc/sys here"
                                                 : "");
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

bool is_ipv6_conf_writable() {
    struct statvfs folder {};
    return statvfs(std::string(kFolder).c_str(), &folder) == 0 && (folder.f_flag & ST_RDONLY) == 0;
}

void write_accept_ra(const LinkState& link, bool accept) {
    write_value(link, "accept_ra", accept ? 1 : 0);
}

void write_addr_gen_mode(const LinkState& link, AddrGenMode mode) {
    write_value(link, "addr_gen_mode", number_of(mode));
}

}  // namespace tunlab
