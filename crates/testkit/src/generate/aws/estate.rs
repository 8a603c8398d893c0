//! One network of a good size, always the same: three VPCs around a transit gateway.
//!
//! Each VPC has four subnets with 85 instances, most of them in one group. What is what, the position
//! `n` of an instance in its subnet says: web servers where `n` is a multiple of 20, databases right after
//! them, applications otherwise. Interfaces are numbered through: `eni-342` is `n` = 2 of the first
//! subnet of the second VPC.

use canreach_model::{AddressMatch, Network, SecurityGroupId};
use canreach_model::{
    Direction, InterfaceId, InterfaceOwner, NetworkAclId, Origin, ProfileName, RouteTarget, Rule,
    SubnetId, TransitGatewayId, TransitRoute, TransitRouteTableId, TransitTarget, VpcId,
};
use canreach_net::{Family, Protocol};

use crate::{
    Builder,
    builder::{self, allow, deny, far_side, ports},
    dump::HOME,
};

/// The VPCs of the estate.
const VPCS: usize = 3;
/// The subnets of each.
const SUBNETS: usize = 4;
/// The instances of each subnet.
const INSTANCES: usize = 85;

/// Returns a network with about a thousand interfaces.
///
/// Applications reach databases of their VPC at 5432 and each other everywhere at 8080, everybody
/// reaches web servers at 443; the ACL of the third VPC stops what comes from the first one. The first
/// interface of each VPC has a public address.
#[must_use]
pub fn estate() -> Network {
    let mut builder = Builder::new(ProfileName::Aws);
    let gateway = builder.transit_gateway();
    builder.network.transit_gateways[gateway].meta.region = Some(HOME.to_owned());
    let table = builder.transit_table(gateway);
    let mut last = Vec::new();
    for number in 0..VPCS {
        let (vpc, subnets) = add_vpc(&mut builder, number);
        last.push((number, vpc, subnets));
    }
    for (number, vpc, subnets) in last {
        attach(&mut builder, (gateway, table), (number, vpc), &subnets);
    }
    builder.build()
}

fn add_vpc(builder: &mut Builder, number: usize) -> (VpcId, Vec<SubnetId>) {
    let vpc = builder.vpc(&[&format!("10.{number}.0.0/16")]);
    builder.network.vpcs[vpc].meta.region = Some(HOME.to_owned());
    let gateway = builder.internet_gateway(vpc);
    let main = builder.default_table(vpc);
    builder.route(main, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let [web, database, application] = add_groups(builder, vpc);
    let mut subnets = Vec::new();
    for subnet in 0..SUBNETS {
        let id = builder.subnet(vpc, &[&format!("10.{number}.{subnet}.0/24")]);
        let zone = if subnet % 2 == 0 { "euw1-az1" } else { "euw1-az2" };
        builder.network.subnets[id].zone = Some(zone.to_owned());
        subnets.push(id);
        for instance in 0..INSTANCES {
            let host = instance + 10;
            let interface = builder.interface(id, &[&format!("10.{number}.{subnet}.{host}")]);
            let group = match instance % 20 {
                0 => web,
                1 => database,
                _ => application,
            };
            let made = &mut builder.network.interfaces[interface];
            made.filtered = true;
            made.security_groups = vec![group];
            if subnet == 0 && instance == 0 {
                builder.public_address(&format!("203.0.113.{}", number + 1), interface);
            }
        }
    }
    add_acl(builder, number, &subnets);
    (vpc, subnets)
}

/// The groups of web servers, databases and applications.
fn add_groups(builder: &mut Builder, vpc: VpcId) -> [SecurityGroupId; 3] {
    let out = || vec![from_anywhere(Direction::Egress)];
    let web = ports(from_anywhere(Direction::Ingress), Protocol::TCP, 443, 443);
    let web = builder.group(&[], vec![web], out());
    let near = far_side(allow(), Direction::Ingress, "10.0.0.0/8");
    let mut near = ports(near, Protocol::TCP, 8080, 8080);
    near.matches.family = Some(Family::V4);
    let application = builder.group(&[], vec![near], out());
    let mut member = ports(allow(), Protocol::TCP, 5432, 5432);
    member.matches.source = AddressMatch::SecurityGroup(application);
    let database = builder.group(&[], vec![member], out());
    let groups = [web, database, application];
    for group in groups {
        builder.network.security_groups[group].vpc = Some(vpc);
    }
    groups
}

fn from_anywhere(direction: Direction) -> Rule {
    let mut rule = far_side(allow(), direction, "0.0.0.0/0");
    rule.matches.family = Some(Family::V4);
    rule
}

fn add_acl(builder: &mut Builder, number: usize, subnets: &[SubnetId]) -> NetworkAclId {
    let mut ingress = Vec::new();
    if number == 2 {
        let mut first = far_side(deny(), Direction::Ingress, "10.0.0.0/16");
        first.matches.family = Some(Family::V4);
        ingress.push(first);
    }
    ingress.push(from_anywhere(Direction::Ingress));
    let mut egress = vec![from_anywhere(Direction::Egress)];
    for rules in [&mut ingress, &mut egress] {
        for (nth, rule) in (1_u32..).zip(rules) {
            rule.number = Some(nth * 100);
        }
    }
    builder.acl(subnets, ingress, egress)
}

/// Attaches a VPC by its last two subnets, one in each zone.
fn attach(
    builder: &mut Builder,
    (gateway, table): (TransitGatewayId, TransitRouteTableId),
    (number, vpc): (usize, VpcId),
    subnets: &[SubnetId],
) {
    let through: Vec<SubnetId> = subnets.iter().skip(2).copied().collect();
    let attachment = builder.attach_vpc(gateway, vpc, &through, Some(table));
    let destination = builder::prefix(&format!("10.{number}.0.0/16"));
    let origin = Origin::Derived { how: String::from("propagated"), from: Vec::new() };
    let target = TransitTarget::Attachment(attachment);
    let route = TransitRoute { destination, target, origin };
    builder.network.transit_route_tables[table].routes.push(route);
    for (nth, subnet) in through.into_iter().enumerate() {
        let address = format!("10.{number}.{}.200", nth + 2);
        add_attachment_interface(builder, subnet, &address);
    }
    let main = builder.default_table(vpc);
    for other in (0..VPCS).filter(|other| *other != number) {
        let block = format!("10.{other}.0.0/16");
        builder.route(main, &block, RouteTarget::TransitGateway(gateway));
    }
}

fn add_attachment_interface(builder: &mut Builder, subnet: SubnetId, address: &str) -> InterfaceId {
    let id = builder.interface_owned_by(InterfaceOwner::Gateway, subnet, &[address]);
    builder.network.interfaces[id].source_dest_check = false;
    id
}
