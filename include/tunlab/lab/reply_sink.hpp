#pragma once
// Where a responder writes its replies.

#include "tunlab/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tunlab {

/// Takes one reply at a time: begin() gives room for it, the responder fills every byte of that
/// room, finish() hands it over.
class ReplySink {
public:
    ReplySink() = default;
    ReplySink(const ReplySink&) = delete;
    ReplySink& operator=(const ReplySink&) = delete;
    virtual ~ReplySink() = default;

    /// Room for a reply of exactly `size` bytes; its content is whatever was there before.
    [[nodiscard]] virtual MutableBytes begin(std::size_t size) = 0;
    /// The room that begin() gave is filled.
    virtual void finish() = 0;
};

/// Keeps the one reply to a packet until it is written to the device.
class Outbox : public ReplySink {
public:
    /// The largest IP datagram behind an Ethernet header.
    static constexpr std::size_t kCapacity = 65535 + 14;

    /// Precondition: size <= kCapacity.
    [[nodiscard]] MutableBytes begin(std::size_t size) override;
    void finish() override { ready_ = true; }

    /// The finished reply, or nothing. The outbox is empty afterwards; the bytes stay until the next begin().
    [[nodiscard]] Bytes take();

private:
    std::array<std::uint8_t, kCapacity> buffer_{};
    std::size_t size_ = 0;
    bool ready_ = false;
};

}  // namespace tunlab
