//! Which end of the old snapshot is which of the new.
//!
//! By id where both have it; the addresses of an owner by the prefixes that name them; what is left by
//! what it is, in sorted order, which is an assumption.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

use super::prefixes::{Prefixes, pieces, prefix_of};
use crate::model::{Class, Snapshot, owner};

/// An end that was taken for one of another id, because both are the same by what they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pairing {
    /// Its id, or that of its owner, in the old snapshot.
    pub old: String,
    /// The same in the new snapshot.
    pub new: String,
    /// What both are.
    pub key: String,
    /// Whether others could have been paired as well, so that the order of the ids decided.
    pub is_choice: bool,
}

/// An end as a source or as a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    Source,
    Destination,
}

impl Role {
    pub(super) const BOTH: [Self; 2] = [Self::Source, Self::Destination];

    pub(super) fn classes(self, snapshot: &Snapshot) -> &[Class] {
        match self {
            Self::Source => &snapshot.sources,
            Self::Destination => &snapshot.destinations,
        }
    }
}

/// An end of both snapshots.
#[derive(Clone, Debug)]
pub(super) struct Matched<'s> {
    pub(super) name: Cow<'s, str>,
    pub(super) old: Place<'s>,
    pub(super) new: Place<'s>,
}

/// Where a member stands in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'s> {
    pub(super) id: &'s str,
    pub(super) class: usize,
    pub(super) key: &'s str,
}

/// Which ends are which.
#[derive(Debug, Default)]
pub(super) struct Matching<'s> {
    pub(super) sources: Vec<Matched<'s>>,
    pub(super) destinations: Vec<Matched<'s>>,
    /// Ends of one side alone.
    pub(super) only_old: Vec<(Role, Place<'s>)>,
    pub(super) only_new: Vec<(Role, Place<'s>)>,
    pub(super) paired: Vec<Pairing>,
}

/// Returns which ends of two snapshots are which.
pub(super) fn matching<'s>(old: &'s Snapshot, new: &'s Snapshot) -> Matching<'s> {
    let mut matching = Matching::default();
    for role in Role::BOTH {
        matching.by_id(role, &places(role.classes(old)), &places(role.classes(new)));
    }
    let [old_owners, new_owners] = [old, new].map(owners);
    matching.within_owners(&old_owners, &new_owners);
    matching.among_owners(&old_owners, &new_owners);
    matching.only_old.sort_unstable();
    matching.only_new.sort_unstable();
    matching.paired.sort_unstable();
    matching
}

/// The members of one list of classes by id.
type Places<'s> = BTreeMap<&'s str, Place<'s>>;

fn places(classes: &[Class]) -> Places<'_> {
    let mut places = Places::new();
    for (class, it) in classes.iter().enumerate() {
        for kind in &it.kinds {
            for id in &kind.members {
                places.insert(id, Place { id, class, key: &kind.key });
            }
        }
    }
    places
}

fn owners(snapshot: &Snapshot) -> HashSet<&str> {
    let classes = snapshot.sources.iter().chain(&snapshot.destinations);
    classes.flat_map(Class::members).map(owner).collect()
}

impl<'s> Matching<'s> {
    fn matched(&mut self, role: Role) -> &mut Vec<Matched<'s>> {
        match role {
            Role::Source => &mut self.sources,
            Role::Destination => &mut self.destinations,
        }
    }

    fn add(&mut self, role: Role, name: impl Into<Cow<'s, str>>, old: Place<'s>, new: Place<'s>) {
        self.matched(role).push(Matched { name: name.into(), old, new });
    }

    /// Matches the ends of one role that have the same id, and those that are parts of prefixes.
    fn by_id(&mut self, role: Role, old: &Places<'s>, new: &Places<'s>) {
        let (old_prefixes, new_prefixes) = (prefixes(old), prefixes(new));
        let none = Prefixes::new();
        let is_cut = |id: &str| {
            let owner = owner(id);
            let cut = old_prefixes.contains_key(owner) && new_prefixes.contains_key(owner);
            cut && prefix_of(id).is_some()
        };
        for place in old.values().filter(|place| !is_cut(place.id)) {
            match new.get(place.id) {
                Some(other) => self.add(role, place.id, *place, *other),
                None => self.only_old.push((role, *place)),
            }
        }
        let unmatched = new.values().filter(|it| !is_cut(it.id) && !old.contains_key(it.id));
        self.only_new.extend(unmatched.map(|place| (role, *place)));
        for (owner, prefixes) in &old_prefixes {
            let others = new_prefixes.get(owner).unwrap_or(&none);
            if others.is_empty() {
                continue;
            }
            for piece in pieces(prefixes, others) {
                let old = piece.old.and_then(|id| old.get(id));
                let new = piece.new.and_then(|id| new.get(id));
                match (old, new) {
                    (Some(old), Some(new)) => {
                        self.add(role, format!("{owner}@{}", piece.prefix), *old, *new);
                    }
                    (Some(old), None) => self.only_old.push((role, *old)),
                    (None, Some(new)) => self.only_new.push((role, *new)),
                    (None, None) => {}
                }
            }
        }
    }

    /// Pairs what is left of owners that both sides have, such as one public address for another.
    fn within_owners(&mut self, old_owners: &HashSet<&str>, new_owners: &HashSet<&str>) {
        let is_there = |owners: &HashSet<&str>, place: &Place<'_>| owners.contains(owner(place.id));
        let by_key = |(role, place): &(Role, Place<'s>)| {
            ((owner(place.id), *role, place.key), (*role, *place))
        };
        let old =
            grouped(self.only_old.iter().filter(|it| is_there(new_owners, &it.1)).map(by_key));
        let new =
            grouped(self.only_new.iter().filter(|it| is_there(old_owners, &it.1)).map(by_key));
        // Pieces of prefixes that one side alone has are never the same.
        let same = pairs(old, new).into_iter().filter(|((_, old), (_, new), _)| {
            prefix_of(old.id).is_none() && prefix_of(new.id).is_none()
        });
        for ((role, old), (_, new), is_choice) in same {
            self.pair(role, old, new);
            let (key, old, new) = (new.key.to_owned(), old.id.to_owned(), new.id.to_owned());
            let pairing = Pairing { old, new, key, is_choice };
            if !self.paired.contains(&pairing) {
                self.paired.push(pairing);
            }
        }
        self.forget_matched();
    }

    /// Pairs owners of which each is on one side alone and whose ends are of the same kinds.
    fn among_owners(&mut self, old_owners: &HashSet<&str>, new_owners: &HashSet<&str>) {
        let is_foreign = |owners: &HashSet<&str>, id: &str| !owners.contains(owner(id));
        let old = self.only_old.iter().filter(|it| is_foreign(new_owners, it.1.id));
        let new = self.only_new.iter().filter(|it| is_foreign(old_owners, it.1.id));
        let (old, new) = (by_kinds(old), by_kinds(new));
        for (old, new, is_choice) in pairs(old, new) {
            for (old, new) in old.iter().zip(&new) {
                self.pair(old.0, old.1, new.1);
            }
            if let (Some((_, old)), Some((_, new))) = (old.first(), new.first()) {
                self.paired.push(Pairing {
                    old: owner(old.id).to_owned(),
                    new: owner(new.id).to_owned(),
                    key: new.key.to_owned(),
                    is_choice,
                });
            }
        }
        self.forget_matched();
    }

    fn pair(&mut self, role: Role, old: Place<'s>, new: Place<'s>) {
        self.add(role, new.id, old, new);
    }

    /// Takes the ends that were paired meanwhile from those of one side alone.
    fn forget_matched(&mut self) {
        let mut paired: HashSet<(Role, &str, bool)> = HashSet::new();
        let sources = self.sources.iter().map(|it| (Role::Source, it));
        let all = sources.chain(self.destinations.iter().map(|it| (Role::Destination, it)));
        for (role, it) in all.filter(|(_, it)| it.old.id != it.new.id) {
            paired.extend([(role, it.old.id, true), (role, it.new.id, false)]);
        }
        self.only_old.retain(|(role, place)| !paired.contains(&(*role, place.id, true)));
        self.only_new.retain(|(role, place)| !paired.contains(&(*role, place.id, false)));
    }
}

/// Returns the prefixes of each owner that has some.
fn prefixes<'s>(places: &Places<'s>) -> BTreeMap<&'s str, Prefixes<'s>> {
    let mut prefixes: BTreeMap<&str, Prefixes<'_>> = BTreeMap::new();
    for id in places.keys() {
        if let Some(prefix) = prefix_of(id) {
            prefixes.entry(owner(id)).or_default().insert(prefix, id);
        }
    }
    prefixes
}

type End<'s> = (Role, Place<'s>);

/// Returns the owners, each as its ends sorted by kind, by the kinds of these.
fn by_kinds<'s, 'm>(
    ends: impl Iterator<Item = &'m End<'s>>,
) -> BTreeMap<Vec<(Role, &'s str)>, Vec<Vec<End<'s>>>>
where
    's: 'm,
{
    let of_owner = grouped(ends.map(|end| (owner(end.1.id), *end)));
    let by_kind = of_owner.into_values().map(|mut ends| {
        ends.sort_unstable_by_key(|(role, place)| (*role, place.key, place.id));
        (ends.iter().map(|(role, place)| (*role, place.key)).collect(), ends)
    });
    grouped(by_kind)
}

fn grouped<K: Ord, V>(items: impl Iterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in items {
        groups.entry(key).or_default().push(value);
    }
    groups
}

/// Pairs what has the same key on both sides, in sorted order, and says where another order would do.
fn pairs<K: Ord, V: Ord>(
    old: BTreeMap<K, Vec<V>>,
    mut new: BTreeMap<K, Vec<V>>,
) -> Vec<(V, V, bool)> {
    let mut pairs = Vec::new();
    for (key, mut olds) in old {
        let Some(mut news) = new.remove(&key) else { continue };
        olds.sort_unstable();
        news.sort_unstable();
        let is_choice = olds.len() > 1 || news.len() > 1;
        pairs.extend(olds.into_iter().zip(news).map(|(old, new)| (old, new, is_choice)));
    }
    pairs
}
