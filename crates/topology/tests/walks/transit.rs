//! Transit gateways (§§5, 5b), and what comes and goes by them (§5a).

use canreach_model::{
    Across, AttachedTo, Border, Chooser, Direction, InterfaceId, Layer, Obstacle, Pass, Place,
    Polarity, ProfileName, RouteTarget, Setting, SubnetId, TransitAttachmentId, TransitGatewayId,
    TransitRouteRef, TransitRouteTableId, TransitTarget, VpcId,
};
use canreach_testkit::{Builder, builder::allow};
use canreach_topology::{End, Mode, Trip};

use crate::lab::{arrives, assumed, at, crossed, only, places, tcp};

/// Two VPCs, each with a subnet and an interface in it, and a transit gateway with one route table
/// that they are attached to; each VPC sends there what is for the other.
struct Site {
    lab: Builder,
    vpcs: [VpcId; 2],
    subnets: [SubnetId; 2],
    ends: [InterfaceId; 2],
    gateway: TransitGatewayId,
    table: TransitRouteTableId,
    attachments: [TransitAttachmentId; 2],
}

impl Site {
    /// Attaches the VPCs through so many subnets each, of their own: `10.n.10.0/24` and so on.
    fn new(through: usize) -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpcs = [0, 1].map(|n| lab.vpc(&[&format!("10.{n}.0.0/16")]));
        let subnets = [0, 1].map(|n| lab.subnet(vpcs[n], &[&format!("10.{n}.0.0/24")]));
        let ends = [0, 1].map(|n| lab.interface(subnets[n], &[&format!("10.{n}.0.1")]));
        let gateway = lab.transit_gateway();
        let table = lab.transit_table(gateway);
        let attachments = [0, 1].map(|n| {
            let between = 10..10 + through;
            let own: Vec<SubnetId> = between
                .map(|part| lab.subnet(vpcs[n], &[&format!("10.{n}.{part}.0/24")]))
                .collect();
            lab.attach_vpc(gateway, vpcs[n], &own, Some(table))
        });
        for n in [0, 1] {
            let block = format!("10.{n}.0.0/16");
            lab.transit_route(table, &block, TransitTarget::Attachment(attachments[n]));
            let other = lab.default_table(vpcs[1 - n]);
            lab.route(other, &block, RouteTarget::TransitGateway(gateway));
        }
        Self { lab, vpcs, subnets, ends, gateway, table, attachments }
    }

    fn subnets_of(&self, n: usize) -> Vec<SubnetId> {
        match &self.lab.network.transit_attachments[self.attachments[n]].to {
            AttachedTo::Vpc { subnets, .. } => subnets.clone(),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {
                Vec::new()
            }
        }
    }

    fn zone(&mut self, subnet: SubnetId, zone: &str) {
        self.lab.network.subnets[subnet].zone = Some(zone.to_owned());
    }

    fn trips(&self, mode: Mode) -> Vec<Trip> {
        let network = self.lab.clone().build();
        tcp(&network, (at(self.ends[0]), "10.0.0.1"), (at(self.ends[1]), "10.1.0.1"), mode)
    }

    fn trip(&self, mode: Mode) -> Trip {
        only(self.trips(mode))
    }

    fn end(&self) -> End {
        self.trip(Mode::Real).request.end
    }
}

#[test]
fn at_the_edge_of_a_vpc_there_is_one_way_each_way() {
    let site = Site::new(0);
    let trip = site.trip(Mode::Real);
    let transit = Place::TransitGateway(site.gateway);
    let [v, w] = site.vpcs.map(Place::Router);
    let [a, b] = site.ends.map(Place::Interface);
    assert_eq!(places(&trip.request), [a, v, transit, w, b]);
    let taken = trip.request.steps.iter().find_map(|step| step.transit_route);
    assert_eq!(taken, Some(TransitRouteRef { table: site.table, index: 1 }));
    assert_eq!(trip.request.end, arrives(site.ends[1]));
    let back = only(trip.replies);
    assert_eq!((places(&back), back.end), (vec![b, w, transit, v, a], arrives(site.ends[0])));
    assert_eq!(back.guard.picks, []);
}

#[test]
fn through_subnets_the_network_picks_one_for_each_attachment_and_pass() {
    let site = Site::new(2);
    let trips = site.trips(Mode::Real);
    let [first, second] = site.attachments;
    let there = |id, pick| (Chooser::AttachmentSubnet(id, Pass::Request), pick);
    let picks: Vec<_> = trips.iter().map(|trip| trip.request.guard.picks.clone()).collect();
    let all: Vec<_> = [(0, 0), (0, 1), (1, 0), (1, 1)]
        .map(|(one, other)| vec![there(first, one), there(second, other)])
        .to_vec();
    assert_eq!(picks, all);
    for trip in &trips {
        assert_eq!(trip.replies.len(), 4, "the way back is picked apart");
        for back in &trip.replies {
            assert_eq!(back.guard.picks[..2], trip.request.guard.picks);
            let (chooser, _) = back.guard.picks[2];
            assert_eq!(chooser, Chooser::AttachmentSubnet(second, Pass::Reply));
        }
    }
}

#[test]
fn a_known_zone_leaves_no_choice() {
    let mut site = Site::new(2);
    let [near, far] = [site.subnets_of(0), site.subnets_of(1)];
    for n in [0, 1] {
        site.zone(near[n], ["b", "a"][n]);
        site.zone(far[n], ["b", "a"][n]);
    }
    site.zone(site.subnets[0], "a");
    let acl = site.lab.acl(&[near[0], near[1], far[0], far[1]], vec![allow()], vec![allow()]);
    let trip = site.trips(Mode::Real);
    let trip = only(trip);
    // Into the attachment's subnet of the sender's zone, and out of the one of that zone again; there
    // the next stop is in another subnet.
    let layer = |subnet| Layer::NetworkAcl(acl, subnet);
    assert_eq!(
        crossed(&trip.request),
        [(layer(near[1]), Direction::Ingress, false), (layer(far[1]), Direction::Egress, false)]
    );
    // The zone of the one who answers is not known: both ways out of its VPC are possible, and the
    // subnet the reply came from says nothing about the other end.
    assert_eq!(trip.replies.len(), 4);
}

#[test]
fn no_subnet_in_the_zone_is_an_obstacle_only_on_the_way_in() {
    let mut site = Site::new(1);
    let [near, far] = [0, 1].map(|n| site.subnets_of(n)[0]);
    site.zone(site.subnets[0], "a");
    site.zone(near, "b");
    site.zone(far, "b");
    let obstacle = Obstacle::NotInZone(site.attachments[0], site.subnets[0]);
    assert_eq!(site.end(), End::Stopped(obstacle));
    let mended = site.trip(Mode::Repaired);
    assert_eq!(mended.request.end, arrives(site.ends[1]));
    assert_eq!(assumed(&mended.request), [obstacle]);
    // On the way out of the gateway any subnet does.
    site.zone(near, "a");
    assert_eq!(site.end(), arrives(site.ends[1]));
    // What is not known is no obstacle.
    site.lab.network.subnets[near].zone = None;
    assert_eq!(site.end(), arrives(site.ends[1]));
}

#[test]
fn an_attachment_subnet_routes_by_its_own_table_and_passes_on_only_what_may_leave_again() {
    let mut site = Site::new(1);
    let entrance = site.subnets_of(1)[0];
    let table = site.lab.table(site.vpcs[1]);
    site.lab.network.subnets[entrance].route_table = table;
    let peering = site.lab.peering(site.vpcs[1], site.vpcs[0]);
    site.lab.route(table, "10.1.0.0/24", RouteTarget::Peering(peering));
    let across = Across::Transit(site.attachments[1]);
    assert_eq!(site.end(), End::Stopped(Obstacle::NotTransitive(across, site.vpcs[1])));
    // A NAT gateway may be used by what comes from a transit gateway, though not across a peering.
    let (nat, _) = site.lab.nat_in_subnet(entrance, "10.1.10.9");
    site.lab.network.route_tables[table].routes[0].target = RouteTarget::NatGateway(nat);
    site.lab.acl(&[entrance], vec![allow()], vec![allow()]);
    let request = site.trip(Mode::Real).request;
    // It stands in the very subnet: no ACL on the way to it, nor as its own packets come back to it.
    assert_eq!(crossed(&request), []);
    let obstacle = Obstacle::RoutingLoop(Place::Router(site.vpcs[1]));
    assert_eq!(request.end, End::Stopped(obstacle));
}

#[test]
fn each_gap_has_its_name_and_is_passed_when_mended() {
    let mends = |site: &Site, obstacle| {
        assert_eq!(site.end(), End::Stopped(obstacle));
        let mended = site.trip(Mode::Repaired).request;
        assert_eq!((mended.end, assumed(&mended)), (arrives(site.ends[1]), vec![obstacle]));
    };
    let mut site = Site::new(0);
    site.lab.network.transit_attachments[site.attachments[0]].route_table = None;
    mends(&site, Obstacle::NotAssociated(site.attachments[0]));
    let mut site = Site::new(0);
    site.lab.network.transit_route_tables[site.table].routes.truncate(1);
    mends(&site, Obstacle::NoTransitRoute(site.table));
    let mut site = Site::new(0);
    site.lab.transit_route(site.table, "10.1.0.1/32", TransitTarget::Blackhole);
    let route = TransitRouteRef { table: site.table, index: 2 };
    mends(&site, Obstacle::TransitBlackhole(route));
    // The route without the VPC's attachment: both are missing.
    let mut site = Site::new(0);
    let elsewhere = site.lab.vpc(&["10.7.0.0/16"]);
    let AttachedTo::Vpc { vpc, .. } =
        &mut site.lab.network.transit_attachments[site.attachments[0]].to
    else {
        panic!("a VPC")
    };
    *vpc = elsewhere;
    mends(&site, Obstacle::NotAttached(site.gateway, site.vpcs[0]));
}

#[test]
fn a_route_that_is_missing_on_both_routers_is_missed_on_both() {
    let mut site = Site::new(0);
    let tables = site.vpcs.map(|vpc| site.lab.default_table(vpc));
    site.lab.network.route_tables[tables[0]].routes.clear();
    site.lab.network.transit_route_tables[site.table].routes.truncate(1);
    let trip = site.trip(Mode::Repaired);
    let missing = [Obstacle::NoRoute(tables[0]), Obstacle::NoTransitRoute(site.table)];
    assert_eq!(assumed(&trip.request), missing);
    assert_eq!(trip.request.end, arrives(site.ends[1]));
    let back = only(trip.replies);
    assert_eq!((assumed(&back), back.end), (vec![], arrives(site.ends[0])));
}

#[test]
fn two_gateways_in_a_row_remember_the_subnet_before_the_first() {
    let mut site = Site::new(1);
    let beyond = site.lab.transit_gateway();
    let its_table = site.lab.transit_table(beyond);
    let tables = [Some(site.table), Some(its_table)];
    let [here, there] = site.lab.peer_transit_gateways([site.gateway, beyond], tables);
    // The second VPC is attached to the second gateway alone, through two subnets.
    let entrances =
        ["10.1.20.0/24", "10.1.21.0/24"].map(|block| site.lab.subnet(site.vpcs[1], &[block]));
    let attached = site.lab.attach_vpc(beyond, site.vpcs[1], &entrances, Some(its_table));
    site.lab.network.transit_route_tables[site.table].routes[1].target =
        TransitTarget::Attachment(here);
    site.lab.transit_route(its_table, "10.1.0.0/16", TransitTarget::Attachment(attached));
    let own = site.subnets_of(0)[0];
    for subnet in [site.subnets[0], own, entrances[1]] {
        site.zone(subnet, "a");
    }
    site.zone(entrances[0], "b");
    let acl = site.lab.acl(&entrances, vec![allow()], vec![allow()]);
    let request = site.trip(Mode::Real).request;
    let gateways = [site.gateway, beyond].map(Place::TransitGateway);
    let [v, w] = site.vpcs.map(Place::Router);
    let [a, b] = site.ends.map(Place::Interface);
    assert_eq!(places(&request), [a, v, gateways[0], gateways[1], w, b]);
    let egress = (Layer::NetworkAcl(acl, entrances[1]), Direction::Egress, false);
    assert_eq!(crossed(&request), [egress]);
    assert_eq!(request.end, arrives(site.ends[1]));
    // The two gateways send what is for nobody to and fro.
    site.lab.transit_route(site.table, "10.1.0.1/32", TransitTarget::Attachment(here));
    site.lab.transit_route(its_table, "10.1.0.1/32", TransitTarget::Attachment(there));
    let obstacle = Obstacle::RoutingLoop(gateways[1]);
    assert_eq!(site.end(), End::Stopped(obstacle));
}

#[test]
fn its_firewall_sees_what_passes_and_what_is_attached_may_be_unknown() {
    let mut site = Site::new(0);
    let firewall = site.lab.cloud_firewall();
    site.lab.network.transit_gateways[site.gateway].firewall = Some(firewall);
    let trip = site.trip(Mode::Real);
    let layer = Layer::CloudFirewall(firewall, Border::Vpc);
    assert_eq!(crossed(&trip.request), [(layer, Direction::Ingress, false)]);
    assert_eq!(crossed(&only(trip.replies)), [(layer, Direction::Ingress, true)]);
    site.lab.network.cloud_firewalls[firewall].stateful = false;
    let back = only(site.trip(Mode::Real).replies);
    assert_eq!(crossed(&back), [(layer, Direction::Ingress, false)]);
    assert!(back.crossings().all(|it| it.known), "it saw the request all the same");
    let fact = site.lab.fact(Polarity::Helps);
    let unknown = site.lab.attach(site.gateway, AttachedTo::Unmodelled(fact), None);
    site.lab.transit_route(site.table, "10.1.0.0/24", TransitTarget::Attachment(unknown));
    assert_eq!(site.end(), End::Unmodelled(fact));
}

#[test]
fn in_appliance_mode_the_network_picks_one_subnet_for_both_passes() {
    let mut site = Site::new(2);
    for id in site.attachments {
        match &mut site.lab.network.transit_attachments[id].to {
            AttachedTo::Vpc { appliance_mode, .. } => *appliance_mode = true,
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {}
        }
    }
    // Zones still say which subnet leads to the gateway, but not which leads out of it.
    for n in [0, 1] {
        let [one, other] = [site.subnets_of(n)[0], site.subnets_of(n)[1]];
        for (subnet, zone) in [(site.subnets[n], "a"), (one, "a"), (other, "b")] {
            site.zone(subnet, zone);
        }
    }
    let [first, second] = site.attachments.map(Chooser::ApplianceSubnet);
    let trips = site.trips(Mode::Real);
    let picks: Vec<_> = trips.iter().map(|trip| trip.request.guard.picks.clone()).collect();
    assert_eq!(picks, [[(second, 0)], [(second, 1)]]);
    for (pick, trip) in trips.iter().enumerate() {
        let back: Vec<_> = trip.replies.iter().map(|back| back.guard.picks.clone()).collect();
        assert_eq!(back, [[(second, pick), (first, 0)], [(second, pick), (first, 1)]]);
    }
}

#[test]
fn in_appliance_mode_the_way_back_keeps_the_pick() {
    // Requests and replies both go through a third VPC, into which one attachment leads.
    let mut site = Site::new(0);
    let middle = site.lab.vpc(&["10.9.0.0/16"]);
    site.lab.network.vpcs[middle].profile.peering.to_peering = Setting::Decided(true);
    let between = [1, 2].map(|n| site.lab.subnet(middle, &[&format!("10.9.{n}.0/24")]));
    let attachment = site.lab.attach_vpc(site.gateway, middle, &between, None);
    match &mut site.lab.network.transit_attachments[attachment].to {
        AttachedTo::Vpc { appliance_mode, .. } => *appliance_mode = true,
        AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => {}
    }
    // From the two VPCs to the middle; from there to where it should go.
    let onwards = site.lab.transit_table(site.gateway);
    for n in [0, 1] {
        let block = format!("10.{n}.0.0/16");
        site.lab.transit_route(onwards, &block, TransitTarget::Attachment(site.attachments[n]));
        site.lab.network.transit_route_tables[site.table].routes[n].target =
            TransitTarget::Attachment(attachment);
    }
    site.lab.network.transit_attachments[attachment].route_table = Some(onwards);
    let table = site.lab.default_table(middle);
    site.lab.route(table, "10.0.0.0/8", RouteTarget::TransitGateway(site.gateway));
    let trips = site.trips(Mode::Real);
    let pick_of = |picks: &[(Chooser, usize)]| {
        let of_it = picks.iter().filter(|(by, _)| *by == Chooser::ApplianceSubnet(attachment));
        of_it.map(|(_, pick)| *pick).collect::<Vec<_>>()
    };
    let there: Vec<_> = trips.iter().map(|trip| pick_of(&trip.request.guard.picks)).collect();
    assert!(there.contains(&vec![0]) && there.contains(&vec![1]), "{there:?}");
    for trip in &trips {
        assert_eq!(trip.request.end, arrives(site.ends[1]));
        assert!(!trip.replies.is_empty());
        for back in &trip.replies {
            assert_eq!(back.end, arrives(site.ends[0]));
            assert_eq!(pick_of(&back.guard.picks), pick_of(&trip.request.guard.picks));
        }
    }
}
