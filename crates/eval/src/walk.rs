//! The round trip, the steps of one packet, and loops (§§1, 11).

use std::collections::BTreeSet;

use canreach_model::{
    Across, Checkpoint, Choices, Endpoint, FactId, GatewayEndpointId, InterfaceId, InterfaceOwner,
    Network, Obstacle, Place, RemoteNetworkId, RouteRef, SubnetId, TransitAttachmentId,
    TransitRouteRef, Valuation, VpcId,
};
use canreach_net::Header;

use crate::{
    owners::{Index, Owners},
    state::State,
    trace::{Decision, End, Flow, Hop, Outcome, RoundTrip, Trace},
};

/// Walks a request to where it ends, and the reply, if there is one, back from there; for many walks
/// keep an [`Evaluator`].
///
/// The question is whether the request ends at `to`. `valuation` decides what the input leaves
/// open, `choices` what the network picks by itself.
pub fn round_trip(
    network: &Network,
    flow: &Flow,
    to: Endpoint,
    valuation: &Valuation,
    choices: &Choices,
) -> RoundTrip {
    let world = World { network, owners: network.into(), valuation, choices };
    there_and_back(world, flow, to)
}

/// A network with an index of who has which address, so that a walk's cost does not depend on how
/// many interfaces there are.
#[derive(Clone, Debug)]
pub struct Evaluator<'n> {
    network: &'n Network,
    index: Index,
}

impl<'n> Evaluator<'n> {
    /// Prepares a network.
    #[must_use]
    pub fn new(network: &'n Network) -> Self {
        Self { network, index: Index::of(network) }
    }

    /// Walks as [`round_trip`] does, with the same result.
    pub fn round_trip(
        &self,
        flow: &Flow,
        to: Endpoint,
        valuation: &Valuation,
        choices: &Choices,
    ) -> RoundTrip {
        let owners = Owners::listed(self.network, &self.index);
        there_and_back(World { network: self.network, owners, valuation, choices }, flow, to)
    }
}

/// Walks the request and the reply to it.
fn there_and_back(world: World<'_>, flow: &Flow, to: Endpoint) -> RoundTrip {
    let mut state = State::new();
    let (request, receiver) = Walk::new(world, &mut state, flow.header).run(starts_at(flow));
    state.begin_reply();
    // The reply answers the header as it arrived (§1).
    let header = request.last_header().and_then(|header| header.reply());
    let reply = receiver.zip(header).map(|(from, header)| {
        let (trace, _) = Walk::new(world, &mut state, header).run(Ok(from));
        refuse_what_is_no_answer(trace, flow)
    });
    RoundTrip { to, request, reply }
}

/// A reply that ends elsewhere, or with another header than the answer to the original one, is none
/// (§1).
fn refuse_what_is_no_answer(trace: Trace, flow: &Flow) -> Trace {
    let is_answer = |at| at == flow.start && trace.last_header() == flow.header.reply();
    match trace.end {
        End::Delivered(at) if !is_answer(at) => {
            Trace { end: End::Stopped(Obstacle::ReplyChanged), ..trace }
        }
        End::Delivered(_) | End::Denied(_) | End::Stopped(_) | End::Unmodelled { .. } => trace,
    }
}

/// What does not change while packets walk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World<'a> {
    pub(crate) network: &'a Network,
    pub(crate) owners: Owners<'a>,
    pub(crate) valuation: &'a Valuation,
    pub(crate) choices: &'a Choices,
}

/// Who sends a request or its reply, or receives a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    /// Whatever is plugged into an interface.
    Interface(InterfaceId),
    /// A machine on premises.
    Remote(RemoteNetworkId),
    /// A machine on the Internet.
    Internet,
    /// A service of the provider, behind a gateway endpoint.
    Service(GatewayEndpointId),
}

/// Returns who sends a flow. None start at load balancers, virtual addresses and nobody (Words);
/// one that is asked for all the same gets nowhere.
fn starts_at(flow: &Flow) -> Result<Party, Obstacle> {
    match flow.start {
        Endpoint::Interface(interface) => Ok(Party::Interface(interface)),
        Endpoint::Remote(remote) => Ok(Party::Remote(remote)),
        Endpoint::Internet => Ok(Party::Internet),
        Endpoint::LoadBalancer(balancer) => Err(Obstacle::NoListener(balancer)),
        Endpoint::VirtualAddress(address) => Err(Obstacle::NobodyHolds(address)),
        Endpoint::Nobody => Err(Obstacle::NotRoutedOnInternet(flow.header.source)),
    }
}

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    /// To the router, from an interface and past its security groups (§2 steps 3 to 5).
    SentOn(InterfaceId),
    /// To the router, from a subnet of an attachment (§5b).
    SentOnFrom(SubnetId),
    /// Into a VPC, at its edge (§5a).
    Entering(VpcId),
    /// To the owner of the destination in a VPC (§6).
    Owner(VpcId),
    /// To a transit gateway, from one of its attachments (§5b).
    Transit(TransitAttachmentId),
    /// To the Internet (§9).
    Internet,
}

/// What a step leads to: another stop, or the end of the way.
pub(crate) type Step = Result<Stop, End>;

/// From where a packet came to the place where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Straight from an interface in the subnet (§2 step 5), or as if from one (§5b).
    FromSubnet(SubnetId),
    /// From another network, or from a gateway at the VPC.
    FromOutside,
}

/// The subnet that a packet came straight from to the first transit gateway since it was sent (§5b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstTransit {
    /// There was no transit gateway yet.
    Ahead,
    /// From there, where it came straight from a subnet.
    From(Option<SubnetId>),
}

/// One packet on its way.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) world: World<'a>,
    pub(crate) state: &'a mut State,
    /// The header as it is now.
    pub(crate) header: Header,
    pub(crate) came: Came,
    /// What it came across into the VPC where it is.
    pub(crate) across: Option<Across>,
    pub(crate) first_transit: FirstTransit,
    /// The interface that sent it last.
    pub(crate) sender: Option<InterfaceId>,
    /// Whether an instance, or a load balancer that keeps the client's address, forwarded it
    /// (§§6a, 6b).
    pub(crate) forwarded: bool,
    /// The interface of the load balancer that forwarded it, until something else forwards or
    /// translates it (§6b).
    pub(crate) sent_on_by: Option<InterfaceId>,
    /// Whether the load balancer that sent it on bypasses the filters of its target (§6).
    pub(crate) bypasses: bool,
    /// The load balancer or virtual address that it came by first, where it ends then (§1).
    front: Option<Endpoint>,
    /// Who received it.
    receiver: Option<Party>,
    hops: Vec<Hop>,
    /// Where it was routed before, with which header (§11).
    routed: BTreeSet<(Stop, Header)>,
}

impl<'a> Walk<'a> {
    fn new(world: World<'a>, state: &'a mut State, header: Header) -> Self {
        Self {
            world,
            state,
            header,
            came: Came::FromOutside,
            across: None,
            first_transit: FirstTransit::Ahead,
            sender: None,
            forwarded: false,
            sent_on_by: None,
            bypasses: false,
            front: None,
            receiver: None,
            hops: Vec::new(),
            routed: BTreeSet::new(),
        }
    }

    /// Walks to wherever the packet ends; returns who received it there, too.
    fn run(mut self, from: Result<Party, Obstacle>) -> (Trace, Option<Party>) {
        let mut next = from.map_err(End::Stopped).and_then(|from| self.set_out(from));
        let end = loop {
            match next {
                Ok(stop) => next = self.advance(stop),
                Err(end) => break end,
            }
        };
        (Trace { hops: self.hops, end }, self.receiver)
    }

    fn set_out(&mut self, from: Party) -> Step {
        match from {
            Party::Interface(interface) => self.send(interface),
            Party::Remote(remote) => self.send_from_premises(remote),
            Party::Internet => Ok(Stop::Internet),
            Party::Service(endpoint) => {
                // §5, gateway endpoint: not by way of the Internet.
                self.arrive(Place::GatewayEndpoint(endpoint));
                Ok(Stop::Owner(self.world.network.gateway_endpoints[endpoint].vpc))
            }
        }
    }

    fn advance(&mut self, stop: Stop) -> Step {
        let network = self.world.network;
        match stop {
            Stop::SentOn(interface) => {
                self.refuse_loop(stop, Place::Router(network.vpc_of(interface)))?;
                self.send_on(interface)
            }
            Stop::SentOnFrom(subnet) => {
                self.refuse_loop(stop, Place::Router(network.subnets[subnet].vpc))?;
                self.send_on_from(subnet)
            }
            Stop::Entering(vpc) => {
                self.refuse_loop(stop, Place::Router(vpc))?;
                self.enter(vpc)
            }
            Stop::Transit(attachment) => {
                let gateway = network.transit_attachments[attachment].gateway;
                self.refuse_loop(stop, Place::TransitGateway(gateway))?;
                self.pass_transit(attachment)
            }
            Stop::Owner(vpc) => self.deliver(vpc),
            Stop::Internet => self.cross_internet(),
        }
    }

    /// §11. Every way that goes round comes by one of these stops again and again; it is enough to
    /// look there.
    fn refuse_loop(&mut self, stop: Stop, place: Place) -> Result<(), End> {
        if self.routed.insert((stop, self.header)) {
            Ok(())
        } else {
            Err(End::Stopped(Obstacle::RoutingLoop(place)))
        }
    }

    /// §1: a request that comes by a load balancer's translation, or by the holder of a virtual
    /// address, ends there, if anywhere.
    pub(crate) fn come_by(&mut self, front: Endpoint) {
        if self.state.is_request() {
            self.front.get_or_insert(front);
        }
    }

    /// The packet is received, at an end of its way.
    pub(crate) fn receive(&mut self, receiver: Party, end: Endpoint) -> Step {
        self.receiver = Some(receiver);
        Err(End::Delivered(self.front.unwrap_or(end)))
    }

    /// Notes that the packet is at a place now.
    pub(crate) fn arrive(&mut self, place: Place) {
        self.hops.push(Hop {
            place,
            header: self.header,
            decisions: Vec::new(),
            route: None,
            transit_route: None,
        });
    }

    /// Notes that the packet is at an interface now.
    pub(crate) fn arrive_at(&mut self, interface: InterfaceId) {
        self.arrive(match self.world.network.interfaces[interface].owner {
            InterfaceOwner::NatGateway(gateway) => Place::NatGateway(gateway),
            InterfaceOwner::LoadBalancer(balancer) => Place::LoadBalancer(balancer),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => Place::Interface(interface),
        });
    }

    /// Notes the route that the router took at which the packet is.
    pub(crate) fn take_route(&mut self, route: RouteRef) {
        if let Some(hop) = self.hops.last_mut() {
            hop.route = Some(route);
        }
    }

    /// Notes the route that the transit gateway took at which the packet is.
    pub(crate) fn take_transit_route(&mut self, route: TransitRouteRef) {
        if let Some(hop) = self.hops.last_mut() {
            hop.transit_route = Some(route);
        }
    }

    /// Gives the packet another header, with which it leaves the place where it is.
    pub(crate) fn rewrite(&mut self, header: Header) {
        self.header = header;
        if let Some(hop) = self.hops.last_mut() {
            hop.header = header;
        }
    }

    /// The packet is where the input describes nothing; the fact says whether that delivers it (§5).
    pub(crate) fn leave_the_model(&mut self, fact: FactId) -> Step {
        Err(End::Unmodelled { fact, delivered: self.world.valuation.is_true(fact) })
    }

    /// Notes what a layer decided at the place where the packet is.
    pub(crate) fn note(&mut self, checkpoint: Checkpoint, outcome: Outcome) {
        let decision = Decision { checkpoint, header: self.header, outcome };
        if let Some(hop) = self.hops.last_mut() {
            hop.decisions.push(decision);
        }
    }
}
