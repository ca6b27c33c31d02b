#include "tunlab/lab/engine.hpp"

#include "tunlab/lab/corruption.hpp"
#include "tunlab/lab/ethernet_responder.hpp"
#include "tunlab/lab/ip_responder.hpp"
#include "tunlab/wire/ethernet.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tunlab {

namespace {

std::unique_ptr<Responder> make_responder(LinkType link, const DeviceFacts& facts, const HostTable& hosts,
                                          std::uint16_t first_identification) {
    switch (link) {
        case LinkType::Ethernet:
            return std::make_unique<EthernetResponder>(facts, hosts, first_identification);
        case LinkType::Ip: break;
    }
    return std::make_unique<IpResponder>(facts, hosts, first_identification);
}

/// No delay: the reply is sent from where it was written.
bool is_prompt(const Treatment& treatment) {
    return treatment.delay <= std::chrono::nanoseconds::zero();
}

}  // namespace

Engine::Engine(const Lab& lab, LinkType link, DeviceFacts facts, std::uint16_t first_identification,
               EventSink& events)
    : lab_(lab),
      events_(events),
      link_header_size_(link == LinkType::Ethernet ? kEthernetHeaderSize : 0),
      facts_(std::move(facts)),
      responder_(make_responder(link, facts_, lab_.hosts, first_identification)),
      impairer_(lab_.seed) {}

void Engine::set_facts([[maybe_unused]] Attachment attachment, DeviceFacts facts) {
    assert(attachment == 0);
    facts_ = std::move(facts);
}

void Engine::receive(Attachment from, Bytes packet, const Instant& arrival) {
    assert(from == 0 && prompt_given_ == prompt_.size());
    replies_.clear();
    corrupted_.clear();
    prepared_.clear();
    deliveries_.clear();
    prompt_.clear();
    prompt_given_ = 0;
    ++number_;
    arrival_ = arrival.steady;
    from_ = from;

    Decision decision = responder_->respond(packet, arrival, replies_);
    for (std::size_t i = 0; i < replies_.count(); ++i) {
        prepared_.push_back(replies_.reply(i));
    }
    if (!prepared_.empty()) choose_deliveries(decision, arrival.steady);
    if (decision.echo_request) ++echo_requests_;
    events_.decided({.number = number_,
                     .from = from,
                     .when = arrival.wall,
                     .packet = packet,
                     .decision = decision,
                     .prepared = prepared_,
                     .deliveries = deliveries_});
    deliver(from, arrival.steady);
}

/// Impairments apply to what the host, or the profile in its name, answers; not to errors on the path, ARP
/// and neighbour discovery.
void Engine::choose_deliveries(Decision& decision, SteadyTime arrival) {
    ImpairmentResult result{.reply = {.delay = decision.path_delay}};
    if (decision.host != nullptr && decision.hop == 0)
        result = impairer_.decide(decision.asked, decision.host->impairments, decision.path_delay, arrival);
    if (result.dropped) {
        decision.reason = *result.dropped;
        return;
    }
    deliveries_.push_back(result.reply);
    if (result.copy) deliveries_.push_back(*result.copy);
    if (has_room()) return;
    decision.reason = Reason::QueueFull;
    deliveries_.clear();
}

bool Engine::has_room() const {
    const auto late = static_cast<std::size_t>(std::count_if(
        deliveries_.begin(), deliveries_.end(), [](const Treatment& each) { return !is_prompt(each); }));
    std::size_t bytes = 0;
    for (const Bytes reply : prepared_) {
        bytes += reply.size();
    }
    return late == 0 || delayed_.has_room(late * prepared_.size(), late * bytes);
}

void Engine::deliver(Attachment to, SteadyTime arrival) {
    for (const Treatment& treatment : deliveries_) {
        for (std::size_t i = 0; i < prepared_.size(); ++i) {
            if (is_prompt(treatment)) {
                prompt_.push_back({.index = i, .treatment = treatment});
                if (!treatment.corrupted) continue;
                prompt_.back().index = corrupted_.count();
                const MutableBytes bytes = corrupted_.begin(prepared_[i].size());
                std::ranges::copy(prepared_[i], bytes.begin());
                corrupt_checksum(bytes.subspan(link_header_size_));
                corrupted_.finish();
                continue;
            }
            DelayedReply reply{.arrival = arrival,
                               .treatment = treatment,
                               .to = to,
                               .request = number_,
                               .bytes = {prepared_[i].begin(), prepared_[i].end()}};
            if (treatment.corrupted) corrupt_checksum(MutableBytes(reply.bytes).subspan(link_header_size_));
            delayed_.push(std::move(reply));
        }
    }
}

std::optional<SteadyTime> Engine::next_due() const {
    const auto delayed = delayed_.next_due();
    if (prompt_given_ == prompt_.size()) return delayed;
    return delayed ? std::min(*delayed, arrival_) : arrival_;
}

std::optional<OutgoingPacket> Engine::next(SteadyTime now) {
    const bool prompt_left = prompt_given_ < prompt_.size();
    if (auto reply = delayed_.pop(prompt_left ? std::min(now, arrival_) : now)) {
        delayed_bytes_ = std::move(reply->bytes);
        return OutgoingPacket{.to = reply->to,
                              .bytes = delayed_bytes_,
                              .request = reply->request,
                              .arrival = reply->arrival,
                              .treatment = reply->treatment};
    }
    if (!prompt_left || now < arrival_) return std::nullopt;
    const PromptReply& reply = prompt_[prompt_given_++];
    return OutgoingPacket{.to = from_,
                          .bytes = reply.treatment.corrupted ? corrupted_.reply(reply.index)
                                                             : prepared_[reply.index],
                          .request = number_,
                          .arrival = arrival_,
                          .treatment = reply.treatment};
}

void Engine::sent(const OutgoingPacket& packet, const Instant& now, int error) {
    events_.sent({.request = packet.request,
                  .to = packet.to,
                  .when = now.wall,
                  .reply = packet.bytes,
                  .treatment = packet.treatment,
                  .reply_time = now.steady - packet.arrival - packet.treatment.delay,
                  .error = error});
}

}  // namespace tunlab
