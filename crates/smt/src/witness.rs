//! A flow that passes, read from a model and made easy to read.

use std::net::IpAddr;

use canreach_model::Choices;
use canreach_net::{AddressSet, Family, IpNet, PortSet, Protocol, RangeSet};
use canreach_topology::HeaderSet;
use z3::{Model, ast::Bool};

use crate::{
    Witness,
    header::family_of,
    problem::Problem,
    scope::ports_of,
    search::Search,
    session::Session,
    term::{Address, Byte, equals, holds},
};

/// Protocols people ask about most, the commonest first.
const USUAL_PROTOCOLS: [Protocol; 4] =
    [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6];
/// Ports that services are known by.
const USUAL_PORTS: [u16; 3] = [443, 80, 22];
/// A port that clients of every common system send from.
const USUAL_SOURCE_PORT: u16 = 50_000;
/// Echo requests of both families.
const USUAL_TYPES: [u8; 2] = [8, 128];

/// Returns the witness that a model of `assumptions` leads to; `prefer` are headers to try for, best
/// first.
pub(crate) fn witness(
    problem: &Problem<'_, '_>,
    session: &mut Session,
    assumptions: Vec<Bool>,
    model: Model,
    prefer: &[HeaderSet],
) -> Option<Witness> {
    let search = &mut Search::new(session, assumptions, model);
    let values = problem.values(&search.model);
    for keep in &problem.keeps {
        if let (Some(known), Some(value)) = (&keep.known, values.get(&keep.fact)) {
            // Else a fact that is taken as known could change its value on the way to a nicer flow.
            search.fix(equals(&keep.literal.meaning, keep.literal.holds(&search.model)));
            if !keep.literal.holds(&search.model) {
                search.fix(equals(known, *value));
            }
        }
    }
    let copy = problem.copy_with(&values)?;
    let preferred = prefer.iter().find(|set| search.fix(problem.original.is_in(set)));
    let taken = |model: &Model| copy.ways.iter().position(|way| holds(model, way));
    let way = problem.ways.get(taken(&search.model)?)?;
    fix_header(problem, search, &way.guard().headers, preferred);

    let at = taken(&search.model)?;
    let (way, formula) = problem.ways.get(at).zip(copy.ways.get(at))?;
    search.fix(formula.clone());
    let mut choices =
        Choices { picks: way.guard().picks.iter().copied().collect(), ..Choices::default() };
    let translators = way.translators();
    for (by, port) in copy.scope.choices().filter(|(by, _)| translators.contains(by)) {
        search.fix_port(port, ports_of(problem.network, by).first());
        choices.ports.insert(by, port.read(&search.model)?);
    }
    let family = family_of(&way.guard().headers);
    Some(Witness {
        trip: way.trip,
        reply: way.reply,
        header: problem.original.read(&search.model, family)?,
        valuation: problem.valuation(&values),
        choices,
        intermittent: None,
    })
}

/// Fixes one field after another to a value that is common, preferred, or at least the first.
fn fix_header(
    problem: &Problem<'_, '_>,
    search: &mut Search<'_>,
    guard: &HeaderSet,
    preferred: Option<&HeaderSet>,
) {
    let original = &problem.original;
    let wanted = preferred.map_or_else(|| guard.clone(), |set| intersection(guard, set));
    let numbers = USUAL_PROTOCOLS.map(|Protocol(number)| number);
    fix_byte(search, &original.protocol, &wanted.protocols, &numbers);
    let family = family_of(guard);
    search.fix(original.is_of(family));
    let (source, destination) = original.ends(family);
    fix_address(search, source, &wanted.sources.of_family(family));
    fix_address(search, destination, &wanted.destinations.of_family(family));
    let protocol = original.protocol.read(&search.model).map(Protocol);
    if protocol.is_some_and(Protocol::has_ports) {
        let usual = USUAL_PORTS.into_iter().filter(|port| wanted.destination_ports.contains(*port));
        search.fix_port(&original.destination_port, usual.chain(wanted.destination_ports.first()));
        let sources: &PortSet = &wanted.source_ports;
        let source = if sources.is_all() { Some(USUAL_SOURCE_PORT) } else { sources.first() };
        search.fix_port(&original.source_port, source);
    }
    if protocol.is_some_and(Protocol::is_icmp) {
        fix_byte(search, &original.icmp_type, &wanted.icmp_types, &USUAL_TYPES);
        fix_byte(search, &original.icmp_code, &wanted.icmp_codes, &[0]);
    }
}

fn fix_byte(search: &mut Search<'_>, byte: &Byte, wanted: &RangeSet<u8>, usual: &[u8]) {
    let usual = usual.iter().copied().filter(|value| wanted.contains(*value));
    let found = search.fix_first(usual.chain(wanted.first()).map(|value| byte.is(value)));
    if !found && let Some(value) = byte.read(&search.model) {
        search.fix(byte.is(value));
    }
}

/// Fixes an address to the first of the wanted ones, or else to the first of the widest block around
/// the one at hand that will do.
fn fix_address(search: &mut Search<'_>, address: &Address, wanted: &AddressSet) {
    if search.fix_first(wanted.first().map(|first| address.is(first))) {
        return;
    }
    let Some(at_hand) = address.read(&search.model) else { return };
    let lengths: &[u8] = match Family::of(at_hand) {
        Family::V4 => &[8, 16, 24, 28, 32],
        Family::V6 => &[32, 48, 64, 96, 128],
    };
    let block =
        |length: &u8| -> Option<IpAddr> { Some(IpNet::new(at_hand, *length).ok()?.network()) };
    search.fix_first(lengths.iter().filter_map(block).map(|first| address.is(first)));
}

/// Returns the headers in both sets.
fn intersection(one: &HeaderSet, other: &HeaderSet) -> HeaderSet {
    HeaderSet {
        sources: one.sources.intersection(&other.sources),
        destinations: one.destinations.intersection(&other.destinations),
        protocols: one.protocols.intersection(&other.protocols),
        source_ports: one.source_ports.intersection(&other.source_ports),
        destination_ports: one.destination_ports.intersection(&other.destination_ports),
        icmp_types: one.icmp_types.intersection(&other.icmp_types),
        icmp_codes: one.icmp_codes.intersection(&other.icmp_codes),
    }
}
