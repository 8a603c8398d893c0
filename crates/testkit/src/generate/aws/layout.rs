//! VPCs, subnets, route tables, interfaces and instances.

use canreach_model::{InterfaceOwner, RouteTableId, SubnetId, VpcId};

use super::Maker;
use crate::dump::HOME;

/// A region where at times one of the VPCs is.
const ABROAD: &str = "eu-central-1";

impl Maker {
    pub(super) fn lay_out(&mut self) {
        for number in 0..self.random.pick(&[1, 2, 2, 2, 3]) {
            self.add_vpc(number);
        }
    }

    fn add_vpc(&mut self, number: u16) {
        let mut cidrs = vec![format!("10.{number}.0.0/24")];
        if self.random.chance(15) {
            cidrs.push(format!("10.{number}.9.0/24"));
        }
        if self.ipv6 {
            cidrs.push(format!("2600:1f18:{number}::/56"));
        }
        let texts: Vec<&str> = cidrs.iter().map(String::as_str).collect();
        let vpc = self.builder.vpc(&texts);
        let abroad = number > 0 && self.random.chance(12);
        let region = if abroad { ABROAD } else { HOME };
        self.network().vpcs[vpc].meta.region = Some(region.to_owned());
        let mut tables = vec![self.builder.default_table(vpc)];
        for _ in 0..self.random.pick(&[0, 1, 1, 2]) {
            tables.push(self.builder.table(vpc));
        }
        for nth in 0..self.random.pick(&[1, 2, 2, 3]) {
            self.add_subnet(vpc, (number, nth), &tables, abroad);
        }
        self.add_instances(vpc);
    }

    fn add_subnet(
        &mut self,
        vpc: VpcId,
        (number, nth): (u16, u16),
        tables: &[RouteTableId],
        abroad: bool,
    ) {
        let mut cidrs = vec![format!("10.{number}.0.{}/28", nth * 16)];
        if self.ipv6 && self.random.chance(80) {
            cidrs.push(format!("2600:1f18:{number}:{nth}::/64"));
        }
        let texts: Vec<&str> = cidrs.iter().map(String::as_str).collect();
        let subnet = self.builder.subnet(vpc, &texts);
        let zone = self.random.pick(&["az1", "az2"]);
        let prefix = if abroad { "euc1" } else { "euw1" };
        let table = self.random.pick(tables);
        let made = &mut self.network().subnets[subnet];
        made.zone = Some(format!("{prefix}-{zone}"));
        made.route_table = table;
        self.taken.push((subnet, 0));
    }

    fn add_instances(&mut self, vpc: VpcId) {
        for subnet in self.subnets_of(vpc) {
            for _ in 0..self.random.pick(&[1, 1, 1, 2]) {
                self.add_instance(vpc, subnet);
            }
            let spare = match self.random.between(0, 19) {
                0..=2 => InterfaceOwner::Service,
                3 => InterfaceOwner::Detached,
                _ => continue,
            };
            self.add_interface(spare, subnet);
        }
    }

    fn add_instance(&mut self, vpc: VpcId, subnet: SubnetId) {
        let instance = self.builder.instance();
        let owner = InterfaceOwner::Instance(instance);
        self.add_interface(owner, subnet);
        self.network().instances[instance].running = true;
        if !self.random.chance(15) {
            return;
        }
        // All interfaces of an instance are in its zone.
        let zone = self.builder.network.subnets[subnet].zone.clone();
        let mut others = self.subnets_of(vpc);
        others.retain(|other| self.builder.network.subnets[*other].zone == zone);
        if let Some(other) = self.random.pick_any(&others) {
            self.add_interface(owner, other);
        }
    }

    fn add_interface(&mut self, owner: InterfaceOwner, subnet: SubnetId) {
        let ipv6 = self.random.chance(85);
        let mut addresses = self.take_addresses(subnet, ipv6);
        if self.random.chance(12) {
            let second = self.take_addresses(subnet, false);
            // IPv6 addresses come last.
            addresses.splice(1..1, second);
        }
        let interface = self.builder.interface_owned_by(owner, subnet, &[]);
        let denied = self.breaks();
        let made = &mut self.network().interfaces[interface];
        made.addresses = addresses;
        made.internet_gateway_denied = denied;
        made.egress_only_gateway_denied = denied;
    }
}
