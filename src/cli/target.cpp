#include "tunlab/cli/target.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"
#include "tunlab/kernel/netns.hpp"
#include "tunlab/kernel/ownership.hpp"
#include "tunlab/kernel/profile_file.hpp"
#include "tunlab/kernel/ssh_peer.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

std::string hint_for(const std::string& word) {
    const auto near = closest(word, named_profiles());
    return near ? fmt::format("did you mean {}?", quote(*near))
                : "a profile's path has a \"/\" in it or ends in \".json\"";
}

std::string path_of(const std::string& word) {
    if (names_profile_file(word)) return word;
    if (const auto found = find_named_profile(word)) return *found;
    std::string folders;
    for (const auto& folder : profile_folders()) {
        folders += fmt::format("{}{}", folders.empty() ? "" : " or ", escape(folder));
    }
    throw Error({.subject = quote(word),
                 .cause = fmt::format("there is no such profile in {}", folders),
                 .hint = hint_for(word),
                 .code = ExitCode::Usage});
}

/// "tun0 (tun), tap0 (tap)"
std::string list_devices(const std::vector<LinkState>& devices) {
    std::string text;
    for (const auto& device : devices) {
        if (!text.empty()) text += ", ";
        text += fmt::format("{} ({})", escape(device.name), word_of(device.tun->mode));
    }
    return text;
}

}  // namespace

bool names_profile_file(std::string_view word) {
    return word == "-" || word.find('/') != std::string_view::npos || word.ends_with(".json");
}

Profile load_argument(const std::string& word, const CommonOptions& common) {
    Profile profile = load_profile(path_of(word));
    const bool both = profile.netns && !common.netns.empty();
    const bool same =
        both && NetworkNamespace::named(profile.netns->value).same_as(NetworkNamespace::named(common.netns));
    if (both && !same) {
        throw Error({.subject = profile.name.value.str(),
                     .cause = fmt::format("the profile is for network namespace {}, but --netns asks for {}",
                                          quote(profile.netns->value), quote(common.netns)),
                     .origin = profile.netns->where->to_string(),
                     .code = ExitCode::Usage});
    }
    return profile;
}

std::vector<Profile> load_arguments(const std::vector<std::string>& words, const CommonOptions& common) {
    std::vector<Profile> profiles;
    std::vector<Diagnostic> problems;
    for (const auto& word : words) {
        try {
            profiles.push_back(load_argument(word, common));
        } catch (const InvalidProfile& found) {
            problems.insert(problems.end(), found.diagnostics().begin(), found.diagnostics().end());
        }
    }
    if (!problems.empty()) throw InvalidProfile(problems);
    return profiles;
}

OverlapRules overlap_rules(OverlapPolicy policy, const CommonOptions& common) {
    return {.policy = policy, .ssh_peer = common.netns.empty() ? ssh_peer() : std::nullopt};
}

std::vector<LinkState> own_devices(const HostState& host, const std::optional<Mode>& mode) {
    std::vector<LinkState> devices;
    for (const auto& link : host.links) {
        if (is_ours(link) && (!mode || link.tun->mode == *mode)) devices.push_back(link);
    }
    return devices;
}

void throw_several(const std::vector<LinkState>& devices, std::vector<std::string> tries) {
    throw Error({.subject = "several devices of tunlab's are here",
                 .cause = list_devices(devices),
                 .tries = std::move(tries),
                 .code = ExitCode::Usage});
}

InterfaceName device_name(std::string_view word) {
    auto parsed = parse_interface_name(word);
    if (auto* const name = std::get_if<InterfaceName>(&parsed)) return *name;
    throw Error({.subject = quote(word),
                 .cause = std::get<std::string>(parsed),
                 .hint = "a profile's path has a \"/\" in it or ends in \".json\"",
                 .code = ExitCode::Usage});
}

std::string suggest_device(const HostState& host, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& device : own_devices(host, std::nullopt)) {
        names.push_back(device.name);
    }
    const auto near = closest(name, names);
    return near ? fmt::format("did you mean {}?", quote(*near)) : "";
}

const LinkState& existing_device(const HostState& host, const std::string& name) {
    if (const LinkState* const link = host.find(name)) return *link;
    throw Error({.subject = device_name(name).str(),
                 .cause = "no such device",
                 .hint = suggest_device(host, name),
                 .code = ExitCode::Usage});
}

}  // namespace tunlab
