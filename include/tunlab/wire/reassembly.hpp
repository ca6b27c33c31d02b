#pragma once
// Reassembly of fragments (RFC 791 §3.2, RFC 815; RFC 8200 §4.5), with what is kept bounded in bytes and in
// time.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace tunlab {

enum class FragmentOutcome {
    Held,       ///< kept: the datagram is not complete
    Complete,   ///< the datagram is complete, and no longer kept
    Duplicate,  ///< the same bytes are kept already: ignored
    Overlap,    ///< overlaps in part or with other bytes: the whole datagram is dropped (RFC 5722)
    BadLength,  ///< empty, beyond the datagram's end, a second end, or IPv4 beyond 65,535 bytes: datagram
                ///< dropped
    BadUnit,    ///< IPv6: not the last one and no multiple of 8 bytes, or beyond 65,535 bytes: ignored
    BadEcn,     ///< a mix of ECN codepoints that RFC 3168 §5.3 forbids: datagram dropped
};

/// The link-layer destination of a packet. What came to a group, broadcast or multicast, may have to go
/// unanswered.
enum class LinkDestination { Unicast, Group };

struct Reassembled {
    FragmentOutcome outcome{};
    LinkDestination
        link_destination{};  ///< when Complete: of the first fragment, which decides, as with Linux
    /// When Complete: the datagram as if it had never been cut, header included, with right lengths and
    /// header checksum. Valid until the reassembler is used again.
    Bytes datagram{};
};

class Reassembler {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Limit on the memory used, bookkeeping included. When a new fragment exceeds it, the oldest datagrams
    /// are dropped.
    static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
    static constexpr std::chrono::seconds kIpv4Timeout{30};  // as Linux's ipfrag_time
    /// With more fragments from the same source than this between two of one IPv4 datagram, the earlier one
    /// is dropped: the identification may have wrapped to another datagram (Linux's ipfrag_max_dist).
    static constexpr std::uint32_t kMaxDistance = 64;
    static constexpr std::chrono::seconds kIpv6Timeout{60};  // RFC 8200 §4.5

    /// `packet` is one IPv4 fragment, header and options included; bytes behind its total length are not
    /// looked at. A fragment that is not the last and no multiple of 8 bytes long counts without what
    /// is over, as with Linux. TOS: the first fragment's, and its ECN field is joined from all.
    /// Precondition: parse_ipv4_unverified(packet) holds and is_fragment().
    [[nodiscard]] Reassembled add_ipv4(Bytes packet, LinkDestination link_destination, Time now);

    /// `packet` is one IPv6 packet; its fragment header begins at `fragment_offset`, and the octet that names
    /// it as the next header is at `named_at`. The datagram has the headers of the first fragment without
    /// the fragment header.
    /// Preconditions: parse_ipv6(packet) and parse_ipv6_fragment_header() of what is there hold; the
    /// fragment is not atomic.
    [[nodiscard]] Reassembled add_ipv6(Bytes packet, std::size_t fragment_offset, std::size_t named_at,
                                       LinkDestination link_destination, Time now);

    /// Never more than kMaxBytes.
    [[nodiscard]] std::size_t bytes_kept() const { return bytes_kept_; }
    [[nodiscard]] std::size_t datagrams_kept() const { return datagrams_.size(); }

private:
    struct Key {
        IpAddress source;
        IpAddress destination;
        std::uint32_t identification = 0;
        std::uint8_t protocol = 0;  ///< IPv4's; RFC 8200 does not count it in
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    /// One fragment, as both versions have it.
    struct Fragment {
        Key key;
        Bytes head;  ///< the bytes before the payload
        Bytes payload;
        std::size_t offset = 0;
        bool more = false;
        bool dont_fragment = false;
        unsigned ecn = 0;
        LinkDestination link_destination{};
    };
    struct Datagram {
        Key key;
        Time since{};
        std::vector<std::uint8_t> head{};                           // of the first fragment
        std::map<std::size_t, std::vector<std::uint8_t>> pieces{};  // of the payload, by offset; none overlap
        std::size_t received = 0;                                   // bytes in them
        std::size_t end = 0;                                        // how far they, or the last one, reach
        bool has_last = false;
        std::size_t cost = 0;     // as part of bytes_kept_
        std::size_t largest = 0;  // fragment, head included
        std::size_t largest_dont_fragment = 0;
        unsigned ecn_seen = 0;               // a bit for each codepoint
        LinkDestination link_destination{};  // of the first fragment
        std::uint32_t arrived_as = 0;        // its last fragment, counted among those from its source

        [[nodiscard]] bool is_complete() const { return has_last && received == end; }
    };
    using Datagrams = std::list<Datagram>;  // the oldest first

    /// A complete datagram whose headers do not yet state its length.
    struct Whole {
        FragmentOutcome outcome{};
        MutableBytes bytes{};
        bool dont_fragment = false;
        bool congestion = false;  ///< RFC 3168 §5.3: experienced by some fragment
        LinkDestination link_destination{};
    };

    /// A source of IPv4 fragments some of which are kept.
    struct Peer {
        std::uint32_t fragments = 0;  // come since there was one kept
        std::size_t datagrams = 0;    // kept
    };

    [[nodiscard]] Whole add(const Fragment& fragment, Time now);
    [[nodiscard]] Datagrams::iterator datagram_of(const Key& key, Time now);
    [[nodiscard]] FragmentOutcome place(Datagram& datagram, const Fragment& fragment);
    [[nodiscard]] Whole assemble(const Datagram& datagram);
    void empty_if_too_far(Datagram& datagram);
    void forget(Datagrams::iterator datagram);

    Datagrams datagrams_;
    std::map<Key, Datagrams::iterator> by_key_;
    std::map<IpAddress, Peer> peers_;
    std::size_t bytes_kept_ = 0;
    std::vector<std::uint8_t> assembled_;
};

}  // namespace tunlab
