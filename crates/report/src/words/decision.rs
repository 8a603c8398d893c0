//! What one layer decided about one packet.

use canreach_eval::{Decision, Outcome};
use canreach_model::{
    Chain, Checkpoint, Direction, FirewallList, HookPoint, Layer, Listen, Policy, RuleOwner,
    Service,
};
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
        Outcome::AllowedByDefault(_) => "allowed-by-default",
        Outcome::AllowedAsReply => "allowed-as-reply",
        Outcome::Exempt => "exempt",
        Outcome::SameSubnet => "same-subnet",
        Outcome::Bypassed => "bypassed",
        Outcome::Unfiltered => "unfiltered",
        Outcome::Listening(_) => "listening",
        Outcome::NotJudged => "not-judged",
        Outcome::NotExamined => "not-examined",
        Outcome::Denied(_) => "denied",
        Outcome::DeniedByDefault(_) => "denied-by-default",
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
            Outcome::AllowedByDefault(owner) => self.by_default(owner, layer, "lets it pass"),
            Outcome::DeniedByDefault(owner) => self.by_default(owner, layer, "stops it"),
            Outcome::Bypassed => {
                Told::bare(format!("{}: the load balancer goes past it", layer_words()))
            }
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
        let Layer::Listener(instance, _) = layer else { return Told::bare(self.layer(layer)) };
        let instance = &self.network.instances[instance];
        let service = instance.services.as_ref().and_then(|services| services.get(index));
        let Some(service) = service else { return Told::bare(self.layer(layer)) };
        Told::new(self.listens(service), self.source(&service.origin, Some(&instance.meta.id)))
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
                Layer::CloudFirewall(..)
                | Layer::ListenerAccess(..)
                | Layer::HostFirewall(_)
                | Layer::HostForwarding(..)
                | Layer::Listener(..) => String::new(),
            };
            return Told::new(format!("{}{of}", self.rule(rule)), self.rule_source(rule));
        }
        if let Some(owner) = self.deciding_default(checkpoint) {
            return self.by_default(owner, layer, "stops it");
        }
        let text = format!(
            "{}, {direction}: no rule matches, and what no rule allows is denied",
            self.layer(layer)
        );
        Told::new(text, self.layer_source(layer))
    }

    /// Returns whose default stops what no rule of a layer matches, where only one can.
    fn deciding_default(self, Checkpoint { layer, direction }: Checkpoint) -> Option<RuleOwner> {
        match layer {
            Layer::CloudFirewall(id, border) => {
                Some(RuleOwner::CloudFirewall(id, border, FirewallList::Rules))
            }
            Layer::ListenerAccess(id, listener) => Some(RuleOwner::ListenerAccess(id, listener)),
            Layer::HostFirewall(interface) | Layer::HostForwarding(interface, _) => {
                let hook = match (layer, direction) {
                    (Layer::HostForwarding(..), _) => HookPoint::Forward,
                    (_, Direction::Ingress) => HookPoint::Input,
                    (_, Direction::Egress) => HookPoint::Output,
                };
                let instance = self.network.instance_of(interface)?;
                let chains = &self.network.instances[instance].firewall.as_ref()?.chains;
                let drops = |chain: &Chain| chain.base == Some((hook, Policy::Drop));
                let mut dropping = (0..).zip(chains).filter(|(_, chain)| drops(chain));
                let (position, _) = dropping.next()?;
                dropping.next().is_none().then_some(RuleOwner::HostChain(instance, position))
            }
            Layer::SecurityGroups(_) | Layer::NetworkAcl(..) | Layer::Listener(..) => None,
        }
    }

    /// Returns that no rule matches, and what the default then does.
    pub(crate) fn by_default(self, owner: RuleOwner, layer: Layer, does: &str) -> Told {
        match owner {
            RuleOwner::HostChain(instance, position) => {
                let instance = &self.network.instances[instance];
                let chains = instance.firewall.iter().flat_map(|firewall| &firewall.chains);
                let chain = chains.clone().nth(position);
                let name = chain.map_or("", |chain| chain.name.as_str());
                let text = format!(
                    "{}, chain `{name}`: no rule decides, and the policy {does}",
                    self.layer(layer)
                );
                let origin = chain.map_or(&instance.meta.origin, |chain| &chain.origin);
                Told::new(text, self.source(origin, Some(&instance.meta.id)))
            }
            RuleOwner::SecurityGroup(_)
            | RuleOwner::NetworkAcl(_)
            | RuleOwner::CloudFirewall(..)
            | RuleOwner::ListenerAccess(..) => Told::new(
                format!("{}: no rule matches, and the default {does}", self.layer(layer)),
                self.layer_source(layer),
            ),
        }
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
            Layer::CloudFirewall(firewall, _) => self.cloud_firewall(firewall).meta,
            Layer::ListenerAccess(balancer, listener) => {
                let balancer = &self.network.load_balancers[balancer];
                if let Some(listener) = balancer.listeners.get(listener) {
                    return self.source(&listener.origin, Some(&balancer.meta.id));
                }
                &balancer.meta
            }
            Layer::HostFirewall(interface) | Layer::HostForwarding(interface, _) => {
                let machine = self.machine(interface).meta;
                let instance = self.network.instance_of(interface);
                let firewall = instance.and_then(|id| self.network.instances[id].firewall.as_ref());
                if let Some(firewall) = firewall {
                    return self.source(&firewall.origin, Some(&machine.id));
                }
                machine
            }
            Layer::Listener(instance, _) => self.instance(instance).meta,
        };
        self.source_of(meta)
    }

    /// Returns that nothing listens; where something does on the same port, on which address.
    pub(crate) fn not_listening(self, layer: Layer, header: Option<&Header>) -> Told {
        let Layer::Listener(instance, _) = layer else { return Told::bare(self.layer(layer)) };
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
                format!("nothing on {name} listens on {wanted}: {}", self.listens(service)),
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
        Layer::HostFirewall(_) | Layer::HostForwarding(..) => {
            format!("{}: has no chain for it", words.layer(layer))
        }
        Layer::NetworkAcl(..)
        | Layer::CloudFirewall(..)
        | Layer::ListenerAccess(..)
        | Layer::Listener(..) => format!("{}: not filtered", words.layer(layer)),
    }
}

impl Words<'_> {
    /// Returns "`redis` listens on tcp 6379 at 127.0.0.1 only".
    fn listens(self, service: &Service) -> String {
        let name =
            service.name.as_ref().map_or(String::from("a service"), |name| format!("`{name}`"));
        let at = self.listen(service.listen);
        format!("{name} listens on {} {} {at}", service.protocol, service.ports)
    }

    /// Returns the addresses that something listens at, with a preposition.
    pub(super) fn listen(self, listen: Listen) -> String {
        match listen {
            Listen::Any => String::from("at every address"),
            Listen::AnyV4 => String::from("at every IPv4 address"),
            Listen::AnyV6 => String::from("at every IPv6 address"),
            Listen::Address(address) => format!("at {address} only"),
            Listen::Interface(interface) => {
                format!("for what arrives at {} only", self.interface(interface).words())
            }
        }
    }
}
