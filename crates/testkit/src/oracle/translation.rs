//! NAT gateways: §5 on the way out, §9 on the way in, and the translations on record of §10.

use std::net::IpAddr;

use canreach_model::{
    Chooser, DestinationTranslation, Direction, NatGatewayId, NatPlacement, Pass,
    PublicAddressTarget, TranslationSource, Translator, VpcId,
};
use canreach_net::{Family, Header, Ports, Protocol};

use super::{
    At, Came, Record, Walk,
    steps::{Step, go, obstacle},
};

impl Walk<'_> {
    pub(super) fn nat_gateway(
        &mut self,
        v: VpcId,
        n: NatGatewayId,
        came: Came,
        header: Header,
    ) -> Step {
        let gateway = &self.network.nat_gateways[n];
        if gateway.vpc != v {
            return obstacle("NatElsewhere");
        }
        if header.family() == Family::V6 || !self.translates(n, header.transport.protocol()) {
            return obstacle("NatProtocol");
        }
        match gateway.placement {
            NatPlacement::Subnet(m) => {
                let subnet = self.network.interfaces[m].subnet;
                if came.subnet != Some(subnet) || self.filters_inside(v) {
                    self.network_acl(subnet, Direction::Ingress, header)?;
                }
                if let Some(to_origin) = self.reply_on_record(n, header) {
                    return go(At::SendingOn(m), to_origin);
                }
                let mut own = self.network.interfaces[m].addresses.iter().copied();
                let Some(source) = own.find(IpAddr::is_ipv4) else {
                    return obstacle("NoSourceTranslation");
                };
                go(At::SendingOn(m), self.translate_source(n, source, header))
            }
            NatPlacement::Vpc => {
                if let Some(to_origin) = self.reply_on_record(n, header) {
                    if self.is_public_address_of(n, to_origin.source) {
                        return go(At::Internet, to_origin);
                    }
                    return go(At::Entering(v, Came::default()), to_origin);
                }
                let Some(source) = self.chosen_source(n, came, header.source) else {
                    return obstacle("NoSourceTranslation");
                };
                go(At::Internet, self.translate_source(n, source, header))
            }
        }
    }

    pub(super) fn translates(&self, n: NatGatewayId, protocol: Protocol) -> bool {
        let vpc = self.network.nat_gateways[n].vpc;
        self.network.vpcs[vpc].profile.translation.protocols.contains(protocol.0)
    }

    pub(super) fn is_public_address_of(&self, n: NatGatewayId, address: IpAddr) -> bool {
        let mut all = self.network.public_addresses.iter();
        all.any(|(_, public)| {
            public.address == address && public.target == Some(PublicAddressTarget::NatGateway(n))
        })
    }

    /// The first source translation that applies, and the address chosen from it.
    pub(super) fn chosen_source(
        &self,
        n: NatGatewayId,
        came: Came,
        source: IpAddr,
    ) -> Option<IpAddr> {
        let applies = |what: TranslationSource| match what {
            TranslationSource::Subnet(subnet) => {
                let subnet = &self.network.subnets[subnet];
                subnet.cidrs.iter().any(|block| block.contains(&source))
                    && came.sender.is_some_and(|i| self.network.vpc_of(i) == subnet.vpc)
                    && !came.across_peering
            }
            TranslationSource::Cidr(block) => block.contains(&source),
        };
        let rules = &self.network.nat_gateways[n].source_translations;
        let rule = rules.iter().find(|rule| applies(rule.source))?;
        let choice = self.choices.picks.get(&Chooser::SourceTranslation(n)).copied().unwrap_or(0);
        rule.addresses.get(choice).or(rule.addresses.first()).copied()
    }

    pub(super) fn translate_source(
        &mut self,
        gateway: NatGatewayId,
        source: IpAddr,
        before: Header,
    ) -> Header {
        let vpc = self.network.nat_gateways[gateway].vpc;
        let first = self.network.vpcs[vpc].profile.translation.ports.first();
        let port =
            self.choices.ports.get(&Translator::NatGateway(gateway)).copied().unwrap_or(first);
        let transport = match before.transport.ports() {
            Some(ports) => before.transport.with_ports(Ports { source: port, ..ports }),
            None => before.transport,
        };
        let after = Header { source, transport, ..before };
        self.put_on_record(Record { gateway, before, after });
        after
    }

    pub(super) fn arriving_at_gateway(&mut self, n: NatGatewayId, header: Header) -> Step {
        let v = self.network.nat_gateways[n].vpc;
        if let Some(to_origin) = self.reply_on_record(n, header) {
            return go(At::Entering(v, Came::default()), to_origin);
        }
        let translations = &self.network.nat_gateways[n].destination_translations;
        let after =
            translations.iter().find_map(|rule| self.translated_destination(n, rule, header));
        let Some(after) = after else {
            return obstacle("NoDestinationTranslation");
        };
        self.put_on_record(Record { gateway: n, before: header, after });
        go(At::Entering(v, Came::default()), after)
    }

    pub(super) fn translated_destination(
        &self,
        n: NatGatewayId,
        rule: &DestinationTranslation,
        header: Header,
    ) -> Option<Header> {
        if rule.public_address != header.destination {
            return None;
        }
        let protocol = header.transport.protocol();
        let transport = match rule.protocol {
            None => self.translates(n, protocol).then_some(header.transport)?,
            Some(wanted) => {
                let ports = header.transport.ports().filter(|_| wanted == protocol)?;
                if ports.destination > rule.public_ports.last() {
                    return None;
                }
                let nth = ports.destination.checked_sub(rule.public_ports.first())?;
                let destination = rule.private_port.checked_add(nth)?;
                header.transport.with_ports(Ports { destination, ..ports })
            }
        };
        Some(Header { destination: rule.private_address, transport, ..header })
    }

    // §10. Translations on record.

    pub(super) fn put_on_record(&mut self, record: Record) {
        if self.pass == Pass::Request {
            self.memory.records.push(record);
        }
    }

    /// If the packet is of the reply, and the reply to the result of a translation on record at this
    /// gateway: the reply to its origin.
    pub(super) fn reply_on_record(&self, n: NatGatewayId, header: Header) -> Option<Header> {
        if self.pass == Pass::Request {
            return None;
        }
        let of_gateway = self.memory.records.iter().filter(|record| record.gateway == n);
        let mut answered = of_gateway.filter(|record| record.after.reply() == Some(header));
        answered.next()?.before.reply()
    }
}
