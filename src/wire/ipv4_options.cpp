#include "tunlab/wire/ipv4_options.hpp"

#include <algorithm>

namespace tunlab {

namespace {

// Option types with their copy bit, class and number (RFC 791 §3.1; IANA).
constexpr std::uint8_t kRecordRoute = 7;
constexpr std::uint8_t kTimestamp = 68;
constexpr std::uint8_t kLooseSourceRoute = 131;
constexpr std::uint8_t kCommercialSecurity = 134;
constexpr std::uint8_t kStrictSourceRoute = 137;
constexpr std::uint8_t kRouterAlert = 148;

// Inside an option.
constexpr std::size_t kLengthOffset = 1;
constexpr std::size_t kPointerOffset = 2;
constexpr std::size_t kFlagsOffset = 3;  // of a timestamp: overflow counter and flag
constexpr std::size_t kRouteDataOffset = 3;
constexpr std::size_t kTimestampDataOffset = 4;
constexpr std::size_t kWord = 4;  // an address, or a time

constexpr unsigned kFlagMask = 0x0f;
constexpr unsigned kOverflowShift = 4;
constexpr unsigned kMaxOverflow = 15;

/// What a timestamp option asks to be recorded: its flag.
enum class Recorded : std::uint8_t { Times = 0, AddressesAndTimes = 1, TimesOfNamed = 3 };

Recorded recorded_by(Bytes timestamp) {
    return static_cast<Recorded>(timestamp[kFlagsOffset] & kFlagMask);
}

/// The pointer counts from 1, at the option's first octet; beyond the option it says that the option is full.
bool is_full(Bytes option) {
    return option[kPointerOffset] > option.size();
}

/// The bytes from the pointer to the end of an option that is not full.
std::size_t space_in(Bytes option) {
    return option.size() + 1U - option[kPointerOffset];
}

/// Whether one more entry fits, and exactly that one or another one as well: otherwise Linux's
/// __ip_options_echo() gives no reply.
bool fits_entry(Bytes option, std::size_t entry) {
    const std::size_t space = space_in(option);
    return space == entry || space >= 2 * entry;
}

bool is_sound_route(Bytes option) {
    if (option.size() < kRouteDataOffset || option[kPointerOffset] <= kRouteDataOffset) return false;
    return is_full(option) || fits_entry(option, kWord);
}

bool is_sound_timestamp(Bytes option) {
    if (option.size() < kTimestampDataOffset || option[kPointerOffset] <= kTimestampDataOffset) return false;
    const Recorded recorded = recorded_by(option);
    if (is_full(option))
        return recorded == Recorded::TimesOfNamed || option[kFlagsOffset] >> kOverflowShift < kMaxOverflow;
    switch (recorded) {
        case Recorded::Times: return fits_entry(option, kWord);
        case Recorded::AddressesAndTimes: return fits_entry(option, 2 * kWord);
        case Recorded::TimesOfNamed: return space_in(option) >= 2 * kWord;
    }
    return space_in(option) >= kWord;  // a flag that RFC 791 does not have: nothing will be recorded
}

/// Takes in one option of more than one octet. False if it is malformed.
bool take(Bytes option, Ipv4Options& found) {
    switch (option[0]) {
        case kRecordRoute:
            if (!found.record_route.empty() || !is_sound_route(option)) return false;
            found.record_route = option;
            return true;
        case kTimestamp:
            if (!found.timestamp.empty() || !is_sound_timestamp(option)) return false;
            found.timestamp = option;
            return true;
        case kLooseSourceRoute:
        case kStrictSourceRoute:
            if (found.source_route || option.size() < kRouteDataOffset ||
                option[kPointerOffset] <= kRouteDataOffset)
                return false;
            found.source_route = true;
            return true;
        case kRouterAlert: return option.size() >= 4;  // RFC 2113 §2.1
        case kCommercialSecurity: return false;        // as cipso_v4_validate() without a known domain
        default: return true;
    }
}

void record_address(MutableBytes option, const Ipv4Address& self) {
    std::ranges::copy(self.bytes(), option.subspan(option[kPointerOffset] - 1U).begin());
    option[kPointerOffset] += kWord;
}

void record_time(MutableBytes option, std::uint32_t time_of_day) {
    store_be32(option, option[kPointerOffset] - 1U, time_of_day);
    option[kPointerOffset] += kWord;
}

void update_route(MutableBytes option, const Ipv4Address& self) {
    if (!is_full(option)) record_address(option, self);
}

void update_timestamp(MutableBytes option, const Ipv4Address& self, std::uint32_t time_of_day) {
    constexpr std::uint8_t kOneOverflow = 1U << kOverflowShift;
    const Recorded recorded = recorded_by(option);
    if (is_full(option)) {
        if (recorded != Recorded::TimesOfNamed) option[kFlagsOffset] += kOneOverflow;
        return;
    }
    switch (recorded) {
        case Recorded::Times: return record_time(option, time_of_day);
        case Recorded::AddressesAndTimes:
            record_address(option, self);
            return record_time(option, time_of_day);
        case Recorded::TimesOfNamed:
            if (Ipv4Address::from_bytes(Bytes(option).subspan(option[kPointerOffset] - 1U)) != self) return;
            record_address(option, self);
            return record_time(option, time_of_day);
    }
}

}  // namespace

Parsed<Ipv4Options> parse_ipv4_options(Bytes options) {
    Ipv4Options found;
    while (!options.empty() && options[0] != kIpv4OptionEnd) {
        if (options[0] == kIpv4OptionNop) {
            options = options.subspan(1);
            continue;
        }
        if (options.size() <= kLengthOffset) return Defect::BadFormat;
        const std::size_t size = options[kLengthOffset];
        if (size <= kLengthOffset || size > options.size()) return Defect::BadFormat;
        if (!take(options.first(size), found)) return Defect::BadFormat;
        options = options.subspan(size);
    }
    return found;
}

Ipv4ReplyOptions reply_options(const Ipv4Options& options, const Ipv4Address& self,
                               std::uint32_t time_of_day) {
    Ipv4ReplyOptions reply;
    const auto append = [&](Bytes option) {
        const MutableBytes copy = MutableBytes(reply.bytes).subspan(reply.size, option.size());
        std::ranges::copy(option, copy.begin());
        reply.size += option.size();
        return copy;
    };
    if (!options.record_route.empty()) update_route(append(options.record_route), self);
    if (!options.timestamp.empty()) update_timestamp(append(options.timestamp), self, time_of_day);
    reply.size = (reply.size + kWord - 1) / kWord * kWord;
    return reply;
}

}  // namespace tunlab
