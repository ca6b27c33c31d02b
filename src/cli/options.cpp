#include "tunlab/cli/options.hpp"

#include "tunlab/base/duration.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include <CLI/CLI.hpp>
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
    {"", "--color", "WHEN", "colour the output: auto, always or never"},
    {"", "-v,--verbose", "", "say more; with echo also a line for each reply"},
    {"", "-q,--quiet", "", "say less; with echo no line for each packet"},
    {"", "-N,--netns", "NAME", "work in this network namespace: a name of 'ip netns', or a path"},
    {"", "-h,--help", "", "print this help and exit"},
    {"", "-V,--version", "", "print the version and exit"},
    {"up", "-n,--dry-run", "", "print what would be done, and do nothing"},
    {"up", "--exit-code", "", "with --dry-run: exit 10 if changes are pending"},
    {"up", "--allow-overlap", "", "also where an address or route gets in the way of the host's others"},
    {"up", "--json", "", "print the result as JSON"},
    {"down", "-a,--all", "", "remove all devices that tunlab made"},
    {"down", "-n,--dry-run", "", "print what would be done, and do nothing"},
    {"down", "--exit-code", "", "with --dry-run: exit 10 if there is something to remove"},
    {"down", "--json", "", "print the result as JSON"},
    {"echo", "--mode", "MODE", "the device to serve is a tun or a tap"},
    {"echo", "-c,--count", "N", "stop after N echo requests, when the replies to them are sent"},
    {"echo", "-w,--deadline", "SECS", "stop after SECS seconds"},
    {"echo", "-x,--hex", "", "print each packet in hex; twice: with its link-level header"},
    {"echo", "-e,--link-level", "", "print the link-level header"},
    {"echo", "-t,--short-time", "", "print times without fractions of a second"},
    {"echo", "--allow-overlap", "", "as with up, for a device that echo makes"},
    {"echo", "--seed", "N", "what all chances follow from: the same seed, the same losses"},
    {"echo", "--delay", "TIME", "all hosts answer that much later: 40ms, 250us, 1.5s"},
    {"echo", "--jitter", "TIME", "by how much their delay is shorter or longer by chance"},
    {"echo", "--loss", "SHARE", "the share of their answers that get lost: 2%"},
    {"echo", "--duplicate", "SHARE", "the share of their answers that come twice"},
    {"echo", "--corrupt", "SHARE", "the share of their answers with a wrong checksum"},
    {"echo", "--reorder", "SHARE", "the share of their answers that overtake delayed ones"},
    {"echo", "--rate", "RATE", "how many answers each gives a second: 100/s"},
    {"status", "--exit-code", "", "exit 10 if a device differs from its profile"},
    {"status", "--json", "", "print JSON, in the shape of 'ip -j -d addr'"},
    {"check", "--print", "", "print each profile with its defaults filled in"},
    {"check", "--json", "", "print what is wrong as JSON"},
});

[[noreturn]] void throw_usage(std::string message, std::string hint = {}) {
    throw Error({.subject = std::move(message), .hint = std::move(hint), .code = ExitCode::Usage});
}

[[noreturn]] void throw_no_command() {
    throw_usage("no command given", "tunlab --help lists the commands");
}

/// What an option's names and help are in the table. Precondition: it is there.
const OptionFacts& facts_of_option(std::string_view command, std::string_view long_name) {
    const auto matches = [&](const OptionFacts& facts) {
        return (facts.command == command || facts.command.empty()) && facts.names.ends_with(long_name);
    };
    const auto* const found = std::find_if(kOptions.begin(), kOptions.end(), matches);
    if (found == kOptions.end()) throw std::logic_error("option without an entry in the table");
    return *found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const auto near = closest(word, candidates);
    return near ? fmt::format("did you mean {}?", quote(*near)) : "";
}

// ---- values -------------------------------------------------------------------------------------

/// Option values as they were typed; they are checked after CLI11 has sorted them.
struct Typed {
    std::optional<std::string> color;
    std::optional<std::string> netns;
    std::optional<std::string> mode;
    std::optional<std::string> count;
    std::optional<std::string> deadline;
    std::optional<std::string> seed;
    std::optional<std::string> delay;
    std::optional<std::string> jitter;
    std::optional<std::string> loss;
    std::optional<std::string> duplicate;
    std::optional<std::string> corrupt;
    std::optional<std::string> reorder;
    std::optional<std::string> rate;
};

[[noreturn]] void throw_bad_value(std::string_view option, std::string_view wanted, std::string_view got) {
    throw_usage(fmt::format("{} takes {}, not {}", option, wanted, quote(got)));
}

ColorWish parse_color(const std::string& text) {
    if (text == "auto") return ColorWish::Auto;
    if (text == "always") return ColorWish::Always;
    if (text == "never") return ColorWish::Never;
    throw_bad_value("--color", "auto, always or never", text);
}

std::string parse_netns(const std::string& text) {
    if (text.empty()) throw_bad_value("--netns", "the name or path of a namespace", text);
    return text;
}

Mode parse_mode(const std::string& text) {
    if (text == "tun") return Mode::Tun;
    if (text == "tap") return Mode::Tap;
    throw_bad_value("--mode", "tun or tap", text);
}

std::uint64_t parse_count(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || value == 0) throw_bad_value("--count", "a number of 1 or more", text);
    return value;
}

std::chrono::nanoseconds parse_deadline(const std::string& text) {
    constexpr double kLongest = 1e9;  // thirty years, far below what nanoseconds can hold
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || !(seconds > 0) || seconds > kLongest) {
        throw_bad_value("--deadline", "a number of seconds above 0", text);
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

std::uint32_t parse_seed(const std::string& text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw_bad_value("--seed", "a number of 0 to 4294967295", text);
    return value;
}

std::optional<std::chrono::nanoseconds> parse_time(std::string_view option,
                                                   const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    const auto time = parse_duration(*text);
    if (!time)
        throw_bad_value(option, "a time with its unit, as 40ms, 250us or 1.5s, of at most an hour", *text);
    return time;
}

std::optional<Percentage> parse_share(std::string_view option, const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    const auto share = parse_percentage(*text);
    if (!share) throw_bad_value(option, "a share of 0% to 100%", *text);
    return share;
}

std::optional<std::uint32_t> parse_answers(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    const auto rate = parse_rate(*text);
    if (!rate)
        throw_bad_value("--rate", fmt::format("a rate of 1/s to {}", format_rate(kHighestRate)), *text);
    return rate;
}

HostOverrides parse_overrides(const Typed& typed) {
    return {.delay = parse_time("--delay", typed.delay),
            .jitter = parse_time("--jitter", typed.jitter),
            .loss = parse_share("--loss", typed.loss),
            .duplicate = parse_share("--duplicate", typed.duplicate),
            .corrupt = parse_share("--corrupt", typed.corrupt),
            .reorder = parse_share("--reorder", typed.reorder),
            .rate = parse_answers(typed.rate)};
}

// ---- the parser ---------------------------------------------------------------------------------

/// CLI11 sorts the words; what they mean, and every error text, is ours.
class Parser {
public:
    Parser() {
        app_.name("tunlab");
        app_.require_subcommand(0, 1);  // a device may be called "status"
        app_.set_help_flag();
        add_common(app_);
        add_up();
        add_down();
        add_echo();
        add_status();
        add_check();
        add_command("schema");
        app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
        app_.get_formatter()->label("Subcommands", "Commands");
        app_.footer("The manual: man tunlab; profiles: man tunlab.json");
    }

    CommandLine parse(std::span<const char* const> arguments) {
        if (arguments.size() <= 1) return {{}, ShowText{app_.help(), ExitCode::Usage}};
        try {
            app_.parse(static_cast<int>(arguments.size()), arguments.data());
        } catch (const CLI::RequiredError&) {
            if (help_) return {{}, ShowText{app_.help()}};
            const auto chosen = app_.get_subcommands();
            if (chosen.empty()) throw_no_command();
            const std::string name = chosen.front()->get_name();
            throw_usage(fmt::format("{} needs a profile", name), fmt::format("tunlab {} FILE.json", name));
        } catch (const CLI::ArgumentMismatch& error) {
            throw_usage(fmt::format("{} needs a value", first_word(error.what())));
        } catch (const CLI::ParseError& error) {
            throw_usage(escape(error.what()));
        }
        const auto chosen = app_.get_subcommands();
        const CLI::App& command = chosen.empty() ? app_ : *chosen.front();
        if (help_) return {{}, ShowText{app_.help()}};  // of the chosen command, with its full name
        if (version_) return {{}, ShowText{"tunlab " TUNLAB_VERSION "\n"}};
        refuse_leftovers(app_);
        if (chosen.empty()) throw_no_command();
        refuse_leftovers(command);
        return {common(), command_of(command.get_name())};
    }

private:
    static std::string first_word(std::string_view text) {
        return std::string(text.substr(0, text.find_first_of(": ")));
    }

    static CLI::Option* add_flag(CLI::App& app, std::string_view long_name, bool& value) {
        const auto& facts = facts_of_option(app.get_name(), long_name);
        return app.add_flag(std::string(facts.names), value, std::string(facts.help));
    }
    static CLI::Option* add_counter(CLI::App& app, std::string_view long_name, int& value) {
        const auto& facts = facts_of_option(app.get_name(), long_name);
        return app.add_flag(std::string(facts.names), value, std::string(facts.help));
    }
    static CLI::Option* add_value(CLI::App& app, std::string_view long_name,
                                  std::optional<std::string>& value) {
        const auto& facts = facts_of_option(app.get_name(), long_name);
        return app.add_option(std::string(facts.names), value, std::string(facts.help))
            ->type_name(std::string(facts.value))
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }

    void add_common(CLI::App& app) {
        app.allow_extras();
        add_value(app, "--color", typed_.color);
        add_value(app, "--netns", typed_.netns);
        add_counter(app, "--verbose", common_.verbosity);
        add_flag(app, "--quiet", common_.quiet);
        add_flag(app, "--help", help_);
        add_flag(app, "--version", version_);
    }

    CLI::App& add_command(std::string_view name) {
        const auto* const found = std::find_if(kCommands.begin(), kCommands.end(),
                                               [=](const auto& facts) { return facts.name == name; });
        if (found == kCommands.end()) throw std::logic_error("command without an entry in the table");
        CLI::App& command = *app_.add_subcommand(std::string(name), std::string(found->summary));
        command.set_help_flag();
        add_common(command);
        return command;
    }

    void add_up() {
        CLI::App& command = add_command("up");
        command.add_option("PROFILE", up_.profiles, "profile files or names, or - for standard input")
            ->type_name("")
            ->required();
        add_flag(command, "--dry-run", up_.dry_run);
        add_flag(command, "--exit-code", up_.exit_code);
        add_flag(command, "--allow-overlap", up_.allow_overlap);
        add_flag(command, "--json", up_.json);
    }
    void add_down() {
        CLI::App& command = add_command("down");
        command.add_option("TARGET", down_.targets, "devices, or profile files that name them")
            ->type_name("");
        add_flag(command, "--all", down_.all);
        add_flag(command, "--dry-run", down_.dry_run);
        add_flag(command, "--exit-code", down_.exit_code);
        add_flag(command, "--json", down_.json);
    }
    void add_echo() {
        CLI::App& command = add_command("echo");
        command.add_option("TARGET", echo_.target, "a device, or a profile file")->type_name("");
        add_value(command, "--mode", typed_.mode);
        add_value(command, "--count", typed_.count);
        add_value(command, "--deadline", typed_.deadline);
        add_counter(command, "--hex", echo_.hex);
        add_flag(command, "--link-level", echo_.link_level);
        add_flag(command, "--short-time", echo_.short_time);
        add_flag(command, "--allow-overlap", echo_.allow_overlap);
        add_value(command, "--seed", typed_.seed);
        add_value(command, "--delay", typed_.delay);
        add_value(command, "--jitter", typed_.jitter);
        add_value(command, "--loss", typed_.loss);
        add_value(command, "--duplicate", typed_.duplicate);
        add_value(command, "--corrupt", typed_.corrupt);
        add_value(command, "--reorder", typed_.reorder);
        add_value(command, "--rate", typed_.rate);
    }
    void add_status() {
        CLI::App& command = add_command("status");
        command.add_option("DEVICE", status_.devices, "devices")->type_name("");
        add_flag(command, "--exit-code", status_.exit_code);
        add_flag(command, "--json", status_.json);
    }
    void add_check() {
        CLI::App& command = add_command("check");
        command.add_option("PROFILE", check_.profiles, "profile files or names, or - for standard input")
            ->type_name("")
            ->required();
        add_flag(command, "--print", check_.print);
        add_flag(command, "--json", check_.json);
    }

    static void refuse_leftovers(const CLI::App& app) {
        auto words = app.remaining();
        std::erase(words, "--");  // it has done its work: what follows it is no option
        if (words.empty()) return;
        const std::string& word = words.front();
        const bool top = app.get_parent() == nullptr;
        if (word.starts_with('-')) {
            const std::string where = top ? "" : fmt::format(" for {}", app.get_name());
            throw_usage(fmt::format("unknown option {}{}", quote(word), where),
                        did_you_mean(word.substr(0, word.find('=')), options_of(app.get_name())));
        }
        if (!top) throw_usage(fmt::format("{} takes no further argument {}", app.get_name(), quote(word)));
        std::vector<std::string> names(kCommands.size());
        std::transform(kCommands.begin(), kCommands.end(), names.begin(),
                       [](const CommandFacts& facts) { return std::string(facts.name); });
        const std::string near = did_you_mean(word, names);
        throw_usage(fmt::format("unknown command {}", quote(word)),
                    near.empty() ? "tunlab --help lists the commands" : near);
    }

    static std::vector<std::string> options_of(std::string_view command) {
        std::vector<std::string> names;
        for (const auto& facts : kOptions) {
            if (!facts.command.empty() && facts.command != command) continue;
            const auto comma = facts.names.find(',');
            names.emplace_back(facts.names.substr(comma == std::string_view::npos ? 0 : comma + 1));
        }
        return names;
    }

    CommonOptions common() {
        if (typed_.color) common_.color = parse_color(*typed_.color);
        if (typed_.netns) common_.netns = parse_netns(*typed_.netns);
        return common_;
    }

    Command command_of(const std::string& name) {
        if (name == "up") return up();
        if (name == "down") return down();
        if (name == "echo") return echo();
        if (name == "status") return status_;
        if (name == "schema") return SchemaCommand{};
        return check_;
    }

    UpCommand up() {
        if (up_.exit_code && !up_.dry_run) throw_usage("--exit-code goes with --dry-run");
        return up_;
    }

    DownCommand down() {
        if (down_.exit_code && !down_.dry_run) throw_usage("--exit-code goes with --dry-run");
        if (down_.all && !down_.targets.empty()) {
            throw_usage("down takes either --all or devices, not both");
        }
        return down_;
    }

    EchoCommand echo() {
        if (typed_.mode) echo_.mode = parse_mode(*typed_.mode);
        if (typed_.count) echo_.count = parse_count(*typed_.count);
        if (typed_.deadline) echo_.deadline = parse_deadline(*typed_.deadline);
        if (typed_.seed) echo_.seed = parse_seed(*typed_.seed);
        echo_.hosts = parse_overrides(typed_);
        return echo_;
    }

    CLI::App app_{"A virtual lab for Linux TUN and TAP devices"};
    Typed typed_;
    CommonOptions common_;
    bool help_ = false;
    bool version_ = false;
    UpCommand up_;
    DownCommand down_;
    EchoCommand echo_;
    StatusCommand status_;
    CheckCommand check_;
};

}  // namespace

CommandLine parse_command_line(std::span<const char* const> arguments) {
    return Parser().parse(arguments);
}

std::span<const CommandFacts> command_facts() {
    return kCommands;
}

std::span<const OptionFacts> option_facts() {
    return kOptions;
}

}  // namespace tunlab
