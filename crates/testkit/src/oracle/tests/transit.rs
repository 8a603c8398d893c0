//! §§5, 5b and 5c: transit gateways, connections and networks on premises.

use super::*;
use crate::builder::{allow, deny, prefix};

/// Two VPCs with an interface each, attached to one transit gateway at their edge by one table.
struct Hub {
    builder: Builder,
    vpcs: [VpcId; 2],
    subnets: [SubnetId; 2],
    gateway: TransitGatewayId,
    table: TransitRouteTableId,
    attachments: [TransitAttachmentId; 2],
    a: InterfaceId,
    b: InterfaceId,
}

impl Hub {
    fn new() -> Self {
        let mut builder = Builder::new(ProfileName::Generic);
        let vpcs = [builder.vpc(&["10.0.0.0/28"]), builder.vpc(&["10.0.1.0/28"])];
        let subnets =
            [builder.subnet(vpcs[0], &["10.0.0.0/30"]), builder.subnet(vpcs[1], &["10.0.1.0/30"])];
        let a = builder.interface(subnets[0], &["10.0.0.1"]);
        let b = builder.interface(subnets[1], &["10.0.1.1"]);
        let gateway = builder.transit_gateway();
        let table = builder.transit_table(gateway);
        let attachments = vpcs.map(|vpc| builder.attach_vpc(gateway, vpc, &[], Some(table)));
        for (vpc, other, far) in [(0, "10.0.1.0/28", 1), (1, "10.0.0.0/28", 0)] {
            let own = builder.default_table(vpcs[vpc]);
            builder.route(own, other, RouteTarget::TransitGateway(gateway));
            builder.transit_route(table, other, TransitTarget::Attachment(attachments[far]));
        }
        Self { builder, vpcs, subnets, gateway, table, attachments, a, b }
    }

    fn story(&self) -> Story {
        told(&self.builder, inside(self.a), tcp(("10.0.0.1", 9), ("10.0.1.1", 3)), inside(self.b))
    }

    fn through(&mut self, side: usize, through: &[SubnetId]) {
        let vpc = self.vpcs[side];
        self.builder.network.transit_attachments[self.attachments[side]].to = AttachedTo::Vpc {
            vpc,
            subnets: through.to_vec(),
            appliance_mode: false,
            group_references: false,
        };
    }

    fn target(&mut self, index: usize, target: TransitTarget) {
        self.builder.network.transit_route_tables[self.table].routes[index].target = target;
    }
}

#[test]
fn a_transit_gateway_carries_what_is_attached_associated_and_routed() {
    let mut hub = Hub::new();
    assert_eq!(hub.story().fate, ANSWERED);
    hub.target(0, TransitTarget::Blackhole);
    assert_eq!(lost(&hub.story().request), "TransitBlackhole");
    let fact = hub.builder.fact(Polarity::Helps);
    hub.target(0, TransitTarget::Unresolved(fact));
    assert_eq!(lost(&hub.story().request), "Unmodelled");
    hub.builder.network.transit_route_tables[hub.table].routes.remove(0);
    assert_eq!(lost(&hub.story().request), "NoTransitRoute");
    hub.builder.network.transit_attachments[hub.attachments[0]].route_table = None;
    assert_eq!(lost(&hub.story().request), "NotAssociated");
    let other = hub.builder.transit_gateway();
    hub.builder.network.transit_attachments[hub.attachments[0]].gateway = other;
    assert_eq!(lost(&hub.story().request), "NotAttached");
}

#[test]
fn the_longest_prefix_wins_at_a_transit_gateway() {
    let mut hub = Hub::new();
    hub.builder.transit_route(hub.table, "10.0.1.1/32", TransitTarget::Blackhole);
    assert_eq!(lost(&hub.story().request), "TransitBlackhole");
}

#[test]
fn two_gateways_attached_to_each_other_route_one_after_the_other() {
    let mut hub = Hub::new();
    let second = hub.builder.transit_gateway();
    let far_table = hub.builder.transit_table(second);
    let [near, far] =
        hub.builder.peer_transit_gateways([hub.gateway, second], [Some(hub.table), None]);
    hub.builder.network.transit_attachments[hub.attachments[1]].gateway = second;
    hub.builder.network.transit_attachments[hub.attachments[1]].route_table = Some(far_table);
    let own = hub.builder.default_table(hub.vpcs[1]);
    hub.builder.network.route_tables[own].routes[0].target = RouteTarget::TransitGateway(second);
    hub.target(0, TransitTarget::Attachment(near));
    hub.builder.transit_route(far_table, "10.0.0.0/28", TransitTarget::Attachment(far));
    let b = TransitTarget::Attachment(hub.attachments[1]);
    hub.builder.transit_route(far_table, "10.0.1.0/28", b);
    assert_eq!(lost(&hub.story().request), "NotAssociated", "the attachment on the other side");
    hub.builder.network.transit_attachments[far].route_table = Some(far_table);
    assert_eq!(hub.story().fate, ANSWERED);
}

#[test]
fn through_a_subnet_its_acl_judges_what_comes_from_elsewhere() {
    let mut hub = Hub::new();
    let gate = hub.builder.subnet(hub.vpcs[0], &["10.0.0.4/30"]);
    hub.builder.acl(&[gate], vec![deny()], vec![deny()]);
    hub.through(0, &[gate]);
    assert!(matches!(hub.story().request.end, End::Lost(Lost::Filter(_))), "ingress of the gate");
    // Straight from that very subnet it is not judged on the way in, but on the way out.
    hub.through(0, &[hub.subnets[0]]);
    assert_eq!(hub.story().fate, ANSWERED);
}

#[test]
fn in_a_subnet_of_the_attachment_the_subnets_own_table_routes() {
    let mut hub = Hub::new();
    hub.through(1, &[hub.subnets[1]]);
    assert_eq!(hub.story().fate, ANSWERED);
    let table = hub.builder.table(hub.vpcs[1]);
    hub.builder.network.subnets[hub.subnets[1]].route_table = table;
    hub.builder.route(table, "10.0.1.1/32", RouteTarget::Blackhole);
    assert_eq!(lost(&hub.story().request), "Blackhole");
}

#[test]
fn the_zone_chooses_the_subnet_where_all_are_known() {
    let mut hub = Hub::new();
    let zones = |hub: &mut Hub, near: Option<&str>, far: Option<&str>| {
        hub.builder.network.subnets[hub.subnets[0]].zone = near.map(str::to_owned);
        let subnets: Vec<SubnetId> = hub.builder.network.subnets.ids().skip(2).collect();
        hub.builder.network.subnets[subnets[0]].zone = Some("a".to_owned());
        hub.builder.network.subnets[subnets[1]].zone = far.map(str::to_owned);
    };
    let first = hub.builder.subnet(hub.vpcs[0], &["10.0.0.4/30"]);
    let second = hub.builder.subnet(hub.vpcs[0], &["10.0.0.8/30"]);
    hub.builder.acl(&[first], vec![deny()], vec![allow()]);
    hub.through(0, &[first, second]);
    zones(&mut hub, Some("b"), Some("b"));
    assert_eq!(hub.story().fate, ANSWERED, "through the second");
    zones(&mut hub, Some("c"), Some("b"));
    assert_eq!(lost(&hub.story().request), "NotInZone");
    zones(&mut hub, Some("b"), None);
    assert_eq!(lost(&hub.story().request), "Filter", "any: the first where nothing chooses");
    let picks = [(Chooser::AttachmentSubnet(hub.attachments[0], Pass::Request), 1)].into();
    let choices = Choices { picks, ..Choices::default() };
    let network = hub.builder.clone().build();
    let header = tcp(("10.0.0.1", 9), ("10.0.1.1", 3));
    let (a, b) = (inside(hub.a), inside(hub.b));
    assert_eq!(fate(&network, a, header, b, &Valuation::default(), &choices), ANSWERED);
}

#[test]
fn what_came_from_a_transit_gateway_may_leave_by_nat_but_not_by_a_connection() {
    // The second VPC routes 192.168.0.0/30 through a connection of its own, by its default table.
    let mut hub = Hub::new();
    let remote = hub.builder.remote_network(&["192.168.0.0/30"]);
    let connection = hub.builder.connection(remote, Some(hub.vpcs[1]), &["10.0.0.0/8"]);
    let [near, far] = hub.vpcs.map(|vpc| hub.builder.default_table(vpc));
    let gateway = hub.gateway;
    hub.builder.route(near, "192.168.0.0/30", RouteTarget::TransitGateway(gateway));
    hub.builder.route(far, "192.168.0.0/30", RouteTarget::Connection(connection));
    let b = TransitTarget::Attachment(hub.attachments[1]);
    hub.builder.transit_route(hub.table, "192.168.0.0/30", b);
    hub.builder.network.vpcs[hub.vpcs[1]].profile.routing.entry = EntryRouting::DefaultTable;
    let header = tcp(("10.0.0.1", 9), ("192.168.0.1", 3));
    let story = |hub: &Hub| told(&hub.builder, inside(hub.a), header, Endpoint::Remote(remote));
    assert_eq!(lost(&story(&hub).request), "NotTransitive");
    // The same at the subnet of an attachment.
    hub.through(1, &[hub.subnets[1]]);
    assert_eq!(lost(&story(&hub).request), "NotTransitive");
    let profile = &mut hub.builder.network.vpcs[hub.vpcs[1]].profile;
    profile.peering.to_peering = Setting::Decided(true);
    assert_eq!(story(&hub).fate, ANSWERED, "the connection advertises the way back");
}

// §5c.

/// An interface `a` in a VPC with a connection to a network on premises.
fn on_premises() -> (Pair, RemoteNetworkId, ConnectionId) {
    let mut pair = Pair::new(ProfileName::Generic);
    let remote = pair.builder.remote_network(&["192.168.0.0/30"]);
    let connection = pair.builder.connection(remote, Some(pair.vpc), &["10.0.0.0/28"]);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "192.168.0.0/16", RouteTarget::Connection(connection));
    (pair, remote, connection)
}

#[test]
fn a_connection_carries_while_it_is_up_to_what_is_behind_it() {
    let (mut pair, remote, connection) = on_premises();
    let to = |pair: &Pair, address| {
        let header = tcp(("10.0.0.1", 9), (address, 3));
        told(&pair.builder, inside(pair.a), header, Endpoint::Remote(remote))
    };
    assert_eq!(to(&pair, "192.168.0.1").fate, ANSWERED);
    assert_eq!(lost(&to(&pair, "192.168.9.1").request), "NotBehind");
    pair.builder.network.connections[connection].up = false;
    assert_eq!(lost(&to(&pair, "192.168.0.1").request), "ConnectionDown");
    pair.builder.network.connections[connection].vpc = None;
    assert_eq!(lost(&to(&pair, "192.168.0.1").request), "ConnectionElsewhere");
}

#[test]
fn from_on_premises_the_longest_advertised_prefix_counts() {
    let (mut pair, remote, connection) = on_premises();
    let ask = |pair: &Pair| {
        let header = tcp(("192.168.0.1", 9), ("10.0.0.1", 3));
        told(&pair.builder, Endpoint::Remote(remote), header, inside(pair.a))
    };
    assert_eq!(ask(&pair).fate, ANSWERED);
    // A second one, to another VPC, with a longer prefix takes it away.
    let other = pair.builder.vpc(&["10.0.1.0/28"]);
    let second = pair.builder.connection(remote, Some(other), &["10.0.0.1/32"]);
    assert_eq!(lost(&ask(&pair).request), "NotTransitive", "not an address of that VPC");
    pair.builder.network.connections[second].up = false;
    assert_eq!(ask(&pair).fate, ANSWERED);
    pair.builder.network.connections[connection].up = false;
    assert_eq!(lost(&ask(&pair).request), "ConnectionDown");
    for id in [connection, second] {
        pair.builder.network.connections[id].advertised = vec![prefix("10.9.0.0/16")];
    }
    assert_eq!(lost(&ask(&pair).request), "NotAdvertised");
}

#[test]
fn a_connection_that_ends_in_no_vpc_leads_to_the_transit_gateway_it_is_attached_to() {
    let mut hub = Hub::new();
    let remote = hub.builder.remote_network(&["192.168.0.0/30"]);
    let connection = hub.builder.connection(remote, None, &["10.0.0.0/8"]);
    let header = tcp(("192.168.0.1", 9), ("10.0.1.1", 3));
    let ask = |hub: &Hub| told(&hub.builder, Endpoint::Remote(remote), header, inside(hub.b));
    assert_eq!(lost(&ask(&hub).request), "NotAdvertised");
    let to = AttachedTo::Connection(connection);
    let attachment = hub.builder.attach(hub.gateway, to, Some(hub.table));
    let own = hub.builder.default_table(hub.vpcs[1]);
    hub.builder.route(own, "192.168.0.0/30", RouteTarget::TransitGateway(hub.gateway));
    assert_eq!(ask(&hub).fate, DELIVERED, "no route back at the transit gateway");
    let target = TransitTarget::Attachment(attachment);
    hub.builder.transit_route(hub.table, "192.168.0.0/30", target);
    assert_eq!(ask(&hub).fate, ANSWERED);
}

#[test]
fn a_network_on_premises_keeps_what_is_for_itself() {
    let (pair, remote, _) = on_premises();
    let end = Endpoint::Remote(remote);
    let header = tcp(("192.168.0.1", 9), ("192.168.0.2", 3));
    assert_eq!(ask(&pair.builder, end, header, end), ANSWERED);
    let foreign = tcp(("192.168.9.1", 9), ("192.168.0.2", 3));
    assert_eq!(ask(&pair.builder, end, foreign, end), NOT_DELIVERED, "not a source of its own");
}
