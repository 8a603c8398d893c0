//! Which Z3 this is.

/// The oldest Z3 that the binding supports.
const OLDEST: [u32; 3] = [4, 13, 3];

/// The Z3 found at run time is older than the binding supports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found Z3 {found}; canreach needs Z3 {}.{}.{} or newer, which `make setup` fetches", OLDEST[0], OLDEST[1], OLDEST[2])]
pub struct TooOld {
    /// The version found.
    pub found: String,
}

/// Returns the solver's name and version, such as `Z3 5.3.3.0`.
#[must_use]
pub fn solver_version() -> String {
    format!("Z3 {}", z3::full_version())
}

/// Checks that the Z3 found at run time is recent enough.
///
/// # Errors
/// Fails where it is not: a program may find another library than the one it was built with.
pub fn check_solver() -> Result<(), TooOld> {
    is_recent(z3::full_version())
}

fn is_recent(version: &str) -> Result<(), TooOld> {
    let mut numbers = version.split(|char: char| !char.is_ascii_digit()).map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    let found = [next(), next(), next()];
    if found >= OLDEST { Ok(()) } else { Err(TooOld { found: version.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        for version in ["4.13.3.0", "4.13.4", "4.14.0.0", "5.3.3.0", "4.13.3 build hashcode 1a2b"] {
            assert_eq!(is_recent(version), Ok(()), "{version}");
        }
        for version in ["4.8.12.0", "4.13.2.99", "", "unknown"] {
            assert!(is_recent(version).is_err(), "{version}");
        }
        let message = is_recent("4.8.12.0").unwrap_err().to_string();
        assert!(
            message.starts_with("found Z3 4.8.12.0; canreach needs Z3 4.13.3 or newer"),
            "{message}"
        );
    }

    #[test]
    fn the_linked_solver_is_recent_enough() {
        assert_eq!(check_solver(), Ok(()));
        assert!(solver_version().starts_with("Z3 "));
    }
}
