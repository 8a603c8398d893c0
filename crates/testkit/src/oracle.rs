//! The fate of one packet, and by trying every packet the answer to a question.
//!
//! Section numbers in the comments are those of `docs/forwarding.md`. The style is that of a relation:
//! a packet is in one [`Configuration`] after the other, and one function says which comes next.

mod brute_force;
mod filters;
mod outside;
mod steps;
#[cfg(test)]
mod tests;
mod translation;
mod universe;

use std::{fmt::Write as _, net::IpAddr};

use canreach_model::{
    Checkpoint, Choices, Endpoint, InterfaceId, InternetGatewayId, Layer, NatGatewayId, Network,
    Pass, RouteRef, RouteTarget, SubnetId, Valuation, VpcId,
};
use canreach_net::{Header, is_public_unicast};

pub use brute_force::{
    Answer, Extent, Judged, Question, Truth, all_choices, all_valuations, brute_force, headers,
    survey,
};
pub use universe::Universe;

/// What becomes of one flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// The request ends where it should.
    pub delivered: bool,
    /// Moreover the reply ends at the start, as the answer to the request.
    pub answered: bool,
}

/// Where a packet is, why it is there, and its header.
///
/// It holds everything that decides what happens next, so that a configuration that comes again
/// comes for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The place.
    pub at: At,
    /// The header it has there.
    pub header: Header,
}

/// A place, as the page names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// §2: at an interface that sends it.
    Sending(InterfaceId),
    /// §2 steps 3 to 5: at a NAT gateway's interface, which sends it on.
    SendingOn(InterfaceId),
    /// §5: at the next stop, in a VPC.
    NextStop(VpcId, Stop, Came),
    /// §5a: entering a VPC.
    Entering(VpcId, Came),
    /// §6: at the owner of the destination, in a VPC, coming straight from a subnet of it.
    Delivering(VpcId, Option<SubnetId>),
    /// §9: on the Internet.
    Internet,
}

/// A next stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// What a route leads to.
    Route(RouteRef, RouteTarget),
    /// §4, last paragraph: the sender's public address.
    ByPublicAddress,
}

/// How a packet came to where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// The interface that sent it, unless it comes from the Internet or from a gateway.
    pub sender: Option<InterfaceId>,
    /// The subnet it comes straight from.
    pub subnet: Option<SubnetId>,
    /// Whether it came into this VPC across a peering.
    pub across_peering: bool,
}

/// How the way of a packet ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is delivered, with the header it then has.
    Delivered(Endpoint, Header),
    /// It left what the input describes, and the fact says that it gets wherever it should.
    Unmodelled,
    /// It is lost.
    Lost(Lost),
}

/// Why a packet is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lost {
    /// A filter stopped it.
    Filter(Checkpoint),
    /// An obstacle, by the name the page gives it.
    Obstacle(&'static str),
}

/// The way of one packet.
#[derive(Clone, Debug)]
pub struct Way {
    /// Where it was, in order.
    pub been: Vec<Configuration>,
    /// How it ended.
    pub end: End,
}

/// The way of the request and, if it was delivered where it should and has an answer, that of the
/// reply.
#[derive(Clone, Debug)]
pub struct Story {
    /// The request.
    pub request: Way,
    /// The reply.
    pub reply: Option<Way>,
    /// What became of the flow.
    pub fate: Fate,
}

/// Returns what becomes of one flow, for one assignment of facts and choices (§1).
///
/// A header that the start cannot send is not delivered.
#[must_use]
pub fn fate(
    network: &Network,
    start: Endpoint,
    header: Header,
    to: Endpoint,
    valuation: &Valuation,
    choices: &Choices,
) -> Fate {
    if !may_send(network, start, header.source) {
        return Fate::default();
    }
    story(network, start, header, to, valuation, choices).fate
}

/// Returns the same with every place on the way, to find out why.
#[must_use]
pub fn story(
    network: &Network,
    start: Endpoint,
    header: Header,
    to: Endpoint,
    valuation: &Valuation,
    choices: &Choices,
) -> Story {
    let mut walk =
        Walk { network, valuation, choices, pass: Pass::Request, memory: Memory::default() };
    let request = walk.from(start, header);
    let nothing = Fate::default();
    let everything = Fate { delivered: true, answered: true };
    let arrived = match request.end {
        End::Unmodelled => return Story { request, reply: None, fate: everything },
        End::Delivered(end, arrived) if end == to => arrived,
        End::Delivered(..) | End::Lost(_) => return Story { request, reply: None, fate: nothing },
    };
    // The reply answers the header as it was when it arrived.
    let Some(answer) = arrived.reply() else {
        return Story { request, reply: None, fate: Fate { delivered: true, answered: false } };
    };
    walk.pass = Pass::Reply;
    let reply = walk.from(to, answer);
    let answered = match reply.end {
        End::Unmodelled => true,
        End::Delivered(end, last) => end == start && Some(last) == header.reply(),
        End::Lost(_) => false,
    };
    Story { request, reply: Some(reply), fate: Fate { delivered: true, answered } }
}

/// Whether a request from `start` may have this source (§1, second paragraph).
#[must_use]
pub fn may_send(network: &Network, start: Endpoint, source: IpAddr) -> bool {
    match start {
        Endpoint::Interface(interface) => network.interfaces[interface].addresses.contains(&source),
        Endpoint::LoadBalancer(_) | Endpoint::VirtualAddress(_) | Endpoint::Remote(_) => false,
        Endpoint::Internet => {
            is_public_unicast(source)
                && !network.public_addresses.iter().any(|(_, public)| public.address == source)
                && !network
                    .interfaces
                    .iter()
                    .any(|(_, interface)| interface.addresses.contains(&source))
        }
    }
}

impl Story {
    /// Returns one line for each place and end.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for (name, way) in [("request", Some(&self.request)), ("reply", self.reply.as_ref())] {
            let Some(way) = way else { continue };
            for configuration in &way.been {
                // Writing to a `String` cannot fail.
                let _ =
                    writeln!(text, "{name}: {} at {:?}", configuration.header, configuration.at);
            }
            let _ = writeln!(text, "{name}: {:?}", way.end);
        }
        text
    }
}

/// One flow under way, for one assignment of facts and choices.
struct Walk<'a> {
    network: &'a Network,
    valuation: &'a Valuation,
    choices: &'a Choices,
    pass: Pass,
    memory: Memory,
}

/// What the request left behind for the reply; the reply only reads it.
#[derive(Default)]
struct Memory {
    /// The layers that saw the request.
    saw: Vec<Layer>,
    /// The Internet gateways through which the request went out.
    went_out: Vec<InternetGatewayId>,
    /// §10: the translations on record.
    records: Vec<Record>,
}

/// A translation on record (§10).
struct Record {
    gateway: NatGatewayId,
    before: Header,
    after: Header,
}

/// What one step leads to.
enum Next {
    Go(Configuration),
    Delivered(Endpoint, Header),
    Unmodelled,
}

impl Walk<'_> {
    fn from(&mut self, start: Endpoint, header: Header) -> Way {
        let at = match start {
            Endpoint::Interface(interface) => At::Sending(interface),
            _ => At::Internet,
        };
        let mut been = Vec::new();
        let mut now = Configuration { at, header };
        loop {
            // §11. Within a pass a step is a function of the configuration, so a repeated one is a loop,
            // and the finitely many headers and places let every way end. The page counts two kinds of
            // stops and leaves out how the packet came there; see the test `a_loop_is_a_loop_either_way`.
            if been.contains(&now) {
                return Way { been, end: End::Lost(Lost::Obstacle("RoutingLoop")) };
            }
            been.push(now);
            now = match self.step(now) {
                Ok(Next::Go(next)) => next,
                Ok(Next::Delivered(end, header)) => {
                    return Way { been, end: End::Delivered(end, header) };
                }
                Ok(Next::Unmodelled) => return Way { been, end: End::Unmodelled },
                Err(lost) => return Way { been, end: End::Lost(lost) },
            };
        }
    }
}
