#pragma once
// The network namespaces that a command works in, and switching between them.

#include "tunlab/kernel/lock.hpp"
#include "tunlab/kernel/netns.hpp"
#include "tunlab/kernel/rtnl.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tunlab {

enum class Access { Reading, Changing };

/// A namespace with its rtnetlink connection; locked while it is being changed.
struct NetnsContext {
    NetworkNamespace netns;
    std::optional<NamespaceLock> lock;
    Rtnl rtnl;
};

/// All namespaces of one command, each opened once.
class NetnsContexts {
public:
    explicit NetnsContexts(Access access) : access_(access), original_(NetworkNamespace::current()) {}

    /// Opens these namespaces (absent: the current one), in the order of their identity, so that two tunlabs
    /// that lock the same namespaces never deadlock. Throws Error.
    void open(const std::vector<std::optional<std::string>>& names);

    /// A namespace that open() opened. Throws Error if the name means another one by now.
    [[nodiscard]] NetnsContext& at(const std::optional<std::string>& name);

    [[nodiscard]] const NetworkNamespace& original() const { return original_; }

private:
    Access access_;
    NetworkNamespace original_;
    std::vector<std::unique_ptr<NetnsContext>> contexts_;
};

/// Moves this thread into `netns` until the end of the scope; does nothing if that is the original one.
class ScopedNetns {
public:
    /// Throws Error (Environment) without the right to enter.
    ScopedNetns(const NetworkNamespace& netns, const NetworkNamespace& original);
    ~ScopedNetns();
    ScopedNetns(const ScopedNetns&) = delete;
    ScopedNetns& operator=(const ScopedNetns&) = delete;
    ScopedNetns(ScopedNetns&&) = delete;
    ScopedNetns& operator=(ScopedNetns&&) = delete;

private:
    const NetworkNamespace& original_;
    bool away_;
};

}  // namespace tunlab
