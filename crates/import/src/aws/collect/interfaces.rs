//! Network interfaces, as `describe-network-interfaces` and as the instances describe them.

use std::{borrow::Cow, net::IpAddr};

use canreach_net::IpNet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, List, Reader},
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
struct AssociationAnswer<'a> {
    #[serde(borrow, rename = "PublicIp")]
    public: Leaf<'a>,
    #[serde(rename = "CarrierIp")]
    carrier: Leaf<'a>,
    #[serde(rename = "CustomerOwnedIp")]
    customer_owned: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixAnswer<'a> {
    #[serde(borrow)]
    ipv4_prefix: Leaf<'a>,
    ipv6_prefix: Leaf<'a>,
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
    device_index: Leaf<'a>,
    network_card_index: Leaf<'a>,
}

/// An interface as its instance describes it, with its id.
pub(super) type OfInstance<'a> = (Option<Cow<'a, str>>, &'a RawValue);

/// Returns an interface of an instance with its id: nearly always it is described elsewhere.
pub(super) fn named<'a>(reader: &mut Reader<'_, 'a>, object: &'a RawValue) -> OfInstance<'a> {
    let answer = reader.parse::<IdAnswer<'a>>(object);
    let id = answer.and_then(|it| reader.text(it.network_interface_id, "NetworkInterfaceId"));
    (id, object)
}

/// Keeps an interface as its instance describes it, for the case that nothing else does.
pub(super) fn of_instance<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    (id, object): OfInstance<'a>,
    instance: &str,
) {
    if id.is_some_and(|id| estate.interfaces.contains_key(&*id)) {
        return;
    }
    if let Some(mut interface) = read(reader, object) {
        interface.instance = Some(instance.to_owned());
        interface.attached = true;
        let id = interface.meta.id.clone();
        estate.instance_interfaces.entry(id).or_insert(interface);
    }
}

/// Reads an interface.
pub(super) fn read<'a>(reader: &mut Reader<'_, 'a>, object: &'a RawValue) -> Option<Interface> {
    let answer = reader.parse::<InterfaceAnswer<'a>>(object)?;
    let id = reader.id(object, answer.network_interface_id, "NetworkInterfaceId");
    let subnet = owned(reader.text(answer.subnet_id, "SubnetId"));
    let zone = reader.text(answer.availability_zone, "AvailabilityZone");
    let status = reader.text(answer.status, "Status");
    let internet_gateway_denied = reader.flag(answer.deny_all_igw_traffic, "DenyAllIgwTraffic");
    let mut beyond = Vec::new();
    let public = association(reader, answer.association, &mut beyond);
    let first = reader.address(answer.private_ip_address, "PrivateIpAddress");
    let private = answer.private_ip_addresses;
    let mut addresses = addresses(reader, private, answer.ipv6_addresses, &mut beyond);
    if let Some(first) = first
        && !addresses.iter().any(|(address, _)| *address == first)
    {
        addresses.insert(0, (first, public));
    }
    let prefixes = prefixes(reader, answer.ipv4_prefixes, &mut addresses);
    let prefixes =
        [prefixes, self::prefixes(reader, answer.ipv6_prefixes, &mut addresses)].concat();
    beyond.dedup();
    let (instance, primary) = attachment(reader, answer.attachment);
    let groups = answer.groups.map(|groups| {
        let ids = groups.into_iter().filter_map(|group| reader.text(group.group_id, "GroupId"));
        ids.map(Cow::into_owned).collect()
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
        primary,
        internet_gateway_denied,
        source_dest_check: checked,
        prefixes,
        beyond,
    })
}

/// Returns the instance that an interface is attached to, and whether it is its first.
fn attachment<'a>(
    reader: &mut Reader<'_, 'a>,
    attachment: Option<AttachmentAnswer<'a>>,
) -> (Option<String>, bool) {
    let Some(attachment) = attachment else { return (None, false) };
    let device = reader.integer(attachment.device_index, "DeviceIndex", (0, 1000));
    let card = reader.integer(attachment.network_card_index, "NetworkCardIndex", (0, 1000));
    let instance = owned(reader.text(attachment.instance_id, "InstanceId"));
    (instance, device == Some(0) && card.is_none_or(|card| card == 0))
}

/// Returns the public address of an association; those of other networks go to `beyond`.
fn association<'a>(
    reader: &mut Reader<'_, 'a>,
    association: Option<AssociationAnswer<'a>>,
    beyond: &mut Vec<IpAddr>,
) -> Option<IpAddr> {
    let association = association?;
    beyond.extend(reader.address(association.carrier, "CarrierIp"));
    beyond.extend(reader.address(association.customer_owned, "CustomerOwnedIp"));
    reader.address(association.public, "PublicIp")
}

/// Takes the addresses of delegated prefixes: AWS carries packets for each of them to the interface,
/// whatever behind it uses it. Returns the prefixes that are too large to be taken apart.
fn prefixes<'a>(
    reader: &mut Reader<'_, 'a>,
    prefixes: List<'a>,
    addresses: &mut Vec<(IpAddr, Option<IpAddr>)>,
) -> Vec<IpNet> {
    let mut large = Vec::new();
    for raw in prefixes.unwrap_or_default() {
        let Some(answer) = reader.parse::<PrefixAnswer<'a>>(raw) else { continue };
        let v4 = reader.prefix(answer.ipv4_prefix, "Ipv4Prefix");
        let Some(prefix) = v4.or_else(|| reader.prefix(answer.ipv6_prefix, "Ipv6Prefix")) else {
            continue;
        };
        match prefix {
            // AWS delegates blocks of 16 addresses.
            IpNet::V4(block) if block.prefix_len() >= 24 => {
                let first = u32::from(block.network());
                let every = first..=u32::from(block.broadcast());
                addresses.extend(every.map(|one| (IpAddr::V4(one.into()), None)));
            }
            IpNet::V4(_) | IpNet::V6(_) => large.push(prefix),
        }
    }
    large
}

/// Returns the private addresses with their public ones, the primary first, IPv6 last.
fn addresses<'a>(
    reader: &mut Reader<'_, 'a>,
    private: Option<Vec<AddressAnswer<'a>>>,
    ipv6: Option<Vec<Ipv6Answer<'a>>>,
    beyond: &mut Vec<IpAddr>,
) -> Vec<(IpAddr, Option<IpAddr>)> {
    let mut addresses = Vec::new();
    for answer in private.unwrap_or_default() {
        let address = reader.address(answer.private_ip_address, "PrivateIpAddress");
        let public = association(reader, answer.association, beyond);
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
        Some("network_load_balancer" | "load_balancer" | "gateway_load_balancer") => {
            let tail = description.strip_prefix("ELB ").unwrap_or(description);
            InterfaceKind::LoadBalancer(tail.to_owned())
        }
        Some("transit_gateway") => InterfaceKind::Gateway,
        None | Some("interface" | "efa" | "efa-only" | "trunk" | "branch") if !managed => {
            InterfaceKind::Ordinary
        }
        None | Some("interface") => described(description),
        Some(
            "vpc_endpoint"
            | "quicksight"
            | "api_gateway_managed"
            | "iot_rules_managed"
            | "ec2_instance_connect_endpoint"
            | "aws_codestar_connections_managed",
        ) => InterfaceKind::Service,
        Some("gateway_load_balancer_endpoint") => {
            InterfaceKind::Unmodelled(String::from("the endpoint of a gateway load balancer"))
        }
        // AWS Lambda developer guide, "network security": functions take no connections; what comes
        // back to what they began, groups decide.
        Some("lambda") => InterfaceKind::Unmodelled(String::from("the function")),
        Some("global_accelerator_managed") => {
            InterfaceKind::Unmodelled(String::from("the Global Accelerator"))
        }
        Some(other) => InterfaceKind::Unmodelled(format!("what has the type `{other}` and stands")),
    }
}

/// Returns what kind of interface a service of AWS made, by what it wrote about it: older ones have no
/// type of their own.
fn described(description: &str) -> InterfaceKind {
    if let Some(tail) = description.strip_prefix("ELB ") {
        InterfaceKind::LoadBalancer(tail.to_owned())
    } else if description.starts_with("Interface for NAT Gateway ") {
        InterfaceKind::NatGateway
    } else if description.starts_with("Network Interface for Transit Gateway Attachment ") {
        InterfaceKind::Gateway
    } else if description.starts_with("ClientVPN ") {
        InterfaceKind::Unmodelled(String::from("the Client VPN endpoint"))
    } else {
        InterfaceKind::Service
    }
}

/// Adds the interfaces that only instances describe.
pub(super) fn take_from_instances(estate: &mut Estate) {
    for (id, interface) in std::mem::take(&mut estate.instance_interfaces) {
        estate.interfaces.entry(id).or_insert(interface);
    }
}
