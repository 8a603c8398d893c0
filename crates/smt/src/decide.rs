//! The decision about a question.

use canreach_model::Endpoint;
use canreach_topology::{HeaderSet, Trip};

use crate::{
    Aim, Decision, Limits, Stats, Undecided, Witness,
    intermittent::intermittent,
    members::Subject,
    problem::Problem,
    session::{Check, Literal, Session, in_fresh_context},
    subsets::corrections,
    walk::ways,
    witness::witness,
};

/// The most sets of deciding facts that are listed.
const MOST_SETS: usize = 32;

/// Decides whether some flow of the trips gets to `to` as `aim` says.
///
/// The requests of the trips must divide the headers of the question among them. The answer is
/// [`Decision::Unreachable`] iff no flow gets there for any values of the facts and any choices of the
/// network, and [`Decision::Reachable`] iff some flow does for all values of the facts, for each with
/// some choices. `prefer` are sets of headers to try for in the witness, best first.
///
/// Trusted: the polarity of facts. One that is said to help only, and yet stops a packet, may make a
/// question reachable that is unknown.
pub fn decide<'n>(
    subject: impl Into<Subject<'n>>,
    trips: &[Trip],
    to: Endpoint,
    aim: Aim,
    prefer: &[HeaderSet],
    limits: Limits,
) -> (Decision, Stats) {
    if ways(trips, to, aim).is_empty() {
        // That takes no solver.
        return (Decision::Unreachable, Stats::default());
    }
    let subject = subject.into();
    in_fresh_context(|| {
        let mut session = Session::new(limits);
        let mut problem = Problem::new(&mut session, subject, trips, to, aim);
        let question = Question { trips, to, aim, prefer };
        let decision = question.decide(&mut problem, &mut session);
        (decision, session.stats())
    })
}

struct Question<'q> {
    trips: &'q [Trip],
    to: Endpoint,
    aim: Aim,
    prefer: &'q [HeaderSet],
}

impl Question<'_> {
    fn decide(&self, problem: &mut Problem<'_, '_>, session: &mut Session) -> Decision {
        let possible = match session.check(std::slice::from_ref(&problem.possible)) {
            Check::Unsat => return Decision::Unreachable,
            Check::Limit => return limit(session.reason()),
            Check::Sat(model) => model,
        };
        if let Err(facts) = problem.ask_for_certainty(session) {
            return limit(format!("{facts} disputed settings matter together"));
        }
        let assumptions = problem.certainty_without(&[]);
        let model = if problem.keeps.is_empty() {
            possible
        } else {
            match session.check(&assumptions) {
                Check::Sat(model) => model,
                Check::Unsat => return self.facts(problem, session),
                Check::Limit => return limit(session.reason()),
            }
        };
        match self.witness(problem, session, assumptions, model) {
            Some(witness) => Decision::Reachable(witness),
            None => limit(String::from("the solver's model could not be read")),
        }
    }

    /// Finds the facts that decide.
    fn facts(&self, problem: &Problem<'_, '_>, session: &mut Session) -> Decision {
        let keeps: Vec<Literal> = problem.keeps.iter().map(|keep| keep.literal.clone()).collect();
        let certain = [problem.certain.clone()];
        let found = corrections(session, &certain, &keeps, MOST_SETS);
        let Some(first) = found.sets.first() else {
            return limit(session.reason());
        };
        let assumptions = problem.certainty_without(first);
        let Check::Sat(model) = session.check(&assumptions) else {
            return limit(session.reason());
        };
        let Some(if_so) = self.witness(problem, session, assumptions, model) else {
            return limit(String::from("the solver's model could not be read"));
        };
        let mut sets = Vec::new();
        for set in &found.sets {
            match session.check(&problem.certainty_without(set)) {
                Check::Sat(model) => sets.push(problem.known(set, &model)),
                Check::Unsat | Check::Limit => return limit(session.reason()),
            }
        }
        Decision::Unknown(Undecided::Facts { sets, if_so })
    }

    fn witness(
        &self,
        problem: &Problem<'_, '_>,
        session: &mut Session,
        assumptions: Vec<z3::ast::Bool>,
        model: z3::Model,
    ) -> Option<Witness> {
        let found = witness(problem, session, assumptions, model, self.prefer)?;
        let intermittent = intermittent(problem, session, self.trips, self.to, self.aim, &found);
        Some(Witness { intermittent, ..found })
    }
}

fn limit(reason: String) -> Decision {
    Decision::Unknown(Undecided::Limit { reason })
}
