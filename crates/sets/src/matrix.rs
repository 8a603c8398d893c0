//! What passes between every member of one seat and every member of another.
//!
//! Most members meet filters that let the same through, for these packets. So each filter is asked
//! once for members that it cannot tell apart, and ways are gone through once for members between
//! which all filters let the same through.

use std::hash::Hash;

use canreach_model::Valuation;
use rustc_hash::FxHashMap;

use crate::{
    filters::{Between, FilterId, SeenId},
    looks::LookId,
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
    /// So many kinds are compared one by one; more are looked up.
    const FEW: usize = 16;

    /// Nothing tells these apart.
    fn one(count: usize) -> Self {
        Self { of: vec![0; count], examples: (0..count).take(1).collect() }
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

/// Something that belongs to the sender, to the receiver, or to neither.
#[derive(Debug)]
enum Per<T> {
    Sender(Vec<T>),
    Receiver(Vec<T>),
    Neither(T),
}

impl<T: Copy> Per<T> {
    fn at(&self, from: usize, to: usize) -> Option<T> {
        match self {
            Self::Sender(of) => of.get(from).copied(),
            Self::Receiver(of) => of.get(to).copied(),
            Self::Neither(it) => Some(*it),
        }
    }

    fn of_sender(&self, at: usize) -> Option<T> {
        match self {
            Self::Sender(of) => of.get(at).copied(),
            Self::Receiver(_) | Self::Neither(_) => None,
        }
    }

    fn of_receiver(&self, at: usize) -> Option<T> {
        match self {
            Self::Receiver(of) => of.get(at).copied(),
            Self::Sender(_) | Self::Neither(_) => None,
        }
    }

    fn all(&self) -> &[T] {
        match self {
            Self::Sender(of) | Self::Receiver(of) => of,
            Self::Neither(it) => std::slice::from_ref(it),
        }
    }
}

/// What members meet at one filter: which it is for them, and how the two addresses look there.
#[derive(Debug)]
struct Met {
    filter: Per<FilterId>,
    source: Per<LookId>,
    destination: Per<LookId>,
}

/// What one filter lets through, by the kinds of senders and receivers that it tells apart.
struct Table {
    rows: Vec<usize>,
    columns: Vec<usize>,
    /// Row by row.
    sets: Vec<SetId>,
    width: usize,
}

impl Table {
    /// A table of one entry.
    fn uniform(from: usize, to: usize, set: SetId) -> Self {
        Self { rows: vec![0; from], columns: vec![0; to], sets: vec![set], width: 1 }
    }

    fn at(&self, from: usize, to: usize) -> SetId {
        let at = self.rows.get(from).zip(self.columns.get(to));
        let at = at.and_then(|(row, column)| self.sets.get(row * self.width + column));
        at.copied().unwrap_or(SetId::EMPTY)
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
        if from.is_empty() || to.is_empty() {
            return Matrix { rows: Vec::new(), columns: Vec::new(), outcomes: Vec::new() };
        }
        let mut facts = self.facts_of_ways();
        let mut kinds = Vec::with_capacity(self.crossed.len());
        for crossed in &self.crossed {
            let met = self.met(worker, crossed, from, to);
            for filter in met.iter().flat_map(|met| met.filter.all()) {
                facts.extend(worker.filters.facts(*filter).iter().copied());
            }
            let (senders, receivers) = match &met {
                Some(met) => met.kinds(worker, from.len(), to.len()),
                None => (Kinds::one(from.len()), Kinds::one(to.len())),
            };
            kinds.push((met, senders, receivers));
        }
        if !facts.is_empty() {
            return self.with_kinds(worker, from, to, &kinds);
        }
        let tables: Vec<Table> = kinds
            .iter()
            .map(|(met, senders, receivers)| match met {
                Some(met) => met.table(worker, senders, receivers),
                None => Table::uniform(from.len(), to.len(), SetId::FULL),
            })
            .collect();
        let rows = Kinds::together(from.len(), tables.iter().map(|it| it.rows.as_slice()));
        let columns = Kinds::together(to.len(), tables.iter().map(|it| it.columns.as_slice()));
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

    /// Returns what members meet at a filter; `None` where it lets everything through.
    fn met(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &Crossed,
        from: &[Stand<'h>],
        to: &[Stand<'h>],
    ) -> Option<Met> {
        let (sender, receiver) = (*from.first()?, *to.first()?);
        let pairs = |whose| {
            let senders = from.iter().filter(move |_| whose == Whose::From);
            let receivers = to.iter().filter(move |_| whose == Whose::To);
            let of_sender = senders.map(move |it| Ends { from: *it, to: receiver });
            of_sender.chain(receivers.map(move |it| Ends { from: sender, to: *it }))
        };
        let network = worker.network;
        let example = Ends { from: sender, to: receiver };
        let neither = self.filter(worker, crossed, &example)?;
        // A crossing lets everything through for all members alike.
        let mut of = |members| self.filter(worker, crossed, &members).unwrap_or(neither);
        let whose = self.ends.whose_layer(network, &crossed.crossing);
        let filter = per(whose, neither, pairs(whose).map(&mut of));
        let look = |view| {
            let whose = self.ends.whose_address(view);
            let of = |members| worker.looks.look(self.ends.address(view, &members));
            per(whose, of(example), pairs(whose).map(of))
        };
        let view = crossed.crossing.header;
        Some(Met { filter, source: look(view.source), destination: look(view.destination) })
    }

    /// Likewise where something is left open: pair by pair, for members that some filter tells apart.
    fn with_kinds(
        &self,
        worker: &mut Worker<'_, '_>,
        from: &[Stand<'h>],
        to: &[Stand<'h>],
        kinds: &[(Option<Met>, Kinds, Kinds)],
    ) -> Matrix {
        let rows = Kinds::together(from.len(), kinds.iter().map(|(_, it, _)| it.of.as_slice()));
        let columns = Kinds::together(to.len(), kinds.iter().map(|(_, _, it)| it.of.as_slice()));
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

fn per<T>(whose: Whose, neither: T, members: impl Iterator<Item = T>) -> Per<T> {
    match whose {
        Whose::From => Per::Sender(members.collect()),
        Whose::To => Per::Receiver(members.collect()),
        Whose::Neither => Per::Neither(neither),
    }
}

impl Met {
    /// Returns the kinds of senders and of receivers that the filter can tell apart.
    fn kinds(
        &self,
        worker: &mut Worker<'_, '_>,
        senders: usize,
        receivers: usize,
    ) -> (Kinds, Kinds) {
        // Filters that stand in one place see addresses alike.
        let Some(any) = self.filter.all().first().copied() else {
            return (Kinds::one(senders), Kinds::one(receivers));
        };
        let mut seen = |look: Option<LookId>| look.map(|it| worker.filters.seen_there(any, it));
        let mut of_sender = |at| -> Told {
            let (source, destination) = (self.source.of_sender(at), self.destination.of_sender(at));
            (self.filter.of_sender(at), seen(source), seen(destination))
        };
        let first = Kinds::of((0..senders).map(&mut of_sender));
        let mut of_receiver = |at| -> Told {
            let source = self.source.of_receiver(at);
            let destination = self.destination.of_receiver(at);
            (self.filter.of_receiver(at), seen(source), seen(destination))
        };
        (first, Kinds::of((0..receivers).map(&mut of_receiver)))
    }

    /// Returns what the filter lets through between each two kinds.
    fn table(&self, worker: &mut Worker<'_, '_>, senders: &Kinds, receivers: &Kinds) -> Table {
        let nothing = Valuation::default();
        let width = receivers.examples.len();
        let mut sets = Vec::with_capacity(senders.examples.len() * width);
        for from in &senders.examples {
            for to in &receivers.examples {
                let between = self.source.at(*from, *to).zip(self.destination.at(*from, *to));
                let met = self.filter.at(*from, *to).zip(between);
                sets.push(met.map_or(SetId::EMPTY, |(filter, (source, destination))| {
                    let between = Between { source, destination };
                    worker.filters.passes(&mut worker.sets, filter, between, &nothing)
                }));
            }
        }
        // Members that are told apart, but for which the same passes, are of one kind all the same.
        let rows = match width {
            0 => Kinds::one(senders.examples.len()),
            _ => Kinds::of(sets.chunks(width)),
        };
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
            let of = kinds.of.iter().map(|kind| merged.of.get(*kind).copied().unwrap_or(0));
            of.collect()
        };
        Table {
            rows: through(senders, &rows),
            columns: through(receivers, &columns),
            sets: kept,
            width: columns.examples.len(),
        }
    }
}
