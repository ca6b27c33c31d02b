#pragma once
// The options of an IPv4 header (RFC 791 §3.1) as the packet's destination processes them: record route and
// timestamp are updated and returned with the reply (RFC 1122 §3.2.2.6), others are not.

#include "tunlab/base/address.hpp"
#include "tunlab/base/bytes.hpp"
#include "tunlab/wire/parsed.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tunlab {

constexpr std::size_t kIpv4MaxOptionsSize = 40;

// The option types that are one octet (RFC 791 §3.1); the others state their length in the second.
constexpr std::uint8_t kIpv4OptionEnd = 0;
constexpr std::uint8_t kIpv4OptionNop = 1;

/// The options of a packet, found and checked. Absent ones are empty.
struct Ipv4Options {
    Bytes record_route{};  ///< from its type octet to the end of its data
    Bytes timestamp{};     ///< likewise
    bool source_route = false;
};

/// Reads options with the checks of Linux's ip_options_compile() and __ip_options_echo(): an option that
/// overruns the header, has a pointer that can't be or leaves room for a part of an entry, a timestamp whose
/// overflow counter is at its end, and a record route, timestamp or source route that is there twice are
/// BadFormat. So are a router alert of less than 4 bytes and any commercial security option, whose labels
/// need a configured domain. What follows an end-of-options octet is ignored. No-operations, security, stream
/// id and unknown options are skipped.
[[nodiscard]] Parsed<Ipv4Options> parse_ipv4_options(Bytes options);

/// Options for a reply: `size` bytes, a multiple of 4.
struct Ipv4ReplyOptions {
    std::array<std::uint8_t, kIpv4MaxOptionsSize> bytes{};
    std::size_t size = 0;

    [[nodiscard]] Bytes view() const { return Bytes(bytes).first(size); }
};

/// The options of the reply to a packet with `options`, as parse_ipv4_options() gave them: record route, then
/// timestamp, each with what the host `self` records in it, then end-of-options octets up to a multiple of 4.
/// A full record route returns as it came, a full timestamp with one more in its overflow counter. Of a
/// timestamp with prespecified addresses, the time is recorded if the one pointed at is `self`; Linux does so
/// for any address that is not another host's, such as 0.0.0.0. `time_of_day` is in milliseconds since
/// midnight UT.
///
/// `self` is recorded once: RFC 1122 §3.2.2.6 has an option "updated to include the current host". Linux
/// records on receipt, and in what is left of the room once more on sending.
[[nodiscard]] Ipv4ReplyOptions reply_options(const Ipv4Options& options, const Ipv4Address& self,
                                             std::uint32_t time_of_day);

}  // namespace tunlab
