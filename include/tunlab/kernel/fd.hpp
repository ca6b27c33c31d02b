#pragma once
// A file descriptor with one owner, and reading small files.

#include <optional>
#include <string>
#include <utility>

namespace tunlab {

class UniqueFd {
public:
    UniqueFd() = default;
    /// Owns `fd`; a negative one is nothing.
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd();

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// A whole small file, as those in /proc; nothing if it is not there or may not be read. Unlike a
/// std::ifstream, it never takes another failure, such as a lack of memory, for an empty file: throws Error
/// (Environment).
[[nodiscard]] std::optional<std::string> read_small_file(const std::string& path);

}  // namespace tunlab
