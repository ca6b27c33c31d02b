#include "unmodelled.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include "attribute.hpp"
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

namespace tunlab {

namespace {

template <std::size_t Size>
using Attributes = std::array<nlattr*, Size>;

template <typename Header>
Header header_of(nl_msg* message) {
    Header header{};
    std::memcpy(&header, nlmsg_data(nlmsg_hdr(message)), sizeof header);
    return header;
}

std::string hex(const nlattr* attribute) {
    const auto* const bytes = static_cast<const std::uint8_t*>(nla_data(attribute));
    std::string text;
    for (int i = 0; i < nla_len(attribute); ++i) {
        text += fmt::format("{:02x}", bytes[i]);
    }
    return text;
}

/// The address in an attribute; its size tells the family.
std::string address_text(const void* bytes, std::size_t size) {
    if (size != sizeof(in_addr) && size != sizeof(in6_addr)) return "?";
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = size == sizeof(in_addr) ? AF_INET : AF_INET6;
    return inet_ntop(family, bytes, text.data(), text.size()) == nullptr ? "?" : text.data();
}

std::string address_text(const nlattr* attribute) {
    return address_text(nla_data(attribute), static_cast<std::size_t>(nla_len(attribute)));
}

/// Whether a profile can name the scope.
bool has_name(std::uint8_t scope) {
    return scope == RT_SCOPE_UNIVERSE || scope == RT_SCOPE_SITE || scope == RT_SCOPE_LINK ||
           scope == RT_SCOPE_HOST;
}

/// The payload of the message.
std::vector<std::uint8_t> payload_of(nl_msg* message) {
    const auto* const begin = static_cast<const std::uint8_t*>(nlmsg_data(nlmsg_hdr(message)));
    return {begin, begin + nlmsg_datalen(nlmsg_hdr(message))};
}

/// The offset of the attribute's value in the payload of the message.
std::size_t offset_of(const nlattr* attribute, nl_msg* message) {
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(nla_data(attribute)) -
                                    static_cast<const std::uint8_t*>(nlmsg_data(nlmsg_hdr(message))));
}

// ---- addresses -----------------------------------------------------------------------------------

struct FlagWord {
    std::uint32_t flag;
    std::string_view word;
};
constexpr std::array kAddressFlags{
    FlagWord{IFA_F_NOPREFIXROUTE, "noprefixroute"}, FlagWord{IFA_F_HOMEADDRESS, "home"},
    FlagWord{IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, FlagWord{IFA_F_MCAUTOJOIN, "autojoin"}};

/// Sets the preferred lifetime in `payload`, a copy of the message's, to 0 as IFA_F_DEPRECATED says: Linux
/// reports a permanent deprecated IPv4 address as preferred forever (inet_fill_ifaddr()).
void deprecate(std::vector<std::uint8_t>& payload, const nlattr* cache_info, nl_msg* message) {
    auto lifetimes = attribute_value<ifa_cacheinfo>(cache_info);
    lifetimes.ifa_prefered = 0;
    const auto size = static_cast<std::size_t>(nla_len(cache_info));
    std::memcpy(payload.data() + offset_of(cache_info, message), &lifetimes,
                std::min(size, sizeof lifetimes));
}

// ---- routes --------------------------------------------------------------------------------------

// Of RTAX_*, from 1 on, as ip-route(8) calls them.
constexpr std::array<std::string_view, RTAX_MAX> kMetrics{"lock",
                                                          "mtu",
                                                          "window",
                                                          "rtt",
                                                          "rttvar",
                                                          "ssthresh",
                                                          "cwnd",
                                                          "advmss",
                                                          "reordering",
                                                          "hoplimit",
                                                          "initcwnd",
                                                          "features",
                                                          "rto_min",
                                                          "initrwnd",
                                                          "quickack",
                                                          "congctl",
                                                          "fastopen_no_cookie"};

/// The value of metric `number`, in ip(8)'s units.
std::string metric_value(int number, const nlattr* value) {
    if (number == RTAX_CC_ALGO) return escape(attribute_text(value));
    const auto plain = attribute_value<std::uint32_t>(value);
    if (number == RTAX_RTO_MIN) return fmt::format("{}ms", plain);
    if (number == RTAX_FEATURES && plain == RTAX_FEATURE_ECN) return "ecn";
    return fmt::to_string(plain);
}

std::string metric_words(nlattr* metrics) {
    std::string words;
    Attributes<RTAX_MAX + 1> values{};
    if (metrics == nullptr) return words;
    if (nla_parse_nested(values.data(), RTAX_MAX, metrics, nullptr) < 0) return words;
    const auto locks = values[RTAX_LOCK] == nullptr ? 0U : attribute_value<std::uint32_t>(values[RTAX_LOCK]);
    for (int i = RTAX_LOCK + 1; i <= RTAX_MAX; ++i) {
        const nlattr* const value = values[static_cast<std::size_t>(i)];
        const bool locked = (locks & 1U << static_cast<unsigned>(i)) != 0;
        if (value == nullptr) continue;
        if (i == RTAX_MTU && !locked) continue;              // a profile has a field for it
        const bool says_lock = locked && i != RTAX_RTO_MIN;  // ip(8) always locks that one
        words += fmt::format(" {} {}{}", kMetrics[static_cast<std::size_t>(i - 1)], says_lock ? "lock " : "",
                             metric_value(i, value));
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

std::string realm_words(const nlattr* flow) {
    const auto realms = attribute_value<std::uint32_t>(flow);
    return fmt::format(" realms {}/{}", realms >> 16U, realms & 0xffffU);
}

/// "nexthop via 10.0.0.5 weight 2", for each. Clears the flags in `hops` that only report a state.
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
        // The buffer is a copy, aligned as the kernel's was.
        auto* const first =
            reinterpret_cast<nlattr*>(hops.data() + sizeof hop);  // NOLINT: netlink's own layout
        if (nla_parse(values.data(), RTA_MAX, first, hop.rtnh_len - static_cast<int>(sizeof hop), nullptr) ==
            0) {
            if (values[RTA_GATEWAY] != nullptr)
                words += fmt::format(" via {}", address_text(values[RTA_GATEWAY]));
            if (values[RTA_VIA] != nullptr) words += via_words(values[RTA_VIA]);
            if (values[RTA_FLOW] != nullptr) words += realm_words(values[RTA_FLOW]);
            if (values[RTA_ENCAP] != nullptr) words += fmt::format(" (encap {})", hex(values[RTA_ENCAP]));
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

/// Attributes that tunlab's own routes have too, or that only report a state.
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
    if (header.rtm_family == AF_INET && !has_name(header.rtm_scope))
        words += fmt::format(" scope {}", header.rtm_scope);
    if (values[RTA_VIA] != nullptr) words += via_words(values[RTA_VIA]);
    words += metric_words(values[RTA_METRICS]);
    if (values[RTA_FLOW] != nullptr) words += realm_words(values[RTA_FLOW]);
    constexpr std::uint8_t kMedium = 0;  // ICMPV6_ROUTER_PREF_MEDIUM
    if (values[RTA_PREF] != nullptr && attribute_value<std::uint8_t>(values[RTA_PREF]) != kMedium)
        words += attribute_value<std::uint8_t>(values[RTA_PREF]) == 1 ? " pref high" : " pref low";
    for (int i = 1; i <= RTA_MAX; ++i) {
        const nlattr* const value = values[static_cast<std::size_t>(i)];
        if (value != nullptr && !is_usual(i)) words += fmt::format(" (attribute {} {})", i, hex(value));
    }
    return words;
}

}  // namespace

Extras unmodelled_of_address(nl_msg* message, const std::string& name) {
    Attributes<IFA_MAX + 1> values{};
    if (nlmsg_parse(nlmsg_hdr(message), sizeof(ifaddrmsg), values.data(), IFA_MAX, nullptr) < 0) return {};
    const auto header = header_of<ifaddrmsg>(message);
    Extras extras;
    if (values[IFA_LABEL] != nullptr && name != attribute_text(values[IFA_LABEL]))
        extras.words += fmt::format(" label {}", escape(attribute_text(values[IFA_LABEL])));
    if (values[IFA_BROADCAST] != nullptr)
        extras.words += fmt::format(" broadcast {}", address_text(values[IFA_BROADCAST]));
    if (header.ifa_family == AF_INET && !has_name(header.ifa_scope))
        extras.words += fmt::format(" scope {}", header.ifa_scope);
    if (values[IFA_RT_PRIORITY] != nullptr)
        extras.words += fmt::format(" metric {}", attribute_value<std::uint32_t>(values[IFA_RT_PRIORITY]));
    const auto flags =
        values[IFA_FLAGS] == nullptr ? header.ifa_flags : attribute_value<std::uint32_t>(values[IFA_FLAGS]);
    for (const auto& [flag, word] : kAddressFlags) {
        if ((flags & flag) != 0) extras.words += fmt::format(" {}", word);
    }
    const bool deprecated = (flags & IFA_F_DEPRECATED) != 0 && values[IFA_CACHEINFO] != nullptr;
    if (deprecated) extras.words += " preferred_lft 0";
    if (!extras.empty()) extras.message = payload_of(message);
    if (deprecated) deprecate(extras.message, values[IFA_CACHEINFO], message);
    return extras;
}

std::optional<Extras> unmodelled_of_route(nl_msg* message) {
    Attributes<RTA_MAX + 1> values{};
    if (nlmsg_parse(nlmsg_hdr(message), sizeof(rtmsg), values.data(), RTA_MAX, nullptr) < 0)
        return std::nullopt;
    if (values[RTA_NH_ID] != nullptr) return std::nullopt;
    if (values[RTA_CACHEINFO] != nullptr &&
        attribute_value<rta_cacheinfo>(values[RTA_CACHEINFO]).rta_expires != 0)
        return std::nullopt;
    auto header = header_of<rtmsg>(message);
    Extras extras{.words = route_words(header, values)};
    std::vector<std::uint8_t> payload = payload_of(message);
    if (values[RTA_MULTIPATH] != nullptr) {
        extras.words += next_hop_words(
            std::span(payload).subspan(offset_of(values[RTA_MULTIPATH], message),
                                       static_cast<std::size_t>(nla_len(values[RTA_MULTIPATH]))));
    }
    if (extras.empty()) return extras;
    header.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;  // the other flags only report a state
    std::memcpy(payload.data(), &header, sizeof header);
    extras.message = std::move(payload);
    return extras;
}

Extras unmodelled_of_neighbour(nl_msg* message) {
    Attributes<NDA_MAX + 1> values{};
    if (nlmsg_parse(nlmsg_hdr(message), sizeof(ndmsg), values.data(), NDA_MAX, nullptr) < 0) return {};
    Extras extras;
    if ((header_of<ndmsg>(message).ndm_flags & NTF_ROUTER) != 0) extras.words += " router";
    if (values[NDA_PROTOCOL] != nullptr)
        extras.words += fmt::format(" protocol {}", attribute_value<std::uint8_t>(values[NDA_PROTOCOL]));
    if (!extras.empty()) extras.message = payload_of(message);
    return extras;
}

NlMessage request_again(int type, int flags, const Extras& extras) {
    assert(!extras.empty());
    NlMessage request(nlmsg_alloc_simple(type, flags));
    std::vector<std::uint8_t> payload =
        extras.message;  // a copy: nlmsg_append() takes a pointer to non-const
    if (!request || nlmsg_append(request.get(), payload.data(), payload.size(), NLMSG_ALIGNTO) < 0) {
        throw Error({.subject = "rtnetlink", .cause = describe_errno(ENOMEM)});
    }
    return request;
}

}  // namespace tunlab
