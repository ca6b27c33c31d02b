#pragma once
// Finds the rule for an address: longest prefix match, in logarithmic time.

#include "tunlab/base/address.hpp"
#include "tunlab/lab/host.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tunlab {

class HostTable {
public:
    /// Every address of both families behaves like `like`, whose match is ignored.
    [[nodiscard]] static HostTable everyone(const HostRule& like);

    /// `rules` as a profile gives them. Addresses without a rule are added for the hops of their paths, each
    /// behind the hops before it, and for the `gateways`: they behave like an ordinary host. Precondition: no
    /// two rules have the same match, and none has host bits.
    HostTable(std::vector<HostRule> rules, std::span<const IpAddress> gateways);

    /// The rule for `address`, or null: then no host has it.
    [[nodiscard]] const HostRule* find(const IpAddress& address) const;
    /// Null also if the rule says that no host has it.
    [[nodiscard]] const HostRule* find_present(const IpAddress& address) const;

    /// The MAC address with which `address` answers: its rule's, else the scheme's (simulated_mac.hpp).
    [[nodiscard]] MacAddress mac_of(const IpAddress& address) const;
    /// Whether a rule gives `mac` to a host.
    [[nodiscard]] bool lists(const MacAddress& mac) const;

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    void sort();

    std::vector<HostRule> rules_;       // by family, network and length
    std::vector<std::size_t> parents_;  // of each rule, the longest one around it, or kNone
    std::vector<MacAddress> macs_;      // those that rules list, sorted
};

}  // namespace tunlab
