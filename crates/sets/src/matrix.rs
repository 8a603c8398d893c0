//! What passes between every member of one seat and every member of another.
//!
//! Most members meet filters that let the same through, for these packets. So each filter is asked
//! once for members that it cannot tell apart, and ways are gone through once for members between
//! which all filters let the same through. Many seats meet the same filters with addresses that look
//! the same there; what these let through is worked out once for all of them.

use std::{hash::Hash, rc::Rc};

use canreach_model::Valuation;
use canreach_topology::AddressView;
use rustc_hash::FxHashMap;

use crate::{
    filters::{Between, FilterId, SeenId},
    lists::{Each, Filtering, Lists, Side},
    store::SetId,
    template::{Crossed, Ends, Leg, Outcome, Passes, Template, Whose, Worker},
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

/// Things told apart: for each the position of its kind, and for each kind an example.
#[derive(Debug)]
struct Kinds {
    of: Vec<usize>,
    examples: Vec<usize>,
}

impl Kinds {
    /// So many kinds are compared one by one; more are looked up.
    const FEW: usize = 16;

    /// Nothing tells these apart.
    fn one(count: usize) -> Self {
        Self { of: vec![0; count], examples: (0..count).take(1).collect() }
    }

    /// Anything may tell these apart.
    fn each(count: usize) -> Self {
        Self { of: (0..count).collect(), examples: (0..count).collect() }
    }

    fn of<K: Clone + Eq + Hash>(keys: impl Iterator<Item = K>) -> Self {
        let mut few: Vec<K> = Vec::new();
        let mut many: FxHashMap<K, usize> = FxHashMap::default();
        let mut kinds = Self { of: Vec::with_capacity(keys.size_hint().0), examples: Vec::new() };
        for (at, key) in keys.enumerate() {
            let known = if many.is_empty() {
                few.iter().position(|other| *other == key)
            } else {
                many.get(&key).copied()
            };
            kinds.of.push(known.unwrap_or(kinds.examples.len()));
            if known.is_some() {
                continue;
            }
            if few.len() == Self::FEW && many.is_empty() {
                many.extend(few.iter().cloned().zip(0..));
            }
            if many.is_empty() {
                few.push(key);
            } else {
                many.insert(key, kinds.examples.len());
            }
            kinds.examples.push(at);
        }
        kinds
    }

    /// Tells these apart further.
    fn refined<K: Clone + Eq + Hash>(self, keys: impl Iterator<Item = K>) -> Self {
        if self.examples.len() == self.of.len() {
            return self;
        }
        Self::of(self.of.into_iter().zip(keys))
    }

    /// Returns what all of these tell apart together.
    fn together<'k>(count: usize, kinds: impl Iterator<Item = &'k [usize]>) -> Self {
        let telling = kinds.filter(|kinds| kinds.iter().any(|kind| *kind != 0));
        telling.fold(Self::one(count), |sum, kinds| sum.refined(kinds.iter()))
    }
}

/// Something that each sender has, each receiver, or the one walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Per<T> {
    Sender(Each<T>),
    Receiver(Each<T>),
    Neither(T),
}

impl<T: Copy> Per<T> {
    /// What all have alike is nobody's own.
    fn of(whose: Whose, each: Each<T>) -> Self {
        match (each, whose) {
            (Each::Same(one), _) => Self::Neither(one),
            (Each::Listed(_), Whose::To) => Self::Receiver(each),
            (Each::Listed(_), Whose::From | Whose::Neither) => Self::Sender(each),
        }
    }

    fn is_sender(&self) -> bool {
        matches!(self, Self::Sender(_))
    }

    fn is_receiver(&self) -> bool {
        matches!(self, Self::Receiver(_))
    }

    /// Returns what counts between a sender and a receiver, and for which class.
    fn between(self, from: usize, to: usize) -> (Each<T>, usize) {
        match self {
            Self::Sender(each) => (each, from),
            Self::Receiver(each) => (each, to),
            Self::Neither(one) => (Each::Same(one), 0),
        }
    }
}

/// What members meet at one filter: which it is for them, and how the two addresses look there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    filter: Per<FilterId>,
    source: Per<SeenId>,
    destination: Per<SeenId>,
}

/// The most sets in the tables that are remembered.
const MOST_REMEMBERED: usize = 4_000_000;

/// Tables that were worked out.
#[derive(Debug, Default)]
pub(crate) struct KnownTables {
    by_asked: FxHashMap<Asked, Rc<Table>>,
    /// How many sets are in them.
    size: usize,
}

impl KnownTables {
    fn remember(&mut self, asked: Asked, table: &Rc<Table>) {
        if self.size > MOST_REMEMBERED {
            *self = Self::default();
        }
        self.size += table.sets.len() + table.rows.len() + table.columns.len();
        self.by_asked.insert(asked, Rc::clone(table));
    }
}

/// What one filter lets through, by the kinds of senders and receivers that it tells apart.
#[derive(Debug)]
pub(crate) struct Table {
    /// The kind of each sender; empty where they are all of one.
    rows: Vec<usize>,
    /// Likewise of each receiver.
    columns: Vec<usize>,
    /// Row by row.
    sets: Vec<SetId>,
    width: usize,
}

impl Table {
    fn at(&self, from: usize, to: usize) -> SetId {
        let kind = |of: &[usize], at: usize| of.get(at).copied().unwrap_or(0);
        let at = kind(&self.rows, from) * self.width + kind(&self.columns, to);
        self.sets.get(at).copied().unwrap_or(SetId::EMPTY)
    }
}

/// What the filters on some ways let through between some senders and receivers.
struct Tables<'t> {
    /// In the template's order; `None` where everything passes.
    met: &'t [Option<Rc<Table>>],
    rows: &'t [usize],
    columns: &'t [usize],
}

impl Tables<'_> {
    /// Returns, row by row, what each filter lets through.
    fn seen(&self) -> impl Iterator<Item = Vec<SetId>> + '_ {
        let pairs = self.rows.iter().flat_map(|from| self.columns.iter().map(move |to| (from, to)));
        pairs.map(|(from, to)| {
            let at = |table: &Option<Rc<Table>>| {
                table.as_ref().map_or(SetId::FULL, |table| table.at(*from, *to))
            };
            self.met.iter().map(at).collect()
        })
    }
}

impl<'h> Template<'_, 'h> {
    /// Returns what passes between these members, none of them the same one.
    pub(crate) fn matrix(
        &self,
        worker: &mut Worker<'_, '_>,
        from: &Side<'h>,
        to: &Side<'h>,
    ) -> Matrix {
        let (senders, receivers) = (from.stands.len(), to.stands.len());
        let mut open = !self.facts_of_ways().is_empty();
        let mut asked = Vec::with_capacity(self.crossed.len());
        for crossed in &self.crossed {
            if crossed.met().is_none() {
                asked.push(None);
                continue;
            }
            let Some((one, has_facts)) = self.asked(worker, crossed, from, to) else {
                // Nothing is known to be the same of any two.
                let (rows, columns) = (Kinds::each(senders), Kinds::each(receivers));
                return self.pair_by_pair(worker, (from, rows), (to, columns));
            };
            open |= has_facts;
            asked.push(Some(one));
        }
        if open {
            let kinds = asked.iter().flatten();
            let kinds: Vec<_> =
                kinds.map(|asked| asked.kinds(&worker.lists, senders, receivers)).collect();
            let rows = Kinds::together(senders, kinds.iter().map(|(it, _)| it.of.as_slice()));
            let columns = Kinds::together(receivers, kinds.iter().map(|(_, it)| it.of.as_slice()));
            return self.pair_by_pair(worker, (from, rows), (to, columns));
        }
        let tables: Vec<Option<Rc<Table>>> =
            asked.iter().map(|asked| Some(worker.table((*asked)?, senders, receivers))).collect();
        let all = || tables.iter().flatten();
        let rows = Kinds::together(senders, all().map(|it| it.rows.as_slice()));
        let columns = Kinds::together(receivers, all().map(|it| it.columns.as_slice()));
        let tables = Tables { met: &tables, rows: &rows.examples, columns: &columns.examples };
        let delivered = self.through_any(worker, &self.delivering, &tables);
        let answered = self.through_any(worker, &self.answering, &tables);
        let passes = delivered.into_iter().zip(answered);
        let outcomes: Vec<Outcome> = passes
            .map(|(delivered, answered)| Outcome::decided(Passes { delivered, answered }))
            .collect();
        let outcomes = outcomes.chunks(columns.examples.len().max(1)).map(<[Outcome]>::to_vec);
        Matrix { rows: rows.of, columns: columns.of, outcomes: outcomes.collect() }
    }

    /// Returns, row by row, what takes any of some ways, where no fact decides.
    fn through_any(
        &self,
        worker: &mut Worker<'_, '_>,
        legs: &[Leg<'_>],
        tables: &Tables<'_>,
    ) -> Vec<SetId> {
        let mut sum = vec![SetId::EMPTY; tables.rows.len() * tables.columns.len()];
        for leg in legs {
            let passes = if leg.chooses_nothing() {
                self.through_both(worker, leg, tables)
            } else {
                let each = tables
                    .seen()
                    .map(|seen| leg.passes(worker, &self.crossed, &seen, &Valuation::default()));
                each.collect()
            };
            for (sum, passes) in sum.iter_mut().zip(passes) {
                *sum = worker.sets.union(*sum, passes);
            }
        }
        sum
    }

    /// Returns, row by row, what takes a way on which the network chooses nothing: what passes the filters
    /// that only tell senders apart, what passes those that only tell receivers apart, and of both
    /// together what passes the others.
    fn through_both(
        &self,
        worker: &mut Worker<'_, '_>,
        leg: &Leg<'_>,
        tables: &Tables<'_>,
    ) -> Vec<SetId> {
        let mut of_senders = vec![leg.taking(worker); tables.rows.len()];
        let mut of_receivers = vec![SetId::FULL; tables.columns.len()];
        let mut others = Vec::new();
        for (table, shape) in leg.shapes(&self.crossed) {
            let Some(Some(table)) = tables.met.get(table) else { continue };
            if table.columns.is_empty() {
                for (set, sender) in of_senders.iter_mut().zip(tables.rows) {
                    *set = worker.passing(*set, table.at(*sender, 0), shape);
                }
            } else if table.rows.is_empty() {
                for (set, receiver) in of_receivers.iter_mut().zip(tables.columns) {
                    *set = worker.passing(*set, table.at(0, *receiver), shape);
                }
            } else {
                others.push((table, shape));
            }
        }
        let mut all = Vec::with_capacity(of_senders.len() * of_receivers.len());
        for (sender, of_sender) in tables.rows.iter().zip(of_senders) {
            for (receiver, of_receiver) in tables.columns.iter().zip(&of_receivers) {
                let both = worker.sets.intersection(of_sender, *of_receiver);
                all.push(others.iter().fold(both, |passes, (table, shape)| {
                    worker.passing(passes, table.at(*sender, *receiver), *shape)
                }));
            }
        }
        all
    }

    /// Returns what members meet at a filter, and whether facts decide what it lets through; `None` where
    /// that is no list of something for each class.
    fn asked(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &Crossed,
        from: &Side<'h>,
        to: &Side<'h>,
    ) -> Option<(Asked, bool)> {
        let whose = self.ends.whose_layer(worker.network, &crossed.crossing);
        let filtering = self.filtering(worker, crossed, whose, from, to)?;
        let mut seen = |view, sight| {
            let whose = self.ends.whose_address(view);
            let (filters, looks) = (&mut worker.filters, worker.looks);
            let side = match (whose, view) {
                (Whose::Neither, AddressView::Fixed(address)) => {
                    let seen = filters.seen(looks.look(address), sight);
                    return Some(Per::Neither(seen));
                }
                (Whose::To, _) => to,
                (Whose::From | Whose::Neither, _) => from,
            };
            let at = self.ends.position(view)?;
            let seen = worker.lists.seen(filters, looks, (side, at), sight)?;
            Some(Per::of(whose, seen))
        };
        let view = crossed.crossing.header;
        let source = seen(view.source, filtering.sights.source)?;
        let destination = seen(view.destination, filtering.sights.destination)?;
        let filter = Per::of(whose, filtering.filters);
        Some((Asked { filter, source, destination }, filtering.has_facts))
    }

    /// Returns the filters that members meet at a crossing, as far as each class meets one.
    fn filtering(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &Crossed,
        whose: Whose,
        from: &Side<'h>,
        to: &Side<'h>,
    ) -> Option<Filtering> {
        let met = crossed.met()?;
        let side = match whose {
            Whose::From => Some(from),
            Whose::To => Some(to),
            Whose::Neither => None,
        };
        let key = (side.map(|side| side.seat), met);
        if let Some(known) = worker.lists.filtering(key) {
            return Some(known);
        }
        let (sender, receiver) = (*from.stands.first()?, *to.stands.first()?);
        let members: Vec<Ends<'h>> = match whose {
            Whose::From => from.stands.iter().map(|it| Ends { from: *it, to: receiver }).collect(),
            Whose::To => to.stands.iter().map(|it| Ends { from: sender, to: *it }).collect(),
            Whose::Neither => vec![Ends { from: sender, to: receiver }],
        };
        let filters = members.iter().map(|members| self.filter(worker, crossed, members));
        let filters: Option<Vec<FilterId>> = filters.collect();
        let filtering = worker.lists.add(&worker.filters, &filters?)?;
        // What a host forwards from one end to the other is a matter of both.
        if !crossed.names_two() {
            worker.lists.remember(key, filtering);
        }
        Some(filtering)
    }

    /// Likewise where something is left open: pair by pair, for these kinds of members.
    fn pair_by_pair(
        &self,
        worker: &mut Worker<'_, '_>,
        (from, rows): (&Side<'h>, Kinds),
        (to, columns): (&Side<'h>, Kinds),
    ) -> Matrix {
        let mut outcomes = Vec::with_capacity(rows.examples.len());
        for sender in rows.examples.iter().filter_map(|at| from.stands.get(*at)) {
            let receivers = columns.examples.iter().filter_map(|at| to.stands.get(*at));
            let row = receivers
                .map(|receiver| self.between(worker, Ends { from: *sender, to: *receiver }));
            outcomes.push(row.collect());
        }
        Matrix { rows: rows.of, columns: columns.of, outcomes }
    }
}

/// What one filter can tell of a member: its own rules, and how its address looks to it as source and as
/// destination; as far as these are the member's.
type Told = (Option<FilterId>, Option<SeenId>, Option<SeenId>);

impl Asked {
    /// Returns the kinds of senders and of receivers that the filter can tell apart.
    fn kinds(&self, lists: &Lists, senders: usize, receivers: usize) -> (Kinds, Kinds) {
        let told = |own: (bool, bool, bool), at: usize| -> Told {
            let filter = || lists.filter(self.filter.between(at, at));
            let source = || lists.seen_as(self.source.between(at, at));
            let destination = || lists.seen_as(self.destination.between(at, at));
            (
                own.0.then(filter).flatten(),
                own.1.then(source).flatten(),
                own.2.then(destination).flatten(),
            )
        };
        let kinds = |own, count| match own {
            (false, false, false) => Kinds::one(count),
            _ => Kinds::of((0..count).map(|at| told(own, at))),
        };
        let Self { filter, source, destination } = self;
        let of_sender = (filter.is_sender(), source.is_sender(), destination.is_sender());
        let of_receiver = (filter.is_receiver(), source.is_receiver(), destination.is_receiver());
        (kinds(of_sender, senders), kinds(of_receiver, receivers))
    }
}

impl Worker<'_, '_> {
    /// Returns what a filter lets through between so many senders and receivers.
    fn table(&mut self, asked: Asked, senders: usize, receivers: usize) -> Rc<Table> {
        if let Some(known) = self.tables.by_asked.get(&asked) {
            return Rc::clone(known);
        }
        let (from, to) = asked.kinds(&self.lists, senders, receivers);
        let nothing = Valuation::default();
        let mut sets = Vec::with_capacity(from.examples.len() * to.examples.len());
        for sender in &from.examples {
            for receiver in &to.examples {
                let seen = |per: Per<SeenId>| self.lists.seen_as(per.between(*sender, *receiver));
                let between = seen(asked.source).zip(seen(asked.destination));
                let filter = self.lists.filter(asked.filter.between(*sender, *receiver));
                sets.push(filter.zip(between).map_or(SetId::EMPTY, |(filter, between)| {
                    let between = Between { source: between.0, destination: between.1 };
                    self.filters.passes(&mut self.sets, filter, between, &nothing)
                }));
            }
        }
        let table = Rc::new(Table::of(&from, &to, &sets));
        self.tables.remember(asked, &table);
        table
    }
}

impl Table {
    /// Makes a table of what passes between each two kinds, row by row. Members that are told apart, but
    /// for which the same passes, are of one kind all the same.
    fn of(from: &Kinds, to: &Kinds, sets: &[SetId]) -> Self {
        let width = to.examples.len();
        let rows = Kinds::of(sets.chunks(width.max(1)));
        let columns = sets.chunks(width.max(1)).fold(Kinds::one(width), |kinds, row| {
            if row.iter().any(|set| Some(set) != row.first()) {
                kinds.refined(row.iter())
            } else {
                kinds
            }
        });
        let kept = rows.examples.iter().flat_map(|row| {
            let at = columns.examples.iter().map(move |column| row * width + column);
            at.filter_map(|at| sets.get(at).copied())
        });
        let kept = kept.collect();
        let through = |kinds: &Kinds, merged: &Kinds| -> Vec<usize> {
            if merged.examples.len() <= 1 {
                return Vec::new();
            }
            let of = kinds.of.iter().map(|kind| merged.of.get(*kind).copied().unwrap_or(0));
            of.collect()
        };
        Self {
            rows: through(from, &rows),
            columns: through(to, &columns),
            sets: kept,
            width: columns.examples.len(),
        }
    }
}
