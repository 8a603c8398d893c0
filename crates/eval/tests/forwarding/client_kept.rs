//! §6b and §7: which targets an interface of a load balancer sends to, and how packets count that it
//! sends on with the client's address.

use canreach_eval::End;
use canreach_model::{
    BalancerListener, Checkpoint, Chooser, DestinationTranslation, Direction, Endpoint, Forwarding,
    InterfaceId, InterfaceOwner, Layer, LoadBalancerId, Obstacle, Place, ProfileName,
    PublicAddressTarget, RouteTarget, SecurityGroupId, SubnetId, VpcId,
};
use canreach_net::{Family, PortRange};

use crate::{
    lab::{Lab, Narrow, allow, at, origin, places, tcp},
    parts::listener,
};

const KEEP: Forwarding = Forwarding::KeepClient { bypasses_filters: false };
const ASKED: &str = "10.0.1.10:40000 -> 10.0.2.50:80";
const SECOND: &str = "10.0.1.10:40000 -> 10.0.2.51:80";
const ASKED_V6: &str = "[2001:db8:0:1::10]:40000 -> [2001:db8:0:2::50]:80";

/// A client, a balancer with two interfaces, and two targets.
struct Site {
    lab: Lab,
    vpc: VpcId,
    client: InterfaceId,
    balancer: LoadBalancerId,
    first: InterfaceId,
    second: InterfaceId,
    one: InterfaceId,
    two: InterfaceId,
    middle: SubnetId,
    far: SubnetId,
}

fn site(forwarding: Forwarding) -> Site {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let near = lab.subnet(vpc, "10.0.1.0/24 2001:db8:0:1::/64");
    let middle = lab.subnet(vpc, "10.0.2.0/24 2001:db8:0:2::/64");
    let far = lab.subnet(vpc, "10.0.3.0/24 2001:db8:0:3::/64");
    let client = lab.host(near, "10.0.1.10 2001:db8:0:1::10");
    let one = lab.host(far, "10.0.3.20 2001:db8:0:3::20");
    let two = lab.host(far, "10.0.3.21");
    let listeners = vec![listener(80, forwarding, "10.0.3.20 10.0.3.21 2001:db8:0:3::20")];
    let (balancer, first) = lab.balancer(middle, "10.0.2.50 2001:db8:0:2::50", listeners);
    let second = lab.interface(middle, "10.0.2.51", InterfaceOwner::LoadBalancer(balancer));
    Site { lab, vpc, client, balancer, first, second, one, two, middle, far }
}

impl Site {
    fn end(&self) -> Endpoint {
        Endpoint::LoadBalancer(self.balancer)
    }

    fn listener(&mut self) -> &mut BalancerListener {
        self.lab.network.load_balancers[self.balancer].listeners.first_mut().unwrap()
    }

    fn pick(&mut self, target: usize) {
        self.lab.choices.picks.insert(Chooser::Target(self.balancer, 0), target);
    }

    fn request_end(&self, header: &str) -> End {
        self.lab.ask(at(self.client), tcp(header), self.end()).request.end
    }

    /// Where a request comes out, whatever becomes of the reply.
    fn comes_out(&self, header: &str) -> Option<Place> {
        let trip = self.lab.ask(at(self.client), tcp(header), self.end());
        assert!(trip.answered(), "{header}");
        places(&trip.request).last().copied()
    }

    /// A group of one interface, and another that lets in only what it is referred to by.
    fn guard(&mut self, of: InterfaceId, target: InterfaceId) -> SecurityGroupId {
        let open = self.lab.open;
        let group = self.lab.group(vec![], vec![]);
        self.lab.put_groups(of, &[open, group]);
        let guard = self.lab.group(vec![allow().source_group(group)], vec![allow()]);
        self.lab.put_groups(target, &[guard]);
        group
    }
}

fn kept_out(interface: InterfaceId) -> End {
    let layer = Layer::SecurityGroups(interface);
    End::Denied(Checkpoint { layer, direction: Direction::Ingress })
}

#[test]
fn an_interface_sends_to_the_targets_that_name_it_or_none() {
    let mut it = site(KEEP);
    let (first, second) = (it.first, it.second);
    let [one, two] = [it.one, it.two].map(|it| Some(Place::Interface(it)));
    it.listener().targets[0].nodes = Some(vec![second]);
    it.listener().targets[1].nodes = None;
    for (pick, from_first, from_second) in [(0, two, one), (1, two, two)] {
        it.pick(pick);
        assert_eq!(it.comes_out(ASKED), from_first, "{pick}");
        assert_eq!(it.comes_out(SECOND), from_second, "{pick}");
    }
    it.listener().targets[1].nodes = Some(vec![second]);
    let none = End::Stopped(Obstacle::NoTarget(it.balancer, 0));
    assert_eq!(it.request_end(ASKED), none);
    // The one of the other family is there still.
    assert_eq!(it.comes_out(ASKED_V6), one);
    it.listener().targets[2].nodes = Some(vec![]);
    assert_eq!(it.request_end(ASKED_V6), none);
    it.listener().targets[2].nodes = Some(vec![second, first]);
    assert_eq!(it.comes_out(ASKED_V6), one);
}

#[test]
fn a_listener_of_a_family_takes_nothing_of_the_other() {
    let mut it = site(KEEP);
    let mut other = it.listener().clone();
    other.forwarding = Forwarding::Proxy;
    it.lab.network.load_balancers[it.balancer].listeners.push(other);
    let both = |it: &Site| [ASKED, ASKED_V6].map(|header| it.comes_out(header));
    let [one, balancer] = [Place::Interface(it.one), Place::LoadBalancer(it.balancer)];
    assert_eq!(both(&it), [Some(one); 2]);
    it.listener().family = Some(Family::V6);
    assert_eq!(both(&it), [Some(balancer), Some(one)]);
    it.listener().family = Some(Family::V4);
    assert_eq!(both(&it), [Some(one), Some(balancer)]);
    it.lab.network.load_balancers[it.balancer].listeners.pop();
    assert_eq!(it.request_end(ASKED_V6), End::Stopped(Obstacle::NoListener(it.balancer)));
}

#[test]
fn a_listener_that_is_not_modelled_is_a_fact() {
    let mut it = site(KEEP);
    let fact = it.lab.fact();
    it.listener().forwarding = Forwarding::Unmodelled(fact);
    for known in [false, true] {
        it.lab.valuation.set(fact, known);
        let trip = it.lab.ask(at(it.client), tcp(ASKED), it.end());
        assert_eq!(trip.request.end, End::Unmodelled { fact, delivered: known });
        assert_eq!((trip.delivered(), trip.answered()), (known, known));
    }
    // It listens, and its groups and access list filter, all the same.
    let other = "10.0.1.10:40000 -> 10.0.2.50:81";
    assert_eq!(it.request_end(other), End::Stopped(Obstacle::NoListener(it.balancer)));
    it.lab.put_groups(it.first, &[]);
    assert_eq!(it.request_end(ASKED), kept_out(it.first));
}

#[test]
fn a_target_does_not_reach_itself_while_its_address_is_kept() {
    let mut it = site(KEEP);
    let to_first = tcp("10.0.3.20:40000 -> 10.0.2.50:80");
    let ask = |it: &Site| it.lab.ask(at(it.one), to_first, it.end());
    it.pick(0);
    assert_eq!(ask(&it).request.end, End::Stopped(Obstacle::TargetIsClient(it.balancer)));
    // Another target does.
    it.pick(1);
    assert!(ask(&it).answered());
    it.pick(0);
    it.listener().forwarding = Forwarding::KeepClient { bypasses_filters: true };
    assert_eq!(ask(&it).request.end, End::Stopped(Obstacle::TargetIsClient(it.balancer)));
    it.listener().forwarding = Forwarding::ReplaceClient;
    assert!(ask(&it).answered());
}

#[test]
fn a_group_of_the_client_does_not_let_it_in_past_a_balancer() {
    let mut it = site(KEEP);
    it.guard(it.client, it.one);
    assert_eq!(it.request_end(ASKED), kept_out(it.one));
    it.lab.network.vpcs[it.vpc].profile.security_group.reference_when_forwarded = true;
    assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).answered());
}

#[test]
fn a_group_of_the_balancer_lets_in_what_it_sends_on() {
    for forwarding in [KEEP, Forwarding::ReplaceClient] {
        let mut it = site(forwarding);
        it.guard(it.first, it.one);
        assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).answered());
        // The other interface is not in the group.
        assert_eq!(it.request_end(SECOND), kept_out(it.one));
        // Nor does the client get past it.
        let direct = tcp("10.0.1.10:40000 -> 10.0.3.20:80");
        assert_eq!(it.lab.ask(at(it.client), direct, at(it.one)).request.end, kept_out(it.one));
    }
}

#[test]
fn only_a_source_in_rules_of_ingress_stands_for_the_balancer() {
    let mut it = site(KEEP);
    let group = it.guard(it.first, it.one);
    let guard = it.lab.group(vec![allow().destination_group(group)], vec![allow()]);
    it.lab.put_groups(it.one, &[guard]);
    assert_eq!(it.request_end(ASKED), kept_out(it.one));
    // Its own rules of egress do not take its group for the source.
    it.guard(it.first, it.one);
    let egress = vec![allow().source_group(group)];
    let only_out = it.lab.group(vec![allow()], egress);
    it.lab.put_groups(it.first, &[group, only_out]);
    let layer = Layer::SecurityGroups(it.first);
    let out = End::Denied(Checkpoint { layer, direction: Direction::Egress });
    assert_eq!(it.request_end(ASKED), out);
}

#[test]
fn the_balancers_own_groups_see_a_packet_that_is_not_forwarded_yet() {
    // Its rules of egress may refer to the group of the targets.
    let mut it = site(KEEP);
    let targets = it.lab.group(vec![allow()], vec![]);
    it.lab.put_groups(it.one, &[targets]);
    let own = it.lab.group(vec![allow()], vec![allow().destination_group(targets)]);
    it.lab.put_groups(it.first, &[own]);
    assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).answered());
    it.pick(1);
    let layer = Layer::SecurityGroups(it.first);
    let out = End::Denied(Checkpoint { layer, direction: Direction::Egress });
    assert_eq!(it.request_end(ASKED), out);
}

#[test]
fn the_reply_to_what_a_balancer_sent_on_is_not_forwarded() {
    let mut it = site(KEEP);
    it.lab.network.vpcs[it.vpc].profile.security_group.stateful = false;
    let clients = it.lab.group(vec![allow()], vec![allow()]);
    it.lab.put_groups(it.client, &[clients]);
    let target = it.lab.group(vec![allow()], vec![allow().destination_group(clients)]);
    it.lab.put_groups(it.one, &[target]);
    assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).answered());
}

#[test]
fn what_is_forwarded_or_translated_again_was_not_sent_on_by_the_balancer() {
    let mut it = site(KEEP);
    let separate = it.lab.subnet(it.vpc, "10.0.4.0/24");
    let relay = it.lab.forwarder(separate, "10.0.4.5");
    let (nat, _) = it.lab.nat_in_subnet(separate, "10.0.4.6");
    let table = it.lab.table(it.vpc);
    it.lab.network.subnets[it.middle].route_table = table;
    it.guard(it.first, it.one);
    assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).delivered());
    for way in [RouteTarget::Interface(relay), RouteTarget::NatGateway(nat)] {
        it.lab.network.route_tables[table].routes.retain(|it| it.target == RouteTarget::Local);
        it.lab.route(table, "10.0.3.0/24", way);
        assert_eq!(it.request_end(ASKED), kept_out(it.one), "{way:?}");
    }
}

#[test]
fn rules_of_egress_on_the_way_do_not_take_the_balancer_for_the_source() {
    let mut it = site(KEEP);
    let separate = it.lab.subnet(it.vpc, "10.0.4.0/24");
    let relay = it.lab.forwarder(separate, "10.0.4.5");
    let table = it.lab.table(it.vpc);
    it.lab.network.subnets[it.middle].route_table = table;
    it.lab.route(table, "10.0.3.0/24", RouteTarget::Interface(relay));
    let group = it.guard(it.first, it.one);
    it.lab.put_groups(it.one, &[it.lab.open]);
    let from_balancer = || vec![allow().source_group(group)];
    let both = it.lab.group(from_balancer(), from_balancer());
    it.lab.put_groups(relay, &[both]);
    let layer = Layer::SecurityGroups(relay);
    let out = End::Denied(Checkpoint { layer, direction: Direction::Egress });
    assert_eq!(it.request_end(ASKED), out);
}

#[test]
fn a_destination_translation_makes_it_another_packet() {
    // A target's public address, which a NAT gateway at the VPC translates back.
    let mut it = site(KEEP);
    let nat = it.lab.nat_at_vpc(it.vpc);
    let public = "203.0.113.9".parse().unwrap();
    it.lab.public_address_of("203.0.113.9", Some(PublicAddressTarget::NatGateway(nat)));
    it.lab.network.nat_gateways[nat].destination_translations.push(DestinationTranslation {
        public_address: public,
        protocol: None,
        public_ports: PortRange::ALL,
        private_address: "10.0.3.20".parse().unwrap(),
        private_port: 0,
        origin: origin(),
    });
    let gateway = it.lab.internet_gateway(it.vpc);
    let table = it.lab.default_table(it.vpc);
    it.lab.route(table, "203.0.113.0/24", RouteTarget::InternetGateway(gateway));
    it.lab.public_address("203.0.113.10", it.client);
    it.listener().targets[0].address = public;
    it.guard(it.first, it.one);
    let trip = it.lab.ask(at(it.client), tcp(ASKED), it.end());
    assert_eq!(trip.request.last_header().unwrap().destination.to_string(), "10.0.3.20");
    assert_eq!(trip.request.end, kept_out(it.one));
}

#[test]
fn of_two_balancers_the_second_sent_it_on() {
    let mut it = site(KEEP);
    let listeners = vec![listener(80, KEEP, "10.0.3.20")];
    let (_, behind) = it.lab.balancer(it.far, "10.0.3.50", listeners);
    it.listener().targets[0].address = "10.0.3.50".parse().unwrap();
    it.guard(it.first, it.one);
    assert_eq!(it.request_end(ASKED), kept_out(it.one));
    it.guard(behind, it.one);
    assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).delivered());
    // The first sent it on to the second.
    it.guard(it.first, behind);
    it.lab.put_groups(it.one, &[it.lab.open]);
    assert!(it.lab.ask(at(it.client), tcp(ASKED), it.end()).delivered());
}
