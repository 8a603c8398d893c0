//! Which filters the classes of a seat meet, and how their addresses look to these: a list with one
//! entry for each class. Equal lists are kept once and have one number, so that what is worked out for
//! two lists holds wherever they meet again.

use std::{hash::Hash, net::IpAddr, rc::Rc};

use rustc_hash::FxHashMap;

use crate::{
    filters::{FilterId, Filters, Met, SeenId, Sight, Sights},
    looks::Looks,
    seats::SeatAt,
    template::Stand,
};

/// The classes of a seat, each at one of its addresses.
#[derive(Clone, Debug)]
pub(crate) struct Side<'h> {
    pub(crate) seat: SeatAt,
    /// The example of each class.
    pub(crate) stands: Vec<Stand<'h>>,
}

/// The number of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListId(u32);

/// Something of each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Each<T> {
    /// The same of all.
    Same(T),
    /// Not the same of all.
    Listed(ListId),
}

/// Lists, each once.
#[derive(Debug)]
struct Numbered<T> {
    numbers: FxHashMap<Rc<[T]>, ListId>,
    all: Vec<Rc<[T]>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), all: Vec::new() }
    }
}

impl<T: Copy + Eq + Hash> Numbered<T> {
    /// Returns what a list says; `None` where it says nothing.
    fn add(&mut self, list: &[T]) -> Option<Each<T>> {
        let first = *list.first()?;
        if list.iter().all(|it| *it == first) {
            return Some(Each::Same(first));
        }
        if let Some(known) = self.numbers.get(list) {
            return Some(Each::Listed(*known));
        }
        let id = ListId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let list: Rc<[T]> = list.into();
        self.all.push(Rc::clone(&list));
        self.numbers.insert(list, id);
        Some(Each::Listed(id))
    }

    fn of(&self, each: Each<T>, class: usize) -> Option<T> {
        match each {
            Each::Same(one) => Some(one),
            Each::Listed(ListId(id)) => {
                let list = self.all.get(usize::try_from(id).unwrap_or(usize::MAX));
                list.and_then(|list| list.get(class)).copied()
            }
        }
    }
}

/// The filters that the classes of a seat meet at one crossing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filtering {
    pub(crate) filters: Each<FilterId>,
    /// How the closest of them looks at addresses.
    pub(crate) sights: Sights,
    /// Whether what one of them lets through depends on facts.
    pub(crate) has_facts: bool,
}

/// All lists of a worker.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    filters: Numbered<FilterId>,
    seen: Numbered<SeenId>,
    filterings: FxHashMap<At, Filtering>,
    /// By seat, and by which of its addresses it is.
    sights: FxHashMap<(SeatAt, usize, Sight), Each<SeenId>>,
}

/// Whose filters they are, and where the one that stands for all meets its own.
type At = (Option<SeatAt>, Met);

impl Lists {
    /// Returns the filters that were met at a crossing.
    pub(crate) fn filtering(&self, at: At) -> Option<Filtering> {
        self.filterings.get(&at).copied()
    }

    pub(crate) fn remember(&mut self, at: At, filtering: Filtering) {
        self.filterings.insert(at, filtering);
    }

    /// Returns filters, class by class, as a list; `None` where there is no class.
    pub(crate) fn add(&mut self, filters: &Filters<'_>, list: &[FilterId]) -> Option<Filtering> {
        let sights = list.iter().map(|filter| filters.sights(*filter));
        Some(Filtering {
            sights: sights.reduce(Sights::closer)?,
            filters: self.filters.add(list)?,
            has_facts: list.iter().any(|filter| !filters.facts(*filter).is_empty()),
        })
    }

    /// Returns what filters that look like this can tell of one address of each class.
    pub(crate) fn seen(
        &mut self,
        filters: &mut Filters<'_>,
        looks: &Looks,
        (side, at): (&Side<'_>, usize),
        sight: Sight,
    ) -> Option<Each<SeenId>> {
        if let Some(known) = self.sights.get(&(side.seat, at, sight)) {
            return Some(*known);
        }
        let address = |stand: &Stand<'_>| stand.holder.reached_at().nth(at);
        let addresses: Option<Vec<IpAddr>> = side.stands.iter().map(address).collect();
        let seen = addresses?.into_iter().map(|it| filters.seen(looks.look(it), sight));
        let seen = self.seen.add(&seen.collect::<Vec<_>>())?;
        self.sights.insert((side.seat, at, sight), seen);
        Some(seen)
    }

    /// Returns the filter of one class.
    pub(crate) fn filter(&self, (each, class): (Each<FilterId>, usize)) -> Option<FilterId> {
        self.filters.of(each, class)
    }

    /// Returns how the address of one class looks.
    pub(crate) fn seen_as(&self, (each, class): (Each<SeenId>, usize)) -> Option<SeenId> {
        self.seen.of(each, class)
    }
}
