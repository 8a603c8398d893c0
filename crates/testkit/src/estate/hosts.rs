//! Instances: how many each subnet has, their addresses, and which groups they carry.

use canreach_model::{InterfaceId, SecurityGroupId, SubnetId};

use super::{Made, Maker, blocks};

/// Of how many interfaces of a VPC one has a public address.
const ONE_PUBLIC_IN: usize = 20;
/// AWS keeps the addresses below for itself, and the last of a subnet.
const FIRST_HOST: u16 = 4;
const LAST_HOST: u16 = 254;
/// The addresses of a subnet at which gateways stand.
const OF_GATEWAYS: [u16; 2] = [250, 251];

impl Maker {
    /// Adds the instances of a VPC, of whose subnets the first ones are public, and its NAT gateway.
    pub(super) fn add_hosts(&mut self, nth: usize, interfaces: usize, publics: usize) {
        let Some(Made { subnets, groups, .. }) = self.made.get(nth).cloned() else { return };
        let addressed = interfaces / ONE_PUBLIC_IN;
        for (number, subnet) in subnets.iter().enumerate() {
            let share = shared(interfaces, subnets.len(), number);
            let start = blocks::start_of_subnet(nth, number);
            let made = self.add_hosts_of(*subnet, &start, &groups, share);
            let public = if number < publics { shared(addressed, publics, number) } else { 0 };
            for interface in made.into_iter().take(public) {
                let address = self.take_public();
                self.builder.public_address(&address, interface);
            }
        }
        if let Some(subnet) = subnets.first() {
            let own = format!("{}.{}", blocks::start_of_subnet(nth, 0), OF_GATEWAYS[0]);
            self.add_nat_gateway(*subnet, &own);
        }
    }

    fn add_hosts_of(
        &mut self,
        subnet: SubnetId,
        start: &str,
        groups: &[SecurityGroupId],
        count: usize,
    ) -> Vec<InterfaceId> {
        let combinations = self.combinations(groups);
        let mut free: Vec<u16> =
            (FIRST_HOST..=LAST_HOST).filter(|host| !OF_GATEWAYS.contains(host)).collect();
        let mut made = Vec::new();
        for _ in 0..count {
            let last = u16::try_from(free.len().saturating_sub(1)).unwrap_or(u16::MAX);
            let host = free.swap_remove(usize::from(self.random.between(0, last)));
            let interface = self.builder.interface(subnet, &[&format!("{start}.{host}")]);
            let carried = self.popular(&combinations).unwrap_or_default();
            let interface_made = &mut self.network().interfaces[interface];
            interface_made.filtered = true;
            interface_made.security_groups = carried;
            made.push(interface);
        }
        made
    }

    /// Returns the combinations of groups that a subnet has, two to four, the most usual first.
    fn combinations(&mut self, groups: &[SecurityGroupId]) -> Vec<Vec<SecurityGroupId>> {
        (0..self.random.between(2, 4))
            .map(|_| {
                let mut carried = Vec::new();
                for _ in 0..self.random.between(1, 3) {
                    carried.extend(self.popular(groups).filter(|group| !carried.contains(group)));
                }
                carried
            })
            .collect()
    }
}

/// Returns the share of one of several among whom something is divided evenly.
fn shared(total: usize, among: usize, nth: usize) -> usize {
    let rest = total.checked_rem(among).unwrap_or(0);
    total.checked_div(among).unwrap_or(0) + usize::from(nth < rest)
}

/// Returns the address of a transit gateway's attachment in a subnet.
pub(super) fn of_attachment(vpc: usize, subnet: usize) -> String {
    format!("{}.{}", blocks::start_of_subnet(vpc, subnet), OF_GATEWAYS[1])
}
