//! With which code the program ends; `docs/exit-codes.md` is the table for users.

use std::process::ExitCode;

use canreach_query::Verdict;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for is done, or the answer is yes.
    Done,
    /// The answer is no.
    No,
    /// Nothing was decided: the command line, the input, or canreach itself is wrong.
    Error,
    /// It depends on what the input leaves open.
    Unknown,
    /// Part of what was asked for is done.
    Incomplete,
}

impl Exit {
    /// Returns the code of an answer; with an expected verdict, `Done` stands for that one alone.
    pub(crate) fn of(verdict: Verdict, expected: Option<Verdict>) -> Self {
        match (verdict, expected) {
            (Verdict::Unknown, _) => Self::Unknown,
            (verdict, Some(expected)) if verdict == expected => Self::Done,
            (_, Some(_)) | (Verdict::Unreachable, None) => Self::No,
            (Verdict::Reachable, None) => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Error => 2,
            Exit::Unknown | Exit::Incomplete => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_verdict_is_a_success() {
        use Verdict::{Reachable, Unknown, Unreachable};
        let table = [
            (Reachable, None, Exit::Done),
            (Unreachable, None, Exit::No),
            (Unknown, None, Exit::Unknown),
            (Reachable, Some(Reachable), Exit::Done),
            (Unreachable, Some(Reachable), Exit::No),
            (Unknown, Some(Reachable), Exit::Unknown),
            (Reachable, Some(Unreachable), Exit::No),
            (Unreachable, Some(Unreachable), Exit::Done),
            (Unknown, Some(Unreachable), Exit::Unknown),
        ];
        for (verdict, expected, exit) in table {
            assert_eq!(Exit::of(verdict, expected), exit, "{verdict:?}, {expected:?}");
        }
    }
}
