//! Edits made in small networks; expected lists are worked out from the edits by hand.

use canreach_model::{
    AddressMatch, Direction, Listen, PeeringStatus, ProfileName, PublicAddressTarget, Route,
    RouteRef, RouteTarget, Rule, RuleOwner, RuleRef, Service,
};
use canreach_net::{PortRange, PortSet, Protocol};
use canreach_testkit::{
    Builder,
    builder::{address, allow, deny, ports, prefix},
};

use super::*;

const IN: Direction = Direction::Ingress;
const OUT: Direction = Direction::Egress;

fn numbered(rule: Rule, number: u32) -> Rule {
    Rule { number: Some(number), ..rule }
}

/// A network ACL with the ingress rules 100 to 400, and egress rule 100.
fn site() -> (Network, RuleOwner) {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let rules = [100, 200, 300, 400].map(|number| numbered(allow(), number));
    let acl = lab.acl(&[subnet], rules.to_vec(), vec![numbered(allow(), 100)]);
    (lab.build(), RuleOwner::NetworkAcl(acl))
}

fn numbers(network: &Network, owner: RuleOwner, direction: Direction) -> Vec<Option<u32>> {
    network.rules_of(owner, direction).iter().map(|rule| rule.number).collect()
}

fn at(owner: RuleOwner, direction: Direction, index: usize) -> RuleRef {
    RuleRef { owner, direction, index }
}

/// Every position speaks of the list as it was: inserting at 1 does not shift what is removed at 2.
#[test]
fn edits_of_one_list_do_not_shift_each_other() {
    let (network, owner) = site();
    let add = |before, number| Edit::AddRule {
        owner,
        direction: IN,
        before,
        rule: numbered(deny(), number),
    };
    let edits = [
        add(1, 150),
        Edit::RemoveRule(at(owner, IN, 2)),
        add(4, 500),
        add(1, 160),
        Edit::MoveRule { rule: at(owner, IN, 3), before: 0, number: Some(50), priority: None },
    ];
    let edited = apply(&network, &edits);
    let expected = [50, 100, 150, 160, 200, 500].map(Some);
    assert_eq!(numbers(&edited, owner, IN), expected);
    assert_eq!(numbers(&edited, owner, OUT), [Some(100)], "the other direction is as it was");
}

#[test]
fn a_rule_changed_into_the_other_direction_leaves_its_list() {
    let (network, owner) = site();
    let into = numbered(ports(allow(), Protocol::TCP, 22, 22), 200);
    let edit = Edit::ChangeRule { rule: at(owner, IN, 1), direction: OUT, into };
    let edited = apply(&network, &[edit]);
    assert_eq!(numbers(&edited, owner, IN), [100, 300, 400].map(Some));
    assert_eq!(numbers(&edited, owner, OUT), [100, 200].map(Some));
    let moved = &edited.rules_of(owner, OUT)[1];
    assert_eq!(moved.matches.destination_ports, PortSet::single(22));
    assert_eq!(moved.matches.source, AddressMatch::Any);
}

/// What an answer about the edited network names is found in the network as it was.
#[test]
fn positions_after_edits_are_told_as_those_before() {
    let (network, owner) = site();
    let add = Edit::AddRule { owner, direction: IN, before: 1, rule: numbered(deny(), 150) };
    let edits = [add, Edit::RemoveRule(at(owner, IN, 2))];
    // After: 100, 150 (new), 200, 400.
    let before = |index| rule_before(&network, &edits, at(owner, IN, index)).map(|it| it.index);
    assert_eq!([0, 1, 2, 3].map(before), [Some(0), None, Some(1), Some(3)]);
    assert_eq!(rule_before(&network, &edits, at(owner, OUT, 0)), Some(at(owner, OUT, 0)));
}

#[test]
fn positions_after_several_removals_are_told_as_those_before() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let table = lab.default_table(vpc);
    let edits = [1, 2, 4].map(|index| Edit::RemoveRoute(RouteRef { table, index }));
    // Of 0 to 6, there are left 0, 3, 5 and 6.
    let before = |index| route_before(&edits, RouteRef { table, index }).index;
    assert_eq!([0, 1, 2, 3].map(before), [0, 3, 5, 6]);
}

/// A route to a peering that the same proposal creates.
#[test]
fn what_is_created_has_the_key_that_comes_next() {
    let mut lab = Builder::new(ProfileName::Aws);
    let (left, right) = (lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"]));
    let table = lab.default_table(left);
    let network = lab.build();
    let peering = network.peerings.next_id().unwrap();
    let target = RouteTarget::Peering(peering);
    let route = Route { destination: prefix("10.1.0.0/16"), target, origin: proposed() };
    let edits =
        [Edit::AddRoute { table, route }, Edit::CreatePeering { requester: left, accepter: right }];
    let edited = apply(&network, &edits);
    let created = &edited.peerings[peering];
    assert_eq!((created.requester, created.accepter), (left, right));
    assert_eq!(created.status, PeeringStatus::Active);
    assert_eq!(edited.route_tables[table].routes.last().unwrap().target, target);
    assert_eq!(network.peerings.len(), 0, "the network as it was is untouched");
}

#[test]
fn names_of_new_objects_are_free_ones() {
    let mut lab = Builder::new(ProfileName::Aws);
    let (left, right) = (lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"]));
    let create = Edit::CreatePeering { requester: left, accepter: right };
    let edited = apply(&lab.build(), &[create.clone(), create]);
    let names: Vec<&str> = edited.peerings.iter().map(|(_, it)| it.meta.id.as_str()).collect();
    assert_eq!(names, ["vpc-0-vpc-1", "vpc-0-vpc-1-2"]);
}

#[test]
fn services_are_added_rebound_and_stopped() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let interface = lab.interface(subnet, &["10.0.0.1"]);
    let instance = lab.instance_of(interface);
    let service = |port, listen| Service {
        name: None,
        protocol: Protocol::TCP,
        ports: PortRange::single(port),
        listen,
        origin: proposed(),
    };
    let loopback = Listen::Address(address("127.0.0.1"));
    lab.network.instances[instance].services =
        Some(vec![service(22, Listen::Any), service(80, loopback)]);
    let edits = [
        Edit::AddService { instance, service: service(443, Listen::AnyV4) },
        Edit::RebindService { instance, index: 1, listen: Listen::AnyV4 },
        Edit::RemoveService { instance, index: 0 },
    ];
    let edited = apply(&lab.build(), &edits);
    let left = edited.instances[instance].services.as_ref().unwrap();
    assert_eq!(*left, [service(80, Listen::AnyV4), service(443, Listen::AnyV4)]);
    assert_eq!(service_before(&edits, instance, 0), 1);
}

#[test]
fn a_public_address_is_associated_or_made() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let interface = lab.interface(subnet, &["10.0.0.1"]);
    let own = lab.public_address("203.0.113.1", interface);
    let network = lab.build();
    let private = address("10.0.0.1");
    let give = |public, text| Edit::AssociatePublicAddress {
        public,
        address: address(text),
        interface,
        private,
    };
    let edited = apply(&network, &[Edit::DisassociatePublicAddress(own)]);
    assert_eq!(edited.public_addresses[own].target, None);
    let edited = apply(&edited, &[give(Some(own), "203.0.113.1"), give(None, "203.0.113.2")]);
    let target = Some(PublicAddressTarget::Interface { interface, address: private });
    let all: Vec<_> =
        edited.public_addresses.iter().map(|(_, it)| (it.address, it.target)).collect();
    assert_eq!(all, [(address("203.0.113.1"), target), (address("203.0.113.2"), target)]);
}
