//! NAT gateways: §5 on the way out, §9 on the way in, and the translations on record of §10.

use std::net::IpAddr;

use canreach_model::{
    Border, Chooser, DestinationTranslation, Direction, NatGatewayId, NatPlacement, Pass,
    PublicAddressTarget, TranslationSource, Translator, VpcId,
};
use canreach_net::{Family, Header, Ports, Protocol};

use super::{At, Came, Record, Step, Walk, go, obstacle};

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
        if let NatPlacement::Subnet(m) = gateway.placement {
            let subnet = self.network.interfaces[m].subnet;
            if came.subnet != Some(subnet) || self.filters_inside(v) {
                self.network_acl(subnet, Direction::Ingress, header)?;
            }
        }
        // Either way, as it comes.
        self.cloud_firewall(gateway.firewall, Border::Nat, Direction::Egress, header)?;
        let to_origin = self.reply_on_record(Translator::NatGateway(n), header);
        match gateway.placement {
            NatPlacement::Subnet(m) => {
                if let Some(to_origin) = to_origin {
                    return go(At::SendingOn(m), to_origin);
                }
                let own = self.network.interfaces[m].addresses.iter().copied();
                let own: Vec<IpAddr> = own.filter(IpAddr::is_ipv4).collect();
                let Some(source) = self.pick(Chooser::SourceTranslation(n), &own).copied() else {
                    return obstacle("NoSourceTranslation");
                };
                go(At::SendingOn(m), self.translate_source(n, source, header))
            }
            NatPlacement::Vpc => {
                if let Some(to_origin) = to_origin {
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
                    && came.across.is_none()
            }
            TranslationSource::Cidr(block) => block.contains(&source),
        };
        let rules = &self.network.nat_gateways[n].source_translations;
        let rule = rules.iter().find(|rule| applies(rule.source))?;
        self.pick(Chooser::SourceTranslation(n), &rule.addresses).copied()
    }

    pub(super) fn translate_source(
        &mut self,
        gateway: NatGatewayId,
        source: IpAddr,
        before: Header,
    ) -> Header {
        let vpc = self.network.nat_gateways[gateway].vpc;
        let transport = match before.transport.ports() {
            Some(ports) => {
                let port = self.port(Translator::NatGateway(gateway), vpc);
                before.transport.with_ports(Ports { source: port, ..ports })
            }
            None => before.transport,
        };
        let after = Header { source, transport, ..before };
        self.mark.sent_on_by = None;
        self.put_on_record(Record {
            translator: Translator::NatGateway(gateway),
            before,
            after,
            keeps_client: None,
        });
        after
    }

    pub(super) fn arriving_at_gateway(&mut self, n: NatGatewayId, header: Header) -> Step {
        let gateway = &self.network.nat_gateways[n];
        let translator = Translator::NatGateway(n);
        let mut translations = gateway.destination_translations.iter();
        let after = if let Some(to_origin) = self.reply_on_record(translator, header) {
            to_origin
        } else {
            let after = translations.find_map(|rule| self.translated_destination(n, rule, header));
            let Some(after) = after else { return obstacle("NoDestinationTranslation") };
            self.mark.sent_on_by = None;
            self.put_on_record(Record { translator, before: header, after, keeps_client: None });
            after
        };
        self.cloud_firewall(gateway.firewall, Border::Nat, Direction::Ingress, after)?;
        go(At::Entering(gateway.vpc, Came::default()), after)
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
    /// gateway or load balancer: the reply to its origin.
    pub(super) fn reply_on_record(&self, at: Translator, header: Header) -> Option<Header> {
        if self.pass == Pass::Request {
            return None;
        }
        let here = self.memory.records.iter().filter(|record| record.translator == at);
        let mut answered = here.filter(|record| record.after.reply() == Some(header));
        answered.next()?.before.reply()
    }
}
