//! Changes that open a flow, or close it, each asked again before it is told.
//!
//! The minimal sets of filters, routes and settings to change become edits from a fixed list
//! ([`Edit`]); each candidate is made in a copy of the network ([`apply()`]) and asked through
//! [`Session`] like any other question, by both engines. What a proposal opens or closes besides is
//! found out in the same way. Nothing here words anything, and nothing writes a file.
//!
//! | file        | owns                                                     |
//! |-------------|----------------------------------------------------------|
//! | `edit`      | the list of edits                                        |
//! | `apply`     | making them                                              |
//! | `matching`  | which packets a proposed rule speaks of                  |
//! | `filters`   | edits that let packets through a filter                  |
//! | `firewalls` | those of hosts, clouds and listeners                     |
//! | `numbers`   | which rule numbers are free                              |
//! | `obstacles` | edits that remove an obstacle                            |
//! | `routes`    | edits of routes                                          |
//! | `transit`   | edits of transit gateways and connections                |
//! | `balancers` | edits of load balancers                                  |
//! | `search`    | from sets of things to change to proposals that hold     |
//! | `cuts`      | edits that stop a flow, from the way that it takes       |
//! | `close`     | the smallest sets of them                                |
//! | `besides`   | what else becomes reachable, or stops being so           |

mod apply;
mod balancers;
mod besides;
mod close;
mod cuts;
mod edit;
mod filters;
mod firewalls;
mod matching;
mod numbers;
mod obstacles;
mod routes;
mod search;
mod transit;

pub use apply::apply;
pub use besides::{Besides, Pairing};
pub use edit::Edit;

use canreach_model::Network;

use crate::{Answer, AskError, Options, Question, Session, Verdict};

/// What a proposal is to achieve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Goal {
    /// That the flow passes, as the question asks it.
    Open,
    /// That no request arrives any more.
    Close,
}

/// Edits that do what is wanted, proved by asking the edited network.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The edits, to be made together.
    pub edits: Vec<Edit>,
    /// The answer of the edited network about the ends that the edits are for.
    pub proof: Answer,
    /// What else they change, as far as it was looked at.
    pub besides: Besides,
}

/// The proposals for one question.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What they are to achieve.
    pub goal: Goal,
    /// The answer of the network as it is.
    pub answer: Answer,
    /// Proposals that hold, the smallest first: by the number of edits, then by what they change
    /// besides.
    pub proposals: Vec<Proposal>,
    /// Whether every candidate was tried.
    pub complete: bool,
    /// How many candidates were asked again.
    pub tried: usize,
}

/// How much to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The most proposals.
    pub proposals: usize,
    /// The most candidates to ask again.
    pub candidates: usize,
    /// The most pairs of ends looked at for each side of the question, to tell what else changes.
    pub neighbours: usize,
}

impl Effort {
    /// For a command whose only purpose it is.
    pub const THOROUGH: Self = Self { proposals: 32, candidates: 200, neighbours: 16 };
    /// Beside an answer.
    pub const BRIEF: Self = Self { proposals: 3, candidates: 8, neighbours: 8 };
}

impl Fix {
    /// Whether the network is as wanted already.
    #[must_use]
    pub fn nothing_to_do(&self) -> bool {
        match self.goal {
            Goal::Open => self.answer.verdict == Verdict::Reachable,
            Goal::Close => self.answer.delivered == Verdict::Unreachable,
        }
    }
}

/// Proposes edits after which a flow of the question passes, or none arrives.
///
/// # Errors
/// Fails when the engines disagree about the network as it is or as it would be.
pub fn fix(
    network: &Network,
    question: &Question,
    goal: Goal,
    options: &Options,
    effort: Effort,
) -> Result<Fix, AskError> {
    let session = Session::new(network);
    match goal {
        Goal::Open => {
            let answer = session.ask(question, &Options { explain: true, ..*options }, || ())?;
            search::open(&session, answer, *options, effort)
        }
        Goal::Close => {
            let question = Question { one_way: true, ..question.clone() };
            let answer = session.ask(&question, &Options { explain: false, ..*options }, || ())?;
            close::close(&session, answer, *options, effort)
        }
    }
}

/// Adds the first proposals to an explained answer that is not reachable.
///
/// # Errors
/// Fails when the engines disagree about the network as it would be.
pub fn propose(
    session: &Session<'_>,
    answer: &mut Answer,
    options: &Options,
) -> Result<(), AskError> {
    if answer.verdict != Verdict::Reachable {
        let found = search::open(session, answer.clone(), *options, Effort::BRIEF)?;
        answer.proposals = found.proposals;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
