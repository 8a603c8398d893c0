//! Ends of one class there and of one class here.

use std::collections::HashMap;

use super::{Group, Member, matching::Matched};
use crate::{
    model::{Relation, owner},
    rectangles::sorted,
};

/// The matched ends of one role, cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Refined {
    pub(super) pieces: Vec<Piece>,
    /// The pieces of each class of the old snapshot, and of the new one.
    of_old: HashMap<usize, Vec<usize>>,
    of_new: HashMap<usize, Vec<usize>>,
}

/// Ends that each snapshot has in one class.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) old: usize,
    pub(super) new: usize,
    /// Places in what was matched.
    pub(super) members: Vec<usize>,
    /// Whom they belong to, each once.
    pub(super) owners: Vec<usize>,
}

/// Numbers for owners; an owner that was paired is that of the old snapshot.
pub(super) type Owners<'s> = HashMap<&'s str, usize>;

impl Refined {
    pub(super) fn new<'s>(matched: &[Matched<'s>], owners: &mut Owners<'s>) -> Self {
        let mut refined = Self::default();
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        for (place, it) in matched.iter().enumerate() {
            let next = owners.len();
            let owner = *owners.entry(owner(it.old.id)).or_insert(next);
            let (old, new) = (it.old.class, it.new.class);
            let piece = *known.entry((old, new)).or_insert_with(|| refined.add(old, new));
            if let Some(piece) = refined.pieces.get_mut(piece) {
                piece.members.push(place);
                piece.owners.push(owner);
            }
        }
        for piece in &mut refined.pieces {
            piece.owners = sorted(std::mem::take(&mut piece.owners));
        }
        refined
    }

    fn add(&mut self, old: usize, new: usize) -> usize {
        let place = self.pieces.len();
        self.of_old.entry(old).or_default().push(place);
        self.of_new.entry(new).or_default().push(place);
        self.pieces.push(Piece { old, new, members: Vec::new(), owners: Vec::new() });
        place
    }

    /// Returns the pieces of a class of the old snapshot.
    pub(super) fn of_old(&self, class: usize) -> &[usize] {
        self.of_old.get(&class).map_or(&[], Vec::as_slice)
    }

    /// Returns the pieces of a class of the new snapshot.
    pub(super) fn of_new(&self, class: usize) -> &[usize] {
        self.of_new.get(&class).map_or(&[], Vec::as_slice)
    }
}

impl Piece {
    /// Whether there is a pair of these and the other's members of which the relation speaks.
    pub(super) fn meets(&self, other: &Self, relation: Relation) -> bool {
        match relation {
            Relation::Others => self.owners.len() > 1 || self.owners != other.owners,
            Relation::Itself => {
                let is_shared = |owner: &usize| other.owners.binary_search(owner).is_ok();
                self.owners.iter().any(is_shared)
            }
        }
    }

    /// Returns its members, sorted by name.
    pub(super) fn group(&self, matched: &[Matched<'_>]) -> Group {
        let all = self.members.iter().filter_map(|place| matched.get(*place));
        let mut all: Vec<&Matched<'_>> = all.collect();
        all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let member = |it: &&Matched<'_>| Member {
            name: it.name.clone().into_owned(),
            old: it.old.id.to_owned(),
            new: it.new.id.to_owned(),
        };
        Group {
            key: all.first().map_or_else(String::new, |it| it.new.key.to_owned()),
            members: all.iter().map(member).collect(),
        }
    }
}
