#include "tunlab/wire/fragmentation.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv4_options.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tunlab {

namespace {

std::size_t pieces_of(std::size_t payload, std::size_t piece) {
    return (payload + piece - 1) / piece;
}

/// Replaces the options without the copy bit by no-operations, as Linux's ip_options_fragment() does.
void blank_first_only(MutableBytes options) {
    constexpr unsigned kCopied = 0x80;  // RFC 791 §3.1
    while (!options.empty() && options[0] != kIpv4OptionEnd) {
        const std::size_t size = options[0] == kIpv4OptionNop || options.size() == 1
                                     ? 1
                                     : std::clamp<std::size_t>(options[1], 1, options.size());
        if ((options[0] & kCopied) == 0) std::ranges::fill(options.first(size), kIpv4OptionNop);
        options = options.subspan(size);
    }
}

}  // namespace

Ipv4Fragments::Ipv4Fragments(Bytes datagram, std::size_t mtu)
    : datagram_(datagram),
      header_size_(ipv4_header_size(datagram)),
      piece_((mtu - header_size_) / kFragmentUnit * kFragmentUnit) {
    assert(datagram.size() > mtu && piece_ > 0);
}

std::size_t Ipv4Fragments::count() const {
    return pieces_of(datagram_.size() - header_size_, piece_);
}

std::size_t Ipv4Fragments::size(std::size_t index) const {
    assert(index < count());
    return header_size_ + std::min(piece_, datagram_.size() - header_size_ - index * piece_);
}

void Ipv4Fragments::write(MutableBytes out, std::size_t index) const {
    const auto whole = parse_ipv4_unverified(datagram_);
    assert(whole && out.size() >= size(index));
    std::array<std::uint8_t, kIpv4MaxOptionsSize> copy{};
    const MutableBytes options = MutableBytes(copy).first(whole->options.size());
    std::ranges::copy(whole->options, options.begin());
    if (index > 0) blank_first_only(options);

    const Bytes payload = whole->payload.subspan(index * piece_, size(index) - header_size_);
    Ipv4Packet fragment = *whole;
    fragment.options = options;
    fragment.dont_fragment = false;
    fragment.more_fragments = index + 1 < count();
    fragment.fragment_offset = static_cast<std::uint16_t>(index * piece_);
    write_ipv4_header(out, fragment, payload.size());
    std::ranges::copy(payload, out.subspan(header_size_).begin());
}

Ipv6Fragments::Ipv6Fragments(Bytes datagram, std::size_t mtu, std::uint32_t identification)
    : datagram_(datagram),
      piece_((mtu - kIpv6HeaderSize - kIpv6FragmentHeaderSize) / kFragmentUnit * kFragmentUnit),
      identification_(identification) {
    assert(datagram.size() > mtu && piece_ > 0);
}

std::size_t Ipv6Fragments::count() const {
    return pieces_of(datagram_.size() - kIpv6HeaderSize, piece_);
}

std::size_t Ipv6Fragments::size(std::size_t index) const {
    assert(index < count());
    return kIpv6HeaderSize + kIpv6FragmentHeaderSize +
           std::min(piece_, datagram_.size() - kIpv6HeaderSize - index * piece_);
}

void Ipv6Fragments::write(MutableBytes out, std::size_t index) const {
    const auto whole = parse_ipv6(datagram_);
    assert(whole && out.size() >= size(index));
    constexpr std::size_t kHeaders = kIpv6HeaderSize + kIpv6FragmentHeaderSize;
    const Bytes payload = whole->payload.subspan(index * piece_, size(index) - kHeaders);
    Ipv6Packet fragment = *whole;
    fragment.next_header = kNextFragment;
    write_ipv6_header(out, fragment, kIpv6FragmentHeaderSize + payload.size());
    write_ipv6_fragment_header(out.subspan(kIpv6HeaderSize),
                               {.next_header = whole->next_header,
                                .offset = static_cast<std::uint16_t>(index * piece_),
                                .more = index + 1 < count(),
                                .identification = identification_});
    std::ranges::copy(payload, out.subspan(kHeaders).begin());
}

}  // namespace tunlab
