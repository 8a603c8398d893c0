//! §5 (transit gateways), §5b and §11: from VPC to VPC through a hub.

use canreach_eval::{End, Outcome};
use canreach_model::{
    Across, AttachedTo, Border, Checkpoint, Chooser, Direction, FirewallList, InterfaceId, Layer,
    Obstacle, Pass, Place, ProfileName, PublicAddressTarget, RuleOwner, Setting, SubnetId,
    TransitAttachmentId, TransitGatewayId, TransitRouteRef, TransitRouteTableId, TransitTarget,
    VpcId,
};

use crate::{
    lab::{Lab, Narrow, allow, at, deny, outcomes, places, tcp},
    parts::to_vpc,
};
use canreach_model::RouteTarget;

const SSH: &str = "10.0.1.10:40000 -> 10.1.1.20:22";

/// Two VPCs with a host each, attached to one transit gateway with one table for both.
struct Hub {
    lab: Lab,
    web: InterfaceId,
    db: InterfaceId,
    one: VpcId,
    two: VpcId,
    near: SubnetId,
    far: SubnetId,
    gateway: TransitGatewayId,
    table: TransitRouteTableId,
    first: TransitAttachmentId,
    second: TransitAttachmentId,
}

/// Attached at the edges.
fn hub(profile: ProfileName) -> Hub {
    let mut lab = Lab::new(profile);
    let one = lab.vpc("10.0.0.0/16 2001:db8:0::/56");
    let two = lab.vpc("10.1.0.0/16 2001:db8:1::/56");
    let near = lab.subnet(one, "10.0.1.0/24 2001:db8:0::/64");
    let far = lab.subnet(two, "10.1.1.0/24 2001:db8:1::/64");
    let web = lab.host(near, "10.0.1.10 2001:db8:0::10");
    let db = lab.host(far, "10.1.1.20 2001:db8:1::20");
    let gateway = lab.transit();
    let table = lab.transit_table(gateway);
    let first = lab.attach_vpc(gateway, one, &[], table);
    let second = lab.attach_vpc(gateway, two, &[], table);
    for (vpc, attachment, there) in [(one, first, [4, 6]), (two, second, [4, 6])] {
        for family in there {
            let (own, other) = match (vpc == one, family) {
                (true, 4) => ("10.0.0.0/16", "10.1.0.0/16"),
                (false, 4) => ("10.1.0.0/16", "10.0.0.0/16"),
                (true, _) => ("2001:db8:0::/56", "2001:db8:1::/56"),
                (false, _) => ("2001:db8:1::/56", "2001:db8:0::/56"),
            };
            lab.transit_route(table, own, TransitTarget::Attachment(attachment));
            let default = lab.default_table(vpc);
            lab.route(default, other, RouteTarget::TransitGateway(gateway));
        }
    }
    Hub { lab, web, db, one, two, near, far, gateway, table, first, second }
}

impl Hub {
    /// Lets an attachment go through subnets, each in a zone of its own or of none; the ACL of each
    /// lets everything through.
    fn through(&mut self, attachment: TransitAttachmentId, subnets: &[(&str, &str)]) -> Vec<Layer> {
        let lab = &mut self.lab;
        let AttachedTo::Vpc { vpc, .. } = lab.network.transit_attachments[attachment].to else {
            unreachable!("of a VPC")
        };
        let mut ids = Vec::new();
        let mut layers = Vec::new();
        for (cidr, zone) in subnets {
            let subnet = lab.subnet(vpc, cidr);
            if !zone.is_empty() {
                lab.zone(subnet, zone);
            }
            let acl = lab.acl(vec![allow()], vec![allow()]);
            layers.push(lab.put_acl(subnet, acl));
            ids.push(subnet);
        }
        lab.network.transit_attachments[attachment].to = to_vpc(vpc, ids);
        layers
    }

    fn pick(&mut self, attachment: TransitAttachmentId, pass: Pass, index: usize) {
        self.lab.choices.picks.insert(Chooser::AttachmentSubnet(attachment, pass), index);
    }

    fn request(&self) -> canreach_eval::Trace {
        self.lab.ask(at(self.web), tcp(SSH), at(self.db)).request
    }
}

fn stopped(obstacle: Obstacle) -> End {
    End::Stopped(obstacle)
}

/// Which of some ACLs judged a packet, by position.
fn asked(trace: &canreach_eval::Trace, layers: &[Layer]) -> Vec<usize> {
    let judged = |layer: &Layer| !outcomes(trace, *layer).is_empty();
    layers.iter().enumerate().filter(|(_, it)| judged(it)).map(|(index, _)| index).collect()
}

#[test]
fn a_hub_carries_packets_there_and_back() {
    for profile in ProfileName::ALL {
        let Hub { lab, web, db, one, two, gateway, table, .. } = hub(profile);
        let trip = lab.ask(at(web), tcp(SSH), at(db));
        assert!(trip.answered(), "{profile}");
        let (web_place, db_place) = (Place::Interface(web), Place::Interface(db));
        let (near, hub, far) =
            (Place::Router(one), Place::TransitGateway(gateway), Place::Router(two));
        assert_eq!(places(&trip.request), [web_place, near, hub, far, db_place]);
        let taken: Vec<_> = trip.request.hops.iter().filter_map(|hop| hop.transit_route).collect();
        // The routes: 10.0/16, v6 of the first, 10.1/16, v6 of the second.
        assert_eq!(taken, [TransitRouteRef { table, index: 2 }]);
        assert_eq!(places(&trip.reply.unwrap()), [db_place, far, hub, near, web_place]);
        let v6 = "[2001:db8:0::10]:40000 -> [2001:db8:1::20]:22";
        assert!(lab.ask(at(web), tcp(v6), at(db)).answered(), "{profile}");
    }
}

#[test]
fn what_comes_back_from_a_hub_does_not_come_straight_from_its_subnet() {
    let mut it = hub(ProfileName::Aws);
    let other = it.lab.host(it.near, "10.0.1.11");
    let acl = it.lab.acl(vec![], vec![allow()]);
    let layer = it.lab.put_acl(it.near, acl);
    let table = it.lab.default_table(it.one);
    it.lab.route(table, "10.0.1.11/32", RouteTarget::TransitGateway(it.gateway));
    let header = tcp("10.0.1.10:40000 -> 10.0.1.11:22");
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(it.lab.ask(at(it.web), header, at(other)).request.end, End::Denied(checkpoint));
}

#[test]
fn a_vpc_that_is_not_attached_has_no_way() {
    let mut it = hub(ProfileName::Aws);
    let other = it.lab.transit();
    it.lab.network.transit_attachments[it.first].gateway = other;
    assert_eq!(it.request().end, stopped(Obstacle::NotAttached(it.gateway, it.one)));
    let fact = it.lab.fact();
    it.lab.network.transit_attachments[it.first].gateway = it.gateway;
    it.lab.network.transit_attachments[it.first].to = AttachedTo::Unmodelled(fact);
    assert_eq!(it.request().end, stopped(Obstacle::NotAttached(it.gateway, it.one)));
}

#[test]
fn of_two_attachments_of_a_vpc_the_first_counts() {
    let mut it = hub(ProfileName::Aws);
    let empty = it.lab.transit_table(it.gateway);
    it.lab.attach_vpc(it.gateway, it.one, &[], empty);
    assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered());
    it.lab.network.transit_attachments[it.first].route_table = Some(empty);
    assert_eq!(it.request().end, stopped(Obstacle::NoTransitRoute(empty)));
}

#[test]
fn packets_go_through_the_attachments_subnet_in_their_zone() {
    let mut it = hub(ProfileName::Aws);
    it.lab.zone(it.near, "a");
    let acls =
        it.through(it.first, &[("10.0.8.0/24", "b"), ("10.0.9.0/24", "a"), ("10.0.7.0/24", "a")]);
    // A choice has no say.
    it.pick(it.first, Pass::Request, 2);
    let request = it.request();
    assert_eq!(asked(&request, &acls), [1]);
    let decided = outcomes(&request, acls[1]);
    assert!(matches!(decided[..], [(Direction::Ingress, Outcome::Allowed(_))]));
    it.lab.zone(it.near, "c");
    let missing = Obstacle::NotInZone(it.first, it.near);
    assert_eq!(it.request().end, stopped(missing));
}

#[test]
fn where_a_zone_is_unknown_any_subnet_of_the_attachment_may_do() {
    for (own, of_second) in [("", "b"), ("a", "")] {
        let mut it = hub(ProfileName::Aws);
        if !own.is_empty() {
            it.lab.zone(it.near, own);
        }
        let acls = it.through(it.first, &[("10.0.8.0/24", "c"), ("10.0.9.0/24", of_second)]);
        assert_eq!(asked(&it.request(), &acls), [0], "the first where none is picked");
        it.pick(it.first, Pass::Reply, 1);
        assert_eq!(asked(&it.request(), &acls), [0], "the reply picks for itself");
        it.pick(it.first, Pass::Request, 1);
        assert_eq!(asked(&it.request(), &acls), [1]);
        it.pick(it.first, Pass::Request, 2);
        assert_eq!(asked(&it.request(), &acls), [0], "there is no third");
    }
}

#[test]
fn request_and_reply_pick_apart() {
    let mut it = hub(ProfileName::Aws);
    let acls = it.through(it.first, &[("10.0.8.0/24", ""), ("10.0.9.0/24", "")]);
    it.pick(it.first, Pass::Reply, 1);
    let trip = it.lab.ask(at(it.web), tcp(SSH), at(it.db));
    assert!(trip.answered());
    assert_eq!(asked(&trip.request, &acls), [0]);
    assert_eq!(asked(&trip.reply.unwrap(), &acls), [1]);
}

#[test]
fn what_comes_from_no_subnet_goes_through_any() {
    // From a peered VPC, which reaches the hub through the first.
    let mut it = hub(ProfileName::Huawei);
    it.lab.network.vpcs[it.one].profile.peering.to_peering = Setting::Decided(true);
    let acls = it.through(it.first, &[("10.0.8.0/24", "b"), ("10.0.9.0/24", "a")]);
    let third = it.lab.vpc("10.2.0.0/16");
    let subnet = it.lab.subnet(third, "10.2.1.0/24");
    it.lab.zone(subnet, "a");
    let host = it.lab.host(subnet, "10.2.1.30");
    let peering = it.lab.peering(third, it.one);
    it.lab.route(it.lab.default_table(third), "10.1.0.0/16", RouteTarget::Peering(peering));
    let header = tcp("10.2.1.30:40000 -> 10.1.1.20:22");
    let request = it.lab.ask(at(host), header, at(it.db)).request;
    assert_eq!(asked(&request, &acls), [0]);
    assert_eq!(request.end, End::Delivered(at(it.db)));
    it.lab.network.vpcs[it.one].profile.peering.to_peering = Setting::Decided(false);
    let request = it.lab.ask(at(host), header, at(it.db)).request;
    let across = Across::Peering(peering);
    assert_eq!(request.end, stopped(Obstacle::NotTransitive(across, it.one)));
}

#[test]
fn an_attachments_subnet_does_not_filter_what_comes_from_itself() {
    let mut it = hub(ProfileName::Aws);
    let vpc = it.one;
    let acl = it.lab.acl(vec![], vec![allow()]);
    let layer = it.lab.put_acl(it.near, acl);
    it.lab.network.transit_attachments[it.first].to = to_vpc(vpc, vec![it.near]);
    let request = it.request();
    assert_eq!(request.end, End::Delivered(at(it.db)));
    let decided = outcomes(&request, layer);
    assert!(matches!(
        decided[..],
        [(Direction::Egress, Outcome::Allowed(_)), (Direction::Ingress, Outcome::SameSubnet)]
    ));
    it.lab.network.vpcs[vpc].profile.network_acl.filters_inside_subnet = true;
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(it.request().end, End::Denied(checkpoint));
}

#[test]
fn a_cloud_firewall_at_the_hub_sees_everything() {
    let mut it = hub(ProfileName::Aws);
    let firewall = it.lab.cloud_firewall();
    it.lab.network.transit_gateways[it.gateway].firewall = Some(firewall);
    let rules = &mut it.lab.network.cloud_firewalls[firewall].vpc.rules;
    // The reply passes because the request did.
    rules.ingress = vec![deny().from("10.1.1.20")];
    let trip = it.lab.ask(at(it.web), tcp(SSH), at(it.db));
    assert!(trip.answered());
    let layer = Layer::CloudFirewall(firewall, Border::Vpc);
    let owner = RuleOwner::CloudFirewall(firewall, Border::Vpc, FirewallList::Rules);
    let passed = [(Direction::Ingress, Outcome::AllowedByDefault(owner))];
    assert_eq!(outcomes(&trip.request, layer), passed);
    let remembered = [(Direction::Ingress, Outcome::AllowedAsReply)];
    assert_eq!(outcomes(&trip.reply.unwrap(), layer), remembered);
    let hop = trip
        .request
        .hops
        .iter()
        .find(|hop| !hop.decisions.is_empty() && hop.transit_route.is_some());
    assert_eq!(hop.unwrap().place, Place::TransitGateway(it.gateway));
    it.lab.network.cloud_firewalls[firewall].stateful = false;
    let reply = it.lab.ask(at(it.web), tcp(SSH), at(it.db)).reply.unwrap();
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(reply.end, End::Denied(checkpoint));
}

#[test]
fn a_hub_routes_by_the_table_of_the_attachment() {
    let mut it = hub(ProfileName::Aws);
    let fact = it.lab.fact();
    let table = it.lab.transit_table(it.gateway);
    it.lab.network.transit_attachments[it.first].route_table = Some(table);
    assert_eq!(it.request().end, stopped(Obstacle::NoTransitRoute(table)));
    it.lab.transit_route(table, "10.1.0.0/16", TransitTarget::Blackhole);
    let route = TransitRouteRef { table, index: 0 };
    assert_eq!(it.request().end, stopped(Obstacle::TransitBlackhole(route)));
    // The longest prefix wins, wherever it stands.
    it.lab.transit_route(table, "10.1.1.0/24", TransitTarget::Attachment(it.second));
    it.lab.transit_route(table, "10.0.0.0/8", TransitTarget::Blackhole);
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
    it.lab.transit_route(table, "10.1.1.20/32", TransitTarget::Unresolved(fact));
    let request = it.request();
    assert_eq!(request.end, End::Unmodelled { fact, delivered: false });
    assert_eq!(places(&request).last(), Some(&Place::Unmodelled));
    it.lab.valuation.set(fact, true);
    assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered());
    it.lab.network.transit_attachments[it.first].route_table = None;
    assert_eq!(it.request().end, stopped(Obstacle::NotAssociated(it.first)));
}

#[test]
fn an_attachment_of_something_unmodelled_leans_on_its_fact() {
    let mut it = hub(ProfileName::Aws);
    let fact = it.lab.fact();
    it.lab.network.transit_attachments[it.second].to = AttachedTo::Unmodelled(fact);
    assert_eq!(it.request().end, End::Unmodelled { fact, delivered: false });
    it.lab.valuation.set(fact, true);
    assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered());
}

#[test]
fn at_the_edge_a_vpc_takes_what_is_its_own() {
    let mut it = hub(ProfileName::Aws);
    it.lab.route(
        it.lab.default_table(it.one),
        "10.9.0.0/16",
        RouteTarget::TransitGateway(it.gateway),
    );
    it.lab.transit_route(it.table, "10.9.0.0/16", TransitTarget::Attachment(it.second));
    let trip = it.lab.ask(at(it.web), tcp("10.0.1.10:40000 -> 10.9.0.1:22"), at(it.db));
    let obstacle = Obstacle::NotTransitive(Across::Transit(it.second), it.two);
    assert_eq!(trip.request.end, stopped(obstacle));
}

#[test]
fn out_of_a_hub_the_zone_of_the_sender_picks_the_subnet() {
    let mut it = hub(ProfileName::Aws);
    it.lab.zone(it.near, "a");
    let acls = it.through(it.second, &[("10.1.8.0/24", "b"), ("10.1.9.0/24", "a")]);
    let request = it.request();
    assert_eq!(request.end, End::Delivered(at(it.db)));
    assert_eq!(asked(&request, &acls), [1]);
    let decided = outcomes(&request, acls[1]);
    assert!(matches!(decided[..], [(Direction::Egress, Outcome::Allowed(_))]), "{decided:?}");
    // In another zone than all of them, any will do.
    it.lab.zone(it.near, "c");
    assert_eq!(asked(&it.request(), &acls), [0]);
    it.pick(it.second, Pass::Request, 1);
    assert_eq!(asked(&it.request(), &acls), [1]);
    it.pick(it.second, Pass::Request, 0);
    it.lab.network.subnets[it.near].zone = None;
    assert_eq!(asked(&it.request(), &acls), [0]);
    // One whose zone is unknown spoils them all.
    it.lab.zone(it.near, "a");
    let AttachedTo::Vpc { subnets, .. } = it.lab.network.transit_attachments[it.second].to.clone()
    else {
        unreachable!("of a VPC");
    };
    it.lab.network.subnets[subnets[0]].zone = None;
    assert_eq!(asked(&it.request(), &acls), [0]);
}

#[test]
fn out_of_a_hub_the_attachments_subnet_routes() {
    let mut it = hub(ProfileName::Aws);
    let acls = it.through(it.second, &[("10.1.9.0/24", "")]);
    let own = it.lab.table(it.two);
    it.lab.network.route_tables[own].routes.clear();
    let AttachedTo::Vpc { subnets, .. } = it.lab.network.transit_attachments[it.second].to.clone()
    else {
        unreachable!("of a VPC");
    };
    it.lab.network.subnets[subnets[0]].route_table = own;
    assert_eq!(it.request().end, stopped(Obstacle::NoRoute(own)));
    // The ACL comes first.
    let Layer::NetworkAcl(acl, _) = acls[0] else { unreachable!("of a subnet") };
    it.lab.network.network_acls[acl].rules.egress.clear();
    let checkpoint = Checkpoint { layer: acls[0], direction: Direction::Egress };
    assert_eq!(it.request().end, End::Denied(checkpoint));
}

#[test]
fn what_stays_in_the_attachments_subnet_is_not_filtered() {
    let mut it = hub(ProfileName::Aws);
    let vpc = it.two;
    let acl = it.lab.acl(vec![], vec![]);
    let layer = it.lab.put_acl(it.far, acl);
    it.lab.network.transit_attachments[it.second].to = to_vpc(vpc, vec![it.far]);
    let request = it.request();
    assert_eq!(request.end, End::Delivered(at(it.db)));
    let same =
        [(Direction::Egress, Outcome::SameSubnet), (Direction::Ingress, Outcome::SameSubnet)];
    assert_eq!(outcomes(&request, layer), same);
}

#[test]
fn from_the_attachments_subnet_no_interface_sends() {
    // The sender has a public address that would beat the default route of the first VPC.
    let mut it = hub(ProfileName::Huawei);
    it.through(it.second, &[("10.1.9.0/24", "")]);
    it.lab.public_address("203.0.113.10", it.web);
    let outside = "10.0.1.10:40000 -> 198.51.100.7:443";
    it.lab.route(
        it.lab.default_table(it.one),
        "198.51.100.0/24",
        RouteTarget::TransitGateway(it.gateway),
    );
    it.lab.transit_route(it.table, "0.0.0.0/0", TransitTarget::Attachment(it.second));
    let default = it.lab.default_table(it.two);
    it.lab.route(default, "0.0.0.0/0", RouteTarget::Blackhole);
    let request = it.lab.ask(at(it.web), tcp(outside), at(it.db)).request;
    assert!(matches!(request.end, End::Stopped(Obstacle::Blackhole(_))));
    // Nor does a virtual address of the second VPC help that happens to be the source.
    let held = it.lab.virtual_address(it.far, "10.0.1.10", &[]);
    it.lab.public_address_of("203.0.113.11", Some(PublicAddressTarget::VirtualAddress(held)));
    let request = it.lab.ask(at(it.web), tcp(outside), at(it.db)).request;
    assert!(matches!(request.end, End::Stopped(Obstacle::Blackhole(_))));
    it.lab.network.virtual_addresses[held].address = "10.1.1.99".parse().unwrap();
    // Nor has one of the second VPC a public address for it.
    let gateway = it.lab.internet_gateway(it.two);
    it.lab.network.vpcs[it.two].profile.peering.to_internet_gateway = true;
    it.lab.network.route_tables[default].routes.pop();
    it.lab.route(default, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let request = it.lab.ask(at(it.web), tcp(outside), at(it.db)).request;
    let source = "10.0.1.10".parse().unwrap();
    assert_eq!(request.end, stopped(Obstacle::NobodyHas(it.two, source)));
}

#[test]
fn what_came_from_a_hub_leaves_as_the_profile_allows() {
    for through in [false, true] {
        let mut it = hub(ProfileName::Huawei);
        if through {
            it.through(it.second, &[("10.1.9.0/24", "")]);
        }
        let third = it.lab.vpc("10.2.0.0/16");
        let peering = it.lab.peering(it.two, third);
        let gateway = it.lab.internet_gateway(it.two);
        let remote = it.lab.remote("10.9.0.0/16");
        let connection = it.lab.connection(remote, Some(it.two), "10.0.0.0/8");
        let targets = [
            (RouteTarget::Peering(peering), true, false),
            (RouteTarget::TransitGateway(it.gateway), true, false),
            (RouteTarget::Connection(connection), true, false),
            (RouteTarget::InternetGateway(gateway), false, true),
        ];
        let near = it.lab.default_table(it.one);
        it.lab.route(near, "10.9.0.0/16", RouteTarget::TransitGateway(it.gateway));
        it.lab.transit_route(it.table, "10.9.0.0/16", TransitTarget::Attachment(it.second));
        let table = it.lab.default_table(it.two);
        for (target, by_peering, by_gateway) in targets {
            it.lab.route(table, "10.9.0.0/16", target);
            for (to_peering, to_gateway) in [(true, false), (false, true)] {
                let profile = &mut it.lab.network.vpcs[it.two].profile.peering;
                profile.to_peering = Setting::Decided(to_peering);
                profile.to_internet_gateway = to_gateway;
                profile.to_nat_gateway = true;
                let header = tcp("10.0.1.10:40000 -> 10.9.0.1:22");
                let end = it.lab.ask(at(it.web), header, at(it.db)).request.end;
                let allowed = (by_peering && to_peering) || (by_gateway && to_gateway);
                let refused = Obstacle::NotTransitive(Across::Transit(it.second), it.two);
                assert_eq!(end != stopped(refused), allowed, "{target:?} {to_peering}");
            }
            it.lab.network.route_tables[table].routes.pop();
        }
    }
}

#[test]
fn a_hub_brings_packets_to_a_nat_gateway_of_another_vpc() {
    // The hub's second VPC is the way out; the profile would not let a peering use it.
    let mut it = hub(ProfileName::Aws);
    it.through(it.second, &[("10.1.9.0/24", "")]);
    let (nat, interface) = it.lab.nat_in_subnet(it.far, "10.1.1.5");
    it.lab.public_address("203.0.113.20", interface);
    let inside = it.lab.table(it.two);
    it.lab.route(inside, "0.0.0.0/0", RouteTarget::NatGateway(nat));
    let AttachedTo::Vpc { subnets, .. } = it.lab.network.transit_attachments[it.second].to.clone()
    else {
        unreachable!("of a VPC");
    };
    it.lab.network.subnets[subnets[0]].route_table = inside;
    let gateway = it.lab.internet_gateway(it.two);
    it.lab.route(it.lab.default_table(it.two), "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    it.lab.route(
        it.lab.default_table(it.one),
        "0.0.0.0/0",
        RouteTarget::TransitGateway(it.gateway),
    );
    it.lab.transit_route(it.table, "0.0.0.0/0", TransitTarget::Attachment(it.second));
    let header = tcp("10.0.1.10:40000 -> 198.51.100.7:443");
    let trip = it.lab.ask(at(it.web), header, canreach_model::Endpoint::Internet);
    assert!(trip.answered(), "{:?}", trip.request.end);
}

#[test]
fn hubs_hand_on_to_each_other() {
    let mut it = hub(ProfileName::Aws);
    it.lab.zone(it.near, "a");
    // The second VPC moves to a hub of its own.
    let other = it.lab.transit();
    let table = it.lab.transit_table(other);
    it.lab.network.transit_attachments[it.second].gateway = other;
    it.lab.network.transit_attachments[it.second].route_table = Some(table);
    let far = it.lab.default_table(it.two);
    it.lab.network.route_tables[far].routes.retain(|it| it.target == RouteTarget::Local);
    it.lab.route(far, "10.0.0.0/16", RouteTarget::TransitGateway(other));
    let next = it.lab.network.transit_attachments.next_id().unwrap();
    let far_side = it.lab.attach(other, AttachedTo::Peering(next), table);
    assert_eq!(far_side, next);
    let near_side = it.lab.attach(it.gateway, AttachedTo::Peering(far_side), it.table);
    it.lab.network.transit_attachments[far_side].to = AttachedTo::Peering(near_side);
    it.lab.transit_route(table, "10.1.0.0/16", TransitTarget::Attachment(it.second));
    it.lab.transit_route(table, "10.0.0.0/16", TransitTarget::Attachment(far_side));
    let routes = &mut it.lab.network.transit_route_tables[it.table].routes;
    routes.retain(|route| route.target != TransitTarget::Attachment(it.second));
    it.lab.transit_route(it.table, "10.1.0.0/16", TransitTarget::Attachment(near_side));
    // The zone of the sender counts, before the first of the two hubs.
    let acls = it.through(it.second, &[("10.1.8.0/24", "b"), ("10.1.9.0/24", "a")]);
    let trip = it.lab.ask(at(it.web), tcp(SSH), at(it.db));
    assert!(trip.answered());
    let hubs = [Place::TransitGateway(it.gateway), Place::TransitGateway(other)];
    assert_eq!(places(&trip.request)[2..4], hubs);
    assert_eq!(asked(&trip.request, &acls), [1]);
}

#[test]
fn a_step_through_a_subnet_begins_a_new_zone() {
    // From the first VPC by one hub into the second, through a subnet there, and by another hub on
    // to the third.
    let mut it = hub(ProfileName::Huawei);
    it.lab.network.vpcs[it.two].profile.peering.to_peering = Setting::Decided(true);
    it.lab.zone(it.near, "a");
    it.through(it.second, &[("10.1.8.0/24", "b")]);
    let other = it.lab.transit();
    let table = it.lab.transit_table(other);
    let third = it.lab.vpc("10.2.0.0/16");
    let subnet = it.lab.subnet(third, "10.2.1.0/24");
    let host = it.lab.host(subnet, "10.2.1.30");
    it.lab.attach_vpc(other, it.two, &[], table);
    let out = it.lab.attach_vpc(other, third, &[], table);
    let acls = it.through(out, &[("10.2.8.0/24", "a"), ("10.2.9.0/24", "b")]);
    let to_third = "10.2.0.0/16";
    it.lab.route(it.lab.default_table(it.one), to_third, RouteTarget::TransitGateway(it.gateway));
    it.lab.transit_route(it.table, to_third, TransitTarget::Attachment(it.second));
    it.lab.route(it.lab.default_table(it.two), to_third, RouteTarget::TransitGateway(other));
    it.lab.transit_route(table, to_third, TransitTarget::Attachment(out));
    let header = tcp("10.0.1.10:40000 -> 10.2.1.30:22");
    let request = it.lab.ask(at(it.web), header, at(host)).request;
    assert_eq!(request.end, End::Delivered(at(host)));
    assert_eq!(asked(&request, &acls), [1], "zone b of the second VPC, not zone a of the first");
    // Entering the second VPC at its edge, it is still the first VPC's zone.
    it.lab.network.transit_attachments[it.second].to = to_vpc(it.two, vec![]);
    let request = it.lab.ask(at(it.web), header, at(host)).request;
    assert_eq!(asked(&request, &acls), [0]);
}

#[test]
fn a_packet_that_comes_round_to_a_hub_is_in_a_loop() {
    let mut it = hub(ProfileName::Huawei);
    it.lab.network.vpcs[it.two].profile.peering.to_peering = Setting::Decided(true);
    let to = "10.9.0.0/16";
    for vpc in [it.one, it.two] {
        it.lab.route(it.lab.default_table(vpc), to, RouteTarget::TransitGateway(it.gateway));
    }
    it.lab.transit_route(it.table, to, TransitTarget::Attachment(it.second));
    let header = tcp("10.0.1.10:40000 -> 10.9.0.1:22");
    let ends = |it: &Hub| it.lab.ask(at(it.web), header, at(it.db)).request;
    // Hub from the first, second VPC, hub from the second, second VPC again.
    let request = ends(&it);
    assert_eq!(request.end, stopped(Obstacle::RoutingLoop(Place::Router(it.two))));
    assert_eq!(request.hops.len(), 5);
    it.through(it.second, &[("10.1.9.0/24", "")]);
    let request = ends(&it);
    assert_eq!(request.end, stopped(Obstacle::RoutingLoop(Place::Router(it.two))));
    assert_eq!(request.hops.len(), 5);
    // Two hubs that send each other the packet.
    let other = it.lab.transit();
    let table = it.lab.transit_table(other);
    let far_side = it.lab.attach(other, AttachedTo::Peering(it.first), table);
    let near_side = it.lab.attach(it.gateway, AttachedTo::Peering(far_side), it.table);
    it.lab.network.transit_attachments[far_side].to = AttachedTo::Peering(near_side);
    it.lab.network.transit_route_tables[it.table].routes.pop();
    it.lab.transit_route(it.table, to, TransitTarget::Attachment(near_side));
    it.lab.transit_route(table, to, TransitTarget::Attachment(far_side));
    let request = ends(&it);
    // From the first VPC, far side, near side, far side again.
    let place = Place::TransitGateway(other);
    assert_eq!(request.end, stopped(Obstacle::RoutingLoop(place)));
    assert_eq!(request.hops.len(), 5);
}
