//! §7: security groups.

use canreach_eval::{End, Outcome, Packet, Viewer, judge, matches};
use canreach_model::{
    AddressGroup, AddressGroupEntry, AddressMatch, Checkpoint, Direction, Exemption,
    GroupReference, ImpliedBy, InterfaceId, Layer, Meta, Origin, PeeringStatus, ProfileName,
    RouteTarget, Rule, Setting,
};
use canreach_net::{Family, Header, Icmp, Protocol, Transport};

use crate::lab::{Lab, Narrow, allow, at, deny, group_rule, icmp, outcomes, ping, plain, tcp, udp};

const SSH: &str = "10.0.1.10:40000 -> 10.0.1.20:22";

/// Two hosts in one subnet; the profile is the caller's.
fn pair(profile: ProfileName) -> (Lab, InterfaceId, InterfaceId) {
    let mut lab = Lab::new(profile);
    pair_in(&mut lab).into_lab(lab)
}

struct Pair(InterfaceId, InterfaceId);

impl Pair {
    fn into_lab(self, lab: Lab) -> (Lab, InterfaceId, InterfaceId) {
        (lab, self.0, self.1)
    }
}

fn pair_in(lab: &mut Lab) -> Pair {
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let subnet = lab.subnet(vpc, "10.0.1.0/24 2001:db8::/64");
    Pair(lab.host(subnet, "10.0.1.10 2001:db8::10"), lab.host(subnet, "10.0.1.20 2001:db8::20"))
}

fn ingress(interface: InterfaceId) -> Checkpoint {
    Checkpoint { layer: Layer::SecurityGroups(interface), direction: Direction::Ingress }
}

/// What a group with these ingress rules alone decides about a header.
fn decision(profile: ProfileName, rules: Vec<Rule>, header: Header) -> Outcome {
    let (mut lab, _, db) = pair(profile);
    let group = lab.group(rules, Vec::new());
    lab.put_groups(db, &[group]);
    judge(&lab.network, ingress(db), header, &lab.valuation)
}

#[test]
fn a_rule_in_the_other_direction_does_not_help() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let group = lab.group(Vec::new(), vec![allow()]);
    lab.put_groups(db, &[group]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert_eq!(trip.request.end, End::Denied(ingress(db)));
    let denied = [(Direction::Ingress, Outcome::Denied(None))];
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(db)), denied);
    assert_eq!(trip.reply, None, "what is not delivered is not answered");
}

#[test]
fn the_senders_groups_are_asked_first() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    lab.put_groups(web, &[]);
    lab.put_groups(db, &[]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let layer = Layer::SecurityGroups(web);
    let egress = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(trip.request.end, End::Denied(egress));
}

#[test]
fn state_lets_the_reply_through_and_only_the_reply() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let client = lab.group(Vec::new(), vec![allow().protocol(Protocol::TCP).ports("22")]);
    let server = lab.group(vec![allow().protocol(Protocol::TCP).ports("22")], Vec::new());
    lab.put_groups(web, &[client]);
    lab.put_groups(db, &[server]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    let reply = trip.reply.unwrap();
    let by_state = |direction| [(direction, Outcome::AllowedAsReply)];
    assert_eq!(outcomes(&reply, Layer::SecurityGroups(db)), by_state(Direction::Egress));
    assert_eq!(outcomes(&reply, Layer::SecurityGroups(web)), by_state(Direction::Ingress));
    let other_way = lab.ask(at(db), tcp("10.0.1.20:22 -> 10.0.1.10:40000"), at(web));
    assert!(!other_way.delivered());
}

#[test]
fn without_state_the_reply_needs_rules() {
    let mut lab = Lab::new(ProfileName::Aws);
    lab.profile.security_group.stateful = false;
    let Pair(web, db) = pair_in(&mut lab);
    let server = lab.group(vec![allow()], Vec::new());
    lab.put_groups(db, &[server]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.delivered() && !trip.answered());
    let layer = Layer::SecurityGroups(db);
    let egress = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(trip.reply.unwrap().end, End::Denied(egress));
}

#[test]
fn where_groups_only_allow_any_of_them_may_and_deny_rules_mean_nothing() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let one = lab.group(vec![deny().priority(1)], Vec::new());
    let two = lab.group(vec![deny(), allow().protocol(Protocol::UDP), allow()], Vec::new());
    lab.put_groups(db, &[one, two]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let by = Outcome::Allowed(group_rule(two, Direction::Ingress, 2));
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(db)), [(Direction::Ingress, by)]);
}

#[test]
fn where_the_first_match_decides_group_order_comes_before_priority() {
    let (mut lab, web, db) = pair(ProfileName::Huawei);
    let one = lab.group(vec![allow().priority(100)], Vec::new());
    let two = lab.group(vec![deny().priority(1)], Vec::new());
    lab.put_groups(db, &[one, two]);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).answered());
    lab.put_groups(db, &[two, one]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let by = Outcome::Denied(Some(group_rule(two, Direction::Ingress, 0)));
    let expected = [(Direction::Ingress, by)];
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(db)), expected);
}

#[test]
fn a_group_without_a_matching_rule_leaves_the_decision_to_the_next() {
    let (mut lab, web, db) = pair(ProfileName::Huawei);
    let one = lab.group(vec![deny().protocol(Protocol::UDP).priority(1)], Vec::new());
    let two = lab.group(vec![allow().priority(1)], Vec::new());
    lab.put_groups(db, &[one, two]);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).answered());
}

#[test]
fn within_a_group_priority_then_deny_then_position_decide() {
    let decided = |rules: Vec<Rule>| {
        let outcome = decision(ProfileName::Huawei, rules, tcp(SSH));
        let (Outcome::Allowed(rule) | Outcome::Denied(Some(rule))) = outcome else {
            panic!("{outcome:?}");
        };
        (outcome.passes(), rule.index)
    };
    assert_eq!(decided(vec![deny().priority(2), allow().priority(1)]), (true, 1));
    assert_eq!(decided(vec![allow().priority(2), deny().priority(1)]), (false, 1));
    assert_eq!(decided(vec![allow().priority(1), deny().priority(1)]), (false, 1));
    assert_eq!(decided(vec![allow().priority(1), allow().priority(1)]), (true, 0));
}

#[test]
fn a_disputed_default_priority_decides() {
    let (mut lab, web, db) = pair(ProfileName::Huawei);
    let group = lab.group(vec![deny().priority(50), allow()], Vec::new());
    lab.put_groups(db, &[group]);
    let profile = &lab.network.vpcs[lab.network.vpc_of(db)].profile;
    let Setting::Disputed { fact, if_true: 1, if_false: 100 } =
        profile.security_group.default_priority
    else {
        panic!("the priority that rules have by default is disputed");
    };
    assert!(!lab.ask(at(web), tcp(SSH), at(db)).delivered(), "100 comes after 50");
    lab.valuation.set(fact, true);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).delivered(), "1 comes before 50");
}

#[test]
fn a_rule_matches_when_every_part_does() {
    let gre = plain("10.0.1.10 -> 10.0.1.20", Transport::Other(Protocol::GRE));
    let v6 = tcp("[2001:db8::10]:40000 -> [2001:db8::20]:22");
    let ping6 =
        plain("2001:db8::10 -> 2001:db8::20", Transport::Icmpv6(Icmp { kind: 128, code: 0 }));
    let of_family = |family| {
        let mut rule = allow();
        rule.matches.family = Some(family);
        rule
    };
    let cases = [
        (allow(), gre, true),
        (allow().protocol(Protocol::TCP), tcp(SSH), true),
        (allow().protocol(Protocol::TCP), udp(SSH), false),
        (allow().protocol(Protocol::GRE), gre, true),
        (of_family(Family::V4), tcp(SSH), true),
        (of_family(Family::V4), v6, false),
        (of_family(Family::V6), v6, true),
        (allow().ports("22"), tcp(SSH), true),
        (allow().ports("20-21"), tcp(SSH), false),
        (allow().ports("23-30"), tcp(SSH), false),
        (allow().ports("22"), udp(SSH), true),
        (allow().ports("0-65535"), gre, true),
        (allow().ports("1-65535"), gre, false),
        (allow().ports("8"), ping("10.0.1.10 -> 10.0.1.20"), false),
        (allow().source_ports("40000"), tcp(SSH), true),
        (allow().source_ports("22"), tcp(SSH), false),
        (allow().icmp(None, None), tcp(SSH), false),
        (allow().icmp(None, None), ping6, true),
        (allow().icmp(Some(8), None), icmp("10.0.1.10 -> 10.0.1.20", 8, 3), true),
        (allow().icmp(Some(8), Some(0)), icmp("10.0.1.10 -> 10.0.1.20", 8, 3), false),
        (allow().icmp(None, Some(3)), icmp("10.0.1.10 -> 10.0.1.20", 8, 3), true),
        (allow().icmp(Some(0), None), icmp("10.0.1.10 -> 10.0.1.20", 8, 0), false),
        (allow().icmp(Some(8), None).protocol(Protocol::TCP), tcp(SSH), false),
        (allow().from("10.0.1.10"), tcp(SSH), true),
        (allow().from("10.0.1.11-10.0.1.20"), tcp(SSH), false),
        (allow().from("::/0"), tcp(SSH), false),
        (allow().from("0.0.0.0/0"), v6, false),
        (allow().to("10.0.1.0/24"), tcp(SSH), true),
        (allow().to("10.0.1.10"), tcp(SSH), false),
    ];
    let (lab, web, _) = pair(ProfileName::Aws);
    let vpc = Some(lab.network.vpc_of(web));
    let viewer = Viewer { vpc, direction: Direction::Ingress };
    for (rule, header, fits) in cases {
        let matched = matches(&lab.network, viewer, &rule.matches, header, &lab.valuation);
        assert_eq!(matched, fits, "{:?} {header}", rule.matches);
        let allowed = decision(ProfileName::Aws, vec![rule], header).passes();
        assert_eq!(allowed, fits, "{header}");
    }
}

#[test]
fn who_asks_says_whether_a_reference_can_match() {
    for (profile, through_instance) in [(ProfileName::Aws, false), (ProfileName::Huawei, true)] {
        let (mut lab, web, db) = pair(profile);
        let friends = lab.group(vec![], vec![]);
        lab.put_groups(web, &[friends]);
        let rule = allow().source_group(friends);
        let guarded = lab.group(vec![rule.clone()], vec![]);
        lab.put_groups(db, &[guarded]);
        let inside = Viewer { vpc: Some(lab.network.vpc_of(db)), direction: Direction::Ingress };
        let outside = Viewer { vpc: None, ..inside };
        for forwarded in [false, true] {
            let packet = Packet { forwarded, ..Packet::from(tcp(SSH)) };
            let seen = !forwarded || through_instance;
            let valuation = &lab.valuation;
            assert_eq!(matches(&lab.network, inside, &rule.matches, packet, valuation), seen);
            assert_eq!(judge(&lab.network, ingress(db), packet, valuation).passes(), seen);
            // Outside VPCs nobody knows security groups.
            assert!(!matches(&lab.network, outside, &rule.matches, packet, valuation));
            assert!(matches(&lab.network, outside, &allow().matches, packet, valuation));
        }
    }
}

#[test]
fn an_address_group_holds_the_addresses_of_any_of_its_entries() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let origin = Origin::Implied(ImpliedBy::MissingInput);
    let entry =
        |text: &str| AddressGroupEntry { range: text.parse().unwrap(), origin: origin.clone() };
    let office = lab.network.address_groups.push(AddressGroup {
        meta: Meta::new("office", origin.clone()),
        entries: vec![entry("192.0.2.0/24"), entry("10.0.1.8-10.0.1.10")],
    });
    let mut rule = allow();
    rule.matches.source = AddressMatch::AddressGroup(office);
    let group = lab.group(vec![rule], Vec::new());
    lab.put_groups(db, &[group]);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).delivered());
    lab.network.address_groups[office].entries.pop();
    assert!(!lab.ask(at(web), tcp(SSH), at(db)).delivered());
}

#[test]
fn an_unresolved_part_matches_when_its_fact_is_true() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let fact = lab.fact();
    let group = lab.group(vec![allow().ports("22").if_fact(fact)], Vec::new());
    lab.put_groups(db, &[group]);
    assert!(!lab.ask(at(web), tcp(SSH), at(db)).delivered());
    lab.valuation.set(fact, true);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).delivered());
    let telnet = tcp("10.0.1.10:40000 -> 10.0.1.20:23");
    assert!(!lab.ask(at(web), telnet, at(db)).delivered(), "the other parts must match as well");
}

#[test]
fn a_reference_stands_for_the_members_of_the_group() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let clients = lab.group(vec![allow()], vec![allow()]);
    let server = lab.group(vec![allow().source_group(clients)], Vec::new());
    lab.put_groups(db, &[server]);
    assert!(!lab.ask(at(web), tcp(SSH), at(db)).delivered());
    let open = lab.open;
    lab.put_groups(web, &[open, clients]);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).delivered());
    let v6 = tcp("[2001:db8::10]:40000 -> [2001:db8::20]:22");
    assert!(lab.ask(at(web), v6, at(db)).delivered(), "every address of a member counts");
}

#[test]
fn a_reference_can_name_the_destination() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    let servers = lab.group(vec![allow()], vec![allow()]);
    let client = lab.group(Vec::new(), vec![allow().destination_group(servers)]);
    lab.put_groups(web, &[client]);
    assert!(!lab.ask(at(web), tcp(SSH), at(db)).delivered());
    lab.put_groups(db, &[servers]);
    assert!(lab.ask(at(web), tcp(SSH), at(db)).delivered());
}

/// `web` reaches `db` by its public address, so that `db` sees the public address of `web`.
fn in_public(reference: GroupReference) -> bool {
    let mut lab = Lab::new(ProfileName::Aws);
    lab.profile.security_group.group_reference = reference;
    let Pair(web, db) = pair_in(&mut lab);
    let vpc = lab.network.vpc_of(web);
    let gateway = lab.internet_gateway(vpc);
    lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    lab.public_address("203.0.113.10", web);
    lab.public_address("203.0.113.20", db);
    let clients = lab.group(vec![allow()], vec![allow()]);
    let server = lab.group(vec![allow().source_group(clients)], Vec::new());
    lab.put_groups(web, &[clients]);
    lab.put_groups(db, &[server]);
    lab.ask(at(web), tcp("10.0.1.10:40000 -> 203.0.113.20:22"), at(db)).delivered()
}

#[test]
fn a_reference_stands_for_public_addresses_only_where_the_profile_says_so() {
    assert!(!in_public(GroupReference::PrivateAddresses));
    assert!(in_public(GroupReference::AllAddresses));
}

#[test]
fn a_source_behind_nat_matches_no_reference() {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16");
    let (private, public) = (lab.subnet(vpc, "10.0.1.0/24"), lab.subnet(vpc, "10.0.2.0/24"));
    let web = lab.host(private, "10.0.1.10");
    let db = lab.host(public, "10.0.2.20");
    let (nat, _) = lab.nat_in_subnet(public, "10.0.2.5");
    let table = lab.table(vpc);
    lab.network.subnets[private].route_table = table;
    let clients = lab.group(vec![allow()], vec![allow()]);
    let server = lab.group(vec![allow().source_group(clients)], Vec::new());
    lab.put_groups(web, &[clients]);
    lab.put_groups(db, &[server]);
    let header = tcp("10.0.1.10:40000 -> 10.0.2.20:22");
    assert!(lab.ask(at(web), header, at(db)).delivered());
    // A longer route through the gateway hides the member behind 10.0.2.5.
    lab.route(table, "10.0.2.20/32", RouteTarget::NatGateway(nat));
    assert_eq!(lab.ask(at(web), header, at(db)).request.end, End::Denied(ingress(db)));
}

/// `web` and `db` in two VPCs with routes to each other, `db` open to the group of `web`.
fn across_vpcs(profile: ProfileName, status: PeeringStatus, regions: [Option<&str>; 2]) -> bool {
    let mut lab = Lab::new(profile);
    let (one, two) = (lab.vpc("10.0.0.0/16"), lab.vpc("10.1.0.0/16"));
    for (vpc, region) in [one, two].into_iter().zip(regions) {
        lab.network.vpcs[vpc].meta.region = region.map(String::from);
    }
    let (near, far) = (lab.subnet(one, "10.0.1.0/24"), lab.subnet(two, "10.1.1.0/24"));
    let web = lab.host(near, "10.0.1.10");
    let db = lab.host(far, "10.1.1.20");
    let peering = lab.peering(one, two);
    lab.network.peerings[peering].status = status;
    let clients = lab.group(vec![allow()], vec![allow()]);
    let server = lab.group(vec![allow().source_group(clients)], Vec::new());
    lab.put_groups(web, &[clients]);
    lab.put_groups(db, &[server]);
    // The group alone is asked: without an active peering no packet comes that far.
    let header = tcp("10.0.1.10:40000 -> 10.1.1.20:22");
    judge(&lab.network, ingress(db), header, &lab.valuation).passes()
}

#[test]
fn a_reference_across_vpcs_needs_an_active_peering_in_one_region_where_the_profile_says_so() {
    use PeeringStatus::{Active, PendingAcceptance};
    let aws = ProfileName::Aws;
    assert!(across_vpcs(aws, Active, [None, None]));
    assert!(across_vpcs(aws, Active, [Some("eu-1"), Some("eu-1")]));
    assert!(across_vpcs(aws, Active, [Some("eu-1"), None]), "an unknown region is no other one");
    assert!(!across_vpcs(aws, Active, [Some("eu-1"), Some("eu-2")]));
    assert!(!across_vpcs(aws, PendingAcceptance, [None, None]));
    assert!(across_vpcs(ProfileName::Generic, PendingAcceptance, [Some("eu-1"), Some("eu-2")]));
}

#[test]
fn exempt_packets_are_not_filtered_in_either_direction() {
    let mut lab = Lab::new(ProfileName::Aws);
    let prefix = "10.0.1.20/32".parse().unwrap();
    let web_service = Exemption { prefix, service: Some((Protocol::TCP, 80)) };
    lab.profile.security_group.exempt = vec![web_service];
    lab.profile.security_group.stateful = false;
    let Pair(web, db) = pair_in(&mut lab);
    lab.put_groups(web, &[]);
    lab.put_groups(db, &[]);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:80"), at(db));
    assert!(trip.answered());
    let reply = trip.reply.unwrap();
    let exempt = [(Direction::Ingress, Outcome::Exempt)];
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(db)), exempt);
    assert_eq!(outcomes(&reply, Layer::SecurityGroups(web)), exempt);
    assert!(!lab.ask(at(web), tcp(SSH), at(db)).delivered(), "another port");
    assert!(!lab.ask(at(web), udp("10.0.1.10:40000 -> 10.0.1.20:80"), at(db)).delivered());
    assert!(!lab.ask(at(web), ping("10.0.1.10 -> 10.0.1.20"), at(db)).delivered());
    let back = tcp("10.0.1.20:40000 -> 10.0.1.10:80");
    assert!(!lab.ask(at(db), back, at(web)).delivered(), "the port is the far side's");
}

#[test]
fn an_unfiltered_interface_lets_everything_through() {
    let (mut lab, web, db) = pair(ProfileName::Aws);
    lab.network.interfaces[db].filtered = false;
    lab.put_groups(db, &[]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    let unfiltered = [(Direction::Ingress, Outcome::Unfiltered)];
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(db)), unfiltered);
}
