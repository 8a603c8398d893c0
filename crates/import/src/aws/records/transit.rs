//! What the answers say about transit gateways.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{Meta, Span};

use super::{Destination, Records};

/// Everything the answers say about transit gateways.
#[derive(Debug, Default)]
pub(in super::super) struct Transit {
    pub(in super::super) gateways: Records<TransitGateway>,
    /// Attachments; one between two gateways is there twice, once for each ([`attachment_key`]).
    pub(in super::super) attachments: Records<TransitAttachment>,
    pub(in super::super) tables: Records<TransitTable>,
    pub(in super::super) propagations: Vec<Propagation>,
    /// The tables of which an answer lists the propagations, also where there is none.
    pub(in super::super) propagations_of: BTreeSet<String>,
    /// Associations from answers of their own: the attachment and its table.
    pub(in super::super) associations: Vec<(String, String)>,
    /// The tables of which an answer lists the associations, also where there is none.
    pub(in super::super) associations_of: BTreeSet<String>,
    pub(in super::super) routes: Vec<(String, TransitRoute)>,
    /// The tables of which an answer lists routes, and whether one of these says that there are more.
    pub(in super::super) routes_of: BTreeMap<String, bool>,
}

/// Returns what an attachment is known by: its id, and for one between two gateways also the gateway.
pub(in super::super) fn attachment_key(id: &str, kind: &AttachmentKind, gateway: &str) -> String {
    if *kind == AttachmentKind::Peering { format!("{id} of {gateway}") } else { id.to_owned() }
}

/// How far an object has come that AWS makes and takes away step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Stage {
    Available,
    /// Being made, changed or taken away: it may or may not forward.
    Changing,
    Gone,
}

#[derive(Debug)]
pub(in super::super) struct TransitGateway {
    pub(in super::super) meta: Meta,
    pub(in super::super) stage: Stage,
    /// `None` where the answer does not say, which is the answer of a time before the option.
    pub(in super::super) group_references: Option<bool>,
}

/// What kind of thing is attached (`ResourceType`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum AttachmentKind {
    Vpc,
    Vpn,
    DirectConnect,
    /// Another transit gateway.
    Peering,
    /// Something that is not modelled, and what it is called.
    Other(String),
}

#[derive(Debug)]
pub(in super::super) struct TransitAttachment {
    pub(in super::super) meta: Meta,
    pub(in super::super) gateway: String,
    pub(in super::super) kind: AttachmentKind,
    /// What is attached: a VPC, a connection, the gateway on the other side.
    pub(in super::super) resource: Option<String>,
    pub(in super::super) stage: Stage,
    /// When it was made, as written.
    pub(in super::super) created: Option<String>,
    /// The route table it is associated with.
    pub(in super::super) association: Option<String>,
    /// Whether an answer describes it that tells the association where there is one.
    pub(in super::super) tells_association: bool,
    pub(in super::super) into_vpc: Option<IntoVpc>,
}

/// How an attachment stands in its VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct IntoVpc {
    pub(in super::super) subnets: BTreeSet<String>,
    pub(in super::super) appliance_mode: bool,
    pub(in super::super) group_references: bool,
    /// Whether the IPv6 blocks of the VPC are propagated.
    pub(in super::super) ipv6: bool,
}

#[derive(Debug)]
pub(in super::super) struct TransitTable {
    pub(in super::super) meta: Meta,
    pub(in super::super) gateway: String,
    pub(in super::super) stage: Stage,
}

/// An attachment whose routes a table takes.
#[derive(Debug)]
pub(in super::super) struct Propagation {
    pub(in super::super) table: String,
    pub(in super::super) attachment: String,
    /// Whether it is neither being switched on nor off.
    pub(in super::super) settled: bool,
    pub(in super::super) span: Span,
}

/// Which route of one destination holds (AWS transit gateway guide, "route evaluation order").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum TransitRank {
    Static,
    PrefixList,
    Propagated,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum TransitWay {
    /// One of these attachments; the gateway takes each for some flows.
    Attachments(BTreeSet<String>),
    Blackhole,
    /// The route is being made or taken away.
    Changing,
}

#[derive(Clone, Debug)]
pub(in super::super) struct TransitRoute {
    pub(in super::super) destination: Destination,
    pub(in super::super) rank: TransitRank,
    pub(in super::super) way: TransitWay,
    pub(in super::super) span: Span,
}
