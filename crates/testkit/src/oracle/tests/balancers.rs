//! §2 step 0, §§6b and 8c: load balancers.

use super::*;
use crate::builder::{allow, deny, far_side, ports};

/// A client `a` and a target `b` in two subnets, and a balancer 10.0.0.9 in a third that listens for
/// TCP port 3 and sends it to port 4 of the target.
struct Balanced {
    pair: Pair,
    balancer: LoadBalancerId,
    m: InterfaceId,
}

impl Balanced {
    fn new(forwarding: Forwarding) -> Self {
        let mut pair = Pair::new(ProfileName::Generic);
        let subnet = pair.builder.subnet(pair.vpc, &["10.0.0.8/30"]);
        let (balancer, m) = pair.builder.load_balancer(subnet, &["10.0.0.9"]);
        let targets = [("10.0.0.5", Some(4))];
        let port = PortRange::single(3);
        pair.builder.listener(balancer, Protocol::TCP, port, forwarding, &targets);
        Self { pair, balancer, m }
    }

    fn story(&self) -> Story {
        self.story_to(3)
    }

    fn story_to(&self, port: u16) -> Story {
        let header = tcp(("10.0.0.1", 9), ("10.0.0.9", port));
        let to = Endpoint::LoadBalancer(self.balancer);
        told(&self.pair.builder, inside(self.pair.a), header, to)
    }

    fn arrived(&self) -> Header {
        let End::Delivered(_, header) = self.story().request.end else {
            panic!("{:?}", self.story().request.end)
        };
        header
    }

    fn listener(&mut self) -> &mut BalancerListener {
        &mut self.pair.builder.network.load_balancers[self.balancer].listeners[0]
    }
}

const KEEP: Forwarding = Forwarding::KeepClient { bypasses_filters: false };
const BYPASS: Forwarding = Forwarding::KeepClient { bypasses_filters: true };

#[test]
fn each_kind_of_forwarding_answers_and_ends_at_the_balancer() {
    for forwarding in [Forwarding::Proxy, KEEP, BYPASS, Forwarding::ReplaceClient] {
        assert_eq!(Balanced::new(forwarding).story().fate, ANSWERED, "{forwarding:?}");
    }
    let arrived = Balanced::new(KEEP).arrived();
    assert_eq!(arrived, tcp(("10.0.0.1", 9), ("10.0.0.5", 4)));
    let arrived = Balanced::new(Forwarding::ReplaceClient).arrived();
    assert_eq!(arrived, tcp(("10.0.0.9", 1024), ("10.0.0.5", 4)), "the first port of the profile");
    let arrived = Balanced::new(Forwarding::Proxy).arrived();
    assert_eq!(arrived, tcp(("10.0.0.1", 9), ("10.0.0.9", 3)));
}

#[test]
fn what_no_listener_takes_and_what_has_no_target_is_lost() {
    let mut balanced = Balanced::new(KEEP);
    assert_eq!(lost(&balanced.story_to(4).request), "NoListener");
    balanced.listener().protocol = Protocol::UDP;
    assert_eq!(lost(&balanced.story().request), "NoListener");
    balanced.listener().protocol = Protocol::TCP;
    balanced.listener().targets[0].address = address("2001:db8::1");
    assert_eq!(lost(&balanced.story().request), "NoTarget", "none of the packet's family");
}

#[test]
fn the_first_listener_that_takes_a_packet_counts() {
    let mut balanced = Balanced::new(KEEP);
    let id = balanced.balancer;
    let all = PortRange::ALL;
    balanced.pair.builder.listener(id, Protocol::TCP, all, Forwarding::Proxy, &[]);
    assert_eq!(balanced.arrived().destination, address("10.0.0.5"));
    balanced.pair.builder.network.load_balancers[id].listeners.reverse();
    assert_eq!(balanced.arrived().destination, address("10.0.0.9"));
}

#[test]
fn only_a_balancer_that_bypasses_filters_gets_past_those_of_the_target() {
    let closed = |forwarding| {
        let mut balanced = Balanced::new(forwarding);
        let b = balanced.pair.b;
        balanced.pair.builder.group(&[b], vec![], vec![]);
        let subnet = balanced.pair.subnets[1];
        balanced.pair.builder.acl(&[subnet], vec![deny()], vec![deny()]);
        balanced
    };
    assert_eq!(closed(BYPASS).story().fate, ANSWERED);
    assert_eq!(lost(&closed(KEEP).story().request), "Filter");
    assert_eq!(lost(&closed(Forwarding::ReplaceClient).story().request), "Filter");
}

#[test]
fn a_reply_goes_back_to_a_balancer_that_keeps_the_client_whatever_the_routes_say() {
    let mut balanced = Balanced::new(KEEP);
    let table = balanced.pair.builder.table(balanced.pair.vpc);
    let subnet = balanced.pair.subnets[1];
    balanced.pair.builder.network.subnets[subnet].route_table = table;
    balanced.pair.builder.route(table, "10.0.0.1/32", RouteTarget::Blackhole);
    assert_eq!(balanced.story().fate, ANSWERED);
    // The ACL of the target's subnet judges it on the way out, which keeps no state here.
    balanced.pair.builder.network.vpcs[balanced.pair.vpc].profile.network_acl.stateful = false;
    balanced.pair.builder.acl(&[subnet], vec![allow()], vec![deny()]);
    assert_eq!(balanced.story().fate, DELIVERED);
}

#[test]
fn a_reply_to_a_balancer_that_replaces_the_client_goes_by_the_routes() {
    let mut balanced = Balanced::new(Forwarding::ReplaceClient);
    let table = balanced.pair.builder.table(balanced.pair.vpc);
    let subnet = balanced.pair.subnets[1];
    balanced.pair.builder.network.subnets[subnet].route_table = table;
    balanced.pair.builder.route(table, "10.0.0.9/32", RouteTarget::Blackhole);
    let story = balanced.story();
    assert_eq!(story.fate, DELIVERED);
    assert_eq!(lost(story.reply.as_ref().unwrap()), "Blackhole");
}

#[test]
fn an_access_list_judges_the_request_alone() {
    let mut balanced = Balanced::new(KEEP);
    let from = |range| far_side(allow(), Direction::Ingress, range);
    let access = |rules| Some(AccessList { rules, default: Action::Deny });
    balanced.listener().access = access(vec![from("10.0.0.2")]);
    let story = balanced.story();
    let layer = Layer::ListenerAccess(balanced.balancer, 0);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(story.request.end, End::Lost(Lost::Filter(checkpoint)));
    balanced.listener().access = access(vec![from("10.0.0.1")]);
    assert_eq!(balanced.story().fate, ANSWERED);
}

#[test]
fn the_balancers_own_groups_judge_what_comes_and_what_it_sends_on() {
    let mut balanced = Balanced::new(KEEP);
    let m = balanced.m;
    let to_target = ports(allow(), Protocol::TCP, 4, 4);
    balanced.pair.builder.group(&[m], vec![allow()], vec![to_target]);
    assert_eq!(balanced.story().fate, ANSWERED);
    balanced.listener().targets[0].port = None;
    assert_eq!(lost(&balanced.story().request), "Filter", "port 3 is not let out");
}

#[test]
fn a_target_is_chosen_and_each_choice_is_tried() {
    let mut balanced = Balanced::new(KEEP);
    let nobody =
        BalancerTarget { address: address("10.0.0.7"), ..balanced.listener().targets[0].clone() };
    balanced.listener().targets.insert(0, nobody);
    assert_eq!(lost(&balanced.story().request), "NobodyHas");
    let network = balanced.pair.builder.clone().build();
    let to = Endpoint::LoadBalancer(balanced.balancer);
    let (from, to_address) = (vec![address("10.0.0.1")], vec![address("10.0.0.9")]);
    let question = Question::new(inside(balanced.pair.a), from, to, to_address);
    let answer = brute_force(&network, &question, &Universe::of(&network));
    assert_eq!(answer.answered, Truth::Reachable);
    let picks = all_choices(&network, &[]).into_iter().filter(|choices| !choices.picks.is_empty());
    assert_eq!(picks.count(), 2);
}
