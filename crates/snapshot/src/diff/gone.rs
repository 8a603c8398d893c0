//! Ends of one snapshot alone, and how much they reach.

use std::collections::{BTreeMap, HashMap};

use super::matching::{Place, Role};
use crate::model::{Block, Class, Flows, Relation, Snapshot, owner};

/// Ends of one snapshot alone, of one kind, that reach and are reached alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What they are.
    pub key: String,
    /// Their ids.
    pub members: Vec<String>,
    /// To how many ends something of theirs is delivered, or may be.
    pub reaches: usize,
    /// From how many ends something is delivered to them, or may be.
    pub reached_by: usize,
}

impl Ends {
    /// Whether they reach anything or are reached by anything.
    #[must_use]
    pub fn has_flows(&self) -> bool {
        self.reaches > 0 || self.reached_by > 0
    }
}

/// Returns the ends in groups, those that reach most first.
pub(super) fn ends(snapshot: &Snapshot, gone: &[(Role, Place<'_>)]) -> Vec<Ends> {
    if gone.is_empty() {
        return Vec::new();
    }
    let reach = Role::BOTH.map(|role| Reach::new(snapshot, role));
    let mut counts: BTreeMap<&str, (&str, [usize; 2])> = BTreeMap::new();
    for (role, place) in gone {
        let [sources, destinations] = &reach;
        let (_, [reaches, reached_by]) = counts.entry(place.id).or_insert((place.key, [0; 2]));
        match role {
            Role::Source => *reaches = sources.of(place),
            Role::Destination => *reached_by = destinations.of(place),
        }
    }
    let mut groups: BTreeMap<(&str, [usize; 2]), Vec<String>> = BTreeMap::new();
    for (id, alike) in counts {
        groups.entry(alike).or_default().push(id.to_owned());
    }
    let ends = |((key, [reaches, reached_by]), members): ((&str, [usize; 2]), Vec<String>)| Ends {
        key: key.to_owned(),
        members,
        reaches,
        reached_by,
    };
    let mut ends: Vec<Ends> = groups.into_iter().map(ends).collect();
    ends.sort_by_key(|it| std::cmp::Reverse(it.reaches.saturating_add(it.reached_by)));
    ends
}

/// How many ends of the other side the classes of one side speak to.
struct Reach<'s> {
    /// The blocks of each class, with the classes on the other side.
    blocks: HashMap<usize, Vec<(Relation, &'s [usize])>>,
    others: &'s [Class],
    /// How many members of a class on the other side belong to somebody.
    own: HashMap<(usize, &'s str), usize>,
}

impl<'s> Reach<'s> {
    fn new(snapshot: &'s Snapshot, role: Role) -> Self {
        let others = match role {
            Role::Source => &snapshot.destinations,
            Role::Destination => &snapshot.sources,
        };
        let mut blocks: HashMap<usize, Vec<(Relation, &[usize])>> = HashMap::new();
        let is_closed = |flows: usize| snapshot.flows.get(flows).is_none_or(Flows::is_closed);
        for Block { relation, from, to, flows } in &snapshot.blocks {
            if is_closed(*flows) {
                continue;
            }
            let (near, far) = match role {
                Role::Source => (from, to),
                Role::Destination => (to, from),
            };
            for class in near.iter() {
                blocks.entry(*class).or_default().push((*relation, far));
            }
        }
        let mut own: HashMap<(usize, &str), usize> = HashMap::new();
        for (place, class) in others.iter().enumerate() {
            for member in class.members() {
                let count = own.entry((place, owner(member))).or_default();
                *count = count.saturating_add(1);
            }
        }
        Self { blocks, others, own }
    }

    fn of(&self, place: &Place<'_>) -> usize {
        let blocks = self.blocks.get(&place.class).map_or(&[][..], Vec::as_slice);
        let in_class = |relation: Relation, class: usize| {
            let own = self.own.get(&(class, owner(place.id))).copied().unwrap_or(0);
            match relation {
                Relation::Itself => own,
                Relation::Others => {
                    self.others.get(class).map_or(0, Class::len).saturating_sub(own)
                }
            }
        };
        let of_block = |(relation, classes): &(Relation, &[usize])| -> usize {
            classes.iter().map(|class| in_class(*relation, *class)).sum()
        };
        blocks.iter().map(of_block).sum()
    }
}
