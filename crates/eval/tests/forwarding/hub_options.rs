//! §5b and §7: appliance mode, and references to groups across transit gateways.

use canreach_eval::{End, Trace};
use canreach_model::{
    AttachedTo, Checkpoint, Chooser, Direction, InterfaceId, Layer, Pass, Place, ProfileName,
    RouteTarget, SecurityGroupId, SubnetId, TransitAttachmentId, TransitGatewayId, TransitTarget,
    VpcId,
};

use crate::lab::{Lab, Narrow, allow, at, outcomes, places, tcp};

const SSH: &str = "10.0.1.10:40000 -> 10.1.1.20:22";

/// Two VPCs with a host each, joined by a transit gateway.
struct Hub {
    lab: Lab,
    web: InterfaceId,
    db: InterfaceId,
    one: VpcId,
    two: VpcId,
    near: SubnetId,
    gateway: TransitGatewayId,
    first: TransitAttachmentId,
    second: TransitAttachmentId,
}

fn hub(profile: ProfileName) -> Hub {
    let mut lab = Lab::new(profile);
    let (one, two) = (lab.vpc("10.0.0.0/16"), lab.vpc("10.1.0.0/16"));
    let near = lab.subnet(one, "10.0.1.0/24");
    let far = lab.subnet(two, "10.1.1.0/24");
    let (web, db) = (lab.host(near, "10.0.1.10"), lab.host(far, "10.1.1.20"));
    let gateway = lab.transit();
    let table = lab.transit_table(gateway);
    let first = lab.attach_vpc(gateway, one, &[], table);
    let second = lab.attach_vpc(gateway, two, &[], table);
    lab.transit_route(table, "10.0.0.0/16", TransitTarget::Attachment(first));
    lab.transit_route(table, "10.1.0.0/16", TransitTarget::Attachment(second));
    lab.route(lab.default_table(one), "10.1.0.0/16", RouteTarget::TransitGateway(gateway));
    lab.route(lab.default_table(two), "10.0.0.0/16", RouteTarget::TransitGateway(gateway));
    Hub { lab, web, db, one, two, near, gateway, first, second }
}

impl Hub {
    fn request(&self) -> Trace {
        self.lab.ask(at(self.web), tcp(SSH), at(self.db)).request
    }

    /// Lets the second attachment go through subnets in zones `a` and `b`; their ACLs.
    fn through_zones(&mut self, appliance: bool) -> Vec<Layer> {
        let mut layers = Vec::new();
        let mut ids = Vec::new();
        self.lab.zone(self.near, "b");
        for (cidr, zone) in [("10.1.8.0/24", "a"), ("10.1.9.0/24", "b")] {
            let subnet = self.lab.subnet(self.two, cidr);
            self.lab.zone(subnet, zone);
            let acl = self.lab.acl(vec![allow()], vec![allow()]);
            layers.push(self.lab.put_acl(subnet, acl));
            ids.push(subnet);
        }
        self.lab.network.transit_attachments[self.second].to = AttachedTo::Vpc {
            vpc: self.two,
            subnets: ids,
            appliance_mode: appliance,
            group_references: false,
        };
        layers
    }

    fn pick(&mut self, chooser: Chooser, index: usize) {
        self.lab.choices.picks.insert(chooser, index);
    }

    /// Which of two ACLs judged the request.
    fn entered_by(&self, layers: &[Layer]) -> Vec<usize> {
        let request = self.request();
        let judged = |layer: &Layer| !outcomes(&request, *layer).is_empty();
        layers.iter().enumerate().filter(|(_, it)| judged(it)).map(|(index, _)| index).collect()
    }

    fn refer(&mut self, attachment: TransitAttachmentId, refers: bool) {
        let row = &mut self.lab.network.transit_attachments[attachment];
        let AttachedTo::Vpc { group_references, .. } = &mut row.to else {
            unreachable!("of a VPC")
        };
        *group_references = refers;
    }

    /// The hosts refer to each other's groups: `db` in what it lets in.
    fn guard(&mut self) -> [SecurityGroupId; 2] {
        let open = self.lab.open;
        let [mine, theirs] = [0, 1].map(|_| self.lab.group(vec![], vec![]));
        self.lab.put_groups(self.web, &[open, mine]);
        let guard = self.lab.group(vec![allow().source_group(mine)], vec![]);
        self.lab.put_groups(self.db, &[guard, theirs]);
        [mine, theirs]
    }
}

fn denied(interface: InterfaceId, direction: Direction) -> End {
    End::Denied(Checkpoint { layer: Layer::SecurityGroups(interface), direction })
}

#[test]
fn in_appliance_mode_any_subnet_may_do_whatever_its_zone() {
    let mut it = hub(ProfileName::Aws);
    let layers = it.through_zones(true);
    for index in [0, 1] {
        it.pick(Chooser::ApplianceSubnet(it.second), index);
        // That of the pass has no say.
        it.pick(Chooser::AttachmentSubnet(it.second, Pass::Request), 1 - index);
        assert_eq!(it.entered_by(&layers), [index]);
        assert_eq!(it.request().end, End::Delivered(at(it.db)));
    }
    let mut it = hub(ProfileName::Aws);
    let layers = it.through_zones(false);
    it.pick(Chooser::ApplianceSubnet(it.second), 0);
    assert_eq!(it.entered_by(&layers), [1], "the zone of the sender");
}

#[test]
fn appliance_mode_keeps_both_directions_in_one_subnet() {
    let mut it = hub(ProfileName::Aws);
    let layers = it.through_zones(true);
    let header = tcp("10.1.1.20:40000 -> 10.0.1.10:22");
    let (from_db, to_web) = (at(it.db), at(it.web));
    for index in [0, 1] {
        it.pick(Chooser::ApplianceSubnet(it.second), index);
        // The reply enters by the attachment that the request left from.
        let reply = it.lab.ask(from_db, header, to_web).reply.unwrap();
        let judged: Vec<bool> =
            layers.iter().map(|layer| !outcomes(&reply, *layer).is_empty()).collect();
        assert_eq!(judged, [index == 0, index == 1]);
    }
}

#[test]
fn in_appliance_mode_without_subnets_packets_enter_at_the_edge() {
    let mut it = hub(ProfileName::Aws);
    it.lab.network.transit_attachments[it.second].to = AttachedTo::Vpc {
        vpc: it.two,
        subnets: vec![],
        appliance_mode: true,
        group_references: false,
    };
    let request = it.request();
    assert_eq!(request.end, End::Delivered(at(it.db)));
    let way = [
        Place::Interface(it.web),
        Place::Router(it.one),
        Place::TransitGateway(it.gateway),
        Place::Router(it.two),
        Place::Interface(it.db),
    ];
    assert_eq!(places(&request), way);
}

#[test]
fn groups_are_referred_to_across_a_transit_gateway_that_says_so_everywhere() {
    let mut it = hub(ProfileName::Aws);
    it.guard();
    let refused = denied(it.db, Direction::Ingress);
    for refers in 0..8_u8 {
        let [gateway, first, second] = [1, 2, 4].map(|bit| refers & bit != 0);
        it.lab.network.transit_gateways[it.gateway].group_references = gateway;
        it.refer(it.first, first);
        it.refer(it.second, second);
        let expected = if refers == 7 { End::Delivered(at(it.db)) } else { refused };
        assert_eq!(it.request().end, expected, "{refers:03b}");
    }
    // One region or two, it is the gateway's.
    it.lab.network.vpcs[it.one].meta.region = Some(String::from("here"));
    it.lab.network.vpcs[it.two].meta.region = Some(String::from("there"));
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
}

#[test]
fn references_across_a_transit_gateway_are_for_ingress_only() {
    let mut it = hub(ProfileName::Aws);
    let [_, theirs] = it.guard();
    it.lab.network.transit_gateways[it.gateway].group_references = true;
    it.refer(it.first, true);
    it.refer(it.second, true);
    let out = it.lab.group(vec![], vec![allow().destination_group(theirs)]);
    it.lab.put_groups(it.web, &[out]);
    assert_eq!(it.request().end, denied(it.web, Direction::Egress));
    // Across a peering they are for both.
    it.lab.peering(it.one, it.two);
    let open = it.lab.open;
    it.lab.put_groups(it.db, &[open, theirs]);
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
}

#[test]
fn two_transit_gateways_do_not_join_what_each_has_alone() {
    let mut it = hub(ProfileName::Aws);
    it.guard();
    it.lab.network.transit_gateways[it.gateway].group_references = true;
    it.refer(it.first, true);
    let other = it.lab.transit();
    it.lab.network.transit_gateways[other].group_references = true;
    let table = it.lab.transit_table(other);
    let elsewhere = it.lab.attach_vpc(other, it.two, &[], table);
    it.refer(elsewhere, true);
    assert_eq!(it.request().end, denied(it.db, Direction::Ingress));
    // Any attachment of a VPC to the gateway will do, not only the one that is used.
    it.lab.network.transit_attachments[elsewhere].gateway = it.gateway;
    assert_eq!(it.request().end, End::Delivered(at(it.db)));
}

#[test]
fn a_reference_does_not_see_across_a_transit_gateway_through_a_forwarder() {
    let mut it = hub(ProfileName::Aws);
    it.guard();
    it.lab.network.transit_gateways[it.gateway].group_references = true;
    it.refer(it.first, true);
    it.refer(it.second, true);
    let middle = it.lab.subnet(it.one, "10.0.2.0/24");
    let relay = it.lab.forwarder(middle, "10.0.2.5");
    let table = it.lab.table(it.one);
    it.lab.network.subnets[it.near].route_table = table;
    it.lab.route(table, "10.1.0.0/16", RouteTarget::Interface(relay));
    assert_eq!(it.request().end, denied(it.db, Direction::Ingress));
}
