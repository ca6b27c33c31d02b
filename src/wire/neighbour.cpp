#include "tunlab/wire/neighbour.hpp"

#include "tunlab/wire/icmpv6.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tunlab {

namespace {

// RFC 4861 §4.6: type and length, in units of eight octets, begin every option.
constexpr std::size_t kOptionUnit = 8;
constexpr std::size_t kOptionHeaderSize = 2;
constexpr std::uint8_t kSourceLinkLayerAddress = 1;
constexpr std::uint8_t kTargetLinkLayerAddress = 2;

}  // namespace

Ipv6Address solicited_node_group(const Ipv6Address& address) {
    const auto& ip = address.bytes();
    return Ipv6Address({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, ip[13], ip[14], ip[15]});
}

Parsed<NeighbourSolicitation> parse_neighbour_solicitation(const IcmpMessage& message) {
    if (message.code != 0) return Defect::BadFormat;
    if (message.data.size() < Ipv6Address::kSize) return Defect::Truncated;
    NeighbourSolicitation solicitation{.target = Ipv6Address::from_bytes(message.data), .source_mac = {}};
    if (solicitation.target.is_multicast()) return Defect::BadFormat;
    for (Bytes options = message.data.subspan(Ipv6Address::kSize); !options.empty();) {
        if (options.size() < kOptionHeaderSize) return Defect::BadLength;
        const std::size_t size = options[1] * kOptionUnit;
        if (size == 0 || size > options.size()) return Defect::BadLength;
        if (options[0] == kSourceLinkLayerAddress && !solicitation.source_mac) {
            if (size != kOptionUnit) return Defect::BadLength;
            solicitation.source_mac = MacAddress::from_bytes(options.subspan(kOptionHeaderSize));
        }
        options = options.subspan(size);
    }
    return solicitation;
}

void write_neighbour_advertisement(MutableBytes out, const NeighbourAdvertisement& advertisement,
                                   const Ipv6Address& source, const Ipv6Address& destination) {
    assert(out.size() >= kNeighbourAdvertisementSize);
    std::array<std::uint8_t, kNeighbourAdvertisementSize - kIcmpHeaderSize> data{};
    std::ranges::copy(advertisement.target.bytes(), data.begin());
    const MutableBytes option = MutableBytes(data).subspan(Ipv6Address::kSize);
    option[0] = kTargetLinkLayerAddress;
    option[1] = 1;  // unit of eight octets
    std::ranges::copy(advertisement.target_mac.bytes(), option.subspan(kOptionHeaderSize).begin());
    write_icmpv6(
        out,
        {.type = kIcmpv6NeighbourAdvertisement, .rest_of_header = advertisement.flags, .data = Bytes(data)},
        source, destination);
}

}  // namespace tunlab
