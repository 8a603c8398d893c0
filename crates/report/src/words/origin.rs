//! Where things are written.

use canreach_model::{ImpliedBy, Location, Meta, Origin, Span};

use super::Words;

/// Where something is written, or why it exists although nobody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The place, where there is one.
    pub(crate) location: Option<Location>,
    /// Why it exists, where nobody wrote it as it is.
    pub(crate) reason: Option<String>,
    /// The provider's id of the rule, or else of the object.
    pub(crate) id: Option<String>,
}

impl Source {
    /// Returns what to print beside it: the place, or else the reason.
    pub(crate) fn short(&self) -> Option<String> {
        match &self.location {
            Some(location) => Some(location.to_string()),
            None => self.reason.as_ref().map(|reason| format!("({reason})")),
        }
    }
}

impl Words<'_> {
    pub(crate) fn location(self, span: Span) -> Location {
        self.network.sources.location(span)
    }

    /// Returns where something is written; `id` is the provider's own id for it.
    pub(crate) fn source(self, origin: &Origin, id: Option<&str>) -> Source {
        let reason = match origin {
            Origin::Written(_) => None,
            Origin::Implied(by) => Some(implied(*by).to_owned()),
            Origin::Derived { how, .. } => Some(how.clone()),
        };
        let location = origin.span().map(|span| self.location(span));
        Source { location, reason, id: id.map(str::to_owned) }
    }

    pub(crate) fn source_of(self, meta: &Meta) -> Source {
        self.source(&meta.origin, Some(&meta.id))
    }
}

fn implied(by: ImpliedBy) -> &'static str {
    match by {
        ImpliedBy::LocalRoute => "every route table has it",
        ImpliedBy::DefaultRule => "applies where no rule matches",
        ImpliedBy::DefaultObject => "made by the provider",
        ImpliedBy::MissingInput => "not in the input",
    }
}
