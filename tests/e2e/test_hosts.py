"""Hosts with behaviour of their own: late, lossy, doubled, spoilt, overtaking, and told apart by address."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path

import pytest

from asker import Asker
from lab import PATIENCE, Namespace, parse_summary

HOST, FENCE = "10.3.0.7", "10.3.0.9"


def lab_of(profile, host: dict, **fields) -> Path:
    """A device behind which HOST behaves as told, and FENCE answers all at once."""
    hosts = [{"match": HOST, **host}, {"match": FENCE}]
    return profile("tun0", addresses=["10.3.0.1/24"], hosts=hosts, **fields)


def counts(echo) -> dict[str, int]:
    """What became of the packets, by reason; ends echo."""
    summary = parse_summary(echo.stop().err)
    summary.assert_adds_up()
    return {reason: n for reasons in summary.reasons.values() for reason, n in reasons.items()}


# ---- delay ----------------------------------------------------------------------------------------


def test_700_ms_under_a_thousand_requests_a_second_stay_700_ms(ns: Namespace, profile) -> None:
    """None is lost, none comes early, all in order; how late they are beyond that is printed."""
    total, rate, delay = 5_000, 1_000, 0.7
    echo = ns.echo("-q", lab_of(profile, {"delay": "700ms"}))
    asked: dict[int, float] = {}
    with Asker(ns) as asker:
        start = time.monotonic()
        for number in range(total):
            while time.monotonic() < start + number / rate:
                asker.take()
            asked[number] = time.monotonic()
            asker.ask(HOST, number)
        while len(asker.came) < total:
            assert asker.take(PATIENCE), f"{total - len(asker.came)} replies are missing"
        assert [number for number, _ in asker.came] == list(range(total))
        late = sorted(when - asked[number] - delay for number, when in asker.came)
    assert late[0] >= 0, "a reply came before its time"
    print(f"\ndelay error of {total}: p50 {late[total // 2] * 1e6:.0f} us, p99 {late[total * 99 // 100] * 1e6:.0f} us")
    assert counts(echo)["echo"] == total
    print("by its own clock: " + re.search(r"reply time .*", echo.err)[0])


def test_jitter_keeps_the_order_and_reorder_breaks_it(ns: Namespace, profile) -> None:
    for host, ordered in (({"delay": "30ms", "jitter": "30ms"}, True), ({"delay": "30ms", "reorder": "30%"}, False)):
        echo = ns.echo("-q", lab_of(profile, host, seed=5))
        with Asker(ns) as asker:
            asker.ask_many(HOST, 400, FENCE)
            while len(asker.came) < 400:
                assert asker.take(PATIENCE), asker.came
            numbers = [number for number, _ in asker.came]
        assert sorted(numbers) == list(range(1, 401))
        assert (numbers == sorted(numbers)) is ordered
        counts(echo)


def test_a_late_host_keeps_no_other_waiting(ns: Namespace, profile) -> None:
    ns.echo("-q", lab_of(profile, {"delay": "3s"}))
    with Asker(ns) as asker:
        asker.ask(HOST, 1)
        asker.ask(FENCE, 2)
        assert asker.take(PATIENCE) and asker.take(PATIENCE)
        assert [number for number, _ in asker.came] == [2, 1]


def test_count_waits_for_the_last_reply_and_an_earlier_end_tells_what_is_unsent(ns: Namespace, profile) -> None:
    path = lab_of(profile, {"delay": "300ms"})
    echo = ns.echo("-c", "3", path)
    ping = ns.ping("-c", "3", "-i", "0.01", HOST).expect(0)
    assert "3 received" in ping.out
    assert echo.wait().code == 0
    assert "unsent" not in echo.err

    # The deadline ends the waiting; the count was reached all the same.
    echo = ns.echo("-c", "1", "-w", "5", lab_of(profile, {"delay": "3600s"}))
    ns.ping("-c", "1", "-W", "0.1", HOST).expect(1)
    assert echo.wait().code == 0
    assert "unsent: 1 reply whose time had not come" in echo.err

    echo = ns.echo(lab_of(profile, {"delay": "3600s"}))
    with Asker(ns) as asker:
        asker.ask_many(HOST, 5, FENCE)
    echo.stop()
    assert "unsent: 5 replies whose time had not come" in echo.err


def test_replies_beyond_the_queue_are_dropped_with_their_reason(ns: Namespace, profile) -> None:
    """65,536 wait at most; who comes then gets none, and echo grows no further."""
    echo = ns.echo("-q", lab_of(profile, {"delay": "3600s"}))
    with Asker(ns) as asker:
        asker.ask_many(HOST, 65_700, FENCE)
    assert counts(echo)["queue-full"] == 65_700 - 65_536
    assert "unsent: 65536 replies" in echo.err


# ---- chance ---------------------------------------------------------------------------------------


def lost_of(ns: Namespace, path: Path, total: int, *options: str) -> tuple[int, list[int]]:
    """How many got lost, and which came."""
    echo = ns.echo("-q", *options, path)
    with Asker(ns) as asker:
        asker.ask_many(HOST, total, FENCE)
        came = [number for number, _ in asker.came]
    return counts(echo).get("loss", 0), came


def test_loss_is_the_share_that_was_asked_for_and_the_same_with_the_same_seed(ns: Namespace, profile) -> None:
    total, share = 20_000, 0.2
    path = lab_of(profile, {"loss": "20%"}, seed=42)
    lost, came = lost_of(ns, path, total)
    assert len(came) == total - lost
    # 99.9 % of binomial counts are within 3.29 standard deviations.
    deviation = math.sqrt(total * share * (1 - share))
    print(f"\n{lost} of {total} lost; {total * share:.0f} +- {3.29 * deviation:.0f} expected")
    assert abs(lost - total * share) <= 3.29 * deviation
    assert lost_of(ns, path, total) == (lost, came)
    assert lost_of(ns, path, 2_000, "--seed", "43")[1] != came[: len(came)]


def test_other_traffic_between_changes_no_chance(ns: Namespace, profile) -> None:
    path = profile(
        "tun0",
        addresses=["10.3.0.1/24"],
        seed=42,
        hosts=[{"match": "10.3.0.0/24", "loss": "30%"}, {"match": FENCE}],
    )
    _, alone = lost_of(ns, path, 500)
    ns.echo("-q", path)
    with Asker(ns) as asker, Asker(ns, ident=0x5150) as noise:
        for number in range(1, 501):
            for other in range(number % 4):
                noise.ask(f"10.3.0.{20 + other}", number)
            asker.ask(HOST, number)
            if number % 50 == 0:
                asker.fence(FENCE, number)
        asker.take_all()
        assert [number for number, _ in asker.came] == alone


def test_corrupt_replies_are_those_that_the_kernel_counts(ns: Namespace, profile) -> None:
    total = 4_000
    echo = ns.echo("-q", lab_of(profile, {"corrupt": "10%"}, seed=1))
    with Asker(ns) as asker:
        asker.ask_many(HOST, total, FENCE)
        assert len(asker.came) == total  # a raw socket sees them all
    wrong = ns.snmp()["IcmpInCsumErrors"]
    assert 300 < wrong < 500, wrong
    assert counts(echo)["echo"] == total + total // 200
    # The same seed spoils the same ones.
    ns.echo("-q", lab_of(profile, {"corrupt": "10%"}, seed=1))
    with Asker(ns) as asker:
        asker.ask_many(HOST, total, FENCE)
    assert ns.snmp()["IcmpInCsumErrors"] == 2 * wrong


def test_duplicates_are_those_that_ping_calls_dup(ns: Namespace, profile) -> None:
    echo = ns.echo("-v", lab_of(profile, {"duplicate": "30%"}, seed=3))
    ping = ns.ping("-c", "50", "-i", "0.01", HOST).expect(0)
    doubled = int(re.search(r"\+(\d+) duplicates", ping.out)[1])
    assert doubled == ping.out.count("(DUP!)") > 5
    echo.until(lambda: echo.out.count("sent  ") == 50 + doubled, "a line for each reply")


def test_rate_answers_so_many_a_second_and_drops_the_rest(ns: Namespace, profile) -> None:
    echo = ns.echo("-q", lab_of(profile, {"rate": "10/s"}))
    with Asker(ns) as asker:
        asker.ask_many(HOST, 200, FENCE)
        got = len(asker.came)
    reasons = counts(echo)
    assert 1 <= got < 100
    assert reasons["rate"] == 200 - got


# ---- who answers ----------------------------------------------------------------------------------


def test_only_the_hosts_of_the_profile_answer_and_the_longest_match_counts(ns: Namespace, profile) -> None:
    path = profile(
        "tun0",
        addresses=["10.3.0.1/24", "fd03::1/64"],
        hosts=[
            {"match": "10.3.0.0/25", "ttl": 99},
            {"match": "10.3.0.7", "ttl": 7},
            {"match": "10.3.0.8", "answer": "silent"},
            {"match": "10.3.0.9", "answer": "absent"},
            {"match": "fd03::/64", "ttl": 66},
        ],
    )
    echo = ns.echo(path)
    assert "the 5 hosts of" in echo.err
    assert "ttl=7 " in ns.ping("-c", "1", "10.3.0.7").expect(0).out
    assert "ttl=99 " in ns.ping("-c", "1", "10.3.0.6").expect(0).out
    assert "ttl=66 " in ns.ping("-6", "-c", "1", "fd03::77").expect(0).out
    for address, told in (("10.3.0.8", "drop (silent)"), ("10.3.0.9", "ignore (no-host)"), ("10.3.0.200", "ignore (no-host)")):
        ns.ping("-c", "1", "-W", "0.1", address).expect(1)
        echo.until(lambda: [line for line in echo.lines if f"> {address}:" in line.text and line.told == told], told)


def test_each_unreachable_appears_as_such_in_ping(ns: Namespace) -> None:
    ns.echo("-q", "profiles/unreachable.json")
    expected = {
        "10.13.0.10": "Destination Net Unreachable",
        "10.13.0.11": "Destination Host Unreachable",
        "10.13.0.12": "Destination Port Unreachable",
        "10.13.0.13": "Packet filtered",
        "2001:db8:13::10": "Destination unreachable: No route",
        "2001:db8:13::11": "Destination unreachable: Address unreachable",
        "2001:db8:13::12": "Destination unreachable: Port unreachable",
        "2001:db8:13::13": "Destination unreachable: Administratively prohibited",
    }
    for address, words in expected.items():
        out = ns.ping("-c", "1", "-W", "1", address).expect(1).out
        assert words in out, out
        router = "2001:db8:13::2" if ":" in address else "10.13.0.2"
        sender = address if address.endswith("12") else router
        assert re.search(rf"^From {sender} icmp_seq=1 {words}", out, re.M), out
    stats = ns.do("nstat", "-asz", "IcmpInDestUnreachs", "Icmp6InDestUnreachs")
    assert [int(n) for n in re.findall(r"^Icmp6?InDestUnreachs\s+(\d+)", stats, re.M)] == [4, 4]
    for address in ("10.13.0.14", "10.13.0.15", "10.13.0.99", "2001:db8:13::14"):
        assert "From" not in ns.ping("-c", "1", "-W", "0.1", address).expect(1).out


def test_udp_and_tcp_meet_the_same_refusals(ns: Namespace) -> None:
    ns.echo("-q", "profiles/unreachable.json")
    connect = "import socket,sys; s=socket.socket({0}, socket.SOCK_STREAM); s.settimeout(5); sys.exit(s.connect_ex(('{1}', 80)))"
    for address, error in (("10.13.0.10", 101), ("10.13.0.11", 113), ("10.13.0.12", 111), ("10.13.0.13", 113)):
        code = ns.run("/usr/bin/python3", "-c", connect.format("socket.AF_INET", address)).code
        assert code == error, (address, code)


def test_tap_hosts_have_their_mac_addresses_and_answer_probes_if_named(ns: Namespace, profile) -> None:
    path = profile(
        "tap0",
        mode="tap",
        addresses=["10.3.0.1/24"],
        routes=[{"dst": "10.30.0.0/16", "via": "10.3.0.254"}],
        hosts=[
            {"match": "10.3.0.7", "mac": "06:00:00:00:00:07"},
            {"match": "10.3.0.8", "answer": "silent"},
            {"match": "10.3.0.9", "answer": "absent"},
            {"match": "10.3.0.128/25"},
            {"match": "10.30.0.0/16"},
        ],
    )
    echo = ns.echo(path)
    ns.ping("-c", "1", "10.3.0.7").expect(0)
    ns.ping("-c", "1", "10.30.0.1").expect(0)  # by its gateway, which is simulated too
    ns.ping("-c", "1", "-W", "0.1", "10.3.0.8").expect(1)
    neighbours = {entry["dst"]: entry.get("lladdr") for entry in ns.ip_json("neigh", "show", "dev", "tap0")}
    assert neighbours["10.3.0.7"] == "06:00:00:00:00:07"
    assert neighbours["10.3.0.8"] == "02:00:0a:03:00:08"
    assert neighbours["10.3.0.254"] == "02:00:0a:03:00:fe"
    ns.run("arping", "-D", "-c", "1", "-w", "1", "-I", "tap0", "10.3.0.7").expect(1)  # taken
    ns.run("arping", "-D", "-c", "1", "-w", "1", "-I", "tap0", "10.3.0.200").expect(0)  # free
    ns.run("arping", "-c", "1", "-w", "1", "-I", "tap0", "10.3.0.9").expect(1)
    echo.until(lambda: [line for line in echo.lines if "who-has 10.3.0.9" in line.text and line.told == "ignore (no-host)"], "no-host")


def test_hosts_answer_on_a_bridge_and_nobody_elses_address_is_taken(ns: Namespace, profile) -> None:
    ns.ip("link", "add", "br0", "type", "bridge")
    ns.ip("addr", "add", "10.3.0.1/24", "dev", "br0")
    ns.ip("link", "set", "br0", "up")
    ns.echo("-q", profile("tap7", mode="tap", bridge="br0", hosts=[{"match": "10.3.0.7"}]))
    ns.ping("-c", "1", "-w", "5", "10.3.0.7").expect(0)
    ns.ping("-c", "1", "-W", "0.3", "10.3.0.8").expect(1)


# ---- the profile and the command line --------------------------------------------------------------


def test_options_count_for_all_hosts_and_the_seed_is_told(ns: Namespace, profile) -> None:
    path = lab_of(profile, {"loss": "100%"}, seed=9)
    echo = ns.echo("-q", path)
    assert "; seed 9; Ctrl-C stops" in echo.err
    echo.stop()
    echo = ns.echo("-q", "--loss", "0%", "--delay", "50ms", "--seed", "7", path)
    assert "; seed 7; Ctrl-C stops" in echo.err
    out = ns.ping("-c", "2", "-i", "0.01", HOST).expect(0).out
    assert all(float(ms) >= 50 for ms in re.findall(r"time=([\d.]+)", out)), out
    echo.stop()
    drawn = ns.echo("-q", "--delay", "20ms", profile("tun0", addresses=["10.3.0.1/24"]))
    assert re.search(r"every address behind it answers; seed \d+;", drawn.err)
    assert float(re.search(r"time=([\d.]+)", ns.ping("-c", "1", HOST).expect(0).out)[1]) >= 20


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--loss", "101%"), "--loss takes a share of 0% to 100%, not \"101%\""),
        (("--loss", "2"), "--loss takes a share"),
        (("--delay", "40"), "--delay takes a time with its unit"),
        (("--rate", "0/s"), "--rate takes a rate of 1/s to 1000000/s"),
        (("--seed", "-1"), "--seed takes a number"),
        (("--jitter", "10ms"), "--jitter: the jitter of 10.3.0.7/32, 10ms, is more than its delay, 0ms"),
        (("--reorder", "10%"), "--reorder: without a delay no answer of"),
    ],
)
def test_options_that_can_not_be_are_refused_before_anything_is_made(ns: Namespace, profile, options, words: str) -> None:
    result = ns.tunlab("echo", *options, lab_of(profile, {})).expect(2)
    assert words in result.err, result
    assert ns.ifnames() == {"lo"}


def test_option_that_takes_the_delay_away_from_a_hosts_jitter_is_named(ns: Namespace, profile) -> None:
    result = ns.tunlab("echo", "--delay", "0ms", lab_of(profile, {"delay": "40ms", "jitter": "5ms"})).expect(2)
    assert "--delay: the jitter of 10.3.0.7/32, 5ms, is more than its delay, 0ms" in result.err, result
    assert "give a --jitter as well" in result.err, result


def test_echo_of_a_device_takes_the_hosts_that_its_profile_has_now(ns: Namespace, profile) -> None:
    ns.up(lab_of(profile, {"ttl": 7}))
    echo = ns.echo("-q", "tun0")
    assert "ttl=7 " in ns.ping("-c", "1", HOST).expect(0).out
    echo.stop()
    lab_of(profile, {"ttl": 8})
    echo = ns.echo("-q", "tun0")
    assert "warning" not in echo.err  # the device is the same
    assert "ttl=8 " in ns.ping("-c", "1", HOST).expect(0).out
    assert "in sync" in ns.up(lab_of(profile, {"ttl": 9})).out


def test_a_hundred_thousand_hosts_load(ns: Namespace, profile) -> None:
    """How long it takes is printed; about a second is the aim."""
    hosts = [{"match": f"10.{64 + i // 65536}.{i // 256 % 256}.{i % 256}", "ttl": 1 + i % 255} for i in range(100_000)]
    path = profile("tun0", addresses=["10.3.0.1/24"], routes=[{"dst": "10.64.0.0/10"}], hosts=hosts)
    start = time.monotonic()
    ns.tunlab("check", path).expect(0)
    print(f"\n100,000 hosts checked in {time.monotonic() - start:.2f} s")
    ns.echo("-q", path)
    for i in (0, 1, 65_536, 99_999):
        out = ns.ping("-c", "1", hosts[i]["match"]).expect(0).out
        assert f"ttl={hosts[i]['ttl']} " in out
    ns.ping("-c", "1", "-W", "0.1", "10.3.0.7").expect(1)
