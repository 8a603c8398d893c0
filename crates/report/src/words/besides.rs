//! What a proposal changes besides.

use canreach_net::{Protocol, ProtocolSet};
use canreach_query::{
    Open, Verdict,
    fix::{Besides, Pairing},
};

use super::{and, open};

/// How many of the things that change are told before the rest is counted.
const SHOWN: usize = 4;

/// Returns what a proposal changes besides, or that it changes nothing that was looked at.
pub(crate) fn besides(besides: &Besides) -> String {
    let (opens, closes) = (opened(besides), closed(besides));
    match (opens.is_empty(), closes.is_empty()) {
        (true, true) => String::from(", and nothing else that was looked at"),
        (false, true) => format!("; also opens {}", shown(&opens)),
        (true, false) => format!("; also closes {}", shown(&closes)),
        (false, false) => {
            format!("; also opens {}; also closes {}", shown(&opens), shown(&closes))
        }
    }
}

/// Returns what a proposal opens besides, as phrases.
pub(crate) fn opened(besides: &Besides) -> Vec<String> {
    changes(&besides.traffic_opened, &besides.opened)
}

/// Returns what a proposal closes besides, as phrases.
pub(crate) fn closed(besides: &Besides) -> Vec<String> {
    changes(&besides.traffic_closed, &besides.closed)
}

fn changes(traffic: &[Open], pairs: &[Pairing]) -> Vec<String> {
    let same = (!traffic.is_empty()).then(|| format!("{} between the same ends", parts(traffic)));
    same.into_iter().chain(pairs.iter().map(pairing)).collect()
}

/// Returns parts of the traffic, shortly where they are all there is but for one port.
fn parts(traffic: &[Open]) -> String {
    let protocols = traffic.iter().fold(ProtocolSet::EMPTY, |all, it| all.union(&it.protocols));
    let other_family = [Protocol::ICMP, Protocol::ICMPV6].map(|it| (it.0, it.0));
    let every_protocol = protocols.union(&other_family.into_iter().collect()).is_all();
    let most = |it: &Open| {
        let left_out = it.destination_ports.complement();
        left_out.ranges().all(|(first, last)| first == last) && left_out.ranges().len() < 2
    };
    if every_protocol && traffic.iter().all(most) {
        return String::from("all other traffic");
    }
    traffic.iter().map(open).collect::<Vec<_>>().join("; ")
}

fn pairing(pairing: &Pairing) -> String {
    let depends =
        if pairing.verdict == Verdict::Unknown { " (that depends on open facts)" } else { "" };
    format!("{} -> {}{depends}", pairing.from.label, pairing.to.label)
}

fn shown(all: &[String]) -> String {
    let more = all.len().saturating_sub(SHOWN);
    if more == 0 {
        return and(all);
    }
    let some: Vec<&str> = all.iter().take(SHOWN).map(String::as_str).collect();
    format!("{} and {more} more", some.join(", "))
}
