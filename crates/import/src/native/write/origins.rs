//! Where things come from, as positions in the list of sources.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use canreach_model::{FileId, ImpliedBy, Meta, Network, Origin, SourceMap, Span};

use crate::native::notation::{
    About, Derived, Digest, Implied, ImpliedBy as WrittenReason, Origin as WrittenOrigin, Source,
    Spot, TagValue, Text,
};

/// Returns text, where there is some.
pub(super) fn text(text: Option<&String>) -> Option<Text> {
    text.map(|text| Text::from(&**text))
}

/// The files that a model was made from.
#[derive(Debug)]
pub(super) struct Origins<'n> {
    sources: &'n SourceMap,
    /// The files listed, with their positions.
    listed: BTreeMap<FileId, usize>,
    /// Those that something refers to.
    used: RefCell<BTreeSet<FileId>>,
}

impl<'n> Origins<'n> {
    /// Lists every file but those left out.
    pub(super) fn new(network: &'n Network, without: &BTreeSet<FileId>) -> Self {
        let sources = &network.sources;
        let all = sources.iter().map(|(id, _)| id);
        let listed = all.filter(|id| !without.contains(id)).zip(0..).collect();
        Self { sources, listed, used: RefCell::default() }
    }

    /// Returns the files listed that only repeat what others say, and to which nothing refers.
    pub(super) fn idle_records(&self) -> BTreeSet<FileId> {
        let used = self.used.borrow();
        let listed = self.listed.keys().copied();
        listed.filter(|id| self.sources.is_record(*id) && !used.contains(id)).collect()
    }

    pub(super) fn sources(&self) -> Vec<Source> {
        let inputs = self.listed.keys().filter_map(|id| self.sources.input(*id));
        let source = |input: &canreach_model::Input| Source {
            path: Text::from(&*input.path),
            digest: (!input.digest.is_empty()).then(|| Digest(format!("sha256:{}", input.digest))),
            account: text(input.account.as_ref()),
            region: text(input.region.as_ref()),
            recorded: text(input.recorded.as_ref()),
        };
        inputs.map(source).collect()
    }

    pub(super) fn spots(&self, spans: &[Span]) -> Option<Vec<Spot>> {
        (!spans.is_empty()).then(|| spans.iter().map(|span| self.spot(*span)).collect())
    }

    fn spot(&self, span: Span) -> Spot {
        let place = self.sources.location(span);
        self.used.borrow_mut().insert(span.file);
        let source = self.listed.get(&span.file).copied().unwrap_or_default();
        Spot(format!("{source}:{}:{}", place.line, place.column))
    }

    pub(super) fn origin(&self, origin: &Origin) -> WrittenOrigin {
        match origin {
            Origin::Written(span) => WrittenOrigin::Written(self.spot(*span)),
            Origin::Implied(by) => WrittenOrigin::Implied(Implied {
                implied: match by {
                    ImpliedBy::LocalRoute => WrittenReason::LocalRoute,
                    ImpliedBy::DefaultRule => WrittenReason::DefaultRule,
                    ImpliedBy::DefaultObject => WrittenReason::DefaultObject,
                    ImpliedBy::MissingInput => WrittenReason::MissingInput,
                },
            }),
            Origin::Derived { how, from } => WrittenOrigin::Derived(Derived {
                derived: Text::from(&**how),
                from: self.spots(from),
            }),
        }
    }

    /// Returns what is said about an object that has this name.
    pub(super) fn about(&self, meta: &Meta, name: &str) -> About {
        fields!(meta => Meta { id, name, aliases, tags, account, region, origin });
        let tags = meta.tags.iter().map(|(key, value)| (key.clone(), TagValue(value.clone())));
        About {
            id: (meta.id != name).then(|| Text::from(&*meta.id)),
            name: text(meta.name.as_ref()),
            aliases: super::list(&meta.aliases, |alias| Text::from(&**alias)),
            account: text(meta.account.as_ref()),
            region: text(meta.region.as_ref()),
            tags: (!meta.tags.is_empty()).then(|| tags.collect()),
            origin: Some(self.origin(&meta.origin)),
        }
    }
}
