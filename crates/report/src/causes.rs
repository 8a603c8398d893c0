//! Causes: one line each, and the pages of `docs/causes/`, which say the rest.

use std::{borrow::Cow, fmt::Write as _};

use canreach_query::Cause;
use include_dir::{Dir, include_dir};

use crate::text::layout::{WIDTH, wrap};

mod markdown;
#[cfg(test)]
mod tests;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/causes");

/// Returns the cause with that code, in any case, with `-` for `_` if one likes.
#[must_use]
pub fn find(code: &str) -> Option<Cause> {
    let wanted = normal(code);
    Cause::ALL.into_iter().find(|cause| cause.code() == wanted)
}

/// Returns the causes that another tool's code stands for.
#[must_use]
pub fn find_alias(code: &str) -> Vec<Cause> {
    let wanted = normal(code);
    Cause::ALL.into_iter().filter(|cause| cause.aliases().any(|alias| alias == wanted)).collect()
}

fn normal(code: &str) -> String {
    code.trim().to_ascii_uppercase().replace('-', "_")
}

/// Returns the page of a cause, as it is written.
#[must_use]
pub fn page(cause: Cause) -> Cow<'static, str> {
    let file = PAGES.get_file(format!("{}.md", cause.code()));
    file.map_or(Cow::Borrowed(""), |file| String::from_utf8_lossy(file.contents()))
}

/// Returns the page of a cause for a terminal, with ANSI styles.
#[must_use]
pub fn explain(cause: Cause) -> String {
    markdown::for_terminal(&page(cause))
}

/// Returns the causes with one line each.
#[must_use]
pub fn overview(causes: &[Cause]) -> String {
    let longest = causes.iter().map(|cause| cause.code().len()).max().unwrap_or(0);
    let columns = WIDTH.saturating_sub(longest.saturating_add(2));
    let mut text = String::new();
    for cause in causes {
        for (index, line) in wrap(summary(*cause), columns).iter().enumerate() {
            let code = if index == 0 { cause.code() } else { "" };
            let _ = writeln!(text, "{code:<longest$}  {line}");
        }
    }
    text
}

/// Returns the cause as one line of an answer.
pub(crate) fn line(cause: Cause) -> String {
    // The first of each tool is the usual one; its page has them all.
    let usual = cause.aws().first().into_iter().chain(cause.gcp().first());
    let usual: Vec<&str> = usual.copied().filter(|code| *code != cause.code()).collect();
    let elsewhere = if usual.is_empty() {
        String::new()
    } else {
        format!(" (elsewhere: {})", usual.join(", "))
    };
    format!("{}: {}{elsewhere}", cause.code(), summary(cause))
}

/// Returns what a cause is, as a phrase.
#[must_use]
pub fn summary(cause: Cause) -> &'static str {
    match cause {
        Cause::SgDirection => {
            "a security-group rule would allow it, but stands in the other direction"
        }
        Cause::SgProtocol => "a security-group rule would allow it, but for another protocol",
        Cause::SgPort => "a security-group rule would allow it, but for another port or ICMP type",
        Cause::SgPeer => {
            "a security-group rule would allow it, but for other addresses or another group"
        }
        Cause::SgDeny => "a security-group rule denies it",
        Cause::SgNoRule => "no security-group rule allows it, and none differs in one field alone",
        Cause::PortHighRisk => "carriers on the Internet may block this port",
        Cause::ServiceNotListening => "nothing listens on that port and address",
        Cause::AclOverridesSg => {
            "the security group allows it, the network ACL denies it; both have to allow it"
        }
        Cause::AclDeny => "the network ACL denies the request",
        Cause::AclReply => "the network ACL denies the reply",
        Cause::HostFirewall => "the firewall of a host denies it",
        Cause::CloudFirewall => "a cloud firewall denies it",
        Cause::NoPeering => "the two VPCs have no peering",
        Cause::PeeringInactive => "the peering is not active",
        Cause::PeeringNotTransitive => {
            "the peering does not lead there, or does not carry what has to go on from there"
        }
        Cause::NotAttached => {
            "the VPC, its zone or a connection is not attached to the transit gateway, or not \
             associated"
        }
        Cause::ConnectionDown => "the VPN or Direct Connect connection is down, or leads elsewhere",
        Cause::NoRoute => "the request has no route",
        Cause::NoReturnRoute => "the request is delivered, but the reply has no route back",
        Cause::RouteBlackhole => "a route drops it",
        Cause::RoutingLoop => "it goes round in circles",
        Cause::OverlappingCidr => "a block with the same addresses keeps it from leaving",
        Cause::SourceDestCheck => {
            "an interface drops what is neither from nor for one of its addresses"
        }
        Cause::NoForwarding => "the instance that a route leads to does not forward",
        Cause::LoadBalancer => {
            "the load balancer has no listener or no target for it, or its access list refuses it"
        }
        Cause::LbHairpin => {
            "the load balancer keeps the client's address and picks the client itself as the target"
        }
        Cause::NoPublicAddress => "the sender has no public address",
        Cause::NoGateway => {
            "there is no Internet gateway, or it is not attached, or not for this traffic"
        }
        Cause::NoTranslation => "the NAT gateway has no translation for it",
        Cause::NoSuchAddress => "nobody has that address",
        Cause::GatewayInterface => {
            "the address is that of a gateway's interface, which takes nothing for itself"
        }
        Cause::NotRoutedOnInternet => "the Internet does not route the address",
        Cause::AsymmetricReply => {
            "the reply comes back from another address or port than the request went to"
        }
        Cause::NoAnswer => "the message has no answer",
    }
}
