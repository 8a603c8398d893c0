//! Transport ports.

use std::{fmt, num::ParseIntError, str::FromStr};

use crate::RangeSet;

/// A set of ports.
pub type PortSet = RangeSet<u16>;

/// A non-empty, inclusive range of ports.
///
/// Provider files write `-1`, `0-65535` or nothing for "all"; importers turn each of these into
/// [`PortRange::ALL`], so no later stage has to know the spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortRange {
    // INVARIANT: first <= last.
    first: u16,
    last: u16,
}

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// Returns the range from `first` to `last`, both included.
    ///
    /// # Errors
    /// Fails when `first` is larger than `last`.
    pub fn new(first: u16, last: u16) -> Result<Self, PortRangeError> {
        if first <= last {
            Ok(Self { first, last })
        } else {
            Err(PortRangeError::Reversed { first, last })
        }
    }

    /// Returns the range that holds one port.
    #[must_use]
    pub const fn single(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// Returns the first port.
    #[must_use]
    pub const fn first(self) -> u16 {
        self.first
    }

    /// Returns the last port.
    #[must_use]
    pub const fn last(self) -> u16 {
        self.last
    }
}

impl From<PortRange> for PortSet {
    fn from(range: PortRange) -> Self {
        Self::range(range.first, range.last)
    }
}

impl FromIterator<PortRange> for PortSet {
    fn from_iter<I: IntoIterator<Item = PortRange>>(ranges: I) -> Self {
        ranges.into_iter().map(|range| (range.first, range.last)).collect()
    }
}

/// Why a text is no port range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortRangeError {
    /// A part is no number.
    #[error(
        "`{text}` is no port; expected a number from 0 to 65535, or a range such as `8000-8080`"
    )]
    NotANumber {
        /// The text as found.
        text: String,
    },
    /// The number exceeds 65535.
    #[error("port `{text}` is out of range; expected a number from 0 to 65535")]
    TooLarge {
        /// The text as found.
        text: String,
    },
    /// The first port is larger than the last.
    #[error("port range `{first}-{last}` is reversed; write `{last}-{first}`")]
    Reversed {
        /// The port before the dash.
        first: u16,
        /// The port after the dash.
        last: u16,
    },
}

/// Reads `443` or `8000-8080`.
impl FromStr for PortRange {
    type Err = PortRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('-') {
            None => port(text).map(Self::single),
            Some((first, last)) => Self::new(port(first)?, port(last)?),
        }
    }
}

fn port(text: &str) -> Result<u16, PortRangeError> {
    let text = text.trim();
    // `u16::from_str` accepts a sign, which no port has.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PortRangeError::NotANumber { text: text.to_owned() });
    }
    text.parse().map_err(|_: ParseIntError| PortRangeError::TooLarge { text: text.to_owned() })
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_ports_and_ranges() {
        for text in ["0", "22", "65535", "8000-8080", "0-65535"] {
            assert_eq!(text.parse::<PortRange>().unwrap().to_string(), text);
        }
        assert_eq!("22-22".parse::<PortRange>().unwrap().to_string(), "22");
    }

    #[test]
    fn says_what_is_wrong_with_a_port() {
        for text in ["", "-1", "+22", "http", "1-", "22,80"] {
            assert!(
                matches!(text.parse::<PortRange>(), Err(PortRangeError::NotANumber { .. })),
                "{text}"
            );
        }
        assert!(matches!("65536".parse::<PortRange>(), Err(PortRangeError::TooLarge { .. })));
        assert_eq!(
            "90-80".parse::<PortRange>(),
            Err(PortRangeError::Reversed { first: 90, last: 80 })
        );
    }
}
