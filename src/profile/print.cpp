#include "tunlab/profile/print.hpp"

#include "tunlab/base/duration.hpp"
#include "tunlab/base/json.hpp"

#include <utility>
#include <variant>

namespace tunlab {

namespace {

Json to_json(const AccountName& account) {
    return std::visit([](const auto& name_or_id) { return Json(name_or_id); }, account);
}

JsonObject to_json(const ProfileAddress& address) {
    JsonObject json{{"local", address.local.to_string()}};
    if (address.peer) json.add("peer", address.peer->to_string());
    if (address.local.family() == Family::V4) {
        json.add("scope", word_of(address.effective_scope()));
    } else {
        json.add("nodad", address.nodad);
    }
    return json;
}

std::string destination_of(const ProfileRoute& route) {
    if (!route.destination.is_default()) return route.destination.to_string();
    return route.destination.family() == Family::V4 ? "default" : "default6";
}

JsonObject to_json(const ProfileRoute& route) {
    JsonObject json{{"dst", destination_of(route)}};
    if (route.via) json.add("via", route.via->to_string());
    if (route.source) json.add("src", route.source->to_string());
    json.add("metric", route.effective_metric());
    json.add("table", route.effective_table() == kMainTable ? Json("main") : Json(route.effective_table()));
    if (route.destination.family() == Family::V4) json.add("scope", word_of(route.effective_scope()));
    json.add("onlink", route.onlink);
    if (route.mtu) json.add("mtu", *route.mtu);
    return json;
}

JsonObject to_json(const ProfileNeighbour& neighbour) {
    return {{"dst", neighbour.destination.to_string()}, {"lladdr", neighbour.lladdr.to_string()}};
}

JsonObject to_json(const Hop& hop) {
    JsonObject json{{"hop", hop.address ? hop.address->to_string() : "*"},
                    {"delay", format_duration(hop.delay)}};
    if (hop.mtu) json.add("mtu", *hop.mtu);
    json.add("blackhole", hop.blackhole);
    return json;
}

JsonObject to_json(const HostRule& host) {
    const bool one = host.names_one();
    JsonObject json{{"match", one ? host.match.address().to_string() : host.match.to_string()},
                    {"answer", word_of(host.answer)}};
    if (host.mac) json.add("mac", host.mac->to_string());
    json.add("ttl", host.ttl);
    json.add("delay", format_duration(host.impairments.delay));
    json.add("jitter", format_duration(host.impairments.jitter));
    json.add("loss", host.impairments.loss.to_string());
    json.add("duplicate", host.impairments.duplicate.to_string());
    json.add("corrupt", host.impairments.corrupt.to_string());
    json.add("reorder", host.impairments.reorder.to_string());
    if (host.impairments.rate) json.add("rate", format_rate(*host.impairments.rate));
    JsonArray path;
    for (const auto& hop : host.path) {
        path.emplace_back(to_json(hop));
    }
    json.add("path", std::move(path));
    return json;
}

template <typename T>
JsonArray to_json(const std::vector<Located<T>>& list) {
    JsonArray array;
    for (const auto& element : list) {
        array.emplace_back(to_json(element.value));
    }
    return array;
}

}  // namespace

std::string print_profile(const Profile& profile) {
    const DeviceSettings& settings = profile.settings;
    JsonObject json;
    if (!profile.description.empty()) json.add("description", profile.description);
    json.add("version", 1);
    json.add("name", profile.name.value.str());
    json.add("mode", word_of(profile.mode));
    json.add("mtu", settings.get<std::uint32_t>(DeviceField::Mtu).value_or(Profile::kDefaultMtu));
    if (const auto mac = settings.get<MacAddress>(DeviceField::Mac)) json.add("mac", mac->to_string());
    if (const auto packets = settings.get<std::uint32_t>(DeviceField::Txqueuelen))
        json.add("txqueuelen", *packets);
    if (profile.owner) json.add("owner", to_json(profile.owner->value));
    if (profile.group) json.add("group", to_json(profile.group->value));
    json.add("queues", profile.queues);
    if (profile.netns) json.add("netns", profile.netns->value);
    if (profile.bridge) json.add("bridge", profile.bridge->value);
    json.add(
        "ipv6",
        JsonObject{{"addr_gen_mode",
                    word_of(settings.get<AddrGenMode>(DeviceField::AddrGenMode).value_or(AddrGenMode::None))},
                   {"accept_ra", settings.get<bool>(DeviceField::AcceptRa).value_or(false)}});
    json.add("addresses", to_json(profile.addresses));
    json.add("routes", to_json(profile.routes));
    if (profile.mode == Mode::Tap) json.add("neighbours", to_json(profile.neighbours));
    if (profile.seed) json.add("seed", *profile.seed);
    if (profile.hosts) {
        JsonArray hosts;
        for (const auto& host : *profile.hosts) {
            hosts.emplace_back(to_json(host));
        }
        json.add("hosts", std::move(hosts));
    }
    return format_json(json);
}

}  // namespace tunlab
