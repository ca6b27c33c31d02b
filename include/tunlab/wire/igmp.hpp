#pragma once
// IGMP, in what tunlab says of it (RFC 2236, RFC 3376).

#include <cstddef>
#include <cstdint>

namespace tunlab {

constexpr std::uint8_t kIgmpQuery = 0x11;
constexpr std::uint8_t kIgmpReportV1 = 0x12;
constexpr std::uint8_t kIgmpReportV2 = 0x16;
constexpr std::uint8_t kIgmpLeave = 0x17;
constexpr std::uint8_t kIgmpReportV3 = 0x22;

constexpr std::size_t kIgmpMinSize = 8;          // of all messages of versions 1 and 2
constexpr std::size_t kIgmpQueryV3MinSize = 12;  // RFC 3376 §7.1: told apart by size
constexpr std::size_t kIgmpMaxResponseTimeOffset = 1;
constexpr std::size_t kIgmpGroupOffset = 4;
constexpr std::size_t kIgmpRecordCountOffset = 6;  // of a report of version 3 (RFC 3376 §4.2)

}  // namespace tunlab
