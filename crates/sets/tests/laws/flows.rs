//! Flow sets against brute force over every transport header of the universe.

use canreach_net::{AddressSet, Family, Header, Icmp, PortSet, Protocol, ProtocolSet, Transport};
use canreach_sets::{Algebra, FlowSet, Span};
use canreach_topology::HeaderSet;
use proptest::{collection::vec, prelude::*};

use crate::universe::{flow_set, headers, span, transports};

/// The meaning of a set: whether it holds each header of the universe.
fn members(set: &FlowSet) -> Vec<bool> {
    transports().into_iter().map(|transport| set.contains(transport)).collect()
}

fn holds(span: Span, from: &PortSet, transport: Transport) -> bool {
    let Protocol(number) = transport.protocol();
    match (span, transport) {
        (Span::Ports(protocol, first, last), Transport::Tcp(ports) | Transport::Udp(ports)) => {
            protocol == transport.protocol()
                && (first..=last).contains(&ports.destination)
                && from.contains(ports.source)
        }
        (
            Span::Icmp(protocol, at, first, last),
            Transport::Icmp(Icmp { kind, code }) | Transport::Icmpv6(Icmp { kind, code }),
        ) => protocol == transport.protocol() && kind == at && (first..=last).contains(&code),
        (Span::Bare(first, last), Transport::Other(_)) => (first..=last).contains(&number),
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_set_holds_what_its_parts_hold(parts in vec(span(), 0..5)) {
        let set = FlowSet::from_spans(parts.clone());
        for transport in transports() {
            let held = parts.iter().any(|(span, from)| holds(*span, from, transport));
            prop_assert_eq!(set.contains(transport), held, "{}", set);
        }
    }

    #[test]
    fn a_product_holds_what_its_fields_hold(headers in headers()) {
        let everywhere =
            HeaderSet { sources: AddressSet::all(), destinations: AddressSet::all(), ..headers };
        let set = FlowSet::of(&everywhere);
        for transport in transports() {
            let ends = std::net::Ipv4Addr::LOCALHOST.into();
            let header = Header { source: ends, destination: ends, transport };
            prop_assert_eq!(set.contains(transport), everywhere.contains(&header));
        }
    }

    #[test]
    fn operations_agree_with_brute_force(a in flow_set(), b in flow_set()) {
        let (union, intersection) = (a.union(&b), a.intersection(&b));
        let (difference, complement) = (a.difference(&b), a.complement());
        for transport in transports() {
            let (in_a, in_b) = (a.contains(transport), b.contains(transport));
            prop_assert_eq!(union.contains(transport), in_a || in_b);
            prop_assert_eq!(intersection.contains(transport), in_a && in_b);
            prop_assert_eq!(difference.contains(transport), in_a && !in_b);
            prop_assert_eq!(complement.contains(transport), !in_a);
        }
    }

    #[test]
    fn sets_are_equal_values_exactly_when_they_hold_the_same(a in flow_set(), b in flow_set()) {
        prop_assert_eq!(members(&a) == members(&b), a == b);
        prop_assert_eq!(a.is_empty(), !members(&a).contains(&true));
        prop_assert_eq!(a == FlowSet::full(), !members(&a).contains(&false));
    }

    #[test]
    fn the_parts_of_a_set_make_it_in_any_order(a in flow_set()) {
        let parts: Vec<_> = a.spans().map(|(span, from)| (span, from.clone())).collect();
        prop_assert_eq!(&FlowSet::from_spans(parts.clone()), &a);
        prop_assert_eq!(&FlowSet::from_spans(parts.into_iter().rev()), &a);
    }

    #[test]
    fn reading_what_was_printed_gives_the_set_back(a in flow_set()) {
        let text = a.to_string();
        prop_assert_eq!(text.parse::<FlowSet>(), Ok(a), "{}", text);
        prop_assert!(!text.contains('\n'));
    }

    #[test]
    fn different_sets_have_different_texts(a in flow_set(), b in flow_set()) {
        prop_assert_eq!(a.to_string() == b.to_string(), a == b);
    }

    #[test]
    fn reading_never_panics(text in "(all|tcp|icmp|protocol|gre| but |;|,|-|/|\\(source port |\\)|[0-9]{1,5}| |é){0,9}") {
        if let Ok(set) = text.parse::<FlowSet>() {
            prop_assert_eq!(set.to_string().parse(), Ok(set));
        }
    }

    #[test]
    fn swapping_ports_twice_changes_nothing(a in flow_set()) {
        prop_assert_eq!(a.with_ports_swapped().with_ports_swapped(), a);
    }

    #[test]
    fn a_swapped_set_holds_the_swapped_headers(a in flow_set()) {
        let swapped = a.with_ports_swapped();
        for transport in transports() {
            let back = match transport.ports() {
                Some(ports) => transport.with_ports(ports.swapped()),
                None => transport,
            };
            prop_assert_eq!(swapped.contains(back), a.contains(transport));
        }
    }

    #[test]
    fn icmp_requests_are_answered_where_the_reply_is_in_the_set(a in flow_set()) {
        let answered = a.answered_by();
        for transport in transports() {
            let ends = std::net::Ipv4Addr::LOCALHOST.into();
            let header = Header { source: ends, destination: ends, transport };
            let expected = match transport.icmp() {
                Some(_) => header.reply().is_some_and(|reply| a.contains(reply.transport)),
                None => a.contains(transport),
            };
            prop_assert_eq!(answered.contains(transport), expected);
        }
    }

    #[test]
    fn an_example_is_in_the_set_and_there_is_one_unless_it_is_empty(a in flow_set()) {
        let example = a.example();
        prop_assert_eq!(example.is_none(), a.is_empty());
        if let Some(example) = example {
            prop_assert!(a.contains(example));
        }
    }

    #[test]
    fn the_protocols_of_a_set_are_those_of_its_headers(a in flow_set()) {
        let protocols = a.protocols();
        for number in 0..=u8::MAX {
            let part = a.of_protocol(Protocol(number));
            prop_assert_eq!(protocols.contains(number), !part.is_empty());
            prop_assert!(part.is_subset(&FlowSet::of_protocols(&ProtocolSet::single(number))));
        }
    }
}

#[test]
fn a_family_carries_everything_but_the_other_icmp() {
    for family in Family::BOTH {
        let set = FlowSet::of_family(family);
        for transport in transports() {
            assert_eq!(set.contains(transport), transport.fits(family));
        }
    }
}
