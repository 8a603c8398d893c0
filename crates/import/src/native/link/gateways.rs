//! Internet gateways, peerings, NAT gateways, public addresses and outside networks.

use std::{collections::HashMap, net::IpAddr};

use canreach_model::{
    DestinationTranslation, Interface, InterfaceId, InterfaceOwner, InternetGateway, NatGateway,
    NatGatewayId, NatPlacement, OutsideNetwork, Peering, PublicAddress, PublicAddressTarget,
    SourceTranslation, TranslationSource, VpcId,
};
use canreach_net::{Family, is_public_unicast};

use super::Linker;
use crate::{
    diagnostic::{Diagnostic, Place},
    native::{
        node::{At, Name},
        written::{self, Item, SnatSource},
    },
};

impl Linker<'_> {
    pub(super) fn add_internet_gateways(&mut self) {
        for model in self.models {
            for item in &model.written.internet_gateways {
                let id = self.internet_gateway(item);
                self.internet_gateways.define(&item.name, id);
            }
        }
    }

    fn internet_gateway(
        &mut self,
        item: &Item<written::InternetGateway>,
    ) -> Option<canreach_model::InternetGatewayId> {
        let vpc = match &item.body.vpc {
            Some(name) => Some(self.vpc(name)?),
            None if item.body.has_vpc => return None,
            None => None,
        };
        let route_table = match (&item.body.route_table, vpc) {
            (Some(name), Some(vpc)) => Some(self.table_of(name, vpc, item.name.place)?),
            (Some(name), None) if self.is_record(name.place) => {
                let found = self.route_tables.find(name);
                Some(self.resolved(found)?)
            }
            (Some(name), None) => {
                let message = "a gateway with a route table needs the key `vpc`";
                self.report(
                    Diagnostic::error("model::missing_key", item.name.place, message)
                        .label("attached to no VPC")
                        .note(name.place, "its route table"),
                );
                None
            }
            (None, _) => None,
        };
        let meta = self.meta(item);
        let egress_only = item.body.egress_only;
        Some(self.network.internet_gateways.push(InternetGateway {
            meta,
            vpc,
            egress_only,
            route_table,
        }))
    }

    pub(super) fn add_peerings(&mut self) {
        for model in self.models {
            for item in &model.written.peerings {
                let id = self.peering(item);
                self.peerings.define(&item.name, id);
            }
        }
    }

    fn peering(&mut self, item: &Item<written::Peering>) -> Option<canreach_model::PeeringId> {
        let requester = item.body.requester.as_ref().and_then(|name| self.vpc(name));
        let accepter = item.body.accepter.as_ref().and_then(|name| self.vpc(name));
        let (requester, accepter) = (requester?, accepter?);
        if requester == accepter && !self.is_record(item.name.place) {
            let message = format!("peering `{}` joins a VPC with itself", item.name.value);
            let place = item.body.accepter.as_ref().map_or(item.name.place, |name| name.place);
            self.report(
                Diagnostic::error("model::peering", place, message)
                    .label("the same VPC on both sides"),
            );
            return None;
        }
        self.overlapping_peers(item, requester, accepter);
        let meta = self.meta(item);
        let status = item.body.status;
        let firewall = self.firewall_of(item.body.firewall.as_ref());
        Some(self.network.peerings.push(Peering { meta, requester, accepter, status, firewall }))
    }

    fn overlapping_peers(
        &mut self,
        item: &Item<written::Peering>,
        requester: VpcId,
        accepter: VpcId,
    ) {
        let (one, other) = (&self.network.vpcs[requester], &self.network.vpcs[accepter]);
        let Some(forbids) =
            [one, other].into_iter().find(|vpc| !vpc.profile.peering.overlap_allowed)
        else {
            return;
        };
        let pairs =
            one.cidrs.iter().flat_map(|block| other.cidrs.iter().map(move |peer| (block, peer)));
        let overlap =
            pairs.into_iter().find(|(block, peer)| block.contains(*peer) || peer.contains(*block));
        let Some((block, peer)) = overlap else { return };
        let message = format!("peering `{}` joins VPCs whose blocks overlap", item.name.value);
        let error = Diagnostic::error("model::peering_overlap", item.name.place, message)
            .label(format!(
                "`{block}` of `{}` and `{peer}` of `{}`",
                one.meta.label(),
                other.meta.label()
            ))
            .help(format!(
                "`{}` refuses such peerings: use another block in one of the VPCs",
                forbids.profile.name
            ));
        self.report(error);
    }

    pub(super) fn add_nat_gateways(&mut self) {
        for model in self.models {
            for item in &model.written.nat_gateways {
                let id = self.nat_gateway(item);
                self.nat_gateways.define(&item.name, id);
            }
        }
    }

    fn nat_gateway(&mut self, item: &Item<written::NatGateway>) -> Option<NatGatewayId> {
        let vpc = item.body.vpc.as_ref().and_then(|name| self.vpc(name));
        let own_id = self.network.nat_gateways.next_id()?;
        let placement = match (&item.body.interface, &item.body.subnet) {
            (Some(name), _) => {
                let interface = vpc.and_then(|vpc| self.given_interface(name, vpc, own_id));
                interface.map(NatPlacement::Subnet)
            }
            (None, Some(subnet)) => {
                let interface = vpc.and_then(|vpc| self.nat_interface(item, subnet, vpc, own_id));
                self.define_interface(&item.name, interface);
                interface.map(NatPlacement::Subnet)
            }
            (None, None) => Some(NatPlacement::Vpc),
        };
        let source_translations = self.source_translations(item, vpc?);
        let destination_translations =
            item.body.dnat.iter().map(|dnat| self.destination_translation(dnat));
        let gateway = NatGateway {
            destination_translations: destination_translations.collect(),
            meta: self.meta(item),
            vpc: vpc?,
            placement: placement?,
            source_translations,
            firewall: self.firewall_of(item.body.firewall.as_ref()),
        };
        Some(self.network.nat_gateways.push(gateway))
    }

    /// Gives a gateway the interface that is written apart from it.
    fn given_interface(
        &mut self,
        name: &Name,
        vpc: VpcId,
        gateway: NatGatewayId,
    ) -> Option<InterfaceId> {
        let found = self.interfaces.find(name);
        let interface = self.resolved(found)?;
        let belongs = self.network.vpc_of(interface);
        if belongs != vpc && !self.is_record(name.place) {
            self.elsewhere(name, "interface", belongs, vpc, None);
            return None;
        }
        let found = &mut self.network.interfaces[interface];
        if found.owner != InterfaceOwner::Service {
            let message = format!("interface `{}` belongs to something else already", name.value);
            self.report(Diagnostic::error("model::interface_taken", name.place, message));
            return None;
        }
        found.owner = InterfaceOwner::NatGateway(gateway);
        found.filtered = false;
        Some(interface)
    }

    fn nat_interface(
        &mut self,
        item: &Item<written::NatGateway>,
        name: &Name,
        vpc: VpcId,
        gateway: NatGatewayId,
    ) -> Option<InterfaceId> {
        let found = self.subnets.find(name);
        let subnet = self.resolved(found)?;
        let belongs = self.network.subnets[subnet].vpc;
        if belongs != vpc && !self.is_record(name.place) {
            self.elsewhere(name, "subnet", belongs, vpc, Some((item.name.place, "this gateway")));
            return None;
        }
        let address = item.body.private_address?;
        self.take_address(address, subnet);
        Some(self.network.interfaces.push(Interface {
            meta: self.meta(item),
            subnet,
            addresses: vec![address.value],
            security_groups: Vec::new(),
            filtered: false,
            internet_gateway_denied: false,
            egress_only_gateway_denied: false,
            source_dest_check: false,
            owner: InterfaceOwner::NatGateway(gateway),
        }))
    }

    fn source_translations(
        &mut self,
        item: &Item<written::NatGateway>,
        vpc: VpcId,
    ) -> Vec<SourceTranslation> {
        let mut translations = Vec::new();
        for snat in &item.body.snat {
            let source = match &snat.source {
                Some(SnatSource::Cidr(block)) => Some(TranslationSource::Cidr(*block)),
                Some(SnatSource::Subnet(name)) => self.snat_subnet(name, vpc),
                None => None,
            };
            let Some(source) = source else { continue };
            let addresses = snat.addresses.iter().map(|address| address.value).collect();
            let origin = self.origin_of(snat.place, snat.origin.as_ref());
            translations.push(SourceTranslation { source, addresses, origin });
        }
        translations
    }

    fn snat_subnet(&mut self, name: &Name, vpc: VpcId) -> Option<TranslationSource> {
        let found = self.subnets.find(name);
        let subnet = self.resolved(found)?;
        let belongs = self.network.subnets[subnet].vpc;
        if belongs != vpc && !self.is_record(name.place) {
            self.elsewhere(name, "subnet", belongs, vpc, None);
            return None;
        }
        Some(TranslationSource::Subnet(subnet))
    }

    fn destination_translation(&self, dnat: &written::Dnat) -> DestinationTranslation {
        DestinationTranslation {
            public_address: dnat.address.value,
            protocol: dnat.protocol,
            public_ports: dnat.ports,
            private_address: dnat.private_address,
            private_port: dnat.private_port,
            origin: self.origin_of(dnat.place, dnat.origin.as_ref()),
        }
    }

    pub(super) fn add_public_addresses(&mut self) {
        let mut taken: HashMap<IpAddr, Place> = HashMap::new();
        let mut targets: HashMap<PublicAddressTarget, Place> = HashMap::new();
        for model in self.models {
            for item in &model.written.public_addresses {
                let target = self.public_target(item);
                if let Some((Some(one_to_one), place)) = target
                    && let Some(what) = self.one_to_one(one_to_one)
                    && let Some(before) = targets.insert(one_to_one, place)
                {
                    let message = format!("{what} has two public addresses");
                    self.report(twice(place, message, before));
                }
                let Some(address) = item.body.address else { continue };
                self.check_public(address);
                if let Some(before) = taken.insert(address.value, address.place) {
                    let message = format!("public address `{}` is used twice", address.value);
                    self.report(twice(address.place, message, before));
                }
                let firewall = self.firewall_of(item.body.firewall.as_ref());
                let Some((target, _)) = target else { continue };
                let meta = self.meta(item);
                let address = address.value;
                self.network.public_addresses.push(PublicAddress {
                    meta,
                    address,
                    target,
                    firewall,
                });
            }
        }
    }

    /// Returns what to call a target that has one public address at most.
    fn one_to_one(&self, target: PublicAddressTarget) -> Option<String> {
        match target {
            PublicAddressTarget::Interface { address, .. } => Some(format!("address `{address}`")),
            PublicAddressTarget::VirtualAddress(id) => {
                let name = self.network.virtual_addresses[id].meta.label();
                Some(format!("virtual address `{name}`"))
            }
            PublicAddressTarget::NatGateway(_) | PublicAddressTarget::Unresolved(_) => None,
        }
    }

    fn check_public(&mut self, address: At<IpAddr>) {
        if self.is_record(address.place) {
            return;
        }
        if address.value.is_ipv6() {
            let message = format!("`{}` is an IPv6 address", address.value);
            self.report(
                Diagnostic::error("model::public_address", address.place, message)
                    .label("public addresses stand for private ones, which IPv6 has no need of")
                    .help("write the IPv6 address among the `addresses` of the interface"),
            );
        } else if !is_public_unicast(address.value) {
            let message = format!("the Internet does not route `{}`", address.value);
            self.report(
                Diagnostic::warning("model::not_public", address.place, message)
                    .label("no public address"),
            );
        }
    }

    /// Returns what a public address stands for, with the place where that is written; `None` where
    /// that is wrong.
    fn public_target(
        &mut self,
        item: &Item<written::PublicAddress>,
    ) -> Option<(Option<PublicAddressTarget>, Place)> {
        if let Some(name) = &item.body.interface {
            let interface = self.interface_or_instance(name)?;
            let address = self.private_address(item, interface, name)?;
            return Some((Some(PublicAddressTarget::Interface { interface, address }), name.place));
        }
        if let Some(name) = &item.body.virtual_address {
            return self.virtual_target(name).map(|target| (Some(target), name.place));
        }
        if let Some(name) = &item.body.unresolved {
            let fact = self.fact(name)?;
            return Some((Some(PublicAddressTarget::Unresolved(fact)), name.place));
        }
        let Some(name) = &item.body.nat_gateway else { return Some((None, item.name.place)) };
        let found = self.nat_gateways.find(name);
        let gateway = self.resolved(found)?;
        let target = match self.network.nat_gateways[gateway].placement {
            NatPlacement::Vpc => PublicAddressTarget::NatGateway(gateway),
            NatPlacement::Subnet(interface) => {
                let address = *self.network.interfaces[interface].addresses.first()?;
                PublicAddressTarget::Interface { interface, address }
            }
        };
        Some((Some(target), name.place))
    }

    fn virtual_target(&mut self, name: &Name) -> Option<PublicAddressTarget> {
        let found = self.virtual_addresses.find(name);
        let id = self.resolved(found)?;
        let address = self.network.virtual_addresses[id].address;
        if address.is_ipv6() {
            let message = format!("virtual address `{}` is an IPv6 address", name.value);
            let error = Diagnostic::error("model::public_address", name.place, message);
            self.report(error.label("public addresses stand for IPv4 ones"));
        }
        Some(PublicAddressTarget::VirtualAddress(id))
    }

    fn private_address(
        &mut self,
        item: &Item<written::PublicAddress>,
        interface: InterfaceId,
        name: &Name,
    ) -> Option<IpAddr> {
        let own = &self.network.interfaces[interface].addresses;
        let Some(written) = item.body.private_address else {
            let first = own.iter().find(|address| Family::of(**address) == Family::V4).copied();
            if first.is_none() && !own.is_empty() {
                let message = format!("interface `{}` has no IPv4 address", name.value);
                self.report(Diagnostic::error("model::public_address", name.place, message));
            }
            return first;
        };
        let is_record = self.is_record(name.place);
        if is_record || own.contains(&written.value) && written.value.is_ipv4() {
            return Some(written.value);
        }
        let all: Vec<String> = own
            .iter()
            .filter(|address| address.is_ipv4())
            .map(|address| format!("`{address}`"))
            .collect();
        let message = format!("interface `{}` has no IPv4 address `{}`", name.value, written.value);
        let error = Diagnostic::error("model::public_address", written.place, message);
        self.report(if all.is_empty() {
            error
        } else {
            error.help(format!("it has {}", all.join(", ")))
        });
        None
    }

    /// Notes translations with addresses that do not stand for their gateway: replies would never
    /// come back to it.
    pub(super) fn check_translations(&mut self) {
        let owners: HashMap<IpAddr, Option<PublicAddressTarget>> = self
            .network
            .public_addresses
            .iter()
            .map(|(_, public)| (public.address, public.target))
            .collect();
        for model in self.models {
            // With a broken public address it is not known what is missing.
            let broken = model.written.public_addresses.iter().any(|item| {
                let gateway = item.body.nat_gateway.as_ref();
                item.body.address.is_none()
                    || item.body.broken
                    || gateway.is_some_and(|name| self.nat_gateways.find(name).is_err())
            });
            for item in &model.written.nat_gateways {
                let Ok(gateway) = self.nat_gateways.find(&item.name) else { continue };
                let snat = item.body.snat.iter().flat_map(|snat| snat.addresses.iter().copied());
                let dnat = item.body.dnat.iter().map(|dnat| dnat.address);
                for address in snat.chain(dnat) {
                    let target = owners.get(&address.value).copied().flatten();
                    if broken || target == Some(PublicAddressTarget::NatGateway(gateway)) {
                        continue;
                    }
                    let name = &item.name.value;
                    let message =
                        format!("`{}` is no public address of NAT gateway `{name}`", address.value);
                    self.report(
                        Diagnostic::error("model::nat_address", address.place, message)
                            .label("replies to it would not come back to the gateway")
                            .help(format!("add to `public_addresses`: `eip-{name}: {{ address: {}, nat_gateway: {name} }}`", address.value)),
                    );
                }
            }
        }
    }

    pub(super) fn add_outside_networks(&mut self) {
        for model in self.models {
            for item in &model.written.outside_networks {
                let meta = self.meta(item);
                let cidrs = item.body.cidrs.iter().map(|block| block.value).collect();
                self.network.outside_networks.push(OutsideNetwork { meta, cidrs });
            }
        }
    }
}

fn twice(place: Place, message: String, before: Place) -> Diagnostic {
    Diagnostic::error("model::public_address_twice", place, message)
        .label("the second one")
        .note(before, "the first one")
}
