#pragma once
// Puts Ethernet headers before replies: the link layer of a TAP device on the way out.

#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/wire/ethernet.hpp"

#include <optional>

namespace tunlab {

/// Frames the replies to one request. They go to the frame's sender, from the MAC that the request went to,
/// so that a host behind a gateway answers with its gateway's; where that is a group's, from the MAC of the
/// address that answers.
class FramingSink : public ReplySink {
public:
    /// All must outlive the sink.
    FramingSink(const EthernetFrame& request, const HostTable& hosts, ReplySink& frames)
        : request_(request), hosts_(hosts), frames_(frames) {}

    [[nodiscard]] const EthernetFrame& request() const { return request_; }

    struct Stations {
        MacAddress destination;
        MacAddress source;
    };
    /// Neighbour discovery knows better: all that follows goes so.
    void address(const Stations& stations) { stations_ = stations; }

    /// Room for an IP packet.
    [[nodiscard]] MutableBytes begin(std::size_t size) override;
    void finish() override;

private:
    [[nodiscard]] MacAddress source_of(Bytes reply) const;

    const EthernetFrame& request_;
    const HostTable& hosts_;
    ReplySink& frames_;
    std::optional<Stations> stations_;
    MutableBytes frame_;
};

}  // namespace tunlab
