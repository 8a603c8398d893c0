//! What the input leaves open.

use std::collections::BTreeMap;

use crate::{Id, Origin, Span};

/// A key of one fact of a network.
pub type FactId = Id<Fact>;

/// Something the input does not decide: a variable that may be true or false.
///
/// A verdict stands only if it stands for every value of every fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What is true if the fact is, as a sentence: "prefix list `pl-1` holds the packet's source".
    pub statement: String,
    /// Which input or setting would settle it, as a phrase for "to settle it, …".
    pub settled_by: String,
    /// Where the open reference or setting stands.
    pub origin: Origin,
    /// Which value lets more packets through.
    pub polarity: Polarity,
}

/// Which value of a fact lets more packets through, other things being equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Polarity {
    /// Every packet that passes while it is false passes while it is true.
    Helps,
    /// Every packet that passes while it is true passes while it is false.
    Hinders,
    /// Neither: each value may let packets through that the other stops.
    Neither,
}

/// A parameter that sources disagree about: one value if the fact is true, another if it is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting<T> {
    /// Every source agrees, or the user decided.
    Decided(T),
    /// Sources disagree.
    Disputed {
        /// The variable that stands for the choice.
        fact: FactId,
        /// The value if the fact is true.
        if_true: T,
        /// The value if the fact is false.
        if_false: T,
    },
}

impl<T: Copy> Setting<T> {
    /// Returns the value under an assignment of the facts.
    #[must_use]
    pub fn value(self, valuation: &Valuation) -> T {
        match self {
            Self::Decided(value) => value,
            Self::Disputed { fact, if_true, if_false } => {
                if valuation.is_true(fact) {
                    if_true
                } else {
                    if_false
                }
            }
        }
    }
}

/// A value for every fact: those listed, and `false` for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Valuation {
    values: BTreeMap<FactId, bool>,
}

impl Valuation {
    /// Sets the value of one fact.
    pub fn set(&mut self, fact: FactId, value: bool) {
        self.values.insert(fact, value);
    }

    /// Whether a fact is true.
    #[must_use]
    pub fn is_true(&self, fact: FactId) -> bool {
        self.values.get(&fact).copied().unwrap_or(false)
    }

    /// Returns the facts with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (FactId, bool)> + '_ {
        self.values.iter().map(|(fact, value)| (*fact, *value))
    }
}

impl FromIterator<(FactId, bool)> for Valuation {
    fn from_iter<I: IntoIterator<Item = (FactId, bool)>>(values: I) -> Self {
        Self { values: values.into_iter().collect() }
    }
}

/// Something taken for granted while reading the input; printed with every answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What is taken for granted, as a sentence.
    pub statement: String,
    /// The places it concerns.
    pub places: Vec<Span>,
}
