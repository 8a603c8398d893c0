//! Asking one question.

use canreach_model::Network;

use crate::{Answer, Question};

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The solver's limit for one check, in its own unit of work.
    pub rlimit: u32,
    /// Whether to explain an unreachable verdict: blockers, near misses and corrections.
    pub explain: bool,
}

/// Two engines disagree; nothing is decided.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// What each engine says, and how to see it again.
    pub description: String,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// An error in canreach itself.
    #[error("the engines disagree: {}", .0.description)]
    Disagreement(Box<Disagreement>),
}

/// Answers a question.
///
/// # Errors
/// Fails when the engines disagree; then there is no verdict.
pub fn ask(_network: &Network, _question: &Question, _options: &Options) -> Result<Answer, AskError> {
    Err(AskError::Disagreement(Box::new(Disagreement { description: String::from("not asked") })))
}
