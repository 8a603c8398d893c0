//! §§4, 5, 11: choosing a route, and what ends the way there.

use canreach_eval::End;
use canreach_model::{InterfaceId, Obstacle, Place, ProfileName, RouteRef, RouteTarget};

use crate::lab::{Lab, at, places, tcp};

fn pair(lab: &mut Lab) -> (InterfaceId, InterfaceId) {
    let vpc = lab.vpc("10.0.0.0/16");
    let (near, far) = (lab.subnet(vpc, "10.0.1.0/24"), lab.subnet(vpc, "10.0.2.0/24"));
    (lab.host(near, "10.0.1.10"), lab.host(far, "10.0.2.20"))
}

const SSH: &str = "10.0.1.10:40000 -> 10.0.2.20:22";

#[test]
fn the_longest_prefix_wins_whatever_the_order() {
    let mut lab = Lab::new(ProfileName::Aws);
    let (web, db) = pair(&mut lab);
    let table = lab.default_table(lab.network.vpc_of(web));
    // Position 0 is the local route of 10.0.0.0/16.
    lab.route(table, "10.0.2.0/24", RouteTarget::Blackhole);
    lab.route(table, "0.0.0.0/0", RouteTarget::Blackhole);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let route = RouteRef { table, index: 1 };
    assert_eq!(trip.request.end, End::Stopped(Obstacle::Blackhole(route)));
    assert_eq!(trip.request.hops.last().unwrap().route, Some(route));
    let outside = lab.ask(at(web), tcp("10.0.1.10:40000 -> 192.0.2.1:22"), at(db));
    let route = RouteRef { table, index: 2 };
    assert_eq!(outside.request.end, End::Stopped(Obstacle::Blackhole(route)));
}

#[test]
fn a_local_route_beats_a_longer_one_where_the_profile_says_so() {
    let mut lab = Lab::new(ProfileName::Huawei);
    let (web, db) = pair(&mut lab);
    let table = lab.default_table(lab.network.vpc_of(web));
    lab.route(table, "10.0.2.20/32", RouteTarget::Blackhole);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    // The local routes of the subnets stand at 0 and 1.
    assert_eq!(trip.request.hops[1].route, Some(RouteRef { table, index: 1 }));
}

#[test]
fn a_table_without_a_route_is_an_obstacle() {
    let mut lab = Lab::new(ProfileName::Aws);
    let (web, db) = pair(&mut lab);
    let vpc = lab.network.vpc_of(web);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 192.0.2.1:22"), at(db));
    let table = lab.default_table(vpc);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(table)));
    assert_eq!(places(&trip.request), [Place::Interface(web), Place::Router(vpc)]);
}

#[test]
fn each_subnet_has_its_own_table() {
    let mut lab = Lab::new(ProfileName::Aws);
    let (web, db) = pair(&mut lab);
    let table = lab.table(lab.network.vpc_of(db));
    let far = lab.network.interfaces[db].subnet;
    lab.network.subnets[far].route_table = table;
    lab.route(table, "10.0.1.0/24", RouteTarget::Blackhole);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.delivered() && !trip.answered());
    let route = RouteRef { table, index: 1 };
    assert_eq!(trip.reply.unwrap().end, End::Stopped(Obstacle::Blackhole(route)));
}

#[test]
fn beyond_the_model_a_fact_decides() {
    let mut lab = Lab::new(ProfileName::Aws);
    let (web, db) = pair(&mut lab);
    let fact = lab.fact();
    let table = lab.default_table(lab.network.vpc_of(web));
    lab.route(table, "192.0.2.0/24", RouteTarget::Unresolved(fact));
    for delivered in [false, true] {
        lab.valuation.set(fact, delivered);
        let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 192.0.2.1:22"), at(db));
        assert_eq!(trip.request.end, End::Unmodelled { fact, delivered });
        assert_eq!(trip.delivered(), delivered);
        assert_eq!(trip.answered(), delivered);
        assert_eq!(trip.reply, None);
        assert_eq!(trip.request.hops.last().unwrap().place, Place::Unmodelled);
    }
}

#[test]
fn beyond_the_model_a_fact_decides_about_the_reply() {
    let mut lab = Lab::new(ProfileName::Aws);
    let (web, db) = pair(&mut lab);
    let fact = lab.fact();
    let table = lab.table(lab.network.vpc_of(db));
    let far = lab.network.interfaces[db].subnet;
    lab.network.subnets[far].route_table = table;
    lab.route(table, "10.0.1.0/24", RouteTarget::Unresolved(fact));
    for answered in [false, true] {
        lab.valuation.set(fact, answered);
        let trip = lab.ask(at(web), tcp(SSH), at(db));
        assert!(trip.delivered());
        assert_eq!(trip.answered(), answered);
    }
}
