#include "tunlab/lab/ip_core.hpp"

namespace tunlab {

Reason reason_for(FragmentOutcome outcome) {
    switch (outcome) {
        case FragmentOutcome::Held:
        case FragmentOutcome::Complete: return Reason::Fragment;
        case FragmentOutcome::Duplicate: return Reason::FragmentDuplicate;
        case FragmentOutcome::Overlap: return Reason::FragmentOverlap;
        case FragmentOutcome::BadLength:
        case FragmentOutcome::BadUnit: return Reason::FragmentLength;
        case FragmentOutcome::BadEcn: return Reason::FragmentEcn;
    }
    return Reason::Fragment;
}

}  // namespace tunlab
