//! What the network remembers of the request while its reply is on the way (§§7 to 10).
//!
//! Only the request is remembered, and only the reply profits from it: every method here keeps to
//! that by itself, so that no stage has to ask which of the two it is looking at.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{InternetGatewayId, Layer, NatGatewayId, Pass};
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
    answers: BTreeMap<(NatGatewayId, Header), Header>,
}

impl State {
    /// The state in which the request sets out.
    pub(crate) fn new() -> Self {
        Self {
            pass: Pass::Request,
            layers: BTreeSet::new(),
            gateways: BTreeSet::new(),
            answers: BTreeMap::new(),
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

    fn is_request(&self) -> bool {
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
    pub(crate) fn record(&mut self, gateway: NatGatewayId, before: &Header, after: &Header) {
        // A message without an answer leaves nothing that a reply could use.
        if self.is_request()
            && let (Some(to_after), Some(to_before)) = (after.reply(), before.reply())
        {
            self.answers.entry((gateway, to_after)).or_insert(to_before);
        }
    }

    /// Returns what the packet becomes, where it is the reply to the result of a translation on
    /// record at the gateway (§10).
    pub(crate) fn answer_on_record(
        &self,
        gateway: NatGatewayId,
        packet: &Header,
    ) -> Option<Header> {
        if self.is_request() {
            return None;
        }
        self.answers.get(&(gateway, *packet)).copied()
    }
}
