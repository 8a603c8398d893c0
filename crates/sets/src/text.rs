//! Text for sets of transport headers: `tcp 22,443; udp 53; icmp echo-request; gre`.
//!
//! The text is exact, and reading what was printed gives the set back. Parts are joined by `;`. A part
//! is a protocol, then destination ports or ICMP types where not all of them are meant, then source
//! ports in parentheses where not all are meant. Where it is shorter, what is missing is told instead:
//! `all but tcp 22`. `all ipv4` is every header that an IPv4 packet carries, which is all but ICMPv6,
//! and `all ipv6` is all but ICMP. `icmp requests` are the messages that have an answer (echo, timestamp,
//! information and address mask requests with code 0; of ICMPv6, echo), `icmp non-requests` the others;
//! `other protocols` are all but TCP, UDP and both ICMPs.
//!
//! The text is a function of the set, so it serves as a name of it. It is the shortest of these forms.

use std::{fmt, str::FromStr};

use canreach_net::{
    Family, Icmp, PortRange, PortRangeError, PortSet, Protocol, ProtocolError, ProtocolSet,
    RangeSet,
};

use crate::{
    algebra::{Algebra, Runs},
    flow_set::{FlowSet, Span},
};

/// Why a text is no set of transport headers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowSetError {
    /// A part is empty.
    #[error(
        "found nothing where a protocol should stand; write `none` for the empty set, `all` for everything, or for example `tcp 22; udp`"
    )]
    Nothing,
    /// What stands before `but` is no set that something is taken from.
    #[error("`{text}` stands before `but`; expected `all`, `all ipv4` or `all ipv6`")]
    Base {
        /// The text as found.
        text: String,
    },
    /// A part begins with something else than a protocol.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A port or a range of them is none.
    #[error(transparent)]
    Port(#[from] PortRangeError),
    /// A number of a protocol, an ICMP code or a range of such numbers is none.
    #[error("`{text}` is no {what}; expected a number from 0 to 255, or a range such as `3-5`")]
    Number {
        /// The text as found.
        text: String,
        /// What the number should be.
        what: &'static str,
    },
    /// An ICMP type is none.
    #[error(
        "`{text}` is no type of {protocol}; expected a name such as `echo-request`, a number from 0 to 255 or a range of them, perhaps with a code as in `3/4`"
    )]
    IcmpType {
        /// The text as found.
        text: String,
        /// The protocol, which is ICMP or ICMPv6.
        protocol: Protocol,
    },
    /// Something stands behind a protocol that has no such thing.
    #[error("found `{text}` behind {name}, which has no {what}")]
    Foreign {
        /// The text as found.
        text: String,
        /// The protocol's name as found.
        name: String,
        /// What the protocol would need to have.
        what: &'static str,
    },
    /// What stands in parentheses is something else than source ports.
    #[error("`({text})` is unknown; expected source ports, as in `(source port 1024-65535)`")]
    Parentheses {
        /// The text between the parentheses.
        text: String,
    },
}

/// Prints the shortest form; see the [module](self).
impl fmt::Display for FlowSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(self))
    }
}

/// Reads a text such as is printed. Parts may come in any order and overlap.
impl FromStr for FlowSet {
    type Err = FlowSetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text == NONE {
            return Ok(Self::empty());
        }
        if let Some((base, taken)) = text.split_once(BUT) {
            let unknown = || FlowSetError::Base { text: base.to_owned() };
            let base = Base::named(base.trim()).ok_or_else(unknown)?;
            return Ok(base.set().difference(&read_parts(taken)?));
        }
        Base::named(text).map_or_else(|| read_parts(text), |base| Ok(base.set()))
    }
}

const NONE: &str = "none";
const BUT: &str = " but ";
const NUMBERS: &str = "protocol";
const SOURCE: &str = "source port";
/// The ICMP messages that have an answer, and those that have none.
const REQUESTS: &str = "requests";
const OTHERS: &str = "non-requests";
/// The protocols that have neither ports nor types.
const BARE: &str = "other protocols";

/// The large sets that have a name.
#[derive(Clone, Copy)]
enum Base {
    All,
    Of(Family),
}

impl Base {
    const EACH: [Self; 3] = [Self::All, Self::Of(Family::V4), Self::Of(Family::V6)];

    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Of(Family::V4) => "all ipv4",
            Self::Of(Family::V6) => "all ipv6",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|base| base.name() == name)
    }

    fn set(self) -> FlowSet {
        match self {
            Self::All => FlowSet::full(),
            Self::Of(family) => FlowSet::of_family(family),
        }
    }
}

/// Returns the text of a set of headers that packets of one family carry.
///
/// There `all` is everything that such packets carry, so that nothing is told about the other family.
pub(crate) fn text_within(set: &FlowSet, family: Family) -> String {
    let foreign = FlowSet::full().difference(&FlowSet::of_family(family));
    let (exact, padded) = (text_of(set), text_of(&set.union(&foreign)));
    if padded.len() < exact.len() { padded } else { exact }
}

/// Returns the shortest text of a set; of several, the one that comes first here.
fn text_of(set: &FlowSet) -> String {
    if set.is_empty() {
        return NONE.to_owned();
    }
    let less = Base::EACH.into_iter().filter_map(|base| {
        let whole = base.set();
        if !set.is_subset(&whole) {
            return None;
        }
        let taken = whole.difference(set);
        let name = base.name();
        Some(if taken.is_empty() { name.into() } else { format!("{name}{BUT}{}", parts(&taken)) })
    });
    let texts = std::iter::once(parts(set)).chain(less);
    texts.min_by_key(String::len).unwrap_or_default()
}

/// Returns the parts of a set, joined.
fn parts(set: &FlowSet) -> String {
    let mut parts = Vec::new();
    for protocol in [Protocol::TCP, Protocol::UDP] {
        parts.extend(port_parts(set, protocol));
    }
    for protocol in [Protocol::ICMP, Protocol::ICMPV6] {
        parts.extend(icmp_part(set, protocol));
    }
    parts.extend(bare_parts(set));
    parts.join("; ")
}

/// Returns the parts of a protocol with ports, one for each set of source ports.
fn port_parts(set: &FlowSet, protocol: Protocol) -> Vec<String> {
    let mut groups: Vec<(&PortSet, Vec<(u16, u16)>)> = Vec::new();
    for (span, sources) in set.spans() {
        let (first, last) = match span {
            Span::Ports(at, first, last) if at == protocol => (first, last),
            Span::Ports(..) | Span::Icmp(..) | Span::Bare(..) => continue,
        };
        match groups.iter_mut().find(|(other, _)| *other == sources) {
            Some((_, ranges)) => ranges.push((first, last)),
            None => groups.push((sources, vec![(first, last)])),
        }
    }
    let part = |(sources, destinations): (&PortSet, Vec<(u16, u16)>)| {
        let mut part = protocol.to_string();
        let destinations: PortSet = destinations.into_iter().collect();
        if !destinations.is_all() {
            part = format!("{part} {}", ports(&destinations));
        }
        if !sources.is_all() {
            part = format!("{part} ({SOURCE} {})", ports(sources));
        }
        part
    };
    groups.into_iter().map(part).collect()
}

fn ports(ports: &PortSet) -> String {
    let ranges: Vec<String> = ports.ranges().map(|(first, last)| range(first, last)).collect();
    ranges.join(",")
}

fn range<T: fmt::Display + PartialEq + Copy>(first: T, last: T) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// Returns the part of ICMP or ICMPv6, if any of it is in the set.
fn icmp_part(set: &FlowSet, protocol: Protocol) -> Option<String> {
    let types = set.spans().filter_map(|(span, _)| match span {
        Span::Icmp(at, kind, first, last) if at == protocol => {
            Some((kind, kind, RangeSet::range(first, last)))
        }
        Span::Icmp(..) | Span::Ports(..) | Span::Bare(..) => None,
    });
    let types: Runs<u8, RangeSet<u8>> = types.collect();
    if types.is_empty() {
        return None;
    }
    if types == Runs::full() {
        return Some(protocol.to_string());
    }
    let requests = requests(protocol);
    if types == requests {
        return Some(format!("{protocol} {REQUESTS}"));
    }
    if types == requests.complement() {
        return Some(format!("{protocol} {OTHERS}"));
    }
    let mut items = Vec::new();
    for (first, last, codes) in types.iter() {
        for kind in named(first, last, |kind| icmp_name(protocol, kind)) {
            if codes.is_all() {
                items.push(kind);
                continue;
            }
            items.extend(codes.ranges().map(|(from, to)| format!("{kind}/{}", range(from, to))));
        }
    }
    Some(format!("{protocol} {}", items.join(",")))
}

/// Returns the parts of the protocols that have neither ports nor types: names, then numbers.
fn bare_parts(set: &FlowSet) -> Vec<String> {
    let bare = set.spans().filter_map(|(span, _)| match span {
        Span::Bare(first, last) => Some((first, last)),
        Span::Ports(..) | Span::Icmp(..) => None,
    });
    let bare: Vec<(u8, u8)> = bare.collect();
    if bare.iter().copied().collect::<ProtocolSet>() == all_bare() {
        return vec![BARE.to_owned()];
    }
    let words =
        bare.into_iter().flat_map(|(first, last)| named(first, last, |at| Protocol(at).name()));
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (numbers, mut parts): (Vec<_>, Vec<_>) = words.partition(is_number);
    if !numbers.is_empty() {
        parts.push(format!("{NUMBERS} {}", numbers.join(",")));
    }
    parts
}

/// Returns the ICMP messages that have an answer: types, each with its codes.
fn requests(protocol: Protocol) -> Runs<u8, RangeSet<u8>> {
    let pairs = if protocol == Protocol::ICMP {
        Icmp::REPLIES_V4.as_slice()
    } else {
        Icmp::REPLIES_V6.as_slice()
    };
    pairs.iter().map(|(request, _)| (*request, *request, RangeSet::single(0))).collect()
}

/// Returns the protocols that have neither ports nor types.
fn all_bare() -> ProtocolSet {
    let wide = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6];
    let wide: ProtocolSet = wide.into_iter().map(|Protocol(number)| (number, number)).collect();
    wide.complement()
}

/// Returns the names of all numbers of a range, or the range where one of them has no name.
fn named(first: u8, last: u8, name: impl Fn(u8) -> Option<&'static str>) -> Vec<String> {
    let names: Option<Vec<String>> =
        (first..=last).map(|number| name(number).map(str::to_owned)).collect();
    names.unwrap_or_else(|| vec![range(first, last)])
}

/// Types of ICMP by name (RFC 792, RFC 950, RFC 1256).
const ICMP_TYPES: &[(&str, u8)] = &[
    ("echo-reply", 0),
    ("destination-unreachable", 3),
    ("source-quench", 4),
    ("redirect", 5),
    ("echo-request", 8),
    ("router-advertisement", 9),
    ("router-solicitation", 10),
    ("time-exceeded", 11),
    ("parameter-problem", 12),
    ("timestamp-request", 13),
    ("timestamp-reply", 14),
    ("information-request", 15),
    ("information-reply", 16),
    ("address-mask-request", 17),
    ("address-mask-reply", 18),
];

/// Types of ICMPv6 by name (RFC 4443, RFC 2710, RFC 4861).
const ICMPV6_TYPES: &[(&str, u8)] = &[
    ("destination-unreachable", 1),
    ("packet-too-big", 2),
    ("time-exceeded", 3),
    ("parameter-problem", 4),
    ("echo-request", 128),
    ("echo-reply", 129),
    ("multicast-listener-query", 130),
    ("multicast-listener-report", 131),
    ("multicast-listener-done", 132),
    ("router-solicitation", 133),
    ("router-advertisement", 134),
    ("neighbor-solicitation", 135),
    ("neighbor-advertisement", 136),
    ("redirect", 137),
];

fn icmp_types(protocol: Protocol) -> &'static [(&'static str, u8)] {
    if protocol == Protocol::ICMP { ICMP_TYPES } else { ICMPV6_TYPES }
}

fn icmp_name(protocol: Protocol, kind: u8) -> Option<&'static str> {
    icmp_types(protocol).iter().find(|(_, number)| *number == kind).map(|(name, _)| *name)
}

fn read_parts(text: &str) -> Result<FlowSet, FlowSetError> {
    let parts: Result<Vec<FlowSet>, _> =
        text.split(';').map(|part| read_part(part.trim())).collect();
    Ok(FlowSet::union_of(parts?))
}

/// Reads one part: a protocol and what stands behind it.
fn read_part(text: &str) -> Result<FlowSet, FlowSetError> {
    let (body, sources) = match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((body, inner)) => (body.trim(), Some(inner.trim())),
        None => (text, None),
    };
    let (name, items) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let items = items.trim();
    if name.is_empty() {
        return Err(FlowSetError::Nothing);
    }
    let foreign = |text: &str, what| {
        Err(FlowSetError::Foreign { text: text.to_owned(), name: name.to_owned(), what })
    };
    if body == BARE {
        let set = FlowSet::of_protocols(&all_bare());
        return sources.map_or(Ok(set), |sources| foreign(sources, "source ports"));
    }
    if name == NUMBERS {
        let protocols = read_numbers(items, "protocol number")?;
        let set = FlowSet::of_protocols(&protocols);
        return sources.map_or(Ok(set), |sources| foreign(sources, "source ports"));
    }
    let protocol: Protocol = name.parse()?;
    if protocol.has_ports() {
        let destinations = if items.is_empty() { PortSet::all() } else { read_ports(items)? };
        let sources = sources.map_or(Ok(PortSet::all()), read_sources)?;
        return Ok(FlowSet::of_ports(protocol, &sources, &destinations));
    }
    if let Some(sources) = sources {
        return foreign(sources, "source ports");
    }
    if items.is_empty() {
        return Ok(FlowSet::of_protocols(&ProtocolSet::single(protocol.0)));
    }
    if protocol.is_icmp() { read_types(protocol, items) } else { foreign(items, "ports") }
}

fn read_sources(text: &str) -> Result<PortSet, FlowSetError> {
    let unknown = || FlowSetError::Parentheses { text: text.to_owned() };
    let ports = text.strip_prefix(SOURCE).ok_or_else(unknown)?;
    read_ports(ports)
}

fn read_ports(text: &str) -> Result<PortSet, FlowSetError> {
    let ranges = text.split(',').map(|item| item.trim().parse());
    Ok(ranges.collect::<Result<Vec<PortRange>, _>>()?.into_iter().collect())
}

/// Reads types of ICMP, each with its codes.
fn read_types(protocol: Protocol, text: &str) -> Result<FlowSet, FlowSetError> {
    let of = |types: &Runs<u8, RangeSet<u8>>| {
        let each = types.iter().map(|(first, last, codes)| {
            FlowSet::of_icmp(protocol, &RangeSet::range(first, last), codes)
        });
        FlowSet::union_of(each)
    };
    match text {
        REQUESTS => return Ok(of(&requests(protocol))),
        OTHERS => return Ok(of(&requests(protocol).complement())),
        _ => {}
    }
    let items = text.split(',').map(|item| {
        let (kind, codes) = match item.split_once('/') {
            Some((kind, codes)) => (kind.trim(), read_numbers(codes, "ICMP code")?),
            None => (item.trim(), RangeSet::all()),
        };
        let named = icmp_types(protocol).iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        let types = named.map(|(_, number)| (*number, *number)).or_else(|| numbers(kind));
        let unknown = || FlowSetError::IcmpType { text: kind.to_owned(), protocol };
        let (first, last) = types.ok_or_else(unknown)?;
        Ok(FlowSet::of_icmp(protocol, &RangeSet::range(first, last), &codes))
    });
    let items: Result<Vec<FlowSet>, FlowSetError> = items.collect();
    Ok(FlowSet::union_of(items?))
}

fn read_numbers(text: &str, what: &'static str) -> Result<RangeSet<u8>, FlowSetError> {
    let ranges = text.split(',').map(|item| {
        let item = item.trim();
        numbers(item).ok_or_else(|| FlowSetError::Number { text: item.to_owned(), what })
    });
    ranges.collect()
}

/// Reads a number or a range of numbers.
fn numbers(text: &str) -> Option<(u8, u8)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

fn number(text: &str) -> Option<u8> {
    let text = text.trim();
    // `u8::from_str` accepts a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text and returns how its set is printed.
    fn printed(text: &str) -> String {
        let set: FlowSet = text.parse().unwrap();
        let printed = set.to_string();
        assert_eq!(printed.parse(), Ok(set), "{printed}");
        printed
    }

    #[test]
    fn what_is_printed_is_what_was_read() {
        for text in [
            "none",
            "all",
            "all ipv4",
            "all ipv6",
            "tcp",
            "tcp 22,443,8000-8100; udp 53; icmp echo-request; gre",
            "tcp 22 (source port 1024-65535)",
            "tcp 22; tcp 80,443 (source port 1024-65535)",
            "tcp (source port 53,1024-65535); udp (source port 53)",
            "tcp 0-21,23-65535",
            "icmp echo-reply,destination-unreachable/4,echo-request,200-255",
            "icmp destination-unreachable/0-3,destination-unreachable/5-255",
            "icmp 0-255/0; icmpv6 packet-too-big",
            "icmpv6 echo-request/0,echo-reply; esp; ah; protocol 0,3-5,255",
            "all but tcp 22",
            "all ipv4 but tcp 22",
            "all ipv4 but icmp non-requests",
            "tcp 22; icmp requests; other protocols",
            "icmpv6 requests; other protocols",
            "icmp non-requests",
            "all ipv6 but tcp (source port 0-1023); udp",
            "all but icmp time-exceeded",
        ] {
            assert_eq!(printed(text), text);
        }
    }

    #[test]
    fn one_set_has_one_text() {
        for (text, same) in [
            ("tcp 443 , 22; TCP 22-23", "tcp 22-23,443"),
            ("udp;tcp 0-65535", "tcp; udp"),
            ("6 22; protocol 17; 47", "tcp 22; udp; gre"),
            ("icmp 8/0,8/1-255; icmp 3/4", "icmp destination-unreachable/4,echo-request"),
            (
                "icmp 3-5; icmpv6 1-5",
                "icmp destination-unreachable,source-quench,redirect; icmpv6 1-5",
            ),
            ("all but icmpv6", "all ipv4"),
            ("all ipv4 but icmp", "all ipv4 but icmp"),
            ("protocol 0-255", "all"),
            ("protocol 1-58", "all but protocol 0,59-255"),
            ("tcp 22; tcp 22 (source port 1-2)", "tcp 22"),
            ("all but tcp; udp; protocol 0-5,7-16,18-255", "none"),
        ] {
            let set: FlowSet = text.parse().unwrap();
            assert_eq!(set.to_string(), same, "{text}");
            assert_eq!(same.parse(), Ok(set), "{text}");
        }
    }

    #[test]
    fn says_what_was_found_and_what_was_expected() {
        for (text, message) in [
            (
                "",
                "found nothing where a protocol should stand; write `none` for the empty set, `all` for everything, or for example `tcp 22; udp`",
            ),
            (
                "tcp 22;",
                "found nothing where a protocol should stand; write `none` for the empty set, `all` for everything, or for example `tcp 22; udp`",
            ),
            (
                "http",
                "`http` is no protocol; expected tcp, udp, icmp, icmpv6, gre, esp, ah or a number from 0 to 255",
            ),
            (
                "tcp http",
                "`http` is no port; expected a number from 0 to 65535, or a range such as `8000-8080`",
            ),
            ("tcp 9-8", "port range `9-8` is reversed; write `8-9`"),
            (
                "tcp 22 (from 5)",
                "`(from 5)` is unknown; expected source ports, as in `(source port 1024-65535)`",
            ),
            ("gre 22", "found `22` behind gre, which has no ports"),
            (
                "icmp (source port 22)",
                "found `source port 22` behind icmp, which has no source ports",
            ),
            (
                "protocol 6 (source port 22)",
                "found `source port 22` behind protocol, which has no source ports",
            ),
            (
                "icmp packet-too-big",
                "`packet-too-big` is no type of icmp; expected a name such as `echo-request`, a number from 0 to 255 or a range of them, perhaps with a code as in `3/4`",
            ),
            (
                "icmp 3/256",
                "`256` is no ICMP code; expected a number from 0 to 255, or a range such as `3-5`",
            ),
            (
                "protocol",
                "`` is no protocol number; expected a number from 0 to 255, or a range such as `3-5`",
            ),
            (
                "protocol +3",
                "`+3` is no protocol number; expected a number from 0 to 255, or a range such as `3-5`",
            ),
            (
                "tcp but tcp 22",
                "`tcp` stands before `but`; expected `all`, `all ipv4` or `all ipv6`",
            ),
            (
                "all; tcp",
                "`all` is no protocol; expected tcp, udp, icmp, icmpv6, gre, esp, ah or a number from 0 to 255",
            ),
        ] {
            assert_eq!(text.parse::<FlowSet>().unwrap_err().to_string(), message, "{text}");
        }
    }
}
