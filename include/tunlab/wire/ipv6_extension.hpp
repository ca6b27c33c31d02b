#pragma once
// IPv6 extension headers (RFC 8200 §4), one at a time. The order in which they may follow is checked where a
// host processes them (lab/header_chain.hpp).

#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <cstdint>

namespace tunlab {

// Next header values (IANA); those of upper layers are in wire/ip.hpp.
constexpr std::uint8_t kNextHopByHop = 0;
constexpr std::uint8_t kNextRouting = 43;
constexpr std::uint8_t kNextFragment = 44;
constexpr std::uint8_t kNextNone = 59;
constexpr std::uint8_t kNextDestination = 60;

/// A hop-by-hop, destination options or routing header: their first two octets are alike.
struct ExtensionHeader {
    std::uint8_t next_header = 0;
    Bytes body{};  ///< what stands between the first two octets and the next header
    Bytes rest{};  ///< the next header and all behind it
};

/// Fewer than 8 bytes: Truncated. A stated length beyond the bytes: BadLength.
[[nodiscard]] Parsed<ExtensionHeader> parse_extension_header(Bytes bytes);

enum class Ipv6OptionsVerdict {
    Skip,       ///< nothing in them keeps the packet from being processed
    Discard,    ///< an unknown option asks for the packet to be discarded (RFC 8200 §4.2)
    Malformed,  ///< an option overruns the header, or the padding is not padding
};

enum class Ipv6OptionsIn { HopByHop, Destination };

/// Judges the options in the `body` of such a header as Linux's ip6_parse_tlv() does: Pad1 and PadN are
/// known, padding of more than 7 bytes on end or other than zeros is malformed, and so are more than 8
/// options that are no padding. In hop-by-hop options three more are looked at: a router alert has 2 bytes
/// (RFC 2711), an IOAM option begins at a multiple of 4 (RFC 9486), and a CALIPSO label (RFC 5570)
/// needs a configured domain; otherwise they are malformed. For all others the top two bits decide: 00 is to
/// skip.
[[nodiscard]] Ipv6OptionsVerdict judge_ipv6_options(Bytes body, Ipv6OptionsIn where);

/// What all types of routing header share (RFC 8200 §4.4).
struct RoutingHeader {
    std::uint8_t length = 0;  ///< in units of eight bytes, the first eight not included
    std::uint8_t type = 0;
    std::uint8_t segments_left = 0;
};
/// Precondition: `header` was parsed by parse_extension_header().
[[nodiscard]] RoutingHeader routing_header_of(const ExtensionHeader& header);

constexpr std::size_t kIpv6FragmentHeaderSize = 8;

struct Ipv6FragmentHeader {
    std::uint8_t next_header = 0;
    std::uint16_t offset = 0;  ///< bytes, not units of eight
    bool more = false;
    std::uint32_t identification = 0;
    Bytes payload{};  ///< what follows

    /// RFC 6946: a fragment header on what is no fragment at all.
    [[nodiscard]] bool is_atomic() const { return offset == 0 && !more; }
};

/// Fewer than 8 bytes: Truncated. Reserved bits are not looked at (RFC 8200 §4.5).
[[nodiscard]] Parsed<Ipv6FragmentHeader> parse_ipv6_fragment_header(Bytes bytes);

/// Writes the 8 bytes of the header; the payload is not touched.
/// Preconditions: out.size() >= 8; offset is a multiple of 8.
void write_ipv6_fragment_header(MutableBytes out, const Ipv6FragmentHeader& header);

/// Whether `bytes`, which begin with a header of kind `next_header`, hold the whole chain of headers up to
/// and with that of the upper layer, which RFC 8200 §4.5 asks of a first fragment: of TCP the fixed header,
/// of UDP and ICMPv6 8 bytes, of anything else one byte, as in Linux's ipv6frag_thdr_truncated(). (Linux lets
/// a fragment pass whose bytes end right before one more extension header.)
[[nodiscard]] bool holds_upper_layer_header(Bytes bytes, std::uint8_t next_header);

}  // namespace tunlab
