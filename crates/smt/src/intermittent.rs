//! Whether a flow that passes fails when the network chooses otherwise.

use canreach_model::{Choices, Endpoint};
use canreach_topology::{End, Guard, Trip};
use z3::ast::Bool;

use crate::{
    Aim, Witness,
    header::Original,
    problem::{Problem, hinders},
    scope::{Assignment, Scope, ports_of},
    search::Search,
    session::{Check, Session},
    term::{all, any, holds, not},
};

/// Returns choices of the network under which the flow of a witness fails, facts being as in it;
/// `None` where there are none.
///
/// Exact because the trips divide the question's headers, facts and choices among them: for any
/// choices the flow takes exactly one walk there and, if it arrives, one back, and it fails iff that
/// walk does.
pub(crate) fn intermittent(
    problem: &Problem<'_, '_>,
    session: &mut Session,
    trips: &[Trip],
    to: Endpoint,
    aim: Aim,
    witness: &Witness,
) -> Option<Choices> {
    let facts = problem.network.facts.ids();
    let mut values: Assignment = facts.map(|fact| (fact, hinders(problem.network, fact))).collect();
    values.extend(witness.valuation.iter());
    let header = Original::constant(&witness.header);
    let copy = problem.copies.len() + 1;
    let mut scope = Scope::new(problem.network, &problem.members, header, values, copy);
    let takes = |guard: &Guard| guard.headers.contains(&witness.header);

    let mut failures: Vec<(&Guard, Bool)> = Vec::new();
    for trip in trips.iter().filter(|trip| takes(&trip.request.guard)) {
        let guard = &trip.request.guard;
        let elsewhere = matches!(trip.request.end, End::Arrived(at) if at != to);
        let arrives = scope.arrives(&trip.request);
        let fails = if elsewhere { crate::term::constant(true) } else { not(&arrives) };
        failures.push((guard, all([scope.guard(guard), fails])));
        if aim == Aim::Answered && !elsewhere && matches!(trip.request.end, End::Arrived(_)) {
            for reply in trip.replies.iter().filter(|reply| takes(&reply.guard)) {
                let fails = not(&scope.arrives(reply));
                failures.push((&reply.guard, all([scope.guard(&reply.guard), fails])));
            }
        }
    }
    if scope.choices().next().is_none() && failures.iter().all(|(guard, _)| guard.picks.is_empty())
    {
        return None;
    }
    let fails = any(failures.iter().map(|(_, formula)| formula.clone()));
    let asks = session.literal(all([fails, scope.choices_are_possible()])).asks;
    let Check::Sat(model) = session.check(std::slice::from_ref(&asks)) else {
        return None;
    };
    let mut search = Search::new(session, vec![asks], model);
    let mut choices = Choices::default();
    for (by, port) in scope.choices() {
        search.fix_port(port, ports_of(problem.network, by).first());
        choices.ports.insert(by, port.read(&search.model)?);
    }
    let (guard, _) = failures.iter().find(|(_, formula)| holds(&search.model, formula))?;
    choices.picks = guard.picks.iter().copied().collect();
    Some(choices)
}
