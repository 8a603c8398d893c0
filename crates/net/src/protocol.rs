//! IP protocol numbers and their names.

use std::{fmt, str::FromStr};

use crate::RangeSet;

/// A set of IP protocol numbers.
pub type ProtocolSet = RangeSet<u8>;

/// An IP protocol number (IANA "Assigned Internet Protocol Numbers").
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Protocol(pub u8);

impl Protocol {
    /// ICMP for IPv4.
    pub const ICMP: Self = Self(1);
    /// TCP.
    pub const TCP: Self = Self(6);
    /// UDP.
    pub const UDP: Self = Self(17);
    /// Generic routing encapsulation.
    pub const GRE: Self = Self(47);
    /// ICMP for IPv6.
    pub const ICMPV6: Self = Self(58);

    /// Whether headers of this protocol carry ports that cloud rules can match.
    ///
    /// SCTP has ports too, but the rules of the clouds treat it as a bare protocol number, so a
    /// port in a rule never constrains it.
    #[must_use]
    pub fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP
    }

    /// Returns the name that is printed, where the protocol has one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(_, number)| *number == self.0).map(|(name, _)| *name)
    }

    /// Whether this is ICMP for either address family.
    #[must_use]
    pub fn is_icmp(self) -> bool {
        self == Self::ICMP || self == Self::ICMPV6
    }
}

/// Names people write, with their numbers; the first name of a number is the one printed.
const NAMES: &[(&str, u8)] = &[
    ("icmp", 1),
    ("igmp", 2),
    ("tcp", 6),
    ("udp", 17),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("icmpv6", 58),
    ("icmp6", 58),
    ("ipv6-icmp", 58),
    ("ospf", 89),
    ("vrrp", 112),
    ("sctp", 132),
];

/// A text that names no protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no protocol; expected tcp, udp, icmp, icmpv6, gre, esp, ah or a number from 0 to 255"
)]
pub struct ProtocolError {
    text: String,
}

/// Reads a name in any case, or a number from 0 to 255.
impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        named
            .map(|(_, number)| *number)
            .or_else(|| digits.then(|| text.parse().ok()).flatten())
            .map(Self)
            .ok_or_else(|| ProtocolError { text: text.to_owned() })
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "protocol {}", self.0),
        }
    }
}

impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Protocol({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_numbers() {
        assert_eq!("TCP".parse(), Ok(Protocol::TCP));
        assert_eq!("58".parse(), Ok(Protocol::ICMPV6));
        assert_eq!("0".parse(), Ok(Protocol(0)));
        assert_eq!(Protocol(253).to_string(), "protocol 253");
    }

    #[test]
    fn refuses_other_texts() {
        for text in ["", "256", "-1", "+6", "http"] {
            assert!(text.parse::<Protocol>().is_err(), "{text}");
        }
    }
}
