//! What the network remembers of the request while its reply is on the way (§§7 to 10).
//!
//! Only the request is remembered, and only the reply profits from it: every method here keeps to
//! that by itself, so that no stage has to ask which of the two it is looking at.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{InterfaceId, InternetGatewayId, Layer, LoadBalancerId, Pass, Translator};
use canreach_net::Header;

/// What layers and gateways remember.
#[derive(Debug)]
pub(crate) struct State {
    pass: Pass,
    /// The layers that judged the request and let it through.
    layers: BTreeSet<Layer>,
    /// The Internet gateways through which the request went out.
    gateways: BTreeSet<InternetGatewayId>,
    /// The translations on record (§10), in the form in which the reply asks for them: the answer
    /// to the header after a translation, and what it becomes, the answer to the header before.
    answers: BTreeMap<(Translator, Header), Header>,
    /// The translations on record at load balancers that keep the client's address, by the answer
    /// to the header after; the first that gave it counts.
    kept_clients: BTreeMap<Header, KeptClient>,
}

/// Where the reply to a request goes whose client's address a load balancer kept (§2 step 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptClient {
    /// The load balancer.
    pub(crate) balancer: LoadBalancerId,
    /// Its interface.
    pub(crate) interface: InterfaceId,
    /// Whether the listener bypasses the filters of the target.
    pub(crate) bypasses_filters: bool,
}

impl State {
    /// The state in which the request sets out.
    pub(crate) fn new() -> Self {
        Self {
            pass: Pass::Request,
            layers: BTreeSet::new(),
            gateways: BTreeSet::new(),
            answers: BTreeMap::new(),
            kept_clients: BTreeMap::new(),
        }
    }

    /// Turns to the reply.
    pub(crate) fn begin_reply(&mut self) {
        self.pass = Pass::Reply;
    }

    /// Which packet is on the way.
    pub(crate) fn pass(&self) -> Pass {
        self.pass
    }

    /// Whether the request is on the way.
    pub(crate) fn is_request(&self) -> bool {
        match self.pass {
            Pass::Request => true,
            Pass::Reply => false,
        }
    }

    /// Notes that a layer let the packet through.
    pub(crate) fn passed_layer(&mut self, layer: Layer) {
        if self.is_request() {
            self.layers.insert(layer);
        }
    }

    /// Whether this is the reply to a request that the layer saw.
    pub(crate) fn is_reply_seen_by(&self, layer: Layer) -> bool {
        !self.is_request() && self.layers.contains(&layer)
    }

    /// Notes that the packet went out through an Internet gateway.
    pub(crate) fn went_out(&mut self, gateway: InternetGatewayId) {
        if self.is_request() {
            self.gateways.insert(gateway);
        }
    }

    /// Whether this is the reply to a request that went out through the gateway.
    pub(crate) fn is_reply_to_what_went_out(&self, gateway: InternetGatewayId) -> bool {
        !self.is_request() && self.gateways.contains(&gateway)
    }

    /// Puts a translation on record (§10).
    pub(crate) fn record(&mut self, at: Translator, before: &Header, after: &Header) {
        // A message without an answer leaves nothing that a reply could use.
        if self.is_request()
            && let (Some(to_after), Some(to_before)) = (after.reply(), before.reply())
        {
            self.answers.entry((at, to_after)).or_insert(to_before);
        }
    }

    /// Returns what the packet becomes, where it is the reply to the result of a translation on
    /// record there (§10).
    pub(crate) fn answer_on_record(&self, at: Translator, packet: &Header) -> Option<Header> {
        if self.is_request() {
            return None;
        }
        self.answers.get(&(at, *packet)).copied()
    }

    /// Notes that a load balancer kept the client's address in what it sent on.
    pub(crate) fn keep_client(&mut self, kept: KeptClient, after: &Header) {
        if self.is_request()
            && let Some(answer) = after.reply()
        {
            self.kept_clients.entry(answer).or_insert(kept);
        }
    }

    /// Returns to which load balancer the packet goes back, where it is the reply to a request whose
    /// client's address one kept (§2 step 0).
    pub(crate) fn kept_client(&self, packet: &Header) -> Option<KeptClient> {
        if self.is_request() {
            return None;
        }
        self.kept_clients.get(packet).copied()
    }
}
