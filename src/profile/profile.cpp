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

template <typename T>
std::optional<T> value_of(const std::optional<Located<T>>& located) {
    if (!located) return std::nullopt;
    return located->value;
}

std::string describe_route(const ProfileRoute& route) {
    return fmt::format("route {} via {} src {} metric {} table {} onlink {} mtu {}\n",
                       route.destination.to_string(), value_or_dash(route.via), value_or_dash(route.source),
                       route.effective_metric(), route.effective_table(), route.onlink ? 1 : 0,
                       number_or_dash(route.mtu));
}

}  // namespace

std::string_view word_of(Mode mode) {
    switch (mode) {
        case Mode::Tun: return "tun";
        case Mode::Tap: return "tap";
    }
    return "";
}

std::uint32_t ProfileRoute::effective_metric() const {
    const std::uint32_t given = metric.value_or(0);
    return given == 0 && destination.family() == Family::V6 ? kDefaultIpv6Metric : given;
}

std::uint32_t ProfileRoute::effective_table() const {
    return table.value_or(kMainTable);
}

std::uint64_t device_digest(const Profile& profile) {
    std::vector<std::string> lines;
    for (const auto& address : profile.addresses) {
        lines.push_back(fmt::format("address {}\n", address.value.to_string()));
    }
    for (const auto& route : profile.routes) {
        lines.push_back(describe_route(route.value));
    }
    std::sort(lines.begin(), lines.end());
    // Devices in use are marked with the digest of this text: to change it is to call all of them changed.
    std::string text = fmt::format(
        "name {}\nmode {}\nmtu {}\nmac {}\ntxqueuelen {}\nowner {}\ngroup {}\n", profile.name.value.str(),
        word_of(profile.mode), value_of(profile.mtu).value_or(Profile::kDefaultMtu),
        value_or_dash(value_of(profile.mac)), number_or_dash(value_of(profile.txqueuelen)),
        account_or_dash(profile.owner), account_or_dash(profile.group));
    for (const auto& line : lines) {
        text += line;
    }
    return digest(text);
}

}  // namespace tunlab
