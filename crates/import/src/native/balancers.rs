//! Reading load balancers, virtual addresses and endpoints.

use canreach_model::{Action, Forwarding};
use canreach_net::{Family, Protocol};

use super::{
    fields::{Fields, Keys, Reader},
    node::{Name, Node},
    values::End,
    written::{
        Access, BalancerTarget, GatewayEndpoint, Interface, Listener, LoadBalancer, TargetOf,
        VirtualAddress, Way,
    },
};
use crate::diagnostic::Diagnostic;

pub(super) const LOAD_BALANCER: Keys = Keys {
    what: "a load balancer",
    known: &["interfaces", "listeners", "tags"],
    instead: &[
        ("subnet", "write it inside `interfaces: [{ subnet: …, addresses: […] }]`"),
        ("addresses", "write it inside `interfaces: [{ subnet: …, addresses: […] }]`"),
        ("security_groups", "write it inside `interfaces: [{ subnet: …, security_groups: […] }]`"),
        ("targets", "write it inside `listeners: [{ protocol: tcp, ports: 443, targets: […] }]`"),
    ],
};

pub(super) const BALANCER_INTERFACE: Keys = Keys {
    what: "an interface of a load balancer",
    known: &[
        "name",
        "subnet",
        "addresses",
        "security_groups",
        "port_security",
        "internet_gateway_denied",
        "egress_only_gateway_denied",
        "tags",
    ],
    instead: &[
        ("vpc", "the subnet says which VPC"),
        ("instance", "the interface belongs to the load balancer it is written in"),
        ("source_dest_check", "load balancers do not forward: leave it out"),
    ],
};

pub(super) const LISTENER: Keys = Keys {
    what: "a listener",
    known: &[
        "protocol",
        "ports",
        "family",
        "forwarding",
        "bypasses_filters",
        "unmodelled",
        "targets",
        "access",
        "origin",
    ],
    instead: &[
        ("port", "write `ports`"),
        ("white_list", "write it inside `access: { … }`"),
        ("black_list", "write it inside `access: { … }`"),
        ("address", "a listener takes packets at every address of the load balancer"),
    ],
};

pub(super) const TARGET: Keys = Keys {
    what: "a target",
    known: &["address", "instance", "port", "nodes", "origin"],
    instead: &[
        ("ports", "write `port`"),
        ("zone", "write `nodes: ` and the interfaces of the load balancer that send to it"),
        ("interface", "write `address: ` and the address of the interface"),
        ("weight", "every target may be picked: leave it out"),
    ],
};

pub(super) const ACCESS: Keys = Keys {
    what: "the access list of a listener",
    known: &["white_list", "black_list", "rules", "default"],
    instead: &[("allow", "write `white_list`"), ("deny", "write `black_list`")],
};

pub(super) const ACCESS_RULE: Keys = Keys {
    what: "a rule of an access list",
    known: &["id", "action", "source", "unresolved", "origin"],
    instead: &[("address", "write `source`")],
};

pub(super) const VIRTUAL_ADDRESS: Keys = Keys {
    what: "a virtual address",
    known: &["subnet", "address", "interfaces", "tags"],
    instead: &[
        ("addresses", "write `address`"),
        ("instances", "write `interfaces`; the name of an instance with one interface will do"),
    ],
};

pub(super) const GATEWAY_ENDPOINT: Keys = Keys {
    what: "a gateway endpoint",
    known: &["vpc", "tags"],
    instead: &[
        ("route_tables", "write a route with `gateway_endpoint: …` in each table"),
        ("subnet", "an endpoint with an address in a subnet belongs to `endpoints`"),
    ],
};

pub(super) const ENDPOINT: Keys = Keys {
    what: "an endpoint",
    known: &[
        "subnet",
        "addresses",
        "security_groups",
        "port_security",
        "internet_gateway_denied",
        "egress_only_gateway_denied",
        "tags",
    ],
    instead: &[
        (
            "vpc",
            "the subnet says which VPC; an endpoint that routes lead to belongs to `gateway_endpoints`",
        ),
        ("instance", "an endpoint is a service of the provider; write `interfaces`"),
    ],
};

const PORT: (u16, u16) = (1, u16::MAX);
const ANY_PORT: (u16, u16) = (0, u16::MAX);

/// The words for how a listener forwards.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Proxy,
    KeepClient,
    ReplaceClient,
}

impl Reader<'_> {
    pub(super) fn load_balancer(&mut self, fields: &Fields<'_>, name: &Name) -> LoadBalancer {
        let help = "write for example `interfaces: [{ subnet: …, addresses: […] }]`";
        // In a record they may stand among the others, and name their load balancer.
        let list = match fields.get("interfaces") {
            None if self.is_record => None,
            _ => self.require(fields, "interfaces", help),
        };
        let list = list.and_then(|node| self.list(node, "`interfaces` is a list"));
        let interfaces = self.own_interfaces(list.unwrap_or_default(), name, &BALANCER_INTERFACE);
        let list =
            fields.get("listeners").and_then(|node| self.list(node, "`listeners` is a list"));
        let listeners =
            list.unwrap_or_default().iter().filter_map(|node| self.listener(node)).collect();
        LoadBalancer { interfaces, listeners }
    }

    fn listener(&mut self, node: &Node) -> Option<Listener> {
        const PROTOCOLS: [(&str, Protocol); 2] = [("tcp", Protocol::TCP), ("udp", Protocol::UDP)];
        let fields = self.fields(node, None, &LISTENER)?;
        let protocol = self
            .require(&fields, "protocol", "write `protocol: tcp` or `udp`")
            .and_then(|node| self.word(node, "a protocol that listens", &PROTOCOLS));
        let ports = self
            .require(&fields, "ports", "write for example `ports: 443`")
            .and_then(|node| self.port_range(node));
        let family = self.family(&fields);
        let forwarding = self.forwarding(&fields);
        let help =
            "write for example `targets: [{ address: 10.0.1.10, port: 8443 }]`; `[]` for none";
        let targets = match forwarding {
            // A proxy answers for itself, whatever stands behind it.
            Some(Way::Modelled(Forwarding::Proxy) | Way::Unmodelled(_)) => fields.get("targets"),
            None if fields.get("unmodelled").is_some() => fields.get("targets"),
            _ => self.require(&fields, "targets", help),
        };
        let targets = targets.and_then(|node| self.list(node, "`targets` is a list"));
        Some(Listener {
            place: node.place,
            protocol,
            ports,
            family,
            forwarding,
            targets: targets
                .unwrap_or_default()
                .iter()
                .filter_map(|node| self.balancer_target(node))
                .collect(),
            access: fields.get("access").and_then(|node| self.access(node)),
            origin: self.origin(&fields),
        })
    }

    fn forwarding(&mut self, fields: &Fields<'_>) -> Option<Way> {
        const WORDS: [(&str, Word); 3] = [
            ("proxy", Word::Proxy),
            ("keep-client", Word::KeepClient),
            ("replace-client", Word::ReplaceClient),
        ];
        if fields.get("unmodelled").is_some() {
            self.exclusive(fields, "unmodelled", "forwarding");
            self.exclusive(fields, "unmodelled", "bypasses_filters");
            return self.reference(fields, "unmodelled", "a fact").map(Way::Unmodelled);
        }
        let help = "write `forwarding: proxy` (it answers for itself), `keep-client` or `replace-client` \
                    (whose address the target sees)";
        let node = self.require(fields, "forwarding", help);
        let way = node.and_then(|node| self.word(node, "a way of forwarding", &WORDS));
        let bypasses_filters = self.flag(fields, "bypasses_filters", false);
        let way = way?;
        if let (Some(node), true) = (fields.get("bypasses_filters"), way.value != Word::KeepClient)
        {
            let message = "`bypasses_filters` goes with `forwarding: keep-client` alone";
            self.diagnostics.push(
                Diagnostic::error("model::conflict", node.place, message)
                    .note(way.place, "the client is not kept")
                    .help("leave `bypasses_filters` out"),
            );
        }
        Some(Way::Modelled(match way.value {
            Word::Proxy => Forwarding::Proxy,
            Word::KeepClient => Forwarding::KeepClient { bypasses_filters },
            Word::ReplaceClient => Forwarding::ReplaceClient,
        }))
    }

    fn family(&mut self, fields: &Fields<'_>) -> Option<Family> {
        const FAMILIES: [(&str, Family); 2] = [("ipv4", Family::V4), ("ipv6", Family::V6)];
        let node = fields.get("family")?;
        self.word(node, "an address family", &FAMILIES).map(|family| family.value)
    }

    fn balancer_target(&mut self, node: &Node) -> Option<BalancerTarget> {
        let fields = self.fields(node, None, &TARGET)?;
        let ports = if self.is_record { ANY_PORT } else { PORT };
        let port = fields.get("port").map(|node| self.number(node, "a port", ports));
        let to = match (fields.get("address"), fields.get("instance")) {
            (Some(address), None) => self.address(address).map(TargetOf::Address),
            (None, Some(name)) => self.name(name, "an instance").map(TargetOf::Instance),
            (Some(_), Some(_)) => {
                self.exclusive(&fields, "address", "instance");
                None
            }
            (None, None) => {
                let message = "a target needs the key `address` or `instance`";
                let error = Diagnostic::error("model::missing_key", node.place, message);
                self.diagnostics.push(error.help("say where packets go"));
                None
            }
        };
        let port = match port {
            Some(written) => Some(written?.value),
            None => None,
        };
        let nodes = fields.get("nodes");
        let nodes = nodes.map(|_| self.names_of(&fields, "nodes", "an interface"));
        let origin = self.origin(&fields);
        Some(BalancerTarget { place: node.place, to: to?, port, nodes, origin })
    }

    fn access(&mut self, node: &Node) -> Option<Access> {
        let fields = self.fields(node, None, &ACCESS)?;
        if fields.get("rules").is_some() {
            return self.access_rules(&fields);
        }
        self.exclusive(&fields, "white_list", "default");
        self.exclusive(&fields, "black_list", "default");
        let (key, action) = match (fields.get("white_list"), fields.get("black_list")) {
            (Some(_), None) => ("white_list", Action::Allow),
            (None, Some(_)) => ("black_list", Action::Deny),
            (Some(_), Some(_)) => {
                self.exclusive(&fields, "white_list", "black_list");
                return None;
            }
            (None, None) => {
                let message = "an access list is a `white_list` or a `black_list`";
                let error = Diagnostic::error("model::missing_key", node.place, message);
                self.diagnostics.push(error.help("leave `access` out to let everybody in"));
                return None;
            }
        };
        let list = self.list(fields.get(key)?, &format!("`{key}` is a list of addresses"))?;
        let mut sources = Vec::new();
        for node in list {
            let Some(end) = self.end(node) else { continue };
            if let End::SecurityGroup(name) = &end.value {
                let message = "an access list holds addresses, not security groups";
                let error = Diagnostic::error("model::rule_end", name.place, message);
                self.diagnostics.push(error.help("write a CIDR block or an address group"));
            } else {
                sources.push(end);
            }
        }
        Some(Access::Listed { action, sources })
    }

    /// An access list as rules in order, each with an origin; what none matches has the default.
    fn access_rules(&mut self, fields: &Fields<'_>) -> Option<Access> {
        const ACTIONS: [(&str, Action); 2] = [("allow", Action::Allow), ("deny", Action::Deny)];
        self.exclusive(fields, "rules", "white_list");
        self.exclusive(fields, "rules", "black_list");
        let rules = self.rules(fields, "rules", &ACCESS_RULE);
        let default = self.require(fields, "default", "write `default: allow` or `deny`")?;
        let default = self.word(default, "a default", &ACTIONS)?.value;
        Some(Access::Rules { rules, default })
    }

    pub(super) fn virtual_address(&mut self, fields: &Fields<'_>, _: &Name) -> VirtualAddress {
        let address = self.require(fields, "address", "write for example `address: 10.0.1.100`");
        VirtualAddress {
            subnet: self.required(fields, "subnet", "a subnet"),
            address: address.and_then(|node| self.address(node)),
            interfaces: self.names_of(fields, "interfaces", "an interface"),
        }
    }

    pub(super) fn gateway_endpoint(&mut self, fields: &Fields<'_>, _: &Name) -> GatewayEndpoint {
        GatewayEndpoint { vpc: self.required(fields, "vpc", "a VPC") }
    }

    pub(super) fn endpoint(&mut self, fields: &Fields<'_>, _: &Name) -> Interface {
        self.interface(fields)
    }
}
