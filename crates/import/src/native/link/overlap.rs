//! Which blocks overlap.

use canreach_net::{AddressRange, IpNet};

use crate::{diagnostic::Place, native::node::At};

/// Returns pairs of overlapping blocks: each block that overlaps one before it, with that one,
/// in the order of their places.
pub(super) fn overlaps<'b>(
    blocks: impl IntoIterator<Item = &'b At<IpNet>>,
) -> Vec<(At<IpNet>, At<IpNet>)> {
    let mut blocks: Vec<(AddressRange, At<IpNet>)> =
        blocks.into_iter().map(|block| (AddressRange::from(block.value), *block)).collect();
    // Prefixes nest or are disjoint, so a block overlaps its predecessors only if it lies in the
    // widest of them.
    blocks.sort_by(|(a, at_a), (b, at_b)| {
        a.first().cmp(&b.first()).then(b.last().cmp(&a.last())).then(at_a.place.cmp(&at_b.place))
    });
    let mut found = Vec::new();
    let mut widest: Option<(AddressRange, At<IpNet>)> = None;
    for (range, block) in blocks {
        match widest {
            Some((outer, other)) if outer.contains(range.first()) => {
                let (first, second) = in_order(other, block);
                found.push((second, first));
            }
            Some(_) | None => widest = Some((range, block)),
        }
    }
    found.sort_by_key(|(block, _)| block.place);
    found
}

fn in_order(one: At<IpNet>, other: At<IpNet>) -> (At<IpNet>, At<IpNet>) {
    let place = |block: At<IpNet>| -> Place { block.place };
    if place(one) <= place(other) { (one, other) } else { (other, one) }
}
