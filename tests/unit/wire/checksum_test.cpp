#include "tunlab/wire/checksum.hpp"

#include <cstdint>
#include <random>
#include <vector>

#include "support.hpp"
#include <doctest/doctest.h>

using tunlab::Bytes;
using tunlab::InternetChecksum;
using tunlab::Ipv4Address;
using tunlab::Ipv6Address;
using tunlab::pseudo_header;
using tunlab::test::from_hex;

namespace {

/// RFC 1071 §4.1, word by word: slow, and plainly right.
std::uint16_t plain_checksum(Bytes bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(~sum & 0xffff);
}

std::vector<std::uint8_t> random_bytes(std::mt19937& random, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    return bytes;
}

}  // namespace

TEST_CASE("the checksum is that of RFC 1071's example") {
    // §3: 0001 + f203 + f4f5 + f6f7 = 2ddf0, folded ddf2
    CHECK(InternetChecksum().add(from_hex("0001 f203 f4f5 f6f7")).value() == 0x220d);
}

TEST_CASE("the checksum of nothing is that of zeros") {
    CHECK(InternetChecksum().value() == 0xffff);
    CHECK(InternetChecksum().add(Bytes()).value() == 0xffff);
    CHECK(InternetChecksum().add(from_hex("0000 0000 0000 0000 00")).value() == 0xffff);
}

TEST_CASE("an odd last byte counts as the high half of a word") {
    CHECK(InternetChecksum().add(from_hex("ab")).value() == 0x54ff);
    CHECK(InternetChecksum().add(from_hex("0001 f2")).value() ==
          InternetChecksum().add(from_hex("0001 f200")).value());
}

TEST_CASE("over bytes that hold a right checksum the value is 0") {
    // an IPv4 header: 20 bytes, ttl 64, ICMP, 10.0.1.1 to 10.0.1.2, checksum 0x64a6
    CHECK(InternetChecksum().add(from_hex("45000054 00010000 400164a6 0a000101 0a000102")).value() == 0);
    // the same with the field left 0
    CHECK(InternetChecksum().add(from_hex("45000054 00010000 40010000 0a000101 0a000102")).value() == 0x64a6);
}

TEST_CASE("all ones carry to the end, however many there are") {
    for (const std::size_t size : {1U, 2U, 7U, 8U, 9U, 1500U, 65534U, 65535U}) {
        const std::vector<std::uint8_t> ones(size, 0xff);
        CAPTURE(size);
        CHECK(InternetChecksum().add(ones).value() == plain_checksum(ones));
    }
}

TEST_CASE("every size and every alignment gives what the plain sum gives") {
    std::mt19937 random(2);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in every run
    const auto bytes = random_bytes(random, 200);
    for (std::size_t start = 0; start < 9; ++start) {
        for (std::size_t size = 0; start + size <= bytes.size(); ++size) {
            const Bytes part = Bytes(bytes).subspan(start, size);
            REQUIRE(InternetChecksum().add(part).value() == plain_checksum(part));
        }
    }
}

TEST_CASE("large pieces give what the plain sum gives") {
    std::mt19937 random(3);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in every run
    for (const std::size_t size : {1499U, 1500U, 8192U, 65533U, 65534U, 65535U}) {
        const auto bytes = random_bytes(random, size);
        CHECK(InternetChecksum().add(bytes).value() == plain_checksum(bytes));
    }
}

TEST_CASE("pieces of even size add up to the whole") {
    std::mt19937 random(4);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes in every run
    const auto bytes = random_bytes(random, 61);
    for (std::size_t cut = 0; cut <= bytes.size(); cut += 2) {
        const auto sum =
            InternetChecksum().add(Bytes(bytes).first(cut)).add(Bytes(bytes).subspan(cut)).value();
        CHECK(sum == plain_checksum(bytes));
    }
}

TEST_CASE("integers count as their bytes in network order") {
    const auto bytes = from_hex("1234 89abcdef ffff");
    const auto sum = InternetChecksum()
                         .add(std::uint16_t{0x1234})
                         .add(std::uint32_t{0x89abcdef})
                         .add(std::uint16_t{0xffff})
                         .value();
    CHECK(sum == plain_checksum(bytes));
}

TEST_CASE("a sum that is a multiple of ffff but not 0 has the checksum 0") {
    CHECK(InternetChecksum().add(from_hex("ffff")).value() == 0);
    CHECK(InternetChecksum().add(from_hex("ffff ffff ffff ffff ffff")).value() == 0);
    CHECK(InternetChecksum().add(std::uint32_t{0xffffffff}).value() == 0);
}

TEST_CASE("the pseudo-header of IPv4 is that of RFC 768") {
    // 10.0.0.1 to 10.0.0.2, zero, UDP, 13 bytes
    const auto as_bytes = from_hex("0a000001 0a000002 00 11 000d");
    const auto sum = pseudo_header(Ipv4Address{10, 0, 0, 1}, Ipv4Address{10, 0, 0, 2}, 17, 13);
    CHECK(sum.value() == 0xebde);
    CHECK(sum.value() == plain_checksum(as_bytes));
}

TEST_CASE("the pseudo-header of IPv6 is that of RFC 8200, with a length of 32 bits") {
    // fd00::1 to fd00::2, 74565 bytes, zeros, ICMPv6
    const auto as_bytes =
        from_hex("fd000000000000000000000000000001 fd000000000000000000000000000002 00012345 000000 3a");
    const auto source = Ipv6Address::from_bytes(as_bytes);
    const auto destination = Ipv6Address::from_bytes(Bytes(as_bytes).subspan(16));
    const auto sum = pseudo_header(source, destination, 58, 0x12345);
    CHECK(sum.value() == 0xe27a);
    CHECK(sum.value() == plain_checksum(as_bytes));
}

TEST_CASE("a message goes on where its pseudo-header ends") {
    // ports 40000 and 33434, length 13, checksum; "probe"
    const auto message = from_hex("9c40 829a 000d 8821 70726f6265");
    auto sum = pseudo_header(Ipv4Address{10, 0, 0, 2}, Ipv4Address{10, 0, 0, 1}, 17, message.size());
    CHECK(sum.add(message).value() == 0);
}
