//! Pairs of rows and columns as few rectangles: what blocks and changes are told by.

use std::{collections::HashMap, hash::Hash};

/// Rows and columns, every pair of which is meant. Both are sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rectangle {
    pub(crate) rows: Vec<usize>,
    pub(crate) columns: Vec<usize>,
}

/// Returns the same pairs in rectangles that depend on nothing but which pairs they are.
///
/// Rows with the same columns stand together, or columns with the same rows, whichever takes fewer
/// words. The given rectangles share no pair.
pub(crate) fn fewest(given: &[Rectangle]) -> Vec<Rectangle> {
    let by_rows = by_rows(given);
    let swapped: Vec<Rectangle> = given.iter().cloned().map(swap).collect();
    let by_columns: Vec<Rectangle> = self::by_rows(&swapped).into_iter().map(swap).collect();
    let mut fewest = if words(&by_columns) < words(&by_rows) { by_columns } else { by_rows };
    fewest.sort_unstable();
    fewest
}

/// Returns the same pairs, rows with the same columns together, in any order.
pub(crate) fn by_rows(given: &[Rectangle]) -> Vec<Rectangle> {
    let rows = given.iter().filter_map(|it| it.rows.iter().max()).max();
    let mut of_row: Vec<Vec<usize>> =
        vec![Vec::new(); rows.map_or(0, |last| last.saturating_add(1))];
    for (place, rectangle) in given.iter().enumerate() {
        for row in &rectangle.rows {
            if let Some(places) = of_row.get_mut(*row) {
                places.push(place);
            }
        }
    }
    // Rows that lie in the same rectangles are looked at once.
    let used = of_row.into_iter().enumerate().filter(|(_, places)| !places.is_empty());
    let together = together(used);
    let columns_of = |places: &[usize]| {
        let all = places.iter().filter_map(|place| given.get(*place));
        sorted(all.flat_map(|rectangle| &rectangle.columns).copied().collect())
    };
    let mut rows_of: HashMap<Vec<usize>, Vec<usize>> = HashMap::new();
    for (places, rows) in together {
        rows_of.entry(columns_of(&places)).or_default().extend(rows);
    }
    let rectangle = |(columns, rows)| Rectangle { rows: sorted(rows), columns };
    rows_of.into_iter().map(rectangle).collect()
}

/// Turns a map round: for each value the keys that have it, in any order.
pub(crate) fn together<V: Hash + Eq>(
    map: impl IntoIterator<Item = (usize, V)>,
) -> Vec<(V, Vec<usize>)> {
    let mut keys: HashMap<V, Vec<usize>> = HashMap::new();
    for (key, value) in map {
        keys.entry(value).or_default().push(key);
    }
    keys.into_iter().collect()
}

pub(crate) fn sorted(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn swap(Rectangle { rows, columns }: Rectangle) -> Rectangle {
    Rectangle { rows: columns, columns: rows }
}

fn words(rectangles: &[Rectangle]) -> usize {
    let words = |it: &Rectangle| it.rows.len().saturating_add(it.columns.len());
    rectangles.iter().map(words).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn single((row, column): (usize, usize)) -> Rectangle {
        Rectangle { rows: vec![row], columns: vec![column] }
    }

    fn pairs(rectangles: &[Rectangle]) -> Vec<(usize, usize)> {
        let of = |it: &Rectangle| {
            let Rectangle { rows, columns } = it.clone();
            rows.into_iter().flat_map(move |row| columns.clone().into_iter().map(move |c| (row, c)))
        };
        rectangles.iter().flat_map(of).collect()
    }

    proptest! {
        #[test]
        fn the_pairs_are_the_same_each_once(
            wanted in proptest::collection::btree_set((0..6_usize, 0..6_usize), 0..36),
        ) {
            let given: Vec<Rectangle> = wanted.iter().copied().map(single).collect();
            let found = pairs(&fewest(&given));
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
        }

        #[test]
        fn the_rectangles_do_not_depend_on_how_the_pairs_were_given(
            wanted in proptest::collection::btree_set((0..6_usize, 0..6_usize), 0..36),
        ) {
            let given: Vec<Rectangle> = wanted.iter().copied().map(single).collect();
            let other = by_rows(&given);
            prop_assert_eq!(fewest(&given), fewest(&other));
            let backwards: Vec<Rectangle> = given.into_iter().rev().collect();
            prop_assert_eq!(fewest(&backwards), fewest(&other));
        }
    }

    #[test]
    fn the_side_that_takes_fewer_words_decides() {
        // Four rows share columns 0 and 1; each has one of its own besides.
        let mut given = vec![Rectangle { rows: vec![0, 1, 2, 3], columns: vec![0, 1] }];
        given.extend((0..4).map(|row| single((row, 10 + row))));
        let fewest = fewest(&given);
        assert_eq!(fewest.len(), 5);
        assert_eq!(fewest[1], Rectangle { rows: vec![0, 1, 2, 3], columns: vec![0, 1] });
    }
}
