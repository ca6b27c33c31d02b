#include "tunlab/kernel/event_writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <new>
#include <string>

#include "support.hpp"
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

namespace tunlab::test {

namespace {

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
        read_end = UniqueFd(ends[0]);
        write_end = UniqueFd(ends[1]);
    }
    /// Everything up to the end of the file.
    std::string read_all() {
        write_end = UniqueFd();
        std::string text;
        std::array<char, 4096> buffer{};
        for (ssize_t got = 0; (got = read(read_end.get(), buffer.data(), buffer.size())) > 0;) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
    UniqueFd read_end;
    UniqueFd write_end;
};

/// One letter an event, with its number and its bytes.
void encode(const Event& event, std::string& out) {
    if (const auto* const decided = std::get_if<Decided>(&event)) {
        out += 'd' + std::to_string(decided->number) + '/' + std::to_string(decided->packet.size());
        for (const Bytes reply : decided->prepared) {
            out += '+' + std::to_string(reply.size());
        }
        out += 'x' + std::to_string(decided->deliveries.size()) + '\n';
    } else {
        const auto& sent = std::get<Sent>(event);
        out += 's' + std::to_string(*sent.request) + '/' + std::to_string(sent.reply.size()) + '\n';
    }
}

const auto kPacket = from_hex("450001020304");

}  // namespace

TEST_CASE("a writer writes each event as its encoder says, in order, with copies of all bytes") {
    Pipe pipe;
    EventWriter writer(pipe.write_end.get(), encode);
    {
        auto packet = kPacket;
        const std::vector<std::uint8_t> reply(3);
        const std::array<Bytes, 2> prepared{Bytes(reply), Bytes(packet)};
        const std::array<Treatment, 1> deliveries{Treatment{}};
        writer.decided({.number = 1, .packet = packet, .prepared = prepared, .deliveries = deliveries});
        writer.sent({.request = 1, .reply = reply});
        writer.flush();
    }  // what the spans pointed to is gone
    writer.decided({.number = 2, .packet = {}});
    CHECK(writer.finish() == 0);
    CHECK(writer.error() == 0);
    CHECK(pipe.read_all() == "d1/6+3+6x1\ns1/3\nd2/0x0\n");
}

TEST_CASE("a reader that is stuck costs events, which are counted, and delays neither events nor the end") {
    // As a program started with the signal blocked has it.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    Pipe pipe;
    std::uint64_t not_written = 0;
    constexpr std::uint64_t kEvents = 200'000;
    {
        EventWriter writer(pipe.write_end.get(), encode);
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            writer.decided({.number = i, .packet = kPacket});
            if (i % 32 == 0) writer.flush();
        }
        not_written = writer.finish();
        CHECK(writer.error() == 0);
    }
    const std::string text = pipe.read_all();
    const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    CHECK(lines > 0);
    CHECK(lines + not_written == kEvents);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a reader that is gone ends the writing, and the error says so") {
    Pipe pipe;
    pipe.read_end = UniqueFd();
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    struct sigaction before {};
    sigaction(SIGPIPE, &ignore, &before);
    EventWriter writer(pipe.write_end.get(), encode);
    writer.decided({.number = 1, .packet = kPacket});
    CHECK(writer.finish() == 0);
    CHECK(writer.error() == EPIPE);
    sigaction(SIGPIPE, &before, nullptr);
}

TEST_CASE("an event that can't be encoded for want of memory is counted, and the others are written") {
    Pipe pipe;
    EventWriter writer(pipe.write_end.get(), [](const Event& event, std::string& out) {
        out += "half of ";
        if (std::get<Decided>(event).number == 2) throw std::bad_alloc();
        out += std::to_string(std::get<Decided>(event).number) + '\n';
    });
    for (std::uint64_t i = 1; i <= 3; ++i) {
        writer.decided({.number = i, .packet = kPacket});
    }
    CHECK(writer.finish() == 1);
    CHECK(pipe.read_all() == "half of 1\nhalf of 3\n");
}

TEST_CASE("a writer that is stuck costs another writer nothing") {
    Pipe stuck;
    Pipe good;
    EventWriter one(stuck.write_end.get(), encode);
    EventWriter other(good.write_end.get(), encode);
    EventFanOut events;
    events.add(one);
    events.add(other);
    std::string expected;
    for (std::uint64_t i = 0; i < 50'000; ++i) {  // more than a pipe holds, so somebody must read
        events.decided({.number = i, .packet = {}});
        expected += 'd' + std::to_string(i) + "/0x0\n";
    }
    events.flush();
    std::string text;
    std::thread reader([&] {
        std::array<char, 4096> buffer{};
        while (text.size() < expected.size()) {
            const ssize_t got = read(good.read_end.get(), buffer.data(), buffer.size());
            if (got <= 0) break;
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
    });
    CHECK(other.finish() == 0);
    reader.join();
    CHECK(text == expected);
    CHECK(one.finish() > 0);
}

}  // namespace tunlab::test
