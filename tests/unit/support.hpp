#pragma once
// What several tests share: bytes as a person writes them, and the two ways in which every parser's
// input is broken.

#include "tunlab/base/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab::test {

/// The bytes of hexadecimal digits; spaces between pairs are for the reader. Every result has a
/// heap block of its very size, so that a sanitizer sees the first byte read too many.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
    std::string digits;
    std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c != ' '; });
    if (digits.size() % 2 != 0) throw std::invalid_argument("an odd number of digits");
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    bytes.shrink_to_fit();
    return bytes;
}

/// `first` and all of `more` in a row.
inline std::vector<std::uint8_t> join(std::vector<std::uint8_t> first, Bytes more) {
    first.insert(first.end(), more.begin(), more.end());
    first.shrink_to_fit();
    return first;
}

inline bool same_bytes(Bytes a, Bytes b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Calls `look` with every proper beginning of `whole`, the empty one first.
template <typename Look>
void for_each_truncation(Bytes whole, Look look) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::uint8_t> part(whole.begin(),
                                             whole.begin() + static_cast<std::ptrdiff_t>(size));
        look(Bytes(part));
    }
}

/// Calls `look` with every text that differs from `whole` in one byte, and with that byte's index.
template <typename Look>
void for_each_byte_change(Bytes whole, Look look) {
    std::vector<std::uint8_t> changed(whole.begin(), whole.end());
    for (std::size_t index = 0; index < changed.size(); ++index) {
        for (unsigned step = 1; step < 256; ++step) {
            changed[index] = static_cast<std::uint8_t>(whole[index] + step);
            look(Bytes(changed), index);
        }
        changed[index] = whole[index];
    }
}

/// An output buffer between two guards, all 0xa5: shows whether a writer kept to its size.
class GuardedBuffer {
public:
    explicit GuardedBuffer(std::size_t size) : size_(size), bytes_(size + 2 * kGuardSize, kFill) {}

    MutableBytes inside() { return MutableBytes(bytes_).subspan(kGuardSize, size_); }
    /// Whether the guards, and all of the inside behind its first `written` bytes, are untouched.
    [[nodiscard]] bool untouched_but(std::size_t written) const {
        const auto is_fill = [](std::uint8_t byte) { return byte == kFill; };
        const Bytes all(bytes_);
        return std::ranges::all_of(all.first(kGuardSize), is_fill) &&
               std::ranges::all_of(all.subspan(kGuardSize + written), is_fill);
    }

private:
    static constexpr std::size_t kGuardSize = 32;
    static constexpr std::uint8_t kFill = 0xa5;
    std::size_t size_;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace tunlab::test
