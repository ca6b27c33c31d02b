#include "tunlab/profile/profile.hpp"

#include "tunlab/base/digest.hpp"
#include "tunlab/base/escape.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tunlab {

namespace {

/// What a profile leaves open stands as "-".
template <typename T>
std::string value_or_dash(const std::optional<T>& value) {
    return value ? value->to_string() : "-";
}

std::string number_or_dash(const std::optional<std::uint32_t>& number) {
    return number ? std::to_string(*number) : "-";
}

std::string account_or_dash(const std::optional<Located<AccountName>>& account) {
    if (!account) return "-";
    const auto* name = std::get_if<std::string>(&account->value);
    return name ? quote(*name) : std::to_string(std::get<std::uint32_t>(account->value));
}

Scope default_scope(const ProfileRoute& route) {
    return route.via || route.destination.family() == Family::V6 ? Scope::Global : Scope::Link;
}

std::string describe_address(const ProfileAddress& address) {
    std::string line = fmt::format("address {}", address.local.to_string());
    if (address.peer) line += fmt::format(" peer {}", address.peer->to_string());
    if (address.effective_scope() != Scope::Global)
        line += fmt::format(" scope {}", word_of(address.effective_scope()));
    if (!address.nodad) line += " dad";
    return line + '\n';
}

std::string describe_route(const ProfileRoute& route) {
    std::string line = fmt::format("route {} via {} src {} metric {} table {} onlink {} mtu {}",
                                   route.destination.to_string(), value_or_dash(route.via),
                                   value_or_dash(route.source), route.effective_metric(),
                                   route.effective_table(), route.onlink ? 1 : 0, number_or_dash(route.mtu));
    const Scope scope = route.effective_scope();
    if (scope != default_scope(route)) line += fmt::format(" scope {}", word_of(scope));
    return line + '\n';
}

/// What stands in the head of the text since there is more than the first fields: nothing for a
/// profile without the others.
std::string describe_later_fields(const Profile& profile) {
    std::string lines;
    if (profile.queues != 1) lines += fmt::format("queues {}\n", profile.queues);
    if (profile.netns) lines += fmt::format("netns {}\n", quote(profile.netns->value));
    if (profile.bridge) lines += fmt::format("bridge {}\n", profile.bridge->value);
    const auto mode = profile.settings.get<AddrGenMode>(DeviceField::AddrGenMode).value_or(AddrGenMode::None);
    if (mode != AddrGenMode::None) lines += fmt::format("addr_gen_mode {}\n", word_of(mode));
    if (profile.settings.get<bool>(DeviceField::AcceptRa).value_or(false)) lines += "accept_ra\n";
    return lines;
}

}  // namespace

std::string_view word_of(Mode mode) {
    switch (mode) {
        case Mode::Tun: return "tun";
        case Mode::Tap: return "tap";
    }
    return "";
}

std::string_view word_of(Scope scope) {
    switch (scope) {
        case Scope::Global: return "global";
        case Scope::Site: return "site";
        case Scope::Link: return "link";
        case Scope::Host: return "host";
    }
    return "";
}

std::string_view word_of(AddrGenMode mode) {
    switch (mode) {
        case AddrGenMode::Eui64: return "eui64";
        case AddrGenMode::None: return "none";
        case AddrGenMode::StablePrivacy: return "stable_secret";
        case AddrGenMode::Random: return "random";
    }
    return "";
}

std::vector<IpPrefix> ProfileAddress::subnets() const {
    if (!peer) return {local};
    if (local.family() == Family::V4) return {IpPrefix(*peer, local.length())};
    return {local, IpPrefix(*peer, peer->bits())};
}

Scope ProfileAddress::effective_scope() const {
    return scope.value_or(Scope::Global);
}

std::uint32_t ProfileRoute::effective_metric() const {
    const std::uint32_t given = metric.value_or(0);
    return given == 0 && destination.family() == Family::V6 ? kDefaultIpv6Metric : given;
}

std::uint32_t ProfileRoute::effective_table() const {
    return table.value_or(kMainTable);
}

Scope ProfileRoute::effective_scope() const {
    return scope.value_or(default_scope(*this));
}

std::uint64_t device_digest(const Profile& profile) {
    std::vector<std::string> lines;
    for (const auto& address : profile.addresses) {
        lines.push_back(describe_address(address.value));
    }
    for (const auto& route : profile.routes) {
        lines.push_back(describe_route(route.value));
    }
    for (const auto& neighbour : profile.neighbours) {
        lines.push_back(fmt::format("neighbour {} lladdr {}\n", neighbour.value.destination.to_string(),
                                    neighbour.value.lladdr.to_string()));
    }
    std::sort(lines.begin(), lines.end());
    // Devices in use are marked with the digest of this text: to change it is to call all of them changed.
    const DeviceSettings& settings = profile.settings;
    std::string text = fmt::format(
        "name {}\nmode {}\nmtu {}\nmac {}\ntxqueuelen {}\nowner {}\ngroup {}\n", profile.name.value.str(),
        word_of(profile.mode), settings.get<std::uint32_t>(DeviceField::Mtu).value_or(Profile::kDefaultMtu),
        value_or_dash(settings.get<MacAddress>(DeviceField::Mac)),
        number_or_dash(settings.get<std::uint32_t>(DeviceField::Txqueuelen)), account_or_dash(profile.owner),
        account_or_dash(profile.group));
    text += describe_later_fields(profile);
    for (const auto& line : lines) {
        text += line;
    }
    return digest(text);
}

}  // namespace tunlab
