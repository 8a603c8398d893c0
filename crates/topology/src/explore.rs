//! Enumeration of walks: there, and from each end reached, back.

use std::{rc::Rc, sync::LazyLock};

use canreach_model::{Endpoint, Network, Obstacle, Pass, Place};
use canreach_net::{Icmp, Protocol, ProtocolSet, RangeSet};

use crate::{
    End, HeaderSet, HeaderView, Topology, Trip, Walk,
    packet::{Packet, Receiver},
};

/// Which walks to enumerate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Those that exist; each ends at its first obstacle.
    Real,
    /// Those that would exist if obstacles on the way were removed, towards the end asked for. A
    /// walk that ends at an obstacle all the same has, as its last step, the end asked for: what is
    /// crossed there is crossed only if the packet arrived.
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

/// The enumeration was given up; nothing may be concluded from what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// There are too many walks.
    #[error("more than {0} walks")]
    Walks(usize),
    /// A port that the network chose would have to select a listener or destination translation.
    #[error("a listener or destination translation of a port that another translation chose")]
    ChosenPort,
}

/// The most walks enumerated for one question, in one direction.
const MOST_WALKS: usize = 20_000;

/// Returns every trip of a question; in [`Mode::Real`] their requests divide its headers among them.
/// No flow starts at a load balancer, virtual address or nobody, so there are no trips from these.
///
/// # Errors
/// Fails when there are too many, and when a packet's way cannot be told by its header; in
/// [`Mode::Repaired`] only what was found is returned.
pub fn explore(
    topology: &Topology<'_>,
    question: &Question,
    mode: Mode,
) -> Result<Vec<Trip>, Limit> {
    let Some(from) = start_of(question.from) else { return Ok(Vec::new()) };
    if question.headers.is_empty() {
        return Ok(Vec::new());
    }
    let mut there = Explorer::new(topology, mode, question.to);
    there.start(from, Packet::new(question.headers.clone()));
    let mut trips = Vec::new();
    for (packet, end) in there.into_finished()? {
        let replies = if end == End::Arrived(question.to) {
            replies(topology, question.from, mode, &packet, Keep::All)?
        } else {
            Vec::new()
        };
        trips.push(Trip { request: walk(packet, end), replies });
    }
    Ok(trips)
}

/// Returns every trip that exists from one end and ends at no obstacle, wherever it leads, with the ways
/// back from each end of flows that is reached, as far as these end at none either. `headers` are all of
/// one address family.
///
/// # Errors
/// Fails as [`explore`] does.
pub fn explore_from(
    topology: &Topology<'_>,
    from: Endpoint,
    headers: &HeaderSet,
) -> Result<Vec<Trip>, Limit> {
    let Some(start) = start_of(from) else { return Ok(Vec::new()) };
    if headers.is_empty() {
        return Ok(Vec::new());
    }
    // Only what is mended asks for a goal.
    let mut there = Explorer::new(topology, Mode::Real, Endpoint::Nobody);
    there.start(start, Packet::new(headers.clone()));
    let mut trips = Vec::new();
    for (packet, end) in there.into_finished()? {
        let replies = match end {
            End::Arrived(_) => replies(topology, from, Mode::Real, &packet, Keep::Arrived)?,
            End::Unmodelled(_) => Vec::new(),
            End::Stopped(_) => continue,
        };
        trips.push(Trip { request: walk(packet, end), replies });
    }
    Ok(trips)
}

/// Which ways back are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    All,
    /// Those that end at no obstacle.
    Arrived,
}

/// Returns where flows start at an end, if they do.
fn start_of(endpoint: Endpoint) -> Option<Receiver> {
    match endpoint {
        Endpoint::Interface(id) => Some(Receiver::Interface(id)),
        Endpoint::Remote(id) => Some(Receiver::Remote(id)),
        Endpoint::Internet => Some(Receiver::Internet),
        Endpoint::LoadBalancer(_) | Endpoint::VirtualAddress(_) | Endpoint::Nobody => None,
    }
}

/// Returns the ways back of the packets that have arrived.
fn replies(
    topology: &Topology<'_>,
    start: Endpoint,
    mode: Mode,
    arrived: &Packet,
    keep: Keep,
) -> Result<Vec<Walk>, Limit> {
    let mut ended = Vec::new();
    let Some(receiver) = arrived.received else { return Ok(Vec::new()) };
    for (packet, answerable) in split_on_answer(arrived.reply(), keep) {
        if !answerable {
            ended.push((packet, End::Stopped(Obstacle::NoAnswer)));
            continue;
        }
        let mut back = Explorer::new(topology, mode, start);
        back.start(receiver, packet);
        for (packet, end) in back.into_finished()? {
            ended.extend(recognised(packet, end, start));
        }
    }
    let stopped = |end: &End| matches!(end, End::Stopped(_));
    ended.retain(|(_, end)| keep == Keep::All || !stopped(end));
    Ok(ended.into_iter().map(|(packet, end)| walk(packet, end)).collect())
}

/// Divides arrived replies into those that the sender takes for its answer, and the others.
fn recognised(packet: Packet, end: End, start: Endpoint) -> Vec<(Packet, End)> {
    let End::Arrived(endpoint) = end else { return vec![(packet, end)] };
    let changed = End::Stopped(Obstacle::ReplyChanged);
    if endpoint != start {
        return vec![(packet, changed)];
    }
    let (answers, others) = packet.split_on_header(HeaderView::ORIGINAL.reply());
    let answers = answers.into_iter().map(|packet| (packet, end));
    answers.chain(others.into_iter().map(|packet| (packet, changed))).collect()
}

/// The messages of each family's ICMP that have an answer.
static REQUESTS: LazyLock<[(Protocol, RangeSet<u8>); 2]> = LazyLock::new(|| {
    let kinds =
        |pairs: &[(u8, u8)]| pairs.iter().map(|(request, _)| (*request, *request)).collect();
    [(Protocol::ICMP, kinds(&Icmp::REPLIES_V4)), (Protocol::ICMPV6, kinds(&Icmp::REPLIES_V6))]
});

/// Divides packets by whether the message that caused them has an answer (§1).
fn split_on_answer(packet: Packet, keep: Keep) -> Vec<(Packet, bool)> {
    let mut parts = Vec::new();
    let mut rest = Some(packet);
    for (Protocol(number), requests) in &*REQUESTS {
        let Some(packets) = rest.take() else { break };
        let this = ProtocolSet::single(*number);
        let (code, any): (RangeSet<u8>, _) = (RangeSet::single(0), RangeSet::all());
        if let Some(messages) = packets.with_protocol(&this) {
            if keep == Keep::All {
                let others = [
                    messages.with_icmp(requests, &code.complement()),
                    messages.with_icmp(&requests.complement(), &any),
                ];
                parts.extend(others.into_iter().flatten().map(|part| (part, false)));
            }
            if packets.carries_one_icmp() {
                // The types of ICMP constrain nothing else: what is left over stays together.
                parts.extend(packets.with_icmp(requests, &code).map(|part| (part, true)));
                return parts;
            }
            parts.extend(messages.with_icmp(requests, &code).map(|part| (part, true)));
        }
        rest = packets.with_protocol(&this.complement());
    }
    parts.extend(rest.map(|packet| (packet, true)));
    parts
}

fn walk(packet: Packet, end: End) -> Walk {
    let guard = Rc::unwrap_or_clone(packet.guard);
    Walk { pass: packet.pass, steps: packet.steps.in_order(), guard, end }
}

/// Moves packets until each has ended.
#[derive(Debug)]
pub(crate) struct Explorer<'t, 'n> {
    pub(crate) topology: &'t Topology<'n>,
    pub(crate) mode: Mode,
    /// The end the packets should reach.
    pub(crate) goal: Endpoint,
    finished: Vec<(Packet, End)>,
    limit: Option<Limit>,
}

impl<'t, 'n> Explorer<'t, 'n> {
    fn new(topology: &'t Topology<'n>, mode: Mode, goal: Endpoint) -> Self {
        Self { topology, mode, goal, finished: Vec::new(), limit: None }
    }

    fn start(&mut self, from: Receiver, mut packet: Packet) {
        match from {
            Receiver::Interface(interface) => self.send(packet, interface),
            Receiver::Remote(remote) => self.send_from_remote(packet, remote),
            Receiver::Service(endpoint) => self.send_from_service(packet, endpoint),
            Receiver::Internet => {
                self.put(&mut packet, Place::Internet);
                self.on_internet(packet);
            }
        }
    }

    /// The network that is explored.
    pub(crate) fn network(&self) -> &'n Network {
        self.topology.network
    }

    /// Gives up: the destination port to look at is one that the network chose.
    pub(crate) fn cannot_tell(&mut self) {
        self.give_up(Limit::ChosenPort);
    }

    fn into_finished(self) -> Result<Vec<(Packet, End)>, Limit> {
        match (self.limit, self.mode) {
            (Some(limit), Mode::Real) => Err(limit),
            (_, Mode::Repaired) | (None, Mode::Real) => Ok(self.finished),
        }
    }

    pub(crate) fn finish(&mut self, mut packet: Packet, end: End) {
        let end = self.seen_from_goal(&mut packet, end);
        if self.finished.len() >= MOST_WALKS {
            self.give_up(Limit::Walks(MOST_WALKS));
        } else {
            self.finished.push((packet, end));
        }
    }

    pub(crate) fn give_up(&mut self, limit: Limit) {
        self.limit.get_or_insert(limit);
    }

    /// Whether there is no point in going on.
    pub(crate) fn has_given_up(&self) -> bool {
        self.limit.is_some()
    }

    pub(crate) fn put(&self, packet: &mut Packet, place: Place) {
        packet.at(place, self.topology.node(place));
    }

    /// Whether the packets are replies.
    pub(crate) fn is_reply(packet: &Packet) -> bool {
        packet.pass == Pass::Reply
    }
}
