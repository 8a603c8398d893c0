//! Random rule lists and random packets: the formulas against rules read one after another.

use canreach_model::{
    Action, AddressMatch, Combine, IcmpMatch, Layer, PacketMatch, ProfileName, Rule, Setting,
};
use canreach_net::{AddressRange, Family, Header, Icmp, PortSet, Ports, Protocol, Transport};
use canreach_topology::{AddressView, Crossing, HeaderView, PortView};
use proptest::prelude::*;

use super::build::*;
use crate::{Aim, Decision};

/// Whether a rule matches a packet, by §7.
pub(super) fn matches(rule: &PacketMatch, header: &Header) -> bool {
    let address = |side: AddressMatch, address| match side {
        AddressMatch::Any => true,
        AddressMatch::Range(range) => range.contains(address),
        AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => unreachable!(),
    };
    let port = |set: &PortSet, port: fn(Ports) -> u16| {
        set.is_all() || header.transport.ports().is_some_and(|ports| set.contains(port(ports)))
    };
    let icmp = |asked: IcmpMatch| {
        header.transport.icmp().is_some_and(|icmp| {
            asked.kind.is_none_or(|kind| kind == icmp.kind)
                && asked.code.is_none_or(|code| code == icmp.code)
        })
    };
    rule.family.is_none_or(|family| family == header.family())
        && rule.protocol.is_none_or(|protocol| protocol == header.transport.protocol())
        && address(rule.source, header.source)
        && address(rule.destination, header.destination)
        && port(&rule.source_ports, |ports| ports.source)
        && port(&rule.destination_ports, |ports| ports.destination)
        && rule.icmp.is_none_or(icmp)
}

pub(super) fn first_match<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    default: Action,
    header: &Header,
) -> bool {
    let deciding = rules.into_iter().find(|rule| matches(&rule.matches, header));
    deciding.map_or(default, |rule| rule.action) == Action::Allow
}

/// What a packet is allowed by groups, each in turn by priority and deny first, or by any rule.
fn groups_allow(groups: &[Vec<Rule>], combine: Combine, default: u16, header: &Header) -> bool {
    match combine {
        Combine::AnyAllow => groups
            .iter()
            .flatten()
            .any(|rule| rule.action == Action::Allow && matches(&rule.matches, header)),
        Combine::FirstMatch => {
            let mut ordered = Vec::new();
            for group in groups {
                let mut group: Vec<&Rule> = group.iter().collect();
                group.sort_by_key(|rule| {
                    (rule.priority.unwrap_or(default), rule.action == Action::Allow)
                });
                ordered.extend(group);
            }
            first_match(ordered, Action::Deny, header)
        }
    }
}

/// Few values, so that rules and packets meet.
pub(super) fn address() -> impl Strategy<Value = std::net::IpAddr> {
    prop_oneof![
        (0..8_u8).prop_map(|last| [10, 0, 0, last].into()),
        (0..8_u16).prop_map(|last| [0x2001, 0xdb8, 0, 0, 0, 0, 0, last].into()),
    ]
}

pub(super) fn side() -> impl Strategy<Value = AddressMatch> {
    let range = (address(), address()).prop_map(|(one, other)| {
        let range = AddressRange::new(one.min(other), one.max(other));
        AddressMatch::Range(range.unwrap_or_else(|| one.into()))
    });
    let prefix = prop_oneof![Just("10.0.0.0/30"), Just("10.0.0.4/31"), Just("2001:db8::/125")];
    prop_oneof![
        2 => Just(AddressMatch::Any),
        2 => range,
        1 => prefix.prop_map(|text| AddressMatch::Range(text.parse().unwrap())),
    ]
}

fn port_set() -> impl Strategy<Value = PortSet> {
    let ranges = proptest::collection::vec((0..6_u16, 0..6_u16), 0..3);
    prop_oneof![
        Just(PortSet::all()),
        ranges.prop_map(|ranges| ranges.into_iter().collect()),
        (0..6_u16).prop_map(|first| PortSet::range(first, u16::MAX)),
    ]
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![1..3_u8, 5..8_u8, 16..19_u8, 57..60_u8].prop_map(Protocol)
}

pub(super) fn packet_match() -> impl Strategy<Value = PacketMatch> {
    let family = proptest::option::weighted(0.2, prop_oneof![Just(Family::V4), Just(Family::V6)]);
    let byte = || proptest::option::of(0..3_u8);
    let icmp = proptest::option::weighted(0.2, (byte(), byte()));
    let protocol = proptest::option::of(protocol());
    (family, protocol, side(), side(), port_set(), port_set(), icmp).prop_map(
        |(family, protocol, source, destination, source_ports, destination_ports, icmp)| {
            PacketMatch {
                family,
                protocol,
                source,
                destination,
                source_ports,
                destination_ports,
                icmp: icmp.map(|(kind, code)| IcmpMatch { kind, code }),
                unresolved: None,
            }
        },
    )
}

pub(super) fn rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![Just(Action::Allow), Just(Action::Deny)];
    let priority = proptest::option::of(prop_oneof![Just(1_u16), Just(50), Just(100)]);
    (action, priority, packet_match()).prop_map(|(action, priority, matches)| Rule {
        id: None,
        number: None,
        priority,
        action,
        matches,
        origin: origin(),
    })
}

pub(super) fn packet() -> impl Strategy<Value = Header> {
    let transport = (protocol(), 0..8_u16, 0..8_u16, 0..4_u8, 0..4_u8);
    let ends =
        (address(), address()).prop_filter("one family", |(a, b)| a.is_ipv4() == b.is_ipv4());
    (ends, transport).prop_map(|((source, destination), (protocol, from, to, kind, code))| Header {
        source,
        destination,
        transport: Transport::new(
            protocol,
            Ports { source: from, destination: to },
            Icmp { kind, code },
        ),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_acl_decides_as_its_rules_do_one_after_another(
        rules in proptest::collection::vec(rule(), 0..7),
        packets in proptest::collection::vec(packet(), 1..4),
    ) {
        let mut net = net(ProfileName::Generic);
        let acl = net.acl(INGRESS, rules.clone());
        let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
        for header in packets {
            prop_assert_eq!(net.passes(at, &header), first_match(&rules, Action::Deny, &header), "{}", header);
        }
    }

    #[test]
    fn groups_decide_as_their_rules_do_one_after_another(
        groups in proptest::collection::vec(proptest::collection::vec(rule(), 0..4), 0..4),
        first_match in any::<bool>(),
        default in prop_oneof![Just(1_u16), Just(100)],
        header in packet(),
    ) {
        let combine = if first_match { Combine::FirstMatch } else { Combine::AnyAllow };
        let mut net = net(ProfileName::Generic);
        let profile = &mut net.network.vpcs[net.vpc].profile.security_group;
        profile.combine = combine;
        profile.default_priority = Setting::Decided(default);
        for rules in &groups {
            net.group(net.db, INGRESS, rules.clone());
        }
        let expected = groups_allow(&groups, combine, default, &header);
        prop_assert_eq!(net.passes(sg(net.db, INGRESS), &header), expected);
    }

    #[test]
    fn a_layer_judges_the_header_it_sees(
        rules in proptest::collection::vec(rule(), 1..6),
        header in packet(),
        fixed in address(),
        shift in -3..4_i32,
        swapped in any::<bool>(),
    ) {
        let mut net = net(ProfileName::Generic);
        let acl = net.acl(INGRESS, rules.clone());
        let mut view = HeaderView {
            destination_port: PortView::Destination { shift },
            ..HeaderView::ORIGINAL
        };
        if fixed.is_ipv4() == header.source.is_ipv4() {
            view.source = AddressView::Fixed(fixed);
        }
        if swapped {
            view = view.reply();
        }
        let ports = header.transport.ports();
        prop_assume!(ports.is_none_or(|ports| i32::from(ports.destination) + shift >= 0));
        prop_assume!(!swapped || header.reply().is_some());
        let seen = view.of(&header, |_| 0);
        let at = Crossing { header: view, ..crossing(Layer::NetworkAcl(acl, net.b), INGRESS) };
        prop_assert_eq!(net.passes(at, &header), first_match(&rules, Action::Deny, &seen), "{}", seen);
    }

    #[test]
    fn an_open_rule_list_has_a_witness_that_it_lets_through(
        rules in proptest::collection::vec(rule(), 0..7),
        v6 in any::<bool>(),
    ) {
        let mut net = net(ProfileName::Generic);
        let acl = net.acl(INGRESS, rules.clone());
        let at = crossing(Layer::NetworkAcl(acl, net.b), INGRESS);
        let family = if v6 { Family::V6 } else { Family::V4 };
        let trips = [trip(net.request(of_family(family), vec![at]), vec![])];
        match net.decide(&trips, Aim::Delivered) {
            Decision::Reachable(witness) => prop_assert!(first_match(&rules, Action::Deny, &witness.header)),
            Decision::Unreachable => {
                // Nothing is allowed, so nothing near the rules is either.
                for value in 0..8_u8 {
                    let mut header = to_db(tcp(value.into(), value.into()));
                    header.source = [10, 0, 0, value].into();
                    header.destination = [10, 0, 0, 7 - value].into();
                    prop_assert!(v6 || !first_match(&rules, Action::Deny, &header));
                }
            }
            Decision::Unknown(why) => prop_assert!(false, "{:?}", why),
        }
    }
}
