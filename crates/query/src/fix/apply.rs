//! Making edits in a copy of a network.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_model::{
    AttachedTo, InterfaceId, InternetGateway, Meta, Network, Origin, Peering, PeeringStatus,
    PublicAddress, PublicAddressId, PublicAddressTarget, RouteTableId, RuleSet, SecurityGroup,
    Setting, SubnetId, TransitAttachment, TransitRouteTableId, VpcId,
};

use super::Edit;

mod lists;

pub(super) use lists::{route_before, rule_before, service_before, transit_route_before};

/// Returns the origin of what a proposal adds.
pub(super) fn proposed() -> Origin {
    Origin::Derived { how: String::from("proposed"), from: Vec::new() }
}

/// Returns a copy of a network with edits made, all of which speak of the network as given.
#[must_use]
pub fn apply(network: &Network, edits: &[Edit]) -> Network {
    let mut edited = network.clone();
    for edit in edits {
        objects(&mut edited, edit);
    }
    routes(&mut edited, edits);
    transit_routes(&mut edited, edits);
    services(&mut edited, edits);
    lists::edit_rules(network, &mut edited, edits);
    edited
}

/// Changes objects other than lists, and creates new ones.
fn objects(network: &mut Network, edit: &Edit) {
    match edit {
        Edit::AddSecurityGroup(interface) => add_group(network, *interface),
        Edit::CreatePeering { requester, accepter } => {
            create_peering(network, *requester, *accepter);
        }
        Edit::ActivatePeering(peering) => {
            network.peerings[*peering].status = PeeringStatus::Active;
        }
        Edit::AssociatePublicAddress { public, address, interface, private } => {
            let target =
                PublicAddressTarget::Interface { interface: *interface, address: *private };
            let label = format!("eip-{}", network.interfaces[*interface].meta.label());
            associate(network, *public, *address, target, &label);
        }
        Edit::AddNatAddress { public, address, gateway } => {
            let label = format!("eip-{}", network.nat_gateways[*gateway].meta.label());
            let target = PublicAddressTarget::NatGateway(*gateway);
            associate(network, *public, *address, target, &label);
        }
        Edit::DisassociatePublicAddress(public) => {
            network.public_addresses[*public].target = None;
        }
        Edit::AttachInternetGateway { gateway, vpc } => {
            network.internet_gateways[*gateway].vpc = Some(*vpc);
        }
        Edit::CreateInternetGateway(vpc) => create_gateway(network, *vpc),
        Edit::MoveInterface { interface, subnet, from, to } => {
            move_interface(network, *interface, *subnet, (*from, *to));
        }
        Edit::AllowInternetGateway(interface) => {
            network.interfaces[*interface].internet_gateway_denied = false;
        }
        Edit::AddSourceTranslation { gateway, translation } => {
            network.nat_gateways[*gateway].source_translations.push(translation.clone());
        }
        Edit::AddDestinationTranslation { gateway, translation } => {
            network.nat_gateways[*gateway].destination_translations.push(translation.clone());
        }
        Edit::AttachTransit { gateway, vpc, subnets, table } => {
            let to = AttachedTo::Vpc {
                vpc: *vpc,
                subnets: subnets.clone(),
                appliance_mode: false,
                group_references: false,
            };
            let label = format!("{}-attachment", network.vpcs[*vpc].meta.label());
            let id = free_id(&label, network.transit_attachments.iter().map(|(_, it)| &it.meta));
            let meta = meta_beside(&network.vpcs[*vpc].meta, id);
            let attached = TransitAttachment { meta, gateway: *gateway, to, route_table: *table };
            network.transit_attachments.push(attached);
        }
        Edit::AddAttachmentSubnet { attachment, subnet } => {
            if let AttachedTo::Vpc { subnets, .. } =
                &mut network.transit_attachments[*attachment].to
            {
                subnets.push(*subnet);
            }
        }
        Edit::AssociateTransit { attachment, table } => {
            network.transit_attachments[*attachment].route_table = Some(*table);
        }
        Edit::BringUpConnection(connection) => network.connections[*connection].up = true,
        Edit::Advertise { connection, prefix } => {
            network.connections[*connection].advertised.push(*prefix);
        }
        Edit::SwitchOffSourceDestCheck(interface) => {
            network.interfaces[*interface].source_dest_check = false;
        }
        Edit::SwitchOnForwarding(instance) => {
            network.instances[*instance].forwards = Setting::Decided(true);
        }
        Edit::AddListener { balancer, listener } => {
            network.load_balancers[*balancer].listeners.push(listener.clone());
        }
        Edit::AddTarget { balancer, listener, target } => {
            let listeners = &mut network.load_balancers[*balancer].listeners;
            if let Some(listener) = listeners.get_mut(*listener) {
                listener.targets.push(target.clone());
            }
        }
        // Lists are changed as a whole, so that positions stay what they were.
        Edit::AddRule { .. }
        | Edit::MoveRule { .. }
        | Edit::RemoveRule(_)
        | Edit::ChangeRule { .. }
        | Edit::AddChainRule { .. }
        | Edit::RemoveChainRule { .. }
        | Edit::ChangeChainRule { .. }
        | Edit::AddTransitRoute { .. }
        | Edit::ChangeTransitRoute { .. }
        | Edit::RemoveTransitRoute(_)
        | Edit::AddRoute { .. }
        | Edit::ChangeRoute { .. }
        | Edit::RemoveRoute(_)
        | Edit::AddService { .. }
        | Edit::RebindService { .. }
        | Edit::RemoveService { .. } => {}
    }
}

/// Puts an interface into a new group without rules.
fn add_group(network: &mut Network, interface: InterfaceId) {
    let label = format!("sg-{}", network.interfaces[interface].meta.label());
    let id = free_id(&label, network.security_groups.iter().map(|(_, it)| &it.meta));
    let meta = meta_beside(&network.interfaces[interface].meta, id);
    let group = SecurityGroup { meta, vpc: None, rules: RuleSet::default() };
    let group = network.security_groups.push(group);
    network.interfaces[interface].security_groups.push(group);
}

fn create_peering(network: &mut Network, requester: VpcId, accepter: VpcId) {
    let label = |vpc: VpcId| network.vpcs[vpc].meta.label();
    let label = format!("{}-{}", label(requester), label(accepter));
    let id = free_id(&label, network.peerings.iter().map(|(_, it)| &it.meta));
    network.peerings.push(Peering {
        meta: meta_beside(&network.vpcs[requester].meta, id),
        requester,
        accepter,
        status: PeeringStatus::Active,
        firewall: None,
    });
}

fn create_gateway(network: &mut Network, vpc: VpcId) {
    let label = format!("igw-{}", network.vpcs[vpc].meta.label());
    let id = free_id(&label, network.internet_gateways.iter().map(|(_, it)| &it.meta));
    network.internet_gateways.push(InternetGateway {
        meta: meta_beside(&network.vpcs[vpc].meta, id),
        vpc: Some(vpc),
        egress_only: false,
        route_table: None,
    });
}

fn associate(
    network: &mut Network,
    public: Option<PublicAddressId>,
    address: IpAddr,
    target: PublicAddressTarget,
    label: &str,
) {
    if let Some(public) = public {
        network.public_addresses[public].target = Some(target);
        return;
    }
    let id = free_id(label, network.public_addresses.iter().map(|(_, it)| &it.meta));
    let meta = Meta::new(id, proposed());
    network.public_addresses.push(PublicAddress {
        meta,
        address,
        target: Some(target),
        firewall: None,
    });
}

/// Moves an interface; what stands for its address stands for the new one.
fn move_interface(
    network: &mut Network,
    moved: InterfaceId,
    subnet: SubnetId,
    (from, to): (IpAddr, IpAddr),
) {
    let interface = &mut network.interfaces[moved];
    interface.subnet = subnet;
    for address in interface.addresses.iter_mut().filter(|address| **address == from) {
        *address = to;
    }
    for public in network.public_addresses.ids() {
        if let Some(PublicAddressTarget::Interface { interface, address }) =
            &mut network.public_addresses[public].target
            && *interface == moved
            && *address == from
        {
            *address = to;
        }
    }
}

/// Returns a name that nothing of its kind has yet.
fn free_id<'m>(wanted: &str, taken: impl Iterator<Item = &'m Meta>) -> String {
    let taken: BTreeSet<&str> = taken.map(|meta| meta.id.as_str()).collect();
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(name.as_str())).unwrap_or_else(|| wanted.to_owned())
}

/// Returns the description of a new object that belongs where another one does.
fn meta_beside(other: &Meta, id: String) -> Meta {
    let (account, region) = (other.account.clone(), other.region.clone());
    Meta { account, region, ..Meta::new(id, proposed()) }
}

fn routes(network: &mut Network, edits: &[Edit]) {
    let mut removed: BTreeMap<RouteTableId, BTreeSet<usize>> = BTreeMap::new();
    for edit in edits {
        if let Edit::AddRoute { table, route } = edit {
            network.route_tables[*table].routes.push(route.clone());
        }
        if let Edit::ChangeRoute { route, target } = edit
            && let Some(route) = network.route_tables[route.table].routes.get_mut(route.index)
        {
            route.target = *target;
        }
        if let Edit::RemoveRoute(route) = edit {
            removed.entry(route.table).or_default().insert(route.index);
        }
    }
    for (table, indexes) in removed {
        remove(&mut network.route_tables[table].routes, &indexes);
    }
}

fn transit_routes(network: &mut Network, edits: &[Edit]) {
    let mut removed: BTreeMap<TransitRouteTableId, BTreeSet<usize>> = BTreeMap::new();
    for edit in edits {
        if let Edit::AddTransitRoute { table, route } = edit {
            network.transit_route_tables[*table].routes.push(route.clone());
        }
        if let Edit::ChangeTransitRoute { route, target } = edit {
            let routes = &mut network.transit_route_tables[route.table].routes;
            if let Some(route) = routes.get_mut(route.index) {
                route.target = *target;
            }
        }
        if let Edit::RemoveTransitRoute(route) = edit {
            removed.entry(route.table).or_default().insert(route.index);
        }
    }
    for (table, indexes) in removed {
        remove(&mut network.transit_route_tables[table].routes, &indexes);
    }
}

fn services(network: &mut Network, edits: &[Edit]) {
    let mut removed: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for edit in edits {
        if let Edit::AddService { instance, service } = edit {
            let services = &mut network.instances[*instance].services;
            services.get_or_insert_default().push(service.clone());
        }
        if let Edit::RebindService { instance, index, listen } = edit
            && let Some(services) = &mut network.instances[*instance].services
            && let Some(service) = services.get_mut(*index)
        {
            service.listen = *listen;
        }
        if let Edit::RemoveService { instance, index } = edit {
            removed.entry(*instance).or_default().insert(*index);
        }
    }
    for (instance, indexes) in removed {
        if let Some(services) = &mut network.instances[instance].services {
            remove(services, &indexes);
        }
    }
}

fn remove<T>(list: &mut Vec<T>, indexes: &BTreeSet<usize>) {
    let mut at = 0..;
    list.retain(|_| at.next().is_none_or(|at| !indexes.contains(&at)));
}

#[cfg(test)]
mod tests;
