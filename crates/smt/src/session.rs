//! The solver, with its limit and its counters.

use std::{hint::black_box, sync::Once};

use z3::{Config, Model, Params, SatResult, Solver, StatisticsValue, ast::Bool};

use crate::{Limits, Stats, term::holds};

/// Runs `work` in a Z3 context of its own.
///
/// Z3 counts its effort per context, so only a fresh one makes a question cost the same, and answers
/// it alike, whatever was asked before it and on whichever thread.
pub(crate) fn in_fresh_context<R: Send + Sync>(work: impl FnOnce() -> R + Send + Sync) -> R {
    keep_freed_memory();
    z3::with_z3_config(&Config::new(), work)
}

/// Makes the allocator keep what a context frees for the next one.
///
/// A context is born with large tables. glibc gives so much back to the system at once, and then most
/// of a small question's time went into the page faults of getting it again. It raises the limit to
/// twice the size of the largest mapped block, of at most 32 MB, that was ever freed: so free such a
/// block, which costs nothing as it is never touched. Other allocators are left as they are.
fn keep_freed_memory() {
    const JUST_BELOW_THE_LARGEST: usize = 31 << 20;
    static DONE: Once = Once::new();
    DONE.call_once(|| drop(black_box(Vec::<u8>::with_capacity(JUST_BELOW_THE_LARGEST))));
}

/// Quantifier-free formulas over bit-vectors.
pub(crate) const LOGIC: &str = "QF_BV";

/// What one check found.
#[derive(Debug)]
pub(crate) enum Check {
    /// The assumptions can hold together, as in this model.
    Sat(Model),
    /// They cannot.
    Unsat,
    /// The limit was reached first.
    Limit,
}

/// A formula behind a literal that asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    /// Implies `meaning`; assuming it in a check asks for the formula.
    pub(crate) asks: Bool,
    /// The formula.
    pub(crate) meaning: Bool,
}

impl Literal {
    /// Whether the formula is true in a model, asked for or not.
    pub(crate) fn holds(&self, model: &Model) -> bool {
        holds(model, &self.meaning)
    }
}

/// A solver in the present context.
///
/// Formulas are asserted behind literals and checked under assumptions, which Z3 does much faster
/// than with scopes pushed and popped. The solver is the one for bit-vectors, which turns everything
/// into propositions at once: on lists of a thousand rules it is about five times as fast as the
/// general one.
#[derive(Debug)]
pub(crate) struct Session {
    solver: Solver,
    checks: u64,
    literals: usize,
    reason: Option<String>,
}

impl Session {
    /// Returns an empty solver whose every check may use `limits`.
    pub(crate) fn new(limits: Limits) -> Self {
        let solver = Solver::new_for_logic(LOGIC).unwrap_or_default();
        let mut params = Params::new();
        params.set_u32("rlimit", limits.rlimit);
        // Decisions must not depend on a seed of the environment.
        params.set_u32("random_seed", 0);
        solver.set_params(&params);
        Self { solver, checks: 0, literals: 0, reason: None }
    }

    /// Returns a new literal that asks for a formula.
    pub(crate) fn literal(&mut self, meaning: Bool) -> Literal {
        // Plain names: Z3 prints others back between bars.
        let asks = Bool::new_const(format!("t{}", self.literals));
        self.literals += 1;
        self.solver.assert(asks.implies(&meaning));
        Literal { asks, meaning }
    }

    /// Makes every later check respect a formula.
    pub(crate) fn require(&mut self, formula: &Bool) {
        self.solver.assert(formula);
    }

    /// Checks whether the assumptions can hold together.
    pub(crate) fn check(&mut self, assumptions: &[Bool]) -> Check {
        self.checks += 1;
        match self.solver.check_assumptions(assumptions) {
            SatResult::Unsat => Check::Unsat,
            SatResult::Sat => self.solver.get_model().map_or(Check::Limit, Check::Sat),
            SatResult::Unknown => {
                self.reason = self.solver.get_reason_unknown();
                Check::Limit
            }
        }
    }

    /// Returns why the last check that reached the limit did.
    ///
    /// Z3 reports a reached `rlimit` as `canceled`, as it would an interrupt; nothing here interrupts.
    pub(crate) fn reason(&self) -> String {
        match self.reason.as_deref() {
            None | Some("canceled" | "") => String::from("the solver's resource limit was reached"),
            Some(reason) if reason.contains("resource limit") => {
                String::from("the solver's resource limit was reached")
            }
            Some(reason) => format!("the solver gave up: {reason}"),
        }
    }

    /// Returns what was used so far; the effort is that of the whole context.
    pub(crate) fn stats(&self) -> Stats {
        let rlimit = match self.solver.get_statistics().value("rlimit count") {
            Some(StatisticsValue::UInt(count)) => count.into(),
            Some(StatisticsValue::Double(_)) | None => 0,
        };
        Stats { checks: self.checks, rlimit }
    }
}
