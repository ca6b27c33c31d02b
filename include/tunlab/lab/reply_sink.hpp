#pragma once
// Where a responder writes its replies.

#include "tunlab/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

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

/// Keeps the replies to a packet until they are written to the device: one, or the fragments of one.
class ReplyBuffer : public ReplySink {
public:
    /// The largest IP datagram behind an Ethernet header.
    static constexpr std::size_t kMaxReply = 65535 + 14;

    ReplyBuffer() : buffer_(kMaxReply) {}

    /// Precondition: size <= kMaxReply. What was begun before and not finished is forgotten.
    [[nodiscard]] MutableBytes begin(std::size_t size) override;
    void finish() override;

    /// How many replies are finished.
    [[nodiscard]] std::size_t count() const { return ends_.size(); }
    /// The reply with that number, in the order in which they were finished; valid until the next begin() or
    /// clear(). Precondition: index < count().
    [[nodiscard]] Bytes reply(std::size_t index) const;
    void clear() { ends_.clear(); }

private:
    [[nodiscard]] std::size_t used() const { return ends_.empty() ? 0 : ends_.back(); }

    std::vector<std::uint8_t> buffer_;  // one reply behind the other; grows for fragments only
    std::vector<std::size_t> ends_;     // of the finished ones
    std::size_t begun_ = 0;             // the size of the one that is not finished
};

}  // namespace tunlab
