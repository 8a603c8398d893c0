//! Peerings, gateways, public addresses and outside networks.

use canreach_model::{NatPlacement, PeeringStatus, PublicAddressTarget, TranslationSource};
use canreach_net::PortRange;

use super::{Writer, addresses, blocks, list, unless};
use crate::native::notation::{
    Address, Block, DestinationTranslation, InternetGateway, NatGateway, OutsideNetwork, Peering,
    PeeringStatus as WrittenStatus, Ports, ProtocolName, PublicAddress, SourceTranslation,
};

impl Writer<'_> {
    pub(super) fn peering(&self, name: &str, peering: &canreach_model::Peering) -> Peering {
        fields!(peering => canreach_model::Peering { meta, requester, accepter, status, firewall });
        Peering {
            requester: self.names.vpcs.of(peering.requester),
            accepter: self.names.vpcs.of(peering.accepter),
            status: match peering.status {
                PeeringStatus::Active => WrittenStatus::Active,
                PeeringStatus::PendingAcceptance => WrittenStatus::PendingAcceptance,
                PeeringStatus::Rejected => WrittenStatus::Rejected,
                PeeringStatus::Expired => WrittenStatus::Expired,
                PeeringStatus::Gone => WrittenStatus::Deleted,
            },
            firewall: peering.firewall.map(|id| self.names.cloud_firewalls.of(id)),
            about: self.origins.about(&peering.meta, name),
        }
    }

    pub(super) fn internet_gateway(
        &self,
        name: &str,
        gateway: &canreach_model::InternetGateway,
    ) -> InternetGateway {
        fields!(gateway => canreach_model::InternetGateway { meta, vpc, egress_only, route_table });
        InternetGateway {
            vpc: gateway.vpc.map(|vpc| self.names.vpcs.of(vpc)),
            egress_only: unless(false, gateway.egress_only),
            route_table: gateway.route_table.map(|table| self.names.route_tables.of(table)),
            about: self.origins.about(&gateway.meta, name),
        }
    }

    pub(super) fn public_address(
        &self,
        name: &str,
        public: &canreach_model::PublicAddress,
    ) -> PublicAddress {
        fields!(public => canreach_model::PublicAddress { meta, address, target, firewall });
        let (mut interface, mut private_address, mut nat_gateway) = (None, None, None);
        let (mut virtual_address, mut unresolved) = (None, None);
        match public.target {
            None => {}
            Some(PublicAddressTarget::Interface { interface: id, address }) => {
                interface = Some(self.names.interfaces.of(id));
                private_address = Some(Address::from(address));
            }
            Some(PublicAddressTarget::VirtualAddress(id)) => {
                virtual_address = Some(self.names.virtual_addresses.of(id));
            }
            Some(PublicAddressTarget::NatGateway(id)) => {
                nat_gateway = Some(self.names.nat_gateways.of(id));
            }
            Some(PublicAddressTarget::Unresolved(fact)) => {
                unresolved = Some(self.names.facts.of(fact));
            }
        }
        PublicAddress {
            address: Address::from(public.address),
            interface,
            private_address,
            nat_gateway,
            virtual_address,
            unresolved,
            firewall: public.firewall.map(|id| self.names.cloud_firewalls.of(id)),
            about: self.origins.about(&public.meta, name),
        }
    }

    pub(super) fn nat_gateway(
        &self,
        name: &str,
        gateway: &canreach_model::NatGateway,
    ) -> NatGateway {
        fields!(gateway => canreach_model::NatGateway {
            meta, vpc, placement, source_translations, destination_translations, firewall,
        });
        NatGateway {
            vpc: self.names.vpcs.of(gateway.vpc),
            subnet: None,
            private_address: None,
            interface: match gateway.placement {
                NatPlacement::Subnet(interface) => Some(self.names.interfaces.of(interface)),
                NatPlacement::Vpc => None,
            },
            snat: list(&gateway.source_translations, |it| self.source_translation(it)),
            dnat: list(&gateway.destination_translations, |it| self.destination_translation(it)),
            firewall: gateway.firewall.map(|id| self.names.cloud_firewalls.of(id)),
            about: self.origins.about(&gateway.meta, name),
        }
    }

    fn source_translation(&self, it: &canreach_model::SourceTranslation) -> SourceTranslation {
        fields!(it => canreach_model::SourceTranslation { source, addresses, origin });
        let (subnet, cidr) = match it.source {
            TranslationSource::Subnet(id) => (Some(self.names.subnets.of(id)), None),
            TranslationSource::Cidr(block) => (None, Some(Block::from(block))),
        };
        SourceTranslation {
            subnet,
            cidr,
            addresses: addresses(&it.addresses),
            origin: Some(self.origins.origin(&it.origin)),
        }
    }

    fn destination_translation(
        &self,
        it: &canreach_model::DestinationTranslation,
    ) -> DestinationTranslation {
        fields!(it => canreach_model::DestinationTranslation {
            public_address, protocol, public_ports, private_address, private_port, origin,
        });
        let private = it.private_ports();
        let private = private.ranges().next().map(|(first, last)| PortRange::new(first, last));
        // Without a protocol and a word, every port is translated to itself.
        let every =
            it.protocol.is_none() && it.public_ports == PortRange::ALL && it.private_port == 0;
        let same = it.private_port == it.public_ports.first();
        DestinationTranslation {
            address: Address::from(it.public_address),
            protocol: it.protocol.map(ProtocolName),
            ports: (!every).then_some(Ports(it.public_ports)),
            private_address: Address::from(it.private_address),
            private_ports: private.and_then(Result::ok).filter(|_| !same).map(Ports),
            origin: Some(self.origins.origin(&it.origin)),
        }
    }

    pub(super) fn outside_network(
        &self,
        name: &str,
        outside: &canreach_model::OutsideNetwork,
    ) -> OutsideNetwork {
        fields!(outside => canreach_model::OutsideNetwork { meta, cidrs });
        OutsideNetwork {
            cidrs: blocks(&outside.cidrs),
            about: self.origins.about(&outside.meta, name),
        }
    }
}
