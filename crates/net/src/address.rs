//! Addresses, ranges of them and exact sets of them.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::RangeSet;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both families.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// Returns the family of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Returns the prefix of all addresses of this family.
    #[must_use]
    pub fn everywhere(self) -> IpNet {
        match self {
            Self::V4 => IpNet::V4(Ipv4Net::default()),
            Self::V6 => IpNet::V6(Ipv6Net::default()),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// A non-empty, inclusive range of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange {
    // INVARIANT: one family, first <= last.
    first: IpAddr,
    last: IpAddr,
}

/// Why a text is no address, prefix or range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressRangeError {
    /// No address, prefix or range at all.
    #[error(
        "`{text}` is no address, CIDR block or range; write for example `10.0.0.5`, `10.0.0.0/24` or `10.0.0.5-10.0.0.9`"
    )]
    Malformed {
        /// The text as found.
        text: String,
    },
    /// A prefix with bits set beyond its length.
    #[error(
        "CIDR block `{text}` has host bits set; write `{canonical}`, or `{address}` for that one address"
    )]
    HostBits {
        /// The text as found.
        text: String,
        /// The prefix without its host bits.
        canonical: IpNet,
        /// The address before the slash.
        address: IpAddr,
    },
    /// The ends are of two families, or in the wrong order.
    #[error("range `{text}` must go upwards within one address family")]
    Reversed {
        /// The text as found.
        text: String,
    },
}

impl AddressRange {
    /// Returns the range from `first` to `last`; `None` when they are of two families or reversed.
    #[must_use]
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last })
    }

    /// Returns the first address.
    #[must_use]
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// Returns the last address.
    #[must_use]
    pub fn last(self) -> IpAddr {
        self.last
    }

    /// Whether the range holds `address`.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        Family::of(address) == Family::of(self.first)
            && self.first <= address
            && address <= self.last
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self { first: address, last: address }
    }
}

impl From<IpNet> for AddressRange {
    fn from(prefix: IpNet) -> Self {
        Self { first: prefix.network(), last: prefix.broadcast() }
    }
}

/// Reads `10.0.0.5`, `10.0.0.0/24` or `10.0.0.5-10.0.0.9`.
impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || AddressRangeError::Malformed { text: text.to_owned() };
        if let Some((first, last)) = text.split_once('-') {
            let first = first.trim().parse().map_err(|_| malformed())?;
            let last = last.trim().parse().map_err(|_| malformed())?;
            return Self::new(first, last)
                .ok_or_else(|| AddressRangeError::Reversed { text: text.to_owned() });
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(address.into());
        }
        let prefix: IpNet = text.parse().map_err(|_| malformed())?;
        if prefix.addr() == prefix.network() {
            Ok(prefix.into())
        } else {
            Err(AddressRangeError::HostBits {
                text: text.to_owned(),
                canonical: prefix.trunc(),
                address: prefix.addr(),
            })
        }
    }
}

/// Prints one address, the prefix where the range is one, or `first-last`.
impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        match self.as_prefix() {
            Some(prefix) => write!(f, "{prefix}"),
            None => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl AddressRange {
    /// Returns the prefix that holds exactly this range, where there is one.
    #[must_use]
    pub fn as_prefix(self) -> Option<IpNet> {
        let (length, width) = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                ((first.to_bits() ^ last.to_bits()).leading_zeros(), 32)
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                ((first.to_bits() ^ last.to_bits()).leading_zeros(), 128)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
        };
        let length = u8::try_from(length.min(width)).ok()?;
        let prefix = IpNet::new(self.first, length).ok()?;
        (prefix.network() == self.first && prefix.broadcast() == self.last).then_some(prefix)
    }
}

/// A set of addresses of both families.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressSet {
    v4: RangeSet<u32>,
    v6: RangeSet<u128>,
}

impl AddressSet {
    /// The set without addresses.
    pub const EMPTY: Self = Self { v4: RangeSet::EMPTY, v6: RangeSet::EMPTY };

    /// Returns the set of all addresses of both families.
    #[must_use]
    pub fn all() -> Self {
        Self { v4: RangeSet::all(), v6: RangeSet::all() }
    }

    /// Whether the set holds no address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether the set holds `address`.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.to_bits()),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }

    /// Returns the addresses of one family.
    #[must_use]
    pub fn of_family(&self, family: Family) -> Self {
        match family {
            Family::V4 => Self { v4: self.v4.clone(), v6: RangeSet::EMPTY },
            Family::V6 => Self { v4: RangeSet::EMPTY, v6: self.v6.clone() },
        }
    }

    /// Returns the IPv4 addresses, as numbers.
    #[must_use]
    pub fn v4(&self) -> &RangeSet<u32> {
        &self.v4
    }

    /// Returns the IPv6 addresses, as numbers.
    #[must_use]
    pub fn v6(&self) -> &RangeSet<u128> {
        &self.v6
    }

    /// Returns the ranges, IPv4 first, each family ascending.
    pub fn ranges(&self) -> impl Iterator<Item = AddressRange> + '_ {
        let v4 = self.v4.ranges().map(|(first, last)| AddressRange {
            first: Ipv4Addr::from_bits(first).into(),
            last: Ipv4Addr::from_bits(last).into(),
        });
        let v6 = self.v6.ranges().map(|(first, last)| AddressRange {
            first: Ipv6Addr::from_bits(first).into(),
            last: Ipv6Addr::from_bits(last).into(),
        });
        v4.chain(v6)
    }

    /// Returns the smallest address, IPv4 before IPv6.
    #[must_use]
    pub fn first(&self) -> Option<IpAddr> {
        self.ranges().next().map(AddressRange::first)
    }

    /// Returns the addresses in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// Returns the addresses in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// Returns the addresses in `self` that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    /// Whether no address is in both sets.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.v4.is_disjoint(&other.v4) && self.v6.is_disjoint(&other.v6)
    }

    /// Whether every address of `self` is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }
}

impl<T: Into<AddressRange>> FromIterator<T> for AddressSet {
    fn from_iter<I: IntoIterator<Item = T>>(ranges: I) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            let range = range.into();
            match (range.first, range.last) {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits(), last.to_bits())),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
                // The invariant of `AddressRange` rules this out.
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
            }
        }
        Self { v4: v4.into_iter().collect(), v6: v6.into_iter().collect() }
    }
}

impl From<RangeSet<u32>> for AddressSet {
    fn from(v4: RangeSet<u32>) -> Self {
        Self { v4, v6: RangeSet::EMPTY }
    }
}

impl From<RangeSet<u128>> for AddressSet {
    fn from(v6: RangeSet<u128>) -> Self {
        Self { v4: RangeSet::EMPTY, v6 }
    }
}

impl From<AddressRange> for AddressSet {
    fn from(range: AddressRange) -> Self {
        match (range.first, range.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                RangeSet::range(first.to_bits(), last.to_bits()).into()
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                RangeSet::range(first.to_bits(), last.to_bits()).into()
            }
            // The invariant of `AddressRange` rules this out.
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Self::EMPTY,
        }
    }
}

impl From<IpNet> for AddressSet {
    fn from(prefix: IpNet) -> Self {
        AddressRange::from(prefix).into()
    }
}

impl From<IpAddr> for AddressSet {
    fn from(address: IpAddr) -> Self {
        AddressRange::from(address).into()
    }
}

/// IPv4 blocks that no router of the Internet forwards (IANA special-purpose registry, RFC 6890):
/// this network, private, shared, loopback, link-local, multicast and reserved.
///
/// The documentation blocks (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24) count as public: examples
/// are written with them, and nobody owns them on the real Internet.
const NOT_PUBLIC_V4: [(Ipv4Addr, u8); 8] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

impl AddressSet {
    /// Returns the unicast addresses that the Internet routes: IPv4 without the special-purpose
    /// blocks, and `2000::/3`, the global unicast block of IPv6 (RFC 4291).
    #[must_use]
    pub fn public_unicast() -> Self {
        let special = NOT_PUBLIC_V4
            .iter()
            .filter_map(|(address, length)| Ipv4Net::new(*address, *length).ok())
            .map(IpNet::V4);
        let v4 = Self::from(Family::V4.everywhere()).difference(&special.collect());
        let global = Ipv6Net::new(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3).map(IpNet::V6);
        global.map_or(v4.clone(), |prefix| v4.union(&prefix.into()))
    }
}

/// Whether the Internet routes `address`; see [`AddressSet::public_unicast`].
#[must_use]
pub fn is_public_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|(block, length)| {
            Ipv4Net::new(*block, *length).is_ok_and(|prefix| prefix.contains(&address))
        }),
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_prints_every_form() {
        for text in [
            "10.0.0.5",
            "10.0.0.0/24",
            "10.0.0.5-10.0.0.9",
            "2001:db8::/32",
            "::/0",
            "0.0.0.0/0",
            "::1",
        ] {
            assert_eq!(range(text).to_string(), text);
        }
        assert_eq!(range("10.0.0.0-10.0.0.255").to_string(), "10.0.0.0/24");
        assert_eq!(range("10.0.0.5/32").to_string(), "10.0.0.5");
    }

    #[test]
    fn says_what_to_write_instead() {
        let error = "10.0.1.10/24".parse::<AddressRange>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "CIDR block `10.0.1.10/24` has host bits set; write `10.0.1.0/24`, or `10.0.1.10` for that one address"
        );
        assert!(matches!(
            "10.0.0".parse::<AddressRange>(),
            Err(AddressRangeError::Malformed { .. })
        ));
        for text in ["10.0.0.9-10.0.0.5", "10.0.0.1-::1"] {
            assert!(
                matches!(text.parse::<AddressRange>(), Err(AddressRangeError::Reversed { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn families_never_mix() {
        let everything_v4 = AddressSet::from(range("0.0.0.0/0"));
        assert!(!everything_v4.contains("::1".parse().unwrap()));
        assert!(!range("::/0").contains("10.0.0.1".parse().unwrap()));
        assert_eq!(AddressSet::all().difference(&everything_v4), AddressSet::from(range("::/0")));
    }

    #[test]
    fn public_space_leaves_out_what_the_internet_does_not_route() {
        let inside =
            ["8.8.8.8", "203.0.113.5", "100.128.0.0", "2001:db8::1", "2600::1", "9.255.255.255"];
        let outside = [
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "fd00::1",
            "fe80::1",
            "::1",
        ];
        for text in inside {
            assert!(is_public_unicast(text.parse().unwrap()), "{text}");
        }
        for text in outside {
            assert!(!is_public_unicast(text.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_public_set_and_the_public_test_agree(bits in any::<u32>(), high in any::<u16>(), low in any::<u64>()) {
            let public = AddressSet::public_unicast();
            let v4 = IpAddr::from(Ipv4Addr::from_bits(bits));
            let v6 = IpAddr::from(Ipv6Addr::from_bits(u128::from(high) << 112 | u128::from(low)));
            prop_assert_eq!(public.contains(v4), is_public_unicast(v4));
            prop_assert_eq!(public.contains(v6), is_public_unicast(v6));
        }
    }
}
