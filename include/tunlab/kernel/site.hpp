#pragma once
// The network namespaces that one command works in.

#include "tunlab/kernel/lock.hpp"
#include "tunlab/kernel/netns.hpp"
#include "tunlab/kernel/rtnl.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tunlab {

enum class Access { Reading, Changing };

/// A namespace with what is open in it. While one changes it, it is locked.
struct Site {
    NetworkNamespace place;
    std::optional<NamespaceLock> lock;
    Rtnl rtnl;
};

/// All namespaces of one command; each is opened once.
class Sites {
public:
    explicit Sites(Access access) : access_(access), home_(NetworkNamespace::current()) {}

    /// Opens the namespaces of these names (absent: the current one), in an order that is the same for
    /// every tunlab: so two that lock the same ones never wait for each other. Throws Error.
    void open(const std::vector<std::optional<std::string>>& names);

    /// The site of a namespace that was opened.
    [[nodiscard]] Site& at(const std::optional<std::string>& name);

    [[nodiscard]] const NetworkNamespace& home() const { return home_; }

private:
    Access access_;
    NetworkNamespace home_;
    std::vector<std::unique_ptr<Site>> sites_;
};

/// While it lives, this thread is in another namespace. Nothing happens where that is the current one.
class Visit {
public:
    /// Throws Error (Environment) without the right to enter.
    Visit(const NetworkNamespace& place, const NetworkNamespace& home);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    Visit(Visit&&) = delete;
    Visit& operator=(Visit&&) = delete;

private:
    const NetworkNamespace& home_;
    bool away_;
};

}  // namespace tunlab
