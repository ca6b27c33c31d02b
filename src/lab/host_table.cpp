#include "tunlab/lab/host_table.hpp"

#include "tunlab/lab/simulated_mac.hpp"

#include <algorithm>
#include <utility>

namespace tunlab {

namespace {

IpPrefix only(const IpAddress& address) {
    return {address, address.bits()};
}

/// The hops of `rule`'s path as hosts of their own.
std::vector<HostRule> hops_of(const HostRule& rule) {
    std::vector<HostRule> hops;
    for (std::size_t i = 0; i < rule.path.size(); ++i) {
        if (!rule.path[i].address) continue;
        const auto end = rule.path.begin() + static_cast<std::ptrdiff_t>(i);
        hops.push_back({.match = only(*rule.path[i].address), .mac = {}, .path = {rule.path.begin(), end}});
    }
    return hops;
}

}  // namespace

HostTable HostTable::everyone(const HostRule& like) {
    std::vector<HostRule> rules{like, like};
    rules[0].match = IpPrefix(Ipv4Address(), 0);
    rules[1].match = IpPrefix(Ipv6Address(), 0);
    return {std::move(rules), {}};
}

HostTable::HostTable(std::vector<HostRule> rules, std::span<const IpAddress> gateways)
    : rules_(std::move(rules)) {
    sort();
    std::vector<HostRule> unnamed;
    const auto add = [&](HostRule rule) {
        if (find(rule.match.address()) == nullptr) unnamed.push_back(std::move(rule));
    };
    for (const auto& rule : rules_) {
        for (auto& hop : hops_of(rule)) {
            add(std::move(hop));
        }
    }
    for (const auto& gateway : gateways) {
        add({.match = only(gateway), .mac = {}, .path = {}});
    }
    rules_.insert(rules_.end(), std::make_move_iterator(unnamed.begin()),
                  std::make_move_iterator(unnamed.end()));
    sort();
}

/// Of several rules with one match, the first stays.
void HostTable::sort() {
    const auto before = [](const HostRule& a, const HostRule& b) { return a.match < b.match; };
    const auto same = [](const HostRule& a, const HostRule& b) { return a.match == b.match; };
    std::stable_sort(rules_.begin(), rules_.end(), before);
    rules_.erase(std::unique(rules_.begin(), rules_.end(), same), rules_.end());
    parents_.assign(rules_.size(), kNone);
    macs_.clear();
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        // In this order the rule around one is the rule before it, or around that.
        std::size_t parent = i == 0 ? kNone : i - 1;
        while (parent != kNone && !rules_[parent].match.contains(rules_[i].match.address())) {
            parent = parents_[parent];
        }
        parents_[i] = parent;
        if (rules_[i].mac) macs_.push_back(*rules_[i].mac);
    }
    std::sort(macs_.begin(), macs_.end());
}

const HostRule* HostTable::find(const IpAddress& address) const {
    const auto behind = [&](const IpPrefix& asked, const HostRule& rule) { return asked < rule.match; };
    const auto next = std::upper_bound(rules_.begin(), rules_.end(), only(address), behind);
    auto index = next == rules_.begin() ? kNone : static_cast<std::size_t>(next - rules_.begin()) - 1;
    while (index != kNone && !rules_[index].match.contains(address)) {
        index = parents_[index];
    }
    return index == kNone ? nullptr : &rules_[index];
}

const HostRule* HostTable::find_present(const IpAddress& address) const {
    const HostRule* const rule = find(address);
    return rule == nullptr || rule->answer == Answer::Absent ? nullptr : rule;
}

MacAddress HostTable::mac_of(const IpAddress& address) const {
    const HostRule* const rule = find(address);
    if (rule != nullptr && rule->mac) return *rule->mac;
    return address.family() == Family::V4 ? simulated_mac(address.v4()) : simulated_mac(address.v6());
}

bool HostTable::lists(const MacAddress& mac) const {
    return std::binary_search(macs_.begin(), macs_.end(), mac);
}

}  // namespace tunlab
