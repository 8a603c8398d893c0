//! What passes between every member of one seat and every member of another.
//!
//! Most members meet filters that let the same through, for these packets. So each filter is asked
//! once for members that it cannot tell apart, and ways are gone through once for members between
//! which all filters let the same through.

use std::{collections::BTreeSet, hash::Hash};

use canreach_model::{FactId, Valuation};
use canreach_topology::AddressView;
use rustc_hash::FxHashMap;

use crate::{
    filters::{Between, FilterId, SeenId},
    store::SetId,
    template::{Crossed, Ends, Outcome, Stand, Template, Whose, Worker},
};

/// What passes between members of two seats.
#[derive(Debug)]
pub(crate) struct Matrix {
    /// For each sender the position of its row.
    pub(crate) rows: Vec<usize>,
    /// For each receiver the position of its column.
    pub(crate) columns: Vec<usize>,
    /// Row by row, what passes in each column.
    pub(crate) outcomes: Vec<Vec<Outcome>>,
}

/// What one filter can tell of a member: its own rules, and how its address looks to it as source and as
/// destination; as far as these are the member's.
type Told = (Option<FilterId>, Option<SeenId>, Option<SeenId>);

/// Things told apart: for each the position of its kind, and for each kind an example.
#[derive(Debug)]
struct Kinds {
    of: Vec<usize>,
    examples: Vec<usize>,
}

impl Kinds {
    fn of<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> Self {
        let mut known: FxHashMap<K, usize> = FxHashMap::default();
        let mut kinds = Self { of: Vec::new(), examples: Vec::new() };
        for (at, key) in keys.enumerate() {
            let next = kinds.examples.len();
            let kind = *known.entry(key).or_insert(next);
            if kind == next {
                kinds.examples.push(at);
            }
            kinds.of.push(kind);
        }
        kinds
    }
}

/// What one filter lets through, by the kinds of senders and receivers that it tells apart.
struct Table {
    rows: Vec<usize>,
    columns: Vec<usize>,
    sets: Vec<Vec<SetId>>,
}

impl Table {
    fn at(&self, from: usize, to: usize) -> SetId {
        let (row, column) = (self.rows.get(from), self.columns.get(to));
        let row = row.and_then(|row| self.sets.get(*row));
        row.zip(column).and_then(|(row, column)| row.get(*column)).copied().unwrap_or(SetId::EMPTY)
    }
}

impl<'h> Template<'_, 'h> {
    /// Returns what passes between these members, none of them the same one.
    pub(crate) fn matrix(
        &self,
        worker: &mut Worker<'_, '_>,
        from: &[Stand<'h>],
        to: &[Stand<'h>],
    ) -> Matrix {
        let (Some(sender), Some(receiver)) = (from.first(), to.first()) else {
            return Matrix { rows: Vec::new(), columns: Vec::new(), outcomes: Vec::new() };
        };
        let mut facts = self.facts_of_ways();
        let mut tables = Vec::with_capacity(self.crossed.len());
        for crossed in &self.crossed {
            let senders = from.iter().map(|it| Ends { from: *it, to: *receiver });
            let senders = self.told(worker, crossed, senders, Whose::From, &mut facts);
            let receivers = to.iter().map(|it| Ends { from: *sender, to: *it });
            let receivers = self.told(worker, crossed, receivers, Whose::To, &mut facts);
            tables.push((Kinds::of(senders.into_iter()), Kinds::of(receivers.into_iter())));
        }
        if !facts.is_empty() {
            return self.with_kinds(worker, from, to, &tables);
        }
        let tables: Vec<Table> = self
            .crossed
            .iter()
            .zip(&tables)
            .map(|(crossed, kinds)| self.table(worker, crossed, from, to, kinds))
            .collect();
        let rows =
            Kinds::of((0..from.len()).map(|at| {
                tables.iter().map(|table| table.rows.get(at).copied()).collect::<Vec<_>>()
            }));
        let columns = Kinds::of((0..to.len()).map(|at| {
            tables.iter().map(|table| table.columns.get(at).copied()).collect::<Vec<_>>()
        }));
        let nothing = Valuation::default();
        let mut outcomes = Vec::with_capacity(rows.examples.len());
        for sender in &rows.examples {
            let row = columns.examples.iter().map(|receiver| {
                let seen = tables.iter().map(|table| table.at(*sender, *receiver)).collect();
                Outcome::decided(self.through(worker, &seen, &nothing))
            });
            outcomes.push(row.collect());
        }
        Matrix { rows: rows.of, columns: columns.of, outcomes }
    }

    /// Returns what a filter can tell of each member on one side.
    fn told<'m>(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &Crossed,
        members: impl Iterator<Item = Ends<'m>>,
        whose: Whose,
        facts: &mut BTreeSet<FactId>,
    ) -> Vec<Told> {
        let layer = self.ends.whose_layer(worker.network, &crossed.crossing);
        let view = crossed.crossing.header;
        let own = |view: AddressView| self.ends.whose_address(view) == whose;
        let told = members.map(|members| {
            // Only the side that a filter belongs to has different ones.
            let filter = self.filter(worker, crossed, &members);
            let Some(id) = filter else { return (None, None, None) };
            facts.extend(worker.filters.facts(id).iter().copied());
            let mut seen = |view: AddressView| {
                own(view).then(|| {
                    let look = worker.looks.look(self.ends.address(view, &members));
                    worker.filters.seen_there(id, look)
                })
            };
            let (source, destination) = (seen(view.source), seen(view.destination));
            (filter.filter(|_| layer == whose), source, destination)
        });
        told.collect()
    }

    fn table(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &Crossed,
        from: &[Stand<'_>],
        to: &[Stand<'_>],
        (senders, receivers): &(Kinds, Kinds),
    ) -> Table {
        let nothing = Valuation::default();
        let view = crossed.crossing.header;
        let mut sets: Vec<Vec<SetId>> = Vec::with_capacity(senders.examples.len());
        for sender in &senders.examples {
            let row = receivers.examples.iter().map(|receiver| {
                let (Some(from), Some(to)) = (from.get(*sender), to.get(*receiver)) else {
                    return SetId::EMPTY;
                };
                let members = Ends { from: *from, to: *to };
                let Some(filter) = self.filter(worker, crossed, &members) else {
                    return SetId::FULL;
                };
                let look = |view| worker.looks.look(self.ends.address(view, &members));
                let (source, destination) = (look(view.source), look(view.destination));
                let between = Between { source, destination };
                worker.filters.passes(&mut worker.sets, filter, between, &nothing)
            });
            sets.push(row.collect());
        }
        // Members that are told apart, but for which the same passes, are of one kind all the same.
        let rows = Kinds::of(sets.iter());
        let columns = Kinds::of(
            (0..receivers.examples.len())
                .map(|at| sets.iter().map(|row| row.get(at).copied()).collect::<Vec<_>>()),
        );
        let pick = |row: &Vec<SetId>| {
            columns.examples.iter().filter_map(|at| row.get(*at).copied()).collect::<Vec<_>>()
        };
        let kept = rows.examples.iter().filter_map(|at| sets.get(*at)).map(pick).collect();
        let through = |kinds: &Kinds, merged: &Kinds| -> Vec<usize> {
            let of = kinds.of.iter().map(|kind| merged.of.get(*kind).copied().unwrap_or(0));
            of.collect()
        };
        Table { rows: through(senders, &rows), columns: through(receivers, &columns), sets: kept }
    }

    /// Likewise where something is left open: pair by pair, for members that some filter tells apart.
    fn with_kinds(
        &self,
        worker: &mut Worker<'_, '_>,
        from: &[Stand<'h>],
        to: &[Stand<'h>],
        tables: &[(Kinds, Kinds)],
    ) -> Matrix {
        let rows = Kinds::of((0..from.len()).map(|at| {
            tables.iter().map(|(senders, _)| senders.of.get(at).copied()).collect::<Vec<_>>()
        }));
        let columns = Kinds::of((0..to.len()).map(|at| {
            tables.iter().map(|(_, receivers)| receivers.of.get(at).copied()).collect::<Vec<_>>()
        }));
        let mut outcomes = Vec::with_capacity(rows.examples.len());
        for sender in rows.examples.iter().filter_map(|at| from.get(*at)) {
            let receivers = columns.examples.iter().filter_map(|at| to.get(*at));
            let row = receivers
                .map(|receiver| self.between(worker, Ends { from: *sender, to: *receiver }));
            outcomes.push(row.collect());
        }
        Matrix { rows: rows.of, columns: columns.of, outcomes }
    }
}
