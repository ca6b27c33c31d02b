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
/// Nobody chose to have it later: it need not go through the queue.
bool is_due_at_once(std::chrono::nanoseconds delay) {
    return delay <= std::chrono::nanoseconds::zero();
}

constexpr auto kFactsRetry = std::chrono::milliseconds(20);

WallTime wall_time() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

/// What is left until `time`, for ppoll(2): to the nanosecond, since replies are due then.
timespec time_left(Clock::time_point time) {
    constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24);
    const std::chrono::nanoseconds left =
        std::clamp<std::chrono::nanoseconds>(time - Clock::now(), std::chrono::nanoseconds::zero(), kLongest);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    return {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
}

/// The earlier of both, if there are any.
std::optional<Clock::time_point> earlier(const std::optional<Clock::time_point>& a,
                                         const std::optional<Clock::time_point>& b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
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
        if (is_count_reached() && waiting_.size() == 0) return Pause::CountReached;
        if (const auto pause = wait()) return *pause;
        send_due();
        if (is_count_reached()) {  // what comes meanwhile is nobody's business any more
            if (const auto pause = take_news()) return *pause;
            continue;
        }
        if (const auto pause = read_batch()) return *pause;
        // The kernel tells of an address before a packet can ask for it. So news are taken in after
        // packets are read and before they are answered: nothing is answered for that the host has got.
        if (const auto pause = take_news()) return *pause;
        answer_batch();
    }
}

std::optional<Pause> ServingLoop::wait() {
    // Once the count is reached, packets are not read any more: they must not wake the loop.
    const short packets = is_count_reached() ? 0 : POLLIN;
    std::array<pollfd, 3> sources{pollfd{signals_.fd(), POLLIN, 0}, pollfd{watch_.fd(), POLLIN, 0},
                                  pollfd{device_.fd(), packets, 0}};
    auto wake = earlier(limits_.deadline, waiting_.next_due());
    if (facts_stale_) wake = earlier(wake, Clock::now() + kFactsRetry);
    const timespec left = wake ? time_left(*wake) : timespec{};
    const int ready = ppoll(sources.data(), sources.size(), wake ? &left : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) {
        throw Error({.subject = "poll", .action = "wait for packets", .cause = describe_errno(errno)});
    }
    if (limits_.deadline && Clock::now() >= *limits_.deadline)
        return is_count_reached() ? Pause::CountReached : Pause::DeadlineReached;
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

void ServingLoop::answer_batch() {
    const std::size_t size = std::exchange(batch_size_, 0);
    for (std::size_t i = 0; i < size; ++i) {
        const Bytes packet = Bytes(batch_[i].bytes).first(batch_[i].size);
        const Instant& when = batch_[i].when;
        Decision decision = responder_.respond(packet, when, outbox_);
        if (!has_room_for(decision)) {
            outbox_.clear();
            decision.reason = Reason::QueueFull;
        }
        events_.decided({.when = when.wall, .packet = packet, .decision = decision});
        deliver(decision, when.steady);
        outbox_.clear();
        if (decision.echo_request) ++echo_requests_;
        if (is_count_reached()) break;
    }
}

bool ServingLoop::is_count_reached() const {
    return limits_.echo_requests && echo_requests_ >= *limits_.echo_requests;
}

bool ServingLoop::has_room_for(const Decision& decision) const {
    if (is_due_at_once(decision.delay) && !decision.copy_delay) return true;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < outbox_.count(); ++i) {
        bytes += outbox_.reply(i).size();
    }
    return waiting_.has_room(outbox_.count(), bytes);
}

/// Writes what is due, and keeps the rest until it is.
void ServingLoop::deliver(const Decision& decision, Clock::time_point arrival) {
    const std::size_t each = decision.copy_delay ? outbox_.count() / 2 : outbox_.count();
    for (std::size_t i = 0; i < outbox_.count(); ++i) {
        const auto delay = i < each ? decision.delay : *decision.copy_delay;
        if (is_due_at_once(delay)) {
            send(outbox_.reply(i), arrival, delay);
        } else {
            waiting_.push(arrival, delay, outbox_.reply(i));
        }
    }
}

void ServingLoop::send_due() {
    // Bounded, so that many replies due at once keep neither signals nor packets waiting.
    for (std::size_t i = 0; i < kPacketsPerBatch; ++i) {
        const auto reply = waiting_.pop(Clock::now());
        if (!reply) return;
        send(reply->bytes, reply->arrival, reply->delay);
    }
}

void ServingLoop::send(Bytes reply, Clock::time_point arrival, std::chrono::nanoseconds delay) {
    const ssize_t written = write(device_.fd(), reply.data(), reply.size());
    const int error = written < 0 ? errno : 0;
    events_.sent(
        {.when = wall_time(), .reply = reply, .reply_time = Clock::now() - arrival - delay, .error = error});
}

}  // namespace tunlab
