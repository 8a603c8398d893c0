//! What an account blocks of the Internet traffic of its VPCs (VPC block public access).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{
    json::{Leaf, Reader},
    records::{AccountAccess, Estate, PublicAccess},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionsAnswer<'a> {
    #[serde(borrow)]
    aws_account_id: Leaf<'a>,
    aws_region: Leaf<'a>,
    internet_gateway_block_mode: Leaf<'a>,
}

/// The options of one account in one region; the answer is this one object.
pub(super) fn options<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<OptionsAnswer<'a>>(object) else { return };
    let (account, region) = reader.hints.clone();
    let known = reader.text(answer.aws_account_id, "AwsAccountId").map(Cow::into_owned);
    let account = known.or(account);
    let region = reader.text(answer.aws_region, "AwsRegion").map(Cow::into_owned).or(region);
    if let Some(access) = mode(reader, answer.internet_gateway_block_mode) {
        estate.account_access.push(AccountAccess { account, region, access });
    }
}

/// Reads how much is blocked.
pub(super) fn mode<'a>(reader: &mut Reader<'_, 'a>, mode: Leaf<'a>) -> Option<PublicAccess> {
    match &*reader.text(mode, "InternetGatewayBlockMode")? {
        "block-bidirectional" => Some(PublicAccess::Blocked),
        "block-ingress" => Some(PublicAccess::IngressBlocked),
        _ => Some(PublicAccess::Open),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExclusionAnswer<'a> {
    #[serde(borrow)]
    internet_gateway_exclusion_mode: Leaf<'a>,
    resource_arn: Leaf<'a>,
    state: Leaf<'a>,
}

/// A VPC or subnet that is excluded from what its account blocks.
pub(super) fn exclusion<'a>(
    reader: &mut Reader<'_, 'a>,
    estate: &mut Estate,
    object: &'a RawValue,
) {
    let Some(answer) = reader.parse::<ExclusionAnswer<'a>>(object) else { return };
    let state = reader.text(answer.state, "State");
    // What is being made counts: it is what will hold. What is taken away, or was never made, does not.
    let holds = state.is_none_or(|state| {
        state != "create-failed" && (state.starts_with("create-") || state.starts_with("update-"))
    });
    let mode = reader.text(answer.internet_gateway_exclusion_mode, "InternetGatewayExclusionMode");
    let access = match mode.as_deref() {
        Some("allow-egress") => PublicAccess::IngressBlocked,
        _ => PublicAccess::Open,
    };
    let Some(arn) = reader.id(object, answer.resource_arn, "ResourceArn") else { return };
    if let (Some((_, id)), true) = (arn.rsplit_once('/'), holds) {
        estate.access_exclusions.insert(id.to_owned(), access);
    }
}
