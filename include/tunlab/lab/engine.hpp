#pragma once
// Runs the simulated network: takes packets with their arrival time, and gives out replies when
// they are due. It needs neither descriptor nor clock, so a device, a socket, a capture and
// a test with invented time drive it alike:
//
//     engine.receive(0, packet, arrival);
//     while (auto packet = engine.next(now)) { write(packet->bytes); engine.sent(*packet, written, error); }
//     wait until a packet comes or engine.next_due();

#include "tunlab/base/bytes.hpp"
#include "tunlab/lab/delay_queue.hpp"
#include "tunlab/lab/device_facts.hpp"
#include "tunlab/lab/events.hpp"
#include "tunlab/lab/impairment.hpp"
#include "tunlab/lab/instant.hpp"
#include "tunlab/lab/lab.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/responder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tunlab {

/// What an attachment carries: IP packets (TUN), or Ethernet frames (TAP).
enum class LinkType { Ip, Ethernet };

/// A packet that leaves.
struct OutgoingPacket {
    Attachment to = 0;
    Bytes bytes{};                           ///< valid until the next call of receive() or next()
    std::optional<std::uint64_t> request{};  ///< the number of the packet that it answers
    SteadyTime arrival{};                    ///< of that packet
    Treatment treatment{};
};

/// One for each device, or queue of a device; used by one thread. It owns all that changes: fragments that
/// wait for others, buckets of tokens, counts per address, and replies that are not due.
class Engine {
public:
    /// `lab` and `events` must outlive the engine. `first_identification` is the IP identification of the
    /// first reply.
    Engine(const Lab& lab, LinkType link, DeviceFacts facts, std::uint16_t first_identification,
           EventSink& events);

    /// What is known of the device from now on. Precondition: `attachment` is 0.
    void set_facts(Attachment attachment, DeviceFacts facts);
    [[nodiscard]] const DeviceFacts& facts() const { return facts_; }

    /// Decides on a packet, and emits Decided. Accepts any bytes. Preconditions: `from` is 0; next() has
    /// given out what was due at `arrival`: that goes before more is taken in.
    void receive(Attachment from, Bytes packet, const Instant& arrival);

    /// When the next packet is due to leave, which may be in the past; nothing if none waits.
    [[nodiscard]] std::optional<SteadyTime> next_due() const;

    /// The packet that is due first, if that is not after `now`.
    [[nodiscard]] std::optional<OutgoingPacket> next(SteadyTime now);

    /// `packet`, which next() gave, was written at `now`, or could not be: `error` is the errno, else 0.
    /// Emits Sent.
    void sent(const OutgoingPacket& packet, const Instant& now, int error);

    /// How many replies wait.
    [[nodiscard]] std::size_t waiting() const { return delayed_.size() + (prompt_.size() - prompt_given_); }
    /// How many echo requests were received, whatever was decided about them.
    [[nodiscard]] std::uint64_t echo_requests() const { return echo_requests_; }

private:
    /// A reply that is due at once: it leaves from the buffer in which it was prepared, or corrupted.
    struct PromptReply {
        std::size_t index = 0;  // in prepared_, or in corrupted_ if its treatment says so
        Treatment treatment{};
    };

    void choose_deliveries(Decision& decision, SteadyTime arrival);
    [[nodiscard]] bool has_room() const;
    void deliver(Attachment to, SteadyTime arrival);

    const Lab& lab_;
    EventSink& events_;
    const std::size_t link_header_size_;
    DeviceFacts facts_;
    std::unique_ptr<Responder> responder_;
    Impairer impairer_;

    // Of the packet that was received last.
    std::uint64_t number_ = 0;
    SteadyTime arrival_{};
    Attachment from_ = 0;
    ReplyBuffer replies_;
    ReplyBuffer corrupted_;
    std::vector<Bytes> prepared_;
    std::vector<Treatment> deliveries_;
    std::vector<PromptReply> prompt_;
    std::size_t prompt_given_ = 0;  // of prompt_

    DelayQueue delayed_;
    std::vector<std::uint8_t> delayed_bytes_;  // of the reply that next() gave last
    std::uint64_t echo_requests_ = 0;
};

}  // namespace tunlab
