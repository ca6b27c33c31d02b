#include "tunlab/lab/path.hpp"

#include <algorithm>

namespace tunlab {

ForwardResult forward(std::span<const Hop> path, std::uint8_t ttl, std::size_t size,
                      Fragmenting fragmenting) {
    ForwardResult result;
    for (const auto& hop : path) {
        ++result.hops;
        result.delay += hop.delay;
        if (ttl <= result.hops) {
            result.end = ForwardResult::End::Expired;
            return result;
        }
        if (fragmenting == Fragmenting::Forbidden && hop.mtu && size > *hop.mtu) {
            result.end = ForwardResult::End::TooBig;
            return result;
        }
    }
    return result;
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
