//! The laws that every algebra of sets obeys, for each kind of set.

use std::hash::{DefaultHasher, Hash, Hasher};

use canreach_net::PortSet;
use canreach_sets::{Algebra, FlowSet, PacketSet, Runs};
use proptest::prelude::*;

use crate::universe;

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Runs over a key of one byte, next to nothing but edges.
fn runs() -> impl Strategy<Value = Runs<u8, PortSet>> {
    let key = proptest::sample::select(vec![0_u8, 1, 2, 3, 254, 255]);
    let port = proptest::sample::select(vec![0_u16, 1, 2, 65535]);
    let run = (key.clone(), key, port.clone(), port)
        .prop_map(|(first, last, from, to)| (first, last, PortSet::range(from, to)));
    proptest::collection::vec(run, 0..5).prop_map(|runs| runs.into_iter().collect())
}

macro_rules! laws {
    ($kind:ident: $set:ty = $strategy:expr) => {
        mod $kind {
            use super::*;

            fn set() -> impl Strategy<Value = $set> {
                $strategy
            }

            fn empty() -> $set {
                Algebra::empty()
            }

            fn full() -> $set {
                Algebra::full()
            }

            proptest! {
                #[test]
                fn union_is_associative(a in set(), b in set(), c in set()) {
                    prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
                }

                #[test]
                fn intersection_is_associative(a in set(), b in set(), c in set()) {
                    let left = a.intersection(&b).intersection(&c);
                    prop_assert_eq!(left, a.intersection(&b.intersection(&c)));
                }

                #[test]
                fn union_and_intersection_are_commutative(a in set(), b in set()) {
                    prop_assert_eq!(a.union(&b), b.union(&a));
                    prop_assert_eq!(a.intersection(&b), b.intersection(&a));
                }

                #[test]
                fn a_set_joined_or_met_with_itself_stays(a in set()) {
                    prop_assert_eq!(&a.union(&a), &a);
                    prop_assert_eq!(&a.intersection(&a), &a);
                }

                #[test]
                fn union_distributes_over_intersection(a in set(), b in set(), c in set()) {
                    let left = a.union(&b.intersection(&c));
                    prop_assert_eq!(left, a.union(&b).intersection(&a.union(&c)));
                }

                #[test]
                fn intersection_distributes_over_union(a in set(), b in set(), c in set()) {
                    let left = a.intersection(&b.union(&c));
                    prop_assert_eq!(left, a.intersection(&b).union(&a.intersection(&c)));
                }

                #[test]
                fn a_set_absorbs_what_it_is_met_with(a in set(), b in set()) {
                    prop_assert_eq!(&a.union(&a.intersection(&b)), &a);
                    prop_assert_eq!(&a.intersection(&a.union(&b)), &a);
                }

                #[test]
                fn the_complement_of_a_union_is_the_intersection_of_complements(
                    a in set(), b in set()
                ) {
                    let left = a.union(&b).complement();
                    prop_assert_eq!(left, a.complement().intersection(&b.complement()));
                }

                #[test]
                fn the_complement_of_an_intersection_is_the_union_of_complements(
                    a in set(), b in set()
                ) {
                    let left = a.intersection(&b).complement();
                    prop_assert_eq!(left, a.complement().union(&b.complement()));
                }

                #[test]
                fn a_complement_is_what_the_set_lacks(a in set()) {
                    prop_assert_eq!(a.union(&a.complement()), full());
                    prop_assert_eq!(a.intersection(&a.complement()), empty());
                    prop_assert_eq!(&a.complement().complement(), &a);
                }

                #[test]
                fn nothing_and_everything_are_neutral_or_win(a in set()) {
                    prop_assert_eq!(&a.union(&empty()), &a);
                    prop_assert_eq!(&a.intersection(&full()), &a);
                    prop_assert_eq!(a.union(&full()), full());
                    prop_assert_eq!(a.intersection(&empty()), empty());
                    prop_assert_eq!(&a.difference(&empty()), &a);
                    prop_assert_eq!(a.difference(&full()), empty());
                    prop_assert_eq!(empty().difference(&a), empty());
                }

                #[test]
                fn a_difference_is_an_intersection_with_a_complement(a in set(), b in set()) {
                    prop_assert_eq!(a.difference(&b), a.intersection(&b.complement()));
                }

                #[test]
                fn difference_and_intersection_cut_a_set_in_two(a in set(), b in set()) {
                    let (without, within) = (a.difference(&b), a.intersection(&b));
                    prop_assert!(without.is_disjoint(&within));
                    prop_assert!(without.is_disjoint(&b));
                    prop_assert_eq!(&without.union(&within), &a);
                }

                #[test]
                fn taking_away_a_union_is_taking_away_each(a in set(), b in set(), c in set()) {
                    let left = a.difference(&b.union(&c));
                    prop_assert_eq!(left, a.difference(&b).difference(&c));
                }

                #[test]
                fn a_subset_adds_nothing_and_loses_nothing(a in set(), b in set()) {
                    prop_assert_eq!(a.is_subset(&b), a.union(&b) == b);
                    prop_assert_eq!(a.is_subset(&b), a.intersection(&b) == a);
                    prop_assert!(a.intersection(&b).is_subset(&a));
                    prop_assert!(a.is_subset(&a.union(&b)));
                }

                #[test]
                fn disjoint_sets_meet_in_nothing(a in set(), b in set()) {
                    prop_assert_eq!(a.is_disjoint(&b), a.intersection(&b).is_empty());
                    prop_assert_eq!(a.is_empty(), a == empty());
                }

                #[test]
                fn sets_built_in_any_order_are_equal_values(
                    parts in proptest::collection::vec(set(), 0..4)
                ) {
                    let forth = parts.iter().fold(empty(), |sum, part| sum.union(part));
                    let back = parts.iter().rev().fold(empty(), |sum, part| part.union(&sum));
                    let all = Algebra::union_of(parts);
                    prop_assert_eq!(hash(&forth), hash(&back));
                    prop_assert_eq!(&forth, &back);
                    prop_assert_eq!(forth, all);
                }
            }
        }
    };
}

laws!(flows: FlowSet = universe::flow_set());
laws!(packets: PacketSet = universe::packet_set());
laws!(runs_of_ports: Runs<u8, PortSet> = runs());

proptest! {
    #[test]
    fn runs_are_sorted_and_neighbours_that_touch_differ(
        a in runs(), b in runs(), first in 0_u8..4, last in 0_u8..4
    ) {
        let results =
            [a.union(&b), a.intersection(&b), a.difference(&b), a.complement(), a.between(first, last)];
        for result in results {
            let runs: Vec<_> = result.iter().collect();
            prop_assert!(runs.iter().all(|(first, last, ports)| first <= last && !ports.is_empty()));
            for pair in runs.windows(2) {
                prop_assert!(pair[0].1 < pair[1].0);
                prop_assert!(pair[0].1 + 1 < pair[1].0 || pair[0].2 != pair[1].2);
            }
        }
    }

    #[test]
    fn runs_are_a_set_of_ports_for_every_key(a in runs(), b in runs()) {
        let at = |runs: &Runs<u8, PortSet>, key| runs.at(key).cloned().unwrap_or(PortSet::EMPTY);
        let (union, intersection, difference) =
            (a.union(&b), a.intersection(&b), a.difference(&b));
        let between = a.between(1, 254);
        for key in 0..=u8::MAX {
            let (x, y) = (at(&a, key), at(&b, key));
            prop_assert_eq!(at(&union, key), x.union(&y));
            prop_assert_eq!(at(&intersection, key), x.intersection(&y));
            prop_assert_eq!(at(&difference, key), x.difference(&y));
            let inside = if (1..=254).contains(&key) { x.clone() } else { PortSet::EMPTY };
            prop_assert_eq!(at(&between, key), inside);
            prop_assert_eq!(a.keys().contains(key), !x.is_empty());
        }
    }
}
