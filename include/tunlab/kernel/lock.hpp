#pragma once
// At most one tunlab changes a network namespace at a time.

#include "tunlab/kernel/fd.hpp"

#include <chrono>
#include <string>

namespace tunlab {

/// A lock on the calling thread's network namespace, held as long as the object lives: flock(2) on a file
/// that only root can open, /run/tunlab/DEV-INODE.lock, after device and inode of the namespace. Where that
/// file can't be made, as by root of a user namespace, it is the namespace's own file, which any user can
/// lock.
class NamespaceLock {
public:
    /// Waits at most `patience`. Throws Error (Conflict) naming the holder after that, or (Environment) if
    /// there is no file to lock, or if others may open /run/tunlab.
    explicit NamespaceLock(std::chrono::milliseconds patience = std::chrono::seconds(5));

private:
    struct File {
        UniqueFd fd;
        std::string path;
    };
    [[nodiscard]] static File open_file();
    explicit NamespaceLock(File file, std::chrono::milliseconds patience);

    UniqueFd fd_;
};

}  // namespace tunlab
