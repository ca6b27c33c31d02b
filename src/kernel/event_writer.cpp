#include "tunlab/kernel/event_writer.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr std::size_t kQueueBytes = std::size_t{16} << 20;  // more than fifty thousand pings
constexpr std::size_t kMaxWrite = std::size_t{64} << 10;    // what a pipe holds
constexpr int kInterrupt = SIGUSR2;                         // its only use: a blocked write(2) returns

void do_nothing(int /*signal*/) {}

/// Without SA_RESTART, so that a write that waits for a stopped terminal returns with EINTR.
void prepare_interrupt() {
    struct sigaction action {};
    action.sa_handler = do_nothing;
    sigemptyset(&action.sa_mask);
    sigaction(kInterrupt, &action, nullptr);
}

/// The parent process may have blocked the signal.
void unblock_interrupt() {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, kInterrupt);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
}

}  // namespace

// ---- what is kept of an event -----------------------------------------------------------------------

std::size_t EventWriter::StoredEvent::size_of(const Decided& event) {
    std::size_t size = event.packet.size();
    for (const Bytes reply : event.prepared) {
        size += reply.size();
    }
    return size;
}

EventWriter::StoredEvent::StoredEvent(const Decided& event)
    : deliveries_(event.deliveries.begin(), event.deliveries.end()), event_(event) {
    bytes_.reserve(size_of(event));
    auto& stored = std::get<Decided>(event_);
    stored.packet = store(event.packet);
    prepared_.reserve(event.prepared.size());
    for (const Bytes reply : event.prepared) {
        prepared_.push_back(store(reply));
    }
    stored.prepared = prepared_;
    stored.deliveries = deliveries_;
}

EventWriter::StoredEvent::StoredEvent(const Sent& event) : event_(event) {
    bytes_.reserve(event.reply.size());
    std::get<Sent>(event_).reply = store(event.reply);
}

/// Precondition: there is room in what was reserved, so that nothing moves.
Bytes EventWriter::StoredEvent::store(Bytes bytes) {
    const std::size_t start = bytes_.size();
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return Bytes(bytes_).subspan(start);
}

std::size_t EventWriter::StoredEvent::weight() const {
    return sizeof(StoredEvent) + bytes_.size() + prepared_.size() * sizeof(Bytes) +
           deliveries_.size() * sizeof(Treatment);
}

// ---- the serving thread -----------------------------------------------------------------------------

EventWriter::EventWriter(int output, EventEncoder encode)
    : output_(output),
      encode_(std::move(encode)),
      queue_(kQueueBytes),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw Error({.subject = "printing", .action = "start", .cause = describe_errno(errno)});
    prepare_interrupt();
    tzset();  // localtime_r() need not do it any more
    std::promise<void> done;
    done_ = done.get_future();
    thread_ = std::thread([this, promise = std::move(done)]() mutable { run(std::move(promise)); });
}

EventWriter::~EventWriter() {
    finish();
}

void EventWriter::decided(const Decided& event) {
    if (error_ == 0) push(StoredEvent(event));
}

void EventWriter::sent(const Sent& event) {
    if (error_ == 0) push(StoredEvent(event));
}

void EventWriter::push(StoredEvent event) {
    const std::size_t weight = event.weight();
    if (!queue_.try_push(std::move(event), weight)) ++not_written_;
}

std::uint64_t EventWriter::finish() {
    if (!thread_.joinable()) return not_written_;
    constexpr auto kPatience = std::chrono::seconds(1);
    queue_.close();
    if (done_.wait_for(kPatience) == std::future_status::timeout) give_up();
    thread_.join();
    const std::size_t left = queue_.discard();
    if (error_ == 0) not_written_ += left;
    return not_written_;
}

void EventWriter::give_up() {
    constexpr auto kPause = std::chrono::milliseconds(5);
    giving_up_ = true;
    const std::uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof one);
    // A signal may arrive just before write(2) blocks: repeat it until the thread has ended.
    while (done_.wait_for(kPause) == std::future_status::timeout) {
        pthread_kill(thread_.native_handle(), kInterrupt);
    }
}

// ---- the writing thread -----------------------------------------------------------------------------

void EventWriter::run(std::promise<void> done) {
    unblock_interrupt();
    for (bool going_on = true; going_on;) {
        const auto batch = queue_.pop_all();
        going_on = !batch.empty() && write_batch(batch);
    }
    done.set_value_at_thread_exit();
}

/// Returns false when writing has ended for good.
bool EventWriter::write_batch(const std::vector<StoredEvent>& batch) {
    std::string text;
    std::vector<std::size_t> ends;  // of the events in `text`
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const std::size_t before = text.size();
        try {
            encode_(batch[i].get(), text);
            ends.push_back(text.size());
        } catch (const std::exception&) {  // without memory an event is lost, and no more
            text.resize(before);
            ++not_written_;
        }
        if (text.size() < kMaxWrite && i + 1 < batch.size()) continue;
        const std::size_t written = write_some(text);
        if (written < text.size()) {
            const auto whole = std::upper_bound(ends.begin(), ends.end(), written) - ends.begin();
            if (error_ == 0)
                not_written_ += ends.size() - static_cast<std::size_t>(whole) + batch.size() - i - 1;
            return false;
        }
        text.clear();
        ends.clear();
    }
    return true;
}

/// Returns how much of `text` was written: all of it, unless writing has ended for good.
std::size_t EventWriter::write_some(const std::string& text) {
    std::size_t done = 0;
    while (done < text.size() && !giving_up_) {
        const ssize_t written = write(output_, text.data() + done, text.size() - done);
        if (written >= 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno == EAGAIN) {  // its other holders have made it non-blocking
            std::array<pollfd, 2> sources{pollfd{output_, POLLOUT, 0}, pollfd{wake_.get(), POLLIN, 0}};
            (void)poll(sources.data(), sources.size(), -1);
        } else if (errno != EINTR) {
            error_ = errno;
            break;
        }
    }
    return done;
}

}  // namespace tunlab
