#pragma once
// Bad lines between the host and the simulated ones: what another responder answers is lost, doubled, spoilt
// and delayed on its way, as the rule of the host that answers says.

#include "tunlab/lab/impairment.hpp"
#include "tunlab/lab/reply_sink.hpp"
#include "tunlab/lab/responder.hpp"

#include <cstddef>
#include <cstdint>

namespace tunlab {

class ImpairingResponder : public Responder {
public:
    /// `inner` must outlive this. `link_header_size` is what stands before the IP packet in its replies.
    ImpairingResponder(Responder& inner, std::size_t link_header_size, std::uint32_t seed)
        : inner_(inner), link_header_size_(link_header_size), impairer_(seed) {}

    Decision respond(Bytes packet, const Instant& now, ReplySink& sink) override;

private:
    void pass_on(const Delivery& delivery, ReplySink& sink);

    Responder& inner_;
    std::size_t link_header_size_;
    Impairer impairer_;
    Outbox outbox_;
};

}  // namespace tunlab
