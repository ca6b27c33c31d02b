#pragma once
// Network namespaces, by name as ip-netns(8) keeps them or by path.

#include "tunlab/kernel/fd.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace tunlab {

/// An open network namespace; it exists at least as long as the object.
class NetworkNamespace {
public:
    /// The calling thread's. Throws Error (Environment).
    static NetworkNamespace current();
    /// The namespace `name`: with "/" in it a path such as /proc/812/ns/net, else one of `ip netns`.
    /// Throws Error (Environment) if there is none or it may not be opened.
    static NetworkNamespace named(const std::string& name);

    /// Moves the calling thread into it. Threads and sockets that belong there must be made afterwards.
    /// Throws Error (Environment) without CAP_SYS_ADMIN.
    void enter() const;

    /// Device and inode of the namespace's file: equal if and only if it is the same namespace.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> identity() const;
    [[nodiscard]] bool same_as(const NetworkNamespace& other) const { return identity() == other.identity(); }

    /// As the user named it; empty for current().
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    NetworkNamespace(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
    UniqueFd fd_;
    std::string name_;
};

}  // namespace tunlab
