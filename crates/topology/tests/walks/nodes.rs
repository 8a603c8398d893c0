//! Which target a node of a load balancer picks, and what it sends on (§6b).

use std::collections::BTreeSet;

use canreach_model::{
    Endpoint, Forwarding, InterfaceId, InterfaceOwner, Layer, LoadBalancerId, Obstacle, Polarity,
    ProfileName, SubnetId,
};
use canreach_net::{Family, PortRange, Protocol};
use canreach_testkit::{
    Builder,
    builder::{address, allow},
};
use canreach_topology::{AddressView, End, Mode, Trip};

use crate::lab::{assumed, at, only, tcp};

const KEEPS: Forwarding = Forwarding::KeepClient { bypasses_filters: false };

/// A client, a load balancer of two nodes, and two targets; groups everywhere, of which each allows
/// everything.
struct Site {
    lab: Builder,
    subnet: SubnetId,
    client: InterfaceId,
    balancer: LoadBalancerId,
    nodes: [InterfaceId; 2],
    targets: [InterfaceId; 2],
}

const NODES: [&str; 2] = ["10.0.1.1", "10.0.1.2"];

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16", "2001:db8::/56"]);
        let subnet = lab.subnet(vpc, &["10.0.0.0/16", "2001:db8::/64"]);
        let client = lab.interface(subnet, &["10.0.0.1", "2001:db8::1"]);
        let (balancer, first) = lab.load_balancer(subnet, &[NODES[0], "2001:db8::b"]);
        let owner = InterfaceOwner::LoadBalancer(balancer);
        let second = lab.interface_owned_by(owner, subnet, &[NODES[1]]);
        let targets = [1, 2].map(|n| lab.interface(subnet, &[&format!("10.0.2.{n}")]));
        for interface in [client, first, second, targets[0], targets[1]] {
            lab.group(&[interface], vec![allow()], vec![allow()]);
        }
        Self { lab, subnet, client, balancer, nodes: [first, second], targets }
    }

    fn listen(&mut self, forwarding: Forwarding, targets: &[(&str, Option<u16>)]) -> usize {
        self.lab.listener(self.balancer, Protocol::TCP, PortRange::ALL, forwarding, targets)
    }

    /// Says which nodes send to a target.
    fn sent_by(&mut self, listener: usize, target: usize, nodes: &[InterfaceId]) {
        let listener = &mut self.lab.network.load_balancers[self.balancer].listeners[listener];
        listener.targets[target].nodes = Some(nodes.to_vec());
    }

    fn trips(&self, from: &str, to: &str, mode: Mode) -> Vec<Trip> {
        let network = self.lab.clone().build();
        let balancer = Endpoint::LoadBalancer(self.balancer);
        tcp(&network, (at(self.client), from), (balancer, to), mode)
    }

    /// The ends of what is sent to a node.
    fn ends(&self, from: &str, to: &str) -> Vec<End> {
        self.trips(from, to, Mode::Real).iter().map(|trip| trip.request.end).collect()
    }

    /// The addresses that a node sends on to.
    fn picked_by(&self, node: usize) -> BTreeSet<String> {
        let trips = self.trips("10.0.0.1", NODES[node], Mode::Real);
        let arrived = trips.iter().filter(|trip| trip.request.end == self.there());
        let last = arrived.filter_map(|trip| trip.request.steps.last());
        last.map(|step| format!("{:?}", step.header.destination)).collect()
    }

    fn there(&self) -> End {
        End::Arrived(Endpoint::LoadBalancer(self.balancer))
    }
}

fn targets(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|text| format!("{:?}", AddressView::Fixed(address(text)))).collect()
}

#[test]
fn a_node_sends_only_to_the_targets_that_name_it_or_no_node() {
    let mut site = Site::new();
    let listener = site.listen(KEEPS, &[("10.0.2.1", None), ("10.0.2.2", None)]);
    let both = targets(&["10.0.2.1", "10.0.2.2"]);
    assert_eq!([0, 1].map(|node| site.picked_by(node)), [both.clone(), both.clone()]);
    site.sent_by(listener, 0, &[site.nodes[0]]);
    assert_eq!([0, 1].map(|node| site.picked_by(node)), [both, targets(&["10.0.2.2"])]);
}

#[test]
fn a_node_to_which_no_target_is_left_has_none() {
    let mut site = Site::new();
    let listener = site.listen(KEEPS, &[("10.0.2.1", None)]);
    site.sent_by(listener, 0, &[site.nodes[0]]);
    let none = Obstacle::NoTarget(site.balancer, listener);
    assert_eq!(site.ends("10.0.0.1", NODES[0]), [site.there()]);
    assert_eq!(site.ends("10.0.0.1", NODES[1]), [End::Stopped(none)]);
    let mended = only(site.trips("10.0.0.1", NODES[1], Mode::Repaired)).request;
    assert_eq!((mended.end, assumed(&mended)), (site.there(), vec![none]));
}

#[test]
fn a_listener_of_one_family_leaves_the_other_to_the_next() {
    let mut site = Site::new();
    let first = site.listen(Forwarding::Proxy, &[]);
    let listeners = &mut site.lab.network.load_balancers[site.balancer].listeners;
    listeners[first].family = Some(Family::V6);
    let nobody = End::Stopped(Obstacle::NoListener(site.balancer));
    assert_eq!(site.ends("10.0.0.1", NODES[0]), [nobody]);
    assert_eq!(site.ends("2001:db8::1", "2001:db8::b"), [site.there()]);
    let fact = site.lab.fact(Polarity::Helps);
    site.listen(Forwarding::Unmodelled(fact), &[]);
    assert_eq!(site.ends("10.0.0.1", NODES[0]), [End::Unmodelled(fact)]);
    assert_eq!(site.ends("2001:db8::1", "2001:db8::b"), [site.there()], "the first counts");
}

#[test]
fn what_a_node_keeps_the_client_of_is_sent_on_by_it_after_its_own_groups() {
    let mut site = Site::new();
    let seen = |trip: &Trip| -> Vec<(Layer, bool, Option<InterfaceId>)> {
        let crossings = trip.request.crossings();
        crossings.map(|it| (it.checkpoint.layer, it.forwarded, it.sent_on_by)).collect()
    };
    let [client, node, target] =
        [site.client, site.nodes[0], site.targets[0]].map(Layer::SecurityGroups);
    for (forwarding, forwarded) in [(KEEPS, true), (Forwarding::ReplaceClient, false)] {
        site.lab.network.load_balancers[site.balancer].listeners.clear();
        site.listen(forwarding, &[("10.0.2.1", None)]);
        let trip = only(site.trips("10.0.0.1", NODES[0], Mode::Real));
        let by = forwarded.then_some(site.nodes[0]);
        let own = [(client, false, None), (node, false, None), (node, false, None)];
        assert_eq!(seen(&trip)[..3], own);
        assert_eq!(seen(&trip)[3..], [(target, forwarded, by)]);
        let back = only(trip.replies);
        assert!(back.crossings().all(|it| !it.forwarded && it.sent_on_by.is_none()));
    }
}

#[test]
fn what_is_translated_again_is_forwarded_for_good_but_sent_on_by_nobody() {
    let mut site = Site::new();
    site.listen(KEEPS, &[("10.0.3.1", None)]);
    let (second, node) = site.lab.load_balancer(site.subnet, &["10.0.3.1"]);
    site.lab.group(&[node], vec![allow()], vec![allow()]);
    let (all, replaces) = (PortRange::ALL, Forwarding::ReplaceClient);
    site.lab.listener(second, Protocol::TCP, all, replaces, &[("10.0.2.1", None)]);
    let trip = only(site.trips("10.0.0.1", NODES[0], Mode::Real));
    // It came by the first balancer first.
    assert_eq!(trip.request.end, site.there());
    let seen: Vec<_> = trip.request.crossings().map(|it| (it.forwarded, it.sent_on_by)).collect();
    let first = Some(site.nodes[0]);
    assert_eq!(
        seen,
        [
            (false, None), // the client's groups
            (false, None), // the first node's, in
            (false, None), // and out
            (true, first), // the second's, in
            (true, None),  // and out, translated again
            (true, None)   // the target's
        ]
    );
}

#[test]
fn of_many_sources_only_the_one_that_is_the_target_is_refused() {
    let mut site = Site::new();
    site.lab.network.interfaces[site.client].addresses.push(address("10.0.0.2"));
    site.listen(KEEPS, &[("10.0.0.1", None)]);
    let refused = End::Stopped(Obstacle::TargetIsClient(site.balancer));
    for mode in [Mode::Real, Mode::Repaired] {
        let trips = site.trips("10.0.0.1-10.0.0.2", NODES[0], mode);
        let told: Vec<_> = trips
            .iter()
            .map(|trip| (trip.request.guard.headers.sources.first(), trip.request.end))
            .collect();
        let [first, second] = ["10.0.0.1", "10.0.0.2"].map(|text| Some(address(text)));
        assert_eq!(told, [(first, refused), (second, site.there())]);
        // Nobody can remove it.
        assert!(trips.iter().all(|trip| assumed(&trip.request).is_empty()));
    }
}
