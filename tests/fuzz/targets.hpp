#pragma once
// The fuzz targets: each takes any bytes and throws if what the lab promises does not hold.
// tests/fuzz/entry.cpp gives one of them to libFuzzer (./dev fuzz); tests/fuzz/replay.cpp plays the corpus in
// every run of the tests.

#include "tunlab/base/bytes.hpp"

namespace tunlab::fuzz {

/// Packets, one behind the other, for the network behind a TUN device. Each record: a control octet (bit 0:
/// make its checksums right first; the upper half: how much time has passed before it), two octets of length,
/// the packet.
void tun_packet(Bytes input);

/// The same with frames, for a TAP device.
void tap_frame(Bytes input);

/// Pieces of one datagram in any order, for the reassembler alone. The first octet chooses IPv4 or IPv6,
/// the next two the datagram's size; then each record is two octets of offset in units of eight, one of
/// length in units of eight, one of what is wrong with it (bits: 0 last piece, 1 another byte in it, 2 of
/// another datagram, 3 an odd length; the upper half: time).
void reassembly(Bytes input);

/// A datagram of rtnetlink messages, as the kernel would answer a dump.
void netlink(Bytes input);

}  // namespace tunlab::fuzz
