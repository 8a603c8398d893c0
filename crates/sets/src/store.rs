//! Flow sets by number: each set is kept once, and what two of them make is worked out once.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustc_hash::FxHashMap;

use crate::{algebra::Algebra, flow_set::FlowSet};

/// The number of a set in its store; equal sets have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SetId(u32);

impl SetId {
    /// The set that holds nothing.
    pub(crate) const EMPTY: Self = Self(0);
    /// The set that holds everything.
    pub(crate) const FULL: Self = Self(1);
}

/// The sets of all workers.
#[derive(Debug)]
pub(crate) struct Store {
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    numbers: FxHashMap<Arc<FlowSet>, SetId>,
    sets: Vec<Arc<FlowSet>>,
}

impl Store {
    pub(crate) fn new() -> Self {
        let store = Self { all: Mutex::default() };
        store.add(FlowSet::empty());
        store.add(FlowSet::full());
        store
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        // What is inside is whole after every step, even where a worker has panicked.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of a set.
    pub(crate) fn add(&self, set: FlowSet) -> SetId {
        let mut all = self.lock();
        if let Some(known) = all.numbers.get(&set) {
            return *known;
        }
        let id = SetId(u32::try_from(all.sets.len()).unwrap_or(u32::MAX));
        let set = Arc::new(set);
        all.sets.push(Arc::clone(&set));
        all.numbers.insert(set, id);
        id
    }

    /// Returns the set of a number.
    pub(crate) fn get(&self, id: SetId) -> Arc<FlowSet> {
        let all = self.lock();
        let index = usize::try_from(id.0).unwrap_or(usize::MAX);
        all.sets.get(index).cloned().unwrap_or_else(|| Arc::new(FlowSet::empty()))
    }
}

/// The most answers that one map remembers.
const MOST_REMEMBERED: usize = 2_000_000;

/// Remembers what was worked out. Where so much differs that this fills memory, it is forgotten and
/// worked out again.
pub(crate) fn remember<K: Eq + Hash, V>(known: &mut FxHashMap<K, V>, key: K, value: V) {
    if known.len() >= MOST_REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}

/// Works something out unless it is remembered.
fn once<K: Copy + Eq + Hash>(
    known: &mut FxHashMap<K, SetId>,
    key: K,
    work: impl FnOnce() -> SetId,
) -> SetId {
    if let Some(known) = known.get(&key) {
        return *known;
    }
    let set = work();
    remember(known, key, set);
    set
}

/// One worker's view of a store, with what it has worked out so far.
#[derive(Debug)]
pub(crate) struct Sets<'s> {
    store: &'s Store,
    meets: FxHashMap<(SetId, SetId), SetId>,
    joins: FxHashMap<(SetId, SetId), SetId>,
    differences: FxHashMap<(SetId, SetId), SetId>,
}

impl<'s> Sets<'s> {
    pub(crate) fn of(store: &'s Store) -> Self {
        Self {
            store,
            meets: FxHashMap::default(),
            joins: FxHashMap::default(),
            differences: FxHashMap::default(),
        }
    }

    pub(crate) fn add(&self, set: FlowSet) -> SetId {
        self.store.add(set)
    }

    pub(crate) fn get(&self, id: SetId) -> Arc<FlowSet> {
        self.store.get(id)
    }

    /// Returns what is in both sets.
    pub(crate) fn intersection(&mut self, a: SetId, b: SetId) -> SetId {
        match (a, b) {
            (SetId::EMPTY, _) | (_, SetId::EMPTY) => return SetId::EMPTY,
            (SetId::FULL, other) | (other, SetId::FULL) => return other,
            _ if a == b => return a,
            _ => {}
        }
        let store = self.store;
        let work = || store.add(store.get(a).intersection(&store.get(b)));
        once(&mut self.meets, (a.min(b), a.max(b)), work)
    }

    /// Returns what is in either set.
    pub(crate) fn union(&mut self, a: SetId, b: SetId) -> SetId {
        match (a, b) {
            (SetId::FULL, _) | (_, SetId::FULL) => return SetId::FULL,
            (SetId::EMPTY, other) | (other, SetId::EMPTY) => return other,
            _ if a == b => return a,
            _ => {}
        }
        let store = self.store;
        let work = || store.add(store.get(a).union(&store.get(b)));
        once(&mut self.joins, (a.min(b), a.max(b)), work)
    }

    /// Returns what is in `a` and not in `b`.
    pub(crate) fn difference(&mut self, a: SetId, b: SetId) -> SetId {
        if a == SetId::EMPTY || b == SetId::FULL || a == b {
            return SetId::EMPTY;
        }
        if b == SetId::EMPTY {
            return a;
        }
        let store = self.store;
        let work = || store.add(store.get(a).difference(&store.get(b)));
        once(&mut self.differences, (a, b), work)
    }
}
