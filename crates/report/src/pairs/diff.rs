//! What differs between two snapshots, in words and as `canreach.diff/1`.

mod json;
mod text;

pub use json::{DIFF_SCHEMA, DiffDocument, document};
pub use text::text;

use serde::Serialize;

/// What shows one change, where somebody found it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// A flow that the change concerns, replayed place by place, one line each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// The rules that made the difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleChange>,
}

/// A flow that passes in one of the two networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// Whether it passes in the new network, or else in the old.
    pub is_new: bool,
    /// The flow, such as `10.0.1.10:40000 -> 10.0.2.20:5432 tcp`.
    pub flow: String,
    /// What happens to it, place by place.
    pub steps: Vec<String>,
}

/// A rule that one of the networks has, or that stands elsewhere there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// What happened to it.
    pub what: RuleFate,
    /// The rule, as one line.
    pub rule: String,
    /// Where the old network writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Where the new network writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// What happened to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleFate {
    /// Only the new network has it.
    Added,
    /// Only the old network has it.
    Removed,
    /// It says something else.
    Changed,
    /// It comes earlier or later.
    Reordered,
}

impl RuleFate {
    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Reordered => "reordered",
        }
    }
}

/// The two that were compared, and what is known of their changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// What the old one is called.
    pub old: &'a str,
    /// What the new one is called.
    pub new: &'a str,
    /// For each change, in order, what shows it; may be shorter.
    pub evidence: &'a [Evidence],
}
