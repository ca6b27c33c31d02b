#pragma once
// At most one tunlab changes a network namespace at a time.

#include "tunlab/kernel/fd.hpp"

#include <chrono>

namespace tunlab {

/// Held as long as the object lives: flock(2) on the namespace's own file, so there is nothing to
/// clean up and no privilege needed.
class NamespaceLock {
public:
    /// Waits at most `patience`. Throws Error (Conflict) naming the holder after that, or
    /// (Environment) if /proc/self/ns/net can't be opened.
    explicit NamespaceLock(std::chrono::milliseconds patience = std::chrono::seconds(5));

private:
    UniqueFd fd_;
};

}  // namespace tunlab
