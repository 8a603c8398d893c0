//! Instances that forward (§6a), and the firewalls of hosts on the way (§8b).

use canreach_model::{
    Chooser, Direction, HookPoint, InstanceId, InterfaceId, InterfaceOwner, Layer, Listen,
    Obstacle, Place, Polarity, Policy, ProfileName, RouteTarget, Setting, SubnetId, VpcId,
};
use canreach_net::{PortRange, Protocol};
use canreach_testkit::{
    Builder,
    builder::{allow, base_chain},
};
use canreach_topology::{Condition, End, Mode};

use crate::lab::{arrives, assumed, at, crossed, one, only, places, tcp};

const INGRESS: Direction = Direction::Ingress;
const EGRESS: Direction = Direction::Egress;

/// Two subnets, each with a host and with one interface of a router between them; what goes from one
/// subnet to the other is routed past the router.
struct Site {
    lab: Builder,
    vpc: VpcId,
    subnets: [SubnetId; 2],
    hosts: [InterfaceId; 2],
    sides: [InterfaceId; 2],
    router: InstanceId,
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Generic);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnets = [0, 1].map(|n| lab.subnet(vpc, &[&format!("10.0.{n}.0/24")]));
        let hosts = [0, 1].map(|n| lab.interface(subnets[n], &[&format!("10.0.{n}.1")]));
        let first = lab.interface(subnets[0], &["10.0.0.9"]);
        let owner = lab.network.interfaces[first].owner;
        let second = lab.interface_owned_by(owner, subnets[1], &["10.0.1.9"]);
        let sides = [first, second];
        let router = lab.instance_of(first);
        lab.forwards(router);
        for side in sides {
            lab.network.interfaces[side].source_dest_check = false;
        }
        for n in [0, 1] {
            let table = lab.table(vpc);
            lab.network.subnets[subnets[n]].route_table = table;
            let other = format!("10.0.{}.0/24", 1 - n);
            lab.route(table, &other, RouteTarget::Interface(sides[n]));
            lab.host_route(router, &other, sides[1 - n]);
        }
        Self { lab, vpc, subnets, hosts, sides, router }
    }

    fn watch(&mut self, instance: InstanceId) {
        self.lab.host_firewall(
            instance,
            vec![base_chain("FORWARD", HookPoint::Forward, Policy::Accept, Vec::new())],
        );
    }
}

#[test]
fn what_a_host_forwards_passes_it_by_two_interfaces_and_so_does_the_reply() {
    let mut site = Site::new();
    site.watch(site.router);
    for side in site.sides {
        site.lab.group(&[side], vec![allow()], vec![allow()]);
    }
    let [a, b] = site.hosts;
    let [near, far] = site.sides;
    let network = site.lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    assert_eq!(trip.request.end, arrives(b));
    let router = Place::Router(site.vpc);
    let [p_a, p_near, p_far, p_b] = [a, near, far, b].map(Place::Interface);
    // From its own side the router's table sends what is for the other host straight to it.
    assert_eq!(places(&trip.request), [p_a, router, p_near, p_far, router, p_b]);
    let groups = Layer::SecurityGroups;
    assert_eq!(
        crossed(&trip.request),
        [
            (groups(near), INGRESS, false),
            (Layer::HostForwarding(near, far), INGRESS, false),
            (groups(far), EGRESS, false)
        ]
    );
    let forwarded: Vec<bool> = trip.request.crossings().map(|it| it.forwarded).collect();
    assert_eq!(forwarded, [false, false, false], "it counts as forwarded only after them");
    let back = only(trip.replies);
    assert_eq!(back.end, arrives(a));
    assert_eq!(places(&back), [p_b, router, p_far, p_near, router, p_a]);
    assert_eq!(
        crossed(&back),
        [
            (groups(far), INGRESS, true),
            (Layer::HostForwarding(far, near), INGRESS, false),
            (groups(near), EGRESS, true)
        ]
    );
    let known: Vec<bool> = back.crossings().map(|it| it.known).collect();
    assert_eq!(known, [true, true, true], "the router keeps one record of what it forwards");
}

#[test]
fn the_source_and_destination_check_stops_what_is_forwarded_at_either_side() {
    let mut site = Site::new();
    let [a, b] = site.hosts;
    for side in site.sides {
        site.lab.network.interfaces[side].source_dest_check = true;
    }
    let checks = site.sides.map(Obstacle::SourceDestCheck);
    let ask = |lab: &Builder, mode| {
        let network = lab.clone().build();
        one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), mode)
    };
    assert_eq!(ask(&site.lab, Mode::Real).request.end, End::Stopped(checks[0]));
    site.lab.network.interfaces[site.sides[0]].source_dest_check = false;
    assert_eq!(ask(&site.lab, Mode::Real).request.end, End::Stopped(checks[1]));
    // Each is a setting: mended on the way there, it is mended on the way back.
    site.lab.network.interfaces[site.sides[0]].source_dest_check = true;
    let trip = ask(&site.lab, Mode::Repaired);
    assert_eq!((assumed(&trip.request), trip.request.end), (checks.to_vec(), arrives(b)));
    let back = only(trip.replies);
    assert_eq!((assumed(&back), back.end), (vec![], arrives(a)));
}

#[test]
fn a_host_that_does_not_forward_is_an_obstacle_past_its_security_groups() {
    let mut site = Site::new();
    let [a, b] = site.hosts;
    let near = site.sides[0];
    site.lab.group(&[near], vec![allow()], vec![allow()]);
    site.lab.network.instances[site.router].forwards = Setting::Decided(false);
    let obstacle = Obstacle::NotForwarding(near);
    let network = site.lab.clone().build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(obstacle));
    assert_eq!(crossed(&trip.request), [(Layer::SecurityGroups(near), INGRESS, false)]);
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Repaired);
    assert_eq!((assumed(&trip.request), trip.request.end), (vec![obstacle], arrives(b)));
    // Where it is disputed, each value of the fact has its walk.
    let fact = site.lab.fact(Polarity::Helps);
    site.lab.network.instances[site.router].forwards =
        Setting::Disputed { fact, if_true: true, if_false: false };
    let network = site.lab.build();
    let trips = tcp(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    let told: Vec<_> =
        trips.iter().map(|it| (it.request.guard.conditions.clone(), it.request.end)).collect();
    assert_eq!(
        told,
        [
            (vec![Condition::Fact(fact, true)], arrives(b)),
            (vec![Condition::Fact(fact, false)], End::Stopped(obstacle))
        ]
    );
}

#[test]
fn only_instances_forward() {
    let site = Site::new();
    let [a, b] = site.hosts;
    let near = site.sides[0];
    let end_with = |owner| {
        let mut lab = site.lab.clone();
        lab.network.interfaces[near].owner = owner;
        one(&lab.build(), (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real).request.end
    };
    assert_eq!(end_with(InterfaceOwner::Service), End::Stopped(Obstacle::NotForwarding(near)));
    assert_eq!(end_with(InterfaceOwner::Detached), End::Stopped(Obstacle::Detached(near)));
    let mut lab = site.lab.clone();
    let fact = lab.fact(Polarity::Helps);
    lab.network.interfaces[near].owner = InterfaceOwner::Unmodelled(fact);
    let trip = one(&lab.build(), (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Unmodelled(fact));
}

#[test]
fn what_is_for_the_router_itself_is_received_where_it_arrives() {
    let mut site = Site::new();
    let [a, _] = site.hosts;
    let [near, far] = site.sides;
    let port = PortRange::single(22);
    site.lab.listens(site.router, Protocol::TCP, port, Listen::Interface(near));
    let input = base_chain("INPUT", HookPoint::Input, Policy::Accept, Vec::new());
    site.lab.host_firewall(site.router, vec![input]);
    site.lab.group(&[near, far], vec![allow()], vec![allow()]);
    let beyond = site.lab.network.subnets[site.subnets[1]].route_table;
    site.lab.network.route_tables[beyond].routes.clear();
    let network = site.lab.build();
    // The far side's address is routed past the near side, which takes it in.
    let trip = one(&network, (at(a), "10.0.0.1"), (at(far), "10.0.1.9"), Mode::Real);
    assert_eq!(trip.request.end, arrives(far));
    assert_eq!(
        crossed(&trip.request),
        [
            (Layer::SecurityGroups(near), INGRESS, false),
            (Layer::HostFirewall(near), INGRESS, false),
            (Layer::Listener(site.router, Some(near)), INGRESS, false)
        ]
    );
    // The reply is sent from the side that has the address; its groups and firewall saw nothing.
    let back = only(trip.replies);
    assert_eq!(
        crossed(&back),
        [(Layer::HostFirewall(far), EGRESS, false), (Layer::SecurityGroups(far), EGRESS, false)]
    );
    assert!(back.crossings().all(|it| !it.known));
    assert_eq!(back.end, arrives(a));
}

#[test]
fn a_route_to_a_virtual_address_leads_to_whoever_holds_it() {
    let mut site = Site::new();
    let [a, b] = site.hosts;
    let other = site.lab.interface(site.subnets[0], &["10.0.0.8"]);
    let held = site.lab.virtual_address(site.subnets[0], "10.0.0.100", &[site.sides[0], other]);
    let table = site.lab.network.subnets[site.subnets[0]].route_table;
    site.lab.network.route_tables[table].routes[0].target = RouteTarget::VirtualAddress(held);
    let network = site.lab.clone().build();
    let trips = tcp(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    let told: Vec<_> =
        trips.iter().map(|it| (it.request.guard.picks.clone(), it.request.end)).collect();
    // It is forwarded by the holder, not delivered to it, so it ends where it is received.
    let holds = Chooser::Holder(held);
    let check = End::Stopped(Obstacle::SourceDestCheck(other));
    assert_eq!(told, [(vec![(holds, 0)], arrives(b)), (vec![(holds, 1)], check)]);
    site.lab.network.virtual_addresses[held].interfaces.clear();
    let network = site.lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NobodyHolds(held)));
}

#[test]
fn an_interface_of_another_vpc_is_nobody_here() {
    let mut site = Site::new();
    let elsewhere = site.lab.vpc(&["10.9.0.0/16"]);
    let subnet = site.lab.subnet(elsewhere, &["10.9.0.0/24"]);
    let far = site.lab.interface(subnet, &["10.9.0.9"]);
    let table = site.lab.network.subnets[site.subnets[0]].route_table;
    site.lab.network.route_tables[table].routes[0].target = RouteTarget::Interface(far);
    let [a, b] = site.hosts;
    let network = site.lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    let nobody = Obstacle::NobodyHas(site.vpc, canreach_testkit::builder::address("10.9.0.9"));
    assert_eq!(trip.request.end, End::Stopped(nobody));
}

#[test]
fn a_flow_past_a_router_to_itself_and_round_again_is_a_loop() {
    let mut site = Site::new();
    let [a, b] = site.hosts;
    // The router sends what is for the far subnet out by the side it came in by.
    site.lab.network.instances[site.router].routes.clear();
    let network = site.lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    let router = Place::Router(site.vpc);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::RoutingLoop(router)));
}

#[test]
fn what_an_appliance_does_is_not_known_but_what_is_for_itself_arrives() {
    let mut site = Site::new();
    let fact = site.lab.fact(Polarity::Helps);
    site.lab.network.instances[site.router].appliance = Some(fact);
    site.watch(site.router);
    let [a, b] = site.hosts;
    let [near, far] = site.sides;
    site.lab.group(&[near, far], vec![allow()], vec![allow()]);
    let network = site.lab.clone().build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Unmodelled(fact));
    // The groups by which it comes judge it, what comes after does not.
    assert_eq!(crossed(&trip.request), [(Layer::SecurityGroups(near), INGRESS, false)]);
    let own = one(&network, (at(a), "10.0.0.1"), (at(far), "10.0.1.9"), Mode::Real);
    assert_eq!(own.request.end, arrives(far));
    site.lab.network.interfaces[near].source_dest_check = true;
    let network = site.lab.build();
    let trip = one(&network, (at(a), "10.0.0.1"), (at(b), "10.0.1.1"), Mode::Real);
    assert_eq!(trip.request.end, End::Stopped(Obstacle::SourceDestCheck(near)));
}
