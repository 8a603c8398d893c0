//! Looking through rewrites: which original headers look, somewhere on the way, like one of a set.

use canreach_model::Translator;
use canreach_net::{PortSet, Protocol, ProtocolSet};
use canreach_topology::{Condition, HeaderView, IcmpView, PortView};

use crate::{
    algebra::{Algebra, Runs},
    flow_set::FlowSet,
};

/// A port as a function of the original header, once the network has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Port {
    /// The original source port.
    Source,
    /// The original destination port plus this.
    Destination(i32),
    /// Always this port.
    Fixed(u16),
}

/// What the network has chosen: the port of each translator.
pub(crate) type Chosen = Vec<(Translator, Port)>;

/// Returns what a port is, given what the network has chosen.
pub(crate) fn port(view: PortView, chosen: &[(Translator, Port)]) -> Port {
    match view {
        PortView::Source => Port::Source,
        PortView::Destination { shift } => Port::Destination(shift),
        PortView::Fixed(port) => Port::Fixed(port),
        PortView::Chosen(translator) => {
            let found = chosen.iter().find(|(other, _)| *other == translator);
            found.map_or(Port::Fixed(0), |(_, port)| *port)
        }
    }
}

/// How the transport header looks somewhere on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub(crate) source: Port,
    pub(crate) destination: Port,
    pub(crate) answer: bool,
}

impl Shape {
    pub(crate) fn of(view: &HeaderView, chosen: &[(Translator, Port)]) -> Self {
        Self {
            source: port(view.source_port, chosen),
            destination: port(view.destination_port, chosen),
            answer: view.icmp == IcmpView::Answer,
        }
    }

    /// Whether the header looks as it was sent.
    pub(crate) fn is_original(self) -> bool {
        self == Self { source: Port::Source, destination: Port::Destination(0), answer: false }
    }

    /// Returns the original headers that look like one of `seen`.
    pub(crate) fn origins(self, seen: &FlowSet) -> FlowSet {
        let seen = if self.answer { seen.answered_by() } else { seen.clone() };
        match (self.source, self.destination) {
            (Port::Source, Port::Destination(0)) => seen,
            (Port::Destination(0), Port::Source) => seen.with_ports_swapped(),
            _ => seen.map_ports(|runs| self.origins_of(runs)),
        }
    }

    /// Likewise for the ports of one protocol: source ports beside each destination port.
    fn origins_of(self, seen: &Runs<u16, PortSet>) -> Runs<u16, PortSet> {
        let all = PortSet::all();
        match (self.source, self.destination) {
            (Port::Source, Port::Destination(by)) => moved(seen, -by),
            (Port::Destination(by), Port::Source) => moved(&swapped(seen), -by),
            (Port::Source, Port::Fixed(to)) => match seen.at(to) {
                Some(sources) => Runs::product(&all, sources),
                None => Runs::empty(),
            },
            (Port::Destination(by), Port::Fixed(to)) => match seen.at(to) {
                Some(sources) => Runs::product(&shifted(sources, -by), &all),
                None => Runs::empty(),
            },
            (Port::Fixed(from), Port::Destination(by)) => {
                Runs::product(&shifted(&with_source(seen, from), -by), &all)
            }
            (Port::Fixed(from), Port::Source) => Runs::product(&all, &with_source(seen, from)),
            (Port::Fixed(from), Port::Fixed(to)) => match seen.at(to) {
                Some(sources) if sources.contains(from) => Runs::full(),
                Some(_) | None => Runs::empty(),
            },
            (Port::Source, Port::Source) => Runs::product(&all, &on_diagonal(seen, 0)),
            (Port::Destination(source), Port::Destination(destination)) => {
                let seen = on_diagonal(seen, source - destination);
                Runs::product(&shifted(&seen, -destination), &all)
            }
        }
    }
}

/// Returns the destination ports that have this source port beside them.
fn with_source(runs: &Runs<u16, PortSet>, source: u16) -> PortSet {
    let having = runs.iter().filter(|(_, _, sources)| sources.contains(source));
    having.map(|(first, last, _)| (first, last)).collect()
}

/// Returns the destination ports that have themselves plus `by` beside them as a source port.
fn on_diagonal(runs: &Runs<u16, PortSet>, by: i32) -> PortSet {
    let parts = runs.iter().map(|(first, last, sources)| {
        PortSet::range(first, last).intersection(&shifted(sources, -by))
    });
    parts.fold(PortSet::EMPTY, |sum, part| sum.union(&part))
}

fn swapped(runs: &Runs<u16, PortSet>) -> Runs<u16, PortSet> {
    let parts = runs.iter().flat_map(|(first, last, sources)| {
        let destinations = PortSet::range(first, last);
        sources.ranges().map(move |(first, last)| (first, last, destinations.clone()))
    });
    parts.collect()
}

/// Returns the same with `by` added to each destination port; what is no port then is dropped.
fn moved(runs: &Runs<u16, PortSet>, by: i32) -> Runs<u16, PortSet> {
    let parts = runs.iter().flat_map(|(first, last, sources)| {
        let ports = shifted(&PortSet::range(first, last), by);
        let ports: Vec<(u16, u16)> = ports.ranges().collect();
        ports.into_iter().map(move |(first, last)| (first, last, sources.clone()))
    });
    parts.collect()
}

/// Returns the ports of a set, each plus `by`; what is no port then is dropped.
pub(crate) fn shifted(set: &PortSet, by: i32) -> PortSet {
    let highest = i32::from(u16::MAX);
    let clip = |port: i32| u16::try_from(port.clamp(0, highest)).unwrap_or(u16::MAX);
    let ranges = set.ranges().filter_map(|(first, last)| {
        let (first, last) = (i32::from(first) + by, i32::from(last) + by);
        (last >= 0 && first <= highest).then(|| (clip(first), clip(last)))
    });
    ranges.collect()
}

/// Returns the original headers whose two ports are equal, or differ; those without ports count as
/// having equal ones.
pub(crate) fn same_port(a: Port, b: Port, equal: bool) -> FlowSet {
    let with_ports: ProtocolSet =
        [Protocol::TCP, Protocol::UDP].iter().map(|Protocol(number)| (*number, *number)).collect();
    let with_ports = FlowSet::of_protocols(&with_ports);
    let runs = equal_ports(a, b);
    let same = with_ports.map_ports(|_| runs.clone());
    let same = same.intersection(&with_ports).union(&with_ports.complement());
    if equal { same } else { same.complement() }
}

fn equal_ports(a: Port, b: Port) -> Runs<u16, PortSet> {
    let all = PortSet::all();
    match (a, b) {
        (Port::Fixed(a), Port::Fixed(b)) => {
            if a == b {
                Runs::full()
            } else {
                Runs::empty()
            }
        }
        (Port::Source, Port::Source) => Runs::full(),
        (Port::Source, Port::Fixed(port)) | (Port::Fixed(port), Port::Source) => {
            Runs::product(&all, &PortSet::single(port))
        }
        (Port::Destination(by), Port::Fixed(port)) | (Port::Fixed(port), Port::Destination(by)) => {
            Runs::product(&shifted(&PortSet::single(port), -by), &all)
        }
        (Port::Destination(a), Port::Destination(b)) => {
            if a == b {
                Runs::full()
            } else {
                Runs::empty()
            }
        }
        (Port::Source, Port::Destination(by)) | (Port::Destination(by), Port::Source) => {
            let ports = 0..=u16::MAX;
            let beside = ports.filter_map(|port| {
                let source = u16::try_from(i32::from(port) + by).ok()?;
                Some((port, port, PortSet::single(source)))
            });
            beside.collect()
        }
    }
}

/// Returns every way in which the network may choose ports, as far as it makes a difference: the ports
/// of `range` are told apart only by what is in `cuts`, and by `conditions`.
///
/// A translator that must have chosen the port of another field stands for that field.
pub(crate) fn choices(
    translators: &[(Translator, PortSet)],
    conditions: &[Condition],
    cuts: impl Fn(Translator) -> Vec<u16>,
) -> Vec<Chosen> {
    let mut all: Vec<Chosen> = vec![Vec::new()];
    for (translator, range) in translators {
        let options =
            options(*translator, range, conditions, &cuts(*translator), translators.len());
        all = all
            .into_iter()
            .flat_map(|chosen| {
                options.iter().map(move |option| {
                    let mut chosen = chosen.clone();
                    chosen.push((*translator, *option));
                    chosen
                })
            })
            .collect();
    }
    all
}

/// Returns the ports that one translator may choose, as far as they differ: a few of each part between
/// the cuts, more than there are demands to differ from something, and the ports of the header itself
/// where a condition compares with these.
fn options(
    translator: Translator,
    range: &PortSet,
    conditions: &[Condition],
    cuts: &[u16],
    others: usize,
) -> Vec<Port> {
    let mine = PortView::Chosen(translator);
    let compared: Vec<PortView> = conditions
        .iter()
        .filter_map(|condition| match *condition {
            Condition::SamePort(a, b, _) if a == mine => Some(b),
            Condition::SamePort(a, b, _) if b == mine => Some(a),
            Condition::SamePort(..) | Condition::Fact(..) | Condition::SameAddress(..) => None,
        })
        .collect();
    let few = compared.len() + others;
    let mut options = Vec::new();
    let mut starts: Vec<u16> = cuts.to_vec();
    for view in &compared {
        match *view {
            PortView::Source => options.push(Port::Source),
            PortView::Destination { shift } => options.push(Port::Destination(shift)),
            PortView::Fixed(port) => starts.extend([port, port.saturating_add(1)]),
            PortView::Chosen(_) => {}
        }
    }
    starts.sort_unstable();
    starts.dedup();
    for (first, last) in range.ranges() {
        let inside = starts.iter().copied().filter(|start| first < *start && *start <= last);
        let mut begins = vec![first];
        begins.extend(inside);
        for (at, begin) in begins.iter().enumerate() {
            let end = begins.get(at + 1).map_or(last, |next| next - 1);
            options.extend((*begin..=end).take(few.max(1)).map(Port::Fixed));
        }
    }
    options
}

/// Returns the original headers for which choices that stand for another port are ones that the
/// network may make.
pub(crate) fn possible(chosen: &[(Translator, Port)], ranges: &[(Translator, PortSet)]) -> FlowSet {
    let mut possible = FlowSet::full();
    for (translator, port) in chosen {
        let Some((_, range)) = ranges.iter().find(|(other, _)| other == translator) else {
            continue;
        };
        let all = PortSet::all();
        let runs = match *port {
            Port::Fixed(_) => continue,
            Port::Source => Runs::product(&all, range),
            Port::Destination(by) => Runs::product(&shifted(range, -by), &all),
        };
        possible = possible.intersection(&FlowSet::full().map_ports(|_| runs.clone()));
    }
    possible
}

#[cfg(test)]
mod tests {
    use canreach_net::{Ports, RangeSet, Transport};

    use super::*;

    /// TCP to ports 80-90 and 100 from 1000-2000, and to 443 from everywhere.
    fn seen() -> FlowSet {
        let tcp = ProtocolSet::single(Protocol::TCP.0);
        let bytes = RangeSet::all();
        let some: PortSet = [(80, 90), (100, 100)].into_iter().collect();
        let some = FlowSet::product(&tcp, &PortSet::range(1000, 2000), &some, &bytes, &bytes);
        let one = PortSet::single(443);
        some.union(&FlowSet::product(&tcp, &PortSet::all(), &one, &bytes, &bytes))
    }

    fn value(port: Port, ports: Ports) -> Option<u16> {
        match port {
            Port::Source => Some(ports.source),
            Port::Destination(by) => u16::try_from(i32::from(ports.destination) + by).ok(),
            Port::Fixed(port) => Some(port),
        }
    }

    const PORTS: [Port; 8] = [
        Port::Source,
        Port::Destination(0),
        Port::Destination(-8000),
        Port::Destination(920),
        Port::Fixed(80),
        Port::Fixed(443),
        Port::Fixed(1500),
        Port::Fixed(91),
    ];
    const VALUES: [u16; 16] =
        [0, 79, 80, 90, 91, 100, 443, 999, 1000, 1020, 1500, 2000, 2001, 8080, 8443, u16::MAX];

    #[test]
    fn origins_are_the_headers_that_look_like_the_set() {
        let seen = seen();
        for source in PORTS {
            for destination in PORTS {
                let shape = Shape { source, destination, answer: false };
                let origins = shape.origins(&seen);
                for s in VALUES {
                    for d in VALUES {
                        let ports = Ports { source: s, destination: d };
                        let looks = value(source, ports).zip(value(destination, ports));
                        let expected = looks.is_some_and(|(source, destination)| {
                            seen.contains(Transport::Tcp(Ports { source, destination }))
                        });
                        let found = origins.contains(Transport::Tcp(ports));
                        assert_eq!(found, expected, "{shape:?} {ports:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn equal_ports_are_those_whose_values_are() {
        for a in PORTS {
            for b in PORTS {
                let (same, different) = (same_port(a, b, true), same_port(a, b, false));
                for s in VALUES {
                    for d in VALUES {
                        let ports = Ports { source: s, destination: d };
                        // Where a sum is no port, the walk's guard has no such header.
                        let Some((x, y)) = value(a, ports).zip(value(b, ports)) else { continue };
                        let udp = Transport::Udp(ports);
                        assert_eq!(same.contains(udp), x == y, "{a:?} {b:?} {ports:?}");
                        assert_eq!(different.contains(udp), x != y);
                    }
                }
                let gre = Transport::Other(Protocol::GRE);
                assert!(same.contains(gre) && !different.contains(gre));
            }
        }
    }
}
