#include "tunlab/lab/fragmenting_sink.hpp"

#include "tunlab/wire/fragmentation.hpp"
#include "tunlab/wire/ip.hpp"

namespace tunlab {

MutableBytes FragmentingSink::begin(std::size_t size) {
    whole_ = {};
    if (size <= mtu_) return packets_.begin(size);
    whole_ = MutableBytes(state_.scratch).first(size);
    return whole_;
}

void FragmentingSink::finish() {
    if (whole_.empty()) {
        packets_.finish();
    } else if (ip_version(whole_) == kIpv4Version) {
        pass_on(Ipv4Fragments(whole_, mtu_));
    } else {
        pass_on(Ipv6Fragments(whole_, mtu_, state_.next_identification++));
    }
}

template <typename Fragments>
void FragmentingSink::pass_on(const Fragments& fragments) {
    for (std::size_t i = 0; i < fragments.count(); ++i) {
        fragments.write(packets_.begin(fragments.size(i)), i);
        packets_.finish();
    }
}

}  // namespace tunlab
