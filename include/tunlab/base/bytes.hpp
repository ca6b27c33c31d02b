#pragma once
// Bytes as the network sends them. Multi-byte integers are always big-endian ("network order")
// on the outside and ordinary integers inside; they are built byte by byte, never by casting a
// buffer to a struct, so alignment and aliasing can't go wrong.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tunlab {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// The 16-bit big-endian integer at `offset`. Precondition: offset + 2 <= bytes.size().
[[nodiscard]] inline std::uint16_t load_be16(Bytes bytes, std::size_t offset) {
    assert(offset + 2 <= bytes.size());
    return static_cast<std::uint16_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

/// The 32-bit big-endian integer at `offset`. Precondition: offset + 4 <= bytes.size().
[[nodiscard]] inline std::uint32_t load_be32(Bytes bytes, std::size_t offset) {
    return static_cast<std::uint32_t>(load_be16(bytes, offset)) << 16 | load_be16(bytes, offset + 2);
}

/// Writes `value` big-endian at `offset`. Precondition: offset + 2 <= bytes.size().
inline void store_be16(MutableBytes bytes, std::size_t offset, std::uint16_t value) {
    assert(offset + 2 <= bytes.size());
    bytes[offset] = static_cast<std::uint8_t>(value >> 8);
    bytes[offset + 1] = static_cast<std::uint8_t>(value & 0xff);
}

/// Writes `value` big-endian at `offset`. Precondition: offset + 4 <= bytes.size().
inline void store_be32(MutableBytes bytes, std::size_t offset, std::uint32_t value) {
    store_be16(bytes, offset, static_cast<std::uint16_t>(value >> 16));
    store_be16(bytes, offset + 2, static_cast<std::uint16_t>(value & 0xffff));
}

}  // namespace tunlab
