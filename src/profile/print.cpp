#include "tunlab/profile/print.hpp"

#include "tunlab/base/duration.hpp"

#include <variant>

#include <nlohmann/json.hpp>

namespace tunlab {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const AccountName& account) {
    return std::visit([](const auto& name_or_id) { return Json(name_or_id); }, account);
}

Json to_json(const ProfileAddress& address) {
    Json json{{"local", address.local.to_string()}};
    if (address.peer) json["peer"] = address.peer->to_string();
    if (address.local.family() == Family::V4) {
        json["scope"] = word_of(address.effective_scope());
    } else {
        json["nodad"] = address.nodad;
    }
    return json;
}

std::string destination_of(const ProfileRoute& route) {
    if (!route.destination.is_default()) return route.destination.to_string();
    return route.destination.family() == Family::V4 ? "default" : "default6";
}

Json to_json(const ProfileRoute& route) {
    Json json{{"dst", destination_of(route)}};
    if (route.via) json["via"] = route.via->to_string();
    if (route.source) json["src"] = route.source->to_string();
    json["metric"] = route.effective_metric();
    json["table"] = route.effective_table();
    if (route.effective_table() == kMainTable) json["table"] = "main";
    if (route.destination.family() == Family::V4) json["scope"] = word_of(route.effective_scope());
    json["onlink"] = route.onlink;
    if (route.mtu) json["mtu"] = *route.mtu;
    return json;
}

Json to_json(const ProfileNeighbour& neighbour) {
    return {{"dst", neighbour.destination.to_string()}, {"lladdr", neighbour.lladdr.to_string()}};
}

Json to_json(const Hop& hop) {
    Json json{{"hop", hop.address ? hop.address->to_string() : "*"}, {"delay", format_duration(hop.delay)}};
    if (hop.mtu) json["mtu"] = *hop.mtu;
    json["blackhole"] = hop.blackhole;
    return json;
}

Json to_json(const HostRule& host) {
    const bool one = host.names_one();
    Json json{{"match", one ? host.match.address().to_string() : host.match.to_string()},
              {"answer", word_of(host.answer)}};
    if (host.mac) json["mac"] = host.mac->to_string();
    json["ttl"] = host.ttl;
    json["delay"] = format_duration(host.impairments.delay);
    json["jitter"] = format_duration(host.impairments.jitter);
    json["loss"] = host.impairments.loss.to_string();
    json["duplicate"] = host.impairments.duplicate.to_string();
    json["corrupt"] = host.impairments.corrupt.to_string();
    json["reorder"] = host.impairments.reorder.to_string();
    if (host.impairments.rate) json["rate"] = format_rate(*host.impairments.rate);
    json["path"] = Json::array();
    for (const auto& hop : host.path) {
        json["path"].push_back(to_json(hop));
    }
    return json;
}

template <typename T>
Json to_json(const std::vector<Located<T>>& list) {
    Json array = Json::array();
    for (const auto& element : list) {
        array.push_back(to_json(element.value));
    }
    return array;
}

}  // namespace

std::string print_profile(const Profile& profile) {
    Json json;
    if (!profile.description.empty()) json["description"] = profile.description;
    json["version"] = 1;
    json["name"] = profile.name.value.str();
    json["mode"] = word_of(profile.mode);
    json["mtu"] = profile.mtu ? profile.mtu->value : Profile::kDefaultMtu;
    if (profile.mac) json["mac"] = profile.mac->value.to_string();
    if (profile.txqueuelen) json["txqueuelen"] = profile.txqueuelen->value;
    if (profile.owner) json["owner"] = to_json(profile.owner->value);
    if (profile.group) json["group"] = to_json(profile.group->value);
    json["queues"] = profile.queues;
    if (profile.netns) json["netns"] = profile.netns->value;
    if (profile.bridge) json["bridge"] = profile.bridge->value;
    json["ipv6"] = {{"addr_gen_mode", word_of(profile.ipv6.value.addr_gen_mode)},
                    {"accept_ra", profile.ipv6.value.accept_ra}};
    json["addresses"] = to_json(profile.addresses);
    json["routes"] = to_json(profile.routes);
    if (profile.mode == Mode::Tap) json["neighbours"] = to_json(profile.neighbours);
    if (profile.seed) json["seed"] = *profile.seed;
    if (profile.hosts) {
        json["hosts"] = Json::array();
        for (const auto& host : *profile.hosts) {
            json["hosts"].push_back(to_json(host));
        }
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace tunlab
