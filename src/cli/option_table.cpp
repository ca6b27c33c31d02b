#include "tunlab/cli/option_table.hpp"

#include "tunlab/base/duration.hpp"
#include "tunlab/base/escape.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace tunlab {

namespace {

constexpr auto kCommands = std::to_array<CommandFacts>({
    {"up", "PROFILE...", "create devices, or bring them in line with their profiles"},
    {"down", "[DEVICE|PROFILE]...", "remove devices that tunlab made"},
    {"echo", "[DEVICE|PROFILE]", "be the network behind a device: answer ICMP echo, ARP, NDP"},
    {"status", "[DEVICE]...", "show devices, addresses, routes, and drift from the profile"},
    {"check", "PROFILE...", "validate profiles; needs no privileges"},
    {"schema", "", "print the JSON Schema of a profile"},
});

constexpr auto kOptions = std::to_array<OptionFacts>({
    {"", "--color", "WHEN", "colour the output: auto, always or never",
     [](auto& p) -> OptionTarget { return &p.common.color; }},
    {"", "-N,--netns", "NAME", "work in this network namespace: a name of 'ip netns', or a path",
     [](auto& p) -> OptionTarget { return &p.common.netns; }},
    {"", "-v,--verbose", "", "say more; with echo also a line for each reply",
     [](auto& p) -> OptionTarget { return &p.common.verbosity; }},
    {"", "-q,--quiet", "", "say less; with echo no line for each packet",
     [](auto& p) -> OptionTarget { return &p.common.quiet; }},
    {"", "-h,--help", "", "print this help and exit", [](auto& p) -> OptionTarget { return &p.help; }},
    {"", "-V,--version", "", "print the version and exit",
     [](auto& p) -> OptionTarget { return &p.version; }},
    {"up", "-n,--dry-run", "", "print what would be done, and do nothing",
     [](auto& p) -> OptionTarget { return &p.up.dry_run; }},
    {"up", "--exit-code", "", "with --dry-run: exit 10 if changes are pending",
     [](auto& p) -> OptionTarget { return &p.up.exit_code; }},
    {"up", "--allow-overlap", "", "also where an address or route gets in the way of the host's others",
     [](auto& p) -> OptionTarget { return &p.up.allow_overlap; }},
    {"up", "--json", "", "print the result as JSON", [](auto& p) -> OptionTarget { return &p.up.json; }},
    {"down", "-a,--all", "", "remove all devices that tunlab made",
     [](auto& p) -> OptionTarget { return &p.down.all; }},
    {"down", "-n,--dry-run", "", "print what would be done, and do nothing",
     [](auto& p) -> OptionTarget { return &p.down.dry_run; }},
    {"down", "--exit-code", "", "with --dry-run: exit 10 if there is something to remove",
     [](auto& p) -> OptionTarget { return &p.down.exit_code; }},
    {"down", "--json", "", "print the result as JSON", [](auto& p) -> OptionTarget { return &p.down.json; }},
    {"echo", "--mode", "MODE", "the device to serve is a tun or a tap",
     [](auto& p) -> OptionTarget { return &p.echo.mode; }},
    {"echo", "-c,--count", "N", "stop after N echo requests, when the replies to them are sent",
     [](auto& p) -> OptionTarget { return &p.echo.count; }},
    {"echo", "-w,--deadline", "SECS", "stop after SECS seconds",
     [](auto& p) -> OptionTarget { return Seconds{&p.echo.deadline}; }},
    {"echo", "-x,--hex", "", "print each packet in hex; twice: with its link-level header",
     [](auto& p) -> OptionTarget { return &p.echo.hex; }},
    {"echo", "-e,--link-level", "", "print the link-level header",
     [](auto& p) -> OptionTarget { return &p.echo.link_level; }},
    {"echo", "-t,--short-time", "", "print times without fractions of a second",
     [](auto& p) -> OptionTarget { return &p.echo.short_time; }},
    {"echo", "--allow-overlap", "", "as with up, for a device that echo makes",
     [](auto& p) -> OptionTarget { return &p.echo.allow_overlap; }},
    {"echo", "--seed", "N", "what all chances follow from: the same seed, the same losses",
     [](auto& p) -> OptionTarget { return Seed{&p.echo.seed}; }},
    {"echo", "--delay", "TIME", "all hosts answer that much later: 40ms, 250us, 1.5s",
     [](auto& p) -> OptionTarget { return &p.echo.hosts.delay; }},
    {"echo", "--jitter", "TIME", "by how much their delay is shorter or longer by chance",
     [](auto& p) -> OptionTarget { return &p.echo.hosts.jitter; }},
    {"echo", "--loss", "SHARE", "the share of their answers that get lost: 2%",
     [](auto& p) -> OptionTarget { return &p.echo.hosts.loss; }},
    {"echo", "--duplicate", "SHARE", "the share of their answers that come twice",
     [](auto& p) -> OptionTarget { return &p.echo.hosts.duplicate; }},
    {"echo", "--corrupt", "SHARE", "the share of their answers with a wrong checksum",
     [](auto& p) -> OptionTarget { return &p.echo.hosts.corrupt; }},
    {"echo", "--reorder", "SHARE", "the share of their answers that overtake delayed ones",
     [](auto& p) -> OptionTarget { return &p.echo.hosts.reorder; }},
    {"echo", "--rate", "RATE", "how many answers each gives a second: 100/s",
     [](auto& p) -> OptionTarget { return Rate{&p.echo.hosts.rate}; }},
    {"status", "--exit-code", "", "exit 10 if a device differs from its profile",
     [](auto& p) -> OptionTarget { return &p.status.exit_code; }},
    {"status", "--json", "", "print JSON, in the shape of 'ip -j -d addr'",
     [](auto& p) -> OptionTarget { return &p.status.json; }},
    {"check", "--print", "", "print each profile with its defaults filled in",
     [](auto& p) -> OptionTarget { return &p.check.print; }},
    {"check", "--json", "", "print what is wrong as JSON",
     [](auto& p) -> OptionTarget { return &p.check.json; }},
});

// ---- values -------------------------------------------------------------------------------------

/// What `text` is to an option, with what the option takes for the message where it is not that.
template <typename T>
struct Reading {
    std::optional<T> value;
    std::string wanted;
};

template <typename T>
std::optional<T> parse_number(const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Reading<ColorMode> read_color(const std::string& text) {
    constexpr std::array kWords{std::pair{"auto", ColorMode::Auto}, std::pair{"always", ColorMode::Always},
                                std::pair{"never", ColorMode::Never}};
    for (const auto& [word, mode] : kWords) {
        if (text == word) return {mode, {}};
    }
    return {std::nullopt, "auto, always or never"};
}

Reading<Mode> read_mode(const std::string& text) {
    for (const Mode mode : {Mode::Tun, Mode::Tap}) {
        if (text == word_of(mode)) return {mode, {}};
    }
    return {std::nullopt, "tun or tap"};
}

Reading<std::chrono::nanoseconds> read_seconds(const std::string& text) {
    constexpr double kMax = 1e9;  // thirty years, far below what nanoseconds can hold
    const auto seconds = parse_number<double>(text);
    if (!seconds || !(*seconds > 0) || *seconds > kMax) return {std::nullopt, "a number of seconds above 0"};
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(*seconds)),
            {}};
}

/// Stores what is read of one option.
class ValueReader {
public:
    ValueReader(const OptionFacts& option, const std::string& text) : option_(option), text_(text) {}

    // CLI11 sets flags itself.
    void operator()(bool* /*flag*/) const {}
    void operator()(int* /*counter*/) const {}

    void operator()(ColorMode* color) const { *color = valid(read_color(text_)); }
    void operator()(std::string* netns) const {
        const auto name = text_.empty() ? std::nullopt : std::optional(text_);
        *netns = valid(Reading<std::string>{name, "the name or path of a namespace"});
    }
    void operator()(std::optional<Mode>* mode) const { *mode = valid(read_mode(text_)); }
    void operator()(std::optional<std::uint64_t>* count) const {
        auto number = parse_number<std::uint64_t>(text_);
        if (number == 0) number.reset();
        *count = valid(Reading<std::uint64_t>{number, "a number of 1 or more"});
    }
    void operator()(std::optional<std::chrono::nanoseconds>* time) const {
        *time = valid(Reading<std::chrono::nanoseconds>{
            parse_duration(text_), "a time with its unit, as 40ms, 250us or 1.5s, of at most an hour"});
    }
    void operator()(std::optional<Percentage>* share) const {
        *share = valid(Reading<Percentage>{parse_percentage(text_), "a share of 0% to 100%"});
    }
    void operator()(const Seconds& seconds) const { *seconds.value = valid(read_seconds(text_)); }
    void operator()(const Seed& seed) const {
        *seed.value =
            valid(Reading<std::uint32_t>{parse_number<std::uint32_t>(text_), "a number of 0 to 4294967295"});
    }
    void operator()(const Rate& rate) const {
        *rate.value = valid(Reading<std::uint32_t>{
            parse_rate(text_), fmt::format("a rate of 1/s to {}", format_rate(kHighestRate))});
    }

private:
    template <typename T>
    [[nodiscard]] T valid(const Reading<T>& reading) const {
        if (reading.value) return *reading.value;
        throw Error(
            {.subject = fmt::format("{} takes {}, not {}", option_.long_name(), reading.wanted, quote(text_)),
             .code = ExitCode::Usage});
    }

    const OptionFacts& option_;
    const std::string& text_;
};

}  // namespace

std::span<const CommandFacts> command_facts() {
    return kCommands;
}

std::span<const OptionFacts> option_facts() {
    return kOptions;
}

void store_value(const OptionFacts& option, const std::string& text, ParsedOptions& options) {
    std::visit(ValueReader{option, text}, option.target(options));
}

}  // namespace tunlab
