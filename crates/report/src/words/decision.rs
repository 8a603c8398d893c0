//! What one layer decided about one packet.

use canreach_eval::{Decision, Outcome};
use canreach_model::{Checkpoint, Layer, Listen, Service};
use canreach_net::Header;

use super::{Source, Words};

/// A sentence and where what it speaks of is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) source: Option<Source>,
}

impl Told {
    pub(crate) fn new(text: impl Into<String>, source: Source) -> Self {
        Self { text: text.into(), source: Some(source) }
    }

    fn bare(text: impl Into<String>) -> Self {
        Self { text: text.into(), source: None }
    }
}

/// Returns the outcome, as JSON spells it.
pub(crate) fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed(_) => "allowed",
        Outcome::AllowedAsReply => "allowed-as-reply",
        Outcome::Exempt => "exempt",
        Outcome::SameSubnet => "same-subnet",
        Outcome::Unfiltered => "unfiltered",
        Outcome::Listening(_) => "listening",
        Outcome::NotJudged => "not-judged",
        Outcome::NotExamined => "not-examined",
        Outcome::Denied(_) => "denied",
        Outcome::NotListening => "not-listening",
    }
}

impl Words<'_> {
    /// Returns what a layer decided, and the rule behind it.
    pub(crate) fn decision(self, decision: &Decision) -> Told {
        let Checkpoint { layer, direction } = decision.checkpoint;
        let layer_words = || format!("{}, {direction}", self.layer(layer));
        match decision.outcome {
            Outcome::Allowed(rule) => Told::new(self.rule(rule), self.rule_source(rule)),
            Outcome::AllowedAsReply => {
                Told::bare(format!("{}: reply to a request it let through", layer_words()))
            }
            Outcome::Exempt => {
                Told::bare(format!("{}: the provider never filters such packets", layer_words()))
            }
            Outcome::SameSubnet => {
                Told::bare(format!("{}: does not filter inside the subnet", layer_words()))
            }
            Outcome::Unfiltered => Told::bare(unfiltered(self, layer)),
            Outcome::Listening(index) => self.listening(layer, index),
            Outcome::NotJudged => Told::bare(format!("{}: have no say here", self.layer(layer))),
            Outcome::NotExamined => Told::bare(format!("{}: not examined", self.layer(layer))),
            Outcome::Denied(rule) => self.denial(decision.checkpoint, rule),
            Outcome::NotListening => self.not_listening(layer, Some(&decision.header)),
        }
    }

    fn listening(self, layer: Layer, index: usize) -> Told {
        let Layer::Listener(instance) = layer else { return Told::bare(self.layer(layer)) };
        let instance = &self.network.instances[instance];
        let service = instance.services.as_ref().and_then(|services| services.get(index));
        let Some(service) = service else { return Told::bare(self.layer(layer)) };
        Told::new(listens(service), self.source(&service.origin, Some(&instance.meta.id)))
    }

    /// Returns why a security group or ACL stops a packet: the rule, or that none matches.
    pub(crate) fn denial(
        self,
        checkpoint: Checkpoint,
        rule: Option<canreach_model::RuleRef>,
    ) -> Told {
        let Checkpoint { layer, direction } = checkpoint;
        if let Some(rule) = rule {
            let of = match layer {
                Layer::SecurityGroups(interface) => {
                    format!(" (at {})", self.machine_name(interface))
                }
                Layer::NetworkAcl(_, subnet) => format!(" (at {})", self.subnet(subnet).words()),
                Layer::Listener(_) => String::new(),
            };
            return Told::new(format!("{}{of}", self.rule(rule)), self.rule_source(rule));
        }
        let text = format!(
            "{}, {direction}: no rule matches, and what no rule allows is denied",
            self.layer(layer)
        );
        Told::new(text, self.layer_source(layer))
    }

    /// Returns where a filter is written.
    pub(crate) fn layer_source(self, layer: Layer) -> Source {
        let meta = match layer {
            Layer::SecurityGroups(interface) => {
                match self.network.interfaces[interface].security_groups.first() {
                    Some(group) => self.security_group(*group).meta,
                    None => self.interface(interface).meta,
                }
            }
            Layer::NetworkAcl(acl, _) => self.network_acl(acl).meta,
            Layer::Listener(instance) => self.instance(instance).meta,
        };
        self.source_of(meta)
    }

    /// Returns that nothing listens; where something does on the same port, on which address.
    pub(crate) fn not_listening(self, layer: Layer, header: Option<&Header>) -> Told {
        let Layer::Listener(instance) = layer else { return Told::bare(self.layer(layer)) };
        let object = &self.network.instances[instance];
        let name = object.meta.label();
        let ports = header.and_then(|header| header.transport.ports());
        let (Some(header), Some(ports)) = (header, ports) else {
            return Told::new(format!("nothing listens on {name}"), self.source_of(&object.meta));
        };
        let protocol = header.transport.protocol();
        let wanted = format!("{protocol} {} at {}", ports.destination, header.destination);
        let near = object.services.iter().flatten().find(|service| {
            service.protocol == protocol
                && service.ports.first() <= ports.destination
                && ports.destination <= service.ports.last()
        });
        match near {
            None => Told::new(
                format!("nothing on {name} listens on {wanted}"),
                self.source_of(&object.meta),
            ),
            Some(service) => Told::new(
                format!("nothing on {name} listens on {wanted}: {}", listens(service)),
                self.source(&service.origin, Some(&object.meta.id)),
            ),
        }
    }
}

fn unfiltered(words: Words<'_>, layer: Layer) -> String {
    match layer {
        Layer::SecurityGroups(interface) => {
            format!("security groups do not filter {}", words.machine_name(interface))
        }
        Layer::NetworkAcl(..) | Layer::Listener(_) => {
            format!("{}: not filtered", words.layer(layer))
        }
    }
}

/// Returns "`redis` listens on tcp 6379 at 127.0.0.1 only".
fn listens(service: &Service) -> String {
    let name = service.name.as_ref().map_or(String::from("a service"), |name| format!("`{name}`"));
    let at = listen_words(service.listen);
    format!("{name} listens on {} {} at {at}", service.protocol, service.ports)
}

/// Returns the addresses that something listens at.
pub(super) fn listen_words(listen: Listen) -> String {
    match listen {
        Listen::Any => String::from("every address"),
        Listen::AnyV4 => String::from("every IPv4 address"),
        Listen::AnyV6 => String::from("every IPv6 address"),
        Listen::Address(address) => format!("{address} only"),
    }
}
