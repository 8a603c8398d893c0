//! §5 (interfaces, virtual addresses) and §6a: instances that forward.

use canreach_eval::{End, Outcome, Trace};
use canreach_model::{
    ChainVerdict, Checkpoint, Chooser, ConnectionState, Direction, HookPoint, InterfaceId,
    InterfaceOwner, Layer, Listen, Obstacle, Place, Policy, ProfileName, RouteTableId, RouteTarget,
    Service, Setting, SubnetId, VpcId,
};
use canreach_net::{PortRange, Protocol};

use crate::{
    lab::{Lab, Narrow, allow, at, headers, origin, outcomes, places, tcp},
    parts::{base, when},
};

const SSH: &str = "10.0.1.10:40000 -> 10.0.3.20:22";

/// `web` and `db` in subnets of their own, with routes to each other through `fw`, an instance with
/// one interface in a third.
struct Inspected {
    lab: Lab,
    vpc: VpcId,
    web: InterfaceId,
    fw: InterfaceId,
    db: InterfaceId,
    near: SubnetId,
    middle: SubnetId,
    /// The table of `web`'s subnet, whose last route leads to `fw`.
    table: RouteTableId,
}

fn inspected(profile: ProfileName) -> Inspected {
    let mut lab = Lab::new(profile);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let near = lab.subnet(vpc, "10.0.1.0/24 2001:db8:0:1::/64");
    let middle = lab.subnet(vpc, "10.0.2.0/24 2001:db8:0:2::/64");
    let far = lab.subnet(vpc, "10.0.3.0/24 2001:db8:0:3::/64");
    let web = lab.host(near, "10.0.1.10 2001:db8:0:1::10");
    let fw = lab.forwarder(middle, "10.0.2.5 2001:db8:0:2::5");
    let db = lab.host(far, "10.0.3.20 2001:db8:0:3::20");
    let table = lab.table(vpc);
    let back = lab.table(vpc);
    lab.network.subnets[near].route_table = table;
    lab.network.subnets[far].route_table = back;
    let through = RouteTarget::Interface(fw);
    for (table, blocks) in [
        (back, ["2001:db8:0:1::/64", "10.0.1.0/24"]),
        (table, ["2001:db8:0:3::/64", "10.0.3.0/24"]),
    ] {
        for block in blocks {
            lab.route(table, block, through);
        }
    }
    Inspected { lab, vpc, web, fw, db, near, middle, table }
}

impl Inspected {
    fn request(&self) -> Trace {
        self.lab.ask(at(self.web), tcp(SSH), at(self.db)).request
    }

    fn retarget(&mut self, target: RouteTarget) {
        self.lab.network.route_tables[self.table].routes.last_mut().unwrap().target = target;
    }
}

fn stopped(obstacle: Obstacle) -> End {
    End::Stopped(obstacle)
}

#[test]
fn an_instance_forwards_there_and_back() {
    let Inspected { lab, vpc, web, fw, db, .. } = inspected(ProfileName::Aws);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    let router = Place::Router(vpc);
    let [web_place, fw_place, db_place] = [web, fw, db].map(Place::Interface);
    assert_eq!(places(&trip.request), [web_place, router, fw_place, router, db_place]);
    assert!(headers(&trip.request).iter().all(|it| *it == format!("{SSH} tcp")));
    assert_eq!(places(&trip.reply.unwrap()), [db_place, router, fw_place, router, web_place]);
    let v6 = tcp("[2001:db8:0:1::10]:40000 -> [2001:db8:0:3::20]:22");
    let trip = lab.ask(at(web), v6, at(db));
    assert!(trip.answered());
    assert_eq!(places(&trip.request), [web_place, router, fw_place, router, db_place]);
}

#[test]
fn the_acl_of_the_forwarders_subnet_filters_both_ways() {
    let mut it = inspected(ProfileName::Aws);
    let acl = it.lab.acl(vec![allow()], vec![allow()]);
    let layer = it.lab.put_acl(it.middle, acl);
    let directions =
        |trace: &Trace| outcomes(trace, layer).iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(directions(&it.request()), [Direction::Ingress, Direction::Egress]);
    it.lab.network.network_acls[acl].rules.ingress.clear();
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(it.request().end, End::Denied(checkpoint));
}

#[test]
fn inside_one_subnet_the_way_to_a_forwarder_is_not_filtered() {
    let mut it = inspected(ProfileName::Aws);
    let acl = it.lab.acl(vec![], vec![]);
    let layer = it.lab.put_acl(it.near, acl);
    // Another interface, in the sender's own subnet.
    let beside = it.lab.forwarder(it.near, "10.0.1.5");
    it.retarget(RouteTarget::Interface(beside));
    let inside =
        [(Direction::Egress, Outcome::SameSubnet), (Direction::Ingress, Outcome::SameSubnet)];
    let request = it.request();
    assert_eq!(outcomes(&request, layer)[..2], inside);
    // From there it goes by the same route, to the forwarder again.
    assert_eq!(request.end, stopped(Obstacle::RoutingLoop(Place::Router(it.vpc))));
    it.retarget(RouteTarget::Interface(it.fw));
    let checkpoint = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(it.request().end, End::Denied(checkpoint));
}

#[test]
fn only_instances_forward() {
    let mut it = inspected(ProfileName::Aws);
    let fact = it.lab.fact();
    let (nat, _) = it.lab.nat_in_subnet(it.middle, "10.0.2.6");
    let (balancer, _) = it.lab.balancer(it.middle, "10.0.2.7", Vec::new());
    let fw = it.fw;
    for (owner, end) in [
        (InterfaceOwner::Detached, stopped(Obstacle::Detached(fw))),
        (InterfaceOwner::Service, stopped(Obstacle::NotForwarding(fw))),
        (InterfaceOwner::NatGateway(nat), stopped(Obstacle::NotForwarding(fw))),
        (InterfaceOwner::LoadBalancer(balancer), stopped(Obstacle::NotForwarding(fw))),
        (InterfaceOwner::Unmodelled(fact), End::Unmodelled { fact, delivered: false }),
    ] {
        it.lab.network.interfaces[fw].owner = owner;
        assert_eq!(it.request().end, end);
    }
    it.lab.valuation.set(fact, true);
    assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered());
}

#[test]
fn an_instance_forwards_where_it_is_told_to() {
    let mut it = inspected(ProfileName::Aws);
    let fact = it.lab.fact();
    let instance = it.lab.instance(it.fw);
    it.lab.network.instances[instance].forwards =
        Setting::Disputed { fact, if_true: true, if_false: false };
    assert_eq!(it.request().end, stopped(Obstacle::NotForwarding(it.fw)));
    it.lab.valuation.set(fact, true);
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
    // Its security groups come first.
    it.lab.valuation.set(fact, false);
    it.lab.put_groups(it.fw, &[]);
    let layer = Layer::SecurityGroups(it.fw);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(it.request().end, End::Denied(checkpoint));
}

#[test]
fn an_interface_that_checks_takes_only_its_own_addresses() {
    let mut it = inspected(ProfileName::Aws);
    it.lab.network.interfaces[it.fw].source_dest_check = true;
    assert_eq!(it.request().end, stopped(Obstacle::SourceDestCheck(it.fw)));
    // It comes before the security groups.
    it.lab.put_groups(it.fw, &[]);
    assert_eq!(it.request().end, stopped(Obstacle::SourceDestCheck(it.fw)));
    it.lab.put_groups(it.fw, &[it.lab.open]);
    // Its own address by a route to itself.
    it.lab.route(it.table, "10.0.2.0/24", RouteTarget::Interface(it.fw));
    let own = tcp("10.0.1.10:40000 -> 10.0.2.5:22");
    assert!(it.lab.ask(at(it.web), own, at(it.fw)).answered());
    // Another's address on that way is not, nor a virtual one that another may hold.
    it.lab.virtual_address(it.middle, "10.0.2.100", &[it.fw]);
    let other = it.lab.forwarder(it.middle, "10.0.2.8");
    let trip = it.lab.ask(at(it.web), tcp("10.0.1.10:40000 -> 10.0.2.8:22"), at(other));
    assert_eq!(trip.request.end, stopped(Obstacle::SourceDestCheck(it.fw)));
    let groups = Layer::SecurityGroups(it.fw);
    assert!(outcomes(&trip.request, groups).is_empty(), "by the first check, not the second");
}

#[test]
fn a_virtual_address_that_an_interface_may_hold_passes_its_check() {
    let mut it = inspected(ProfileName::Aws);
    let other = it.lab.host(it.middle, "10.0.2.8");
    let held = it.lab.virtual_address(it.middle, "10.0.2.100", &[other, it.fw]);
    it.lab.network.interfaces[it.fw].source_dest_check = true;
    it.lab.route(it.table, "10.0.2.100/32", RouteTarget::Interface(it.fw));
    let to = canreach_model::Endpoint::VirtualAddress(held);
    let header = tcp("10.0.1.10:40000 -> 10.0.2.100:22");
    // The other holds it; this one takes it in, and then refuses to send it out again.
    let request = it.lab.ask(at(it.web), header, to).request;
    assert_eq!(request.end, stopped(Obstacle::SourceDestCheck(it.fw)));
    let groups = Layer::SecurityGroups(it.fw);
    assert_eq!(outcomes(&request, groups).len(), 1, "it is asked before the second check");
    it.lab.choices.picks.insert(Chooser::Holder(held), 1);
    assert!(it.lab.ask(at(it.web), header, to).answered());
    it.lab.network.virtual_addresses[held].interfaces.pop();
    let request = it.lab.ask(at(it.web), header, to).request;
    assert!(outcomes(&request, groups).is_empty());
}

#[test]
fn what_a_route_leads_to_its_own_host_is_received_there() {
    let mut it = inspected(ProfileName::Aws);
    let inner = it.lab.sibling(it.fw, it.middle, "10.0.2.6");
    it.lab.route(it.table, "10.0.2.6/32", RouteTarget::Interface(it.fw));
    let instance = it.lab.instance(it.fw);
    let service = |interface| Service {
        name: None,
        protocol: Protocol::TCP,
        ports: PortRange::single(22),
        listen: Listen::Interface(interface),
        origin: origin(),
    };
    it.lab.network.instances[instance].services = Some(vec![service(it.fw)]);
    let accept = vec![when(allow(), ChainVerdict::Accept)];
    let host = it.lab.put_firewall(it.fw, vec![base(HookPoint::Input, Policy::Drop, accept)]);
    let header = tcp("10.0.1.10:40000 -> 10.0.2.6:22");
    let trip = it.lab.ask(at(it.web), header, at(inner));
    assert!(trip.answered());
    let [web, fw] = [it.web, it.fw].map(Place::Interface);
    assert_eq!(places(&trip.request), [web, Place::Router(it.vpc), fw]);
    assert_eq!(places(trip.reply.as_ref().unwrap())[0], Place::Interface(inner));
    assert_eq!(outcomes(&trip.request, host).len(), 1);
    assert!(outcomes(&trip.request, Layer::SecurityGroups(inner)).is_empty());
    let arrived = Layer::Listener(instance, Some(it.fw));
    assert_eq!(outcomes(&trip.request, arrived), [(Direction::Ingress, Outcome::Listening(0))]);
    // A service bound to the interface that has the address hears nothing of it.
    it.lab.network.instances[instance].services = Some(vec![service(inner)]);
    let trip = it.lab.ask(at(it.web), header, at(inner));
    let checkpoint = Checkpoint { layer: arrived, direction: Direction::Ingress };
    assert_eq!(trip.request.end, End::Denied(checkpoint));
}

/// As [`inspected`], with a second interface of `fw` by which it sends on.
fn between(profile: ProfileName) -> (Inspected, InterfaceId) {
    let mut it = inspected(profile);
    let subnet = it.lab.subnet(it.vpc, "10.0.4.0/24");
    let out = it.lab.sibling(it.fw, subnet, "10.0.4.5");
    it.lab.host_route("10.0.0.0/16", out);
    (it, out)
}

#[test]
fn the_instances_own_routes_say_by_which_interface_it_sends_on() {
    let (mut it, out) = between(ProfileName::Aws);
    let acl = it.lab.acl(vec![], vec![allow()]);
    let subnet = it.lab.network.interfaces[out].subnet;
    let layer = it.lab.put_acl(subnet, acl);
    let request = it.request();
    assert_eq!(request.end, End::Delivered(at(it.db)));
    let [web, fw, by, db] = [it.web, it.fw, out, it.db].map(Place::Interface);
    let router = Place::Router(it.vpc);
    assert_eq!(places(&request), [web, router, fw, by, router, db]);
    assert!(matches!(outcomes(&request, layer)[..], [(Direction::Egress, Outcome::Allowed(_))]));
    // The longest prefix wins, the first among equals; what none holds goes where it came.
    it.lab.host_route("10.0.0.0/8", it.fw);
    it.lab.host_route("10.0.0.0/16", it.fw);
    assert_eq!(places(&it.request())[3], by);
    it.lab.host_route("10.0.3.0/24", it.fw);
    assert_eq!(places(&it.request())[3], router);
    let instance = it.lab.instance(it.fw);
    it.lab.network.instances[instance].routes.drain(..3);
    it.lab.host_route("10.0.9.0/24", out);
    assert_eq!(places(&it.request())[3], router);
    it.lab.network.instances[instance].routes.clear();
    it.lab.host_route("10.0.9.0/24", out);
    assert_eq!(places(&it.request())[3], router);
}

#[test]
fn the_interface_by_which_it_leaves_checks_and_filters() {
    let (mut it, out) = between(ProfileName::Aws);
    it.lab.put_groups(out, &[]);
    let layer = Layer::SecurityGroups(out);
    let checkpoint = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(it.request().end, End::Denied(checkpoint));
    it.lab.network.interfaces[out].source_dest_check = true;
    assert_eq!(it.request().end, stopped(Obstacle::SourceDestCheck(out)));
    it.lab.network.interfaces[out].source_dest_check = false;
    it.lab.network.interfaces[out].filtered = false;
    let request = it.request();
    assert_eq!(outcomes(&request, layer), [(Direction::Egress, Outcome::Unfiltered)]);
    assert_eq!(request.end, End::Delivered(at(it.db)));
    // The interface that it came to need only let it in.
    let ingress_only = it.lab.group(vec![allow()], vec![]);
    it.lab.put_groups(it.fw, &[ingress_only]);
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
}

#[test]
fn the_hosts_firewall_judges_what_it_forwards() {
    let (mut it, out) = between(ProfileName::Aws);
    let mut named = when(allow(), ChainVerdict::Accept);
    named.input = Some(it.fw);
    named.output = Some(out);
    let forward = |rules| vec![base(HookPoint::Forward, Policy::Drop, rules)];
    it.lab.put_firewall(it.fw, forward(vec![named.clone()]));
    let layer = Layer::HostForwarding(it.fw, out);
    let request = it.request();
    assert!(matches!(outcomes(&request, layer)[..], [(Direction::Ingress, Outcome::Allowed(_))]));
    assert_eq!(request.end, End::Delivered(at(it.db)));
    // It has no say about what it does not keep or send by itself.
    assert!(outcomes(&request, Layer::HostFirewall(it.fw)).is_empty());
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    for (input, output) in [(out, out), (it.fw, it.fw)] {
        let mut other = named.clone();
        other.input = Some(input);
        other.output = Some(output);
        it.lab.put_firewall(it.fw, forward(vec![other]));
        assert_eq!(it.request().end, End::Denied(checkpoint));
    }
    let inputs = vec![
        base(HookPoint::Input, Policy::Drop, vec![]),
        base(HookPoint::Output, Policy::Drop, vec![]),
    ];
    it.lab.put_firewall(it.fw, inputs);
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
}

#[test]
fn what_a_host_forwards_is_remembered_whichever_way_it_goes() {
    // The reply comes to the second interface and leaves by the first.
    let (mut it, out) = between(ProfileName::Aws);
    let far = it.lab.network.interfaces[it.db].subnet;
    let back = it.lab.network.subnets[far].route_table;
    it.lab.network.route_tables[back].routes.last_mut().unwrap().target =
        RouteTarget::Interface(out);
    it.lab.host_route("10.0.1.0/24", it.fw);
    let mut begin = when(allow(), ChainVerdict::Accept);
    begin.input = Some(it.fw);
    let mut known = when(allow(), ChainVerdict::Accept);
    known.states = Some(vec![ConnectionState::Established]);
    let rules = vec![begin, known];
    it.lab.put_firewall(it.fw, vec![base(HookPoint::Forward, Policy::Drop, rules)]);
    let trip = it.lab.ask(at(it.web), tcp(SSH), at(it.db));
    assert!(trip.answered());
    let reply = trip.reply.unwrap();
    assert_eq!(outcomes(&reply, Layer::HostForwarding(out, it.fw)).len(), 1);
    // Without the request it knows no reply.
    it.retarget(RouteTarget::Local);
    let reply = it.lab.ask(at(it.web), tcp(SSH), at(it.db)).reply.unwrap();
    let layer = Layer::HostForwarding(out, it.fw);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(reply.end, End::Denied(checkpoint));
}

#[test]
fn references_to_groups_do_not_see_through_a_forwarder() {
    for (profile, sees) in [(ProfileName::Aws, false), (ProfileName::Generic, true)] {
        let mut it = inspected(profile);
        let friends = it.lab.group(vec![allow()], vec![allow()]);
        it.lab.put_groups(it.web, &[friends]);
        let guarded = it.lab.group(vec![allow().source_group(friends)], vec![allow()]);
        it.lab.put_groups(it.db, &[guarded]);
        assert_eq!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered(), sees, "{profile}");
        it.retarget(RouteTarget::Local);
        assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).delivered());
    }
}

#[test]
fn a_packet_counts_as_forwarded_only_after_the_forwarder() {
    let mut it = inspected(ProfileName::Aws);
    let friends = it.lab.group(vec![allow()], vec![allow()]);
    it.lab.put_groups(it.web, &[friends]);
    it.lab.put_groups(it.db, &[friends]);
    let both = allow().source_group(friends).destination_group(friends);
    let own = it.lab.group(vec![both.clone()], vec![both]);
    it.lab.put_groups(it.fw, &[own]);
    assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered());
    // Nor does the reply inherit it: without state, it is judged afresh on its own way out.
    it.lab.network.vpcs[it.vpc].profile.security_group.stateful = false;
    let own = it.lab.group(vec![allow()], vec![allow().destination_group(friends)]);
    it.lab.put_groups(it.db, &[own]);
    it.lab.put_groups(it.fw, &[it.lab.open]);
    let friends_only = it.lab.group(vec![allow()], vec![allow()]);
    it.lab.put_groups(it.web, &[friends, friends_only]);
    assert!(it.lab.ask(at(it.web), tcp(SSH), at(it.db)).answered());
}

#[test]
fn once_forwarded_a_packet_counts_as_forwarded_for_good() {
    // A NAT gateway after the forwarder changes nothing about that.
    let mut it = inspected(ProfileName::Aws);
    let (nat, own) = it.lab.nat_in_subnet(it.middle, "10.0.2.9");
    let table = it.lab.table(it.vpc);
    let separate = it.lab.subnet(it.vpc, "10.0.5.0/24");
    it.lab.network.subnets[separate].route_table = table;
    it.lab.route(table, "10.0.3.0/24", RouteTarget::NatGateway(nat));
    it.lab.network.interfaces[it.fw].subnet = separate;
    let friends = it.lab.group(vec![], vec![]);
    it.lab.put_groups(own, &[friends]);
    let guarded = it.lab.group(vec![allow().source_group(friends)], vec![allow()]);
    it.lab.put_groups(it.db, &[guarded]);
    let layer = Layer::SecurityGroups(it.db);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    let request = it.request();
    assert_eq!(request.last_header().unwrap().source.to_string(), "10.0.2.9");
    assert_eq!(request.end, End::Denied(checkpoint));
    it.retarget(RouteTarget::NatGateway(nat));
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
}

#[test]
fn what_an_instance_sends_on_has_come_across_nothing() {
    // From a peered VPC to the Internet, which the profile forbids, through an instance.
    let mut it = inspected(ProfileName::Huawei);
    let other = it.lab.vpc("10.1.0.0/16");
    let subnet = it.lab.subnet(other, "10.1.1.0/24");
    let host = it.lab.host(subnet, "10.1.1.30");
    let peering = it.lab.peering(other, it.vpc);
    it.lab.route(it.lab.default_table(other), "192.0.2.0/24", RouteTarget::Peering(peering));
    let third = it.lab.vpc("192.0.2.0/24");
    let onward = it.lab.peering(it.vpc, third);
    let far = it.lab.subnet(third, "192.0.2.0/25");
    let server = it.lab.host(far, "192.0.2.1");
    let own = it.lab.table(it.vpc);
    it.lab.network.subnets[it.middle].route_table = own;
    it.lab.route(own, "192.0.2.0/24", RouteTarget::Peering(onward));
    let default = it.lab.default_table(it.vpc);
    it.lab.route(default, "192.0.2.0/24", RouteTarget::Interface(it.fw));
    let profile = &mut it.lab.network.vpcs[it.vpc].profile.peering;
    profile.to_peering = Setting::Decided(false);
    let header = tcp("10.1.1.30:40000 -> 192.0.2.1:22");
    let request = it.lab.ask(at(host), header, at(server)).request;
    assert_eq!(request.end, End::Delivered(at(server)));
}

#[test]
fn a_route_leads_to_interfaces_of_its_own_vpc() {
    let mut it = inspected(ProfileName::Aws);
    let other = it.lab.vpc("10.7.0.0/16");
    let subnet = it.lab.subnet(other, "10.7.1.0/24");
    let elsewhere = it.lab.forwarder(subnet, "10.7.1.5 10.7.1.6");
    it.retarget(RouteTarget::Interface(elsewhere));
    let nobody = stopped(Obstacle::NobodyHas(it.vpc, "10.7.1.5".parse().unwrap()));
    assert_eq!(it.request().end, nobody);
    let held = it.lab.virtual_address(it.middle, "10.0.2.100", &[]);
    it.retarget(RouteTarget::VirtualAddress(held));
    assert_eq!(it.request().end, stopped(Obstacle::NobodyHolds(held)));
    it.lab.network.virtual_addresses[held].interfaces = vec![elsewhere, it.fw];
    assert_eq!(it.request().end, nobody);
    it.lab.choices.picks.insert(Chooser::Holder(held), 1);
    let request = it.request();
    // To be forwarded is not to be delivered at the virtual address.
    assert_eq!(request.end, End::Delivered(at(it.db)));
    assert_eq!(places(&request)[2], Place::Interface(it.fw));
}

#[test]
fn inside_one_subnet_the_holder_of_a_virtual_address_is_not_filtered() {
    let mut it = inspected(ProfileName::Aws);
    let acl = it.lab.acl(vec![], vec![]);
    let layer = it.lab.put_acl(it.near, acl);
    let beside = it.lab.forwarder(it.near, "10.0.1.5");
    let held = it.lab.virtual_address(it.near, "10.0.1.100", &[beside]);
    it.retarget(RouteTarget::VirtualAddress(held));
    let inside =
        [(Direction::Egress, Outcome::SameSubnet), (Direction::Ingress, Outcome::SameSubnet)];
    assert_eq!(outcomes(&it.request(), layer)[..2], inside);
}
