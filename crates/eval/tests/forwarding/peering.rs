//! §5 (peering), §5a and §11: from VPC to VPC.

use canreach_eval::End;
use canreach_model::{
    Across, Checkpoint, Direction, InterfaceId, Layer, Obstacle, PeeringId, PeeringStatus, Place,
    ProfileName, RouteRef, RouteTableId, RouteTarget, Setting, VpcId,
};

use crate::lab::{Lab, at, places, tcp};

const SSH: &str = "10.0.1.10:40000 -> 10.1.1.20:22";

/// Two VPCs with a host each, a peering, and a route on both sides.
struct TwoVpcs {
    lab: Lab,
    web: InterfaceId,
    db: InterfaceId,
    one: VpcId,
    two: VpcId,
    peering: PeeringId,
}

impl TwoVpcs {
    fn new(profile: ProfileName) -> Self {
        let mut it = Self::without_route_back(profile);
        it.lab.route(it.lab.default_table(it.two), "10.0.0.0/16", RouteTarget::Peering(it.peering));
        it
    }

    fn without_route_back(profile: ProfileName) -> Self {
        let mut lab = Lab::new(profile);
        let (one, two) = (lab.vpc("10.0.0.0/16"), lab.vpc("10.1.0.0/16"));
        let (near, far) = (lab.subnet(one, "10.0.1.0/24"), lab.subnet(two, "10.1.1.0/24"));
        let (web, db) = (lab.host(near, "10.0.1.10"), lab.host(far, "10.1.1.20"));
        let peering = lab.peering(one, two);
        lab.route(lab.default_table(one), "10.1.0.0/16", RouteTarget::Peering(peering));
        Self { lab, web, db, one, two, peering }
    }
}

#[test]
fn a_peering_carries_packets_to_the_other_side_and_back() {
    for profile in ProfileName::ALL {
        let TwoVpcs { lab, web, db, one, two, peering } = TwoVpcs::new(profile);
        let trip = lab.ask(at(web), tcp(SSH), at(db));
        assert!(trip.answered(), "{profile}");
        let there = [
            Place::Interface(web),
            Place::Router(one),
            Place::Peering(peering),
            Place::Router(two),
            Place::Interface(db),
        ];
        assert_eq!(places(&trip.request), there);
        let mut back = places(trip.reply.as_ref().unwrap());
        back.reverse();
        assert_eq!(back, there);
    }
}

#[test]
fn a_route_on_one_side_only_delivers_but_does_not_answer() {
    let TwoVpcs { lab, web, db, two, .. } = TwoVpcs::without_route_back(ProfileName::Aws);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.delivered() && !trip.answered());
    let no_route = Obstacle::NoRoute(lab.default_table(two));
    assert_eq!(trip.reply.unwrap().end, End::Stopped(no_route));
}

#[test]
fn only_an_active_peering_forwards() {
    let inactive = [
        PeeringStatus::PendingAcceptance,
        PeeringStatus::Rejected,
        PeeringStatus::Expired,
        PeeringStatus::Gone,
    ];
    for status in inactive {
        let TwoVpcs { mut lab, web, db, peering, .. } = TwoVpcs::new(ProfileName::Aws);
        lab.network.peerings[peering].status = status;
        let trip = lab.ask(at(web), tcp(SSH), at(db));
        assert_eq!(trip.request.end, End::Stopped(Obstacle::PeeringInactive(peering)));
    }
}

#[test]
fn a_route_to_a_peering_of_other_vpcs_is_an_obstacle() {
    let TwoVpcs { mut lab, web, db, one, two, peering } = TwoVpcs::new(ProfileName::Aws);
    let three = lab.vpc("10.2.0.0/16");
    lab.network.peerings[peering].requester = three;
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert_eq!(trip.request.end, End::Stopped(Obstacle::PeeringElsewhere(peering, one)));
    assert_eq!(lab.network.peerings[peering].accepter, two);
}

/// `web` in the first VPC, `db` in the third; the second is in between, with routes everywhere.
struct Chain {
    lab: Lab,
    web: InterfaceId,
    db: InterfaceId,
    middle: VpcId,
    first: PeeringId,
}

fn chain(profile: ProfileName) -> Chain {
    let TwoVpcs { mut lab, web, one, two: middle, peering: first, .. } = TwoVpcs::new(profile);
    let three = lab.vpc("10.2.0.0/16");
    let subnet = lab.subnet(three, "10.2.1.0/24");
    let db = lab.host(subnet, "10.2.1.30");
    let second = lab.peering(middle, three);
    lab.route(lab.default_table(one), "10.2.0.0/16", RouteTarget::Peering(first));
    lab.route(lab.default_table(middle), "10.2.0.0/16", RouteTarget::Peering(second));
    lab.route(lab.default_table(three), "10.0.0.0/16", RouteTarget::Peering(second));
    Chain { lab, web, db, middle, first }
}

const THROUGH: &str = "10.0.1.10:40000 -> 10.2.1.30:22";

#[test]
fn what_enters_to_local_addresses_only_does_not_pass_through() {
    let Chain { lab, web, db, middle, first } = chain(ProfileName::Aws);
    let trip = lab.ask(at(web), tcp(THROUGH), at(db));
    let obstacle = Obstacle::NotTransitive(Across::Peering(first), middle);
    assert_eq!(trip.request.end, End::Stopped(obstacle));
}

#[test]
fn whether_a_peering_leads_into_another_may_be_disputed() {
    let Chain { mut lab, web, db, middle, first } = chain(ProfileName::Huawei);
    let Setting::Disputed { fact, if_true: true, if_false: false } =
        lab.network.vpcs[middle].profile.peering.to_peering
    else {
        panic!("no page says it");
    };
    let trip = lab.ask(at(web), tcp(THROUGH), at(db));
    let obstacle = Obstacle::NotTransitive(Across::Peering(first), middle);
    assert_eq!(trip.request.end, End::Stopped(obstacle));
    lab.valuation.set(fact, true);
    assert!(lab.ask(at(web), tcp(THROUGH), at(db)).answered());
}

/// A table other than the default one for the subnet of `db`.
fn own_table(lab: &mut Lab, db: InterfaceId) -> RouteTableId {
    let subnet = lab.network.interfaces[db].subnet;
    let table = lab.table(lab.network.subnets[subnet].vpc);
    lab.network.subnets[subnet].route_table = table;
    table
}

#[test]
fn the_default_table_routes_what_enters_where_the_profile_says_so() {
    let TwoVpcs { mut lab, web, db, two, peering, .. } = TwoVpcs::new(ProfileName::Huawei);
    // The subnet's own table sends the way back, but does not touch what enters.
    let own = own_table(&mut lab, db);
    lab.route(own, "10.0.0.0/16", RouteTarget::Peering(peering));
    let default = lab.default_table(two);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    assert_eq!(trip.request.hops[3].route, Some(RouteRef { table: default, index: 0 }));

    // An address that no subnet holds follows the default table, here into nothing.
    lab.route(default, "10.1.7.0/24", RouteTarget::Blackhole);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.1.7.7:22"), at(db));
    let route = RouteRef { table: default, index: 2 };
    assert_eq!(trip.request.end, End::Stopped(Obstacle::Blackhole(route)));
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.1.8.8:22"), at(db));
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(default)));
}

#[test]
fn what_enters_to_local_addresses_needs_no_route() {
    let TwoVpcs { mut lab, web, db, two, .. } = TwoVpcs::new(ProfileName::Aws);
    let own = own_table(&mut lab, db);
    let default = lab.default_table(two);
    // The default table is not asked on entry; the subnet's own one has no way back.
    lab.route(default, "10.1.1.0/24", RouteTarget::Blackhole);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.delivered());
    assert_eq!(trip.reply.unwrap().end, End::Stopped(Obstacle::NoRoute(own)));
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.1.9.9:22"), at(db));
    let nobody = Obstacle::NobodyHas(two, "10.1.9.9".parse().unwrap());
    assert_eq!(trip.request.end, End::Stopped(nobody));
}

#[test]
fn a_peered_vpc_has_no_use_of_the_other_sides_internet_gateway() {
    for (allowed, profile) in [(false, ProfileName::Huawei), (true, ProfileName::Huawei)] {
        let TwoVpcs { mut lab, web, db, one, two, peering } = TwoVpcs::new(profile);
        lab.network.vpcs[two].profile.peering.to_internet_gateway = allowed;
        let gateway = lab.internet_gateway(two);
        lab.route(lab.default_table(one), "192.0.2.0/24", RouteTarget::Peering(peering));
        lab.route(lab.default_table(two), "192.0.2.0/24", RouteTarget::InternetGateway(gateway));
        let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 192.0.2.1:22"), at(db));
        let obstacle = if allowed {
            // Nobody in the second VPC has the source, so it is the sender that lacks an address.
            Obstacle::NoPublicAddress(web)
        } else {
            Obstacle::NotTransitive(Across::Peering(peering), two)
        };
        assert_eq!(trip.request.end, End::Stopped(obstacle));
    }
}

#[test]
fn a_packet_that_comes_round_unchanged_is_in_a_loop() {
    let TwoVpcs { mut lab, web, db, one, two, peering } = TwoVpcs::new(ProfileName::Huawei);
    for vpc in [one, two] {
        lab.network.vpcs[vpc].profile.peering.to_peering = Setting::Decided(true);
        lab.route(lab.default_table(vpc), "10.9.0.0/16", RouteTarget::Peering(peering));
    }
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.9.0.1:22"), at(db));
    assert_eq!(trip.request.end, End::Stopped(Obstacle::RoutingLoop(Place::Router(two))));
}

#[test]
fn an_address_of_two_vpcs_is_two_ends() {
    let TwoVpcs { mut lab, web, db, two, .. } = TwoVpcs::new(ProfileName::Huawei);
    let twin_subnet = lab.subnet(two, "10.0.1.0/24");
    let twin = lab.host(twin_subnet, "10.0.1.10");
    // The local route wins over the peering: db answers its neighbour, not web.
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.delivered() && !trip.answered());
    let reply = trip.reply.unwrap();
    assert_eq!(reply.end, End::Stopped(Obstacle::ReplyChanged));
    assert_eq!(reply.hops.last().unwrap().place, Place::Interface(twin));
}

#[test]
fn state_helps_no_reply_at_layers_that_did_not_see_the_request() {
    let TwoVpcs { mut lab, web, db, two, .. } = TwoVpcs::new(ProfileName::Huawei);
    let twin_subnet = lab.subnet(two, "10.0.1.0/24");
    let twin = lab.host(twin_subnet, "10.0.1.10");
    lab.put_groups(twin, &[]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let layer = Layer::SecurityGroups(twin);
    let ingress = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.reply.unwrap().end, End::Denied(ingress));
    let closed = lab.acl(Vec::new(), Vec::new());
    let layer = lab.put_acl(twin_subnet, closed);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let ingress = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.reply.unwrap().end, End::Denied(ingress));
}
