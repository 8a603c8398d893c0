//! What the input leaves open, what the network chooses, and what else to know.

use canreach_model::{AttachedTo, Choices, Chooser, Endpoint, Pass};
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
                let text = format!(
                    "{} picks the address number {number} of its translation",
                    gateway.words()
                );
                (gateway, text)
            }
            Chooser::AttachmentSubnet(id, pass) => {
                let attachment = self.transit_attachment(id);
                let subnets = match &self.network.transit_attachments[id].to {
                    AttachedTo::Vpc { subnets, .. } => subnets.as_slice(),
                    AttachedTo::Connection(_)
                    | AttachedTo::Peering(_)
                    | AttachedTo::Unmodelled(_) => &[],
                };
                let subnet = subnets
                    .get(index)
                    .map_or(String::from("another subnet"), |subnet| self.subnet(*subnet).words());
                let which = match pass {
                    Pass::Request => "the request",
                    Pass::Reply => "the reply",
                };
                (attachment, format!("{which} goes through {subnet} of {}", attachment.words()))
            }
            Chooser::Target(id, listener) => {
                let balancer = self.load_balancer(id);
                let listener = self.network.load_balancers[id].listeners.get(listener);
                let target = listener.and_then(|listener| listener.targets.get(index));
                let target =
                    target.map_or(format!("number {number}"), |target| target.address.to_string());
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
            | Endpoint::Internet => None,
        });
        profile.map_or(String::new(), |profile| format!(" ({})", profile.ephemeral_ports))
    }
}

/// Returns what an answer takes for granted whatever the input says.
pub(crate) fn implied_assumptions(answer: &Answer) -> Vec<String> {
    let question = &answer.question;
    let outside = question.destinations.iter().any(|end| end.endpoint == Endpoint::Internet);
    if outside && !question.one_way {
        vec![String::from("machines on the Internet answer")]
    } else {
        Vec::new()
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
