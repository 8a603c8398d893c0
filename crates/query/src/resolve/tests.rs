use canreach_model::{
    DestinationTranslation, Fact, ImpliedBy, Instance, Interface, InterfaceId, InterfaceOwner,
    Meta, NatGateway, NatPlacement, Origin, OutsideNetwork, Polarity, Profile, ProfileName,
    PublicAddress, PublicAddressTarget, Route, RouteTable, RouteTarget, RuleSet, SecurityGroup,
    Setting, Subnet, SubnetId, Vpc, VpcId,
};
use canreach_net::PortRange;

use super::*;

const NOWHERE: Origin = Origin::Implied(ImpliedBy::MissingInput);

fn meta(id: &str) -> Meta {
    Meta::new(id, NOWHERE)
}

fn named(id: &str, name: &str) -> Meta {
    Meta { name: Some(name.into()), ..meta(id) }
}

fn tagged(id: &str, key: &str, value: &str) -> Meta {
    Meta { tags: [(key.into(), value.into())].into(), ..meta(id) }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn vpc(network: &mut Network, id: &str, cidrs: &[&str]) -> VpcId {
    let vpc = network.vpcs.next_id().unwrap();
    let default_route_table =
        network.route_tables.push(RouteTable { meta: meta(id), vpc, routes: Vec::new() });
    let profile = Profile::new(ProfileName::Generic, &mut network.facts);
    let cidrs = cidrs.iter().map(|cidr| cidr.parse().unwrap()).collect();
    let meta = tagged(id, "env", id);
    network.vpcs.push(Vpc { meta, profile, cidrs, default_route_table, unlisted: None })
}

fn subnet(network: &mut Network, id: &str, vpc: VpcId) -> SubnetId {
    let route_table = network.vpcs[vpc].default_route_table;
    let subnet = Subnet {
        meta: meta(id),
        vpc,
        cidrs: Vec::new(),
        route_table,
        network_acl: None,
        zone: None,
    };
    network.subnets.push(subnet)
}

fn interface(
    network: &mut Network,
    id: &str,
    subnet: SubnetId,
    addresses: &[&str],
    owner: InterfaceOwner,
) -> InterfaceId {
    network.interfaces.push(Interface {
        meta: meta(id),
        subnet,
        addresses: addresses.iter().map(|text| address(text)).collect(),
        security_groups: Vec::new(),
        filtered: true,
        internet_gateway_denied: false,
        egress_only_gateway_denied: false,
        source_dest_check: true,
        owner,
    })
}

fn public(network: &mut Network, id: &str, text: &str, target: Option<PublicAddressTarget>) {
    network.public_addresses.push(PublicAddress {
        meta: meta(id),
        address: address(text),
        target,
        firewall: None,
    });
}

fn to_interface(interface: InterfaceId, text: &str) -> PublicAddressTarget {
    PublicAddressTarget::Interface { interface, address: address(text) }
}

fn group(network: &mut Network, id: &str, name: &str) -> canreach_model::SecurityGroupId {
    let group = SecurityGroup { meta: named(id, name), vpc: None, rules: RuleSet::default() };
    network.security_groups.push(group)
}

/// Two VPCs that both have 10.0.1.10; NAT gateways of both kinds; a site behind an open route.
fn network() -> Network {
    let mut network = Network::default();
    let prod = vpc(&mut network, "prod", &["10.0.0.0/16", "2600:1::/56"]);
    let data = vpc(&mut network, "data", &["10.0.0.0/16", "10.1.0.0/16"]);
    let web = subnet(&mut network, "web", prod);
    let db = subnet(&mut network, "db", data);
    subnet(&mut network, "empty", data);
    let instance = |network: &mut Network, meta| {
        InterfaceOwner::Instance(network.instances.push(Instance {
            meta,
            running: true,
            services: None,
            firewall: None,
            forwards: Setting::Decided(false),
            appliance: None,
            routes: Vec::new(),
        }))
    };
    let web_1 = instance(&mut network, tagged("web-1", "role", "web"));
    let db_1 = instance(&mut network, named("i-1", "db-1"));
    let front = interface(&mut network, "web-1", web, &["10.0.1.10", "2600:1::10"], web_1);
    interface(&mut network, "db-1-a", db, &["10.0.1.10"], db_1);
    interface(&mut network, "db-1-b", db, &["10.1.2.20"], db_1);
    interface(&mut network, "spare", web, &["10.0.1.99"], InterfaceOwner::Detached);
    let sg = group(&mut network, "sg-1", "default");
    group(&mut network, "sg-2", "default");
    group(&mut network, "sg-3", "unused");
    network.interfaces[front].security_groups.push(sg);
    nat_gateways(&mut network, prod, web);
    public(&mut network, "eip-web", "203.0.113.10", Some(to_interface(front, "10.0.1.10")));
    public(&mut network, "eip-idle", "203.0.113.40", None);
    let cidrs = vec!["203.0.113.0/24".parse().unwrap()];
    network.outside_networks.push(OutsideNetwork { meta: meta("office"), cidrs });
    network.outside_networks.push(OutsideNetwork { meta: meta("db"), cidrs: Vec::new() });
    site_behind_a_route(&mut network, prod);
    network
}

fn nat_gateways(network: &mut Network, vpc: VpcId, subnet: SubnetId) {
    network.nat_gateways.push(NatGateway {
        meta: meta("edge"),
        vpc,
        placement: NatPlacement::Vpc,
        source_translations: Vec::new(),
        destination_translations: vec![DestinationTranslation {
            public_address: address("203.0.113.20"),
            protocol: None,
            public_ports: PortRange::ALL,
            private_address: address("10.0.1.10"),
            private_port: 0,
            origin: NOWHERE,
        }],
        firewall: None,
    });
    let gateway = network.nat_gateways.next_id().unwrap();
    let owner = InterfaceOwner::NatGateway(gateway);
    let own = interface(network, "nat-if", subnet, &["10.0.1.5"], owner);
    network.nat_gateways.push(NatGateway {
        meta: meta("nat"),
        vpc,
        placement: NatPlacement::Subnet(own),
        source_translations: Vec::new(),
        destination_translations: Vec::new(),
        firewall: None,
    });
    public(network, "eip-nat", "203.0.113.30", Some(to_interface(own, "10.0.1.5")));
}

fn site_behind_a_route(network: &mut Network, vpc: VpcId) {
    let fact = network.facts.push(Fact {
        statement: "the VPN delivers it".into(),
        settled_by: "describe the VPN".into(),
        origin: NOWHERE,
        polarity: Polarity::Helps,
    });
    let table = network.vpcs[vpc].default_route_table;
    network.route_tables[table].routes.push(Route {
        destination: "192.168.0.0/16".parse().unwrap(),
        target: RouteTarget::Unresolved(fact),
        origin: NOWHERE,
    });
}

/// The ends as "label: address address", one each.
fn ends(text: &str, role: Role) -> Vec<String> {
    let selection = resolve(&network(), text, role).unwrap();
    assert!(selection.unowned.is_empty(), "{text}: {:?}", selection.unowned);
    let show = |end: End| {
        let addresses: Vec<String> =
            end.addresses.ranges().map(|range| range.to_string()).collect();
        format!("{}: {}", end.label, addresses.join(" "))
    };
    selection.ends.into_iter().map(show).collect()
}

fn from(text: &str) -> Vec<String> {
    ends(text, Role::Source)
}

fn to(text: &str) -> Vec<String> {
    ends(text, Role::Destination)
}

fn error(text: &str) -> String {
    resolve(&network(), text, Role::Source).unwrap_err().to_string()
}

fn unowned(text: &str, role: Role) -> Vec<String> {
    let selection = resolve(&network(), text, role).unwrap();
    assert!(selection.ends.is_empty(), "{text}: {:?}", selection.ends);
    selection.unowned
}

/// What is at an address as a destination.
fn endpoint(network: &Network, text: &str) -> Endpoint {
    let selection = resolve(network, text, Role::Destination).unwrap();
    assert!(selection.unowned.is_empty(), "{text}: {:?}", selection.unowned);
    let [end] = selection.ends.as_slice() else { panic!("{text}: {selection:?}") };
    assert_eq!(end.label, text);
    assert_eq!(end.addresses, address(text).into());
    end.endpoint
}

const WEB_OWN: &str = "web-1: 10.0.1.10 2600:1::10";
const WEB_ALL: &str = "web-1: 10.0.1.10 203.0.113.10 2600:1::10";

#[test]
fn a_name_means_any_address_and_public_ones_only_as_a_destination() {
    assert_eq!(from("web-1"), [WEB_OWN]);
    assert_eq!(to("web-1"), [WEB_ALL]);
    assert_eq!(to("instance:web-1"), [WEB_ALL]);
    assert_eq!(to("interface:web-1"), [WEB_ALL]);
}

#[test]
fn an_instance_with_several_interfaces_is_several_ends() {
    let both = ["db-1 (db-1-a): 10.0.1.10", "db-1 (db-1-b): 10.1.2.20"];
    assert_eq!(from("db-1"), both);
    assert_eq!(from("i-1"), both);
    assert_eq!(from("db-1-b"), [both[1]]);
}

#[test]
fn an_address_pins_exactly_itself() {
    assert_eq!(to("10.1.2.20"), ["db-1 (db-1-b): 10.1.2.20"]);
    assert_eq!(to("2600:1::10"), ["web-1: 2600:1::10"]);
    assert_eq!(to("203.0.113.10"), ["web-1: 203.0.113.10"]);
    assert_eq!(from("203.0.113.10"), ["web-1: 10.0.1.10"]);
    assert_eq!(to("eip-web"), ["web-1: 203.0.113.10"]);
}

#[test]
fn an_address_with_several_owners_is_named_with_its_vpc() {
    assert_eq!(
        error("10.0.1.10"),
        "`10.0.1.10` belongs to several interfaces; write `prod/10.0.1.10` or `data/10.0.1.10`"
    );
    assert_eq!(from("prod/10.0.1.10"), ["web-1: 10.0.1.10"]);
    assert_eq!(from("data/10.0.1.10"), ["db-1 (db-1-a): 10.0.1.10"]);
    assert_eq!(to("prod/203.0.113.10"), ["web-1: 203.0.113.10"]);
    assert_eq!(
        error("prod/10.1.2.20"),
        "nobody in VPC `prod` has `10.1.2.20`; did you mean `data/10.1.2.20`?"
    );
    assert_eq!(error("prd/10.0.1.10"), "the input has no VPC `prd`; did you mean `prod`?");
}

#[test]
fn what_an_address_that_nobody_has_sends_is_undecided() {
    // In a block of a VPC, of either family; a public address that stands for nothing.
    for text in ["10.1.9.9", "2600:1::99", "203.0.113.40"] {
        assert_eq!(unowned(text, Role::Source), [text]);
        assert_eq!(endpoint(&network(), text), Endpoint::Nobody);
    }
    assert_eq!(endpoint(&network(), "203.0.113.40"), Endpoint::Nobody);
    assert_eq!(to("eip-idle"), ["203.0.113.40: 203.0.113.40"]);
    assert_eq!(to("prod/203.0.113.40"), ["203.0.113.40: 203.0.113.40"]);
}

#[test]
fn a_public_address_of_whom_nobody_says_whose_it_is_lies_on_the_internet() {
    let mut network = network();
    let fact = network.facts.ids().next().unwrap();
    public(&mut network, "eip-old", "203.0.113.50", Some(PublicAddressTarget::Unresolved(fact)));
    assert_eq!(endpoint(&network, "203.0.113.50"), Endpoint::Internet);
    let source = resolve(&network, "203.0.113.50", Role::Source).unwrap();
    assert_eq!(source, Selection::unowned("203.0.113.50"));
    // It is not among what `internet` means.
    let internet = resolve(&network, "internet", Role::Destination).unwrap();
    assert!(!internet.ends[0].addresses.contains(address("203.0.113.50")));
}

#[test]
fn interfaces_of_gateways_are_asked_about_by_their_own_names_only() {
    let mut network = network();
    let web = network.subnets.ids().next().unwrap();
    interface(&mut network, "hub-port", web, &["10.0.1.7"], InterfaceOwner::Gateway);
    let ends = |text: &str| {
        let selection = resolve(&network, text, Role::Destination).unwrap();
        selection.ends.iter().map(|end| end.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ends("subnet:web"), ["web-1"]);
    assert_eq!(ends("hub-port"), ["hub-port"]);
    assert_eq!(ends("10.0.1.7"), ["hub-port"]);
}

#[test]
fn a_load_balancer_is_asked_about_and_its_interface_asks() {
    let mut network = network();
    let web = network.subnets.ids().next().unwrap();
    let lb = canreach_model::LoadBalancer { meta: meta("lb"), listeners: Vec::new() };
    let lb = network.load_balancers.push(lb);
    let owner = InterfaceOwner::LoadBalancer(lb);
    let own = interface(&mut network, "eni-lb", web, &["10.0.1.8"], owner);
    for text in ["interface:eni-lb", "lb:lb", "10.0.1.8"] {
        for (role, endpoint) in [
            (Role::Source, Endpoint::Interface(own)),
            (Role::Destination, Endpoint::LoadBalancer(lb)),
        ] {
            let selection = resolve(&network, text, role).unwrap();
            let [end] = selection.ends.as_slice() else { panic!("{text}: {selection:?}") };
            assert_eq!((end.label.as_str(), end.endpoint), ("lb", endpoint), "{text}");
        }
    }
}

#[test]
fn an_address_that_is_mentioned_but_not_owned_is_undecided() {
    // Where a route to it leads to what is not modelled, the facts decide.
    assert_eq!(unowned("192.168.7.7", Role::Source), ["192.168.7.7"], "behind a route");
    assert_eq!(endpoint(&network(), "192.168.7.7"), Endpoint::Nobody);
    for role in [Role::Source, Role::Destination] {
        assert_eq!(unowned("192.168.7.0/24", role), ["192.168.7.0/24"]);
    }
    assert_eq!(
        error("172.16.0.1"),
        "`172.16.0.1` is not routed on the Internet, and no block of the input holds it; there are 10.0.0.0/16, 10.1.0.0/16"
    );
    assert_eq!(
        error("172.16.0.0/12"),
        "no interface has an address in `172.16.0.0/12`, and the Internet does not route it"
    );
}

#[test]
fn an_address_of_a_nat_gateway_stands_for_those_it_forwards_to() {
    assert_eq!(to("203.0.113.20"), ["web-1: 203.0.113.20"]);
    assert_eq!(
        error("203.0.113.20"),
        "`203.0.113.20` is an address to which NAT gateway `edge` translates; ask from the instance behind it"
    );
    assert_eq!(to("nat"), ["nat-if: 10.0.1.5 203.0.113.30"]);
    assert_eq!(
        error("nat:edge"),
        "NAT gateway `edge` stands at the edge of its VPC and has no interface, so there is nothing to ask about"
    );
}

#[test]
fn the_internet_leaves_out_what_belongs_to_the_network() {
    let internet = resolve(&network(), "internet", Role::Source).unwrap();
    let [end] = internet.ends.as_slice() else { panic!("{internet:?}") };
    assert_eq!((end.label.as_str(), end.endpoint), ("internet", Endpoint::Internet));
    for text in ["8.8.8.8", "203.0.113.11", "2600:2::1"] {
        assert!(end.addresses.contains(address(text)), "{text}");
    }
    for text in ["10.0.1.10", "203.0.113.10", "203.0.113.20", "203.0.113.40", "2600:1::99"] {
        assert!(!end.addresses.contains(address(text)), "{text}");
    }
    assert_eq!(from("8.8.8.8"), ["8.8.8.8: 8.8.8.8"]);
}

#[test]
fn an_outside_network_leaves_out_the_networks_own_addresses() {
    let office = resolve(&network(), "office", Role::Source).unwrap();
    let [end] = office.ends.as_slice() else { panic!("{office:?}") };
    assert_eq!((end.label.as_str(), end.endpoint), ("office", Endpoint::Internet));
    assert!(end.addresses.contains(address("203.0.113.11")));
    assert!(!end.addresses.contains(address("203.0.113.10")));
}

#[test]
fn selectors_leave_out_nat_gateways_and_detached_interfaces() {
    for text in ["subnet:web", "web", "vpc:prod", "sg:sg-1", "tag:role=web", "tag:role"] {
        assert_eq!(from(text), [WEB_OWN], "{text}");
    }
    assert_eq!(to("subnet:web"), [WEB_ALL]);
    assert_eq!(from("spare"), ["spare: 10.0.1.99"]);
    assert_eq!(from("10.0.1.99"), ["spare: 10.0.1.99"]);
    assert_eq!(from("10.0.1.5"), ["nat-if: 10.0.1.5"]);
}

#[test]
fn a_block_stands_for_interfaces_and_for_what_of_it_is_outside() {
    let both = ["web-1: 10.0.1.10", "db-1 (db-1-a): 10.0.1.10"];
    assert_eq!(from("10.0.1.0/24"), both);
    assert_eq!(from("cidr:10.0.1.0/24"), both);
    assert_eq!(to("203.0.113.10/32"), ["web-1: 203.0.113.10"]);
    assert_eq!(from("203.0.113.10/32"), ["web-1: 10.0.1.10"]);
    assert_eq!(to("203.0.113.10/31"), ["web-1: 203.0.113.10", "203.0.113.10/31: 203.0.113.11"]);
    assert_eq!(from("0.0.0.0/0").len(), 4);
    assert!(error("10.0.1.10/24").contains("host bits set; write `10.0.1.0/24`"));
}

#[test]
fn a_name_of_several_things_is_an_error_that_says_what_to_write() {
    assert_eq!(error("db"), "`db` may be several things; write `subnet:db` or `outside:db`");
    assert_eq!(
        error("sg:default"),
        "`default` may be several things; write `sg:sg-1` or `sg:sg-2`"
    );
}

#[test]
fn what_matches_nothing_is_an_error_with_the_nearest_names() {
    assert_eq!(
        error("web-11"),
        "nothing in the input is called `web-11`; did you mean `web-1` or `web`?"
    );
    assert!(error("xyz").ends_with("or a selector such as `subnet:NAME` or `tag:KEY=VALUE`"));
    assert_eq!(error("subnet:wbe"), "the input has no subnet `wbe`; did you mean `web`?");
    assert_eq!(
        error("subnet:empty"),
        "subnet `empty` has no interface with an address, so there is nothing to ask about"
    );
    assert_eq!(
        error("sg:unused"),
        "security group `unused` has no interface with an address, so there is nothing to ask about"
    );
    assert_eq!(
        error("tag:role=wbe"),
        "no instance or interface has tag `role=wbe`; did you mean `tag:role=web`?"
    );
    assert_eq!(
        error("tag:env=prod"),
        "no instance or interface has tag `env=prod`; did you mean `vpc:prod`?"
    );
    assert!(error("host:web-1").starts_with("`host:` is no kind of selector; expected instance:"));
    assert!(error(" ").starts_with("an end is missing"));
}
