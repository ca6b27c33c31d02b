#include "tunlab/cli/simulation.hpp"

#include "tunlab/base/duration.hpp"
#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"

#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tunlab {

namespace {

template <typename T>
void override_with(T& value, const std::optional<T>& given) {
    if (given) value = *given;
}

[[noreturn]] void throw_impossible(std::string_view option, std::string cause, std::string_view remedy) {
    throw Error({.subject = std::string(option),
                 .cause = std::move(cause),
                 .hint = fmt::format("give a {} as well", remedy),
                 .code = ExitCode::Usage});
}

/// What an option makes of the host must still go together: a profile's own was checked when it was read.
void require_possible(const HostRule& host, const HostOverrides& overrides) {
    const auto& impairments = host.impairments;
    const std::string match = host.match.to_string();
    if (impairments.jitter > impairments.delay) {
        throw_impossible(overrides.jitter ? "--jitter" : "--delay",
                         fmt::format("the jitter of {}, {}, is more than its delay, {}", match,
                                     format_duration(impairments.jitter), format_duration(impairments.delay)),
                         overrides.jitter ? "--delay" : "--jitter");
    }
    if (impairments.reorder > Percentage() && impairments.delay == std::chrono::nanoseconds::zero()) {
        throw_impossible(overrides.reorder ? "--reorder" : "--delay",
                         fmt::format("without a delay no answer of {} waits that could be overtaken", match),
                         overrides.reorder ? "--delay" : "--reorder");
    }
}

void apply(HostRule& host, const HostOverrides& overrides) {
    auto& impairments = host.impairments;
    override_with(impairments.delay, overrides.delay);
    override_with(impairments.jitter, overrides.jitter);
    override_with(impairments.loss, overrides.loss);
    override_with(impairments.duplicate, overrides.duplicate);
    override_with(impairments.corrupt, overrides.corrupt);
    override_with(impairments.reorder, overrides.reorder);
    if (overrides.rate) impairments.rate = overrides.rate;
    require_possible(host, overrides);
}

/// On TAP these are asked for by ARP, though no packet goes to them.
std::vector<IpAddress> gateways_of(const Profile& profile) {
    std::vector<IpAddress> gateways;
    for (const auto& route : profile.routes) {
        if (route.value.via) gateways.push_back(*route.value.via);
    }
    return gateways;
}

std::string who_answers(const Profile& profile) {
    if (!profile.hosts) return "every address behind it answers";
    const std::size_t count = profile.hosts->size();
    return fmt::format("{} of {} {}", count == 1 ? "the one host" : fmt::format("the {} hosts", count),
                       escape(profile.file), count == 1 ? "answers" : "answer");
}

}  // namespace

Simulation simulate(const Profile& profile, const EchoCommand& command) {
    const auto seed = command.seed ? command.seed : profile.seed;
    const auto table = [&] {
        if (!profile.hosts) {
            HostRule everyone;
            apply(everyone, command.hosts);
            return HostTable::everyone(everyone);
        }
        std::vector<HostRule> rules = *profile.hosts;
        for (auto& rule : rules) {
            apply(rule, command.hosts);
        }
        return HostTable(std::move(rules), gateways_of(profile));
    };
    return {.lab = {.hosts = table(), .seed = seed ? *seed : std::random_device()()},
            .who_answers = who_answers(profile)};
}

}  // namespace tunlab
