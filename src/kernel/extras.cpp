#include "extras.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

namespace tunlab {

namespace {

constexpr std::uint32_t kForever = 0xffffffff;

template <std::size_t Size>
using Attributes = std::array<nlattr*, Size>;

template <typename Header>
Header header_of(nl_msg* message) {
    Header header{};
    std::memcpy(&header, nlmsg_data(nlmsg_hdr(message)), sizeof header);
    return header;
}

template <typename Value>
Value value_of(const nlattr* attribute) {
    Value value{};
    const auto size = static_cast<std::size_t>(nla_len(attribute));
    std::memcpy(&value, nla_data(attribute), std::min(sizeof value, size));
    return value;
}

std::string hex(const nlattr* attribute) {
    const auto* const bytes = static_cast<const std::uint8_t*>(nla_data(attribute));
    std::string text;
    for (int i = 0; i < nla_len(attribute); ++i) {
        text += fmt::format("{:02x}", bytes[i]);
    }
    return text;
}

/// The address in an attribute of the family that the attribute's size says.
std::string address_text(const void* bytes, std::size_t size) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = size == sizeof(in_addr) ? AF_INET : AF_INET6;
    return inet_ntop(family, bytes, text.data(), text.size()) == nullptr ? "?" : text.data();
}

std::string address_text(const nlattr* attribute) {
    return address_text(nla_data(attribute), static_cast<std::size_t>(nla_len(attribute)));
}

// ---- addresses -----------------------------------------------------------------------------------

struct FlagWord {
    std::uint32_t flag;
    std::string_view word;
};
constexpr std::array kAddressFlags{
    FlagWord{IFA_F_NOPREFIXROUTE, "noprefixroute"}, FlagWord{IFA_F_HOMEADDRESS, "home"},
    FlagWord{IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, FlagWord{IFA_F_MCAUTOJOIN, "autojoin"}};

std::string lifetime_words(const nlattr* cache_info) {
    if (cache_info == nullptr) return {};
    const auto preferred = value_of<ifa_cacheinfo>(cache_info).ifa_prefered;
    return preferred == kForever ? std::string() : fmt::format(" preferred_lft {}", preferred);
}

// ---- routes --------------------------------------------------------------------------------------

// Of RTAX_*, from 1 on, as ip-route(8) calls them; "" has no word there.
constexpr std::array<std::string_view, RTAX_MAX> kMetrics{
    "",         "",         "window",   "rtt",     "rttvar",   "ssthresh", "cwnd",    "advmss", "reordering",
    "hoplimit", "initcwnd", "features", "rto_min", "initrwnd", "quickack", "congctl", ""};

std::string metric_words(nlattr* metrics) {
    std::string words;
    Attributes<RTAX_MAX + 1> values{};
    if (metrics == nullptr) return words;
    if (nla_parse_nested(values.data(), RTAX_MAX, metrics, nullptr) < 0) return words;
    for (int i = 1; i <= RTAX_MAX; ++i) {
        const nlattr* const value = values[static_cast<std::size_t>(i)];
        if (value == nullptr || i == RTAX_MTU) continue;  // the mtu is a word of the profile's
        const std::string_view word = kMetrics[static_cast<std::size_t>(i - 1)];
        if (i == RTAX_CC_ALGO) {
            words += fmt::format(" congctl {}", escape(static_cast<const char*>(nla_data(value))));
        } else if (word.empty()) {
            words += fmt::format(" (metric {} {})", i, value_of<std::uint32_t>(value));
        } else {
            words += fmt::format(" {} {}", word, value_of<std::uint32_t>(value));
        }
    }
    return words;
}

std::string via_words(const nlattr* via) {
    rtvia head{};
    if (nla_len(via) < static_cast<int>(sizeof head)) return " via ?";
    std::memcpy(&head, nla_data(via), sizeof head);
    const auto* const address = static_cast<const std::uint8_t*>(nla_data(via)) + sizeof head;
    return fmt::format(" via {} {}", head.rtvia_family == AF_INET6 ? "inet6" : "inet",
                       address_text(address, static_cast<std::size_t>(nla_len(via)) - sizeof head));
}

/// "nexthop via 10.0.0.5 weight 2", for each. The flags that only tell how things are go out of `hops`.
std::string next_hop_words(std::span<std::uint8_t> hops) {
    std::string words;
    while (hops.size() >= sizeof(rtnexthop)) {
        rtnexthop hop{};
        std::memcpy(&hop, hops.data(), sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > hops.size()) break;
        hop.rtnh_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
        std::memcpy(hops.data(), &hop, sizeof hop);
        words += " nexthop";
        Attributes<RTA_MAX + 1> values{};
        // The buffer is ours, and aligned as the kernel's was.
        auto* const first =
            reinterpret_cast<nlattr*>(hops.data() + sizeof hop);  // NOLINT: netlink's own layout
        if (nla_parse(values.data(), RTA_MAX, first, hop.rtnh_len - static_cast<int>(sizeof hop), nullptr) ==
            0) {
            if (values[RTA_GATEWAY] != nullptr)
                words += fmt::format(" via {}", address_text(values[RTA_GATEWAY]));
            if (values[RTA_VIA] != nullptr) words += via_words(values[RTA_VIA]);
        }
        std::array<char, IF_NAMESIZE> name{};
        if (if_indextoname(static_cast<unsigned>(hop.rtnh_ifindex), name.data()) != nullptr)
            words += fmt::format(" dev {}", name.data());
        words += fmt::format(" weight {}", hop.rtnh_hops + 1);
        if ((hop.rtnh_flags & RTNH_F_ONLINK) != 0) words += " onlink";
        hops = hops.subspan(std::min<std::size_t>(NLMSG_ALIGN(hop.rtnh_len), hops.size()));
    }
    return words;
}

/// What a route of tunlab's own has, too, or what only tells how things are.
bool is_usual(int attribute) {
    switch (attribute) {
        case RTA_DST:
        case RTA_OIF:
        case RTA_GATEWAY:
        case RTA_PRIORITY:
        case RTA_PREFSRC:
        case RTA_TABLE:
        case RTA_CACHEINFO:
        case RTA_METRICS:    // has words of its own
        case RTA_MULTIPATH:  // likewise
        case RTA_VIA:
        case RTA_SRC:
        case RTA_FLOW:
        case RTA_PREF: return true;
        default: return false;
    }
}

std::string route_words(const rtmsg& header, const Attributes<RTA_MAX + 1>& values) {
    std::string words;
    if (values[RTA_SRC] != nullptr)
        words += fmt::format(" from {}/{}", address_text(values[RTA_SRC]), header.rtm_src_len);
    if (header.rtm_tos != 0) words += fmt::format(" tos {:#x}", header.rtm_tos);
    if (header.rtm_protocol == RTPROT_STATIC) words += " proto static";
    if (values[RTA_VIA] != nullptr) words += via_words(values[RTA_VIA]);
    words += metric_words(values[RTA_METRICS]);
    if (values[RTA_FLOW] != nullptr) {
        const auto realms = value_of<std::uint32_t>(values[RTA_FLOW]);
        words += fmt::format(" realms {}/{}", realms >> 16U, realms & 0xffffU);
    }
    constexpr std::uint8_t kMedium = 0;  // ICMPV6_ROUTER_PREF_MEDIUM
    if (values[RTA_PREF] != nullptr && value_of<std::uint8_t>(values[RTA_PREF]) != kMedium)
        words += value_of<std::uint8_t>(values[RTA_PREF]) == 1 ? " pref high" : " pref low";
    for (int i = 1; i <= RTA_MAX; ++i) {
        const nlattr* const value = values[static_cast<std::size_t>(i)];
        if (value != nullptr && !is_usual(i)) words += fmt::format(" (attribute {} {})", i, hex(value));
    }
    return words;
}

/// The payload of the message, with room for what follows.
std::vector<std::uint8_t> payload_of(nl_msg* message) {
    const auto* const begin = static_cast<const std::uint8_t*>(nlmsg_data(nlmsg_hdr(message)));
    return {begin, begin + nlmsg_datalen(nlmsg_hdr(message))};
}

}  // namespace

Extras address_extras(nl_msg* message, const std::string& name) {
    Attributes<IFA_MAX + 1> values{};
    if (nlmsg_parse(nlmsg_hdr(message), sizeof(ifaddrmsg), values.data(), IFA_MAX, nullptr) < 0) return {};
    const auto header = header_of<ifaddrmsg>(message);
    Extras extras;
    if (values[IFA_LABEL] != nullptr && name != nla_get_string(values[IFA_LABEL]))
        extras.words += fmt::format(" label {}", escape(nla_get_string(values[IFA_LABEL])));
    if (values[IFA_BROADCAST] != nullptr)
        extras.words += fmt::format(" broadcast {}", address_text(values[IFA_BROADCAST]));
    if (header.ifa_family == AF_INET && header.ifa_scope != RT_SCOPE_UNIVERSE &&
        header.ifa_scope != RT_SCOPE_SITE && header.ifa_scope != RT_SCOPE_LINK &&
        header.ifa_scope != RT_SCOPE_HOST)
        extras.words += fmt::format(" scope {}", header.ifa_scope);
    if (values[IFA_RT_PRIORITY] != nullptr)
        extras.words += fmt::format(" metric {}", value_of<std::uint32_t>(values[IFA_RT_PRIORITY]));
    const auto flags =
        values[IFA_FLAGS] == nullptr ? header.ifa_flags : value_of<std::uint32_t>(values[IFA_FLAGS]);
    for (const auto& [flag, word] : kAddressFlags) {
        if ((flags & flag) != 0) extras.words += fmt::format(" {}", word);
    }
    extras.words += lifetime_words(values[IFA_CACHEINFO]);
    if (!extras.empty()) extras.message = payload_of(message);
    return extras;
}

std::optional<Extras> route_extras(nl_msg* message) {
    Attributes<RTA_MAX + 1> values{};
    if (nlmsg_parse(nlmsg_hdr(message), sizeof(rtmsg), values.data(), RTA_MAX, nullptr) < 0)
        return std::nullopt;
    if (values[RTA_NH_ID] != nullptr) return std::nullopt;
    if (values[RTA_CACHEINFO] != nullptr && value_of<rta_cacheinfo>(values[RTA_CACHEINFO]).rta_expires != 0)
        return std::nullopt;
    auto header = header_of<rtmsg>(message);
    Extras extras{.words = route_words(header, values)};
    std::vector<std::uint8_t> payload = payload_of(message);
    if (values[RTA_MULTIPATH] != nullptr) {
        const auto* const begin = static_cast<const std::uint8_t*>(nlmsg_data(nlmsg_hdr(message)));
        const auto at = static_cast<std::size_t>(
            static_cast<const std::uint8_t*>(nla_data(values[RTA_MULTIPATH])) - begin);
        extras.words += next_hop_words(
            std::span(payload).subspan(at, static_cast<std::size_t>(nla_len(values[RTA_MULTIPATH]))));
    }
    if (extras.empty()) return extras;
    header.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;  // the others tell how things are
    std::memcpy(payload.data(), &header, sizeof header);
    extras.message = std::move(payload);
    return extras;
}

NlMessage request_again(int type, int flags, const Extras& extras) {
    assert(!extras.empty());
    NlMessage request(nlmsg_alloc_simple(type, flags));
    std::vector<std::uint8_t> payload =
        extras.message;  // nlmsg_append() takes what it copies as if to change it
    if (!request || nlmsg_append(request.get(), payload.data(), payload.size(), NLMSG_ALIGNTO) < 0) {
        throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    }
    return request;
}

}  // namespace tunlab
