//! A network in a few readable lines, for reports of disagreements.

use std::fmt::{self, Write as _};

use canreach_model::{
    AddressMatch, InterfaceOwner, Network, PacketMatch, Profile, PublicAddressTarget, RouteTarget,
    Rule, RuleSet, Setting,
};
use canreach_net::{PortSet, Protocol};

/// Returns a network in a few readable lines.
///
/// Objects go by the kind and position that [`canreach_model::Id`] prints, so that a trace and this
/// text name them alike.
#[must_use]
pub fn show(network: &Network) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write(&mut text, network);
    text
}

fn write(out: &mut String, network: &Network) -> fmt::Result {
    for (id, fact) in network.facts.iter() {
        writeln!(out, "{id:?} {:?}: {}", fact.polarity, fact.statement)?;
    }
    for (id, vpc) in network.vpcs.iter() {
        let region = vpc.meta.region.as_deref().unwrap_or("?");
        writeln!(
            out,
            "{id:?} {} default {:?} region {region}",
            list(&vpc.cidrs),
            vpc.default_route_table
        )?;
        write_profile(out, &vpc.profile)?;
    }
    for (id, subnet) in network.subnets.iter() {
        let (vpc, table, acl) = (subnet.vpc, subnet.route_table, subnet.network_acl);
        writeln!(out, "{id:?} of {vpc:?} {} by {table:?} acl {acl:?}", list(&subnet.cidrs))?;
    }
    for (id, interface) in network.interfaces.iter() {
        let addresses = list(&interface.addresses);
        write!(
            out,
            "{id:?} in {:?} {addresses} {:?}",
            interface.subnet, interface.security_groups
        )?;
        if !interface.filtered {
            write!(out, " unfiltered")?;
        }
        if interface.internet_gateway_denied {
            write!(out, " internet-gateway-denied")?;
        }
        match interface.owner {
            InterfaceOwner::Instance(instance) => {
                writeln!(out, " {instance:?}")?;
            }
            owner @ (InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached) => {
                writeln!(out, " {owner:?}")?;
            }
        }
    }
    for (id, instance) in network.instances.iter() {
        let Some(services) = &instance.services else { continue };
        let services: Vec<String> = services
            .iter()
            .map(|service| {
                format!("{} {} on {:?}", service.protocol, service.ports, service.listen)
            })
            .collect();
        writeln!(out, "{id:?} listens: [{}]", services.join(", "))?;
    }
    write_routing(out, network)?;
    write_filters(out, network)
}

fn write_profile(out: &mut String, profile: &Profile) -> fmt::Result {
    let (groups, acls) = (&profile.security_group, &profile.network_acl);
    let (routing, peering) = (&profile.routing, &profile.peering);
    writeln!(
        out,
        "  {}; groups: {:?} priority {} stateful {} {:?} needs-peering {} exempt {:?}",
        profile.name,
        groups.combine,
        setting(groups.default_priority),
        groups.stateful,
        groups.group_reference,
        groups.reference_needs_peering,
        groups.exempt,
    )?;
    writeln!(
        out,
        "  acls: stateful {} inside-subnet {} exempt {:?}; nat: protocols {:?} ports {}",
        acls.stateful,
        acls.filters_inside_subnet,
        acls.exempt,
        profile.translation.protocols,
        profile.translation.ports,
    )?;
    writeln!(
        out,
        "  routing: {:?} local-beats-custom {} entry {:?} public-beats-default {} internet {:?}",
        routing.local_routes,
        routing.local_beats_custom,
        routing.entry,
        routing.public_address_beats_default_route,
        routing.internet,
    )?;
    writeln!(
        out,
        "  peering to: peering {}, internet gateway {}, nat gateway {}",
        setting(peering.to_peering),
        peering.to_internet_gateway,
        peering.to_nat_gateway,
    )
}

fn write_routing(out: &mut String, network: &Network) -> fmt::Result {
    for (id, table) in network.route_tables.iter() {
        writeln!(out, "{id:?} of {:?}", table.vpc)?;
        for route in &table.routes {
            match route.target {
                RouteTarget::InternetGateway(gateway) => {
                    writeln!(out, "  {} -> {gateway:?}", route.destination)?;
                }
                RouteTarget::NatGateway(gateway) => {
                    writeln!(out, "  {} -> {gateway:?}", route.destination)?;
                }
                RouteTarget::Peering(peering) => {
                    writeln!(out, "  {} -> {peering:?}", route.destination)?;
                }
                target @ (RouteTarget::Local
                | RouteTarget::Blackhole
                | RouteTarget::TransitGateway(_)
                | RouteTarget::Connection(_)
                | RouteTarget::Interface(_)
                | RouteTarget::VirtualAddress(_)
                | RouteTarget::GatewayEndpoint(_)
                | RouteTarget::Unresolved(_)) => {
                    writeln!(out, "  {} -> {target:?}", route.destination)?;
                }
            }
        }
    }
    for (id, peering) in network.peerings.iter() {
        writeln!(
            out,
            "{id:?} {:?} to {:?} {:?}",
            peering.requester, peering.accepter, peering.status
        )?;
    }
    for (id, gateway) in network.internet_gateways.iter() {
        let egress_only = if gateway.egress_only { " egress-only" } else { "" };
        writeln!(out, "{id:?} of {:?}{egress_only} table {:?}", gateway.vpc, gateway.route_table)?;
    }
    for (id, public) in network.public_addresses.iter() {
        write!(out, "{id:?} {} for ", public.address)?;
        match public.target {
            None => writeln!(out, "nothing")?,
            Some(PublicAddressTarget::NatGateway(gateway)) => writeln!(out, "{gateway:?}")?,
            Some(PublicAddressTarget::VirtualAddress(id)) => writeln!(out, "{id:?}")?,
            Some(PublicAddressTarget::Unresolved(fact)) => writeln!(out, "{fact:?}")?,
            Some(PublicAddressTarget::Interface { interface, address }) => {
                writeln!(out, "{interface:?} {address}")?;
            }
        }
    }
    for (id, gateway) in network.nat_gateways.iter() {
        writeln!(out, "{id:?} of {:?} at {:?}", gateway.vpc, gateway.placement)?;
        for rule in &gateway.source_translations {
            writeln!(out, "  source {:?} becomes {}", rule.source, list(&rule.addresses))?;
        }
        for rule in &gateway.destination_translations {
            let protocol =
                rule.protocol.map_or_else(|| String::from("any"), |protocol| protocol.to_string());
            let (public, private) = (rule.public_address, rule.private_address);
            let (ports, first) = (rule.public_ports, rule.private_port);
            writeln!(out, "  destination {public} {protocol} {ports} becomes {private} {first}+")?;
        }
    }
    Ok(())
}

fn write_filters(out: &mut String, network: &Network) -> fmt::Result {
    for (id, group) in network.address_groups.iter() {
        let entries: Vec<_> = group.entries.iter().map(|entry| entry.range).collect();
        writeln!(out, "{id:?} {}", list(&entries))?;
    }
    for (id, group) in network.security_groups.iter() {
        writeln!(out, "{id:?}")?;
        write_rules(out, &group.rules)?;
    }
    for (id, acl) in network.network_acls.iter() {
        writeln!(out, "{id:?}")?;
        write_rules(out, &acl.rules)?;
    }
    Ok(())
}

fn write_rules(out: &mut String, rules: &RuleSet) -> fmt::Result {
    for (name, rules) in [("in ", &rules.ingress), ("out", &rules.egress)] {
        for rule in rules {
            writeln!(out, "  {name} {}", show_rule(rule))?;
        }
    }
    Ok(())
}

fn show_rule(rule: &Rule) -> String {
    let PacketMatch {
        family,
        protocol,
        source,
        destination,
        source_ports,
        destination_ports,
        icmp,
        unresolved,
    } = &rule.matches;
    let mut parts = vec![rule.action.to_string()];
    parts.extend(rule.priority.map(|priority| format!("priority {priority}")));
    parts.extend(family.map(|family| family.to_string()));
    parts.extend(protocol.map(|Protocol(number)| Protocol(number).to_string()));
    parts.extend((*source != AddressMatch::Any).then(|| format!("from {}", side(*source))));
    parts.extend((!source_ports.is_all()).then(|| format!("from port {}", ports(source_ports))));
    parts.extend((*destination != AddressMatch::Any).then(|| format!("to {}", side(*destination))));
    parts.extend(
        (!destination_ports.is_all()).then(|| format!("to port {}", ports(destination_ports))),
    );
    parts.extend(icmp.map(|icmp| format!("type {:?} code {:?}", icmp.kind, icmp.code)));
    parts.extend(unresolved.map(|fact| format!("if {fact:?}")));
    parts.join(" ")
}

fn side(what: AddressMatch) -> String {
    match what {
        AddressMatch::Any => String::from("any"),
        AddressMatch::Range(range) => range.to_string(),
        AddressMatch::SecurityGroup(group) => format!("{group:?}"),
        AddressMatch::AddressGroup(group) => format!("{group:?}"),
    }
}

fn ports(set: &PortSet) -> String {
    let ranges: Vec<String> = set.ranges().map(|(first, last)| format!("{first}-{last}")).collect();
    ranges.join(",")
}

fn setting<T: fmt::Debug>(setting: Setting<T>) -> String {
    match setting {
        Setting::Decided(value) => format!("{value:?}"),
        Setting::Disputed { fact, if_true, if_false } => {
            format!("({fact:?} ? {if_true:?} : {if_false:?})")
        }
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
