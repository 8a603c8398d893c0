//! VPCs with their subnets, route tables and gateways.

use canreach_model::{NatGatewayId, RouteTableId, RouteTarget, SubnetId, VpcId};

use super::{Made, Maker, SUBNETS_OF_VPC, blocks};
use crate::dump::HOME;

/// The zones of the region; subnets lie in them in turn.
const ZONES: [&str; 3] = ["euw1-az1", "euw1-az2", "euw1-az3"];

impl Maker {
    /// Adds a VPC, still empty. Those of an estate are all made before anything in them, as main route tables
    /// are read before all others.
    pub(super) fn add_vpc(&mut self, nth: usize) -> VpcId {
        let vpc = self.builder.vpc(&[&blocks::of_vpc(nth)]);
        self.network().vpcs[vpc].meta.region = Some(HOME.to_owned());
        vpc
    }

    /// Adds everything inside a VPC that is only about itself.
    pub(super) fn fill_vpc(&mut self, nth: usize, vpc: VpcId, interfaces: usize) {
        let gateway = self.builder.internet_gateway(vpc);
        let public = self.builder.table(vpc);
        self.builder.route(public, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
        // One public subnet, or two.
        let publics = usize::from(self.random.between(1, 2));
        let subnets = self.add_subnets(vpc, nth, (publics, public));
        let groups = self.add_groups(vpc);
        let tables = [self.builder.default_table(vpc), public];
        let cidr = blocks::of_vpc(nth);
        self.made.push(Made { vpc, cidr, tables, subnets, groups, peer: None });
        self.add_hosts(nth, interfaces, publics);
        self.add_acls(nth);
    }

    /// Adds the subnets, of which the first ones have the table of public subnets.
    fn add_subnets(
        &mut self,
        vpc: VpcId,
        nth: usize,
        (publics, public): (usize, RouteTableId),
    ) -> Vec<SubnetId> {
        let mut subnets = Vec::new();
        for (number, zone) in (0..SUBNETS_OF_VPC).zip(ZONES.iter().cycle()) {
            let id = self.builder.subnet(vpc, &[&blocks::of_subnet(nth, number)]);
            let subnet = &mut self.network().subnets[id];
            subnet.zone = Some((*zone).to_owned());
            if number < publics {
                subnet.route_table = public;
            }
            subnets.push(id);
        }
        subnets
    }

    /// Adds a NAT gateway, which serves every private subnet.
    pub(super) fn add_nat_gateway(&mut self, subnet: SubnetId, own: &str) -> NatGatewayId {
        let (gateway, interface) = self.builder.nat_in_subnet(subnet, own);
        self.network().interfaces[interface].source_dest_check = false;
        let public = self.take_public();
        self.builder.public_address(&public, interface);
        let vpc = self.builder.network.subnets[subnet].vpc;
        let main = self.builder.default_table(vpc);
        self.builder.route(main, "0.0.0.0/0", RouteTarget::NatGateway(gateway));
        gateway
    }
}
