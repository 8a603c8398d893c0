//! From addresses and blocks to those who have them.

use std::{collections::BTreeSet, net::IpAddr};

use canreach_model::{
    AddressMatch, AttachedTo, Endpoint, InterfaceId, InterfaceOwner, NatGatewayId, Network,
    PublicAddress, PublicAddressTarget, RemoteNetworkId, RouteTarget, Rule, TransitTarget, VpcId,
};
use canreach_net::{AddressRange, AddressSet, Family, IpNet, is_public_unicast};

use super::{
    End, ResolveError, Role, Selection,
    ends::{interface_end, selectable, virtual_end},
    names::{self, Kind, Object},
};

/// Returns the ends for exactly this address.
///
/// # Errors
/// Fails when several interfaces have it, or when the input knows nothing of it.
pub(super) fn pinned(
    network: &Network,
    address: IpAddr,
    role: Role,
) -> Result<Selection, ResolveError> {
    let owners = owners(network, address);
    match owners.as_slice() {
        [] => {}
        [owner] => {
            let end = interface_end(network, *owner, address.into(), role);
            return Ok(Selection::of(vec![end]));
        }
        several => return Err(several_owners(network, address, several)),
    }
    if let Some(selection) = public(network, address, role)? {
        return Ok(selection);
    }
    if let Some(end) = held(network, address).or_else(|| on_premises(network, address.into())) {
        return match (end.endpoint, role) {
            (Endpoint::VirtualAddress(_), Role::Source) => {
                Err(ResolveError::SharedSource { address, label: end.label })
            }
            _ => Ok(Selection::of(vec![end])),
        };
    }
    if role == Role::Destination
        && (in_own_block(network, address) || leads_beyond(network, address))
    {
        return Ok(Selection::of(vec![nobody(address)]));
    }
    if mentioned(network, address.into()) {
        return Ok(Selection::unowned(address.to_string()));
    }
    if is_public_unicast(address) {
        let label = address.to_string();
        let end = End { label, endpoint: Endpoint::Internet, addresses: address.into() };
        return Ok(Selection::of(vec![end]));
    }
    Err(ResolveError::OutsideEveryBlock { address, blocks: some_blocks(network, address) })
}

/// Returns the end for the owner of an address in one VPC, written `vpc/address`.
///
/// # Errors
/// Fails when there is no such VPC, or nobody in it has the address.
pub(super) fn in_vpc(
    network: &Network,
    vpc: &str,
    address: IpAddr,
    role: Role,
) -> Result<Selection, ResolveError> {
    let vpcs = names::find(network, Some(Kind::Vpc), vpc);
    if vpcs.is_empty() {
        let nearest = names::nearest(network, Some(Kind::Vpc), vpc);
        let kind = Kind::Vpc.name();
        return Err(ResolveError::NoneOfKind { kind, text: vpc.to_owned(), nearest });
    }
    let inside = |id: &InterfaceId| vpcs.contains(&Object::Vpc(network.vpc_of(*id)));
    let all = owners(network, address);
    let here: Vec<InterfaceId> = all.iter().copied().filter(inside).collect();
    match here.as_slice() {
        [owner] => Ok(Selection::of(vec![interface_end(network, *owner, address.into(), role)])),
        [] => match public(network, address, role)? {
            Some(selection) if selection.ends.iter().all(|end| is_in(network, end, &vpcs)) => {
                Ok(selection)
            }
            _ => Err(ResolveError::NotInVpc {
                vpc: vpc.to_owned(),
                address,
                nearest: all.iter().map(|owner| spelled_out(network, *owner, address)).collect(),
            }),
        },
        several => Err(several_owners(network, address, several)),
    }
}

fn is_in(network: &Network, end: &End, vpcs: &[Object]) -> bool {
    match end.endpoint {
        Endpoint::Interface(id) => vpcs.contains(&Object::Vpc(network.vpc_of(id))),
        Endpoint::LoadBalancer(id) => network.interfaces.iter().any(|(interface, it)| {
            it.owner == InterfaceOwner::LoadBalancer(id)
                && vpcs.contains(&Object::Vpc(network.vpc_of(interface)))
        }),
        Endpoint::VirtualAddress(id) => {
            let subnet = network.virtual_addresses[id].subnet;
            vpcs.contains(&Object::Vpc(network.subnets[subnet].vpc))
        }
        // It stands for an interface of no other VPC.
        Endpoint::Nobody => true,
        Endpoint::Remote(_) | Endpoint::Internet => false,
    }
}

/// Returns the ends for a block: every interface with an address in it, and what of it lies on the
/// Internet.
///
/// # Errors
/// Fails when it is malformed, or stands for nothing.
pub(super) fn block(network: &Network, text: &str, role: Role) -> Result<Selection, ResolveError> {
    let range: AddressRange = text.parse()?;
    let wanted = AddressSet::from(range);
    let mut ends = Vec::new();
    for (id, interface) in network.interfaces.iter() {
        if !selectable(interface) {
            continue;
        }
        let own: AddressSet = interface.addresses.iter().copied().collect();
        let public = public_of(network, id).filter(|(public, _)| wanted.contains(*public));
        let public: AddressSet = public.map(|pair| asked_for(pair, role)).collect();
        let addresses = own.intersection(&wanted).union(&public);
        if !addresses.is_empty() {
            ends.push(interface_end(network, id, addresses, role));
        }
    }
    if role == Role::Destination {
        let held = network.virtual_addresses.ids().map(|id| virtual_end(network, id));
        ends.extend(held.filter_map(|end| within(end, &wanted)));
    }
    let remote = network.remote_networks.ids().map(|id| remote_end(network, id));
    ends.extend(remote.filter_map(|end| within(end, &wanted)));
    let addresses = wanted.intersection(&outside(network));
    if !addresses.is_empty() {
        ends.push(End { label: text.to_owned(), endpoint: Endpoint::Internet, addresses });
    }
    if !ends.is_empty() {
        return Ok(Selection::of(ends));
    }
    // A subnet without machines is no way out of the input; a site behind a route is.
    if routed_away(network, range) {
        return Ok(Selection::unowned(text));
    }
    Err(ResolveError::EmptyBlock { block: text.to_owned() })
}

/// Returns an end with those of its addresses that lie in a set.
fn within(end: End, wanted: &AddressSet) -> Option<End> {
    let addresses = end.addresses.intersection(wanted);
    (!addresses.is_empty()).then_some(End { addresses, ..end })
}

/// Returns the end for a virtual address that is the address, or that it stands for.
fn held(network: &Network, address: IpAddr) -> Option<End> {
    let mut ends = network.virtual_addresses.ids().map(|id| virtual_end(network, id));
    ends.find_map(|end| within(end, &address.into()))
}

/// Returns the end for the network on premises that has all of a range.
fn on_premises(network: &Network, range: AddressRange) -> Option<End> {
    let wanted = AddressSet::from(range);
    let ends = network.remote_networks.ids().map(|id| remote_end(network, id));
    let mut having = ends.filter(|end| wanted.is_subset(&end.addresses));
    having.next().and_then(|end| within(end, &wanted))
}

fn remote_end(network: &Network, id: RemoteNetworkId) -> End {
    let remote = &network.remote_networks[id];
    End {
        label: remote.meta.label().to_owned(),
        endpoint: Endpoint::Remote(id),
        addresses: remote.cidrs.iter().copied().collect(),
    }
}

/// Returns the addresses of machines on the Internet: public space without the network's own public
/// addresses and IPv6 blocks.
pub(super) fn outside(network: &Network) -> AddressSet {
    let blocks = network.vpcs.iter().flat_map(|(_, vpc)| &vpc.cidrs);
    let v6: AddressSet =
        blocks.filter(|block| Family::of(block.addr()) == Family::V6).copied().collect();
    AddressSet::public_unicast().difference(&v6).difference(&own_public(network))
}

/// Returns the network's own public addresses, those of NAT gateways included.
fn own_public(network: &Network) -> AddressSet {
    let listed = network.public_addresses.iter().map(|(_, it)| it.address);
    let translated = network.nat_gateways.ids().flat_map(|id| translated_by(network, id));
    listed.chain(translated).collect()
}

fn translated_by(network: &Network, gateway: NatGatewayId) -> impl Iterator<Item = IpAddr> + '_ {
    let gateway = &network.nat_gateways[gateway];
    let sources = gateway.source_translations.iter().flat_map(|it| it.addresses.iter().copied());
    sources.chain(gateway.destination_translations.iter().map(|it| it.public_address))
}

/// Returns the public addresses that stand for an interface one to one, each with the private one
/// behind it.
pub(super) fn public_of(
    network: &Network,
    id: InterfaceId,
) -> impl Iterator<Item = (IpAddr, IpAddr)> + '_ {
    network.public_addresses.iter().filter_map(move |(_, public)| match public.target? {
        PublicAddressTarget::Interface { interface, address } => {
            (interface == id).then_some((public.address, address))
        }
        PublicAddressTarget::VirtualAddress(_)
        | PublicAddressTarget::NatGateway(_)
        | PublicAddressTarget::Unresolved(_) => None,
    })
}

/// Returns the address of the packet: a sender sends from the private address, a receiver is
/// reached at the public one.
fn asked_for((public, private): (IpAddr, IpAddr), role: Role) -> IpAddr {
    match role {
        Role::Source => private,
        Role::Destination => public,
    }
}

fn owners(network: &Network, address: IpAddr) -> Vec<InterfaceId> {
    let has = network.interfaces.iter().filter(|(_, it)| it.addresses.contains(&address));
    has.map(|(id, _)| id).collect()
}

fn several_owners(network: &Network, address: IpAddr, owners: &[InterfaceId]) -> ResolveError {
    let owners = owners.iter().map(|owner| spelled_out(network, *owner, address)).collect();
    ResolveError::SeveralOwners { address, owners }
}

fn spelled_out(network: &Network, owner: InterfaceId, address: IpAddr) -> String {
    let vpc: VpcId = network.vpc_of(owner);
    format!("{}/{address}", network.vpcs[vpc].meta.label())
}

/// Returns the ends behind a public address of the network, or `None` where it is not one.
fn public(
    network: &Network,
    address: IpAddr,
    role: Role,
) -> Result<Option<Selection>, ResolveError> {
    let listed: Vec<_> = network
        .public_addresses
        .iter()
        .map(|(_, it)| it)
        .filter(|it| it.address == address)
        .collect();
    let pairs = listed.iter().filter_map(|it| match it.target? {
        PublicAddressTarget::Interface { interface, address: private } => {
            Some((interface, asked_for((address, private), role)))
        }
        PublicAddressTarget::VirtualAddress(_)
        | PublicAddressTarget::NatGateway(_)
        | PublicAddressTarget::Unresolved(_) => None,
    });
    let end =
        |(interface, packet): (_, IpAddr)| interface_end(network, interface, packet.into(), role);
    let ends: Vec<End> = pairs.map(end).collect();
    if !ends.is_empty() {
        return Ok(Some(Selection::of(ends)));
    }
    if let Some(gateway) = gateway_with(network, address) {
        return translated(network, gateway, address, role).map(Some);
    }
    Ok(listed.iter().find_map(|it| of_no_one(it, role)))
}

/// Returns the end at a public address that stands for nothing, or of which the input does not say
/// whose it is: the engines decide what becomes of packets for it. What it sends is undecided.
fn of_no_one(public: &PublicAddress, role: Role) -> Option<Selection> {
    let address = public.address;
    let end = match public.target {
        None => nobody(address),
        Some(PublicAddressTarget::Unresolved(_)) => {
            End { endpoint: Endpoint::Internet, ..nobody(address) }
        }
        Some(
            PublicAddressTarget::Interface { .. }
            | PublicAddressTarget::VirtualAddress(_)
            | PublicAddressTarget::NatGateway(_),
        ) => return None,
    };
    Some(match role {
        Role::Source => Selection::unowned(address.to_string()),
        Role::Destination => Selection::of(vec![end]),
    })
}

/// Returns the end at an address that nobody has.
fn nobody(address: IpAddr) -> End {
    let label = address.to_string();
    End { label, endpoint: Endpoint::Nobody, addresses: address.into() }
}

fn gateway_with(network: &Network, address: IpAddr) -> Option<NatGatewayId> {
    let listed = network.public_addresses.iter().find_map(|(_, it)| match it.target? {
        PublicAddressTarget::NatGateway(gateway) => (it.address == address).then_some(gateway),
        PublicAddressTarget::Interface { .. }
        | PublicAddressTarget::VirtualAddress(_)
        | PublicAddressTarget::Unresolved(_) => None,
    });
    let mut gateways = network.nat_gateways.ids();
    listed.or_else(|| gateways.find(|id| translated_by(network, *id).any(|it| it == address)))
}

/// Returns the interfaces to which a NAT gateway forwards what arrives for the address.
fn translated(
    network: &Network,
    gateway: NatGatewayId,
    address: IpAddr,
    role: Role,
) -> Result<Selection, ResolveError> {
    let gateway = &network.nat_gateways[gateway];
    if role == Role::Source {
        let gateway = gateway.meta.label().to_owned();
        return Err(ResolveError::TranslatedSource { address, gateway });
    }
    let rules = gateway.destination_translations.iter().filter(|it| it.public_address == address);
    let private: BTreeSet<IpAddr> = rules.map(|it| it.private_address).collect();
    let behind = network.interfaces.iter().filter(|(id, it)| {
        network.vpc_of(*id) == gateway.vpc && it.addresses.iter().any(|own| private.contains(own))
    });
    let ends: Vec<End> =
        behind.map(|(id, _)| interface_end(network, id, address.into(), role)).collect();
    if ends.is_empty() {
        return Ok(Selection::unowned(address.to_string()));
    }
    Ok(Selection::of(ends))
}

/// Whether an address lies in a block of a VPC or subnet.
fn in_own_block(network: &Network, address: IpAddr) -> bool {
    let vpcs = network.vpcs.iter().flat_map(|(_, vpc)| &vpc.cidrs);
    let subnets = network.subnets.iter().flat_map(|(_, subnet)| &subnet.cidrs);
    vpcs.chain(subnets).any(|block| block.contains(&address))
}

/// Whether the input speaks of an address that nobody has: it lies in a VPC's or subnet's block or
/// behind a route, or, where the Internet does not route it, a rule names exactly it.
fn mentioned(network: &Network, address: AddressRange) -> bool {
    if in_own_block(network, address.first()) {
        return true;
    }
    // Rules name public addresses because they are somebody else's machines on the Internet.
    !is_public_unicast(address.first())
        && (routed_away(network, address) || named_in_a_rule(network, address))
}

/// Whether a route that is for the address, other than a default route, leads to what is not modelled:
/// then the facts of these routes decide, and the answer names them.
fn leads_beyond(network: &Network, address: IpAddr) -> bool {
    let holds = |block: &IpNet| block.prefix_len() > 0 && block.contains(&address);
    let routes = network.route_tables.iter().flat_map(|(_, table)| &table.routes);
    let mut beyond = routes
        .filter(|route| matches!(route.target, RouteTarget::Unresolved(_)))
        .map(|route| route.destination);
    let unmodelled = |target: TransitTarget| match target {
        TransitTarget::Unresolved(_) => true,
        TransitTarget::Blackhole => false,
        TransitTarget::Attachment(to) => {
            matches!(network.transit_attachments[to].to, AttachedTo::Unmodelled(_))
        }
    };
    let transit = network.transit_route_tables.iter().flat_map(|(_, table)| &table.routes);
    let mut through = transit.filter(|route| unmodelled(route.target)).map(|it| it.destination);
    beyond.any(|block| holds(&block)) || through.any(|block| holds(&block))
}

/// Whether a route other than a default route leads to the addresses, out of the VPC.
fn routed_away(network: &Network, range: AddressRange) -> bool {
    let routes = network.route_tables.iter().flat_map(|(_, table)| &table.routes);
    let mut away = routes.filter(|route| {
        route.destination.prefix_len() > 0
            && !matches!(route.target, RouteTarget::Local | RouteTarget::Blackhole)
    });
    away.any(|route| {
        let destination = AddressRange::from(route.destination);
        destination.contains(range.first()) || range.contains(destination.first())
    })
}

fn named_in_a_rule(network: &Network, address: AddressRange) -> bool {
    let groups = network.security_groups.iter().map(|(_, group)| &group.rules);
    let acls = network.network_acls.iter().map(|(_, acl)| &acl.rules);
    let mut rules = groups.chain(acls).flat_map(|set| set.ingress.iter().chain(&set.egress));
    let entries = network.address_groups.iter().flat_map(|(_, group)| &group.entries);
    let names = |side: AddressMatch| side == AddressMatch::Range(address);
    let by_rule = |rule: &Rule| names(rule.matches.source) || names(rule.matches.destination);
    rules.any(by_rule) || entries.into_iter().any(|entry| entry.range == address)
}

/// Returns some of the blocks of the VPCs, for a hint.
fn some_blocks(network: &Network, address: IpAddr) -> Vec<String> {
    const SHOWN: usize = 5;
    let family = Family::of(address);
    let blocks: BTreeSet<IpNet> = network
        .vpcs
        .iter()
        .flat_map(|(_, vpc)| vpc.cidrs.iter().copied())
        .filter(|block| Family::of(block.addr()) == family)
        .collect();
    let more = blocks.len().saturating_sub(SHOWN);
    let shown = blocks.iter().take(SHOWN).map(ToString::to_string);
    shown.chain((more > 0).then(|| format!("and {more} more"))).collect()
}
