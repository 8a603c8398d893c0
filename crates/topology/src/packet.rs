//! All packets that are at one place with one history: what exploration moves about.

use std::{collections::BTreeSet, net::IpAddr};

use canreach_model::{
    Across, Checkpoint, Chooser, FactId, InternetGatewayId, Layer, Network, Obstacle, Pass, Place,
    RouteRef, SubnetId, Translator, VpcId,
};
use canreach_net::{AddressSet, PortSet, ProtocolSet};
use petgraph::graph::NodeIndex;

use crate::{
    AddressView, Condition, Crossing, Guard, HeaderSet, HeaderView, PortView, Step,
    header_set::protocols_with_ports,
};

/// A translation on record: the header before and after it (`docs/forwarding.md` §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) translator: Translator,
    pub(crate) before: HeaderView,
    pub(crate) after: HeaderView,
}

/// The packets of a guard, on their way.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) pass: Pass,
    pub(crate) header: HeaderView,
    pub(crate) guard: Guard,
    pub(crate) steps: Vec<Step>,
    /// The subnet they come straight from.
    pub(crate) from_subnet: Option<SubnetId>,
    /// What they came into the VPC they are in across, until an interface sends them on.
    pub(crate) across: Option<Across>,
    /// Whether an instance has forwarded them.
    pub(crate) forwarded: bool,
    /// Layers that saw the request.
    pub(crate) saw: BTreeSet<Layer>,
    /// Internet gateways that the request went out through.
    pub(crate) gateways: BTreeSet<InternetGatewayId>,
    /// Translations the request left behind.
    pub(crate) records: Vec<Record>,
    /// Stops already made in this pass.
    pub(crate) visited: Vec<(Place, Option<SubnetId>, HeaderView)>,
    /// Obstacles taken as removed so far, on the way there too.
    pub(crate) mended: Vec<Obstacle>,
    /// Senders without a public address that were lent [`crate::repair::LENT`], in
    /// [`crate::Mode::Repaired`]: the VPC, and the private address.
    pub(crate) lent: Vec<(VpcId, AddressView)>,
}

impl Packet {
    /// The request packets with these headers, before their first step.
    pub(crate) fn new(headers: HeaderSet) -> Self {
        Self {
            pass: Pass::Request,
            header: HeaderView::ORIGINAL,
            guard: Guard { headers, conditions: Vec::new(), picks: Vec::new() },
            steps: Vec::new(),
            from_subnet: None,
            across: None,
            forwarded: false,
            saw: BTreeSet::new(),
            gateways: BTreeSet::new(),
            records: Vec::new(),
            visited: Vec::new(),
            mended: Vec::new(),
            lent: Vec::new(),
        }
    }

    /// The replies to these packets, which have just arrived, before their first step.
    pub(crate) fn reply(&self) -> Self {
        Self {
            pass: Pass::Reply,
            header: self.header.reply(),
            steps: Vec::new(),
            from_subnet: None,
            across: None,
            forwarded: false,
            visited: Vec::new(),
            ..self.clone()
        }
    }

    /// Puts them at a place.
    pub(crate) fn at(&mut self, place: Place, node: NodeIndex) {
        self.steps.push(Step {
            place,
            node,
            header: self.header,
            crossings: Vec::new(),
            route: None,
            transit_route: None,
            assumed: Vec::new(),
        });
    }

    /// Records a checkpoint at the place they are at. One that keeps state looks at no reply to a
    /// request that it saw.
    pub(crate) fn cross(&mut self, network: &Network, checkpoint: Checkpoint, stateful: bool) {
        let layer = network.remembered_as(checkpoint.layer);
        let known = self.pass == Pass::Reply && self.saw.contains(&layer);
        if self.pass == Pass::Request {
            self.saw.insert(layer);
        }
        let (header, forwarded) = (self.header, self.forwarded);
        let as_reply = known && stateful;
        if let Some(step) = self.steps.last_mut() {
            step.crossings.push(Crossing { checkpoint, header, as_reply, known, forwarded });
        }
    }

    /// Divides the packets by what the network picks of `count` things; what it picked before, it
    /// picks again.
    pub(crate) fn split_on_pick(&self, chooser: Chooser, count: usize) -> Vec<(Self, usize)> {
        if count <= 1 {
            return (0..count).map(|only| (self.clone(), only)).collect();
        }
        if let Some((_, made)) = self.guard.picks.iter().find(|(other, _)| *other == chooser) {
            // A pick past the end means the first.
            return vec![(self.clone(), if *made < count { *made } else { 0 })];
        }
        let with = |pick| {
            let mut part = self.clone();
            part.guard.picks.push((chooser, pick));
            (part, pick)
        };
        (0..count).map(with).collect()
    }

    /// Records the route taken from the place they are at.
    pub(crate) fn took(&mut self, route: RouteRef) {
        if let Some(step) = self.steps.last_mut() {
            step.route = Some(route);
        }
    }

    /// Records that an obstacle at the place they are at is taken as removed. A setting that was
    /// mended on the way there is mended on the way back.
    pub(crate) fn assume(&mut self, obstacle: Obstacle) {
        if is_setting(obstacle) && self.mended.contains(&obstacle) {
            return;
        }
        self.mended.push(obstacle);
        if let Some(step) = self.steps.last_mut() {
            step.assumed.push(obstacle);
        }
    }

    /// Changes the header as it leaves the place they are at.
    pub(crate) fn rewrite(&mut self, header: HeaderView) {
        self.header = header;
        if let Some(step) = self.steps.last_mut() {
            step.header = header;
        }
    }

    /// Whether they make this stop for the second time with one header.
    pub(crate) fn is_loop(&mut self, place: Place) -> bool {
        let stop = (place, self.from_subnet, self.header);
        if self.visited.contains(&stop) {
            return true;
        }
        self.visited.push(stop);
        false
    }

    /// Returns the VPC whose router they passed last.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one kind of place is wanted; a new kind is none of it"
    )]
    pub(crate) fn last_router(&self) -> Option<VpcId> {
        self.steps.iter().rev().find_map(|step| match step.place {
            Place::Router(vpc) => Some(vpc),
            _ => None,
        })
    }

    /// Returns the values an address of the header may have.
    pub(crate) fn values(&self, view: AddressView) -> AddressSet {
        match view {
            AddressView::Source => self.guard.headers.sources.clone(),
            AddressView::Destination => self.guard.headers.destinations.clone(),
            AddressView::Fixed(address) => address.into(),
        }
    }

    /// Returns those of the packets whose address lies in `set`.
    pub(crate) fn with_address(&self, view: AddressView, set: &AddressSet) -> Option<Self> {
        let values = self.values(view).intersection(set);
        let mut part = self.clone();
        match view {
            AddressView::Source => part.guard.headers.sources = values,
            AddressView::Destination => part.guard.headers.destinations = values,
            AddressView::Fixed(_) if values.is_empty() => return None,
            AddressView::Fixed(_) => {}
        }
        part.non_empty()
    }

    /// Returns those of the packets whose protocol lies in `set`.
    pub(crate) fn with_protocol(&self, set: &ProtocolSet) -> Option<Self> {
        let mut part = self.clone();
        part.guard.headers.protocols = part.guard.headers.protocols.intersection(set);
        part.non_empty()
    }

    /// Returns those of the packets that have ports and whose destination port lies in `set`; the
    /// outer `None` when the port is one that the network chose.
    #[expect(clippy::option_option, reason = "no packets, and no answer, are two things")]
    pub(crate) fn with_destination_port(&self, set: &PortSet) -> Option<Option<Self>> {
        let mut part = self.clone();
        let headers = &mut part.guard.headers;
        headers.protocols = headers.protocols.intersection(&protocols_with_ports());
        match self.header.destination_port {
            PortView::Source => headers.source_ports = headers.source_ports.intersection(set),
            PortView::Destination { shift } => {
                headers.destination_ports =
                    headers.destination_ports.intersection(&shifted(set, -shift));
            }
            PortView::Fixed(port) if set.contains(port) => {}
            PortView::Fixed(_) => return Some(None),
            PortView::Chosen(_) => return None,
        }
        Some(part.non_empty())
    }

    /// Returns those of the packets for which a fact has a value.
    pub(crate) fn with_fact(&self, fact: FactId, value: bool) -> Option<Self> {
        self.with_condition(Condition::Fact(fact, value))
    }

    /// Returns those of the packets for which a condition holds besides.
    pub(crate) fn with_condition(&self, condition: Condition) -> Option<Self> {
        if self.guard.conditions.contains(&condition.negated()) {
            return None;
        }
        let mut part = self.clone();
        if !part.guard.conditions.contains(&condition) {
            part.guard.conditions.push(condition);
        }
        Some(part)
    }

    fn non_empty(self) -> Option<Self> {
        (!self.guard.headers.is_empty()).then_some(self)
    }

    /// Divides the packets into those whose two addresses are equal, and the others.
    pub(crate) fn split_on_addresses(
        &self,
        a: AddressView,
        b: AddressView,
    ) -> (Vec<Self>, Vec<Self>) {
        let (values_a, values_b) = (self.values(a), self.values(b));
        let single = |set: &AddressSet| -> Option<IpAddr> {
            let mut ranges = set.ranges();
            let range = ranges.next()?;
            (ranges.next().is_none() && range.first() == range.last()).then(|| range.first())
        };
        if a == b {
            return (vec![self.clone()], Vec::new());
        }
        if values_a.is_disjoint(&values_b) {
            return (Vec::new(), vec![self.clone()]);
        }
        // One side is a constant: the other side's values divide.
        let divide = |view: AddressView, value: IpAddr| {
            let equal = AddressSet::from(value);
            let rest = self.values(view).difference(&equal);
            let same = self.with_address(view, &equal).into_iter().collect();
            (same, self.with_address(view, &rest).into_iter().collect())
        };
        match (single(&values_a), single(&values_b)) {
            (Some(value), _) => divide(b, value),
            (None, Some(value)) => divide(a, value),
            (None, None) => self.split_on(Condition::SameAddress(a, b, true)),
        }
    }

    /// Divides the packets into those whose two ports are equal (or that have none), and the others.
    pub(crate) fn split_on_ports(&self, a: PortView, b: PortView) -> (Vec<Self>, Vec<Self>) {
        if a == b || self.guard.headers.with_ports().is_empty() {
            return (vec![self.clone()], Vec::new());
        }
        self.split_on(Condition::SamePort(a, b, true))
    }

    fn split_on(&self, condition: Condition) -> (Vec<Self>, Vec<Self>) {
        (
            self.with_condition(condition).into_iter().collect(),
            self.with_condition(condition.negated()).into_iter().collect(),
        )
    }

    /// Divides the packets into those whose header equals `other`, and the others. Protocols are
    /// equal, and so are ICMP messages: both headers are replies to one request.
    pub(crate) fn split_on_header(&self, other: HeaderView) -> (Vec<Self>, Vec<Self>) {
        let mine = self.header;
        let mut equal = vec![self.clone()];
        let mut others = Vec::new();
        for (a, b) in [(mine.source, other.source), (mine.destination, other.destination)] {
            let mut still = Vec::new();
            for packet in equal {
                let (same, different) = packet.split_on_addresses(a, b);
                still.extend(same);
                others.extend(different);
            }
            equal = still;
        }
        let ports = [
            (mine.source_port, other.source_port),
            (mine.destination_port, other.destination_port),
        ];
        for (a, b) in ports {
            let mut still = Vec::new();
            for packet in equal {
                let (same, different) = packet.split_on_ports(a, b);
                still.extend(same);
                others.extend(different);
            }
            equal = still;
        }
        (equal, others)
    }
}

/// Returns the set with `by` added to each port; ports that leave the range are dropped.
fn shifted(set: &PortSet, by: i32) -> PortSet {
    let move_port = |port: u16| u16::try_from(i32::from(port) + by);
    set.ranges()
        .filter_map(|(first, last)| match (move_port(first), move_port(last)) {
            (Ok(first), Ok(last)) => Some((first, last)),
            // The range crosses an end of the port space: keep what remains inside.
            (Err(_), Ok(last)) if by < 0 => Some((0, last)),
            (Ok(first), Err(_)) if by > 0 => Some((first, u16::MAX)),
            (Ok(_) | Err(_), Err(_)) | (Err(_), Ok(_)) => None,
        })
        .collect()
}

/// Whether an obstacle is one setting of the network, not a matter of one packet's destination.
fn is_setting(obstacle: Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::NoPeering(..)
            | Obstacle::PeeringInactive(_)
            | Obstacle::GatewayNotAttached(..)
            | Obstacle::NoInternetGateway(_)
            | Obstacle::InternetGatewayDenied(_)
    )
}

#[cfg(test)]
mod tests {
    use canreach_net::{Protocol, RangeSet};
    use canreach_testkit::builder::address;

    use super::*;

    fn packet(protocol: Protocol) -> Packet {
        let mut headers =
            HeaderSet::between(address("10.0.0.1").into(), address("10.0.0.2").into());
        headers.protocols = RangeSet::single(protocol.0);
        Packet::new(headers)
    }

    #[test]
    fn moving_a_set_of_ports_drops_what_leaves_the_range() {
        let set = PortSet::range(80, 90);
        assert_eq!(shifted(&set, 8000), PortSet::range(8080, 8090));
        assert_eq!(shifted(&set, -85), PortSet::range(0, 5));
        assert_eq!(shifted(&set, -91), PortSet::EMPTY);
        assert_eq!(shifted(&set, 65_450), PortSet::range(65_530, 65_535));
        assert_eq!(shifted(&set, 65_456), PortSet::EMPTY);
    }

    #[test]
    fn a_port_that_was_shifted_is_asked_for_before_its_shift() {
        let mut packet = packet(Protocol::TCP);
        packet.header.destination_port = PortView::Destination { shift: 10 };
        let part = packet.with_destination_port(&PortSet::single(100)).unwrap().unwrap();
        assert_eq!(part.guard.headers.destination_ports, PortSet::single(90));
        packet.header.destination_port = PortView::Source;
        let part = packet.with_destination_port(&PortSet::single(100)).unwrap().unwrap();
        assert_eq!(part.guard.headers.source_ports, PortSet::single(100));
        assert!(part.guard.headers.destination_ports.is_all());
    }

    #[test]
    fn packets_without_ports_do_not_differ_in_them() {
        let ports = (PortView::Source, PortView::Destination { shift: 0 });
        let split = |protocol| {
            let (equal, others) = packet(protocol).split_on_ports(ports.0, ports.1);
            (equal.len(), others.len())
        };
        assert_eq!(split(Protocol::ICMP), (1, 0));
        assert_eq!(split(Protocol::UDP), (1, 1));
    }

    #[test]
    fn a_condition_is_divided_by_once() {
        let condition =
            Condition::SamePort(PortView::Source, PortView::Destination { shift: 0 }, true);
        let part = packet(Protocol::TCP).with_condition(condition).unwrap();
        assert!(part.with_condition(condition.negated()).is_none());
        let again = part.with_condition(condition).unwrap();
        assert_eq!(again.guard.conditions, [condition]);
    }
}
