#include "tunlab/lab/ethernet_responder.hpp"

#include "properties.hpp"
#include "targets.hpp"

namespace tunlab::fuzz {

void tap_frame(Bytes input) {
    constexpr std::size_t kMtu = 1500;
    constexpr std::uint16_t kIdentification = 7;
    // 10.0.1.1/24 and fd00::1/64 are the host's.
    const DeviceFacts facts(kMtu, {*parse_ip_prefix("10.0.1.1/24"), *parse_ip_prefix("fd00::1/64")},
                            {*parse_ip_prefix("127.0.0.1/8"), *parse_ip_prefix("::1/128")});
    EthernetResponder one(facts, network(), kIdentification);
    EthernetResponder other(facts, network(), kIdentification);
    Judge judge(one, other, Link::Ethernet);
    Instant now{};
    Records records(input);
    for (Records::Record record; records.next(record);) {
        if (record.repair && record.packet.size() > kEthernetHeaderSize)
            repair_checksums(MutableBytes(record.packet).subspan(kEthernetHeaderSize));
        now.steady += record.pause;
        now.wall += record.pause;
        judge.ask(record.packet, now, kMtu);
    }
}

}  // namespace tunlab::fuzz
