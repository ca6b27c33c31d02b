#include "tunlab/lab/impairing_responder.hpp"

#include "tunlab/lab/corruption.hpp"

#include <algorithm>

namespace tunlab {

Decision ImpairingResponder::respond(Bytes packet, const Instant& now, ReplySink& sink) {
    outbox_.clear();
    Decision decision = inner_.respond(packet, now, outbox_);
    if (outbox_.count() == 0) return decision;
    Fate fate{.lost = {}, .answer = {.delay = decision.delay}, .copy = {}};
    if (decision.host != nullptr)
        fate = impairer_.decide(decision.asked, decision.host->impairments, decision.delay, now.steady);
    if (fate.lost) {
        decision.reason = *fate.lost;
        return decision;
    }
    decision.delay = fate.answer.delay;
    pass_on(fate.answer, sink);
    if (fate.copy) {
        decision.copy_delay = fate.copy->delay;
        pass_on(*fate.copy, sink);
    }
    return decision;
}

void ImpairingResponder::pass_on(const Delivery& delivery, ReplySink& sink) {
    for (std::size_t i = 0; i < outbox_.count(); ++i) {
        const Bytes reply = outbox_.reply(i);
        const MutableBytes out = sink.begin(reply.size());
        std::ranges::copy(reply, out.begin());
        if (delivery.corrupted) corrupt_checksum(out.subspan(link_header_size_));
        sink.finish();
    }
}

}  // namespace tunlab
