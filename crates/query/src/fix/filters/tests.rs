//! Where rules go so that they win, worked out from `docs/forwarding.md` §§7 and 8.

use canreach_model::{Endpoint, ProfileName};
use canreach_net::{Icmp, Ports, Protocol, Transport};
use canreach_testkit::{
    Builder,
    builder::{address, allow, deny, far_side, ports, range},
};

use super::*;
use crate::{End, Traffic};

const IN: Direction = Direction::Ingress;

/// A client at 10.0.0.1, a server at 10.0.1.2 in a subnet of its own; asked about is tcp 5432.
struct Site {
    lab: Builder,
    client: InterfaceId,
    server: InterfaceId,
    traffic: Traffic,
}

impl Site {
    fn new(profile: ProfileName) -> Self {
        let mut lab = Builder::new(profile);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let near = lab.subnet(vpc, &["10.0.0.0/24"]);
        let client = lab.interface(near, &["10.0.0.1"]);
        let far = lab.subnet(vpc, &["10.0.1.0/24"]);
        let server = lab.interface(far, &["10.0.1.2"]);
        let traffic = Traffic::parse(None, Some("5432")).unwrap();
        Self { lab, client, server, traffic }
    }

    fn end(&self, interface: InterfaceId) -> End {
        let own = &self.lab.network.interfaces[interface].addresses;
        let endpoint = Endpoint::Interface(interface);
        End { label: String::from("end"), endpoint, addresses: own.iter().copied().collect() }
    }

    fn subnet(&self) -> SubnetId {
        self.lab.network.interfaces[self.server].subnet
    }

    fn header(pass: Pass) -> Header {
        let (client, server) = (address("10.0.0.1"), address("10.0.1.2"));
        let there = Ports { source: 40_000, destination: 5432 };
        match pass {
            Pass::Request => {
                Header { source: client, destination: server, transport: Transport::Tcp(there) }
            }
            Pass::Reply => Header {
                source: server,
                destination: client,
                transport: Transport::Tcp(there.swapped()),
            },
        }
    }

    /// The ways to open a filter at the server.
    fn ways(
        &self,
        layer: Layer,
        direction: Direction,
        pass: Pass,
        edits: &[Edit],
    ) -> Vec<Vec<Edit>> {
        let network = self.lab.clone().build();
        let (from, to) = (self.end(self.client), self.end(self.server));
        let wanted = Wanted { network: &network, from: &from, to: &to, traffic: &self.traffic };
        let header = Self::header(pass);
        let checkpoint = Checkpoint { layer, direction };
        wanted.open_filter(Shut { pass, checkpoint, header: &header, edits })
    }

    fn acl_ways(&self, acl: NetworkAclId) -> Vec<Vec<Edit>> {
        self.ways(Layer::NetworkAcl(acl, self.subnet()), IN, Pass::Request, &[])
    }

    fn group_ways(&self) -> Vec<Vec<Edit>> {
        self.ways(Layer::SecurityGroups(self.server), IN, Pass::Request, &[])
    }
}

fn numbered(rule: Rule, number: u32) -> Rule {
    Rule { number: Some(number), ..rule }
}

fn prior(rule: Rule, priority: u16) -> Rule {
    Rule { priority: Some(priority), ..rule }
}

/// Position, number and priority of an added rule.
fn added(edit: &Edit) -> Option<(usize, Option<u32>, Option<u16>)> {
    if let Edit::AddRule { before, rule, .. } = edit {
        Some((*before, rule.number, rule.priority))
    } else {
        None
    }
}

fn exact(source: &str) -> AddressMatch {
    AddressMatch::Range(range(source))
}

#[test]
fn a_numbered_rule_goes_between_the_one_that_denies_and_the_one_before() {
    let mut site = Site::new(ProfileName::Aws);
    let other = ports(allow(), Protocol::TCP, 22, 22);
    let rules = vec![numbered(other, 100), numbered(deny(), 200), numbered(allow(), 300)];
    let acl = site.lab.acl(&[site.subnet()], rules, Vec::new());
    let ways = site.acl_ways(acl);
    // Before rule 200, with the largest multiple of ten that is free.
    assert_eq!(added(&ways[0][0]), Some((1, Some(190), None)));
    let Edit::AddRule { rule, .. } = &ways[0][0] else { panic!("{ways:?}") };
    assert_eq!(rule.matches.protocol, Some(Protocol::TCP));
    assert_eq!(rule.matches.destination_ports, PortSet::single(5432));
    assert_eq!(rule.matches.source, exact("10.0.0.1"));
    assert_eq!(rule.matches.destination, AddressMatch::Any, "AWS rules name the far side alone");
    // Or rule 300, which allows it, is moved to that number.
    let owner = RuleOwner::NetworkAcl(acl);
    let at = |index| RuleRef { owner, direction: IN, index };
    let moved = Edit::MoveRule { rule: at(2), before: 1, number: Some(190), priority: None };
    assert!(ways.contains(&vec![moved]), "{ways:#?}");
    assert_eq!(ways.last(), Some(&vec![Edit::RemoveRule(at(1))]), "the widest change comes last");
}

#[test]
fn where_no_number_is_free_the_rule_that_denies_makes_room() {
    let mut site = Site::new(ProfileName::Aws);
    let other = ports(allow(), Protocol::TCP, 22, 22);
    let rules = vec![numbered(other, 1), numbered(deny(), 2), numbered(allow(), 5)];
    let acl = site.lab.acl(&[site.subnet()], rules, Vec::new());
    let ways = site.acl_ways(acl);
    let owner = RuleOwner::NetworkAcl(acl);
    let rule = RuleRef { owner, direction: IN, index: 1 };
    // The deny goes to 4, the largest number before 5; the new rule takes its number.
    let [add, moved] = ways[0].as_slice() else { panic!("{ways:?}") };
    assert_eq!(added(add), Some((1, Some(2), None)));
    assert_eq!(*moved, Edit::MoveRule { rule, before: 1, number: Some(4), priority: None });
}

#[test]
fn a_rule_at_the_end_takes_the_next_ten_and_never_one_that_is_taken() {
    let mut site = Site::new(ProfileName::Aws);
    let other = ports(allow(), Protocol::UDP, 53, 53);
    let acl = site.lab.acl(&[site.subnet()], vec![numbered(other, 104)], Vec::new());
    let ways = site.acl_ways(acl);
    assert_eq!(added(&ways[0][0]), Some((1, Some(110), None)));
    let layer = Layer::NetworkAcl(acl, site.subnet());
    let again = site.ways(layer, IN, Pass::Request, &ways[0]);
    assert_eq!(added(&again[0][0]), Some((1, Some(120), None)));
}

/// A stateless ACL judges the reply by itself: it goes to the client's ephemeral ports.
#[test]
fn a_reply_is_let_out_to_the_ephemeral_ports_of_the_client() {
    let mut site = Site::new(ProfileName::Aws);
    let acl = site.lab.acl(&[site.subnet()], vec![numbered(allow(), 100)], Vec::new());
    let layer = Layer::NetworkAcl(acl, site.subnet());
    let ways = site.ways(layer, Direction::Egress, Pass::Reply, &[]);
    let Edit::AddRule { rule, direction, .. } = &ways[0][0] else { panic!("{ways:?}") };
    assert_eq!(*direction, Direction::Egress);
    assert_eq!(rule.number, Some(100), "an empty list begins at 100");
    assert_eq!(rule.matches.destination, exact("10.0.0.1"));
    assert_eq!(rule.matches.destination_ports, PortSet::range(32768, 60999));
    assert!(rule.matches.source_ports.is_all(), "AWS rules do not match the source port");
}

#[test]
fn where_rules_have_no_numbers_the_position_decides() {
    let mut site = Site::new(ProfileName::Huawei);
    let acl = site.lab.acl(&[site.subnet()], vec![allow_other(), deny(), allow()], Vec::new());
    let ways = site.acl_ways(acl);
    assert_eq!(added(&ways[0][0]), Some((1, None, None)));
    let Edit::AddRule { rule, .. } = &ways[0][0] else { panic!("{ways:?}") };
    assert_eq!(rule.matches.destination, exact("10.0.1.2"), "both ends can be named here");
}

fn allow_other() -> Rule {
    ports(allow(), Protocol::TCP, 22, 22)
}

#[test]
fn a_rule_of_a_group_gets_the_priority_before_the_one_that_denies() {
    let mut site = Site::new(ProfileName::Huawei);
    let rules = vec![prior(deny(), 5), prior(allow_other(), 1)];
    site.lab.group(&[site.server], rules, Vec::new());
    // Priority 4 is tried before 5.
    assert_eq!(added(&site.group_ways()[0][0]), Some((2, None, Some(4))));
}

#[test]
fn at_the_first_priority_an_earlier_group_or_a_later_deny_helps() {
    let mut site = Site::new(ProfileName::Huawei);
    let first = site.lab.group(&[site.server], vec![allow_other()], Vec::new());
    let second = site.lab.group(&[site.server], vec![prior(deny(), 1)], Vec::new());
    let ways = site.group_ways();
    let Edit::AddRule { owner, rule, .. } = &ways[0][0] else { panic!("{ways:?}") };
    assert_eq!(*owner, RuleOwner::SecurityGroup(first), "its rules are tried first");
    assert_eq!(rule.priority, Some(100), "any priority will do there");
    // At priority 1 a deny goes first, so it has to move to 2.
    let owner = RuleOwner::SecurityGroup(second);
    let rule = RuleRef { owner, direction: IN, index: 0 };
    let later = Edit::MoveRule { rule, before: 0, number: None, priority: Some(2) };
    assert_eq!(ways[1][0], later);
    assert_eq!(added(&ways[1][1]), Some((1, None, Some(1))));
}

/// The default priority is 1 or 100; a deny without one may be either, so that only moving it helps.
#[test]
fn a_disputed_priority_is_taken_for_the_higher_one() {
    let mut site = Site::new(ProfileName::Huawei);
    site.lab.group(&[site.server], vec![deny()], Vec::new());
    let ways = site.group_ways();
    assert!(matches!(ways[0][0], Edit::MoveRule { priority: Some(2), .. }), "{ways:?}");
}

#[test]
fn without_deny_rules_the_group_of_the_fewest_members_gets_the_rule() {
    let mut site = Site::new(ProfileName::Aws);
    site.lab.group(&[site.client, site.server], Vec::new(), Vec::new());
    let own = site.lab.group(&[site.server], Vec::new(), Vec::new());
    let ways = site.group_ways();
    let Edit::AddRule { owner, rule, .. } = &ways[0][0] else { panic!("{ways:?}") };
    assert_eq!(*owner, RuleOwner::SecurityGroup(own));
    assert_eq!(rule.priority, None);
}

#[test]
fn near_misses_are_changed_in_their_one_field() {
    let udp = far_side(ports(allow(), Protocol::UDP, 5432, 5432), IN, "10.0.0.0/24");
    let other_port = far_side(ports(allow(), Protocol::TCP, 22, 22), IN, "10.0.0.0/24");
    let outside = far_side(ports(allow(), Protocol::TCP, 5432, 5432), IN, "10.0.0.4/30");
    let changed = |rule: Rule| {
        let mut site = Site::new(ProfileName::Aws);
        site.lab.group(&[site.server], vec![rule], Vec::new());
        let ways = site.group_ways();
        let change = ways.iter().flatten().find_map(|edit| {
            if let Edit::ChangeRule { into, .. } = edit { Some(into.matches.clone()) } else { None }
        });
        change.unwrap()
    };
    assert_eq!(changed(udp).protocol, Some(Protocol::TCP));
    let both = PortSet::single(22).union(&PortSet::single(5432));
    assert_eq!(changed(other_port).destination_ports, both, "what it allowed it still does");
    // The smallest block around 10.0.0.4/30 and 10.0.0.1 is 10.0.0.0/29.
    assert_eq!(changed(outside).source, exact("10.0.0.0/29"));
}

#[test]
fn a_service_is_added_or_rebound() {
    let mut site = Site::new(ProfileName::Aws);
    let instance = site.lab.instance_of(site.server);
    let service = |port, listen| Service {
        name: None,
        protocol: Protocol::TCP,
        ports: canreach_net::PortRange::single(port),
        listen,
        origin: proposed(),
    };
    let ways = |site: &Site| {
        site.ways(Layer::Listener(instance, Some(site.server)), IN, Pass::Request, &[])
    };
    site.lab.network.instances[instance].services = Some(vec![service(22, Listen::Any)]);
    let add = Edit::AddService { instance, service: service(5432, Listen::AnyV4) };
    assert_eq!(ways(&site), [vec![add]]);
    let loopback = Listen::Address(address("127.0.0.1"));
    site.lab.network.instances[instance].services = Some(vec![service(5432, loopback)]);
    let rebind = Edit::RebindService { instance, index: 0, listen: Listen::AnyV4 };
    assert_eq!(ways(&site), [vec![rebind]]);
    // What listens for the other family goes on doing so.
    site.lab.network.instances[instance].services = Some(vec![service(5432, Listen::AnyV6)]);
    let both = Edit::RebindService { instance, index: 0, listen: Listen::Any };
    assert_eq!(ways(&site), [vec![both]]);
}

#[test]
fn a_rule_for_a_ping_names_the_type_only_where_it_was_asked_about() {
    let mut site = Site::new(ProfileName::Aws);
    site.lab.group(&[site.server], Vec::new(), Vec::new());
    let network = site.lab.clone().build();
    let (from, to) = (site.end(site.client), site.end(site.server));
    let echo = Icmp { kind: 8, code: 0 };
    let header = Header { transport: Transport::Icmp(echo), ..Site::header(Pass::Request) };
    let icmp = |protocol| {
        let traffic = Traffic::parse(Some(protocol), None).unwrap();
        let wanted = Wanted { network: &network, from: &from, to: &to, traffic: &traffic };
        wanted.packets(Pass::Request, &header, IN, Sides::Far).icmp
    };
    assert_eq!(icmp("icmp"), None);
    assert_eq!(icmp("icmp/8"), Some(canreach_model::IcmpMatch { kind: Some(8), code: None }));
}
