//! Names and ids of everything that stands for interfaces.

use canreach_model::{
    Id, InstanceId, InterfaceId, LoadBalancerId, Meta, NatGatewayId, Network, OutsideNetworkId,
    PublicAddressId, RemoteNetworkId, SecurityGroupId, SubnetId, Table, VirtualAddressId, VpcId,
};

/// A kind of object that a selector may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Instance,
    Interface,
    NatGateway,
    Subnet,
    Vpc,
    SecurityGroup,
    PublicAddress,
    LoadBalancer,
    VirtualAddress,
    Remote,
    Outside,
}

/// An object that a selector names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Instance(InstanceId),
    Interface(InterfaceId),
    NatGateway(NatGatewayId),
    Subnet(SubnetId),
    Vpc(VpcId),
    SecurityGroup(SecurityGroupId),
    PublicAddress(PublicAddressId),
    LoadBalancer(LoadBalancerId),
    VirtualAddress(VirtualAddressId),
    Remote(RemoteNetworkId),
    Outside(OutsideNetworkId),
}

impl Kind {
    pub(super) const ALL: [Self; 11] = [
        Self::Instance,
        Self::Interface,
        Self::NatGateway,
        Self::Subnet,
        Self::Vpc,
        Self::SecurityGroup,
        Self::PublicAddress,
        Self::LoadBalancer,
        Self::VirtualAddress,
        Self::Remote,
        Self::Outside,
    ];

    pub(super) fn from_prefix(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix() == text)
    }

    /// Returns what stands before the colon of a selector.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Interface => "interface",
            Self::NatGateway => "nat",
            Self::Subnet => "subnet",
            Self::Vpc => "vpc",
            Self::SecurityGroup => "sg",
            Self::PublicAddress => "public-address",
            Self::LoadBalancer => "lb",
            Self::VirtualAddress => "vip",
            Self::Remote => "remote",
            Self::Outside => "outside",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Interface => "interface",
            Self::NatGateway => "NAT gateway",
            Self::Subnet => "subnet",
            Self::Vpc => "VPC",
            Self::SecurityGroup => "security group",
            Self::PublicAddress => "public address",
            Self::LoadBalancer => "load balancer",
            Self::VirtualAddress => "virtual address",
            Self::Remote => "remote network",
            Self::Outside => "outside network",
        }
    }
}

impl Object {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Instance(_) => Kind::Instance,
            Self::Interface(_) => Kind::Interface,
            Self::NatGateway(_) => Kind::NatGateway,
            Self::Subnet(_) => Kind::Subnet,
            Self::Vpc(_) => Kind::Vpc,
            Self::SecurityGroup(_) => Kind::SecurityGroup,
            Self::PublicAddress(_) => Kind::PublicAddress,
            Self::LoadBalancer(_) => Kind::LoadBalancer,
            Self::VirtualAddress(_) => Kind::VirtualAddress,
            Self::Remote(_) => Kind::Remote,
            Self::Outside(_) => Kind::Outside,
        }
    }

    pub(super) fn meta(self, network: &Network) -> &Meta {
        match self {
            Self::Instance(id) => &network.instances[id].meta,
            Self::Interface(id) => &network.interfaces[id].meta,
            Self::NatGateway(id) => &network.nat_gateways[id].meta,
            Self::Subnet(id) => &network.subnets[id].meta,
            Self::Vpc(id) => &network.vpcs[id].meta,
            Self::SecurityGroup(id) => &network.security_groups[id].meta,
            Self::PublicAddress(id) => &network.public_addresses[id].meta,
            Self::LoadBalancer(id) => &network.load_balancers[id].meta,
            Self::VirtualAddress(id) => &network.virtual_addresses[id].meta,
            Self::Remote(id) => &network.remote_networks[id].meta,
            Self::Outside(id) => &network.outside_networks[id].meta,
        }
    }

    /// Returns the object in words, such as "subnet `web`".
    pub(super) fn words(self, network: &Network) -> String {
        format!("{} `{}`", self.kind().name(), self.meta(network).label())
    }
}

/// Returns every object that a selector may name, of one kind or of all.
pub(super) fn objects(network: &Network, kind: Option<Kind>) -> impl Iterator<Item = Object> + '_ {
    Kind::ALL
        .into_iter()
        .filter(move |it| kind.is_none_or(|kind| kind == *it))
        .flat_map(|kind| of_kind(network, kind))
}

fn of_kind(network: &Network, kind: Kind) -> Vec<Object> {
    fn all<T>(table: &Table<T>, object: fn(Id<T>) -> Object) -> Vec<Object> {
        table.ids().map(object).collect()
    }
    match kind {
        Kind::Instance => all(&network.instances, Object::Instance),
        Kind::Interface => all(&network.interfaces, Object::Interface),
        Kind::NatGateway => all(&network.nat_gateways, Object::NatGateway),
        Kind::Subnet => all(&network.subnets, Object::Subnet),
        Kind::Vpc => all(&network.vpcs, Object::Vpc),
        Kind::SecurityGroup => all(&network.security_groups, Object::SecurityGroup),
        Kind::PublicAddress => all(&network.public_addresses, Object::PublicAddress),
        Kind::LoadBalancer => all(&network.load_balancers, Object::LoadBalancer),
        Kind::VirtualAddress => all(&network.virtual_addresses, Object::VirtualAddress),
        Kind::Remote => all(&network.remote_networks, Object::Remote),
        Kind::Outside => all(&network.outside_networks, Object::Outside),
    }
}

/// Returns the objects with that id; if there is none, those with that name or alias.
pub(super) fn find(network: &Network, kind: Option<Kind>, text: &str) -> Vec<Object> {
    let by_id: Vec<Object> =
        objects(network, kind).filter(|object| object.meta(network).id == text).collect();
    if !by_id.is_empty() {
        return by_id;
    }
    let named = |object: &Object| {
        let meta = object.meta(network);
        meta.name.as_deref() == Some(text) || meta.aliases.iter().any(|alias| alias == text)
    };
    objects(network, kind).filter(named).collect()
}

/// Returns what is written almost like `text`, the closest first.
pub(super) fn nearest(network: &Network, kind: Option<Kind>, text: &str) -> Vec<String> {
    let names = objects(network, kind).flat_map(|object| {
        let meta = object.meta(network);
        let names = [Some(meta.id.as_str()), meta.name.as_deref()].into_iter().flatten();
        names.chain(meta.aliases.iter().map(String::as_str))
    });
    closest(names, text)
}

/// Returns the up to three candidates closest to `text`, of those that are close at all.
pub(super) fn closest<'a>(candidates: impl Iterator<Item = &'a str>, text: &str) -> Vec<String> {
    /// Below this similarity two names have little in common.
    const CLOSE: f64 = 0.8;
    let wanted = text.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|name| (similarity(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= CLOSE)
        .collect();
    scored.sort_by(|(a, a_name), (b, b_name)| b.total_cmp(a).then_with(|| a_name.cmp(b_name)));
    scored.dedup();
    scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// Returns how alike two names are, from 0 to 1; one slip of the finger is always alike.
fn similarity(a: &str, b: &str) -> f64 {
    const ONE_SLIP: f64 = 0.9;
    let slips = strsim::damerau_levenshtein(a, b);
    strsim::jaro_winkler(a, b).max(if slips <= 1 { ONE_SLIP } else { 0.0 })
}
