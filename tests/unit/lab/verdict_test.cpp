#include "tunlab/lab/verdict.hpp"

#include "tunlab/lab/engine.hpp"
#include "tunlab/lab/ethernet_responder.hpp"
#include "tunlab/lab/ip_responder.hpp"

#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "lab/requests.hpp"
#include "lab/vectors.hpp"
#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

// IP 192.168.0.1.40000 > 192.168.0.3.33434: UDP, length 2
constexpr std::string_view kUdp = "4500 001e 1234 0000 4011 e746 c0a80001 c0a80003 9c40 829a 000a f740 6869";

class Reached : public EventSink {
public:
    explicit Reached(std::set<Reason>& reasons) : reasons_(reasons) {}
    void decided(const Decided& event) override { reasons_.insert(event.decision.reason); }
    void sent(const Sent& /*event*/) override {}

private:
    std::set<Reason>& reasons_;
};

void note_reasons(Responder& responder, std::span<const Vector> vectors, std::set<Reason>& reached) {
    for (const auto& vector : vectors) {
        if (!vector.before.empty()) respond(responder, from_hex(vector.before));
        reached.insert(respond(responder, from_hex(vector.hex)).decision.reason);
    }
}

/// The reasons that are somebody's choice: a profile's.
void note_chosen_reasons(std::set<Reason>& reached) {
    const DeviceFacts facts = tun_facts();
    IpResponder responder(facts, all_kinds(), 0);
    constexpr std::uint8_t kUnreachable = 3;
    for (const EchoTo& echo :
         {EchoTo{.destination = "192.168.0.10"}, EchoTo{.destination = "192.168.0.11"},
          EchoTo{.destination = "192.168.0.13"}, EchoTo{.destination = "192.168.0.14"},
          EchoTo{.destination = "192.168.0.15"}, EchoTo{.destination = "192.168.0.20", .ttl = 1},
          EchoTo{.destination = "192.168.0.20", .ttl = 2}, EchoTo{.destination = "fd00::20", .size = 1400},
          EchoTo{.destination = "192.168.0.20", .size = 1400, .dont_fragment = true},
          EchoTo{.destination = "192.168.0.21", .size = 1400, .dont_fragment = true},
          EchoTo{.destination = "192.168.0.20", .ttl = 1, .type = kUnreachable}}) {
        reached.insert(respond(responder, echo_to(echo)).decision.reason);
    }
    Reached events(reached);
    for (const Impairments& impairments :
         {Impairments{.loss = Percentage::from_millionths(Percentage::kAll)}, Impairments{.rate = 1},
          Impairments{.delay = std::chrono::hours(1)}}) {
        const Lab lab{HostTable::everyone({.match = {}, .impairments = impairments}), 1};
        Engine engine(lab, LinkType::Ip, facts, 0, events);
        for (std::size_t i = 0; i <= DelayQueue::kMaxReplies; ++i) {
            engine.receive(0, echo_to({.destination = "192.168.0.3"}), kNow);
            while (engine.next(kNow.steady)) {
            }
        }
    }
}

}  // namespace

TEST_CASE("every reason of the table is what becomes of at least one packet") {
    const DeviceFacts tun = tun_facts();
    const DeviceFacts tap = tap_facts();
    IpResponder ip_responder(tun, everyone(), 0);
    EthernetResponder ethernet_responder(tap, everyone(), 0);
    std::set<Reason> reached;
    note_reasons(ip_responder, kTunVectors, reached);
    note_reasons(ethernet_responder, kTapVectors, reached);
    const std::vector<Vector> too_many(
        51, Vector{.reading = "UDP", .hex = kUdp, .reason = Reason::PortUnreachable});
    note_reasons(ip_responder, too_many, reached);
    note_chosen_reasons(reached);
    for (const auto& facts : reasons()) {
        CAPTURE(facts.word);
        CHECK(reached.contains(facts.reason));
    }
}

TEST_CASE(
    "each reason has a word of its own, one line of meaning and, unless the profile is the reason, an RFC") {
    std::set<std::string_view> words;
    for (const auto& facts : reasons()) {
        CAPTURE(facts.word);
        CHECK(words.insert(facts.word).second);
        CHECK(facts.word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
              std::string_view::npos);
        CHECK_FALSE(facts.meaning.empty());
        CHECK(facts.meaning.find('\n') == std::string_view::npos);
        CHECK_FALSE(facts.meaning.ends_with('.'));
        const bool chosen = facts.verdict == Verdict::Drop || facts.reason == Reason::NoHost;
        CHECK((facts.reference.starts_with("RFC ") || (chosen && facts.reference.empty())));
    }
}

TEST_CASE("facts_of finds each reason's own row") {
    for (const auto& facts : reasons()) {
        CHECK(&facts_of(facts.reason) == &facts);
    }
}

TEST_CASE("verdicts have a word for lines and a participle for sums") {
    CHECK(to_string(Verdict::Reply) == "reply");
    CHECK(to_string(Verdict::Drop) == "drop");
    CHECK(to_string(Verdict::Ignore) == "ignore");
    CHECK(to_string(Verdict::Bad) == "bad");
    CHECK(counted_as(Verdict::Reply) == "answered");
    CHECK(counted_as(Verdict::Drop) == "dropped");
    CHECK(counted_as(Verdict::Ignore) == "ignored");
    CHECK(counted_as(Verdict::Bad) == "bad");
    CHECK(kVerdictCount == 4);
}

}  // namespace tunlab::test
