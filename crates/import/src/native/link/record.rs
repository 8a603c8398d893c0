//! What files say of the files they record: sources, facts, assumptions, and where things come from.

use canreach_model::{Assumption, Fact, FactId, FileId, ImpliedBy, Input, Origin, SourceMap, Span};

use super::Linker;
use crate::{
    diagnostic::Place,
    native::{
        node::Name,
        written::{self, Spot},
    },
};

impl Linker<'_> {
    /// Adds the files that were not read, but are recorded in one that was.
    pub(super) fn add_sources(&mut self) {
        for model in self.models {
            let Some(record) = &model.written.record else { continue };
            self.network.sources.mark_record(model.id);
            let mut ids: Vec<FileId> = Vec::with_capacity(record.sources.len());
            for source in &record.sources {
                let input = Input {
                    path: source.path.clone(),
                    digest: source.digest.clone(),
                    account: source.account.clone(),
                    region: source.region.clone(),
                    recorded: source.recorded.clone(),
                };
                ids.push(self.network.sources.add_recorded(input, model.id));
            }
            self.recorded.insert(model.index, ids);
        }
    }

    pub(super) fn add_facts(&mut self) {
        for model in self.models {
            for (name, fact) in &model.written.facts {
                let fact = Fact {
                    statement: fact.statement.clone(),
                    settled_by: fact.settled_by.clone(),
                    origin: self.origin_of(name.place, fact.origin.as_ref()),
                    polarity: fact.polarity,
                };
                let id = self.network.facts.push(fact);
                self.facts.define(name, Some(id));
            }
        }
    }

    /// Adds what was taken for granted.
    pub(super) fn add_remarks(&mut self) {
        for model in self.models {
            for assumption in &model.written.assumptions {
                let spots = assumption.places.iter();
                let places = spots.filter_map(|spot| self.recorded_span(model.index, *spot));
                let places = places.collect();
                let statement = assumption.statement.clone();
                self.network.assumptions.push(Assumption { statement, places });
            }
        }
    }

    pub(super) fn fact(&mut self, name: &Name) -> Option<FactId> {
        let found = self.facts.find(name);
        self.resolved(found)
    }

    /// Returns where something comes from: as it says, or else from the place where it stands.
    pub(super) fn origin_of(&self, place: Place, written: Option<&written::Origin>) -> Origin {
        let span = |spot: &Spot| self.recorded_span(place.file, *spot);
        match written {
            None => self.origin(place),
            Some(written::Origin::Written(spot)) => match span(spot) {
                Some(span) => Origin::Written(span),
                // The reader knows how many sources there are.
                None => Origin::Implied(ImpliedBy::MissingInput),
            },
            Some(written::Origin::Implied(by)) => Origin::Implied(*by),
            Some(written::Origin::Derived { how, from }) => {
                Origin::Derived { how: how.clone(), from: from.iter().filter_map(span).collect() }
            }
        }
    }

    fn recorded_span(&self, file: usize, spot: Spot) -> Option<Span> {
        let source = *self.recorded.get(&file)?.get(spot.source)?;
        Some(SourceMap::recorded_place(source, spot.line, spot.column))
    }

    /// Whether a place lies in a file that records others, and is not judged.
    pub(super) fn is_record(&self, place: Place) -> bool {
        self.recorded.contains_key(&place.file)
    }
}
