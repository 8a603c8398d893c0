//! Instances that forward, with routes of their own.

use canreach_model::{
    HostRoute, InstanceId, InterfaceId, InterfaceOwner, Polarity, RouteTableId, RouteTarget,
    Setting, SubnetId, VpcId,
};
use canreach_net::{AddressRange, Family, IpNet};

use super::{Maker, features::Feature};
use crate::builder::ORIGIN;

impl Maker {
    /// One instance that forwards, at times with two interfaces, in a subnet by a table of its own.
    pub(super) fn add_forwarding(&mut self) {
        if !self.has(Feature::Forwarding) {
            return;
        }
        let network = &self.builder.network;
        let all: Vec<InterfaceId> =
            network.interfaces.ids().filter(|id| network.instance_of(*id).is_some()).collect();
        let Some(first) = self.random.pick_any(&all) else { return };
        let Some(instance) = self.builder.network.instance_of(first) else { return };
        let vpc = self.builder.network.vpc_of(first);
        if self.random.chance(50) {
            self.add_second_interface(instance, vpc);
        }
        let forwards = match self.random.between(0, 9) {
            0 => Setting::Decided(false),
            1 | 2 => match self.fact(Polarity::Neither) {
                Some(fact) => Setting::Disputed { fact, if_true: true, if_false: false },
                None => Setting::Decided(true),
            },
            _ => Setting::Decided(true),
        };
        self.network().instances[instance].forwards = forwards;
        let own = self.interfaces_of(instance);
        for id in &own {
            let checks = self.breaks() || self.random.chance(6);
            self.network().interfaces[*id].source_dest_check = checks;
        }
        self.add_host_routes(instance, &own);
        self.add_address_to_route_by(first);
        // The customary layout: what forwards by one table, all others by another.
        let subnet = self.builder.network.interfaces[first].subnet;
        if let [own_table, others] = self.tables_of(vpc)[..]
            && self.random.chance(85)
        {
            for other in self.subnets_of(vpc) {
                let table = if other == subnet { own_table } else { others };
                self.network().subnets[other].route_table = table;
            }
            self.forwarders.push((others, first));
        } else {
            let tables = self.tables_of(vpc);
            let table = self.random.pick(&tables);
            self.forwarders.push((table, first));
        }
    }

    /// At times a virtual address that the forwarding interface holds, to be the next hop.
    fn add_address_to_route_by(&mut self, first: InterfaceId) {
        let subnet = self.builder.network.interfaces[first].subnet;
        if self.random.chance(35)
            && let Some(address) = self.take_address(subnet, true)
        {
            self.builder.virtual_address(subnet, &address.to_string(), &[first]);
        }
    }

    pub(super) fn interfaces_of(&self, instance: InstanceId) -> Vec<InterfaceId> {
        let network = &self.builder.network;
        network.interfaces.ids().filter(|id| network.instance_of(*id) == Some(instance)).collect()
    }

    fn add_second_interface(&mut self, instance: InstanceId, vpc: VpcId) {
        let subnets: Vec<SubnetId> = self.subnets_of(vpc);
        let Some(subnet) = self.random.pick_any(&subnets) else { return };
        let mut addresses: Vec<_> = self.take_address(subnet, true).into_iter().collect();
        addresses.extend(self.take_address(subnet, false));
        if addresses.is_empty() {
            return;
        }
        let owner = InterfaceOwner::Instance(instance);
        let second = self.builder.interface_owned_by(owner, subnet, &[]);
        self.network().interfaces[second].addresses = addresses;
    }

    fn add_host_routes(&mut self, instance: InstanceId, own: &[InterfaceId]) {
        if own.len() < 2 {
            return;
        }
        for _ in 0..self.random.pick(&[0, 1, 2, 2]) {
            let ranges = self.ranges();
            let prefixes: Vec<IpNet> =
                ranges.into_iter().filter_map(AddressRange::as_prefix).collect();
            let destination = self.random.pick(&prefixes).trunc();
            let route = HostRoute { destination, interface: self.random.pick(own), origin: ORIGIN };
            let routes = &mut self.network().instances[instance].routes;
            if routes.iter().all(|other| other.destination != destination) {
                routes.push(route);
            }
        }
    }

    /// Routes through forwarding instances, by their interface or by a virtual address.
    pub(super) fn add_forwarding_routes(&mut self) {
        for (table, interface) in self.forwarders.clone() {
            let vpc = self.builder.network.route_tables[table].vpc;
            let network = &self.builder.network;
            let held = network.virtual_addresses.iter();
            let held: Vec<RouteTarget> = held
                .filter(|(_, it)| network.subnets[it.subnet].vpc == vpc)
                .map(|(id, _)| RouteTarget::VirtualAddress(id))
                .collect();
            let destinations = self.destinations_to_forward(vpc, table);
            for _ in 0..self.random.pick(&[1, 2, 3]) {
                let target =
                    if self.random.chance(45) { self.random.pick_any(&held) } else { None };
                let target = target.unwrap_or(RouteTarget::Interface(interface));
                if let Some(destination) = self.random.pick_any(&destinations) {
                    self.route(table, destination, target);
                }
            }
        }
    }

    /// What lies in other VPCs, and in the subnets of this one that have another table.
    fn destinations_to_forward(&self, vpc: VpcId, table: RouteTableId) -> Vec<IpNet> {
        let network = &self.builder.network;
        let mut destinations: Vec<IpNet> = Vec::new();
        for (id, other) in network.vpcs.iter() {
            if id != vpc {
                destinations.extend(&other.cidrs);
            }
        }
        for (id, subnet) in network.subnets.iter() {
            if subnet.vpc == vpc && subnet.route_table != table {
                destinations.extend(&subnet.cidrs);
                let inside = network.interfaces.iter().filter(|(_, it)| it.subnet == id);
                let addresses = inside.flat_map(|(_, it)| it.addresses.clone());
                destinations.extend(addresses.map(IpNet::from));
            }
        }
        destinations.push(Family::V4.everywhere());
        destinations
    }
}
