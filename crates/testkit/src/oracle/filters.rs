//! What filters decide: §§7 and 8 of the page.

use std::net::IpAddr;

use canreach_model::{
    Action, AddressMatch, AttachedTo, Checkpoint, Combine, Direction, Exemption, GroupReference,
    InterfaceId, Layer, Network, PacketMatch, Pass, PeeringStatus, PublicAddressTarget, Rule,
    SecurityGroupId, SubnetId, VpcId,
};
use canreach_net::{Header, PortSet};

use super::{Lost, Walk};

/// The VPC of a filter, and the direction of its rules, where it knows groups.
pub(super) type Here = Option<(VpcId, Direction)>;

impl Walk<'_> {
    // §7. Security groups of an interface.

    pub(super) fn security_groups(
        &mut self,
        i: InterfaceId,
        direction: Direction,
        header: Header,
    ) -> Result<(), Lost> {
        let layer = Layer::SecurityGroups(i);
        let profile = &self.network.profile_of(i).security_group;
        let passes = is_exempt(&profile.exempt, header)
            || self.is_known_reply(layer, profile.stateful)
            || match profile.combine {
                Combine::AnyAllow => self.any_allow(i, direction, header),
                Combine::FirstMatch => self.first_match(i, direction, header),
            };
        self.judged(Checkpoint { layer, direction }, passes)
    }

    /// The rules of the interface's groups, with the position of the group.
    fn group_rules(&self, i: InterfaceId, direction: Direction) -> Vec<(usize, &Rule)> {
        let mut rules = Vec::new();
        for (position, group) in self.network.interfaces[i].security_groups.iter().enumerate() {
            for rule in self.network.security_groups[*group].rules.of(direction) {
                rules.push((position, rule));
            }
        }
        rules
    }

    fn any_allow(&self, i: InterfaceId, direction: Direction, header: Header) -> bool {
        let vpc = self.network.vpc_of(i);
        self.group_rules(i, direction).into_iter().any(|(_, rule)| {
            rule.action == Action::Allow
                && self.matches(Some((vpc, direction)), &rule.matches, header)
        })
    }

    fn first_match(&self, i: InterfaceId, direction: Direction, header: Header) -> bool {
        let vpc = self.network.vpc_of(i);
        let default = self.value(self.network.profile_of(i).security_group.default_priority);
        let mut rules = self.group_rules(i, direction);
        rules.sort_by_key(|(position, rule)| {
            let deny_before_allow = match rule.action {
                Action::Deny => 0,
                Action::Allow => 1,
            };
            (*position, rule.priority.unwrap_or(default), deny_before_allow)
        });
        let first = rules
            .into_iter()
            .find(|(_, rule)| self.matches(Some((vpc, direction)), &rule.matches, header));
        first.is_some_and(|(_, rule)| rule.action == Action::Allow)
    }

    // §8. The network ACL of a subnet.

    pub(super) fn network_acl(
        &mut self,
        subnet: SubnetId,
        direction: Direction,
        header: Header,
    ) -> Result<(), Lost> {
        let vpc = self.network.subnets[subnet].vpc;
        let Some(acl) = self.network.subnets[subnet].network_acl else { return Ok(()) };
        let layer = Layer::NetworkAcl(acl, subnet);
        let profile = &self.network.vpcs[vpc].profile.network_acl;
        let mut rules = self.network.network_acls[acl].rules.of(direction).iter();
        let passes = is_exempt(&profile.exempt, header)
            || self.is_known_reply(layer, profile.stateful)
            || rules
                .find(|rule| self.matches(Some((vpc, direction)), &rule.matches, header))
                .is_some_and(|rule| rule.action == Action::Allow);
        self.judged(Checkpoint { layer, direction }, passes)
    }

    // What both have in common.

    pub(super) fn is_known_reply(&self, layer: Layer, stateful: bool) -> bool {
        stateful && self.pass == Pass::Reply && self.saw(layer)
    }

    /// What a host forwards is one layer, whichever interfaces it came and went by.
    pub(super) fn saw(&self, layer: Layer) -> bool {
        let host = |layer: &Layer| {
            let Layer::HostForwarding(m, _) = layer else { return None };
            self.network.instance_of(*m)
        };
        let same_host = |other: &Layer| host(&layer).is_some() && host(other) == host(&layer);
        self.memory.saw.iter().any(|other| *other == layer || same_host(other))
    }

    pub(super) fn judged(&mut self, checkpoint: Checkpoint, passes: bool) -> Result<(), Lost> {
        if !passes {
            return Err(Lost::Filter(checkpoint));
        }
        if self.pass == Pass::Request {
            self.memory.saw.push(checkpoint.layer);
        }
        Ok(())
    }

    /// Whether a rule matches: of a filter in a VPC and of one direction, where it may refer to groups.
    pub(super) fn matches(&self, here: Here, rule: &PacketMatch, header: Header) -> bool {
        let family = rule.family.is_none_or(|family| family == header.family());
        let protocol = rule.protocol.is_none_or(|protocol| protocol == header.transport.protocol());
        let source = self.names(here, rule.source, header.source)
            || self.stands_for_sender(here, rule.source);
        let destination = self.names(here, rule.destination, header.destination);
        let ports = header.transport.ports();
        let source_port = port_matches(&rule.source_ports, ports.map(|ports| ports.source));
        let destination_port =
            port_matches(&rule.destination_ports, ports.map(|ports| ports.destination));
        let icmp = rule.icmp.is_none_or(|wanted| {
            header.transport.icmp().is_some_and(|icmp| {
                wanted.kind.is_none_or(|kind| kind == icmp.kind)
                    && wanted.code.is_none_or(|code| code == icmp.code)
            })
        });
        family
            && protocol
            && source
            && destination
            && source_port
            && destination_port
            && icmp
            && rule.unresolved.is_none_or(|fact| self.is_true(fact))
    }

    /// §7: a reference to a group of the load balancer that sent the packet on, as a source at ingress.
    fn stands_for_sender(&self, here: Here, source: AddressMatch) -> bool {
        let (Some((_, Direction::Ingress)), AddressMatch::SecurityGroup(group), Some(m)) =
            (here, source, self.mark.sent_on_by)
        else {
            return false;
        };
        self.network.interfaces[m].security_groups.contains(&group)
    }

    fn names(&self, here: Here, what: AddressMatch, address: IpAddr) -> bool {
        match what {
            AddressMatch::Any => true,
            AddressMatch::Range(range) => range.contains(address),
            AddressMatch::AddressGroup(group) => {
                let entries = &self.network.address_groups[group].entries;
                entries.iter().any(|entry| entry.range.contains(address))
            }
            AddressMatch::SecurityGroup(group) => {
                here.is_some_and(|here| self.members(here, group).contains(&address))
            }
        }
    }

    /// The addresses that a reference to a group stands for, in a filter of a VPC.
    fn members(&self, (vpc, direction): (VpcId, Direction), group: SecurityGroupId) -> Vec<IpAddr> {
        let profile = &self.network.vpcs[vpc].profile.security_group;
        let mut addresses = Vec::new();
        if self.mark.forwarded && !profile.reference_when_forwarded {
            return addresses;
        }
        for (i, interface) in self.network.interfaces.iter() {
            let theirs = self.network.vpc_of(i);
            let within_reach = counts(self.network, vpc, theirs)
                || direction == Direction::Ingress && by_transit(self.network, vpc, theirs);
            if !interface.security_groups.contains(&group)
                || profile.reference_needs_peering && !within_reach
            {
                continue;
            }
            addresses.extend(&interface.addresses);
            if profile.group_reference == GroupReference::AllAddresses {
                addresses.extend(public_addresses_of(self.network, i));
            }
        }
        addresses
    }
}

/// Whether members in `theirs` count for a filter in `own`: it is the same VPC, or there is an active
/// peering between the two, and their regions, if both are known, are equal.
fn counts(network: &Network, own: VpcId, theirs: VpcId) -> bool {
    let peered = network.peerings.iter().any(|(_, peering)| {
        peering.status == PeeringStatus::Active && peering.other_side(own) == Some(theirs)
    });
    let regions = (&network.vpcs[own].meta.region, &network.vpcs[theirs].meta.region);
    let one_region = match regions {
        (Some(here), Some(there)) => here == there,
        (None, _) | (_, None) => true,
    };
    own == theirs || peered && one_region
}

/// Whether both are attached to one transit gateway, and it and both attachments carry references.
fn by_transit(network: &Network, own: VpcId, theirs: VpcId) -> bool {
    network.transit_gateways.iter().any(|(t, gateway)| {
        let carries = |wanted: VpcId| {
            network.transit_attachments.iter().any(|(_, attachment)| {
                attachment.gateway == t
                    && matches!(attachment.to,
                        AttachedTo::Vpc { vpc, group_references: true, .. } if vpc == wanted)
            })
        };
        gateway.group_references && carries(own) && carries(theirs)
    })
}

fn public_addresses_of(network: &Network, i: InterfaceId) -> Vec<IpAddr> {
    let stands_for = |target: Option<PublicAddressTarget>| match target {
        Some(PublicAddressTarget::Interface { interface, address }) => {
            interface == i && network.interfaces[i].addresses.contains(&address)
        }
        Some(
            PublicAddressTarget::NatGateway(_)
            | PublicAddressTarget::VirtualAddress(_)
            | PublicAddressTarget::Unresolved(_),
        )
        | None => false,
    };
    let all = network.public_addresses.iter();
    all.filter(|(_, public)| stands_for(public.target)).map(|(_, public)| public.address).collect()
}

/// A set other than "every port" matches only packets that have ports.
fn port_matches(wanted: &PortSet, port: Option<u16>) -> bool {
    *wanted == PortSet::all() || port.is_some_and(|port| wanted.contains(port))
}

/// The last paragraph of §8.
fn is_exempt(exemptions: &[Exemption], header: Header) -> bool {
    let ports = header.transport.ports();
    let towards = ports.map(|ports| ports.destination);
    let back = ports.map(|ports| ports.source);
    let named = |exemption: &Exemption, address: IpAddr, port: Option<u16>| {
        let service = exemption.service.is_none_or(|(protocol, number)| {
            header.transport.protocol() == protocol && port == Some(number)
        });
        exemption.prefix.contains(&address) && service
    };
    exemptions.iter().any(|exemption| {
        named(exemption, header.destination, towards) || named(exemption, header.source, back)
    })
}
