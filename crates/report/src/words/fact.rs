//! What the input leaves open, what the network chooses, and what else to know.

use canreach_model::{Choices, Endpoint};
use canreach_query::{Answer, DecidingFact, Warning};

use super::{Words, decision::Told};

/// One thing that the network picked by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The id of the NAT gateway.
    pub(crate) gateway: String,
    /// The source port it picked.
    pub(crate) port: Option<u16>,
    /// Which of its addresses it picked, counted from 1.
    pub(crate) address: Option<usize>,
    /// All of it as a phrase.
    pub(crate) text: String,
}

impl Words<'_> {
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
        let name = |id| self.nat_gateway(id).words();
        let ports = choices.ports.iter().map(|(gateway, port)| Choice {
            gateway: self.nat_gateway(*gateway).meta.id.clone(),
            port: Some(*port),
            address: None,
            text: format!("{} picks source port {port}", name(*gateway)),
        });
        let addresses = choices.addresses.iter().map(|(gateway, index)| {
            let number = index.saturating_add(1);
            Choice {
                gateway: self.nat_gateway(*gateway).meta.id.clone(),
                port: None,
                address: Some(number),
                text: format!(
                    "{} picks the address number {number} of its translation",
                    name(*gateway)
                ),
            }
        });
        ports.chain(addresses).collect()
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
            Endpoint::Internet => None,
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
        Warning::LimitReached(_) => "limit-reached",
        Warning::AddressWithoutOwner(_) => "address-without-owner",
    }
}
