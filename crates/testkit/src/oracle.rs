//! The fate of one packet, and by trying every packet the answer to a question.
//!
//! Section numbers in the comments are those of `docs/forwarding.md`. The style is that of a relation:
//! a packet is in one [`Configuration`] after the other, and one function says which comes next.

mod balancer;
mod brute_force;
mod cloud_firewall;
mod delivering;
mod explore;
mod filters;
mod forwarding;
mod host_firewall;
mod open;
mod outside;
mod routing;
mod sending;
#[cfg(test)]
mod tests;
mod transit;
mod translation;
mod universe;

use std::{cell::RefCell, fmt::Write as _, net::IpAddr};

use canreach_model::{
    Across, Checkpoint, Choices, ConnectionId, Endpoint, GatewayEndpointId, InterfaceId,
    InternetGatewayId, Layer, Network, Pass, RemoteNetworkId, RouteRef, RouteTarget, SubnetId,
    TransitAttachmentId, Translator, Valuation, VpcId,
};
use canreach_net::{Header, is_public_unicast};

use open::Asked;

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
    /// §2 steps 3 to 5: at an interface that sends it on.
    SendingOn(InterfaceId),
    /// §5b: the same, in the subnet through which it comes from an attachment.
    SendingFrom(TransitAttachmentId, SubnetId, Came),
    /// §5: at the next stop, in a VPC.
    NextStop(VpcId, Stop, Came),
    /// §5a: entering a VPC.
    Entering(VpcId, Came),
    /// §5b: at a transit gateway, from an attachment.
    AtTransit(TransitAttachmentId, Came),
    /// §5c: going through a connection.
    Through(ConnectionId),
    /// §5c: sent from a network on premises.
    OnPremises(RemoteNetworkId),
    /// §6: at the owner of the destination, in a VPC, coming straight from a subnet of it.
    Delivering(VpcId, Option<SubnetId>),
    /// §6 from step 2 on: at an interface, coming straight from a subnet.
    AtInterface(InterfaceId, Option<SubnetId>),
    /// §6a: forwarded by the instance of an interface, coming straight from a subnet.
    Forwarding(InterfaceId, Option<SubnetId>),
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
    /// The interface that sent it, unless it comes from elsewhere, or from a gateway.
    pub sender: Option<InterfaceId>,
    /// The subnet it comes straight from.
    pub subnet: Option<SubnetId>,
    /// What it came into this VPC across.
    pub across: Option<Across>,
    /// Whether there was a transit gateway on its way since it was sent.
    pub through_transit: bool,
    /// The subnet that it came straight from before the first of those.
    pub before_transit: Option<SubnetId>,
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
    Walk::new(network, valuation, choices).story(start, header, to)
}
/// Whether a request from `start` may have this source (§1, second paragraph).
#[must_use]
pub fn may_send(network: &Network, start: Endpoint, source: IpAddr) -> bool {
    match start {
        Endpoint::Interface(interface) => network.interfaces[interface].addresses.contains(&source),
        Endpoint::LoadBalancer(_) | Endpoint::VirtualAddress(_) | Endpoint::Nobody => false,
        Endpoint::Remote(remote) => {
            network.remote_networks[remote].cidrs.iter().any(|block| block.contains(&source))
        }
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
    /// What the way depended on so far.
    asked: RefCell<Asked>,
    pass: Pass,
    mark: Mark,
    memory: Memory,
}

/// What a packet carries besides its header.
#[derive(Clone, Copy, Default)]
struct Mark {
    /// §§6a and 6b: an instance, or a load balancer that keeps the client's address, forwarded it on its
    /// way.
    forwarded: bool,
    /// §6b: such a load balancer sent it on by this interface, and nothing has forwarded or translated
    /// it since.
    sent_on_by: Option<InterfaceId>,
    /// §6: the load balancer that sent it on last bypasses filters.
    bypasses_filters: bool,
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
    /// §5: the gateway endpoint through which the request was delivered.
    endpoint: Option<GatewayEndpointId>,
    /// §1: the first load balancer or virtual address that the request came by.
    first: Option<Endpoint>,
}

/// A translation on record (§10).
struct Record {
    translator: Translator,
    before: Header,
    after: Header,
    /// Where a load balancer kept the client's address: whether it bypasses filters.
    keeps_client: Option<bool>,
}

/// What one step leads to.
enum Next {
    Go(Configuration),
    /// Received, by an interface, on premises or on the Internet.
    Received(Endpoint, Header),
    Unmodelled,
}

/// The stops that count for loops (§11).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Interface(InterfaceId),
    Subnet(TransitAttachmentId, SubnetId),
    Vpc(VpcId),
    Transit(TransitAttachmentId),
}

fn counted(at: At) -> Option<Counted> {
    match at {
        At::SendingOn(interface) => Some(Counted::Interface(interface)),
        At::SendingFrom(attachment, subnet, _) => Some(Counted::Subnet(attachment, subnet)),
        At::Entering(vpc, _) => Some(Counted::Vpc(vpc)),
        At::AtTransit(attachment, _) => Some(Counted::Transit(attachment)),
        At::Sending(_)
        | At::NextStop(..)
        | At::Through(_)
        | At::OnPremises(_)
        | At::Delivering(..)
        | At::AtInterface(..)
        | At::Forwarding(..)
        | At::Internet => None,
    }
}

impl<'a> Walk<'a> {
    fn new(network: &'a Network, valuation: &'a Valuation, choices: &'a Choices) -> Self {
        Self {
            network,
            valuation,
            choices,
            asked: RefCell::default(),
            pass: Pass::Request,
            mark: Mark::default(),
            memory: Memory::default(),
        }
    }

    // §1. The question.

    fn story(&mut self, start: Endpoint, header: Header, to: Endpoint) -> Story {
        let Some(at) = start_of(start) else {
            let end = End::Lost(Lost::Obstacle("NoFlowStartsHere"));
            let request = Way { been: Vec::new(), end };
            return Story { request, reply: None, fate: Fate::default() };
        };
        let (request, receiver) = self.way(at, header);
        let everything = Fate { delivered: true, answered: true };
        let nothing = Fate::default();
        let arrived = match request.end {
            End::Unmodelled => return Story { request, reply: None, fate: everything },
            End::Delivered(end, arrived) if end == to => arrived,
            End::Delivered(..) | End::Lost(_) => {
                return Story { request, reply: None, fate: nothing };
            }
        };
        // The reply answers the header as it was when it arrived.
        let delivered = Fate { delivered: true, answered: false };
        let from = receiver.and_then(|receiver| self.start_of_reply(receiver));
        let Some((answer, from)) = arrived.reply().zip(from) else {
            return Story { request, reply: None, fate: delivered };
        };
        self.pass = Pass::Reply;
        self.mark = Mark::default();
        let (reply, _) = self.way(from, answer);
        let answered = match reply.end {
            End::Unmodelled => true,
            End::Delivered(end, last) => end == start && Some(last) == header.reply(),
            End::Lost(_) => false,
        };
        Story { request, reply: Some(reply), fate: Fate { delivered: true, answered } }
    }

    /// The place from which whoever received the request replies: the Internet does not where the
    /// request was delivered through a gateway endpoint (§5).
    fn start_of_reply(&self, receiver: Endpoint) -> Option<At> {
        match (receiver, self.memory.endpoint) {
            (Endpoint::Internet, Some(e)) => {
                Some(At::Delivering(self.network.gateway_endpoints[e].vpc, None))
            }
            (other, _) => start_of(other),
        }
    }

    /// One pass, and who received the packet.
    fn way(&mut self, at: At, header: Header) -> (Way, Option<Endpoint>) {
        let mut now = Configuration { at, header };
        let mut been = Vec::new();
        let mut stops: Vec<(Counted, Header)> = Vec::new();
        loop {
            been.push(now);
            // §11. Every way that goes round comes by one of the stops that count again.
            if let Some(stop) = counted(now.at) {
                if stops.contains(&(stop, now.header)) {
                    return (Way { been, end: End::Lost(Lost::Obstacle("RoutingLoop")) }, None);
                }
                stops.push((stop, now.header));
            }
            match self.step(now) {
                Ok(Next::Go(next)) => now = next,
                Ok(Next::Received(receiver, header)) => {
                    let end = match self.pass {
                        Pass::Request => self.memory.first.unwrap_or(receiver),
                        Pass::Reply => receiver,
                    };
                    return (Way { been, end: End::Delivered(end, header) }, Some(receiver));
                }
                Ok(Next::Unmodelled) => return (Way { been, end: End::Unmodelled }, None),
                Err(lost) => return (Way { been, end: End::Lost(lost) }, None),
            }
        }
    }

    fn step(&mut self, Configuration { at, header }: Configuration) -> Step {
        match at {
            At::Sending(interface) => self.sending(interface, header),
            At::SendingOn(interface) => self.sending_on(interface, header),
            At::SendingFrom(_, subnet, came) => self.sending_from(subnet, came, header),
            At::NextStop(vpc, stop, came) => self.next_stop(vpc, stop, came, header),
            At::Entering(vpc, came) => self.entering(vpc, came, header),
            At::AtTransit(attachment, came) => self.at_transit(attachment, came, header),
            At::Through(connection) => self.through(connection, header),
            At::OnPremises(remote) => self.on_premises(remote, header),
            At::Delivering(vpc, from) => self.delivering(vpc, from, header),
            At::AtInterface(interface, from) => self.at_interface(interface, from, header),
            At::Forwarding(interface, from) => self.forwarding(interface, from, header),
            At::Internet => self.internet(header),
        }
    }
}

fn start_of(end: Endpoint) -> Option<At> {
    match end {
        Endpoint::Interface(interface) => Some(At::Sending(interface)),
        Endpoint::Remote(remote) => Some(At::OnPremises(remote)),
        Endpoint::Internet => Some(At::Internet),
        Endpoint::LoadBalancer(_) | Endpoint::VirtualAddress(_) | Endpoint::Nobody => None,
    }
}

type Step = Result<Next, Lost>;

fn obstacle<T>(name: &'static str) -> Result<T, Lost> {
    Err(Lost::Obstacle(name))
}

#[expect(clippy::unnecessary_wraps, reason = "a step that nothing stops reads like the others")]
fn go(at: At, header: Header) -> Step {
    Ok(Next::Go(Configuration { at, header }))
}
