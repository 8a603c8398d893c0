//! What each cause means, how canreach decides it, and how to mend it.

use std::fmt::Write as _;

use canreach_query::Cause;

use crate::text::layout::{Entry, Page, STRONG, WIDTH, wrap};

/// What there is to know about one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CausePage {
    /// The cause.
    pub cause: Cause,
    /// What it is, in one sentence, as printed with an answer.
    pub summary: &'static str,
    /// How canreach tells it from other causes.
    pub decided: &'static str,
    /// What to do about it.
    pub mend: &'static str,
}

/// Returns what there is to know about a cause.
#[must_use]
pub fn page(cause: Cause) -> CausePage {
    let (summary, decided, mend) = texts(cause);
    CausePage { cause, summary, decided, mend }
}

/// Returns the cause with that code, in any case, with `-` for `_` if one likes.
#[must_use]
pub fn find(code: &str) -> Option<Cause> {
    let wanted = code.trim().to_ascii_uppercase().replace('-', "_");
    Cause::ALL.into_iter().find(|cause| cause.code() == wanted)
}

/// Returns the causes that another tool's code stands for.
#[must_use]
pub fn find_alias(code: &str) -> Vec<Cause> {
    let wanted = code.trim().to_ascii_uppercase();
    Cause::ALL.into_iter().filter(|cause| cause.aliases().contains(&wanted.as_str())).collect()
}

/// Returns the cause as one line of an answer.
pub(crate) fn line(cause: Cause) -> String {
    let aliases = cause.aliases();
    let elsewhere = if aliases.is_empty() {
        String::new()
    } else {
        format!(" (elsewhere: {})", aliases.join(", "))
    };
    format!("{}: {}{elsewhere}", cause.code(), page(cause).summary)
}

/// Returns the page of one cause as text, with ANSI styles.
#[must_use]
pub fn explain(cause: Cause) -> String {
    let CausePage { summary, decided, mend, .. } = page(cause);
    let mut text = Page::default();
    text.headline(cause.code(), STRONG, summary);
    text.gap();
    text.entry("decided", &Entry::new(decided));
    text.entry("to mend it", &Entry::new(mend));
    let aliases = cause.aliases();
    if !aliases.is_empty() {
        let known =
            format!("{} (AWS Reachability Analyzer, GCP Connectivity Tests)", aliases.join(", "));
        text.entry("elsewhere", &Entry::new(known));
    }
    text.into_text()
}

/// Returns every cause with its one sentence, in the guide's order.
#[must_use]
pub fn overview() -> String {
    let longest = Cause::ALL.iter().map(|cause| cause.code().len()).max().unwrap_or(0);
    let mut text = String::new();
    for cause in Cause::ALL {
        let columns = WIDTH.saturating_sub(longest.saturating_add(2));
        for (index, line) in wrap(page(cause).summary, columns).iter().enumerate() {
            let code = if index == 0 { cause.code() } else { "" };
            let _ = writeln!(text, "{code:<longest$}  {line}");
        }
    }
    text
}

#[expect(clippy::too_many_lines, reason = "one table, which reads best in one piece")]
fn texts(cause: Cause) -> (&'static str, &'static str, &'static str) {
    match cause {
        Cause::SgDirection => (
            "a security-group rule would allow it, but stands in the other direction",
            "No rule of the interface's groups matches in the direction of the packet, and one does \
             in the opposite direction. Ingress rules judge what arrives at the interface, egress \
             rules what it sends; replies need no rule of their own.",
            "Move the rule: ingress at the receiver for who may connect to it, egress at the sender \
             for what it may connect to.",
        ),
        Cause::SgProtocol => (
            "a security-group rule would allow it, but for another protocol",
            "No rule matches, and one differs from the packet in the protocol alone.",
            "Add a rule for the protocol in use. TCP and UDP are two protocols with the same port \
             numbers; ping is ICMP and has no port.",
        ),
        Cause::SgPort => (
            "a security-group rule would allow it, but for another port or ICMP type",
            "No rule matches, and one differs from the packet in the destination port, or the ICMP \
             type or code, alone.",
            "Add the port that the service listens on. The port of a rule is the destination port, \
             in both directions.",
        ),
        Cause::SgPeer => (
            "a security-group rule would allow it, but for other addresses or another group",
            "No rule matches, and one differs from the packet in the address of the other side \
             alone. A reference to a group stands for the private addresses of its members: what \
             arrives from their public address, or through a NAT gateway, does not match it.",
            "Add the address as the packet carries it where it arrives, or make the sender a member \
             of the group and use its private address.",
        ),
        Cause::SgDeny => (
            "a security-group rule denies it",
            "The first rule that matches, by group order and priority, denies. Only clouds with \
             deny rules know this cause.",
            "Remove or narrow the deny rule, or put an allow rule before it with a smaller priority \
             number.",
        ),
        Cause::SgNoRule => (
            "no security-group rule allows it, and none comes near",
            "No rule matches the packet, and none would if a single field differed. What no rule \
             allows is denied.",
            "Add an allow rule in the direction of the packet, with its protocol and port and the \
             other side's address.",
        ),
        Cause::ServiceNotListening => (
            "nothing listens on that port and address",
            "The services of the instance are known, and none of them listens on the protocol, port \
             and address of the packet. A service on 127.0.0.1 or ::1 is never reached from outside.",
            "Start the service, or let it listen on 0.0.0.0, :: or the address of the interface.",
        ),
        Cause::AclOverridesSg => (
            "the security group allows it, the network ACL denies it; both have to allow it",
            "On one side of the flow the security groups let the packet through, and the network \
             ACL of the same subnet stops it.",
            "Add an allow rule to the network ACL before the one that denies. An ACL is tried in \
             order, and the first rule that matches decides.",
        ),
        Cause::AclDeny => (
            "the network ACL denies the request",
            "The first rule of the subnet's network ACL that matches denies, or no rule matches.",
            "Add an allow rule to the network ACL before the one that denies.",
        ),
        Cause::AclReply => (
            "the network ACL denies the reply",
            "The request is delivered, and the reply is stopped by a network ACL. Stateless ACLs, \
             such as those of AWS, judge replies like any packet: their destination is the client's \
             ephemeral port.",
            "Allow the ephemeral ports (1024-65535, or 32768-60999 for Linux alone) in the direction \
             of the reply.",
        ),
        Cause::NoPeering => (
            "the two VPCs have no peering",
            "The ends are in two VPCs, and no peering joins them. Being in one security group, or \
             in blocks that look alike, joins nothing.",
            "Create a peering between the VPCs, accept it, and add a route to it on both sides.",
        ),
        Cause::PeeringInactive => (
            "the peering is not active",
            "A route leads to a peering that waits for acceptance, or was rejected, has expired or \
             is deleted.",
            "Accept the peering from the other side, or create it again.",
        ),
        Cause::PeeringNotTransitive => (
            "the peering does not lead there, or does not carry what has to go on from there",
            "A route leads to a peering that does not end in this VPC, or a packet that came across \
             a peering would have to leave the VPC again: through another peering, an Internet \
             gateway or a NAT gateway, where the provider forbids it.",
            "Peer the two VPCs directly, or use a transit gateway.",
        ),
        Cause::NoRoute => (
            "the request has no route",
            "No route of the subnet's table holds the destination.",
            "Add a route for the destination to the subnet's route table.",
        ),
        Cause::NoReturnRoute => (
            "the request is delivered, but the reply has no route back",
            "The request arrives; the reply is routed by the receiver's own table, and no route of \
             it holds the sender's address. A peering needs a route on both sides.",
            "Add a route to the sender's block to the route table of the receiver's subnet.",
        ),
        Cause::RouteBlackhole => (
            "a route drops it",
            "The longest route for the destination is a blackhole: its target is gone, or it says \
             to drop.",
            "Point the route at a target that exists, or remove it so that a shorter route applies.",
        ),
        Cause::RoutingLoop => (
            "it goes round in circles",
            "The packet comes back, unchanged, to a place where it has been.",
            "Two route tables point at each other: change one of the routes.",
        ),
        Cause::NoPublicAddress => (
            "the sender has no public address",
            "The route leads to an Internet gateway, which carries IPv4 only from interfaces that \
             have a public address.",
            "Give the interface a public address, or route the subnet through a NAT gateway.",
        ),
        Cause::NoGateway => (
            "there is no Internet gateway, or it is not attached, or not for this traffic",
            "The VPC has no attached Internet gateway that carries the packet. An egress-only \
             gateway carries IPv6 out and replies back, nothing else.",
            "Attach an Internet gateway to the VPC, and route 0.0.0.0/0 or ::/0 to it.",
        ),
        Cause::NoTranslation => (
            "the NAT gateway has no translation for it",
            "No source or destination translation of the NAT gateway applies to the packet, or it \
             does not translate the protocol. A NAT gateway lets nothing in by itself.",
            "Add the translation, or give the instance a public address.",
        ),
        Cause::NoSuchAddress => (
            "nobody has that address",
            "The packet is routed to a VPC in which no interface has its destination, or to a \
             public address that stands for nothing.",
            "Check the address; associate the public address with an interface.",
        ),
        Cause::NotRoutedOnInternet => (
            "the Internet does not route the address",
            "The packet is on its way to the Internet with a private or otherwise reserved address \
             as its source or destination.",
            "Reach private addresses through a peering, a VPN or a transit gateway.",
        ),
        Cause::AsymmetricReply => (
            "the reply comes back from another address or port than the request went to",
            "The reply returns, but rewritten on its way, for example by a NAT gateway that the \
             request did not pass. The sender does not take it for an answer.",
            "Route request and reply through the same gateway.",
        ),
        Cause::NoAnswer => (
            "the message has no answer",
            "An ICMP error, or a reply itself, is never answered. Ask with `--one-way` whether it \
             arrives.",
            "Ask about a request: `--protocol icmp/8` is ping.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_found_by_its_code_in_any_case() {
        for cause in Cause::ALL {
            assert_eq!(find(cause.code()), Some(cause));
            assert_eq!(find(&cause.code().to_lowercase().replace('_', "-")), Some(cause));
        }
        assert_eq!(find("SG"), None);
        assert_eq!(find_alias("ROUTE_BLACKHOLE"), [Cause::RouteBlackhole]);
    }

    #[test]
    fn summaries_are_phrases_and_the_rest_sentences() {
        for cause in Cause::ALL {
            let page = page(cause);
            assert!(!page.summary.ends_with('.') && !page.summary.is_empty(), "{cause}");
            assert!(page.decided.ends_with('.') && page.mend.ends_with('.'), "{cause}");
        }
    }

    #[test]
    fn a_page_fits_its_width() {
        for line in Cause::ALL.into_iter().map(explain).collect::<String>().lines() {
            let plain = line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
            assert!(plain.chars().count() <= WIDTH, "{plain}");
        }
    }
}
