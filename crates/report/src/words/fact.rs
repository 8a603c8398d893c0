//! What the input leaves open, what the network chooses, and what else to know.

use std::net::IpAddr;

use canreach_model::{
    AttachedTo, BalancerTarget, Choices, Chooser, Endpoint, LoadBalancerId, NatGatewayId,
    NatPlacement, Pass, TransitAttachmentId,
};
use canreach_query::{Answer, DecidingFact, Warning};

use super::{Named, Words, decision::Told};

/// One thing that the network picked by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The id of what picked.
    pub(crate) object: String,
    /// The source port it picked.
    pub(crate) port: Option<u16>,
    /// Which of several it picked, counted from 1.
    pub(crate) number: Option<usize>,
    /// All of it as a phrase.
    pub(crate) text: String,
}

impl<'n> Words<'n> {
    /// Returns what must hold for a flow to pass: a fact, or that it is not so.
    pub(crate) fn deciding(self, deciding: DecidingFact) -> Told {
        let fact = &self.network.facts[deciding.fact];
        let text = if deciding.value {
            fact.statement.clone()
        } else {
            format!("it is not so that {}", fact.statement)
        };
        // Why a fact exists although nobody wrote it, its sentence says.
        let written = fact.origin.span().is_some();
        Told { text, source: written.then(|| self.source(&fact.origin, None)) }
    }

    pub(crate) fn choices(self, choices: &Choices) -> Vec<Choice> {
        let ports = choices.ports.iter().map(|(translator, port)| {
            let translator = self.translator(*translator);
            Choice {
                object: translator.meta.id.clone(),
                port: Some(*port),
                number: None,
                text: format!("{} picks source port {port}", translator.words()),
            }
        });
        let picks = choices.picks.iter().map(|(chooser, index)| {
            let (object, text) = self.pick(*chooser, *index);
            let number = Some(index.saturating_add(1));
            Choice { object: object.meta.id.clone(), port: None, number, text }
        });
        ports.chain(picks).collect()
    }

    /// Returns what made a choice among several, and which it made.
    fn pick(self, chooser: Chooser, index: usize) -> (Named<'n>, String) {
        let number = index.saturating_add(1);
        match chooser {
            Chooser::SourceTranslation(id) => {
                let gateway = self.nat_gateway(id);
                let address = self
                    .own_address(id, index)
                    .map_or(format!("the address number {number} of its translation"), |address| {
                        format!("its address {address}")
                    });
                (gateway, format!("{} picks {address}", gateway.words()))
            }
            Chooser::AttachmentSubnet(id, pass) => {
                let attachment = self.transit_attachment(id);
                let subnet = self.attachment_subnet(id, index);
                let which = match pass {
                    Pass::Request => "the request",
                    Pass::Reply => "the reply",
                };
                (attachment, format!("{which} goes through {subnet} of {}", attachment.words()))
            }
            Chooser::ApplianceSubnet(id) => {
                let attachment = self.transit_attachment(id);
                let subnet = self.attachment_subnet(id, index);
                let text = format!("what comes by {} enters {subnet}", attachment.words());
                (attachment, text)
            }
            Chooser::Target(id, listener) => {
                let balancer = self.load_balancer(id);
                let target = self
                    .balancer_target(id, listener, index)
                    .map_or(format!("number {number}"), |address| address.to_string());
                (balancer, format!("{} picks target {target}", balancer.words()))
            }
            Chooser::Holder(id) => {
                let address = self.virtual_address(id);
                let holder = self.network.virtual_addresses[id].interfaces.get(index);
                let holder = holder.map_or("another", |holder| self.machine_name(*holder));
                (address, format!("{} is held by {holder}", address.words()))
            }
        }
    }

    /// Returns the address that a NAT gateway in a subnet picks, by the pick's number.
    fn own_address(self, gateway: NatGatewayId, index: usize) -> Option<IpAddr> {
        let interface = match self.network.nat_gateways[gateway].placement {
            NatPlacement::Subnet(interface) => interface,
            NatPlacement::Vpc => return None,
        };
        let own = self.network.interfaces[interface].addresses.iter().copied();
        own.filter(IpAddr::is_ipv4).nth(index)
    }

    /// Returns the subnet through which packets go, by the pick's number.
    fn attachment_subnet(self, attachment: TransitAttachmentId, index: usize) -> String {
        let subnets = match &self.network.transit_attachments[attachment].to {
            AttachedTo::Vpc { subnets, .. } => subnets.as_slice(),
            AttachedTo::Connection(_) | AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => &[],
        };
        let subnet = subnets.get(index);
        subnet.map_or(String::from("another subnet"), |subnet| self.subnet(*subnet).words())
    }

    /// Returns the target that a listener picks, by the pick's number; `None` where which targets it
    /// picks from depends on the packet: on its family, and on the interface that it came to.
    fn balancer_target(
        self,
        balancer: LoadBalancerId,
        listener: usize,
        index: usize,
    ) -> Option<IpAddr> {
        let listener = self.network.load_balancers[balancer].listeners.get(listener)?;
        let (first, others) = listener.targets.split_first()?;
        let alike = |it: &BalancerTarget| {
            it.nodes == first.nodes && it.address.is_ipv4() == first.address.is_ipv4()
        };
        if !others.iter().all(alike) {
            return None;
        }
        listener.targets.get(index).map(|target| target.address)
    }

    pub(crate) fn warning(self, warning: &Warning, answer: &Answer) -> String {
        let question = &answer.question;
        let destination = |at: &usize| {
            question.destinations.get(*at).map_or("the destination", |end| end.label.as_str())
        };
        match warning {
            Warning::NoEphemeralPort => format!(
                "no flow that passes comes from an ephemeral source port{}, so ordinary clients get no connection",
                self.ephemeral(answer)
            ),
            Warning::NotRunning(is_destination, at) => {
                let ends = if *is_destination { &question.destinations } else { &question.sources };
                let label = ends.get(*at).map_or("an end", |end| end.label.as_str());
                format!("{label} is not running; the answer is about its configuration")
            }
            Warning::SeveralInterfaces(at) => format!(
                "{} has several interfaces; its reply is assumed to leave through the one that received the request",
                destination(at)
            ),
            Warning::NoCommonFamily(source, at) => {
                let source =
                    question.sources.get(*source).map_or("the source", |end| end.label.as_str());
                format!("{source} and {} have no address family in common", destination(at))
            }
            Warning::NotPing => String::from(
                "what is open is not ping: echo requests (type 8, or 128 for IPv6) do not pass",
            ),
            Warning::HighRiskPort(protocol, port) => format!(
                "PORT_HIGH_RISK: some carriers block {protocol} {port} on the Internet, which no input says; if it fails, use another port"
            ),
            Warning::LimitReached(what) => format!("{what}; what lies beyond it is undecided"),
            Warning::AddressWithoutOwner(address) => {
                format!("the input mentions `{address}`, but does not say who has it")
            }
        }
    }

    /// Returns the ephemeral ports of the sources' profile, in brackets.
    fn ephemeral(self, answer: &Answer) -> String {
        let profile = answer.question.sources.iter().find_map(|end| match end.endpoint {
            Endpoint::Interface(id) => Some(self.network.profile_of(id)),
            Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Remote(_)
            | Endpoint::Internet
            | Endpoint::Nobody => None,
        });
        profile.map_or(String::new(), |profile| format!(" ({})", profile.ephemeral_ports))
    }
}

/// Returns a warning's kind, as JSON spells it.
pub(crate) fn warning_code(warning: &Warning) -> &'static str {
    match warning {
        Warning::NoEphemeralPort => "no-ephemeral-port",
        Warning::NotRunning(..) => "not-running",
        Warning::SeveralInterfaces(_) => "several-interfaces",
        Warning::NoCommonFamily(..) => "no-common-family",
        Warning::NotPing => "not-ping",
        Warning::HighRiskPort(..) => "PORT_HIGH_RISK",
        Warning::LimitReached(_) => "limit-reached",
        Warning::AddressWithoutOwner(_) => "address-without-owner",
    }
}

#[cfg(test)]
mod tests;
