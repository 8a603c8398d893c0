//! Address space cut along the blocks that rules or routes mention.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use canreach_net::{AddressRange, AddressSet, Discrete, Family};

/// The addresses that lie in exactly the same mentioned ranges: no rule or route tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Cell(u32);

/// Address space, divided into cells.
#[derive(Debug)]
pub(crate) struct Cells {
    /// Where cells begin, in order; a cell may begin several times.
    v4: Vec<(u32, Cell)>,
    v6: Vec<(u128, Cell)>,
    /// For each cell, the mentioned ranges that hold it, smallest first.
    within: Vec<Vec<AddressRange>>,
}

impl Cells {
    /// Divides address space along the ends of the ranges mentioned.
    pub(crate) fn along(mentioned: impl IntoIterator<Item = AddressRange>) -> Self {
        let ranges: BTreeSet<(IpAddr, IpAddr)> =
            mentioned.into_iter().map(|range| (range.first(), range.last())).collect();
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for range in ranges {
            match range {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits(), last.to_bits())),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
                // No range spans both families.
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
            }
        }
        let mut within = Vec::new();
        let v4 = divided(&v4, &mut within, |(first, last)| {
            AddressRange::new(IpAddr::V4(first.into()), IpAddr::V4(last.into()))
        });
        let v6 = divided(&v6, &mut within, |(first, last)| {
            AddressRange::new(IpAddr::V6(first.into()), IpAddr::V6(last.into()))
        });
        Self { v4, v6, within }
    }

    /// Returns the cell of an address.
    pub(crate) fn of(&self, address: IpAddr) -> Cell {
        match address {
            IpAddr::V4(address) => cell_at(&self.v4, address.to_bits()),
            IpAddr::V6(address) => cell_at(&self.v6, address.to_bits()),
        }
    }

    /// Divides a set of addresses among the cells.
    pub(crate) fn divide(&self, set: &AddressSet) -> Vec<(Cell, AddressSet)> {
        let mut parts: BTreeMap<Cell, Vec<AddressRange>> = BTreeMap::new();
        for range in set.ranges() {
            match (range.first(), range.last()) {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    for (cell, first, last) in pieces(&self.v4, first.to_bits(), last.to_bits()) {
                        let piece = AddressRange::new(first_v4(first), first_v4(last));
                        parts.entry(cell).or_default().extend(piece);
                    }
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    for (cell, first, last) in pieces(&self.v6, first.to_bits(), last.to_bits()) {
                        let piece =
                            AddressRange::new(IpAddr::V6(first.into()), IpAddr::V6(last.into()));
                        parts.entry(cell).or_default().extend(piece);
                    }
                }
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
            }
        }
        parts.into_iter().map(|(cell, ranges)| (cell, ranges.into_iter().collect())).collect()
    }

    /// Returns the smallest mentioned range that holds a cell; everything of its family where none does.
    pub(crate) fn smallest(&self, cell: Cell, family: Family) -> AddressRange {
        let smallest = self.within.get(index(cell)).and_then(|ranges| ranges.first());
        smallest.copied().unwrap_or_else(|| family.everywhere().into())
    }
}

fn first_v4(bits: u32) -> IpAddr {
    IpAddr::V4(bits.into())
}

fn index(cell: Cell) -> usize {
    usize::try_from(cell.0).unwrap_or(usize::MAX)
}

/// Returns where cells begin: at the first value, at each range's first value, and behind its last.
fn divided<T: Discrete>(
    ranges: &[(T, T)],
    within: &mut Vec<Vec<AddressRange>>,
    range: impl Fn((T, T)) -> Option<AddressRange>,
) -> Vec<(T, Cell)> {
    let mut begins: BTreeSet<T> = BTreeSet::from([T::FIRST]);
    begins.extend(ranges.iter().map(|(first, _)| *first));
    begins.extend(ranges.iter().filter_map(|(_, last)| last.successor()));
    let mut known: BTreeMap<BTreeSet<(T, T)>, Cell> = BTreeMap::new();
    let mut open: BTreeSet<(T, T)> = BTreeSet::new();
    let mut coming = ranges.iter().copied().peekable();
    let mut cells = Vec::with_capacity(begins.len());
    for begin in begins {
        open.retain(|(_, last)| *last >= begin);
        while let Some(next) = coming.next_if(|(first, _)| *first <= begin) {
            open.insert(next);
        }
        let next = Cell(u32::try_from(within.len()).unwrap_or(u32::MAX));
        let cell = *known.entry(open.clone()).or_insert_with(|| {
            let mut holding: Vec<(T, T)> = open.iter().copied().collect();
            // Nested ranges: the one that begins last and ends first is the smallest.
            holding.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
            within.push(holding.into_iter().filter_map(&range).collect());
            next
        });
        cells.push((begin, cell));
    }
    cells
}

fn cell_at<T: Discrete>(begins: &[(T, Cell)], value: T) -> Cell {
    let after = begins.partition_point(|(begin, _)| *begin <= value);
    after.checked_sub(1).and_then(|at| begins.get(at)).map_or(Cell(0), |(_, cell)| *cell)
}

/// Cuts the values from `first` to `last` where cells begin.
fn pieces<T: Discrete>(
    begins: &[(T, Cell)],
    first: T,
    last: T,
) -> impl Iterator<Item = (Cell, T, T)> + '_ {
    let start = begins.partition_point(|(begin, _)| *begin <= first).saturating_sub(1);
    let inside = begins.get(start..).unwrap_or_default();
    let touching = inside.iter().enumerate().take_while(move |(_, (begin, _))| *begin <= last);
    touching.map(move |(at, (begin, cell))| {
        let next = inside.get(at + 1).and_then(|(next, _)| next.predecessor());
        (*cell, (*begin).max(first), next.map_or(last, |end| end.min(last)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    fn cells() -> Cells {
        Cells::along(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32"].map(range))
    }

    #[test]
    fn addresses_in_the_same_ranges_are_in_one_cell() {
        let cells = cells();
        let cell = |text: &str| cells.of(text.parse().unwrap());
        assert_eq!(cell("9.255.255.255"), cell("11.0.0.0"));
        assert_eq!(cell("10.0.0.0"), cell("10.255.255.255"));
        assert_eq!(cell("10.1.2.2"), cell("10.1.2.4"));
        let all = ["9.0.0.0", "10.0.0.0", "10.1.0.0", "10.1.2.3", "2001:db8::", "2001:db9::"];
        let distinct: BTreeSet<Cell> = all.into_iter().map(cell).collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_set_is_divided_at_every_edge() {
        let cells = cells();
        let set = AddressSet::from(range("10.0.255.255-10.1.2.3"));
        let parts: Vec<String> = cells
            .divide(&set)
            .iter()
            .flat_map(|(_, part)| part.ranges().map(|it| it.to_string()).collect::<Vec<_>>())
            .collect();
        assert_eq!(parts, ["10.0.255.255", "10.1.0.0-10.1.2.2", "10.1.2.3"]);
        let all = cells.divide(&AddressSet::all());
        let together = all.iter().fold(AddressSet::EMPTY, |sum, (_, part)| sum.union(part));
        assert_eq!(together, AddressSet::all());
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn a_cell_is_named_after_the_smallest_range_around_it() {
        let cells = cells();
        let smallest = |text: &str| {
            let address: IpAddr = text.parse().unwrap();
            cells.smallest(cells.of(address), Family::of(address)).to_string()
        };
        assert_eq!(smallest("10.1.9.9"), "10.1.0.0/16");
        assert_eq!(smallest("10.2.0.0"), "10.0.0.0/8");
        assert_eq!(smallest("8.8.8.8"), "0.0.0.0/0");
        assert_eq!(smallest("2001:db8::1"), "2001:db8::/32");
    }
}
