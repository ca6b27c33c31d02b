#include "tunlab/cli/simulation.hpp"

#include "tunlab/base/duration.hpp"
#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"

#include <random>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tunlab {

namespace {

template <typename T>
void override_with(T& value, const std::optional<T>& given) {
    if (given) value = *given;
}

void require_possible(const HostRule& host) {
    const auto& impairments = host.impairments;
    const std::string match = host.match.to_string();
    if (impairments.jitter > impairments.delay) {
        throw Error(
            {.subject = "--jitter",
             .cause = fmt::format("{} is more than the delay of {}, {}", format_duration(impairments.jitter),
                                  match, format_duration(impairments.delay)),
             .hint = "give a --delay as well",
             .code = ExitCode::Usage});
    }
    if (impairments.reorder > Percentage() && impairments.delay == std::chrono::nanoseconds::zero()) {
        throw Error(
            {.subject = "--reorder",
             .cause = fmt::format("without a delay no answer of {} waits that could be overtaken", match),
             .hint = "give a --delay as well",
             .code = ExitCode::Usage});
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
    require_possible(host);
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
    return {
        .hosts = table(), .seed = seed ? *seed : std::random_device()(), .who_answers = who_answers(profile)};
}

}  // namespace tunlab
