#include "tunlab/kernel/serving_loop.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace tunlab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPacketsPerBatch = 32;  // between two looks at signals and reports
constexpr auto kFactsRetry = std::chrono::milliseconds(20);

WallTime wall_time() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

/// What is left until `time`, for ppoll(2): to the nanosecond, since replies are due then.
timespec time_left(Clock::time_point time) {
    constexpr std::chrono::nanoseconds kMax = std::chrono::hours(24);
    const std::chrono::nanoseconds left =
        std::clamp<std::chrono::nanoseconds>(time - Clock::now(), std::chrono::nanoseconds::zero(), kMax);
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

ServingLoop::ServingLoop(int device, DeviceMonitor& monitor, SignalQueue& signals, Engine& engine,
                         EventSink& events, const ServeLimits& limits)
    : device_(device),
      monitor_(monitor),
      signals_(signals),
      engine_(engine),
      events_(events),
      limits_(limits),
      batch_(kPacketsPerBatch) {}

StopReason ServingLoop::run() {
    for (;;) {
        events_.flush();
        if (is_count_reached() && engine_.waiting() == 0) return StopReason::CountReached;
        if (const auto stop = wait()) return *stop;
        const bool all_sent = send_due();
        if (all_sent && !is_count_reached()) {
            if (const auto stop = read_batch()) return *stop;
        }
        // The kernel reports an address before a packet can ask for it. So reports are taken in after packets
        // are read and before they are answered: nothing is answered for an address that the host has taken.
        if (const auto stop = update_facts()) return *stop;
        answer_batch();
    }
}

std::optional<StopReason> ServingLoop::wait() {
    // Once the count is reached, packets are not read any more: neither they nor the end of the other side
    // may wake the loop.
    const int packets = is_count_reached() ? -1 : device_;
    std::array<pollfd, 3> sources{pollfd{signals_.fd(), POLLIN, 0}, pollfd{monitor_.fd(), POLLIN, 0},
                                  pollfd{packets, POLLIN, 0}};
    auto wake = earlier(limits_.deadline, engine_.next_due());
    if (facts_stale_) wake = earlier(wake, Clock::now() + kFactsRetry);
    if (batch_size_ > 0) wake = Clock::now();  // run() returned before these packets were answered
    const timespec left = wake ? time_left(*wake) : timespec{};
    const int ready = ppoll(sources.data(), sources.size(), wake ? &left : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) {
        throw Error({.subject = "poll", .action = "wait for packets", .cause = describe_errno(errno)});
    }
    if (limits_.deadline && Clock::now() >= *limits_.deadline)
        return is_count_reached() ? StopReason::CountReached : StopReason::DeadlineReached;
    if (ready <= 0 || sources[0].revents == 0) return std::nullopt;
    if (const auto request = signals_.next()) {
        return *request == SignalRequest::Stop ? StopReason::StopRequested : StopReason::ReportRequested;
    }
    return std::nullopt;
}

std::optional<StopReason> ServingLoop::update_facts() {
    if (!monitor_.process_reports() && !facts_stale_) return std::nullopt;
    std::optional<DeviceSnapshot> now;
    try {
        now = monitor_.read();
        facts_stale_ = false;
    } catch (const Error&) {
        facts_stale_ = true;  // the network changes too fast to be read: the old facts serve until it can be
        return std::nullopt;
    }
    if (!now) return StopReason::DeviceGone;
    engine_.set_facts(0, std::move(now->facts));
    if (now->up == up_) return std::nullopt;
    up_ = now->up;
    return up_ ? StopReason::LinkUp : StopReason::LinkDown;
}

std::optional<StopReason> ServingLoop::read_batch() {
    if (batch_size_ > 0) return std::nullopt;  // run() returned before they were answered
    while (batch_size_ < batch_.size()) {
        Arrived& packet = batch_[batch_size_];
        const ssize_t size = read(device_, packet.bytes.data(), packet.bytes.size());
        if (size == 0) {  // a socket whose other end is closed, and says so again
            if (batch_size_ > 0) return std::nullopt;
            return StopReason::DeviceGone;
        }
        if (size < 0) {
            if (errno == EAGAIN || errno == EINTR) return std::nullopt;
            // EFAULT once, then EBADFD: what a reader of a deleted device sees.
            if (errno == EBADFD || errno == EFAULT) return StopReason::DeviceGone;
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
    for (std::size_t i = 0; i < size && !is_count_reached(); ++i) {
        const Arrived& packet = batch_[i];
        send_until(packet.when.steady);
        engine_.receive(0, Bytes(packet.bytes).first(packet.size), packet.when);
        send_until(packet.when.steady);
    }
}

bool ServingLoop::is_count_reached() const {
    return limits_.echo_requests && engine_.echo_requests() >= *limits_.echo_requests;
}

/// Returns whether nothing that is due is left. What is due goes before more packets are read: else a flood
/// would fill the queue of delayed replies faster than it empties.
bool ServingLoop::send_due() {
    // Bounded, so that many replies due at once delay no signal.
    for (std::size_t i = 0; i < kPacketsPerBatch; ++i) {
        const auto packet = engine_.next(Clock::now());
        if (!packet) return true;
        send(*packet);
    }
    return false;
}

/// Bounded by what became due while the batch was read.
void ServingLoop::send_until(Clock::time_point time) {
    while (const auto packet = engine_.next(time)) {
        send(*packet);
    }
}

void ServingLoop::send(const OutgoingPacket& packet) {
    const ssize_t written = write(device_, packet.bytes.data(), packet.bytes.size());
    const int error = written < 0 ? errno : 0;
    engine_.sent(packet, {.steady = Clock::now(), .wall = wall_time()}, error);
}

}  // namespace tunlab
