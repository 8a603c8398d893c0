//! Load balancers (§6b), and the replies that go back to them (§2 step 0).

use canreach_model::{
    AccessList, Action, Chooser, Direction, Endpoint, Forwarding, InterfaceId, Layer,
    LoadBalancerId, NetworkAclId, Obstacle, Place, ProfileName, SubnetId, Translator, VpcId,
};
use canreach_net::{PortRange, PortSet, Protocol, ProtocolSet};
use canreach_testkit::{
    Builder,
    builder::{address, allow},
};
use canreach_topology::{AddressView, End, Mode, PortView, Trip};

use crate::lab::{OUTSIDE, arrives, assumed, at, crossed, only, places, tcp};

const INGRESS: Direction = Direction::Ingress;
const EGRESS: Direction = Direction::Egress;

/// A client, a load balancer and two targets, each in a subnet of its own with one ACL for all, and
/// with security groups of its own.
struct Site {
    lab: Builder,
    vpc: VpcId,
    subnets: [SubnetId; 3],
    acl: NetworkAclId,
    client: InterfaceId,
    balancer: LoadBalancerId,
    front: InterfaceId,
    targets: [InterfaceId; 2],
}

impl Site {
    fn new() -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        let vpc = lab.vpc(&["10.0.0.0/16"]);
        let subnets = [0, 1, 2].map(|n| lab.subnet(vpc, &[&format!("10.0.{n}.0/24")]));
        let client = lab.interface(subnets[0], &["10.0.0.1"]);
        let (balancer, front) = lab.load_balancer(subnets[1], &["10.0.1.1"]);
        let targets = [1, 2].map(|n| lab.interface(subnets[2], &[&format!("10.0.2.{n}")]));
        let acl = lab.acl(&subnets, vec![allow()], vec![allow()]);
        for interface in [client, front, targets[0], targets[1]] {
            lab.group(&[interface], vec![allow()], vec![allow()]);
        }
        Self { lab, vpc, subnets, acl, client, balancer, front, targets }
    }

    /// Adds a listener on ports 80 to 89.
    fn listen(&mut self, forwarding: Forwarding, targets: &[(&str, Option<u16>)]) -> usize {
        let ports = PortRange::new(80, 89).unwrap_or(PortRange::ALL);
        self.lab.listener(self.balancer, Protocol::TCP, ports, forwarding, targets)
    }

    fn trips(&self, mode: Mode) -> Vec<Trip> {
        let network = self.lab.clone().build();
        let to = (Endpoint::LoadBalancer(self.balancer), "10.0.1.1");
        tcp(&network, (at(self.client), "10.0.0.1"), to, mode)
    }

    /// The trip of the packets that the listener takes.
    fn taken(&self) -> Trip {
        let arrived = |trip: &Trip| trip.request.end == self.there();
        only(self.trips(Mode::Real).into_iter().filter(arrived).collect())
    }

    fn there(&self) -> End {
        End::Arrived(Endpoint::LoadBalancer(self.balancer))
    }

    fn acl(&self, n: usize) -> Layer {
        Layer::NetworkAcl(self.acl, self.subnets[n])
    }
}

#[test]
fn a_proxy_answers_for_itself_and_takes_only_its_ports() {
    let mut site = Site::new();
    site.listen(Forwarding::Proxy, &[("10.0.2.1", None)]);
    let trips = site.trips(Mode::Real);
    let told: Vec<_> = trips
        .iter()
        .map(|it| (it.request.end, it.request.guard.headers.destination_ports.clone()))
        .collect();
    let ports = PortSet::range(80, 89);
    let nobody = End::Stopped(Obstacle::NoListener(site.balancer));
    assert_eq!(told, [(site.there(), ports.clone()), (nobody, ports.complement())]);
    let trip = site.taken();
    let (client, router) = (Place::Interface(site.client), Place::Router(site.vpc));
    let front = Place::LoadBalancer(site.balancer);
    assert_eq!(places(&trip.request), [client, router, front]);
    assert_eq!(
        crossed(&trip.request),
        [
            (Layer::SecurityGroups(site.client), EGRESS, false),
            (site.acl(0), EGRESS, false),
            (site.acl(1), INGRESS, false),
            (Layer::SecurityGroups(site.front), INGRESS, false)
        ]
    );
    let back = only(trip.replies);
    assert_eq!((places(&back), back.end), (vec![front, router, client], arrives(site.client)));
}

#[test]
fn a_client_that_is_replaced_is_answered_through_the_balancer() {
    let mut site = Site::new();
    let listener = site.listen(
        Forwarding::ReplaceClient,
        &[("10.0.2.1", Some(8080)), ("2001:db8::1", None), ("10.0.2.2", None)],
    );
    let trips = site.trips(Mode::Real);
    let arrived: Vec<&Trip> = trips.iter().filter(|it| it.request.end == site.there()).collect();
    // The targets of the other family do not count.
    let picks: Vec<_> = arrived.iter().map(|it| it.request.guard.picks.clone()).collect();
    let target = Chooser::Target(site.balancer, listener);
    assert_eq!(picks, [[(target, 0)], [(target, 1)]]);
    let seen: Vec<_> =
        arrived.iter().filter_map(|it| it.request.steps.last()).map(|it| it.header).collect();
    for header in &seen {
        // The packet's former destination, under whatever name: here the original's.
        assert_eq!(header.source, AddressView::Destination);
        let translator = Translator::LoadBalancer(site.front);
        assert_eq!(header.source_port, PortView::Chosen(translator));
    }
    let to: Vec<_> = seen.iter().map(|it| (it.destination, it.destination_port)).collect();
    let fixed = |text| AddressView::Fixed(address(text));
    let kept = PortView::Destination { shift: 0 };
    assert_eq!(to, [(fixed("10.0.2.1"), PortView::Fixed(8080)), (fixed("10.0.2.2"), kept)]);
    for (trip, target) in arrived.iter().zip(site.targets) {
        let back = only(trip.replies.clone());
        assert_eq!(back.end, arrives(site.client));
        let groups = |id, direction| (Layer::SecurityGroups(id), direction, true);
        assert_eq!(
            crossed(&back),
            [
                groups(target, EGRESS),
                (site.acl(2), EGRESS, false),
                (site.acl(1), INGRESS, false),
                groups(site.front, INGRESS),
                groups(site.front, EGRESS),
                (site.acl(1), EGRESS, false),
                (site.acl(0), INGRESS, false),
                groups(site.client, INGRESS)
            ]
        );
    }
}

#[test]
fn a_client_that_is_kept_is_answered_through_the_balancer_without_a_route() {
    let mut site = Site::new();
    site.listen(Forwarding::KeepClient { bypasses_filters: false }, &[("10.0.2.1", None)]);
    // The target's subnet has no way to the client's: the reply does not ask for one.
    let table = site.lab.table(site.vpc);
    site.lab.network.subnets[site.subnets[2]].route_table = table;
    site.lab.route(table, "10.0.0.0/24", canreach_model::RouteTarget::Blackhole);
    let trip = site.taken();
    let target = site.targets[0];
    let header = trip.request.steps.last().expect("steps").header;
    assert_eq!((header.source, header.source_port), (AddressView::Source, PortView::Source));
    assert_eq!(
        crossed(&trip.request)[4..],
        [
            (Layer::SecurityGroups(site.front), EGRESS, false),
            (site.acl(1), EGRESS, false),
            (site.acl(2), INGRESS, false),
            (Layer::SecurityGroups(target), INGRESS, false)
        ]
    );
    let back = only(trip.replies);
    let front = Place::LoadBalancer(site.balancer);
    let (client, router) = (Place::Interface(site.client), Place::Router(site.vpc));
    assert_eq!(places(&back), [Place::Interface(target), front, router, client]);
    assert_eq!(back.end, arrives(site.client));
    assert_eq!(
        crossed(&back)[..4],
        [
            (Layer::SecurityGroups(target), EGRESS, true),
            (site.acl(2), EGRESS, false),
            (site.acl(1), INGRESS, false),
            (Layer::SecurityGroups(site.front), INGRESS, true)
        ]
    );
}

#[test]
fn a_listener_may_bypass_the_filters_of_its_target_and_only_those() {
    let mut site = Site::new();
    site.listen(Forwarding::KeepClient { bypasses_filters: true }, &[("10.0.2.1", None)]);
    let instance = site.lab.instance_of(site.targets[0]);
    site.lab.host_firewall(instance, Vec::new());
    let trip = site.taken();
    let host = Layer::HostFirewall(site.targets[0]);
    assert_eq!(
        crossed(&trip.request)[4..],
        [
            (Layer::SecurityGroups(site.front), EGRESS, false),
            (site.acl(1), EGRESS, false),
            (host, INGRESS, false)
        ]
    );
    let back = only(trip.replies);
    assert_eq!(
        crossed(&back),
        [
            (host, EGRESS, false),
            (site.acl(1), INGRESS, false),
            (Layer::SecurityGroups(site.front), INGRESS, true),
            (Layer::SecurityGroups(site.front), EGRESS, true),
            (site.acl(1), EGRESS, false),
            (site.acl(0), INGRESS, false),
            (Layer::SecurityGroups(site.client), INGRESS, true)
        ]
    );
}

#[test]
fn a_target_is_not_reached_by_itself_while_its_address_is_kept() {
    for (forwarding, reached) in [
        (Forwarding::KeepClient { bypasses_filters: false }, false),
        (Forwarding::ReplaceClient, true),
    ] {
        let mut site = Site::new();
        site.listen(forwarding, &[("10.0.0.1", None)]);
        let obstacle = End::Stopped(Obstacle::TargetIsClient(site.balancer));
        let ends: Vec<End> = site.trips(Mode::Real).iter().map(|trip| trip.request.end).collect();
        assert_eq!(ends.contains(&obstacle), !reached, "{ends:?}");
        assert_eq!(ends.contains(&site.there()), reached, "{ends:?}");
    }
}

#[test]
fn an_access_list_and_a_listener_without_targets_stand_behind_the_groups() {
    let mut site = Site::new();
    let listener = site.listen(Forwarding::ReplaceClient, &[]);
    site.lab.network.load_balancers[site.balancer].listeners[listener].access =
        Some(AccessList { rules: vec![allow()], default: Action::Deny });
    let trips = site.trips(Mode::Real);
    let obstacle = Obstacle::NoTarget(site.balancer, listener);
    let taken = trips.iter().find(|it| it.request.end == End::Stopped(obstacle)).expect("one");
    let access = Layer::ListenerAccess(site.balancer, listener);
    assert_eq!(crossed(&taken.request).last(), Some(&(access, INGRESS, false)));
    // Both gaps are passed as if the balancer answered for itself.
    let mended = site.trips(Mode::Repaired);
    let told: Vec<_> = mended.iter().map(|it| (assumed(&it.request), it.request.end)).collect();
    let nobody = Obstacle::NoListener(site.balancer);
    let there = site.there();
    assert_eq!(told, [(vec![obstacle], there), (vec![nobody], there)]);
}

#[test]
fn a_packet_without_ports_finds_no_listener() {
    let mut site = Site::new();
    site.listen(Forwarding::Proxy, &[]);
    let network = site.lab.clone().build();
    let mut headers = canreach_topology::HeaderSet::between(
        address("10.0.0.1").into(),
        address("10.0.1.1").into(),
    );
    headers.protocols = ProtocolSet::single(Protocol::ICMP.0);
    let question = canreach_topology::Question {
        from: at(site.client),
        to: Endpoint::LoadBalancer(site.balancer),
        headers,
    };
    let trip = only(crate::lab::trips(&network, &question, Mode::Real));
    let nobody = End::Stopped(Obstacle::NoListener(site.balancer));
    assert_eq!(trip.request.end, nobody);
}

#[test]
fn the_first_of_two_balancers_is_where_a_packet_ends() {
    let mut site = Site::new();
    let (second, _) = site.lab.load_balancer(site.subnets[2], &["10.0.2.100"]);
    site.listen(Forwarding::ReplaceClient, &[("10.0.2.100", None)]);
    let ports = PortRange::new(80, 89).expect("ports");
    site.lab.listener(second, Protocol::TCP, ports, Forwarding::Proxy, &[]);
    let trip = site.taken();
    assert_eq!(places(&trip.request).last(), Some(&Place::LoadBalancer(second)));
    let back = only(trip.replies);
    assert_eq!((places(&back)[0], back.end), (Place::LoadBalancer(second), arrives(site.client)));
}

#[test]
fn from_outside_it_is_reached_by_its_public_address() {
    let mut site = Site::new();
    site.listen(Forwarding::KeepClient { bypasses_filters: false }, &[("10.0.2.1", None)]);
    let gateway = site.lab.internet_gateway(site.vpc);
    let table = site.lab.default_table(site.vpc);
    site.lab.route(table, "0.0.0.0/0", canreach_model::RouteTarget::InternetGateway(gateway));
    site.lab.public_address("203.0.113.1", site.front);
    let network = site.lab.clone().build();
    let to = (Endpoint::LoadBalancer(site.balancer), "203.0.113.1");
    let trips = tcp(&network, (Endpoint::Internet, OUTSIDE), to, Mode::Real);
    let trip = only(trips.into_iter().filter(|it| it.request.end == site.there()).collect());
    let back = only(trip.replies);
    assert_eq!(back.end, End::Arrived(Endpoint::Internet));
    assert!(places(&back).contains(&Place::InternetGateway(gateway)));
}
