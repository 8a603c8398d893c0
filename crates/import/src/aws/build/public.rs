//! Public addresses and the private ones they stand for.

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{
    InstanceId, InterfaceId, Meta, NatPlacement, Origin, PublicAddress, PublicAddressTarget,
};

use super::{
    super::records::{self, Address, Records},
    Builder,
};

type Known = BTreeMap<IpAddr, PublicAddress>;
type FirstInterfaces = BTreeMap<InstanceId, InterfaceId>;

impl Builder<'_> {
    /// Makes the public addresses that `describe-addresses`, interfaces and NAT gateways name.
    pub(super) fn public_addresses(
        &mut self,
        addresses: &Records<Address>,
        interfaces: &Records<records::Interface>,
        gateways: &Records<records::NatGateway>,
    ) {
        let mut known = Known::new();
        let first_interfaces = self.first_interfaces(addresses);
        for address in addresses.values() {
            self.elastic(address, &first_interfaces, &mut known);
        }
        for (id, interface) in interfaces {
            let Some(key) = self.keys.interfaces.get(id).copied() else { continue };
            for (private, public) in &interface.addresses {
                if let Some(public) = public {
                    self.of_interface(*public, key, *private, &interface.meta, &mut known);
                }
            }
            for address in &interface.beyond {
                let was = format!("`{id}`, to which a carrier or local gateway translates it");
                self.unplaced.push((*address, was, interface.meta.clone()));
            }
        }
        self.of_nat_gateways(gateways, &mut known);
        self.unplaced_addresses(&mut known);
        for (_, address) in known {
            self.network.public_addresses.push(address);
        }
    }

    /// Takes the addresses of which nobody says who has them now.
    fn unplaced_addresses(&mut self, known: &mut Known) {
        for (address, was, meta) in std::mem::take(&mut self.unplaced) {
            if known.contains_key(&address) {
                continue;
            }
            let fact = self.fact(
                format!("whoever has {address} now takes the packet and answers it"),
                format!("find out who has {address}: the input knows it only with {was}"),
                meta.origin.clone(),
            );
            let how = format!("public address of {was}");
            let from = meta.origin.span().into_iter().collect();
            let mut made = Meta::new(address.to_string(), Origin::Derived { how, from });
            made.account.clone_from(&meta.account);
            made.region.clone_from(&meta.region);
            let target = Some(PublicAddressTarget::Unresolved(fact));
            known.insert(address, PublicAddress { meta: made, address, target, firewall: None });
        }
    }

    /// Takes an Elastic IP address, with or without an association.
    fn elastic(&mut self, address: &Address, first: &FirstInterfaces, known: &mut Known) {
        if address.beyond {
            let was = String::from("a carrier or local gateway, which translates it");
            self.unplaced.push((address.public, was, address.meta.clone()));
            return;
        }
        let target = if address.interface.is_none() && address.instance.is_none() {
            None
        } else if let Some(target) = self.associated(address, first) {
            Some(target)
        } else {
            let at = address.interface.as_ref().or(address.instance.as_ref());
            let was = format!("`{}`, which no answer describes", at.map_or("?", String::as_str));
            self.unplaced.push((address.public, was, address.meta.clone()));
            return;
        };
        let (meta, address) = (address.meta.clone(), address.public);
        let made = PublicAddress { meta, address, target, firewall: None };
        known.entry(address).or_insert(made);
    }

    fn associated(
        &self,
        address: &Address,
        first: &FirstInterfaces,
    ) -> Option<PublicAddressTarget> {
        let interface = match &address.interface {
            Some(id) => *self.keys.interfaces.get(id)?,
            None => *first.get(self.keys.instances.get(address.instance.as_ref()?)?)?,
        };
        let own = &self.network.interfaces[interface].addresses;
        let private = address.private.or_else(|| own.iter().copied().find(IpAddr::is_ipv4))?;
        let private = own.iter().copied().find(|one| *one == private)?;
        Some(PublicAddressTarget::Interface { interface, address: private })
    }

    /// Returns the first interface of each instance, if an address names only an instance.
    fn first_interfaces(&self, addresses: &Records<Address>) -> FirstInterfaces {
        let mut first = FirstInterfaces::new();
        if addresses.values().any(|it| it.interface.is_none() && it.instance.is_some()) {
            for id in self.network.interfaces.ids() {
                if let Some(instance) = self.network.instance_of(id) {
                    first.entry(instance).or_insert(id);
                }
            }
        }
        first
    }

    /// Takes the public address that an interface says stands for one of its own.
    fn of_interface(
        &mut self,
        public: IpAddr,
        interface: InterfaceId,
        private: IpAddr,
        meta: &Meta,
        known: &mut Known,
    ) {
        if !self.network.interfaces[interface].addresses.contains(&private) {
            return;
        }
        let target = Some(PublicAddressTarget::Interface { interface, address: private });
        match known.get(&public) {
            None => {
                let how = format!("public address of `{}`", meta.id);
                let from = meta.origin.span().into_iter().collect();
                let mut made = Meta::new(public.to_string(), Origin::Derived { how, from });
                made.account.clone_from(&meta.account);
                made.region.clone_from(&meta.region);
                let address = public;
                known.insert(public, PublicAddress { meta: made, address, target, firewall: None });
            }
            Some(first) if first.target == target => {}
            Some(first) => {
                let places = [first.meta.origin.span(), meta.origin.span()];
                let statement = format!(
                    "{public} does not stand for {private} of `{}`, as another answer has it otherwise",
                    meta.id
                );
                self.findings.assume(statement, places.into_iter().flatten().collect());
            }
        }
    }

    /// Takes the public addresses of each NAT gateway, for dumps without its interfaces.
    fn of_nat_gateways(&mut self, gateways: &Records<records::NatGateway>, known: &mut Known) {
        for (id, gateway) in gateways {
            let Some(key) = self.keys.nat_gateways.get(id) else { continue };
            let NatPlacement::Subnet(standing) = self.network.nat_gateways[*key].placement else {
                continue;
            };
            for address in &gateway.addresses {
                let interface = address.interface.as_ref();
                let interface = interface.and_then(|id| self.keys.interfaces.get(id)).copied();
                let interface = interface.unwrap_or(standing);
                let own = self.network.interfaces[interface].addresses.first().copied();
                let private = address.private.or(own);
                if let (Some(private), Some(public)) = (private, address.public) {
                    self.of_interface(public, interface, private, &gateway.meta, known);
                }
            }
        }
    }
}
