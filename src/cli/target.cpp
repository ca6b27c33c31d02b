#include "tunlab/cli/target.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/base/suggest.hpp"
#include "tunlab/kernel/ownership.hpp"

#include <fmt/format.h>

namespace tunlab {

bool names_profile(std::string_view word) {
    return word.find('/') != std::string_view::npos || word.ends_with(".json");
}

std::vector<LinkState> own_devices(const HostState& host, const std::optional<Mode>& mode) {
    std::vector<LinkState> devices;
    for (const auto& link : host.links) {
        if (is_ours(link) && (!mode || link.tun->mode == *mode)) devices.push_back(link);
    }
    return devices;
}

std::string list_devices(const std::vector<LinkState>& devices) {
    std::string text;
    for (const auto& device : devices) {
        if (!text.empty()) text += ", ";
        text += fmt::format("{} ({})", escape(device.name), word_of(device.tun->mode));
    }
    return text;
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
