//! Internet gateways, NAT gateways and Elastic IP addresses.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, Reader},
        merge::add,
        records::{Address, Estate, InternetGateway, NatAddress, NatGateway, NatState},
    },
    Tag, meta,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayAnswer<'a> {
    #[serde(borrow)]
    internet_gateway_id: Leaf<'a>,
    egress_only_internet_gateway_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    attachments: Option<Vec<AttachmentAnswer<'a>>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachmentAnswer<'a> {
    #[serde(borrow)]
    state: Leaf<'a>,
    vpc_id: Leaf<'a>,
}

pub(super) fn internet_gateway<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
    egress_only: bool,
) {
    let Some(answer) = reader.parse::<GatewayAnswer<'a>>(object) else { return };
    let id = if egress_only {
        reader.id(object, answer.egress_only_internet_gateway_id, "EgressOnlyInternetGatewayId")
    } else {
        reader.id(object, answer.internet_gateway_id, "InternetGatewayId")
    };
    let mut vpc = None;
    for attachment in answer.attachments.unwrap_or_default() {
        let state = reader.text(attachment.state, "State");
        let attached = reader.text(attachment.vpc_id, "VpcId");
        // AWS writes `available` for an attached gateway and `attached` for an egress-only one.
        if state.is_none_or(|state| matches!(&*state, "available" | "attached")) {
            vpc = attached.map(Cow::into_owned);
        }
    }
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, answer.owner_id, answer.tags);
    add(&mut estate.internet_gateways, InternetGateway { meta, vpc, egress_only }, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NatAnswer<'a> {
    #[serde(borrow)]
    nat_gateway_id: Leaf<'a>,
    subnet_id: Leaf<'a>,
    state: Leaf<'a>,
    availability_mode: Leaf<'a>,
    nat_gateway_addresses: Option<Vec<NatAddressAnswer<'a>>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NatAddressAnswer<'a> {
    #[serde(borrow)]
    network_interface_id: Leaf<'a>,
    private_ip: Leaf<'a>,
    public_ip: Leaf<'a>,
    is_primary: Leaf<'a>,
    status: Leaf<'a>,
}

pub(super) fn nat_gateway<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<NatAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.nat_gateway_id, "NatGatewayId");
    let subnet = reader.text(answer.subnet_id, "SubnetId").map(Cow::into_owned);
    let state = match reader.text(answer.state, "State").as_deref() {
        None | Some("available") => NatState::Available,
        Some("failed" | "deleted") => NatState::Gone,
        Some(_) => NatState::Changing,
    };
    let mode = reader.text(answer.availability_mode, "AvailabilityMode");
    let regional = mode.is_some_and(|mode| mode == "regional");
    let mut addresses = Vec::new();
    for address in answer.nat_gateway_addresses.unwrap_or_default() {
        let status = reader.text(address.status, "Status");
        if status.is_some_and(|status| matches!(&*status, "failed" | "unassigning")) {
            continue;
        }
        let primary = reader.flag(address.is_primary, "IsPrimary");
        let interface = reader.text(address.network_interface_id, "NetworkInterfaceId");
        let interface = interface.map(Cow::into_owned);
        let private = reader.address(address.private_ip, "PrivateIp");
        let public = reader.address(address.public_ip, "PublicIp");
        addresses.push((!primary, NatAddress { interface, private, public }));
    }
    addresses.sort_by_key(|(secondary, _)| *secondary);
    let addresses = addresses.into_iter().map(|(_, address)| address).collect();
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, None, answer.tags);
    add(&mut estate.nat_gateways, NatGateway { meta, subnet, regional, state, addresses }, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddressAnswer<'a> {
    #[serde(borrow)]
    allocation_id: Leaf<'a>,
    public_ip: Leaf<'a>,
    carrier_ip: Leaf<'a>,
    customer_owned_ip: Leaf<'a>,
    private_ip_address: Leaf<'a>,
    network_interface_id: Leaf<'a>,
    network_interface_owner_id: Leaf<'a>,
    instance_id: Leaf<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

pub(super) fn address<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<AddressAnswer<'a>>(object) else { return };
    let beyond = answer.carrier_ip.or(answer.customer_owned_ip);
    if answer.public_ip.is_none() && beyond.is_none() {
        reader.missing(object, "PublicIp");
    }
    let public = reader.address(answer.public_ip, "PublicIp");
    let beyond = public.is_none().then(|| reader.address(beyond, "CarrierIp")).flatten();
    let (public, beyond) = (public.or(beyond), beyond.is_some());
    let allocation = reader.text(answer.allocation_id, "AllocationId").map(Cow::into_owned);
    let interface = reader.text(answer.network_interface_id, "NetworkInterfaceId");
    let instance = reader.text(answer.instance_id, "InstanceId").filter(|id| !id.is_empty());
    let private = reader.address(answer.private_ip_address, "PrivateIpAddress");
    let Some(public) = public else { return };
    let id = allocation.unwrap_or_else(|| public.to_string());
    let meta = meta(reader, object, id, answer.network_interface_owner_id, answer.tags);
    let interface = interface.map(Cow::into_owned);
    let instance = instance.map(Cow::into_owned);
    let address = Address { meta, public, beyond, interface, instance, private };
    add(&mut estate.addresses, address, reader);
}
