//! References to security groups across transit gateways, and to those of a load balancer (§7).

use canreach_model::{
    AddressMatch, AttachedTo, Layer, ProfileName, SecurityGroupId, TransitAttachment,
    TransitGateway, TransitGatewayId, VpcId,
};
use canreach_net::Header;
use canreach_topology::Crossing;

use super::build::*;

/// The small network, and another VPC with an interface in the group `clients`; the first group of `db`
/// refers to it both ways.
struct Far {
    net: Net,
    other: VpcId,
    clients: SecurityGroupId,
}

impl Far {
    fn new() -> Self {
        let mut net = net(ProfileName::Aws);
        let clients = net.group(net.web, EGRESS, []);
        net.network.interfaces[net.web].security_groups.clear();
        let group = AddressMatch::SecurityGroup(clients);
        net.group(net.db, INGRESS, [allow().source(group).rule()]);
        net.group(net.db, EGRESS, [allow().destination(group).rule()]);
        let other = add_vpc(&mut net.network, "other", ProfileName::Aws, "10.9.0.0/16");
        let subnet = add_subnet(&mut net.network, other, "10.9.1.0/24");
        let far = add_interface(&mut net.network, subnet, &["10.9.1.5"]);
        net.network.interfaces[far].security_groups.push(clients);
        Self { net, other, clients }
    }

    fn gateway(&mut self, group_references: bool) -> TransitGatewayId {
        let meta = meta("tgw");
        self.net.network.transit_gateways.push(TransitGateway {
            meta,
            firewall: None,
            group_references,
        })
    }

    fn attach(&mut self, gateway: TransitGatewayId, vpc: VpcId, group_references: bool) {
        let (appliance_mode, subnets) = (false, Vec::new());
        let to = AttachedTo::Vpc { vpc, subnets, appliance_mode, group_references };
        let meta = meta("attachment");
        self.net.network.transit_attachments.push(TransitAttachment {
            meta,
            gateway,
            to,
            route_table: None,
        });
    }

    /// Whether the far member is let in, and let out to.
    fn passes(&self) -> [bool; 2] {
        let net = &self.net;
        [
            net.passes(sg(net.db, INGRESS), &header("10.9.1.5", "10.0.2.20", tcp(1, 22))),
            net.passes(sg(net.db, EGRESS), &header("10.0.2.20", "10.9.1.5", tcp(1, 22))),
        ]
    }
}

#[test]
fn groups_across_a_transit_gateway_count_in_rules_of_ingress() {
    let mut far = Far::new();
    assert_eq!(far.passes(), [false; 2], "nothing joins the VPCs");
    let gateway = far.gateway(true);
    far.attach(gateway, far.other, true);
    assert_eq!(far.passes(), [false; 2], "only one of them is attached");
    far.attach(gateway, far.net.vpc, true);
    assert_eq!(far.passes(), [true, false]);
    far.net.network.vpcs[far.net.vpc].meta.region = Some("eu-west-1".into());
    far.net.network.vpcs[far.other].meta.region = Some("eu-west-2".into());
    assert_eq!(far.passes(), [true, false], "regions do not matter");
}

#[test]
fn the_gateway_and_both_attachments_must_say_so() {
    for (gateway, here, there) in [(false, true, true), (true, false, true), (true, true, false)] {
        let mut far = Far::new();
        let id = far.gateway(gateway);
        far.attach(id, far.net.vpc, here);
        far.attach(id, far.other, there);
        assert_eq!(far.passes(), [false; 2], "{gateway} {here} {there}");
        // Two gateways, each with one of them, join nothing.
        let mut far = Far::new();
        let [one, two] = [far.gateway(true), far.gateway(true)];
        far.attach(one, far.net.vpc, true);
        far.attach(two, far.other, true);
        assert_eq!(far.passes(), [false; 2]);
    }
}

#[test]
fn what_a_balancer_sent_on_comes_from_its_group_whatever_its_source() {
    let mut far = Far::new();
    let balancer = add_interface(&mut far.net.network, far.net.a, &["10.0.1.50"]);
    let others = far.net.group(far.net.web, EGRESS, []);
    far.net.network.interfaces[balancer].security_groups.push(far.clients);
    let net = &far.net;
    let packet = header("192.0.2.77", "10.0.2.20", tcp(1, 22));
    let forwarded = Crossing { forwarded: true, ..sg(net.db, INGRESS) };
    let sent_on = Crossing { sent_on_by: Some(balancer), ..forwarded };
    assert!(!net.passes(forwarded, &packet));
    assert!(net.passes(sent_on, &packet));
    // Only as a source, and only in rules of ingress.
    let back =
        |crossing: Crossing| Crossing { checkpoint: sg(net.db, EGRESS).checkpoint, ..crossing };
    assert!(!net.passes(back(sent_on), &header("10.0.2.20", "192.0.2.77", tcp(1, 22))));
    for (rule, passes) in [
        (allow().destination(AddressMatch::SecurityGroup(far.clients)), false),
        (allow().source(AddressMatch::SecurityGroup(others)), false),
        (allow().source(AddressMatch::SecurityGroup(far.clients)).tcp(23), false),
        (allow().source(AddressMatch::SecurityGroup(far.clients)).tcp(22), true),
    ] {
        assert_eq!(in_acl(&mut far_with(balancer), rule.rule(), sent_on, &packet), passes);
    }
}

/// The same network once more, in which an ACL is asked.
fn far_with(balancer: canreach_model::InterfaceId) -> Far {
    let mut far = Far::new();
    let again = add_interface(&mut far.net.network, far.net.a, &["10.0.1.50"]);
    assert_eq!(again, balancer);
    far.net.group(far.net.web, EGRESS, []);
    far.net.network.interfaces[again].security_groups.push(far.clients);
    far
}

/// Whether an ACL of one rule lets the packet in.
fn in_acl(far: &mut Far, rule: canreach_model::Rule, like: Crossing, packet: &Header) -> bool {
    let acl = far.net.acl(INGRESS, [rule]);
    let checkpoint = crossing(Layer::NetworkAcl(acl, far.net.b), INGRESS).checkpoint;
    far.net.passes(Crossing { checkpoint, ..like }, packet)
}
