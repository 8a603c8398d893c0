//! VPC endpoints.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    super::{
        json::{Leaf, List, Reader},
        merge::add,
        records::{Endpoint, EndpointKind, Estate},
    },
    Tag,
    instances::owned,
    meta,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EndpointAnswer<'a> {
    #[serde(borrow)]
    vpc_endpoint_id: Leaf<'a>,
    vpc_endpoint_type: Leaf<'a>,
    vpc_id: Leaf<'a>,
    owner_id: Leaf<'a>,
    state: Leaf<'a>,
    policy_document: Leaf<'a>,
    network_interface_ids: List<'a>,
    tags: Option<Vec<Tag<'a>>>,
}

pub(super) fn endpoint<'a>(reader: &mut Reader<'_, 'a>, estate: &mut Estate, object: &'a RawValue) {
    let Some(answer) = reader.parse::<EndpointAnswer<'a>>(object) else { return };
    let Some(id) = reader.id(object, answer.vpc_endpoint_id, "VpcEndpointId") else { return };
    // The oldest answers have no type: gateways were the only kind then.
    let kind = match reader.text(answer.vpc_endpoint_type, "VpcEndpointType").as_deref() {
        Some("Gateway") | None => EndpointKind::Gateway,
        Some("Interface" | "Resource" | "ServiceNetwork") => EndpointKind::Interface,
        Some(other) => EndpointKind::Other(other.to_owned()),
    };
    let state = reader.text(answer.state, "State");
    // Both `available` and `Available` are written.
    let trouble = state.filter(|state| !state.eq_ignore_ascii_case("available"));
    let policy = reader.text(answer.policy_document, "PolicyDocument");
    let interfaces = answer.network_interface_ids.unwrap_or_default().into_iter();
    let interfaces = interfaces
        .filter_map(|raw| reader.text(Some(raw), "NetworkInterfaceIds"))
        .map(Cow::into_owned);
    let endpoint = Endpoint {
        kind,
        interfaces: interfaces.collect(),
        vpc: owned(reader.text(answer.vpc_id, "VpcId")),
        trouble: trouble.map(Cow::into_owned),
        restricted: policy.is_some_and(|policy| !allows_everything(&policy)),
        meta: meta(reader, object, id, answer.owner_id, answer.tags),
    };
    add(&mut estate.endpoints, endpoint, reader);
}

/// Whether a policy is the one that AWS writes by itself, which lets everybody do everything.
fn allows_everything(policy: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return policy.is_empty() };
    let everything = |statement: &Value| {
        let is = |key: &str, text: &str| statement.get(key).and_then(Value::as_str) == Some(text);
        is("Effect", "Allow")
            && is("Action", "*")
            && is("Resource", "*")
            && is("Principal", "*")
            && statement.get("Condition").is_none()
    };
    match policy.get("Statement") {
        Some(Value::Array(statements)) => {
            statements.iter().any(everything)
                && statements
                    .iter()
                    .all(|one| one.get("Effect").and_then(Value::as_str) != Some("Deny"))
        }
        Some(statement) => everything(statement),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_allows_everything() {
        let default = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
        assert!(allows_everything(default));
        assert!(allows_everything(""));
        assert!(!allows_everything(&default.replace("\"Action\":\"*\"", "\"Action\":\"s3:Get*\"")));
        assert!(!allows_everything(&default.replace("\"Allow\"", "\"Deny\"")));
        let conditional = default.replace("\"Effect\"", "\"Condition\":{},\"Effect\"");
        assert!(!allows_everything(&conditional));
    }
}
