#include "tunlab/report/status.hpp"

#include "tunlab/base/escape.hpp"
#include "tunlab/base/json.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "step_json.hpp"
#include <fmt/format.h>

namespace tunlab {

namespace {

// The bits of ifi_flags (netdevice(7)) in the order and words of iproute2.
struct FlagName {
    std::uint32_t bit;
    const char* name;
};
constexpr std::uint32_t kIffUp = 0x1;
constexpr std::uint32_t kIffRunning = 0x40;
constexpr auto kLinkFlags = std::to_array<FlagName>({
    {0x8, "LOOPBACK"},
    {0x2, "BROADCAST"},
    {0x10, "POINTOPOINT"},
    {0x1000, "MULTICAST"},
    {0x80, "NOARP"},
    {0x200, "ALLMULTI"},
    {0x100, "PROMISC"},
    {kIffUp, "UP"},
    {0x10000, "LOWER_UP"},
});
// IFA_F_* of linux/if_addr.h, which iproute2 shows as members.
constexpr auto kAddressFlags = std::to_array<FlagName>({
    {0x01, "secondary"},
    {0x02, "nodad"},
    {0x08, "dadfailed"},
    {0x20, "deprecated"},
    {0x40, "tentative"},
});
constexpr std::array kOperStates{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
                                 "TESTING", "DORMANT",    "UP"};

std::string state_of(const LinkState& link) {
    if (!link.is_up()) return "down";
    return link.carrier ? "up" : "no-carrier";
}

std::string word_of(ProfileStanding standing) {
    switch (standing) {
        case ProfileStanding::InSync: return "in-sync";
        case ProfileStanding::Drifted: return "drift";
        case ProfileStanding::Unreadable: return "unreadable";
        case ProfileStanding::None: return "-";
    }
    return "";
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ',';
        text += word;
    }
    return text.empty() ? "-" : text;
}

using Row = std::array<std::string, 8>;

Row row_of(const DeviceStatus& device) {
    const LinkState& link = device.link;
    std::vector<std::string> addresses;
    for (const auto& address : link.addresses) {
        if (address.managed) addresses.push_back(address.config.address.to_string());
    }
    return {escape(link.name),
            std::string(word_of(link.tun->mode)),
            state_of(link),
            fmt::to_string(link.mtu()),
            join(addresses),
            fmt::to_string(link.routes.size()),
            device.owner.empty() ? "-" : escape(device.owner),
            word_of(device.standing)};
}

std::string format_row(const Row& row, const std::array<std::size_t, 8>& widths) {
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        line += fmt::format("{:<{}} ", row[i], widths[i]);
    }
    return line + row.back() + '\n';
}

std::string below(const DeviceStatus& device) {
    std::string text;
    if (!device.conflict.empty()) text += fmt::format("  ! {}\n", escape(device.conflict));
    for (const auto& step : device.drift) {
        if (worth_showing(step, device.drift)) text += fmt::format("  {}\n", describe(step));
    }
    return text;
}

JsonArray flags_of(const LinkState& link) {
    JsonArray flags;
    if (link.is_up() && (link.flags & kIffRunning) == 0) flags.emplace_back("NO-CARRIER");
    for (const auto& flag : kLinkFlags) {
        if ((link.flags & flag.bit) != 0) flags.emplace_back(flag.name);
    }
    return flags;
}

JsonObject linkinfo_of(const DeviceStatus& device) {
    const TunFacts& tun = *device.link.tun;
    JsonObject data{{"type", word_of(tun.mode)},
                    {"pi", tun.packet_information},
                    {"vnet_hdr", tun.vnet_header},
                    {"multi_queue", tun.multi_queue},
                    {"persist", tun.persistent}};
    if (!device.owner.empty()) data.add("user", device.owner);
    if (!device.group.empty()) data.add("group", device.group);
    return {{"info_kind", "tun"}, {"info_data", data}};
}

JsonObject address_info_of(const LinkAddress& address) {
    const IpPrefix& prefix = address.config.address;
    JsonObject info{{"family", prefix.family() == Family::V4 ? "inet" : "inet6"},
                    {"local", prefix.address().to_string()}};
    if (address.config.peer) info.add("address", address.config.peer->to_string());
    info.add("prefixlen", prefix.length());
    if (address.broadcast) info.add("broadcast", address.broadcast->to_string());
    info.add("scope", address.scope);
    for (const auto& flag : kAddressFlags) {
        if ((address.flags & flag.bit) != 0) info.add(flag.name, true);
    }
    if (!address.label.empty()) info.add("label", address.label);
    info.add("valid_life_time", address.valid_lifetime);
    info.add("preferred_life_time", address.preferred_lifetime);
    return info;
}

JsonObject tunlab_part_of(const DeviceStatus& device) {
    JsonObject part{{"mode", word_of(device.link.tun->mode)}};
    part.add("owner", device.owner.empty() ? Json() : Json(device.owner));
    part.add("profile", device.profile.empty() ? Json() : Json(device.profile));
    const bool known =
        device.standing == ProfileStanding::InSync || device.standing == ProfileStanding::Drifted;
    part.add("in_sync", known ? Json(device.standing == ProfileStanding::InSync) : Json());
    JsonArray drift;
    for (const auto& step : device.drift) {
        drift.emplace_back(step_json(step.change, ip_command(step.change, device.link.name)));
    }
    part.add("drift", std::move(drift));
    part.add("attached", JsonArray(device.attached.begin(), device.attached.end()));
    return part;
}

JsonObject object_of(const DeviceStatus& device) {
    const LinkState& link = device.link;
    JsonObject object{
        {"ifindex", link.ifindex}, {"ifname", link.name}, {"flags", flags_of(link)}, {"mtu", link.mtu()}};
    object.add("qdisc", link.qdisc);
    object.add("operstate", link.operstate < kOperStates.size() ? kOperStates[link.operstate] : "UNKNOWN");
    object.add("group", link.group == 0 ? Json("default") : Json(fmt::to_string(link.group)));
    object.add("txqlen", link.settings.get<std::uint32_t>(DeviceField::Txqueuelen).value_or(0));
    object.add("link_type", link.tun->mode == Mode::Tap ? "ether" : "none");
    if (const auto mac = link.settings.get<MacAddress>(DeviceField::Mac))
        object.add("address", mac->to_string());
    if (link.broadcast) object.add("broadcast", link.broadcast->to_string());
    object.add("linkinfo", linkinfo_of(device));
    if (const auto mode = link.settings.get<AddrGenMode>(DeviceField::AddrGenMode))
        object.add("inet6_addr_gen_mode", word_of(*mode));
    object.add("ifalias", link.alias());
    JsonArray addresses;
    for (const auto& address : link.addresses) {
        addresses.emplace_back(address_info_of(address));
    }
    object.add("addr_info", std::move(addresses));
    object.add("tunlab", tunlab_part_of(device));
    return object;
}

}  // namespace

std::string format_status(std::span<const DeviceStatus> devices) {
    std::vector<Row> rows{{"DEVICE", "MODE", "STATE", "MTU", "ADDRESSES", "ROUTES", "OWNER", "PROFILE"}};
    for (const auto& device : devices) {
        rows.push_back(row_of(device));
    }
    std::array<std::size_t, 8> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string text = format_row(rows.front(), widths);
    for (std::size_t i = 0; i < devices.size(); ++i) {
        text += format_row(rows[i + 1], widths) + below(devices[i]);
    }
    return text;
}

std::string format_status_json(std::span<const DeviceStatus> devices) {
    JsonArray array;
    for (const auto& device : devices) {
        array.emplace_back(object_of(device));
    }
    return format_json(array);
}

}  // namespace tunlab
