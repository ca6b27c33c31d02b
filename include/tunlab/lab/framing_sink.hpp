#pragma once
// Puts Ethernet headers before the replies to a frame.

#include "tunlab/lab/host_table.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/wire/ethernet.hpp"

#include <optional>

namespace tunlab {

/// Frames the replies to one request. They go to its sender, from the MAC address that the request went to,
/// so that a host behind a gateway answers with the gateway's. If the request went to a group, they come from
/// the MAC address of the host that answers.
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
    /// Sets the addresses of all further frames: neighbour discovery has rules of its own.
    void address(const Stations& stations) { stations_ = stations; }

    /// A buffer for an IP packet.
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
