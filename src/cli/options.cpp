#include "tunlab/cli/options.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"
#include "tunlab/cli/option_table.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tunlab {

namespace {

[[noreturn]] void throw_usage(std::string message, std::string hint = {}) {
    throw Error({.subject = std::move(message), .hint = std::move(hint), .code = ExitCode::Usage});
}

[[noreturn]] void throw_no_command() {
    throw_usage("no command given", "tunlab --help lists the commands");
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const auto near = closest(word, candidates);
    return near ? fmt::format("did you mean {}?", quote(*near)) : "";
}

/// CLI11 sorts the words; what they mean, and every error text, is ours.
class Parser {
public:
    Parser() : typed_(option_facts().size()) {
        app_.name("tunlab");
        app_.require_subcommand(0, 1);  // a device may be called "status"
        app_.set_help_flag();
        add_options(app_, "");
        for (const auto& facts : command_facts()) {
            CLI::App& command = *app_.add_subcommand(std::string(facts.name), std::string(facts.summary));
            command.set_help_flag();
            add_options(command, "");
            add_arguments(command);
            add_options(command, facts.name);
        }
        app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
        app_.get_formatter()->label("Subcommands", "Commands");
        app_.footer("The manual: man tunlab; profiles: man tunlab.json");
    }

    CommandLine parse(std::span<const char* const> arguments) {
        if (arguments.size() <= 1) return {{}, ShowText{app_.help(), ExitCode::Usage}};
        try {
            app_.parse(static_cast<int>(arguments.size()), arguments.data());
        } catch (const CLI::RequiredError&) {
            if (options_.help) return {{}, ShowText{app_.help()}};
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
        if (options_.help) return {{}, ShowText{app_.help()}};  // of the chosen command, with its full name
        if (options_.version) return {{}, ShowText{"tunlab " TUNLAB_VERSION "\n"}};
        refuse_leftovers(app_);
        if (chosen.empty()) throw_no_command();
        refuse_leftovers(command);
        store_values("");
        store_values(command.get_name());
        return {options_.common, command_of(command.get_name())};
    }

private:
    static std::string first_word(std::string_view text) {
        return std::string(text.substr(0, text.find_first_of(": ")));
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
        std::vector<std::string> names;
        for (const auto& facts : command_facts()) {
            names.emplace_back(facts.name);
        }
        const std::string near = did_you_mean(word, names);
        throw_usage(fmt::format("unknown command {}", quote(word)),
                    near.empty() ? "tunlab --help lists the commands" : near);
    }

    static std::vector<std::string> options_of(std::string_view command) {
        std::vector<std::string> names;
        for (const auto& facts : option_facts()) {
            if (!facts.command.empty() && facts.command != command) continue;
            names.emplace_back(facts.long_name());
        }
        return names;
    }

    /// The options of `command`; of every command if that is empty.
    void add_options(CLI::App& app, std::string_view command) {
        app.allow_extras();  // refuse_leftovers() names them
        for (std::size_t i = 0; i < option_facts().size(); ++i) {
            const OptionFacts& facts = option_facts()[i];
            if (facts.command != command) continue;
            const std::string names(facts.names);
            const std::string help(facts.help);
            const OptionTarget target = facts.target(options_);
            if (const auto* const flag = std::get_if<bool*>(&target)) {
                app.add_flag(names, **flag, help);
            } else if (const auto* const counter = std::get_if<int*>(&target)) {
                app.add_flag(names, **counter, help);
            } else {
                app.add_option(names, typed_[i], help)
                    ->type_name(std::string(facts.value))
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
            }
        }
    }

    void add_arguments(CLI::App& command) {
        constexpr const char* kProfiles = "profile files or names, or - for standard input";
        const std::string name = command.get_name();
        if (name == "up") {
            command.add_option("PROFILE", options_.up.profiles, kProfiles)->type_name("")->required();
        } else if (name == "check") {
            command.add_option("PROFILE", options_.check.profiles, kProfiles)->type_name("")->required();
        } else if (name == "down") {
            command.add_option("TARGET", options_.down.targets, "devices, or profile files that name them")
                ->type_name("");
        } else if (name == "echo") {
            command.add_option("TARGET", options_.echo.target, "a device, or a profile file")->type_name("");
        } else if (name == "status") {
            command.add_option("DEVICE", options_.status.devices, "devices")->type_name("");
        }
    }

    /// In the order of the table.
    void store_values(std::string_view command) {
        for (std::size_t i = 0; i < option_facts().size(); ++i) {
            const OptionFacts& facts = option_facts()[i];
            if (facts.command == command && typed_[i]) store_value(facts, *typed_[i], options_);
        }
    }

    [[nodiscard]] Command command_of(const std::string& name) const {
        if (name == "up") return up();
        if (name == "down") return down();
        if (name == "echo") return options_.echo;
        if (name == "status") return options_.status;
        if (name == "schema") return SchemaCommand{};
        return options_.check;
    }

    [[nodiscard]] UpCommand up() const {
        if (options_.up.exit_code && !options_.up.dry_run) throw_usage("--exit-code goes with --dry-run");
        return options_.up;
    }

    [[nodiscard]] DownCommand down() const {
        const DownCommand& down = options_.down;
        if (down.exit_code && !down.dry_run) throw_usage("--exit-code goes with --dry-run");
        if (down.all && !down.targets.empty()) throw_usage("down takes either --all or devices, not both");
        return down;
    }

    CLI::App app_{"A virtual lab for Linux TUN and TAP devices"};
    ParsedOptions options_;
    std::vector<std::optional<std::string>> typed_;  // as written, by the place in the table
};

}  // namespace

CommandLine parse_command_line(std::span<const char* const> arguments) {
    return Parser().parse(arguments);
}

}  // namespace tunlab
