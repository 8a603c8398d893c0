//! Proposals as JSON: `canreach.fix/1`, described in `docs/fix-json.md`.

use canreach_model::{
    AddressMatch, FirewallList, Network, PacketMatch, Route as ModelRoute, Rule as ModelRule,
    RuleOwner, RuleRef,
};
use canreach_net::PortSet;
use canreach_query::{
    self as query,
    fix::{self, Edit, Fix, Goal, Pairing, apply},
};
use serde::Serialize;

use super::{
    Input, Object, Origin, Part, Question, Rule, Solver, build,
    network::{inputs, object, origin, route, rule, verdict},
};
use crate::{
    SEMANTICS_VERSION,
    words::{self, AnyRule, EditWords, Words, chain_rule, edit_code},
};

/// The name and version of the format of proposals.
pub const FIX_SCHEMA: &str = "canreach.fix/1";

/// The proposals for one question.
#[derive(Clone, Debug, Serialize)]
pub struct FixDocument {
    schema: &'static str,
    semantics: u32,
    goal: &'static str,
    question: Question,
    verdict: &'static str,
    delivered: &'static str,
    answered: &'static str,
    nothing_to_do: bool,
    proposals: Vec<Proposal>,
    complete: bool,
    tried: usize,
    inputs: Vec<Input>,
    solver: Solver,
}

/// Edits that do what is wanted.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Proposal {
    edits: Vec<EditEntry>,
    verdict: &'static str,
    delivered: &'static str,
    opens: Changes,
    closes: Changes,
    looked_at: usize,
    left_out: usize,
    text: String,
}

#[derive(Clone, Debug, Serialize)]
struct EditEntry {
    kind: &'static str,
    object: Object,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    into: Option<ProposedRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<super::Route>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    origin: Option<Origin>,
    text: String,
}

/// A rule as it is to be.
#[derive(Clone, Debug, Serialize)]
struct ProposedRule {
    direction: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u16>,
    action: String,
    packets: Packets,
    text: String,
}

/// Which packets a rule speaks of; what is missing does not matter.
#[derive(Clone, Debug, Serialize)]
struct Packets {
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Side>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ports: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<Side>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_ports: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_code: Option<u8>,
}

/// One side of a rule.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Side {
    Addresses(String),
    Group(Object),
}

/// What becomes open, or closed, besides.
#[derive(Clone, Debug, Serialize)]
struct Changes {
    traffic: Vec<Part>,
    pairs: Vec<Pair>,
    texts: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Pair {
    from: super::End,
    to: super::End,
    verdict: &'static str,
}

/// Returns the document for the proposals for a question.
#[must_use]
pub fn fix(network: &Network, fix: &Fix) -> FixDocument {
    let words = Words::new(network, &fix.answer);
    FixDocument {
        schema: FIX_SCHEMA,
        semantics: SEMANTICS_VERSION,
        goal: match fix.goal {
            Goal::Open => "open",
            Goal::Close => "close",
        },
        question: build::question(words, &fix.answer.question),
        verdict: verdict(fix.answer.verdict),
        delivered: verdict(fix.answer.delivered),
        answered: verdict(fix.answer.answered),
        nothing_to_do: fix.nothing_to_do(),
        proposals: proposals(words, &fix.proposals),
        complete: fix.complete,
        tried: fix.tried,
        inputs: inputs(network),
        solver: build::solver(&fix.answer.proof),
    }
}

/// Returns proposals as they stand in this document and in that of an answer.
pub(super) fn proposals(words: Words<'_>, all: &[fix::Proposal]) -> Vec<Proposal> {
    all.iter().map(|it| proposal(words, it)).collect()
}

fn proposal(words: Words<'_>, proposal: &fix::Proposal) -> Proposal {
    let edited = apply(words.network, &proposal.edits);
    let told = EditWords::new(words, &edited);
    let besides = &proposal.besides;
    Proposal {
        edits: proposal.edits.iter().map(|it| edit(told, it)).collect(),
        verdict: verdict(proposal.proof.verdict),
        delivered: verdict(proposal.proof.delivered),
        opens: changes(
            told.after,
            &besides.traffic_opened,
            &besides.opened,
            words::opened(besides),
        ),
        closes: changes(
            told.after,
            &besides.traffic_closed,
            &besides.closed,
            words::closed(besides),
        ),
        looked_at: besides.looked_at,
        left_out: besides.left_out,
        text: format!("does what is asked{}", words::besides(besides)),
    }
}

fn changes(
    words: Words<'_>,
    traffic: &[query::Open],
    pairs: &[Pairing],
    texts: Vec<String>,
) -> Changes {
    let pair = |it: &Pairing| Pair {
        from: build::end(words, &it.from),
        to: build::end(words, &it.to),
        verdict: verdict(it.verdict),
    };
    Changes {
        traffic: traffic.iter().map(build::part).collect(),
        pairs: pairs.iter().map(pair).collect(),
        texts,
    }
}

fn edit(told: EditWords<'_>, edit: &Edit) -> EditEntry {
    let (was, now) = (told.before, told.after);
    let entry = EditEntry {
        kind: edit_code(edit),
        object: object(told.object(edit)),
        rule: None,
        into: None,
        before: None,
        route: None,
        destination: None,
        target: None,
        address: None,
        origin: told.source(edit).map(origin),
        text: told.edit(edit).text,
    };
    match edit {
        Edit::AddRule { owner, direction, before, rule: new } => {
            let at = RuleRef { owner: *owner, direction: *direction, index: *before };
            let into = Some(proposed(now, at, new));
            EditEntry { into, before: next(was, at), ..entry }
        }
        Edit::MoveRule { rule: moved, before, number, priority } => {
            let at = RuleRef { index: *before, ..*moved };
            let into = was.network.rule(*moved).map(|it| {
                let it = ModelRule { number: *number, priority: *priority, ..it.clone() };
                proposed(now, *moved, &it)
            });
            EditEntry { rule: rule(was, *moved), into, before: next(was, at), ..entry }
        }
        Edit::RemoveRule(removed) => EditEntry { rule: rule(was, *removed), ..entry },
        Edit::ChangeRule { rule: changed, direction, into } => {
            let at = RuleRef { direction: *direction, ..*changed };
            let into = Some(proposed(now, at, into));
            EditEntry { rule: rule(was, *changed), into, ..entry }
        }
        Edit::AddChainRule { instance, chain, before, rule: new } => {
            let at = chain_rule(*instance, *chain, *before);
            EditEntry { into: Some(proposed(now, at, new)), before: rule(was, at), ..entry }
        }
        Edit::RemoveChainRule { instance, chain, index } => {
            EditEntry { rule: rule(was, chain_rule(*instance, *chain, *index)), ..entry }
        }
        Edit::ChangeChainRule { instance, chain, index, into } => {
            let at = chain_rule(*instance, *chain, *index);
            EditEntry { rule: rule(was, at), into: Some(proposed(now, at, into)), ..entry }
        }
        Edit::AddTransitRoute { route, .. } => EditEntry {
            destination: Some(route.destination.to_string()),
            target: Some(now.transit_target(route.target)),
            ..entry
        },
        Edit::ChangeTransitRoute { target, .. } => {
            EditEntry { target: Some(now.transit_target(*target)), ..entry }
        }
        Edit::Advertise { prefix, .. } => {
            EditEntry { destination: Some(prefix.to_string()), ..entry }
        }
        Edit::MoveInterface { to, .. } => EditEntry { address: Some(to.to_string()), ..entry },
        Edit::AddTarget { target, .. } => {
            EditEntry { address: Some(target.address.to_string()), ..entry }
        }
        Edit::AddRoute { route: ModelRoute { destination, target, .. }, .. } => EditEntry {
            destination: Some(destination.to_string()),
            target: Some(now.target(*target)),
            ..entry
        },
        Edit::ChangeRoute { route: changed, target } => {
            EditEntry { route: route(was, *changed), target: Some(now.target(*target)), ..entry }
        }
        Edit::RemoveRoute(removed) => EditEntry { route: route(was, *removed), ..entry },
        Edit::AssociatePublicAddress { address, .. } | Edit::AddNatAddress { address, .. } => {
            EditEntry { address: Some(address.to_string()), ..entry }
        }
        Edit::DisassociatePublicAddress(public) => {
            let address = was.network.public_addresses[*public].address;
            EditEntry { address: Some(address.to_string()), ..entry }
        }
        Edit::AttachTransit { .. }
        | Edit::AddAttachmentSubnet { .. }
        | Edit::AssociateTransit { .. }
        | Edit::RemoveTransitRoute(_)
        | Edit::BringUpConnection(_)
        | Edit::SwitchOffSourceDestCheck(_)
        | Edit::SwitchOnForwarding(_)
        | Edit::AddListener { .. }
        | Edit::AddSecurityGroup(_)
        | Edit::CreatePeering { .. }
        | Edit::ActivatePeering(_)
        | Edit::AddService { .. }
        | Edit::RebindService { .. }
        | Edit::RemoveService { .. }
        | Edit::AttachInternetGateway { .. }
        | Edit::CreateInternetGateway(_)
        | Edit::AllowInternetGateway(_)
        | Edit::AddSourceTranslation { .. }
        | Edit::AddDestinationTranslation { .. } => entry,
    }
}

/// The rule before which another goes, where the order of a list counts.
fn next(words: Words<'_>, at: RuleRef) -> Option<Rule> {
    match at.owner {
        RuleOwner::SecurityGroup(_)
        | RuleOwner::CloudFirewall(_, _, FirewallList::White | FirewallList::Black) => None,
        RuleOwner::NetworkAcl(_)
        | RuleOwner::CloudFirewall(_, _, FirewallList::Rules)
        | RuleOwner::ListenerAccess(..)
        | RuleOwner::HostChain(..) => rule(words, at),
    }
}

fn proposed<'r>(words: Words<'_>, at: RuleRef, rule: impl Into<AnyRule<'r>>) -> ProposedRule {
    let rule = rule.into();
    ProposedRule {
        direction: at.direction.to_string(),
        number: rule.number(),
        priority: rule.priority(),
        action: words.action(at, rule),
        packets: packets(words, rule.matches()),
        text: words.rule_body(at, rule),
    }
}

fn packets(words: Words<'_>, matches: &PacketMatch) -> Packets {
    let some_ports = |set: &PortSet| (!set.is_all()).then(|| words::list(set));
    let family = matches.family.map(|family| family.everywhere().to_string());
    let any = || family.clone().map(Side::Addresses);
    let side = |side| match side {
        AddressMatch::Any => any(),
        AddressMatch::Range(range) => Some(Side::Addresses(range.to_string())),
        AddressMatch::SecurityGroup(group) => {
            Some(Side::Group(object(words.security_group(group))))
        }
        AddressMatch::AddressGroup(group) => Some(Side::Group(object(words.address_group(group)))),
    };
    Packets {
        protocol: matches.protocol.map(|protocol| protocol.to_string()),
        source: side(matches.source),
        source_ports: some_ports(&matches.source_ports),
        destination: side(matches.destination),
        destination_ports: some_ports(&matches.destination_ports),
        icmp_type: matches.icmp.and_then(|icmp| icmp.kind),
        icmp_code: matches.icmp.and_then(|icmp| icmp.code),
    }
}
