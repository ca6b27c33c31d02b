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

}  // namespace tunlab::test
