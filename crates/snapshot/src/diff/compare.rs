//! Holds the rows of two snapshots against each other.

use std::collections::{BTreeMap, HashMap};

use super::{
    Diff,
    contents::{CLOSED, Contents},
    facts,
    found::Found,
    gone,
    matching::matching,
    notes,
    refine::{Owners, Piece, Refined},
};
use crate::model::{Block, Relation, Snapshot};

/// Returns what differs between two snapshots.
///
/// Time and space grow with the number of classes that the blocks name, not with that of all pairs.
#[must_use]
pub fn diff(old: &Snapshot, new: &Snapshot) -> Diff {
    let matching = matching(old, new);
    let mut owners = Owners::new();
    let sources = Refined::new(&matching.sources, &mut owners);
    let destinations = Refined::new(&matching.destinations, &mut owners);
    let mut contents = Contents::new(old, new);
    let mut found = Found::default();
    for relation in [Relation::Others, Relation::Itself] {
        let mut rows = Rows {
            relation,
            old: Row::new(old, relation, contents.old()),
            new: Row::new(new, relation, contents.new_flows()),
            destinations: &destinations,
        };
        for (row, source) in sources.pieces.iter().enumerate() {
            rows.compare(source, &mut contents, |content, columns| {
                found.add(relation, content, row, columns);
            });
        }
    }
    let mut diff = Diff {
        appeared: gone::ends(new, &matching.only_new),
        vanished: gone::ends(old, &matching.only_old),
        facts: facts(old, new),
        notes: notes(old, new),
        compared: [matching.sources.len(), matching.destinations.len()],
        ..Diff::default()
    };
    found.into_changes(&mut diff, &contents, &matching, [&sources, &destinations]);
    diff.unknown_in_both = contents.into_unknown_in_both();
    diff.paired = matching.paired;
    diff
}

/// One row of a snapshot at a time: what passes to each class of destinations.
struct Row<'s> {
    blocks: &'s [Block],
    /// The blocks of each class of sources.
    of_source: HashMap<usize, Vec<usize>>,
    /// For the flows of the snapshot their numbers.
    contents: Vec<usize>,
    cells: Vec<usize>,
    /// The cells that were filled.
    filled: Vec<usize>,
}

impl<'s> Row<'s> {
    fn new(snapshot: &'s Snapshot, relation: Relation, contents: &[usize]) -> Self {
        let blocks = &snapshot.blocks;
        let mut of_source: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, block) in blocks.iter().enumerate().filter(|(_, it)| it.relation == relation) {
            for class in block.from.iter() {
                of_source.entry(*class).or_default().push(place);
            }
        }
        let cells = vec![CLOSED; snapshot.destinations.len()];
        Self { blocks, of_source, contents: contents.to_vec(), cells, filled: Vec::new() }
    }

    /// Holds the row of a class of sources from now on.
    fn fill(&mut self, source: usize) {
        for place in self.filled.drain(..) {
            if let Some(cell) = self.cells.get_mut(place) {
                *cell = CLOSED;
            }
        }
        let blocks = self.of_source.get(&source).map_or(&[][..], Vec::as_slice);
        for block in blocks.iter().filter_map(|place| self.blocks.get(*place)) {
            let content = self.contents.get(block.flows).copied().unwrap_or(CLOSED);
            for class in block.to.iter() {
                if let Some(cell) = self.cells.get_mut(*class) {
                    *cell = content;
                    self.filled.push(*class);
                }
            }
        }
    }

    fn at(&self, class: usize) -> usize {
        self.cells.get(class).copied().unwrap_or(CLOSED)
    }
}

/// The same row of both snapshots.
struct Rows<'s> {
    relation: Relation,
    old: Row<'s>,
    new: Row<'s>,
    destinations: &'s Refined,
}

impl Rows<'_> {
    /// Tells for each difference the pieces of destinations that have it.
    fn compare(
        &mut self,
        source: &Piece,
        contents: &mut Contents,
        mut tell: impl FnMut(usize, Vec<usize>),
    ) {
        self.old.fill(source.old);
        self.new.fill(source.new);
        let mut differing: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut look = |column: usize, piece: &Piece, old: usize, new: usize| {
            // Most cells end here.
            if old == new && contents.is_settled(old) {
                return;
            }
            let meets = piece.meets(source, self.relation);
            if meets {
                contents.note_unknown(old, new);
            }
            // What is said of no pair still makes the difference of a row a round one: without it, a
            // change for everybody would come apart at each class with but one owner.
            if !meets && self.relation == Relation::Itself {
                return;
            }
            if let Some(content) = contents.difference(old, new) {
                differing.entry(content).or_default().push(column);
            }
        };
        let pieces = &self.destinations.pieces;
        for column in self.old.filled.iter().flat_map(|it| self.destinations.of_old(*it)) {
            if let Some(piece) = pieces.get(*column) {
                look(*column, piece, self.old.at(piece.old), self.new.at(piece.new));
            }
        }
        for column in self.new.filled.iter().flat_map(|it| self.destinations.of_new(*it)) {
            // The others were looked at above.
            if let Some(piece) = pieces.get(*column)
                && self.old.at(piece.old) == CLOSED
            {
                look(*column, piece, CLOSED, self.new.at(piece.new));
            }
        }
        for (content, columns) in differing {
            tell(content, columns);
        }
    }
}
