//! The round trip, the steps of one packet, and loops (§§1, 11).

use std::collections::BTreeSet;

use canreach_model::{
    Checkpoint, Choices, Direction, Endpoint, InterfaceId, Layer, Network, Obstacle, PeeringId,
    Place, RouteRef, SubnetId, Valuation, VpcId,
};
use canreach_net::Header;

use crate::{
    filter::{self, Judged},
    matching::Packet,
    state::State,
    trace::{Decision, End, Flow, Hop, Outcome, RoundTrip, Trace},
};

/// Walks a request to where it ends, and the reply, if there is one, back from there.
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
    let world = World { network, valuation, choices };
    let mut state = State::new();
    let request = Walk::new(world, &mut state, flow.header).run(flow.start);
    state.begin_reply();
    let reply = reply_from(&request).map(|(from, header)| {
        let trace = Walk::new(world, &mut state, header).run(from);
        refuse_what_is_no_answer(trace, flow)
    });
    RoundTrip { to, request, reply }
}

/// Returns where the reply starts and its header: it answers the header as it arrived (§1).
fn reply_from(request: &Trace) -> Option<(Endpoint, Header)> {
    match request.end {
        End::Delivered(at) => Some((at, request.last_header()?.reply()?)),
        End::Denied(_) | End::Stopped(_) | End::Unmodelled { .. } => None,
    }
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
    pub(crate) valuation: &'a Valuation,
    pub(crate) choices: &'a Choices,
}

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    /// To the router, from an interface and past its security groups (§2 steps 3 to 5).
    SentOn(InterfaceId),
    /// Into a VPC from a peering or a NAT gateway (§5a).
    Entering(VpcId),
    /// To the owner of the destination in a VPC (§6).
    Owner(VpcId),
    /// To the Internet (§9).
    Internet,
}

/// What a step leads to: another stop, or the end of the way.
pub(crate) type Step = Result<Stop, End>;

/// From where a packet came to the place where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Straight from an interface in the subnet (§2 step 5).
    FromSubnet(SubnetId),
    /// Across a peering.
    AcrossPeering(PeeringId),
    /// From the Internet, or from a NAT gateway at the VPC.
    FromOutside,
}

/// One packet on its way.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) world: World<'a>,
    pub(crate) state: &'a mut State,
    /// The header as it is now.
    pub(crate) header: Header,
    pub(crate) came: Came,
    /// The interface that sent it last.
    pub(crate) sender: Option<InterfaceId>,
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
            sender: None,
            hops: Vec::new(),
            routed: BTreeSet::new(),
        }
    }

    /// Walks from an end to wherever the packet ends.
    fn run(mut self, from: Endpoint) -> Trace {
        let mut next = match from {
            Endpoint::Interface(interface) => self.send(interface),
            Endpoint::Internet
            | Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Remote(_) => Ok(Stop::Internet),
        };
        let end = loop {
            match next {
                Ok(stop) => next = self.advance(stop),
                Err(end) => break end,
            }
        };
        Trace { hops: self.hops, end }
    }

    fn advance(&mut self, stop: Stop) -> Step {
        match stop {
            Stop::SentOn(interface) => {
                self.refuse_loop(stop, self.world.network.vpc_of(interface))?;
                self.send_on(interface)
            }
            Stop::Entering(vpc) => {
                self.refuse_loop(stop, vpc)?;
                self.enter(vpc)
            }
            Stop::Owner(vpc) => self.deliver(vpc),
            Stop::Internet => self.cross_internet(),
        }
    }

    /// §11. Every way that goes round is sent on from one interface, or enters one VPC, again and
    /// again; it is enough to look there.
    fn refuse_loop(&mut self, stop: Stop, vpc: VpcId) -> Result<(), End> {
        if self.routed.insert((stop, self.header)) {
            Ok(())
        } else {
            Err(End::Stopped(Obstacle::RoutingLoop(Place::Router(vpc))))
        }
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

    /// Notes the route that the router took at which the packet is.
    pub(crate) fn take_route(&mut self, route: RouteRef) {
        if let Some(hop) = self.hops.last_mut() {
            hop.route = Some(route);
        }
    }

    /// Gives the packet another header, with which it leaves the place where it is.
    pub(crate) fn rewrite(&mut self, header: Header) {
        self.header = header;
        if let Some(hop) = self.hops.last_mut() {
            hop.header = header;
        }
    }

    /// Lets a layer judge the packet where it is.
    pub(crate) fn check(&mut self, layer: Layer, direction: Direction) -> Result<(), End> {
        let checkpoint = Checkpoint { layer, direction };
        let judged = Judged {
            packet: Packet::from(self.header),
            pass: self.state.pass(),
            saw: self.state.is_reply_seen_by(layer),
        };
        let outcome = filter::decide(self.world.network, checkpoint, judged, self.world.valuation);
        self.note(checkpoint, outcome);
        if outcome.passes() {
            self.state.passed_layer(layer);
            Ok(())
        } else {
            Err(End::Denied(checkpoint))
        }
    }

    /// Lets the ACL of a subnet judge the packet, where there is one and the packet crosses the
    /// subnet's edge or the profile filters inside too (§§2, 5, 6).
    pub(crate) fn check_acl(
        &mut self,
        subnet: SubnetId,
        direction: Direction,
        stays_inside: bool,
    ) -> Result<(), End> {
        let network = self.world.network;
        let Some(acl) = network.subnets[subnet].network_acl else { return Ok(()) };
        let layer = Layer::NetworkAcl(acl, subnet);
        let profile = &network.vpcs[network.subnets[subnet].vpc].profile.network_acl;
        if stays_inside && !profile.filters_inside_subnet {
            self.note(Checkpoint { layer, direction }, Outcome::SameSubnet);
            return Ok(());
        }
        self.check(layer, direction)
    }

    fn note(&mut self, checkpoint: Checkpoint, outcome: Outcome) {
        let decision = Decision { checkpoint, header: self.header, outcome };
        if let Some(hop) = self.hops.last_mut() {
            hop.decisions.push(decision);
        }
    }
}
