#include "tunlab/cli/printer.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <ctime>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace tunlab {

namespace {

constexpr std::size_t kQueueBytes = std::size_t{16} << 20;  // more than a hundred thousand pings
constexpr std::size_t kRecordOverhead = 128;
constexpr int kInterrupt = SIGUSR2;  // its only use is to make a blocked write(2) return

void do_nothing(int /*signal*/) {}

/// Without SA_RESTART, so that a write that waits for a stopped terminal returns with EINTR.
void prepare_interrupt() {
    struct sigaction action {};
    action.sa_handler = do_nothing;
    sigemptyset(&action.sa_mask);
    sigaction(kInterrupt, &action, nullptr);
}

}  // namespace

Printer::Printer(int output, const LineStyle& style)
    : output_(output), style_(style), queue_(kQueueBytes), wake_(eventfd(0, EFD_CLOEXEC)) {
    if (!wake_) throw Error({.subject = "printing", .action = "start", .cause = describe_errno(errno)});
    prepare_interrupt();
    tzset();  // localtime_r() need not do it any more
    std::promise<void> done;
    done_ = done.get_future();
    thread_ = std::thread([this, promise = std::move(done)]() mutable { run(std::move(promise)); });
}

Printer::~Printer() {
    finish();
}

void Printer::submit(const Decided& event) {
    push({event, {event.packet.begin(), event.packet.end()}});
}

void Printer::submit(const Sent& event) {
    push({event, {event.reply.begin(), event.reply.end()}});
}

void Printer::push(Record record) {
    if (error_ != 0) return;  // nobody reads any more
    const std::size_t weight = record.bytes.size() + kRecordOverhead;
    if (!queue_.try_push(std::move(record), weight)) ++not_shown_;
}

void Printer::run(std::promise<void> done) {
    while (auto record = queue_.pop()) {
        std::string text;
        if (auto* const decided = std::get_if<Decided>(&record->event)) {
            decided->packet = record->bytes;
            text = format_decided(*decided, style_);
        } else {
            auto& sent = std::get<Sent>(record->event);
            sent.reply = record->bytes;
            text = format_sent(sent, style_);
        }
        if (!write_all(text)) break;
    }
    done.set_value_at_thread_exit();
}

bool Printer::write_all(std::string_view text) {
    while (!text.empty()) {
        std::array<pollfd, 2> sources{pollfd{output_, POLLOUT, 0}, pollfd{wake_.get(), POLLIN, 0}};
        if (poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) error_ = errno;
        if (giving_up_ || error_ != 0) return false;
        // Where poll(2) promises room, a pipe has room for this much; more could wait for the reader.
        const ssize_t written = write(output_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR && errno != EAGAIN) {
            error_ = errno;
            return false;
        }
    }
    return true;
}

std::uint64_t Printer::finish() {
    if (!thread_.joinable()) return not_shown_;
    constexpr auto kPatience = std::chrono::seconds(1);
    queue_.close();
    if (done_.wait_for(kPatience) == std::future_status::timeout) give_up();
    thread_.join();
    const std::size_t left = queue_.discard();
    if (error_ == 0) not_shown_ += left;
    return not_shown_;
}

void Printer::give_up() {
    constexpr auto kPause = std::chrono::milliseconds(5);
    giving_up_ = true;
    not_shown_ += 1;  // the line at which it stands
    const std::uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof one);
    // The thread may be about to enter write(2) and miss one signal: so until it has ended.
    while (done_.wait_for(kPause) == std::future_status::timeout) {
        pthread_kill(thread_.native_handle(), kInterrupt);
    }
}

}  // namespace tunlab
