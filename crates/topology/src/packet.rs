//! All packets that are at one place with one history: what exploration moves about.

use std::{collections::BTreeSet, rc::Rc};

use canreach_model::{
    Across, Checkpoint, Endpoint, GatewayEndpointId, InterfaceId, InternetGatewayId, Layer,
    Network, Obstacle, Pass, Place, RemoteNetworkId, RouteRef, SubnetId, TransitAttachmentId,
    TransitRouteRef, Translator, VpcId,
};
use petgraph::graph::NodeIndex;

use crate::{AddressView, Crossing, Guard, HeaderSet, HeaderView, Step};

/// A translation on record: the header before and after it (`docs/forwarding.md` §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) translator: Translator,
    pub(crate) before: HeaderView,
    pub(crate) after: HeaderView,
    /// Where the reply to it goes back to the load balancer without a look at any route.
    pub(crate) comes_back: Option<ComesBack>,
}

/// How the reply to a translation that kept the client's address goes back to its load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ComesBack {
    /// The interface of the load balancer.
    pub(crate) interface: InterfaceId,
    /// Whether the filters of the target judge it.
    pub(crate) filtered: bool,
}

/// Where packets were received, and where the replies to them begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    Interface(InterfaceId),
    Remote(RemoteNetworkId),
    Internet,
    /// On the Internet, through a gateway endpoint.
    Service(GatewayEndpointId),
}

impl Receiver {
    /// Returns the end at which packets are when they were received here.
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Interface(id) => Endpoint::Interface(id),
            Self::Remote(id) => Endpoint::Remote(id),
            Self::Internet | Self::Service(_) => Endpoint::Internet,
        }
    }
}

/// A stop that counts for loops (§11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Sent on from an interface.
    Sent(InterfaceId),
    /// Sent on from a subnet of an attachment.
    SentFrom(TransitAttachmentId, SubnetId),
    /// Entering a VPC.
    Entering(VpcId),
    /// At a transit gateway, from an attachment.
    Transit(TransitAttachmentId),
}

/// The steps of packets so far. Packets that were divided share those before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    last: Option<Rc<Link>>,
}

/// A step, and those before it.
#[derive(Clone, Debug)]
struct Link {
    step: Step,
    before: Option<Rc<Link>>,
}

impl Steps {
    fn push(&mut self, step: Step) {
        let before = self.last.take();
        self.last = Some(Rc::new(Link { step, before }));
    }

    /// Returns the last step, for these packets alone.
    fn last_mut(&mut self) -> Option<&mut Step> {
        self.last.as_mut().map(|link| &mut Rc::make_mut(link).step)
    }

    /// Returns the steps, the last one first.
    pub(crate) fn backwards(&self) -> impl Iterator<Item = &Step> {
        std::iter::successors(self.last.as_deref(), |link| link.before.as_deref())
            .map(|link| &link.step)
    }

    /// Returns the steps in order; those that no other packets share are not copied.
    pub(crate) fn in_order(self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.backwards().count());
        let mut last = self.last;
        while let Some(link) = last {
            let Link { step, before } = Rc::unwrap_or_clone(link);
            steps.push(step);
            last = before;
        }
        steps.reverse();
        steps
    }
}

/// The packets of a guard, on their way. What grows on the way is shared among those that were divided.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) pass: Pass,
    pub(crate) header: HeaderView,
    pub(crate) guard: Rc<Guard>,
    pub(crate) steps: Steps,
    /// The subnet they come straight from.
    pub(crate) from_subnet: Option<SubnetId>,
    /// What they came into the VPC they are in across, until an interface sends them on.
    pub(crate) across: Option<Across>,
    /// Whether they have been at a transit gateway since they were last sent.
    pub(crate) in_transit: bool,
    /// The subnet that they came straight from before the first of these, if it was one.
    pub(crate) before_transit: Option<SubnetId>,
    /// The interface that last sent them.
    pub(crate) sender: Option<InterfaceId>,
    /// Whether an instance, or a load balancer that keeps the client's address, has forwarded them.
    pub(crate) forwarded: bool,
    /// The interface of such a load balancer that sent them on, until they are forwarded or
    /// translated again.
    pub(crate) sent_on_by: Option<InterfaceId>,
    /// Whether a load balancer sent them on past the filters of their target.
    pub(crate) bypasses: bool,
    /// The load balancer or virtual address they came by first.
    pub(crate) by_way_of: Option<Endpoint>,
    /// Where they were received, once they were.
    pub(crate) received: Option<Receiver>,
    /// Layers that saw the request.
    pub(crate) saw: Rc<BTreeSet<Layer>>,
    /// Internet gateways that the request went out through.
    pub(crate) gateways: Rc<BTreeSet<InternetGatewayId>>,
    /// Translations the request left behind.
    pub(crate) records: Rc<Vec<Record>>,
    /// Stops already made in this pass.
    pub(crate) visited: Rc<Vec<(Stop, HeaderView)>>,
    /// Obstacles taken as removed so far, on the way there too.
    pub(crate) mended: Rc<Vec<Obstacle>>,
    /// Senders without a public address that were lent [`crate::repair::LENT`], in
    /// [`crate::Mode::Repaired`]: the VPC, and the private address.
    pub(crate) lent: Rc<Vec<(VpcId, AddressView)>>,
}

impl Packet {
    /// The request packets with these headers, before their first step.
    pub(crate) fn new(headers: HeaderSet) -> Self {
        Self {
            pass: Pass::Request,
            header: HeaderView::ORIGINAL,
            guard: Rc::new(Guard { headers, conditions: Vec::new(), picks: Vec::new() }),
            steps: Steps::default(),
            from_subnet: None,
            across: None,
            in_transit: false,
            before_transit: None,
            sender: None,
            forwarded: false,
            sent_on_by: None,
            bypasses: false,
            by_way_of: None,
            received: None,
            saw: Rc::default(),
            gateways: Rc::default(),
            records: Rc::default(),
            visited: Rc::default(),
            mended: Rc::default(),
            lent: Rc::default(),
        }
    }

    /// The replies to these packets, which have just arrived, before their first step.
    pub(crate) fn reply(&self) -> Self {
        Self {
            pass: Pass::Reply,
            header: self.header.reply(),
            steps: Steps::default(),
            from_subnet: None,
            across: None,
            in_transit: false,
            before_transit: None,
            sender: None,
            forwarded: false,
            sent_on_by: None,
            bypasses: false,
            by_way_of: None,
            received: None,
            visited: Rc::default(),
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
            Rc::make_mut(&mut self.saw).insert(layer);
        }
        let crossing = Crossing {
            checkpoint,
            header: self.header,
            as_reply: known && stateful,
            known,
            forwarded: self.forwarded,
            sent_on_by: self.sent_on_by,
        };
        if let Some(step) = self.steps.last_mut() {
            step.crossings.push(crossing);
        }
    }

    /// Records the route taken from the place they are at.
    pub(crate) fn took(&mut self, route: RouteRef) {
        if let Some(step) = self.steps.last_mut() {
            step.route = Some(route);
        }
    }

    /// Whether an obstacle is a setting that was taken as removed already, on the way there or before.
    pub(crate) fn has_mended(&self, obstacle: Obstacle) -> bool {
        is_setting(obstacle) && self.mended.contains(&obstacle)
    }

    /// Records that an obstacle at the place they are at is taken as removed. A setting that was
    /// mended on the way there is mended on the way back.
    pub(crate) fn assume(&mut self, obstacle: Obstacle) {
        if self.has_mended(obstacle) {
            return;
        }
        Rc::make_mut(&mut self.mended).push(obstacle);
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

    /// Records the route that a transit gateway took.
    pub(crate) fn took_transit(&mut self, route: TransitRouteRef) {
        if let Some(step) = self.steps.last_mut() {
            step.transit_route = Some(route);
        }
    }

    /// Remembers where they come to a transit gateway from, if it is the first on their way.
    pub(crate) fn come_to_transit(&mut self) {
        if !self.in_transit {
            self.in_transit = true;
            self.before_transit = self.from_subnet;
        }
    }

    /// Whether they make this stop for the second time with one header.
    pub(crate) fn is_loop(&mut self, stop: Stop) -> bool {
        let stop = (stop, self.header);
        if self.visited.contains(&stop) {
            return true;
        }
        Rc::make_mut(&mut self.visited).push(stop);
        false
    }

    /// Rewrites the header, and puts the translation of a request on record.
    pub(crate) fn translate(
        &mut self,
        translator: Translator,
        after: HeaderView,
        comes_back: Option<ComesBack>,
    ) {
        if self.pass == Pass::Request {
            let record = Record { translator, before: self.header, after, comes_back };
            Rc::make_mut(&mut self.records).push(record);
        }
        self.sent_on_by = None;
        self.rewrite(after);
    }

    /// Remembers that the request came by a load balancer or virtual address; the first counts.
    pub(crate) fn come_by(&mut self, endpoint: Endpoint) {
        if self.pass == Pass::Request {
            self.by_way_of.get_or_insert(endpoint);
        }
    }
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
            | Obstacle::NotAttached(..)
            | Obstacle::NotInZone(..)
            | Obstacle::NotAssociated(_)
            | Obstacle::ConnectionDown(_)
            | Obstacle::SourceDestCheck(_)
            | Obstacle::NotForwarding(_)
    )
}
