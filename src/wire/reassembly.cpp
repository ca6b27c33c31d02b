#include "tunlab/wire/reassembly.hpp"

#include "tunlab/wire/ipv4.hpp"
#include "tunlab/wire/ipv6.hpp"
#include "tunlab/wire/ipv6_extension.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace tunlab {

namespace {

// What keeping costs besides the bytes: nodes of maps and lists, vectors, and what the allocator adds.
constexpr std::size_t kPieceCost = 160;
constexpr std::size_t kDatagramCost = 640;

// Bits for the ECN codepoints that fragments came with (RFC 3168 §5).
constexpr unsigned kSeenNotCapable = 1U << 0U;
constexpr unsigned kSeenCongestion = 1U << kEcnCongestionExperienced;

using Pieces = std::map<std::size_t, std::vector<std::uint8_t>>;

enum class Cover { Nothing, All, Part };

/// Whether what `pieces` hold of the range of `payload` at `offset` is nothing, all of it with the same
/// bytes, or something else.
Cover cover_of(const Pieces& pieces, std::size_t offset, Bytes payload) {
    const std::size_t end = offset + payload.size();
    auto piece = pieces.upper_bound(offset);
    if (piece != pieces.begin()) --piece;
    std::size_t position = offset;
    for (; piece != pieces.end() && piece->first < end; ++piece) {
        const std::size_t piece_end = piece->first + piece->second.size();
        if (piece_end <= position) continue;
        if (piece->first > position) return Cover::Part;
        const std::size_t until = std::min(piece_end, end);
        const Bytes there = Bytes(piece->second).subspan(position - piece->first, until - position);
        const Bytes here = payload.subspan(position - offset, until - position);
        if (!std::ranges::equal(there, here)) return Cover::Part;
        position = until;
    }
    if (position == offset) return Cover::Nothing;
    return position == end ? Cover::All : Cover::Part;
}

std::size_t cost_of(std::size_t head_size, std::size_t payload_size) {
    return kPieceCost + head_size + payload_size;
}

}  // namespace

Reassembled Reassembler::add_ipv4(Bytes packet, LinkDestination link_destination, Time now) {
    const auto ip = parse_ipv4_unverified(packet);
    assert(ip && ip->is_fragment());
    Fragment fragment{.key = {.source = ip->source,
                              .destination = ip->destination,
                              .identification = ip->identification,
                              .protocol = ip->protocol},
                      .head = packet.first(ipv4_header_size(*ip)),
                      .payload = ip->payload,
                      .offset = ip->fragment_offset,
                      .more = ip->more_fragments,
                      .dont_fragment = ip->dont_fragment,
                      .ecn = static_cast<unsigned>(ip->tos & kEcnMask),
                      .link_destination = link_destination};
    if (fragment.more)
        fragment.payload = fragment.payload.first(fragment.payload.size() / kFragmentUnit * kFragmentUnit);
    const Whole whole = add(fragment, now);
    if (whole.outcome != FragmentOutcome::Complete) return {.outcome = whole.outcome};
    if (whole.bytes.size() > kIpv4MaxSize) return {.outcome = FragmentOutcome::BadLength};

    const MutableBytes out = whole.bytes;
    if (whole.congestion) out[kIpv4TosOffset] |= kEcnCongestionExperienced;
    store_be16(out, kIpv4TotalLengthOffset, static_cast<std::uint16_t>(out.size()));
    store_be16(out, kIpv4FragmentOffset, whole.dont_fragment ? kIpv4DontFragment : std::uint16_t{0});
    update_ipv4_checksum(out);
    return {
        .outcome = FragmentOutcome::Complete, .link_destination = whole.link_destination, .datagram = out};
}

Reassembled Reassembler::add_ipv6(Bytes packet, std::size_t fragment_offset, std::size_t named_at,
                                  LinkDestination link_destination, Time now) {
    const auto ip = parse_ipv6(packet);
    const auto header = parse_ipv6_fragment_header(packet.subspan(fragment_offset));
    assert(ip && header && !header->is_atomic());
    const std::size_t size = kIpv6HeaderSize + ip->payload.size() - fragment_offset - kIpv6FragmentHeaderSize;
    // RFC 8200 §4.5 has both dropped with a parameter problem, and says nothing against the others.
    if (header->more && size % kFragmentUnit != 0) return {.outcome = FragmentOutcome::BadUnit};
    const std::size_t other_headers = fragment_offset - kIpv6HeaderSize;
    if (other_headers + header->offset + size > kIpv6MaxPayloadSize)
        return {.outcome = FragmentOutcome::BadUnit};

    std::vector<std::uint8_t> head;
    if (header->offset == 0) {
        head.assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(fragment_offset));
        head[named_at] = header->next_header;
    }
    const Whole whole = add({.key = {.source = ip->source,
                                     .destination = ip->destination,
                                     .identification = header->identification},
                             .head = head,
                             .payload = header->payload.first(size),
                             .offset = header->offset,
                             .more = header->more,
                             .ecn = static_cast<unsigned>(ip->traffic_class & kEcnMask),
                             .link_destination = link_destination},
                            now);
    if (whole.outcome != FragmentOutcome::Complete) return {.outcome = whole.outcome};
    const std::size_t payload_size = whole.bytes.size() - kIpv6HeaderSize;
    if (payload_size > kIpv6MaxPayloadSize) return {.outcome = FragmentOutcome::BadLength};

    // The traffic class begins in the middle of the first octet.
    constexpr unsigned kEcnInSecondOctet = unsigned{kEcnCongestionExperienced} << 4U;
    if (whole.congestion) whole.bytes[1] |= kEcnInSecondOctet;
    store_be16(whole.bytes, kIpv6PayloadLengthOffset, static_cast<std::uint16_t>(payload_size));
    return {.outcome = FragmentOutcome::Complete,
            .link_destination = whole.link_destination,
            .datagram = whole.bytes};
}

Reassembler::Whole Reassembler::add(const Fragment& fragment, Time now) {
    const auto datagram = datagram_of(fragment.key, now);
    empty_if_too_far(*datagram);
    const FragmentOutcome outcome = place(*datagram, fragment);
    switch (outcome) {
        case FragmentOutcome::Held:
        case FragmentOutcome::Duplicate:
        case FragmentOutcome::BadUnit: break;
        case FragmentOutcome::Complete: {
            const Whole whole = assemble(*datagram);
            forget(datagram);
            return whole;
        }
        case FragmentOutcome::Overlap:
        case FragmentOutcome::BadLength:
        case FragmentOutcome::BadEcn: forget(datagram); return {.outcome = outcome};
    }
    // The datagram that has just grown may itself be among the oldest.
    while (bytes_kept_ > kMaxBytes) {
        forget(datagrams_.begin());
    }
    return {.outcome = outcome};
}

Reassembler::Datagrams::iterator Reassembler::datagram_of(const Key& key, Time now) {
    const auto is_expired = [now](const Datagram& datagram) {
        const bool v4 = datagram.key.source.family() == Family::V4;
        return now - datagram.since >= (v4 ? kIpv4Timeout : kIpv6Timeout);
    };
    while (!datagrams_.empty() && is_expired(datagrams_.front())) {
        forget(datagrams_.begin());
    }
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
        if (!is_expired(*known->second)) return known->second;
        forget(known->second);
    }
    datagrams_.push_back({.key = key, .since = now, .cost = kDatagramCost});
    bytes_kept_ += kDatagramCost;
    ++peers_[key.source].datagrams;
    const auto datagram = std::prev(datagrams_.end());
    by_key_.emplace(key, datagram);
    return datagram;
}

/// As Linux's ip_frag_too_far(); IPv6's identifications are long enough.
void Reassembler::empty_if_too_far(Datagram& datagram) {
    if (datagram.key.source.family() == Family::V6) return;
    const std::uint32_t number = ++peers_[datagram.key.source].fragments;
    const bool too_far = !datagram.pieces.empty() && number - datagram.arrived_as > kMaxDistance;
    if (too_far) {
        bytes_kept_ -= datagram.cost - kDatagramCost;
        datagram = {.key = datagram.key, .since = datagram.since, .cost = kDatagramCost};
    }
    datagram.arrived_as = number;
}

FragmentOutcome Reassembler::place(Datagram& datagram, const Fragment& fragment) {
    const std::size_t end = fragment.offset + fragment.payload.size();
    if (fragment.payload.empty()) return FragmentOutcome::BadLength;
    if (!fragment.more && (end < datagram.end || (datagram.has_last && end != datagram.end)))
        return FragmentOutcome::BadLength;
    if (fragment.more && end > datagram.end && datagram.has_last) return FragmentOutcome::BadLength;
    switch (cover_of(datagram.pieces, fragment.offset, fragment.payload)) {
        case Cover::Nothing: break;
        case Cover::All:
            // A duplicate may still be the first that says where the datagram ends.
            datagram.has_last = datagram.has_last || !fragment.more;
            return datagram.is_complete() ? FragmentOutcome::Complete : FragmentOutcome::Duplicate;
        case Cover::Part: return FragmentOutcome::Overlap;
    }
    datagram.has_last = datagram.has_last || !fragment.more;
    datagram.end = std::max(datagram.end, end);
    datagram.received += fragment.payload.size();
    datagram.ecn_seen |= 1U << fragment.ecn;
    const std::size_t size = fragment.head.size() + fragment.payload.size();
    datagram.largest = std::max(datagram.largest, size);
    if (fragment.dont_fragment)
        datagram.largest_dont_fragment = std::max(datagram.largest_dont_fragment, size);
    const bool first = fragment.offset == 0;
    if (first) {
        datagram.head.assign(fragment.head.begin(), fragment.head.end());
        datagram.link_destination = fragment.link_destination;
    }
    datagram.pieces.emplace(fragment.offset,
                            std::vector<std::uint8_t>(fragment.payload.begin(), fragment.payload.end()));
    const std::size_t cost = cost_of(first ? fragment.head.size() : 0, fragment.payload.size());
    datagram.cost += cost;
    bytes_kept_ += cost;
    return datagram.is_complete() ? FragmentOutcome::Complete : FragmentOutcome::Held;
}

Reassembler::Whole Reassembler::assemble(const Datagram& datagram) {
    // RFC 3168 §5.3: fragments with and without ECN-capable transport don't belong together.
    if ((datagram.ecn_seen & kSeenNotCapable) != 0 && datagram.ecn_seen != kSeenNotCapable)
        return {.outcome = FragmentOutcome::BadEcn};
    assembled_ = datagram.head;
    for (const auto& [offset, bytes] : datagram.pieces) {
        assembled_.insert(assembled_.end(), bytes.begin(), bytes.end());
    }
    return {.outcome = FragmentOutcome::Complete,
            .bytes = assembled_,
            .dont_fragment = datagram.largest_dont_fragment == datagram.largest,
            .congestion = (datagram.ecn_seen & kSeenCongestion) != 0,
            .link_destination = datagram.link_destination};
}

void Reassembler::forget(Datagrams::iterator datagram) {
    bytes_kept_ -= datagram->cost;
    const auto peer = peers_.find(datagram->key.source);
    if (--peer->second.datagrams == 0) peers_.erase(peer);
    by_key_.erase(datagram->key);
    datagrams_.erase(datagram);
}

}  // namespace tunlab
