#include "tunlab/report/steps.hpp"

#include <fmt/format.h>

namespace tunlab {

std::string format_created(const std::string& ifname, Mode mode, std::string_view owner,
                           std::span<const Step> steps) {
    std::string text = fmt::format("{}: created ({}, owner {})\n", ifname, word_of(mode), owner);
    for (const auto& step : steps) {
        // The rest makes any new device usable and is nobody's wish; what was there before is nobody's news.
        if (step.where) text += fmt::format("  {}\n", describe(Step{step.change, "", step.where}));
    }
    return text + "  link up, no carrier until a program opens it\n";
}

std::string format_changed(const std::string& ifname, std::span<const Step> steps) {
    std::string text = fmt::format("{}: changed\n", ifname);
    for (const auto& step : steps) {
        if (worth_showing(step, steps)) text += fmt::format("  {}\n", describe(step));
    }
    return text;
}

std::string format_unchanged(const std::string& ifname) {
    return fmt::format("{}: in sync, no changes\n", ifname);
}

std::string format_removed(const std::string& ifname, std::size_t addresses, std::size_t routes) {
    return fmt::format("{}: removed ({} address{}, {} route{})\n", ifname, addresses,
                       addresses == 1 ? "" : "es", routes, routes == 1 ? "" : "s");
}

}  // namespace tunlab
