#pragma once
// What the tests of the plan share: addresses and routes as a profile that says no more of them gets them.

#include "tunlab/plan/state.hpp"

#include <string_view>

#include "lab_support.hpp"

namespace tunlab::test {

inline RouteConfig route_to(std::string_view destination) {
    RouteConfig route{
        .destination = prefix(destination), .via = {}, .source = {}, .table = kMainTable, .mtu = {}};
    if (route.destination.family() == Family::V6) {
        route.metric = kDefaultIpv6Metric;
    } else {
        route.scope = Scope::Link;
    }
    return route;
}

inline AddressConfig address(std::string_view text) {
    const IpPrefix local = prefix(text);
    return {.address = local, .nodad = local.family() == Family::V6};
}

}  // namespace tunlab::test
