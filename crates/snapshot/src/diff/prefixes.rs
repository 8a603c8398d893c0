//! Prefixes of one owner that cut its addresses in one way there and in another here.

use std::collections::{BTreeMap, BTreeSet};

use canreach_net::{AddressSet, IpNet};

/// The prefixes of one owner, each with the member that stands for it: for those of its addresses that
/// no longer prefix names.
pub(super) type Prefixes<'s> = BTreeMap<IpNet, &'s str>;

/// A piece of address space that neither side cuts further, with the member of each side it is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'s> {
    pub(super) prefix: IpNet,
    pub(super) old: Option<&'s str>,
    pub(super) new: Option<&'s str>,
}

/// Returns the prefix that a member names behind `@`.
pub(super) fn prefix_of(member: &str) -> Option<IpNet> {
    let (_, text) = member.split_once('@')?;
    text.contains('/').then(|| text.parse().ok()).flatten()
}

/// Returns the pieces into which both sides together cut the addresses.
pub(super) fn pieces<'s>(old: &Prefixes<'s>, new: &Prefixes<'s>) -> Vec<Piece<'s>> {
    let all: BTreeSet<IpNet> = old.keys().chain(new.keys()).copied().collect();
    let whole = all.iter().filter(|prefix| !is_covered(&all, **prefix));
    whole
        .map(|prefix| Piece {
            prefix: *prefix,
            old: longest(old, *prefix),
            new: longest(new, *prefix),
        })
        .collect()
}

/// Whether longer prefixes name every address of one.
fn is_covered(all: &BTreeSet<IpNet>, prefix: IpNet) -> bool {
    // In their order, those within a prefix come right behind it.
    let behind = all.range(prefix..).skip(1);
    let within: AddressSet = behind.take_while(|other| prefix.contains(*other)).copied().collect();
    AddressSet::from(prefix).is_subset(&within)
}

/// Returns the member whose prefix is the longest that holds all of another.
fn longest<'s>(prefixes: &Prefixes<'s>, prefix: IpNet) -> Option<&'s str> {
    let mut at = Some(prefix);
    while let Some(prefix) = at {
        if let Some(member) = prefixes.get(&prefix) {
            return Some(member);
        }
        at = prefix.supernet();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(members: &[&'static str]) -> Prefixes<'static> {
        members.iter().map(|it| (prefix_of(it).unwrap(), *it)).collect()
    }

    fn told(old: &[&'static str], new: &[&'static str]) -> Vec<String> {
        let pieces = pieces(&prefixes(old), &prefixes(new));
        let told = |it: &Piece<'_>| {
            format!("{}: {} {}", it.prefix, it.old.unwrap_or("-"), it.new.unwrap_or("-"))
        };
        pieces.iter().map(told).collect()
    }

    #[test]
    fn a_new_prefix_is_a_piece_of_the_old_one_around_it() {
        assert_eq!(
            told(&["i@0.0.0.0/0"], &["i@0.0.0.0/0", "i@198.51.100.0/24"]),
            [
                "0.0.0.0/0: i@0.0.0.0/0 i@0.0.0.0/0",
                "198.51.100.0/24: i@0.0.0.0/0 i@198.51.100.0/24"
            ]
        );
    }

    #[test]
    fn a_prefix_of_which_nothing_is_left_is_no_piece() {
        assert_eq!(
            told(&["i@10.0.0.0/8"], &["i@10.0.0.0/9", "i@10.128.0.0/9"]),
            ["10.0.0.0/9: i@10.0.0.0/8 i@10.0.0.0/9", "10.128.0.0/9: i@10.0.0.0/8 i@10.128.0.0/9"]
        );
    }

    #[test]
    fn what_one_side_does_not_cover_is_there_on_the_other_alone() {
        assert_eq!(
            told(&["i@10.0.0.0/8"], &["i@::/0"]),
            ["10.0.0.0/8: i@10.0.0.0/8 -", "::/0: - i@::/0"]
        );
    }

    #[test]
    fn only_prefixes_are_cut() {
        assert_eq!(prefix_of("i-0@203.0.113.9"), None);
        assert_eq!(prefix_of("i-0"), None);
        assert!(prefix_of("onprem@10.0.0.0/8").is_some());
    }
}
