//! Zones by zones: what passes from any end of one to any end of another.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use canreach_sets::{Algebra, FlowSet};

use crate::model::{Block, Class, Flows, Relation, Snapshot, owner};

/// What passes between zones. A pair of ends counts where they belong to different owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The zones, sorted.
    pub zones: Vec<String>,
    /// A row for each zone as the source, with a cell for each zone as the destination.
    pub rows: Vec<Vec<Cell>>,
}

/// What passes from the ends of one zone to the ends of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many pairs of ends there are.
    pub pairs: u128,
    /// For how many of them which flows pass, as places in [`Snapshot::flows`]; most pairs first. The
    /// others are closed.
    pub flows: Vec<(usize, u128)>,
    /// What that comes to.
    pub state: CellState,
}

/// What the pairs of a cell have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellState {
    /// There is no pair.
    #[default]
    Empty,
    /// Nothing is delivered between any pair, whatever the input leaves open.
    Closed,
    /// The same flows, at least one, are answered between every pair, and nothing is left open.
    Open,
    /// Different flows are answered between different pairs, or none are and some are delivered; nothing
    /// is left open.
    Partly,
    /// For some pair something depends on what the input leaves open.
    Unknown,
}

/// Returns what passes between the zones that a function puts ends into; one end may be in several,
/// or in none.
#[must_use]
pub fn matrix<Z: IntoIterator<Item = String>>(
    snapshot: &Snapshot,
    zones_of: impl Fn(&str) -> Z,
) -> Matrix {
    let all = snapshot.sources.iter().chain(&snapshot.destinations).flat_map(Class::members);
    let zones: BTreeSet<String> = all.flat_map(&zones_of).collect();
    let zones: Vec<String> = zones.into_iter().collect();
    let number = |member: &str| -> BTreeSet<usize> {
        zones_of(member).into_iter().filter_map(|zone| zones.binary_search(&zone).ok()).collect()
    };
    let sources = Side::new(&snapshot.sources, number);
    let destinations = Side::new(&snapshot.destinations, number);
    let own = Own::new(&sources, &destinations);
    let counts = counts(snapshot, &sources, &destinations, &own);
    let (source_ends, destination_ends) = (sources.ends(), destinations.ends());
    let cell = |source: usize, destination: usize| {
        let ends = |of: &Ends, zone: usize| of.get(&zone).copied().unwrap_or(0);
        let all = ends(&source_ends, source).saturating_mul(ends(&destination_ends, destination));
        let pairs = all.saturating_sub(own.pairs(source, destination));
        let first = (source, destination, 0);
        let last = (source, destination, usize::MAX);
        let open = counts.range(first..=last).map(|((.., flows), pairs)| (*flows, *pairs));
        let mut flows: Vec<(usize, u128)> = open.filter(|(_, pairs)| *pairs > 0).collect();
        flows.sort_unstable_by_key(|(flows, pairs)| (Reverse(*pairs), *flows));
        let state = state(snapshot, pairs, &flows);
        Cell { pairs, flows, state }
    };
    let row = |source| (0..zones.len()).map(|destination| cell(source, destination)).collect();
    Matrix { rows: (0..zones.len()).map(row).collect(), zones }
}

fn state(snapshot: &Snapshot, pairs: u128, flows: &[(usize, u128)]) -> CellState {
    let sets: Vec<&Flows> =
        flows.iter().filter_map(|(place, _)| snapshot.flows.get(*place)).collect();
    let open = flows.iter().map(|(_, pairs)| *pairs).fold(0, u128::saturating_add);
    let answered: Vec<&FlowSet> = sets.iter().map(|it| &it.answered).collect();
    if pairs == 0 {
        CellState::Empty
    } else if sets.iter().any(|it| it.is_open_ended()) {
        CellState::Unknown
    } else if sets.is_empty() {
        CellState::Closed
    } else if open == pairs
        && answered.iter().all(|it| !it.is_empty() && Some(it) == answered.first())
    {
        CellState::Open
    } else {
        CellState::Partly
    }
}

/// How many ends are in each zone.
type Ends = BTreeMap<usize, u128>;

/// For pairs of zones and flows how many pairs of ends of different owners.
type Counts = BTreeMap<(usize, usize, usize), u128>;

fn counts(snapshot: &Snapshot, sources: &Side<'_>, destinations: &Side<'_>, own: &Own) -> Counts {
    let mut counts = Counts::new();
    let is_closed = |flows: usize| snapshot.flows.get(flows).is_none_or(Flows::is_closed);
    let blocks = snapshot.blocks.iter();
    for block in blocks.filter(|it| it.relation == Relation::Others && !is_closed(it.flows)) {
        let (from, to) = (sources.in_classes(&block.from), destinations.in_classes(&block.to));
        for (source, ends) in &from {
            for (destination, others) in &to {
                let count = counts.entry((*source, *destination, block.flows)).or_default();
                *count = count.saturating_add(ends.saturating_mul(*others));
            }
        }
        own.take_from(&mut counts, block);
    }
    counts
}

/// The zones of the ends of one side.
#[derive(Debug)]
struct Side<'s> {
    /// For each class how many of its members are in which zones.
    classes: Vec<Ends>,
    /// The ends of each owner: their class and their zones.
    owned: BTreeMap<&'s str, Vec<(usize, BTreeSet<usize>)>>,
}

impl<'s> Side<'s> {
    fn new(classes: &'s [Class], zones_of: impl Fn(&str) -> BTreeSet<usize>) -> Self {
        let mut owned: BTreeMap<&str, Vec<(usize, BTreeSet<usize>)>> = BTreeMap::new();
        let mut counts = Vec::with_capacity(classes.len());
        for (class, it) in classes.iter().enumerate() {
            let mut ends = Ends::new();
            for member in it.members() {
                let zones = zones_of(member);
                for zone in &zones {
                    add(&mut ends, *zone, 1);
                }
                owned.entry(owner(member)).or_default().push((class, zones));
            }
            counts.push(ends);
        }
        Self { classes: counts, owned }
    }

    fn ends(&self) -> Ends {
        sum(self.classes.iter())
    }

    fn in_classes(&self, classes: &[usize]) -> Ends {
        sum(classes.iter().filter_map(|class| self.classes.get(*class)))
    }
}

fn sum<'e>(all: impl Iterator<Item = &'e Ends>) -> Ends {
    let mut total = Ends::new();
    for (zone, count) in all.flatten() {
        add(&mut total, *zone, *count);
    }
    total
}

fn add(ends: &mut Ends, zone: usize, count: u128) {
    let total = ends.entry(zone).or_default();
    *total = total.saturating_add(count);
}

/// The pairs of ends of the same owner.
#[derive(Debug, Default)]
struct Own {
    /// For a class of sources and one of destinations: how many such pairs in which zones.
    of_classes: HashMap<usize, BTreeMap<usize, Zones>>,
    of_zones: Zones,
}

type Zones = BTreeMap<(usize, usize), u128>;

impl Own {
    fn new(sources: &Side<'_>, destinations: &Side<'_>) -> Self {
        let mut own = Self::default();
        for (owner, ends) in &sources.owned {
            let others = destinations.owned.get(owner).map_or(&[][..], Vec::as_slice);
            for (source, zones) in ends {
                for (destination, their_zones) in others {
                    own.add((*source, zones), (*destination, their_zones));
                }
            }
        }
        own
    }

    fn add(&mut self, source: (usize, &BTreeSet<usize>), destination: (usize, &BTreeSet<usize>)) {
        let of_source = self.of_classes.entry(source.0).or_default();
        let of_classes = of_source.entry(destination.0).or_default();
        for zones in source.1.iter().flat_map(|a| destination.1.iter().map(|b| (*a, *b))) {
            for counts in [&mut *of_classes, &mut self.of_zones] {
                let count = counts.entry(zones).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    fn pairs(&self, source: usize, destination: usize) -> u128 {
        self.of_zones.get(&(source, destination)).copied().unwrap_or(0)
    }

    /// Takes the pairs that a block seems to speak of.
    fn take_from(&self, counts: &mut Counts, block: &Block) {
        let to: HashSet<usize> = block.to.iter().copied().collect();
        let of_sources = block.from.iter().filter_map(|class| self.of_classes.get(class));
        let meant = of_sources.flatten().filter(|(class, _)| to.contains(class));
        for ((source, destination), pairs) in meant.flat_map(|(_, zones)| zones) {
            if let Some(count) = counts.get_mut(&(*source, *destination, block.flows)) {
                *count = count.saturating_sub(*pairs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{ENDS, between, snapshots};

    /// Puts ends into zones by their first letter, and all but one into a zone besides.
    fn zones_of(member: &str) -> Vec<String> {
        let first = member.chars().take(2).collect();
        let all = (member != "i-3").then(|| String::from("most"));
        std::iter::once(first).chain(all).collect()
    }

    fn by_hand(
        snapshot: &Snapshot,
        source_zone: &str,
        destination_zone: &str,
    ) -> (u128, CellState) {
        let is_in = |member: &str, zone: &str| zones_of(member).iter().any(|it| it == zone);
        let mut found: Vec<Flows> = Vec::new();
        for source in ENDS.into_iter().filter(|it| is_in(it, source_zone)) {
            for destination in ENDS.into_iter().filter(|it| is_in(it, destination_zone)) {
                if owner(source) != owner(destination) {
                    found.extend(between(snapshot, source, destination));
                }
            }
        }
        let first = found.first().cloned().unwrap_or_else(Flows::none).answered;
        let state = if found.is_empty() {
            CellState::Empty
        } else if found.iter().any(Flows::is_open_ended) {
            CellState::Unknown
        } else if found.iter().all(Flows::is_closed) {
            CellState::Closed
        } else if !first.is_empty() && found.iter().all(|it| it.answered == first) {
            CellState::Open
        } else {
            CellState::Partly
        };
        (u128::try_from(found.len()).unwrap(), state)
    }

    proptest! {
        #[test]
        fn a_cell_says_what_all_its_pairs_say(snapshot in snapshots()) {
            let matrix = matrix(&snapshot, zones_of);
            for (source, row) in matrix.zones.iter().zip(&matrix.rows) {
                for (destination, cell) in matrix.zones.iter().zip(row) {
                    let expected = by_hand(&snapshot, source, destination);
                    prop_assert_eq!((cell.pairs, cell.state), expected, "{} {}", source, destination);
                }
            }
        }
    }
}
