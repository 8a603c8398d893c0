//! The numbers of the rules of a network ACL: which are free where.

use canreach_model::{Direction, Rule, RuleOwner};

use super::Edit;

/// The largest number that a rule of a network ACL can have.
const LAST: u32 = 32766;
/// How many numbers below a rule are looked at for a free one.
const NEAR: usize = 1000;

/// The numbers of a list of rules, and those that edits take.
pub(super) struct Numbers {
    /// Of each rule, in order.
    rules: Vec<Option<u32>>,
    /// Whether rules are tried in the order of their numbers.
    ordered: bool,
    taken: Vec<u32>,
}

/// No number is free in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoneFree;

impl Numbers {
    /// Returns the numbers of a list, with what edits add to it.
    pub(super) fn of(
        rules: &[Rule],
        ordered: bool,
        edits: &[Edit],
        list: RuleOwner,
        towards: Direction,
    ) -> Self {
        let taken = edits.iter().filter_map(|edit| {
            if let Edit::AddRule { owner, direction, rule, .. } = edit
                && *owner == list
                && *direction == towards
            {
                rule.number
            } else {
                None
            }
        });
        let taken = taken.collect();
        Self { rules: rules.iter().map(|rule| rule.number).collect(), ordered, taken }
    }

    /// Returns a number for a rule at the end; none where rules have no numbers.
    pub(super) fn at_the_end(&self) -> Result<Option<u32>, NoneFree> {
        let needed = self.ordered || self.rules.iter().any(Option::is_some);
        if !needed {
            return Ok(None);
        }
        let last = self.rules.iter().flatten().chain(&self.taken).max().copied().unwrap_or(90);
        let round = last.saturating_div(10).saturating_add(1).saturating_mul(10);
        let next = if round <= LAST { round } else { last.saturating_add(1) };
        if next <= LAST { Ok(Some(next)) } else { Err(NoneFree) }
    }

    /// Returns a number for a rule just before another.
    pub(super) fn before(&self, index: usize) -> Result<Option<u32>, NoneFree> {
        let Some(number) = self.rules.get(index).copied().flatten() else {
            return if self.ordered { Err(NoneFree) } else { Ok(None) };
        };
        let previous = self.rules.iter().take(index).flatten().max().copied().unwrap_or(0);
        self.between(previous, number)
    }

    /// Returns a number for a rule that makes room, before the one after it.
    pub(super) fn after(&self, index: usize) -> Result<Option<u32>, NoneFree> {
        let number = self.rules.get(index).copied().flatten().ok_or(NoneFree)?;
        let rest = self.rules.iter().skip(index.saturating_add(1)).flatten();
        let next = rest.min().copied().unwrap_or(LAST.saturating_add(1));
        self.between(number, next)
    }

    /// A number strictly between two: the largest multiple of ten, or else the largest.
    fn between(&self, low: u32, high: u32) -> Result<Option<u32>, NoneFree> {
        let between = || (low.saturating_add(1)..high).rev().take(NEAR);
        let free = |number: &u32| !self.taken.contains(number);
        let round = between().filter(|number| number % 10 == 0).find(free);
        round.or_else(|| between().find(free)).map(Some).ok_or(NoneFree)
    }
}
