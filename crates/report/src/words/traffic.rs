//! Protocols and ports as people write them.

use std::fmt::Display;

use canreach_net::{PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_query::{Open, Traffic};

use super::and;

/// Returns "22, 80, 8000-8080".
pub(crate) fn ports(set: &PortSet) -> String {
    list(set).join(", ")
}

/// Returns each range of a set, as one value or `first-last`.
pub(crate) fn list<T: canreach_net::Discrete + Display>(set: &RangeSet<T>) -> Vec<String> {
    let one = |(first, last): (T, T)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    set.ranges().map(one).collect()
}

/// Returns the protocols of a set by name, those without a name as ranges of numbers.
pub(crate) fn protocols(set: &ProtocolSet) -> Vec<String> {
    const NAMED: [Protocol; 5] =
        [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6, Protocol::GRE];
    let named = NAMED.into_iter().filter(|protocol| set.contains(protocol.0));
    let rest = set.difference(&NAMED.into_iter().map(|it| (it.0, it.0)).collect());
    let rest = rest.ranges().map(|(first, last)| {
        if first == last {
            Protocol(first).to_string()
        } else {
            format!("protocols {first}-{last}")
        }
    });
    named.map(|it| it.to_string()).chain(rest).collect()
}

/// Returns the traffic of a question, as in the first line of an answer.
pub(crate) fn traffic(traffic: &Traffic) -> String {
    if traffic.is_everything() {
        return String::from("every protocol and port");
    }
    let Some(protocol) = traffic.only_protocol() else {
        return part(&traffic.protocols, &traffic.destination_ports, &traffic.icmp_types);
    };
    if protocol.is_icmp() {
        let kind = field(" type", &traffic.icmp_types);
        return format!("{protocol}{kind}{}", field(" code", &traffic.icmp_codes));
    }
    match (protocol.has_ports(), traffic.destination_ports.is_all()) {
        (false, _) => protocol.to_string(),
        (true, true) => format!("{protocol}, every port"),
        (true, false) => format!("{}/{protocol}", ports(&traffic.destination_ports)),
    }
}

/// Returns a part of the traffic asked about.
pub(crate) fn open(open: &Open) -> String {
    part(&open.protocols, &open.destination_ports, &open.icmp_types)
}

fn part(set: &ProtocolSet, ports_asked: &PortSet, icmp_types: &RangeSet<u8>) -> String {
    let (with_ports, rest) = split(set, Protocol::has_ports);
    let (icmp, rest) = split(&rest, Protocol::is_icmp);
    if with_ports.is_empty() && icmp.is_empty() && rest.is_empty() {
        return String::from("nothing");
    }
    let everything = set.is_all() && ports_asked.is_all() && icmp_types.is_all();
    if everything {
        return String::from("every protocol and port");
    }
    let mut parts = Vec::new();
    if !with_ports.is_empty() {
        let which =
            if ports_asked.is_all() { String::from("every port") } else { ports(ports_asked) };
        parts.push(format!("{} {which}", and(&protocols(&with_ports))));
    }
    if !icmp.is_empty() {
        parts.push(format!("{}{}", and(&protocols(&icmp)), field(" type", icmp_types)));
    }
    if !rest.is_empty() {
        parts.push(others(&rest));
    }
    parts.join("; ")
}

/// Returns the protocols without ports and types, shortly where it is all of them.
fn others(rest: &ProtocolSet) -> String {
    let (_, all) = split(&ProtocolSet::all(), Protocol::has_ports);
    let (_, all) = split(&all, Protocol::is_icmp);
    if *rest == all { String::from("every other protocol") } else { protocols(rest).join(", ") }
}

fn field(name: &str, set: &RangeSet<u8>) -> String {
    if set.is_all() { String::new() } else { format!("{name} {}", list(set).join(", ")) }
}

/// Splits a set into the protocols for which `test` holds and the others.
fn split(set: &ProtocolSet, test: fn(Protocol) -> bool) -> (ProtocolSet, ProtocolSet) {
    let yes: ProtocolSet = (0..=u8::MAX)
        .filter(|number| set.contains(*number) && test(Protocol(*number)))
        .map(|number| (number, number))
        .collect();
    let no = set.difference(&yes);
    (yes, no)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(protocol: Option<&str>, port: Option<&str>) -> String {
        traffic(&Traffic::parse(protocol, port).unwrap())
    }

    #[test]
    fn the_first_line_says_what_was_asked() {
        assert_eq!(words(None, None), "every protocol and port");
        assert_eq!(words(None, Some("5432")), "5432/tcp");
        assert_eq!(words(Some("udp"), Some("8000-8080")), "8000-8080/udp");
        assert_eq!(words(Some("tcp"), None), "tcp, every port");
        assert_eq!(words(Some("icmp"), None), "icmp");
        assert_eq!(words(Some("icmp/8/0"), None), "icmp type 8 code 0");
        assert_eq!(words(Some("gre"), None), "gre");
        assert_eq!(words(Some("200"), None), "protocol 200");
    }

    #[test]
    fn parts_of_the_traffic_are_told_apart() {
        let part = |protocols: &[u8], ports: PortSet| {
            open(&Open {
                protocols: protocols.iter().map(|number| (*number, *number)).collect(),
                destination_ports: ports,
                icmp_types: RangeSet::all(),
                verdict: canreach_query::Verdict::Reachable,
            })
        };
        assert_eq!(part(&[6], PortSet::range(22, 22)), "tcp 22");
        assert_eq!(part(&[6, 17], PortSet::all()), "tcp and udp every port");
        assert_eq!(part(&[1, 6, 47], PortSet::single(80)), "tcp 80; icmp; gre");
        assert_eq!(part(&[], PortSet::all()), "nothing");
    }

    #[test]
    fn all_other_protocols_are_one_phrase() {
        let words = open(&Open {
            protocols: ProtocolSet::all(),
            destination_ports: PortSet::range(1, 5),
            icmp_types: RangeSet::all(),
            verdict: canreach_query::Verdict::Reachable,
        });
        assert_eq!(words, "tcp and udp 1-5; icmp and icmpv6; every other protocol");
    }
}
