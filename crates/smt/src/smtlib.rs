//! A question as text for another solver.

use std::rc::Rc;

use canreach_model::{Endpoint, Network};
use canreach_topology::Trip;
use z3::Solver;

use crate::{
    Aim,
    header::Original,
    members::Members,
    scope::{Assignment, Scope},
    session::{LOGIC, in_fresh_context},
    term::{all, any},
    walk::ways,
};

/// Writes in SMT-LIB 2 the formula that is satisfiable iff some flow of the trips gets to `to` as `aim`
/// says, for some values of the facts and some choices of the network.
///
/// A solver that answers `unsat` confirms [`crate::Decision::Unreachable`].
#[must_use]
pub fn smtlib(network: &Network, trips: &[Trip], to: Endpoint, aim: Aim) -> String {
    in_fresh_context(|| {
        let members = Rc::new(Members::new(network.into()));
        let mut scope = Scope::new(network, &members, Original::variables(), Assignment::new(), 0);
        let formulas = scope.ways(&ways(trips, to, aim));
        let solver = Solver::new();
        solver.assert(all([any(formulas), scope.choices_are_possible()]));
        let statements = scope.facts().map(|fact| {
            let statement = &network.facts[fact].statement;
            format!("; fact_{}: {}\n", fact.index(), statement.replace(['\n', '\r'], " "))
        });
        let facts: String = statements.collect();
        format!(
            "; sat: some flow passes, for some values of the facts; unsat: none does\n{facts}(set-logic {LOGIC})\n{solver}(check-sat)\n"
        )
    })
}
