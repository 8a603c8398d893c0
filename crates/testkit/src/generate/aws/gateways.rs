//! Peerings, gateways and public addresses.

use canreach_model::{InterfaceId, PeeringStatus, PublicAddressTarget, SubnetId, VpcId};

use super::Maker;

impl Maker {
    pub(super) fn add_gateways(&mut self) {
        self.add_peerings();
        // Gateways are made in the order of their ids, which begin with their kind.
        if self.ipv6 {
            self.add_egress_only_gateways();
        }
        for vpc in self.vpcs() {
            if self.random.chance(75) {
                self.builder.internet_gateway(vpc);
                self.add_nat_gateways(vpc);
            }
        }
        self.add_public_addresses();
    }

    fn add_peerings(&mut self) {
        let vpcs = self.vpcs();
        for (nth, one) in vpcs.iter().enumerate() {
            for other in vpcs.iter().skip(nth + 1) {
                if !self.random.chance(55) {
                    continue;
                }
                let peering = self.builder.peering(*one, *other);
                if self.breaks() || self.random.chance(8) {
                    let others = [PeeringStatus::PendingAcceptance, PeeringStatus::Gone];
                    let status = self.random.pick(&others);
                    self.network().peerings[peering].status = status;
                }
            }
        }
    }

    fn add_egress_only_gateways(&mut self) {
        for vpc in self.vpcs() {
            if self.random.chance(45) {
                let number = self.builder.network.internet_gateways.len();
                let gateway = self.builder.internet_gateway(vpc);
                let made = &mut self.network().internet_gateways[gateway];
                made.egress_only = true;
                made.meta.id = format!("eigw-{number}");
            }
        }
    }

    fn add_nat_gateways(&mut self, vpc: VpcId) {
        if !self.random.chance(45) {
            return;
        }
        let subnets = self.subnets_of(vpc);
        let Some(subnet) = self.random.pick_any(&subnets) else { return };
        let Some(own) = self.take_addresses(subnet, false).first().copied() else { return };
        let (_, interface) = self.builder.nat_in_subnet(subnet, &own.to_string());
        self.network().interfaces[interface].source_dest_check = false;
        if self.random.chance(25) {
            let more = self.take_addresses(subnet, false);
            self.network().interfaces[interface].addresses.extend(more);
        }
        if !self.random.chance(15) {
            self.give_public_addresses(interface);
        }
        self.move_to_public_table(subnet);
    }

    /// The customary layout: the gateway's subnet by the main table, all others by another.
    fn move_to_public_table(&mut self, subnet: SubnetId) {
        let vpc = self.builder.network.subnets[subnet].vpc;
        let [main, other, ..] = self.tables_of(vpc)[..] else { return };
        for id in self.subnets_of(vpc) {
            let table = if id == subnet { main } else { other };
            self.network().subnets[id].route_table = table;
        }
    }

    fn add_public_addresses(&mut self) {
        for interface in self.hosts(None) {
            if self.random.chance(40) {
                self.give_public_addresses(interface);
            }
        }
        if self.random.chance(20) {
            let public = self.take_public();
            self.builder.public_address_of(&public, None);
        }
    }

    fn give_public_addresses(&mut self, interface: InterfaceId) {
        let own = self.builder.network.interfaces[interface].addresses.clone();
        for address in own.into_iter().filter(std::net::IpAddr::is_ipv4) {
            let public = self.take_public();
            let target = PublicAddressTarget::Interface { interface, address };
            self.builder.public_address_of(&public, Some(target));
        }
    }
}
