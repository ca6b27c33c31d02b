#include "tunlab/kernel/serve.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace tunlab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPacketsPerBatch = 32;  // between two looks at signals and news
constexpr auto kFactsRetry = std::chrono::milliseconds(20);

WallTime wall_time() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

/// For poll(2): milliseconds, rounded up so as not to wake just before the deadline; -1 is for ever.
int poll_timeout(const std::optional<Clock::time_point>& deadline) {
    if (!deadline) return -1;
    constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds::zero(), kLongest).count());
}

}  // namespace

ServingLoop::ServingLoop(const TunDevice& device, DeviceWatch& watch, SignalQueue& signals,
                         DeviceFacts& facts, Responder& responder, EventSink& events,
                         const ServeLimits& limits)
    : device_(device),
      watch_(watch),
      signals_(signals),
      facts_(facts),
      responder_(responder),
      events_(events),
      limits_(limits),
      batch_(kPacketsPerBatch) {}

Pause ServingLoop::run() {
    for (;;) {
        if (const auto pause = wait()) return *pause;
        if (const auto pause = read_batch()) return *pause;
        // The kernel tells of an address before a packet can ask for it. So news are taken in after
        // packets are read and before they are answered: nothing is answered for that the host has got.
        if (const auto pause = take_news()) return *pause;
        if (const auto pause = answer_batch()) return *pause;
    }
}

std::optional<Pause> ServingLoop::wait() {
    std::array<pollfd, 3> sources{pollfd{signals_.fd(), POLLIN, 0}, pollfd{watch_.fd(), POLLIN, 0},
                                  pollfd{device_.fd(), POLLIN, 0}};
    auto wake = limits_.deadline;
    if (facts_stale_) wake = std::min(wake.value_or(Clock::time_point::max()), Clock::now() + kFactsRetry);
    const int ready = poll(sources.data(), sources.size(), poll_timeout(wake));
    if (ready < 0 && errno != EINTR) {
        throw Error({.subject = "poll", .action = "wait for packets", .cause = describe_errno(errno)});
    }
    if (limits_.deadline && Clock::now() >= *limits_.deadline) return Pause::DeadlineReached;
    if (ready <= 0 || sources[0].revents == 0) return std::nullopt;
    if (const auto request = signals_.next()) {
        return *request == SignalRequest::Stop ? Pause::StopRequested : Pause::ReportRequested;
    }
    return std::nullopt;
}

std::optional<Pause> ServingLoop::take_news() {
    if (!watch_.drain() && !facts_stale_) return std::nullopt;
    std::optional<WatchedDevice> now;
    try {
        now = watch_.read();
        facts_stale_ = false;
    } catch (const Error&) {
        facts_stale_ = true;  // the network changes too fast to be read; what was true serves until it can
        return std::nullopt;
    }
    if (!now) return Pause::DeviceGone;
    facts_ = std::move(now->facts);
    if (now->up == up_) return std::nullopt;
    up_ = now->up;
    return up_ ? Pause::LinkUp : Pause::LinkDown;
}

std::optional<Pause> ServingLoop::read_batch() {
    if (batch_size_ > 0) return std::nullopt;  // run() was left before they were answered
    while (batch_size_ < batch_.size()) {
        Arrived& packet = batch_[batch_size_];
        const ssize_t size = read(device_.fd(), packet.bytes.data(), packet.bytes.size());
        if (size < 0) {
            if (errno == EAGAIN || errno == EINTR) return std::nullopt;
            // EFAULT once, then EBADFD: what a reader of a deleted device sees.
            if (errno == EBADFD || errno == EFAULT) return Pause::DeviceGone;
            throw Error({.subject = "the device", .action = "read a packet", .cause = describe_errno(errno)});
        }
        packet.size = static_cast<std::size_t>(size);
        packet.when = {.steady = Clock::now(), .wall = wall_time()};
        ++batch_size_;
    }
    return std::nullopt;
}

std::optional<Pause> ServingLoop::answer_batch() {
    const std::size_t size = std::exchange(batch_size_, 0);
    for (std::size_t i = 0; i < size; ++i) {
        const Bytes packet = Bytes(batch_[i].bytes).first(batch_[i].size);
        const Instant& when = batch_[i].when;
        const Decision decision = responder_.respond(packet, when, outbox_);
        events_.decided({.when = when.wall, .packet = packet, .decision = decision});
        for (std::size_t reply = 0; reply < outbox_.count(); ++reply) {
            send(outbox_.reply(reply), when.steady);
        }
        outbox_.clear();
        if (decision.echo_request) ++echo_requests_;
        if (limits_.echo_requests && echo_requests_ >= *limits_.echo_requests) return Pause::CountReached;
    }
    return std::nullopt;
}

void ServingLoop::send(Bytes reply, Clock::time_point arrival) {
    const ssize_t written = write(device_.fd(), reply.data(), reply.size());
    const int error = written < 0 ? errno : 0;
    events_.sent({.when = wall_time(), .reply = reply, .reply_time = Clock::now() - arrival, .error = error});
}

}  // namespace tunlab
