//! The differences that were found, as changes between groups of ends.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use canreach_sets::Algebra;

use super::{
    Change, Diff, Group,
    contents::Contents,
    matching::{Matched, Matching},
    moves::Moves,
    refine::{Piece, Refined},
};
use crate::{
    model::{Relation, owner},
    rectangles::{Rectangle, fewest, sorted},
};

/// The differences that were found, by what differs.
#[derive(Debug, Default)]
pub(super) struct Found {
    cells: BTreeMap<(Relation, usize), Vec<Rectangle>>,
}

impl Found {
    /// Adds the pieces of destinations for which something differs in the row of a piece of sources.
    pub(super) fn add(
        &mut self,
        relation: Relation,
        content: usize,
        row: usize,
        columns: Vec<usize>,
    ) {
        let row = Rectangle { rows: vec![row], columns: sorted(columns) };
        self.cells.entry((relation, content)).or_default().push(row);
    }

    /// Adds the changes, and the groups that they name.
    pub(super) fn into_changes(
        self,
        diff: &mut Diff,
        contents: &Contents,
        matching: &Matching<'_>,
        [sources, destinations]: [&Refined; 2],
    ) {
        let mut changes = Vec::new();
        for ((relation, content), cells) in self.cells {
            let met = fewest(&cells)
                .into_iter()
                .filter(|it| relation == Relation::Itself || meets(it, sources, destinations));
            for Rectangle { rows, columns } in met {
                let moves = contents.moves(content);
                changes.push(Change { relation, from: rows, to: columns, moves, pairs: 0 });
            }
        }
        let from = changes.iter().flat_map(|it| it.from.iter().copied());
        diff.sources = take_groups(sources, &matching.sources, from.collect(), |new| {
            for change in &mut changes {
                renumber(&mut change.from, new);
            }
        });
        let to = changes.iter().flat_map(|it| it.to.iter().copied());
        diff.destinations =
            take_groups(destinations, &matching.destinations, to.collect(), |new| {
                for change in &mut changes {
                    renumber(&mut change.to, new);
                }
            });
        for change in &mut changes {
            change.pairs = pairs(diff, change);
        }
        changes.sort_by_cached_key(|it| {
            (
                rank(&it.moves),
                !has_internet(diff, it),
                Reverse(it.pairs),
                it.relation,
                it.from.clone(),
                it.to.clone(),
            )
        });
        diff.changes = changes;
    }
}

/// Whether some source and some destination of a rectangle belong to different owners.
fn meets(it: &Rectangle, sources: &Refined, destinations: &Refined) -> bool {
    let rows = it.rows.iter().filter_map(|row| sources.pieces.get(*row));
    let columns = it.columns.iter().filter_map(|column| destinations.pieces.get(*column));
    let mut owners = rows.chain(columns).map(|piece| &piece.owners);
    let first = owners.next().filter(|first| first.len() == 1);
    first.is_none_or(|first| owners.any(|other| other != first))
}

/// Returns the groups of the pieces that are named, sorted, after telling where each went.
fn take_groups(
    refined: &Refined,
    matched: &[Matched<'_>],
    named: Vec<usize>,
    tell: impl FnOnce(&HashMap<usize, usize>),
) -> Vec<Group> {
    let piece = |place: usize| refined.pieces.get(place).map(|it: &Piece| (place, it));
    let named = sorted(named).into_iter().filter_map(piece);
    let mut groups: Vec<(usize, Group)> =
        named.map(|(place, piece)| (place, piece.group(matched))).collect();
    groups.sort_unstable_by(|(_, a), (_, b)| a.members.cmp(&b.members));
    let places = groups.iter().enumerate().map(|(new, (old, _))| (*old, new));
    tell(&places.collect());
    groups.into_iter().map(|(_, group)| group).collect()
}

fn renumber(places: &mut Vec<usize>, new: &HashMap<usize, usize>) {
    *places = sorted(places.iter().filter_map(|place| new.get(place)).copied().collect());
}

/// How far behind a change is told: what opened comes first, and what only may differ last.
fn rank(moves: &Moves) -> u8 {
    let sets = [moves.opened(), moves.opened_one_way(), moves.closed(), moves.closed_one_way()];
    (0..).zip(&sets).find(|(_, set)| !set.is_empty()).map_or(4, |(rank, _)| rank)
}

fn has_internet(diff: &Diff, change: &Change) -> bool {
    let mut groups = diff.from(change).chain(diff.to(change));
    groups.any(|group| group.members.iter().any(|it| owner(&it.name) == "internet"))
}

/// Returns how many pairs of ends a change concerns.
fn pairs(diff: &Diff, change: &Change) -> u128 {
    let mut of_owner: HashMap<&str, u128> = HashMap::new();
    let mut sources = 0_u128;
    for member in diff.from(change).flat_map(|group| &group.members) {
        let count = of_owner.entry(owner(&member.old)).or_default();
        *count = count.saturating_add(1);
        sources = sources.saturating_add(1);
    }
    let members = diff.to(change).flat_map(|group| &group.members);
    let of_member = |own: u128| match change.relation {
        Relation::Itself => own,
        Relation::Others => sources.saturating_sub(own),
    };
    let own = members.map(|it| of_owner.get(owner(&it.old)).copied().unwrap_or(0));
    own.map(of_member).fold(0, u128::saturating_add)
}
