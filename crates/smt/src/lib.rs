//! Walks as Z3 formulas: decisions with a witness or a proof, what blocks, and what would help.
//!
//! `topology` says which ways there are and who takes them; this crate decides the filters on them.
//! Reading the files in the order of the data is reading the argument:
//!
//! `term` (the only constructors of terms) → `header`, `scope` (what the variables stand for) →
//! `members`, `possible`, `rule`, `filter`, `host` (which packets pass) → `walk` (guards and filters of
//! a walk) → `session` (the solver with its limit) → `subsets` (minimal sets) → `problem` (what is
//! possible, what is certain) → `decide` with `witness`, `search` and `intermittent`; `blockers`;
//! `corrections`; `smtlib`.
//!
//! Every encoding function says in one sentence what its formula is true of. Trusted: no proof covers
//! the translation; the tests here, the replay of every witness by `eval` and the brute-force oracle
//! do. Each call uses a Z3 context of its own, so that answers and effort repeat exactly; nothing of
//! Z3 leaves this crate. It never reads a clock: work is bounded by Z3's own count of its steps.

mod answer;
mod blockers;
mod corrections;
mod decide;
mod filter;
mod header;
mod host;
mod intermittent;
mod members;
mod possible;
mod problem;
mod rule;
mod scope;
mod search;
mod session;
mod smtlib;
mod subsets;
mod term;
mod version;
mod walk;
mod witness;

#[cfg(test)]
mod tests;

pub use answer::{
    Aim, Blockers, Corrections, Decision, Element, Limits, Stats, Undecided, Witness,
};
pub use blockers::blockers;
pub use corrections::corrections;
pub use decide::decide;
pub use members::{Groups, Subject};
pub use smtlib::smtlib;
pub use version::{TooOld, check_solver, solver_version};
