#include "tunlab/lab/path.hpp"

#include <algorithm>

namespace tunlab {

Journey travel(std::span<const Hop> path, std::uint8_t ttl, std::size_t size, Cutting cutting) {
    Journey journey;
    for (const auto& hop : path) {
        ++journey.hops;
        journey.delay += hop.delay;
        if (ttl <= journey.hops) {
            journey.end = Journey::End::Expired;
            return journey;
        }
        if (cutting == Cutting::Forbidden && hop.mtu && size > *hop.mtu) {
            journey.end = Journey::End::TooBig;
            return journey;
        }
    }
    return journey;
}

std::size_t path_mtu(std::span<const Hop> path, std::size_t mtu) {
    for (const auto& hop : path) {
        if (hop.mtu) mtu = std::min<std::size_t>(mtu, *hop.mtu);
    }
    return mtu;
}

std::uint8_t ttl_after(std::uint8_t ttl, std::size_t hops) {
    return hops < ttl ? static_cast<std::uint8_t>(ttl - hops) : std::uint8_t{1};
}

}  // namespace tunlab
