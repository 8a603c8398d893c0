use canreach_model::{Endpoint, Pass};
use canreach_net::AddressSet;
use canreach_topology::{End, Guard, HeaderSet, Walk};

use super::*;

/// A trip of every header between two addresses.
fn everything() -> Vec<Trip> {
    let one = |text: &str| AddressSet::from(text.parse::<std::net::IpAddr>().unwrap());
    let headers = HeaderSet::between(one("10.0.0.1"), one("10.0.0.2"));
    let guard = Guard { headers, conditions: Vec::new(), picks: Vec::new() };
    let end = End::Arrived(Endpoint::Internet);
    let request = Walk { pass: Pass::Request, steps: Vec::new(), guard, end };
    vec![Trip { request, replies: Vec::new() }]
}

fn set(text: &str) -> FlowSet {
    text.parse().unwrap()
}

/// The parts of every header where this is delivered, and this perhaps.
fn parts_of(certain: &str, maybe: &str) -> Vec<Open> {
    let (delivered, maybe_delivered) = (set(certain), set(maybe));
    let (answered, maybe_answered) = (FlowSet::empty(), FlowSet::empty());
    let because = Vec::new();
    let flows =
        Flows { delivered, answered, maybe_delivered, maybe_answered, because, limit: None };
    parts(&everything(), &flows, true)
}

#[test]
fn parts_say_what_is_open_in_few_words() {
    let found = parts_of("tcp 22,8000-8080; icmp 8; gre", "none");
    let protocols = [(1, 1), (6, 6), (47, 47)].into_iter().collect();
    let destination_ports = [(22, 22), (8000, 8080)].into_iter().collect();
    let icmp_types = RangeSet::single(8);
    let open = Open { protocols, destination_ports, icmp_types, verdict: Verdict::Reachable };
    assert_eq!(found[0], open);
    assert!(found[1..].iter().all(|part| part.verdict == Verdict::Unreachable));
}

#[test]
fn one_answer_for_everything_is_one_part() {
    let whole = |verdict| Open {
        protocols: ProtocolSet::all(),
        destination_ports: PortSet::all(),
        icmp_types: RangeSet::all(),
        verdict,
    };
    assert_eq!(parts_of("all", "none"), [whole(Verdict::Reachable)]);
    assert_eq!(parts_of("none", "all"), [whole(Verdict::Unknown)]);
    assert_eq!(parts_of("none", "none"), [whole(Verdict::Unreachable)]);
}

#[test]
fn a_port_is_open_if_some_source_port_gets_to_it() {
    let found = parts_of("tcp 443 (source port 1)", "tcp 80,443");
    let ports = |verdict| {
        let with = found.iter().filter(|part| part.verdict == verdict);
        with.fold(PortSet::EMPTY, |all, part| all.union(&part.destination_ports))
    };
    assert_eq!(ports(Verdict::Reachable), PortSet::single(443));
    assert_eq!(ports(Verdict::Unknown), PortSet::single(80));
}

#[test]
fn every_value_is_in_one_part() {
    let found = parts_of("tcp 1-99; icmp 3-8; gre", "udp 53; icmpv6 128; 50");
    for number in 0..=u8::MAX {
        let with = || found.iter().filter(|part| part.protocols.contains(number));
        for value in 0..=255 {
            let here = match Protocol(number) {
                it if it.has_ports() => {
                    with().filter(|part| part.destination_ports.contains(u16::from(value))).count()
                }
                it if it.is_icmp() => with().filter(|part| part.icmp_types.contains(value)).count(),
                _ => with().count(),
            };
            assert_eq!(here, 1, "{number} {value}");
        }
    }
}
