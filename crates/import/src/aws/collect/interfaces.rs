//! Network interfaces, as `describe-network-interfaces` and as the instances describe them.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Findings, Leaf, List, Reader},
        keys::Kind,
        merge::add,
        records::{Estate, Interface, InterfaceKind},
    },
    Tag,
    instances::owned,
    meta, region_of_zone,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InterfaceAnswer<'a> {
    #[serde(borrow)]
    network_interface_id: Leaf<'a>,
    subnet_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    availability_zone: Leaf<'a>,
    interface_type: Leaf<'a>,
    #[serde(borrow)]
    description: Leaf<'a>,
    status: Leaf<'a>,
    requester_managed: Leaf<'a>,
    source_dest_check: Leaf<'a>,
    deny_all_igw_traffic: Leaf<'a>,
    private_ip_address: Leaf<'a>,
    private_ip_addresses: Option<Vec<AddressAnswer<'a>>>,
    ipv6_addresses: Option<Vec<Ipv6Answer<'a>>>,
    ipv4_prefixes: List<'a>,
    ipv6_prefixes: List<'a>,
    association: Option<AssociationAnswer<'a>>,
    groups: Option<Vec<GroupAnswer<'a>>>,
    attachment: Option<AttachmentAnswer<'a>>,
    tag_set: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IdAnswer<'a> {
    #[serde(borrow)]
    network_interface_id: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddressAnswer<'a> {
    #[serde(borrow)]
    private_ip_address: Leaf<'a>,
    primary: Leaf<'a>,
    association: Option<AssociationAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Answer<'a> {
    #[serde(borrow)]
    ipv6_address: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssociationAnswer<'a> {
    #[serde(borrow)]
    public_ip: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupAnswer<'a> {
    #[serde(borrow)]
    group_id: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachmentAnswer<'a> {
    #[serde(borrow)]
    instance_id: Leaf<'a>,
}

pub(super) fn interface<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    if let Some(interface) = read(reader, object) {
        add(&mut estate.interfaces, interface, reader);
    }
}

/// Keeps an interface as its instance describes it, for the case that nothing else does.
pub(super) fn of_instance<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
    instance: &str,
) {
    let known = reader.parse::<IdAnswer<'a>>(object);
    let known =
        known.and_then(|answer| reader.text(answer.network_interface_id, "NetworkInterfaceId"));
    if known.is_some_and(|id| estate.interfaces.contains_key(&*id)) {
        return;
    }
    if let Some(mut interface) = read(reader, object) {
        interface.instance = Some(instance.to_owned());
        interface.attached = true;
        let id = interface.meta.id.clone();
        estate.instance_interfaces.entry(id).or_insert(interface);
    }
}

fn read<'a>(reader: &mut Reader<'_, 'a>, object: &'a RawValue) -> Option<Interface> {
    let answer = reader.parse::<InterfaceAnswer<'a>>(object)?;
    let id = reader.id(object, answer.network_interface_id, "NetworkInterfaceId");
    let subnet = owned(reader.text(answer.subnet_id, "SubnetId"));
    let zone = reader.text(answer.availability_zone, "AvailabilityZone");
    let status = reader.text(answer.status, "Status");
    let internet_gateway_denied = reader.flag(answer.deny_all_igw_traffic, "DenyAllIgwTraffic");
    let public = answer.association.and_then(|one| reader.address(one.public_ip, "PublicIp"));
    let primary = reader.address(answer.private_ip_address, "PrivateIpAddress");
    let mut addresses = addresses(reader, answer.private_ip_addresses, answer.ipv6_addresses);
    if let Some(primary) = primary
        && !addresses.iter().any(|(address, _)| *address == primary)
    {
        addresses.insert(0, (primary, public));
    }
    let instance = answer.attachment.as_ref().and_then(|attachment| attachment.instance_id);
    let instance = owned(reader.text(instance, "InstanceId"));
    let groups = answer.groups.map(|groups| {
        let ids = groups.into_iter().filter_map(|group| reader.text(group.group_id, "GroupId"));
        ids.map(std::borrow::Cow::into_owned).collect()
    });
    let description = reader.text(answer.description, "Description").unwrap_or_default();
    let kind = kind(
        reader,
        answer.interface_type,
        answer.requester_managed,
        &description,
        instance.is_some(),
    );
    let checked = answer.source_dest_check.is_none()
        || reader.flag(answer.source_dest_check, "SourceDestCheck");
    let mut prefixes = [answer.ipv4_prefixes, answer.ipv6_prefixes].into_iter().flatten();
    let has_prefixes = prefixes.any(|list| !list.is_empty());
    let id = id?;
    let mut meta = meta(reader, object, id, answer.owner_id, answer.tag_set);
    meta.region = zone.as_deref().and_then(region_of_zone).or(meta.region);
    let attached = status.is_none_or(|status| status != "available");
    Some(Interface {
        meta,
        subnet,
        addresses,
        groups,
        kind,
        instance,
        attached,
        internet_gateway_denied,
        source_dest_check: checked,
        has_prefixes,
    })
}

/// Returns the private addresses with their public ones, the primary first, IPv6 last.
fn addresses<'a>(
    reader: &mut Reader<'_, 'a>,
    private: Option<Vec<AddressAnswer<'a>>>,
    ipv6: Option<Vec<Ipv6Answer<'a>>>,
) -> Vec<(IpAddr, Option<IpAddr>)> {
    let mut addresses = Vec::new();
    for answer in private.unwrap_or_default() {
        let address = reader.address(answer.private_ip_address, "PrivateIpAddress");
        let public = answer.association.and_then(|one| reader.address(one.public_ip, "PublicIp"));
        let primary = reader.flag(answer.primary, "Primary");
        match address {
            Some(address) if primary => addresses.insert(0, (address, public)),
            Some(address) => addresses.push((address, public)),
            None => {}
        }
    }
    for answer in ipv6.unwrap_or_default() {
        addresses.extend(reader.address(answer.ipv6_address, "Ipv6Address").map(|one| (one, None)));
    }
    addresses
}

/// Returns what kind of interface it is; an instance's own interface is never one of a service.
fn kind<'a>(
    reader: &mut Reader<'_, 'a>,
    interface_type: Leaf<'a>,
    requester_managed: Leaf<'a>,
    description: &str,
    of_instance: bool,
) -> InterfaceKind {
    let managed = reader.flag(requester_managed, "RequesterManaged");
    match reader.text(interface_type, "InterfaceType").as_deref() {
        // boto3 has written both spellings.
        Some("nat_gateway" | "natGateway") => InterfaceKind::NatGateway,
        _ if of_instance => InterfaceKind::Ordinary,
        None | Some("interface" | "efa" | "efa-only" | "trunk" | "branch") if !managed => {
            InterfaceKind::Ordinary
        }
        // Every load balancer's description begins so, whatever its type says.
        None | Some("interface" | "lambda") if !description.starts_with("ELB ") => {
            InterfaceKind::Service
        }
        _ => InterfaceKind::Unmodelled,
    }
}

/// Adds the interfaces that only instances describe.
pub(super) fn take_from_instances(estate: &mut Estate, findings: &mut Findings) {
    let mut taken = Vec::new();
    for (id, interface) in std::mem::take(&mut estate.instance_interfaces) {
        if let std::collections::btree_map::Entry::Vacant(place) = estate.interfaces.entry(id) {
            taken.extend(interface.meta.origin.span());
            place.insert(interface);
        }
    }
    if !estate.given.contains(&Kind::NetworkInterfaces) {
        taken.truncate(1);
        let statement = "no answer of describe-network-interfaces was given; \
                         only the interfaces of instances and NAT gateways are known";
        findings.assume(statement.to_owned(), taken);
    }
}
