#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/source.hpp"
#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/simulation.hpp"
#include "tunlab/cli/target.hpp"
#include "tunlab/cli/terminal.hpp"
#include "tunlab/kernel/bring_up.hpp"
#include "tunlab/kernel/event_writer.hpp"
#include "tunlab/kernel/netns.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/kernel/serving_loop.hpp"
#include "tunlab/kernel/survey.hpp"
#include "tunlab/lab/counters.hpp"
#include "tunlab/lab/engine.hpp"
#include "tunlab/plan/mark.hpp"
#include "tunlab/profile/builtin.hpp"
#include "tunlab/report/event_line.hpp"
#include "tunlab/report/summary.hpp"

#include <cerrno>
#include <optional>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace tunlab {

namespace {

/// While serving, never wait for a reader of standard error.
constexpr std::chrono::milliseconds kAtOnce{0};
constexpr std::chrono::milliseconds kAtTheEnd{1000};

void warn(std::string_view text) {
    try_print(fmt::format("warning: {}\n", text), kAtOnce);
}

[[noreturn]] void throw_gone(const std::string& name) {
    throw Error({.subject = name, .cause = "the device went away", .code = ExitCode::DeviceGone});
}

// ---- the choice of the device ---------------------------------------------------------------------

void require_mode(const std::string& name, Mode mode, const EchoCommand& command) {
    if (!command.mode || *command.mode == mode) return;
    throw Error({.subject = name,
                 .cause = fmt::format("it is a {} device, but --mode asks for {}", word_of(mode),
                                      word_of(*command.mode)),
                 .code = ExitCode::Usage});
}

void warn_if_changed(const LinkState& link, const Profile& profile) {
    const auto mark = parse_mark(link.alias());
    if (!mark || mark->digest == device_digest(profile)) return;
    const std::string file = escape(profile.file);
    warn(fmt::format("{} is not what {} says; 'tunlab up {}' brings it in line", link.name, file, file));
}

/// The device that is served, and the profile that says who lives behind it.
struct Held {
    HeldDevice device;
    Profile profile;
};

/// Reads the profile that the device's mark names. Without it nobody can say which hosts are meant.
Profile profile_of(const LinkState& link) {
    const auto mark = parse_mark(link.alias());
    const std::string path = mark ? mark->profile : "";
    try {
        if (path.empty()) {
            throw InvalidProfile({Diagnostic{.file = link.name,
                                             .place = {},
                                             .message = "its mark names no profile file",
                                             .pointer = {},
                                             .suggestion = {}}});
        }
        Profile profile = load_marked_profile(path);
        warn_if_changed(link, profile);
        return profile;
    } catch (const InvalidProfile& found) {
        auto problems = found.diagnostics();
        problems.back().suggestion = "serve the device by a profile of your choice: tunlab echo FILE";
        throw InvalidProfile(std::move(problems));
    }
}

Held hold_device(const HostState& host, const std::string& word, const EchoCommand& command) {
    const InterfaceName name = device_name(word);
    const LinkState& link = existing_device(host, name.str());
    HeldDevice held = attach_own(name);
    require_mode(held.name, held.mode, command);
    return {std::move(held), profile_of(link)};
}

Held hold_profile(Profile profile, const EchoCommand& command, const CommonOptions& common) {
    const std::string& name = profile.name.value.str();
    require_mode(name, profile.mode, command);
    // Before sockets and threads: a device answers in the namespace in which it was opened.
    if (profile.netns) NetworkNamespace::named(profile.netns->value).enter();
    const HostState host = list_links();
    const LinkState* const link = host.find(name);
    if (link == nullptr) {
        const auto policy = command.allow_overlap ? OverlapPolicy::Allow : OverlapPolicy::Refuse;
        HeldDevice made = bring_up_held(profile, overlap_rules(policy, common));
        return {std::move(made), std::move(profile)};
    }
    HeldDevice held = attach_own(profile.name.value);
    if (held.mode != profile.mode) {
        throw Error({.subject = name,
                     .cause = fmt::format("it is a {} device, {} describes a {} device", word_of(held.mode),
                                          escape(profile.file), word_of(profile.mode)),
                     .code = ExitCode::Conflict});
    }
    warn_if_changed(*link, profile);
    return {std::move(held), std::move(profile)};
}

Held hold_default(const HostState& host, const EchoCommand& command, const CommonOptions& common) {
    const auto devices = own_devices(host, command.mode);
    if (devices.size() > 1) throw_several(devices, {fmt::format("tunlab echo {}", devices.front().name)});
    if (devices.size() == 1) return hold_device(host, devices.front().name, command);
    Profile profile = builtin_profile(command.mode.value_or(Mode::Tun));
    print(Stream::Error,
          fmt::format("no device of tunlab's here: serving the {} profile; its device goes when this ends\n",
                      profile.file));
    return hold_profile(std::move(profile), command, common);
}

Held hold(const EchoCommand& command, const CommonOptions& common) {
    const HostState host = list_links();
    if (!command.target) return hold_default(host, command, common);
    const std::string& word = *command.target;
    const bool profile = names_profile_file(word) || (host.find(word) == nullptr && find_named_profile(word));
    return profile ? hold_profile(load_argument(word, common), command, common)
                   : hold_device(host, word, command);
}

/// On a bridge there are other machines, and ARP answers for every address would take over theirs: with a
/// profile that names hosts, only these answer.
void refuse_bridge(const HeldDevice& held) {
    const HostState host = list_links();
    const LinkState* const link = host.find(held.ifindex);
    if (link == nullptr || !link->bridge()) return;
    throw Error({.subject = held.name,
                 .cause = fmt::format("it is a port of {}: to answer for every address there would take over "
                                      "those of other machines",
                                      escape(link->bridge()->name)),
                 .hint = "name those who shall answer, in the \"hosts\" of its profile",
                 .tries = {fmt::format("ip link set dev {} nomaster", held.name)},
                 .code = ExitCode::Conflict});
}

// ---- the session ----------------------------------------------------------------------------------

LineStyle line_style(const EchoCommand& command, const CommonOptions& common, Mode mode) {
    const auto hex =
        command.hex == 0 ? HexDump::None : (command.hex == 1 ? HexDump::Packet : HexDump::WithLinkHeader);
    return {.mode = mode,
            .time = command.short_time ? TimeStyle::Seconds : TimeStyle::Microseconds,
            .link_header = command.link_level ? LinkHeader::Shown : LinkHeader::Hidden,
            .hex = hex,
            .color = choose_color(common.color, Stream::Output)};
}

/// Writes a line for each event that the user wants to see.
class Lines : public EventSink {
public:
    Lines(const LineStyle& style, bool replies_shown)
        : replies_shown_(replies_shown),
          writer_(STDOUT_FILENO, [style](const Event& event, std::string& out) {
              if (const auto* const decided = std::get_if<Decided>(&event)) {
                  out += format_decided(*decided, style);
              } else {
                  out += format_sent(std::get<Sent>(event), style);
              }
          }) {}

    void decided(const Decided& event) override { writer_.decided(event); }
    void sent(const Sent& event) override {
        if (replies_shown_ || event.error != 0) writer_.sent(event);
    }
    void flush() override { writer_.flush(); }

    /// Ends writing. Returns how many lines are missing.
    std::uint64_t finish() { return writer_.finish(); }

    /// errno of the write that ended the lines early; 0 also if their reader just left.
    [[nodiscard]] int error() const { return writer_.error() == EPIPE ? 0 : writer_.error(); }

private:
    const bool replies_shown_;
    EventWriter writer_;
};

std::string describe_addresses(const DeviceFacts& facts) {
    std::string text;
    for (const auto& address : facts.addresses()) {
        text += ", " + address.to_string();
    }
    return text.empty() ? ", no address" : text;
}

LinkType link_type(Mode mode) {
    return mode == Mode::Tap ? LinkType::Ethernet : LinkType::Ip;
}

/// Runs the loop until it ends for good, and reports what happens on the way.
StopReason serve(ServingLoop& loop, const Counters& counters, const std::string& name,
                 std::chrono::steady_clock::time_point start) {
    for (;;) {
        const StopReason reason = loop.run();
        switch (reason) {
            case StopReason::ReportRequested:
                try_print(format_statistics(counters, std::chrono::steady_clock::now() - start) + '\n',
                          kAtOnce);
                break;
            case StopReason::LinkDown:
                warn(fmt::format("{} was set down: nothing arrives until it is up", name));
                break;
            case StopReason::LinkUp: try_print(fmt::format("{} is up again\n", name), kAtOnce); break;
            case StopReason::StopRequested:
            case StopReason::CountReached:
            case StopReason::DeadlineReached:
            case StopReason::DeviceGone: return reason;
        }
    }
}

}  // namespace

ExitCode run_echo(const EchoCommand& command, const CommonOptions& common) {
    SignalQueue signals;  // before the first thread, so that none of them takes the signals
    const auto [held, profile] = hold(command, common);
    if (!profile.hosts) refuse_bridge(held);
    const Simulation simulation = simulate(profile, command);
    LinkMonitor monitor(held.ifindex);
    auto device = monitor.read();
    const auto counters_before = monitor.read_counters();
    if (!device || !counters_before) throw_gone(held.name);
    const std::string addresses = describe_addresses(device->facts);

    Counters counters;
    EventFanOut events;
    events.add(counters);
    std::optional<Lines> lines;
    if (!common.quiet) {
        lines.emplace(line_style(command, common, held.mode), common.verbosity > 0);
        events.add(*lines);
    }
    const auto identification = static_cast<std::uint16_t>(std::random_device()());
    Engine engine(simulation.lab, link_type(held.mode), std::move(device->facts), identification, events);
    const auto start = std::chrono::steady_clock::now();
    ServeLimits limits{.echo_requests = command.count, .deadline = std::nullopt};
    if (command.deadline) limits.deadline = start + *command.deadline;
    ServingLoop loop(held.device.fd(), monitor, signals, engine, events, limits);
    print(Stream::Error,
          fmt::format("listening on {} ({}{}); {}; seed {}; Ctrl-C stops\n", held.name, word_of(held.mode),
                      addresses, simulation.who_answers, simulation.lab.seed));

    const StopReason end = serve(loop, counters, held.name, start);
    RunFacts run{.ifname = held.name, .duration = std::chrono::steady_clock::now() - start};
    if (lines) run.lines_not_shown = lines->finish();
    run.unsent = engine.waiting();
    // A terminal has just shown "^C" and stands behind it.
    if (end == StopReason::StopRequested && is_terminal(Stream::Error)) try_print("\n", kAtTheEnd);
    if (const auto counters_now = monitor.read_counters()) {
        run.tx_dropped = counters_now->tx_dropped - counters_before->tx_dropped;
    }
    try_print(format_summary(counters, run), kAtTheEnd);
    if (end == StopReason::DeviceGone) throw_gone(held.name);
    if (lines && lines->error() != 0) {
        throw Error({.subject = "standard output",
                     .action = "the lines are not complete",
                     .cause = describe_errno(lines->error())});
    }
    const bool too_few = command.count && engine.echo_requests() < *command.count;
    return too_few ? ExitCode::Failed : ExitCode::Success;
}

}  // namespace tunlab
