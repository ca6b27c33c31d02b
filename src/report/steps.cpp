#include "tunlab/report/steps.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/base/json.hpp"

#include "step_json.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

std::string heading(const UpOutcome& outcome, Tense tense) {
    const std::string name = escape(outcome.name);
    const std::string_view would = tense == Tense::Planned ? "would be " : "";
    switch (outcome.result) {
        case UpResult::Created:
            return fmt::format("{}: {}created ({}, owner {})\n", name, would, word_of(outcome.mode),
                               escape(outcome.owner));
        case UpResult::Changed: return fmt::format("{}: {}changed\n", name, would);
        case UpResult::Unchanged: return fmt::format("{}: in sync, no changes\n", name);
    }
    return {};
}

bool is_shown(const Step& step, const UpOutcome& outcome) {
    // What makes any new device usable is nobody's wish.
    return outcome.result == UpResult::Created ? step.where.has_value() : worth_showing(step, outcome.steps);
}

std::string describe(Step step, const UpOutcome& outcome) {
    if (outcome.result == UpResult::Created) step.was.clear();  // nobody's news
    return describe(step);
}

std::string count(std::size_t number, std::string_view noun, std::string_view plural) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : plural);
}

}  // namespace

std::string format_up(const UpOutcome& outcome, Tense tense, Commands commands) {
    const bool all = commands == Commands::Shown;
    const bool created = outcome.result == UpResult::Created;
    std::string text = heading(outcome, tense);
    if (all && created) text += fmt::format("      {}\n", outcome.create_command());
    for (const auto& step : outcome.steps) {
        if (!all && !is_shown(step, outcome)) continue;
        text += fmt::format("  {}\n", describe(step, outcome));
        if (all) text += fmt::format("      {}\n", outcome.command_for(step.change));
    }
    if (created && tense == Tense::Done) text += "  link up, no carrier until a program opens it\n";
    return text;
}

std::string format_down(const DownOutcome& outcome, Tense tense, Commands commands,
                        const std::string& suggestion) {
    const std::string name = escape(outcome.name);
    if (!outcome.removed) {
        return fmt::format("{}: no such device, nothing to do{}{}\n", name, suggestion.empty() ? "" : "; ",
                           suggestion);
    }
    const std::string text =
        fmt::format("{}: {}removed ({}, {})\n", name, tense == Tense::Planned ? "would be " : "",
                    count(outcome.addresses, "address", "es"), count(outcome.routes, "route", "s"));
    return commands == Commands::Shown ? text + fmt::format("      {}\n", outcome.command()) : text;
}

std::string format_up_json(std::span<const UpOutcome> outcomes) {
    JsonArray array;
    for (const auto& outcome : outcomes) {
        JsonArray steps;
        if (outcome.result == UpResult::Created) {
            steps.emplace_back(JsonObject{{"op", "add"},
                                          {"kind", "device"},
                                          {"value", word_of(outcome.mode)},
                                          {"ip", outcome.create_command()}});
        }
        for (const auto& step : outcome.steps) {
            steps.emplace_back(step_json(step.change, outcome.command_for(step.change)));
        }
        array.emplace_back(
            JsonObject{{"ifname", outcome.name}, {"result", word_of(outcome.result)}, {"steps", steps}});
    }
    return format_json(array);
}

std::string format_down_json(std::span<const DownOutcome> outcomes) {
    JsonArray array;
    for (const auto& outcome : outcomes) {
        JsonArray steps;
        if (outcome.removed) {
            steps.emplace_back(JsonObject{
                {"op", "remove"}, {"kind", "device"}, {"value", outcome.name}, {"ip", outcome.command()}});
        }
        array.emplace_back(JsonObject{
            {"ifname", outcome.name}, {"result", outcome.removed ? "removed" : "absent"}, {"steps", steps}});
    }
    return format_json(array);
}

}  // namespace tunlab
