//! What a file says that records other files: its sources, and what these leave open.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Digest, Spot, Text};

/// A file that this one was made from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Its path.
    pub(crate) path: Text,
    /// The digest of its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<Digest>,
    /// The cloud account it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Text>,
    /// The region it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Text>,
    /// When its content was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recorded: Option<Text>,
}

/// Where something comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Origin {
    Written(Spot),
    Implied(Implied),
    Derived(Derived),
}

/// The provider adds it by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Implied {
    /// Why.
    pub(crate) implied: ImpliedBy,
}

/// Why something is there that nobody wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImpliedBy {
    LocalRoute,
    DefaultRule,
    DefaultObject,
    MissingInput,
}

/// It follows from what is written elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Derived {
    /// How it follows, as a phrase.
    pub(crate) derived: Text,
    /// From what, the most telling place first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Vec<Spot>>,
}

/// Something that may be true or false.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// What is true if the fact is, as a sentence.
    pub(crate) statement: Text,
    /// What would settle it, as a phrase for "to settle it, …".
    pub(crate) settled_by: Text,
    /// Whether more packets pass while it is true (`helps`), while it is false (`hinders`), or
    /// neither.
    #[serde(default)]
    pub(crate) polarity: Polarity,
    /// Where it comes from, if not from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Origin>,
}

/// Which value of a fact lets more packets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Polarity {
    Helps,
    Hinders,
    #[default]
    Neither,
}

/// Something taken for granted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assumption {
    /// What is taken for granted, as a sentence.
    pub(crate) statement: Text,
    /// The places it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) places: Option<Vec<Spot>>,
}

/// A kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LayerName {
    SecurityGroup,
    NetworkAcl,
    CloudFirewall,
    ListenerAccess,
    HostFirewall,
    Listener,
}
