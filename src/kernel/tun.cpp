#include "tunlab/kernel/tun.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/kernel/netns.hpp"
#include "tunlab/kernel/rtnl.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr const char* kControlDevice = "/dev/net/tun";

[[noreturn]] void throw_open_failed(int error) {
    ErrorParts parts{.subject = kControlDevice,
                     .action = "open the TUN/TAP control device",
                     .cause = describe_errno(error),
                     .code = ExitCode::Environment};
    switch (error) {
        case ENOENT: parts.tries = {"modprobe tun"}; break;
        case ENODEV:
        case ENXIO:
            parts.hint = "the node is there, but the kernel has no TUN/TAP driver";
            parts.tries = {"modprobe tun"};
            break;
        case EACCES:
            parts.hint = "its mode or owner keeps you out; most systems give it mode 0666";
            parts.tries = {"sudo chmod 0666 /dev/net/tun"};
            parts.needs_privilege = true;
            break;
        case EPERM:
            parts.hint =
                "the device rules of this container or service forbid it; allow character device 10:200";
            break;
        default: break;
    }
    throw Error(parts);
}

UniqueFd open_control_device() {
    UniqueFd fd(open(kControlDevice, O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) throw_open_failed(errno);
    return fd;
}

ifreq request_for(const InterfaceName& name, Mode mode, Queues queues) {
    ifreq request{};
    std::copy(name.str().begin(), name.str().end(), std::begin(request.ifr_name));  // at most 15 of 16
    const int kind = mode == Mode::Tun ? IFF_TUN : IFF_TAP;
    const int several = queues == Queues::Several ? IFF_MULTI_QUEUE : 0;
    request.ifr_flags = static_cast<short>(kind | IFF_NO_PI | several);
    return request;
}

/// The kernel may attach to a device of another name than asked for (a template, an altname); that one
/// must not be touched.
void check_name(const ifreq& request, const InterfaceName& name) {
    if (name.str() == request.ifr_name) return;
    throw Error({.subject = name.str(),
                 .cause = fmt::format("the kernel gave device {} instead", request.ifr_name),
                 .code = ExitCode::Conflict});
}

[[noreturn]] void throw_create_failed(const InterfaceName& name, int error) {
    if (error == EPERM) {
        throw Error({.subject = name.str(),
                     .action = "create the device",
                     .cause = describe_errno(error),
                     .hint = "CAP_NET_ADMIN is there, but not over this network namespace",
                     .code = ExitCode::Environment});
    }
    if (error == ENOTTY) {
        throw Error({.subject = kControlDevice,
                     .cause = "this is not the TUN/TAP control device",
                     .hint = "that is a character device with the numbers 10:200",
                     .code = ExitCode::Environment});
    }
    const bool taken = error == EBUSY || error == EEXIST || error == EINVAL;
    throw Error({.subject = name.str(),
                 .action = "create the device",
                 .cause = describe_errno(error),
                 .hint = taken ? "another program made a device of that name just now" : "",
                 .code = taken ? ExitCode::Conflict : ExitCode::Failed});
}

[[noreturn]] void throw_attach_failed(const InterfaceName& name, int error) {
    if (error == EBUSY) throw_busy(name);
    ErrorParts parts{.subject = name.str(), .action = "attach to the device", .cause = describe_errno(error)};
    if (error == EPERM) {
        parts.code = ExitCode::Environment;
        parts.hint = fmt::format(
            "it belongs to another user or group (where it has both, both must fit); you are uid {}",
            geteuid());
    } else if (error == EINVAL) {
        parts.code = ExitCode::Conflict;
        parts.hint = "it is of another kind, or has several queues";
    }
    throw Error(parts);
}

void set_account(const UniqueFd& fd, const InterfaceName& name, unsigned long request, std::uint32_t id) {
    if (ioctl(fd.get(), request, static_cast<unsigned long>(id)) == 0) return;
    const int error = errno;
    const bool owner = request == TUNSETOWNER;
    throw Error({.subject = name.str(),
                 .action = fmt::format("set the {} to {}", owner ? "owner" : "group", id),
                 .cause = describe_errno(error)});
}

/// A network namespace that no other process can reach, entered for the lifetime of the object. Without
/// CAP_SYS_ADMIN, as for a program with CAP_NET_ADMIN alone, there is none, and the thread stays where it is.
class PrivateNamespace {
public:
    explicit PrivateNamespace(const NetworkNamespace& original)
        : original_(original), entered_(unshare(CLONE_NEWNET) == 0) {}
    ~PrivateNamespace() {
        if (!entered_) return;
        try {
            original_.enter();
        } catch (const std::exception&) {
            std::abort();  // going on in the wrong namespace would be worse
        }
    }
    PrivateNamespace(const PrivateNamespace&) = delete;
    PrivateNamespace& operator=(const PrivateNamespace&) = delete;
    PrivateNamespace(PrivateNamespace&&) = delete;
    PrivateNamespace& operator=(PrivateNamespace&&) = delete;

    [[nodiscard]] bool entered() const { return entered_; }

private:
    const NetworkNamespace& original_;
    bool entered_;
};

/// Moves the device from the current namespace; its descriptors move along, and nothing is configured yet
/// that it could lose. A name that is taken in `target` is refused, as by TUN_EXCL.
void move_device(const InterfaceName& name, const NetworkNamespace& target) {
    Rtnl rtnl;
    const HostState here = rtnl.read_addresses();
    const LinkState* const link = here.find(name.str());
    if (link == nullptr)
        throw Error({.subject = name.str(), .cause = "the device vanished while it was made"});
    try {
        rtnl.move_link(link->ifindex, target.fd());
    } catch (const KernelRefusal& refusal) {
        if (refusal.error() == EEXIST) throw_create_failed(name, EEXIST);
        throw Error({.subject = name.str(),
                     .action = "move the new device into its network namespace",
                     .cause = refusal.what()});
    }
}

}  // namespace

TunDevice TunDevice::create(const InterfaceName& name, Mode mode, Queues queues, std::uint32_t owner,
                            std::optional<std::uint32_t> group) {
    // Checked first: where the mode of /dev/net/tun also keeps the user out, this is the more useful message.
    if (!has_net_admin()) throw_needs_net_admin(name.str(), "creating a device");
    if (queues == Queues::One) return create_here(name, mode, queues, owner, group);
    // Between TUNSETIFF and TUNSETOWNER any user who can open /dev/net/tun could attach a queue and keep it.
    const auto target = NetworkNamespace::current();
    const PrivateNamespace unreachable(target);
    TunDevice device = create_here(name, mode, queues, owner, group);
    if (unreachable.entered()) move_device(name, target);
    return device;
}

TunDevice TunDevice::create_here(const InterfaceName& name, Mode mode, Queues queues, std::uint32_t owner,
                                 std::optional<std::uint32_t> group) {
    UniqueFd fd = open_control_device();
    ifreq request = request_for(name, mode, queues);
    // Of two that create at once, exactly one succeeds only with TUN_EXCL.
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_TUN_EXCL);
    if (ioctl(fd.get(), TUNSETIFF, &request) != 0) throw_create_failed(name, errno);
    check_name(request, name);
    // Any user who can open /dev/net/tun can attach to a device without an owner.
    set_account(fd, name, TUNSETOWNER, owner);
    if (group) set_account(fd, name, TUNSETGROUP, *group);
    return {std::move(fd), name};
}

std::string TunDevice::current_name() const {
    ifreq request{};
    if (ioctl(fd_.get(), TUNGETIFF, &request) == 0) return request.ifr_name;
    if (errno == EBADFD) return {};  // the device is gone
    throw Error({.subject = name_.str(), .action = "examine the device", .cause = describe_errno(errno)});
}

TunDevice TunDevice::attach(const InterfaceName& name, Mode mode, Queues queues) {
    UniqueFd fd = open_control_device();
    ifreq request = request_for(name, mode, queues);
    if (ioctl(fd.get(), TUNSETIFF, &request) != 0) throw_attach_failed(name, errno);
    check_name(request, name);
    return {std::move(fd), name};
}

void TunDevice::set_persistence(Persistence persistence) {
    const unsigned long value = persistence == Persistence::Persistent ? 1 : 0;
    if (ioctl(fd_.get(), TUNSETPERSIST, value) == 0) return;
    throw Error(
        {.subject = name_.str(),
         .action = value == 1 ? "make the device persistent" : "make the device vanish with its holder",
         .cause = describe_errno(errno)});
}

bool has_net_admin() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    if (syscall(SYS_capget, &header, data.data()) != 0) return false;
    return (data[CAP_NET_ADMIN / 32].effective >> (CAP_NET_ADMIN % 32) & 1U) != 0;
}

void throw_needs_net_admin(const std::string& subject, const std::string& action) {
    throw Error({.subject = subject,
                 .cause = fmt::format("{} needs CAP_NET_ADMIN; you are uid {} without it", action, geteuid()),
                 .code = ExitCode::Environment,
                 .needs_privilege = true});
}

}  // namespace tunlab
