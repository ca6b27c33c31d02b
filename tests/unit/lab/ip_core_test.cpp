#include "tunlab/lab/ip_core.hpp"

#include <doctest/doctest.h>

namespace tunlab::test {

TEST_CASE("a fragment that completes nothing has its reason") {
    CHECK(reason_for(FragmentOutcome::Held) == Reason::Fragment);
    CHECK(reason_for(FragmentOutcome::Duplicate) == Reason::FragmentDuplicate);
    CHECK(reason_for(FragmentOutcome::Overlap) == Reason::FragmentOverlap);
    CHECK(reason_for(FragmentOutcome::BadLength) == Reason::FragmentLength);
    CHECK(reason_for(FragmentOutcome::BadUnit) == Reason::FragmentLength);
    CHECK(reason_for(FragmentOutcome::BadEcn) == Reason::FragmentEcn);
}

TEST_CASE("a defect of an IP header or an ICMP message has its reason") {
    CHECK(reason_for_ip(Defect::Truncated) == Reason::IpLength);
    CHECK(reason_for_ip(Defect::BadLength) == Reason::IpLength);
    CHECK(reason_for_ip(Defect::BadVersion) == Reason::IpVersion);
    CHECK(reason_for_ip(Defect::BadHeaderLength) == Reason::IpHeader);
    CHECK(reason_for_ip(Defect::BadChecksum) == Reason::IpChecksum);
    CHECK(reason_for_icmp(Defect::Truncated) == Reason::IcmpLength);
    CHECK(reason_for_icmp(Defect::BadChecksum) == Reason::IcmpChecksum);
}

}  // namespace tunlab::test
