//! The addresses that a rule's names stand for.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use canreach_model::{
    AddressGroupId, AddressMatch, AttachedTo, Direction, GroupReference, Interface, InterfaceId,
    Network, PeeringStatus, PublicAddressTarget, SecurityGroupId, VpcId,
};
use canreach_net::AddressSet;

/// From where a filter refers to security groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Referring {
    /// The VPC of the filter.
    pub(crate) vpc: VpcId,
    /// The direction of its rules.
    pub(crate) direction: Direction,
}

/// Which interfaces are in which security group: an index of a network for many questions about it.
#[derive(Clone, Debug)]
pub struct Groups {
    sorted: Vec<(SecurityGroupId, InterfaceId)>,
}

impl Groups {
    /// Reads those of a network.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let each = network.interfaces.iter();
        let mut sorted: Vec<_> = each
            .flat_map(|(id, it)| it.security_groups.iter().map(move |group| (*group, id)))
            .collect();
        // Models list neighbours side by side: a stable sort merges such runs.
        sorted.sort();
        sorted.dedup();
        Self { sorted }
    }

    fn members(&self, group: SecurityGroupId) -> impl Iterator<Item = InterfaceId> {
        let start = self.sorted.partition_point(|(other, _)| *other < group);
        let from_there = self.sorted.get(start..).unwrap_or_default().iter();
        from_there.take_while(move |(other, _)| *other == group).map(|(_, id)| *id)
    }
}

/// A network that questions are about, with or without an index of its groups.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'n> {
    pub(crate) network: &'n Network,
    groups: Option<&'n Groups>,
}

impl<'n> Subject<'n> {
    /// Returns a network with the index made of it.
    #[must_use]
    pub fn new(network: &'n Network, groups: &'n Groups) -> Self {
        Self { network, groups: Some(groups) }
    }

    /// Returns the interfaces in a security group.
    fn members(self, group: SecurityGroupId) -> impl Iterator<Item = InterfaceId> + use<'n> {
        let listed = self.groups.map(|groups| groups.members(group));
        let read = self.groups.is_none().then(|| {
            let all = self.network.interfaces.iter();
            all.filter(move |(_, it)| it.security_groups.contains(&group)).map(|(id, _)| id)
        });
        listed.into_iter().flatten().chain(read.into_iter().flatten())
    }
}

/// A network alone; each reference to a group reads all its interfaces.
impl<'n> From<&'n Network> for Subject<'n> {
    fn from(network: &'n Network) -> Self {
        Self { network, groups: None }
    }
}

/// Looks up the addresses of security groups and address groups, each once.
#[derive(Debug)]
pub(crate) struct Members<'n> {
    subject: Subject<'n>,
    network: &'n Network,
    security_groups: RefCell<BTreeMap<(SecurityGroupId, Referring), Rc<AddressSet>>>,
    address_groups: RefCell<BTreeMap<AddressGroupId, Rc<AddressSet>>>,
}

impl<'n> Members<'n> {
    /// Returns an empty store for a network.
    pub(crate) fn new(subject: Subject<'n>) -> Self {
        let network = subject.network;
        Self {
            subject,
            network,
            security_groups: RefCell::default(),
            address_groups: RefCell::default(),
        }
    }

    /// Returns the addresses that one side of a rule speaks of; `None` stands for every address. A
    /// security group stands for its members as the referring filter sees them, and for nobody without
    /// one.
    pub(crate) fn addresses(
        &self,
        side: AddressMatch,
        referring: Option<Referring>,
    ) -> Option<Rc<AddressSet>> {
        match side {
            AddressMatch::Any => None,
            AddressMatch::Range(range) => Some(Rc::new(range.into())),
            AddressMatch::SecurityGroup(group) => Some(match referring {
                Some(referring) => self.of_security_group(group, referring),
                None => Rc::new(AddressSet::EMPTY),
            }),
            AddressMatch::AddressGroup(group) => Some(self.of_address_group(group)),
        }
    }

    fn of_address_group(&self, group: AddressGroupId) -> Rc<AddressSet> {
        let entries = || self.network.address_groups[group].entries.iter().map(|entry| entry.range);
        let mut known = self.address_groups.borrow_mut();
        Rc::clone(known.entry(group).or_insert_with(|| Rc::new(entries().collect())))
    }

    fn of_security_group(&self, group: SecurityGroupId, referring: Referring) -> Rc<AddressSet> {
        let mut known = self.security_groups.borrow_mut();
        let members = || Rc::new(self.members(group, referring));
        Rc::clone(known.entry((group, referring)).or_insert_with(members))
    }

    /// Returns what a reference to `group` means to a filter (§7).
    fn members(
        &self,
        group: SecurityGroupId,
        Referring { vpc, direction }: Referring,
    ) -> AddressSet {
        let profile = &self.network.vpcs[vpc].profile.security_group;
        let reaches = |other| {
            !profile.reference_needs_peering
                || self.within_reach(vpc, other)
                || (direction == Direction::Ingress && self.joined_by_transit(vpc, other))
        };
        let counts = |interface: &Interface| {
            interface.security_groups.contains(&group)
                && reaches(self.network.subnets[interface.subnet].vpc)
        };
        let members = self.subject.members(group).map(|id| &self.network.interfaces[id]);
        let counted = members.filter(|interface| counts(interface));
        let private: AddressSet =
            counted.flat_map(|interface| interface.addresses.iter().copied()).collect();
        match profile.group_reference {
            GroupReference::PrivateAddresses => private,
            GroupReference::AllAddresses => private.union(&self.public_addresses(counts)),
        }
    }

    /// Returns the public addresses that stand one to one for an address of an interface that
    /// `counts`.
    fn public_addresses(&self, counts: impl Fn(&Interface) -> bool) -> AddressSet {
        let stands_for_member = |target: Option<PublicAddressTarget>| match target {
            Some(PublicAddressTarget::Interface { interface, address }) => {
                let interface = &self.network.interfaces[interface];
                counts(interface) && interface.addresses.contains(&address)
            }
            Some(
                PublicAddressTarget::VirtualAddress(_)
                | PublicAddressTarget::NatGateway(_)
                | PublicAddressTarget::Unresolved(_),
            )
            | None => false,
        };
        let public = self.network.public_addresses.iter();
        public
            .filter(|(_, public)| stands_for_member(public.target))
            .map(|(_, public)| public.address)
            .collect()
    }

    /// Whether a reference from `vpc` counts members in `other`: in the same VPC, or across an
    /// active peering within one region.
    fn within_reach(&self, vpc: VpcId, other: VpcId) -> bool {
        let region = |vpc: VpcId| self.network.vpcs[vpc].meta.region.as_ref();
        let one_region = match (region(vpc), region(other)) {
            (Some(one), Some(another)) => one == another,
            (None, _) | (_, None) => true,
        };
        let peered = || {
            self.network.peerings.iter().any(|(_, peering)| {
                peering.status == PeeringStatus::Active && peering.other_side(vpc) == Some(other)
            })
        };
        vpc == other || (one_region && peered())
    }

    /// Whether both VPCs are attached to one transit gateway across which references count.
    fn joined_by_transit(&self, vpc: VpcId, other: VpcId) -> bool {
        let network = self.network;
        let attached = |id, wanted| {
            network.transit_attachments.iter().any(|(_, it)| {
                let AttachedTo::Vpc { vpc, group_references: true, .. } = it.to else {
                    return false;
                };
                it.gateway == id && vpc == wanted
            })
        };
        let mut gateways = network.transit_gateways.iter();
        gateways.any(|(id, it)| it.group_references && attached(id, vpc) && attached(id, other))
    }
}
