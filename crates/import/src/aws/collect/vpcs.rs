//! VPCs, subnets and peerings.

use canreach_model::PeeringStatus;
use canreach_net::IpNet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        json::{Leaf, Reader},
        merge::add,
        records::{Estate, Peering, PublicAccess, Side, Subnet, Vpc},
    },
    Tag, meta, region_of_arn, region_of_zone,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VpcAnswer<'a> {
    #[serde(borrow)]
    vpc_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    cidr_block: Leaf<'a>,
    cidr_block_association_set: Option<Vec<Association<'a>>>,
    ipv6_cidr_block_association_set: Option<Vec<Association<'a>>>,
    block_public_access_states: Option<PublicAccessAnswer<'a>>,
    tags: Option<Vec<Tag<'a>>>,
}

/// A block with the state of its association.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association<'a> {
    #[serde(borrow)]
    cidr_block: Leaf<'a>,
    cidr_block_state: Option<StateAnswer<'a>>,
    ipv6_cidr_block: Leaf<'a>,
    ipv6_cidr_block_state: Option<StateAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateAnswer<'a> {
    #[serde(borrow)]
    state: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublicAccessAnswer<'a> {
    #[serde(borrow)]
    internet_gateway_block_mode: Leaf<'a>,
}

pub(super) fn vpc<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<VpcAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.vpc_id, "VpcId");
    let mut cidrs = associated(reader, answer.cidr_block_association_set);
    if let Some(primary) = reader.prefix(answer.cidr_block, "CidrBlock") {
        match cidrs.iter().position(|cidr| *cidr == primary) {
            // The resolver stands in the primary block.
            Some(index) => cidrs.swap(0, index),
            None if cidrs.is_empty() => cidrs.push(primary),
            None => {}
        }
    }
    cidrs.extend(associated(reader, answer.ipv6_cidr_block_association_set));
    let public_access = public_access(reader, answer.block_public_access_states);
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, answer.owner_id, answer.tags);
    add(&mut estate.vpcs, Vpc { meta, cidrs, public_access }, reader);
}

/// Returns the blocks that are associated, not those being taken away or refused.
fn associated<'a>(
    reader: &mut Reader<'_, 'a>,
    associations: Option<Vec<Association<'a>>>,
) -> Vec<IpNet> {
    let mut cidrs = Vec::new();
    for association in associations.unwrap_or_default() {
        let v4 = reader.prefix(association.cidr_block, "CidrBlock");
        let v6 = reader.prefix(association.ipv6_cidr_block, "Ipv6CidrBlock");
        let state = association.cidr_block_state.or(association.ipv6_cidr_block_state);
        let state = state.and_then(|state| reader.text(state.state, "State"));
        if state.is_none_or(|state| state == "associated") {
            cidrs.extend(v4.or(v6));
        }
    }
    cidrs
}

fn public_access<'a>(
    reader: &mut Reader<'_, 'a>,
    states: Option<PublicAccessAnswer<'a>>,
) -> Option<PublicAccess> {
    super::access::mode(reader, states.and_then(|states| states.internet_gateway_block_mode))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SubnetAnswer<'a> {
    #[serde(borrow)]
    subnet_id: Leaf<'a>,
    subnet_arn: Leaf<'a>,
    vpc_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    availability_zone: Leaf<'a>,
    availability_zone_id: Leaf<'a>,
    cidr_block: Leaf<'a>,
    ipv6_cidr_block_association_set: Option<Vec<Association<'a>>>,
    block_public_access_states: Option<PublicAccessAnswer<'a>>,
    tags: Option<Vec<Tag<'a>>>,
}

pub(super) fn subnet<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<SubnetAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.subnet_id, "SubnetId");
    let vpc = reader.id(object, answer.vpc_id, "VpcId");
    let mut cidrs: Vec<IpNet> = reader.prefix(answer.cidr_block, "CidrBlock").into_iter().collect();
    cidrs.extend(associated(reader, answer.ipv6_cidr_block_association_set));
    let public_access = public_access(reader, answer.block_public_access_states);
    let zone = reader.text(answer.availability_zone, "AvailabilityZone");
    let zone_id = reader.text(answer.availability_zone_id, "AvailabilityZoneId");
    let arn = reader.text(answer.subnet_arn, "SubnetArn");
    let (Some(id), Some(vpc)) = (id, vpc) else { return };
    let mut meta = meta(reader, object, id, answer.owner_id, answer.tags);
    let region = arn.as_deref().and_then(region_of_arn);
    let region = region.or_else(|| zone.as_deref().and_then(region_of_zone));
    meta.region = region.or(meta.region);
    // The name of a zone means another zone in each account, its id the same one in all.
    let zone = zone_id.or(zone).map(std::borrow::Cow::into_owned);
    add(&mut estate.subnets, Subnet { meta, vpc, cidrs, zone, public_access }, reader);
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PeeringAnswer<'a> {
    #[serde(borrow)]
    vpc_peering_connection_id: Leaf<'a>,
    requester_vpc_info: Option<SideAnswer<'a>>,
    accepter_vpc_info: Option<SideAnswer<'a>>,
    status: Option<StatusAnswer<'a>>,
    tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SideAnswer<'a> {
    #[serde(borrow)]
    vpc_id: Leaf<'a>,
    region: Leaf<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatusAnswer<'a> {
    #[serde(borrow)]
    code: Leaf<'a>,
}

pub(super) fn peering<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<PeeringAnswer<'a>>(object) else { return };
    let id = reader.id(object, answer.vpc_peering_connection_id, "VpcPeeringConnectionId");
    let requester = side(reader, answer.requester_vpc_info);
    let accepter = side(reader, answer.accepter_vpc_info);
    let code = answer.status.and_then(|status| reader.text(status.code, "Code"));
    let status = code.and_then(|code| peering_status(&code));
    let Some(id) = id else { return };
    let meta = meta(reader, object, id, None, answer.tags);
    add(&mut estate.peerings, Peering { meta, requester, accepter, status }, reader);
}

fn side<'a>(reader: &mut Reader<'_, 'a>, side: Option<SideAnswer<'a>>) -> Side {
    let Some(side) = side else { return Side::default() };
    let vpc = reader.text(side.vpc_id, "VpcId").unwrap_or_default().into_owned();
    let region = reader.text(side.region, "Region").map(std::borrow::Cow::into_owned);
    Side { vpc, region }
}

/// The codes of `VpcPeeringConnectionStateReason`.
fn peering_status(code: &str) -> Option<PeeringStatus> {
    Some(match code {
        "active" => PeeringStatus::Active,
        "initiating-request" | "pending-acceptance" | "provisioning" => {
            PeeringStatus::PendingAcceptance
        }
        "rejected" => PeeringStatus::Rejected,
        "expired" => PeeringStatus::Expired,
        "failed" | "deleting" | "deleted" => PeeringStatus::Gone,
        _ => return None,
    })
}
