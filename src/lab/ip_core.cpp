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

Reason reason_for_ip(Defect defect) {
    switch (defect) {
        case Defect::Truncated:
        case Defect::BadLength: return Reason::IpLength;
        case Defect::BadVersion: return Reason::IpVersion;
        case Defect::BadHeaderLength:
        case Defect::BadFormat: return Reason::IpHeader;
        case Defect::BadChecksum: return Reason::IpChecksum;
    }
    return Reason::IpHeader;
}

Reason reason_for_icmp(Defect defect) {
    return defect == Defect::BadChecksum ? Reason::IcmpChecksum : Reason::IcmpLength;
}

}  // namespace tunlab
