#include "tunlab/lab/engine.hpp"

#include "tunlab/wire/icmpv4.hpp"
#include "tunlab/wire/ipv4.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lab_support.hpp"
#include "support.hpp"
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace tunlab::test {

namespace {

// IP 192.168.0.1 > 192.168.0.3: ICMP echo request, id 4, seq 1, length 16
const auto kRequest =
    from_hex("45000024 12340000 4001e750 c0a80001c0a80003 0800 2b2a 00040001 3031323334353637");
// IP 192.168.0.1 > 192.168.0.3: ICMP echo reply: calls for no answer
const auto kReply =
    from_hex("45000024 12340000 4001e750 c0a80001c0a80003 0000 332a 00040001 3031323334353637");

constexpr Percentage kAll = Percentage::from_millionths(Percentage::kAll);

/// Keeps what it hears; the spans become copies.
class Recorder : public EventSink {
public:
    struct Decision {
        std::uint64_t number = 0;
        Reason reason{};
        std::size_t hop = 0;
        const HostRule* host = nullptr;
        std::vector<std::vector<std::uint8_t>> prepared;
        std::vector<Treatment> deliveries;
    };
    struct Delivery {
        std::optional<std::uint64_t> request;
        std::vector<std::uint8_t> reply;
        Treatment treatment;
        std::chrono::nanoseconds reply_time{};
        int error = 0;
    };
    void decided(const Decided& event) override {
        Decision kept{.number = event.number,
                      .reason = event.decision.reason,
                      .hop = event.decision.hop,
                      .host = event.decision.host,
                      .prepared = {},
                      .deliveries = {event.deliveries.begin(), event.deliveries.end()}};
        for (const Bytes reply : event.prepared) {
            kept.prepared.emplace_back(reply.begin(), reply.end());
        }
        decisions.push_back(std::move(kept));
    }
    void sent(const Sent& event) override {
        deliveries.push_back({.request = event.request,
                              .reply = {event.reply.begin(), event.reply.end()},
                              .treatment = event.treatment,
                              .reply_time = event.reply_time,
                              .error = event.error});
    }
    std::vector<Decision> decisions;
    std::vector<Delivery> deliveries;
};

/// An engine with invented time.
struct Conversation {
    explicit Conversation(HostTable hosts, std::uint32_t seed = 42) : lab{std::move(hosts), seed} {}
    explicit Conversation(const Impairments& impairments)
        : Conversation(HostTable::everyone({.match = {}, .impairments = impairments})) {}

    void receive(Bytes packet, SteadyTime at) {
        send_due(at);
        engine.receive(0, packet, {.steady = at, .wall = WallTime(at.time_since_epoch())});
    }
    /// Everything that is due, each at the moment when it is.
    void send_due(SteadyTime until) {
        for (auto due = engine.next_due(); due && *due <= until; due = engine.next_due()) {
            const auto packet = engine.next(*due);
            REQUIRE(packet);
            CHECK(packet->to == 0);
            engine.sent(*packet, {.steady = *due, .wall = WallTime(due->time_since_epoch())}, 0);
        }
        CHECK_FALSE(engine.next(until));
    }

    Lab lab;
    Recorder events;
    Engine engine{lab, LinkType::Ip, tun_facts(), 0, events};
};

constexpr SteadyTime kStart{1h};

bool is_sound(Bytes packet) {
    const auto ip = parse_ipv4(packet);
    return ip && parse_icmpv4(ip->payload);
}

}  // namespace

TEST_CASE("without impairments the reply leaves at once, and names its request") {
    Conversation talk(Impairments{});
    talk.receive(kReply, kStart);
    talk.receive(kRequest, kStart + 1ms);
    CHECK(talk.engine.next_due() == kStart + 1ms);
    CHECK(talk.engine.waiting() == 1);
    talk.send_due(kStart + 1ms);
    CHECK(talk.engine.waiting() == 0);
    CHECK_FALSE(talk.engine.next_due());

    REQUIRE(talk.events.decisions.size() == 2);
    CHECK(talk.events.decisions[0].number == 1);
    CHECK(talk.events.decisions[0].reason == Reason::IcmpType);
    CHECK(talk.events.decisions[0].prepared.empty());
    CHECK(talk.events.decisions[0].deliveries.empty());
    CHECK(talk.events.decisions[1].number == 2);
    CHECK(talk.events.decisions[1].reason == Reason::Echo);
    CHECK(talk.events.decisions[1].host != nullptr);
    CHECK(talk.events.decisions[1].deliveries == std::vector{Treatment{}});
    REQUIRE(talk.events.deliveries.size() == 1);
    CHECK(talk.events.deliveries[0].request == 2);
    CHECK(talk.events.deliveries[0].reply_time == 0ms);
    CHECK(is_sound(talk.events.deliveries[0].reply));
    CHECK(talk.engine.echo_requests() == 1);
}

TEST_CASE("a conversation with delays, in memory: each reply leaves when it is due, the first due first") {
    // 192.168.0.3 is late by 30 ms, all others by 10 ms.
    const HostRule slow{.match = prefix("192.168.0.3/32"), .impairments = {.delay = 30ms}};
    const HostRule others{.match = prefix("0.0.0.0/0"), .impairments = {.delay = 10ms}};
    Conversation talk(HostTable({slow, others}, {}));
    // IP 192.168.0.1 > 192.168.0.4, the same
    const auto to_another =
        from_hex("45000024 12340000 4001e74f c0a80001c0a80004 0800 2b2a 00040001 3031323334353637");
    talk.receive(kRequest, kStart);
    talk.receive(to_another, kStart + 1ms);
    CHECK(talk.engine.waiting() == 2);
    CHECK(talk.engine.next_due() == kStart + 11ms);
    CHECK_FALSE(talk.engine.next(kStart + 11ms - 1ns));
    talk.send_due(kStart + 11ms);
    talk.send_due(kStart + 30ms);
    REQUIRE(talk.events.deliveries.size() == 2);
    CHECK(talk.events.deliveries[0].request == 2);
    CHECK(talk.events.deliveries[0].treatment.delay == 10ms);
    CHECK(talk.events.deliveries[1].request == 1);
    CHECK(talk.events.deliveries[1].treatment.delay == 30ms);
    CHECK(talk.events.deliveries[1].reply_time == 0ms);  // the delay that was chosen doesn't count
}

TEST_CASE("what was due earlier leaves before the prompt reply to a later packet") {
    const HostRule slow{.match = prefix("192.168.0.4/32"), .impairments = {.delay = 1ms}};
    const HostRule others{.match = prefix("0.0.0.0/0")};
    Conversation talk(HostTable({slow, others}, {}));
    const auto to_slow =
        from_hex("45000024 12340000 4001e74f c0a80001c0a80004 0800 2b2a 00040001 3031323334353637");
    talk.engine.receive(0, to_slow, {.steady = kStart});
    talk.engine.receive(0, kRequest, {.steady = kStart + 2ms});
    CHECK(talk.engine.next_due() == kStart + 1ms);
    CHECK(talk.engine.next(kStart + 3ms)->request == 1);
    CHECK(talk.engine.next(kStart + 3ms)->request == 2);
    CHECK_FALSE(talk.engine.next(kStart + 3ms));
}

TEST_CASE("a lost reply is dropped with its reason, and still shown as it was prepared") {
    Conversation talk({.loss = kAll});
    talk.receive(kRequest, kStart);
    talk.send_due(kStart + 1s);
    CHECK(talk.events.deliveries.empty());
    REQUIRE(talk.events.decisions.size() == 1);
    CHECK(talk.events.decisions[0].reason == Reason::Loss);
    CHECK(talk.events.decisions[0].deliveries.empty());
    REQUIRE(talk.events.decisions[0].prepared.size() == 1);
    CHECK(is_sound(talk.events.decisions[0].prepared[0]));
    CHECK(talk.engine.echo_requests() == 1);
}

TEST_CASE("a reply beyond the rate is dropped with its reason") {
    Conversation talk({.rate = 1});
    talk.receive(kRequest, kStart);
    talk.receive(kRequest, kStart + 1ms);
    REQUIRE(talk.events.decisions.size() == 2);
    CHECK(talk.events.decisions[0].reason == Reason::Echo);
    CHECK(talk.events.decisions[1].reason == Reason::Rate);
}

TEST_CASE("a duplicated reply leaves twice, the same each time, and the copy says that it is one") {
    for (const auto delay : {0ms, 5ms}) {
        CAPTURE(delay.count());
        Conversation talk({.duplicate = kAll, .delay = delay});
        talk.receive(kRequest, kStart);
        talk.send_due(kStart + delay);
        REQUIRE(talk.events.deliveries.size() == 2);
        CHECK(talk.events.deliveries[0].treatment == Treatment{.delay = delay});
        CHECK(talk.events.deliveries[1].treatment == Treatment{.delay = delay, .duplicate = true});
        CHECK(talk.events.deliveries[0].reply == talk.events.deliveries[1].reply);
        CHECK(is_sound(talk.events.deliveries[0].reply));
    }
}

TEST_CASE("a corrupted reply is one that its receiver discards; what was prepared is sound") {
    Conversation talk({.corrupt = kAll});
    talk.receive(kRequest, kStart);
    talk.send_due(kStart);
    REQUIRE(talk.events.deliveries.size() == 1);
    CHECK(talk.events.deliveries[0].treatment.corrupted);
    CHECK(parse_ipv4(talk.events.deliveries[0].reply));
    CHECK_FALSE(is_sound(talk.events.deliveries[0].reply));
    CHECK(is_sound(talk.events.decisions.at(0).prepared.at(0)));
    CHECK(talk.events.decisions[0].reason == Reason::Echo);
}

TEST_CASE("a copy never leaves before its original, whichever of them is corrupted") {
    std::set<std::pair<bool, bool>> pairs;
    for (std::uint32_t seed = 0; seed < 64; ++seed) {
        const Impairments impairments{.duplicate = kAll, .corrupt = Percentage::from_millionths(500'000)};
        Conversation talk(HostTable::everyone({.match = {}, .impairments = impairments}), seed);
        talk.receive(kRequest, kStart);
        talk.send_due(kStart);
        REQUIRE(talk.events.deliveries.size() == 2);
        const auto& original = talk.events.deliveries[0];
        const auto& copy = talk.events.deliveries[1];
        CHECK_FALSE(original.treatment.duplicate);
        CHECK(copy.treatment.duplicate);
        CHECK(is_sound(original.reply) != original.treatment.corrupted);
        CHECK(is_sound(copy.reply) != copy.treatment.corrupted);
        pairs.emplace(original.treatment.corrupted, copy.treatment.corrupted);
    }
    CHECK(pairs.size() == 4);
}

TEST_CASE("a share of the replies overtakes those that wait, and says so") {
    Conversation talk({.reorder = Percentage::from_millionths(500'000), .delay = 40ms});
    for (int i = 0; i < 100; ++i) {
        talk.receive(kRequest, kStart + i * 1ms);
    }
    talk.send_due(kStart + 1s);
    REQUIRE(talk.events.deliveries.size() == 100);
    int overtaking = 0;
    for (const auto& delivery : talk.events.deliveries) {
        CHECK(delivery.treatment.reordered == (delivery.treatment.delay == 0ms));
        if (delivery.treatment.reordered) ++overtaking;
    }
    CHECK(overtaking > 30);
    CHECK(overtaking < 70);
}

TEST_CASE("the error of a hop names the hop and the rule, and has the impairments of neither") {
    const HostRule rule{.match = prefix("192.168.0.0/24"),
                        .impairments = {.loss = kAll},
                        .path = {Hop{.address = ip("10.12.0.2"), .delay = 7ms},
                                 Hop{.address = ip("10.12.0.3"), .delay = 2ms}}};
    Conversation talk(HostTable({rule}, {}));
    // IP (ttl 2) 192.168.0.1 > 192.168.0.3: ICMP echo request
    const auto probe =
        from_hex("45000024 12340000 02012551 c0a80001c0a80003 0800 2b2a 00040001 3031323334353637");
    talk.receive(probe, kStart);
    talk.send_due(kStart + 1s);
    REQUIRE(talk.events.decisions.size() == 1);
    CHECK(talk.events.decisions[0].reason == Reason::TimeExceeded);
    CHECK(talk.events.decisions[0].hop == 2);
    REQUIRE(talk.events.decisions[0].host != nullptr);
    CHECK(talk.events.decisions[0].host->match == prefix("192.168.0.0/24"));
    REQUIRE(talk.events.deliveries.size() == 1);
    CHECK(talk.events.deliveries[0].treatment == Treatment{.delay = 9ms});
}

TEST_CASE("a reply in fragments is prepared as several, which all answer one request") {
    Conversation talk(Impairments{});
    // 192.168.0.1 > 192.168.0.3: ICMP echo request of 1480 bytes, on a device whose MTU is then 600
    std::vector<std::uint8_t> message(1480);
    write_icmpv4(message, {.type = kIcmpv4EchoRequest, .data = Bytes(message).subspan(8)});
    const Ipv4Packet header{
        .ttl = 64, .protocol = kProtocolIcmp, .source = v4("192.168.0.1"), .destination = v4("192.168.0.3")};
    std::vector<std::uint8_t> packet(kIpv4MinHeaderSize + message.size());
    write_ipv4_header(packet, header, message.size());
    std::ranges::copy(message, packet.begin() + kIpv4MinHeaderSize);
    talk.engine.set_facts(0, {600, {prefix("192.168.0.1/24")}, {}});
    talk.receive(packet, kStart);
    talk.send_due(kStart);
    REQUIRE(talk.events.decisions.size() == 1);
    CHECK(talk.events.decisions[0].prepared.size() == 3);
    REQUIRE(talk.events.deliveries.size() == 3);
    for (const auto& delivery : talk.events.deliveries) {
        CHECK(delivery.request == 1);
    }
}

TEST_CASE("an address that the host takes while the engine runs is no simulated host's any more") {
    Conversation talk(Impairments{});
    talk.engine.set_facts(0, {1500, {prefix("192.168.0.3/24")}, {}});
    talk.receive(kRequest, kStart);
    CHECK(talk.events.decisions.at(0).reason == Reason::OwnAddress);
}

TEST_CASE("a write that failed is told with its error") {
    Conversation talk(Impairments{});
    talk.receive(kRequest, kStart);
    const auto packet = talk.engine.next(kStart);
    REQUIRE(packet);
    talk.engine.sent(*packet, {.steady = kStart + 3us}, EIO);
    REQUIRE(talk.events.deliveries.size() == 1);
    CHECK(talk.events.deliveries[0].error == EIO);
    CHECK(talk.events.deliveries[0].reply_time == 3us);
}

TEST_CASE("under a flood of duplicated replies with a delay, each leaves exactly on time and none is lost") {
    Conversation talk({.duplicate = kAll, .delay = 5ms});
    constexpr int kRequests = 200'000;
    constexpr auto kGap = 5us;  // 200,000 requests a second: 2,000 replies wait at any time
    std::size_t late = 0;
    std::size_t sent = 0;
    const auto send_due = [&](SteadyTime until) {
        for (auto due = talk.engine.next_due(); due && *due <= until; due = talk.engine.next_due()) {
            const auto packet = talk.engine.next(*due);
            if (packet->arrival + 5ms != *due) ++late;
            ++sent;
        }
    };
    for (int i = 0; i < kRequests; ++i) {
        const SteadyTime now = kStart + i * kGap;
        send_due(now);
        talk.engine.receive(0, kRequest, {.steady = now});
        REQUIRE(talk.engine.waiting() <= 2004);
    }
    send_due(kStart + 1h);
    CHECK(sent == 2 * std::size_t{kRequests});
    CHECK(late == 0);
    const auto full = std::count_if(talk.events.decisions.begin(), talk.events.decisions.end(),
                                    [](const auto& each) { return each.reason == Reason::QueueFull; });
    CHECK(full == 0);
}

TEST_CASE("what finds no room among the delayed replies is dropped with its reason") {
    Conversation talk({.duplicate = kAll, .delay = 1s});
    constexpr std::size_t kFit = DelayQueue::kMaxReplies / 2;
    for (std::size_t i = 0; i < kFit; ++i) {
        talk.engine.receive(0, kRequest, {.steady = kStart});
    }
    CHECK(talk.engine.waiting() == DelayQueue::kMaxReplies);
    talk.engine.receive(0, kRequest, {.steady = kStart});
    CHECK(talk.events.decisions.back().reason == Reason::QueueFull);
    CHECK(talk.events.decisions.back().deliveries.empty());
    CHECK(talk.events.decisions.back().prepared.size() == 1);
    CHECK(talk.engine.waiting() == DelayQueue::kMaxReplies);
}

TEST_CASE("one lab serves any number of engines, each with its own state") {
    const Lab lab{HostTable::everyone({.match = {}, .impairments = {.rate = 1}}), 42};
    Recorder events;
    Engine one(lab, LinkType::Ip, tun_facts(), 0, events);
    Engine other(lab, LinkType::Ip, tun_facts(), 0, events);
    for (Engine* const engine : {&one, &other}) {
        engine->receive(0, kRequest, {.steady = kStart});
        CHECK(events.decisions.back().number == 1);
        CHECK(events.decisions.back().reason == Reason::Echo);
    }
}

TEST_CASE("frames are answered with frames, and corrupted behind their Ethernet header") {
    const Lab lab{HostTable::everyone({.match = {}, .impairments = {.corrupt = kAll}}), 42};
    Recorder events;
    Engine engine(lab, LinkType::Ethernet, tap_facts(), 0, events);
    // 06:11:22:33:44:55 > 02:00:0a:00:01:02, IP 10.0.1.1 > 10.0.1.2: ICMP echo request, id 4, seq 1, length
    // 16
    const auto frame =
        from_hex("02000a000102 061122334455 0800"
                 "45000024 12340000 400152a3 0a0001010a000102 0800 2b2a 00040001 3031323334353637");
    engine.receive(0, frame, {.steady = kStart});
    REQUIRE(events.decisions.at(0).reason == Reason::Echo);
    const auto reply = engine.next(kStart);
    REQUIRE(reply);
    const auto prepared = events.decisions.at(0).prepared.at(0);
    REQUIRE(reply->bytes.size() == prepared.size());
    std::set<std::size_t> changed;
    for (std::size_t i = 0; i < prepared.size(); ++i) {
        if (prepared[i] != reply->bytes[i]) changed.insert(i);
    }
    CHECK(changed == std::set<std::size_t>{14 + 20 + 2, 14 + 20 + 3});  // the ICMP checksum
}

}  // namespace tunlab::test
