//! What filters can tell of an address: its cell, and the security groups of who has it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{
    AddressMatch, AttachedTo, Direction, GroupReference, InterfaceId, Network, PacketMatch,
    PeeringStatus, PublicAddressTarget, SecurityGroupId, VpcId,
};
use canreach_net::{AddressRange, AddressSet};
use rustc_hash::FxHashMap;

use crate::{
    cells::{Cell, Cells},
    mentions::{self, Mentions},
};

/// The number of a look; addresses with equal numbers look alike to every filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LookId(u32);

/// Interfaces that have an address, each by its VPC and those of its groups that rules refer to.
type Holders = Vec<(VpcId, Vec<SecurityGroupId>)>;

/// How an address looks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Look {
    cell: Cell,
    /// Who has it as an address of its own.
    own: Holders,
    /// For whose address it stands one to one.
    public: Holders,
}

/// How the addresses of a network look.
#[derive(Debug)]
pub(crate) struct Looks {
    cells: Cells,
    of: FxHashMap<IpAddr, LookId>,
    /// The same, in order.
    held: Vec<(IpAddr, LookId)>,
    /// Each with one address that looks like it.
    all: Vec<(Look, IpAddr)>,
    /// The looks of addresses that nobody has, by their cell.
    bare: FxHashMap<Cell, LookId>,
    reach: Reach,
}

impl Looks {
    /// Returns how addresses look to every filter of a network.
    pub(crate) fn of(network: &Network) -> Self {
        let vpcs = network.vpcs.ids().collect();
        let (ranges, groups) = (mentions::of_filters(network), referred_groups(network));
        Self::to(network, Mentions { ranges, groups, vpcs })
    }

    /// Returns how addresses look to the filters that speak of this.
    pub(crate) fn to(network: &Network, mentions: Mentions) -> Self {
        let cells = Cells::along(mentions.ranges);
        let referred = mentions.groups;
        let reach = Reach::of(network, &mentions.vpcs);
        let mut looks = Self {
            cells,
            of: FxHashMap::default(),
            held: Vec::new(),
            all: Vec::new(),
            bare: FxHashMap::default(),
            reach,
        };
        let mut numbers: BTreeMap<Look, LookId> = BTreeMap::new();
        for (address, (own, public)) in holders(network, &referred) {
            let look = Look { cell: looks.cells.of(address), own, public };
            let next = LookId(u32::try_from(looks.all.len()).unwrap_or(u32::MAX));
            let id = *numbers.entry(look.clone()).or_insert_with(|| {
                looks.all.push((look, address));
                next
            });
            looks.of.insert(address, id);
            looks.held.push((address, id));
        }
        for (cell, part) in looks.cells.divide(&AddressSet::all()) {
            let Some(address) = part.first() else { continue };
            let next = LookId(u32::try_from(looks.all.len()).unwrap_or(u32::MAX));
            looks.all.push((Look { cell, own: Vec::new(), public: Vec::new() }, address));
            looks.bare.insert(cell, next);
        }
        looks
    }

    /// Returns how an address looks.
    pub(crate) fn look(&self, address: IpAddr) -> LookId {
        let bare = || self.bare.get(&self.cells.of(address)).copied();
        self.of.get(&address).copied().or_else(bare).unwrap_or(LookId(u32::MAX))
    }

    /// Divides a set of addresses into those that look alike.
    pub(crate) fn divide(&self, addresses: &AddressSet) -> Vec<AddressSet> {
        let mut held: BTreeMap<LookId, Vec<AddressRange>> = BTreeMap::new();
        for (address, look) in self.held.iter().filter(|it| addresses.contains(it.0)) {
            held.entry(*look).or_default().push((*address).into());
        }
        let held: Vec<AddressSet> =
            held.into_values().map(|ranges| ranges.into_iter().collect()).collect();
        let rest = held.iter().fold(addresses.clone(), |rest, part| rest.difference(part));
        held.into_iter().chain(self.cells.divide(&rest).into_iter().map(|it| it.1)).collect()
    }

    /// Returns the cells along which filters cut address space.
    pub(crate) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Returns the cell of a look.
    pub(crate) fn cell(&self, look: LookId) -> Cell {
        self.at(look)
            .map_or_else(|| self.cells.of(IpAddr::from([0, 0, 0, 0])), |(look, _)| look.cell)
    }

    /// Returns an address that looks like this.
    pub(crate) fn example(&self, look: LookId) -> IpAddr {
        self.at(look).map_or(IpAddr::from([0, 0, 0, 0]), |(_, address)| *address)
    }

    fn at(&self, look: LookId) -> Option<&(Look, IpAddr)> {
        self.all.get(usize::try_from(look.0).unwrap_or(usize::MAX))
    }

    /// Returns the groups that references of a filter in a VPC find at an address (§7), in order.
    pub(crate) fn groups(
        &self,
        network: &Network,
        look: LookId,
        vpc: VpcId,
        direction: Direction,
    ) -> Vec<SecurityGroupId> {
        let Some((look, _)) = self.at(look) else { return Vec::new() };
        let profile = &network.vpcs[vpc].profile.security_group;
        let public = match profile.group_reference {
            GroupReference::PrivateAddresses => [].as_slice(),
            GroupReference::AllAddresses => look.public.as_slice(),
        };
        let counts =
            |of: VpcId| !profile.reference_needs_peering || self.reach.counts(vpc, of, direction);
        let holders = look.own.iter().chain(public).filter(|(of, _)| counts(*of));
        let groups: BTreeSet<SecurityGroupId> =
            holders.flat_map(|(_, groups)| groups.iter().copied()).collect();
        groups.into_iter().collect()
    }
}

/// Returns who has each address, as its own and as a public one.
fn holders(
    network: &Network,
    referred: &BTreeSet<SecurityGroupId>,
) -> BTreeMap<IpAddr, (Holders, Holders)> {
    // Nobody can tell interfaces apart by groups that no rule refers to.
    let is_shown = |id: InterfaceId| {
        network.interfaces[id].security_groups.iter().any(|it| referred.contains(it))
    };
    let shown = |id| {
        let interface = &network.interfaces[id];
        let groups = interface.security_groups.iter().copied().filter(|it| referred.contains(it));
        let groups: BTreeSet<SecurityGroupId> = groups.collect();
        (network.vpc_of(id), groups.into_iter().collect::<Vec<_>>())
    };
    let mut holders: BTreeMap<IpAddr, (Holders, Holders)> = BTreeMap::new();
    for (id, interface) in network.interfaces.iter().filter(|(id, _)| is_shown(*id)) {
        for address in &interface.addresses {
            holders.entry(*address).or_default().0.push(shown(id));
        }
    }
    for (_, public) in network.public_addresses.iter() {
        let Some(PublicAddressTarget::Interface { interface, address }) = public.target else {
            continue;
        };
        if is_shown(interface) && network.interfaces[interface].addresses.contains(&address) {
            holders.entry(public.address).or_default().1.push(shown(interface));
        }
    }
    for (own, public) in holders.values_mut() {
        for list in [own, public] {
            list.sort_unstable();
            list.dedup();
        }
    }
    holders
}

/// Returns the groups that rules refer to.
fn referred_groups(network: &Network) -> BTreeSet<SecurityGroupId> {
    let named = |matches: &PacketMatch| {
        [matches.source, matches.destination].into_iter().filter_map(|side| match side {
            AddressMatch::SecurityGroup(group) => Some(group),
            AddressMatch::Any | AddressMatch::Range(_) | AddressMatch::AddressGroup(_) => None,
        })
    };
    let groups = network.security_groups.iter().map(|(_, group)| &group.rules);
    let acls = network.network_acls.iter().map(|(_, acl)| &acl.rules);
    let rules = groups.chain(acls).flat_map(|set| set.ingress.iter().chain(&set.egress));
    rules.flat_map(|rule| named(&rule.matches)).collect()
}

/// Which VPCs' members count for references of which.
#[derive(Debug)]
struct Reach {
    /// Joined by an active peering within one region.
    peered: BTreeSet<(VpcId, VpcId)>,
    /// Attached to one transit gateway across which references count, in rules of ingress.
    joined: BTreeSet<(VpcId, VpcId)>,
}

impl Reach {
    /// Returns whom references from some VPCs reach.
    fn of(network: &Network, from: &BTreeSet<VpcId>) -> Self {
        let region = |vpc: VpcId| network.vpcs[vpc].meta.region.as_ref();
        let mut peered = BTreeSet::new();
        for (_, peering) in network.peerings.iter() {
            let (a, b) = (peering.requester, peering.accepter);
            let apart = region(a).zip(region(b)).is_some_and(|(a, b)| a != b);
            if peering.status == PeeringStatus::Active && !apart {
                peered.extend([(a, b), (b, a)].into_iter().filter(|(a, _)| from.contains(a)));
            }
        }
        let mut joined = BTreeSet::new();
        for (id, _) in network.transit_gateways.iter().filter(|(_, it)| it.group_references) {
            let attached: Vec<VpcId> = (network.transit_attachments.iter())
                .filter(|(_, it)| it.gateway == id)
                .filter_map(|(_, it)| match it.to {
                    AttachedTo::Vpc { vpc, group_references: true, .. } => Some(vpc),
                    AttachedTo::Vpc { .. }
                    | AttachedTo::Connection(_)
                    | AttachedTo::Peering(_)
                    | AttachedTo::Unmodelled(_) => None,
                })
                .collect();
            let referring = attached.iter().filter(|it| from.contains(it));
            joined.extend(referring.flat_map(|a| attached.iter().map(move |b| (*a, *b))));
        }
        Self { peered, joined }
    }

    fn counts(&self, vpc: VpcId, other: VpcId, direction: Direction) -> bool {
        vpc == other
            || self.peered.contains(&(vpc, other))
            || (direction == Direction::Ingress && self.joined.contains(&(vpc, other)))
    }
}
