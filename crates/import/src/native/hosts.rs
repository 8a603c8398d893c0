//! Reading instances, their services, interfaces and NAT gateways.

use canreach_model::Listen;
use canreach_net::{PortRange, Protocol};

use super::{
    about::ABOUT,
    fields::{Fields, Keys, Reader},
    node::{At, Name, Node},
    written::{
        About, Dnat, HostRoute, Instance, Interface, Item, Listening, NatGateway, Service, Snat,
        SnatSource,
    },
};
use crate::diagnostic::Diagnostic;

pub(super) const INSTANCE: Keys = Keys {
    what: "an instance",
    known: &[
        "interfaces",
        "services",
        "firewall",
        "forwarding",
        "appliance",
        "routes",
        "running",
        "tags",
    ],
    instead: &[
        ("subnet", "write it inside `interfaces: [{ subnet: …, addresses: […] }]`"),
        ("addresses", "write it inside `interfaces: [{ subnet: …, addresses: […] }]`"),
        ("security_groups", "write it inside `interfaces: [{ subnet: …, security_groups: […] }]`"),
    ],
};

pub(super) const INTERFACE: Keys = Keys {
    what: "an interface",
    known: &[
        "subnet",
        "addresses",
        "security_groups",
        "port_security",
        "internet_gateway_denied",
        "egress_only_gateway_denied",
        "source_dest_check",
        "attached",
        "unmodelled",
        "instance",
        "load_balancer",
        "gateway",
        "tags",
    ],
    instead: &[("vpc", "the subnet says which VPC")],
};

pub(super) const INSTANCE_INTERFACE: Keys = Keys {
    what: "an interface of an instance",
    known: &[
        "name",
        "subnet",
        "addresses",
        "security_groups",
        "port_security",
        "internet_gateway_denied",
        "egress_only_gateway_denied",
        "source_dest_check",
        "tags",
    ],
    instead: &[
        ("vpc", "the subnet says which VPC"),
        ("instance", "the interface belongs to the instance it is written in"),
    ],
};

pub(super) const NAT_GATEWAY: Keys = Keys {
    what: "a NAT gateway",
    known: &["vpc", "subnet", "private_address", "interface", "snat", "dnat", "firewall", "tags"],
    instead: &[("addresses", "write `addresses` in each entry of `snat`")],
};

pub(super) const SERVICE: Keys = Keys {
    what: "a service",
    known: &["name", "protocol", "ports", "listen", "interface", "origin"],
    instead: &[("port", "write `ports`"), ("address", "write `listen`")],
};

pub(super) const HOST_ROUTE: Keys = Keys {
    what: "a route of an instance",
    known: &["destination", "interface", "origin"],
    instead: &[
        ("via", "the route table of the interface's subnet says where packets go next"),
        ("gateway", "the route table of the interface's subnet says where packets go next"),
        ("cidr", "write `destination`"),
    ],
};

pub(super) const SNAT: Keys = Keys {
    what: "a source translation",
    known: &["subnet", "cidr", "addresses", "origin"],
    instead: &[],
};

pub(super) const DNAT: Keys = Keys {
    what: "a destination translation",
    known: &["address", "protocol", "ports", "private_address", "private_ports", "origin"],
    instead: &[],
};

impl Reader<'_> {
    pub(super) fn instance(&mut self, fields: &Fields<'_>, name: &Name) -> Instance {
        let list = fields.get("interfaces").map(|node| self.list(node, "`interfaces` is a list"));
        let nodes = list.flatten().unwrap_or_default();
        let interfaces = self.own_interfaces(nodes, name, &INSTANCE_INTERFACE);
        let unread = match list {
            Some(None) => 1,
            Some(Some(nodes)) => nodes.len() - interfaces.len(),
            None => 0,
        };
        let routes = fields.get("routes").and_then(|node| self.list(node, "`routes` is a list"));
        self.exclusive(fields, "forwarding", "appliance");
        Instance {
            running: self.flag(fields, "running", true),
            interfaces,
            unread,
            services: fields.get("services").map(|node| self.services(node)),
            firewall: fields.get("firewall").and_then(|node| self.host_firewall(node)),
            forwarding: fields.get("forwarding").and_then(|node| {
                let value = self.setting(node, Self::truth)?;
                Some(At { value, place: node.place })
            }),
            appliance: self.reference(fields, "appliance", "a fact"),
            routes: routes
                .unwrap_or_default()
                .iter()
                .filter_map(|node| self.host_route(node))
                .collect(),
        }
    }

    fn host_route(&mut self, node: &Node) -> Option<HostRoute> {
        let fields = self.fields(node, None, &HOST_ROUTE)?;
        let destination =
            self.require(&fields, "destination", "write for example `destination: 10.0.0.0/8`");
        Some(HostRoute {
            place: node.place,
            destination: destination.and_then(|node| self.prefix(node)),
            interface: self.required(&fields, "interface", "an interface of the instance"),
            origin: self.origin(&fields),
        })
    }

    /// Returns the interfaces written inside an instance or load balancer, named after it.
    pub(super) fn own_interfaces(
        &mut self,
        nodes: &[Node],
        owner: &Name,
        keys: &Keys,
    ) -> Vec<Item<Interface>> {
        let mut items = Vec::new();
        for node in nodes {
            let Some(fields) = self.fields_and(node, None, keys, &ABOUT) else { continue };
            let tags = self.tags(&fields);
            let about = self.about(&fields);
            // Here `name` is what the interface is called after.
            let given = about.name.as_ref();
            let given = given.and_then(|_| self.reference(&fields, "name", "the interface"));
            let about = About { name: None, ..about };
            let body = self.interface(&fields);
            let suffix = given.as_ref().or(body.subnet.as_ref());
            let name = match suffix {
                Some(suffix) if given.is_some() || nodes.len() > 1 => {
                    At { value: format!("{}/{}", owner.value, suffix.value), place: suffix.place }
                }
                Some(_) | None => owner.clone(),
            };
            items.push(Item { name, about, tags, body });
        }
        items
    }

    pub(super) fn interface(&mut self, fields: &Fields<'_>) -> Interface {
        let addresses =
            self.require(fields, "addresses", "write for example `addresses: [10.0.1.10]`");
        let groups = fields.get("security_groups");
        // Of the wrong type, they are there all the same.
        let groups = groups.map(|_| self.names_of(fields, "security_groups", "a security group"));
        self.exclusive(fields, "instance", "load_balancer");
        self.exclusive(fields, "instance", "unmodelled");
        self.exclusive(fields, "load_balancer", "unmodelled");
        let gateway = self.flag(fields, "gateway", false);
        for key in ["instance", "load_balancer", "unmodelled"].into_iter().filter(|_| gateway) {
            self.exclusive(fields, key, "gateway");
        }
        let denied = self.flag(fields, "internet_gateway_denied", false);
        Interface {
            subnet: self.required(fields, "subnet", "a subnet"),
            addresses: addresses.map(|node| self.addresses(node)).unwrap_or_default(),
            security_groups: groups,
            port_security: self.flag(fields, "port_security", true),
            internet_gateway_denied: denied,
            egress_only_gateway_denied: self.flag(fields, "egress_only_gateway_denied", denied),
            source_dest_check: self.flag(fields, "source_dest_check", true),
            attached: self.flag(fields, "attached", true),
            unmodelled: self.reference(fields, "unmodelled", "a fact"),
            instance: self.reference(fields, "instance", "an instance"),
            load_balancer: self.reference(fields, "load_balancer", "a load balancer"),
            gateway,
        }
    }

    /// Returns names without those that are there already, which are noted.
    pub(super) fn unique(&mut self, names: Vec<Name>, what: &str) -> Vec<Name> {
        let mut unique: Vec<Name> = Vec::new();
        for name in names {
            if let Some(before) = unique.iter().find(|before| before.value == name.value) {
                let message = format!("{what} `{}` is listed twice", name.value);
                let error = Diagnostic::error("model::listed_twice", name.place, message);
                self.diagnostics.push(error.note(before.place, "listed here already"));
            } else {
                unique.push(name);
            }
        }
        unique
    }

    fn services(&mut self, node: &Node) -> Vec<Service> {
        let expected = "`services` is a list; `[]` says that nothing listens";
        let list = self.list(node, expected).unwrap_or_default();
        list.iter().filter_map(|node| self.service(node)).collect()
    }

    fn service(&mut self, node: &Node) -> Option<Service> {
        const PROTOCOLS: [(&str, Protocol); 2] = [("tcp", Protocol::TCP), ("udp", Protocol::UDP)];
        let fields = self.fields(node, None, &SERVICE)?;
        let name =
            fields.get("name").and_then(|node| self.text(node, "expected the name of the service"));
        let protocol = self
            .require(&fields, "protocol", "write `protocol: tcp` or `udp`")
            .and_then(|node| self.word(node, "a protocol that listens", &PROTOCOLS));
        let ports = self.require(&fields, "ports", "write for example `ports: 443`");
        let ports = ports.map(|node| self.port_ranges(node)).unwrap_or_default();
        let listen = self.listening(&fields);
        Some(Service {
            place: node.place,
            name: name.map(|name| name.value.to_owned()),
            protocol: protocol?.value,
            ports: ports.into_iter().map(|range| range.value).collect(),
            listen: listen?,
            origin: self.origin(&fields),
        })
    }

    fn listening(&mut self, fields: &Fields<'_>) -> Option<Listening> {
        if fields.get("interface").is_some() {
            self.exclusive(fields, "interface", "listen");
            let name = self.reference(fields, "interface", "an interface of the instance");
            return name.map(Listening::Interface);
        }
        let help =
            "write `listen: \"*\"` for every address, or the address or `interface` it listens on";
        let node = self.require(fields, "listen", help)?;
        self.listen(node).map(Listening::At)
    }

    /// The notation of `ss`: `*` for both families, `[::]` for IPv6 alone. `::` is what configuration
    /// files call a socket for both.
    fn listen(&mut self, node: &Node) -> Option<At<Listen>> {
        let text = self.text(node, "expected an address, `0.0.0.0`, `\"[::]\"` or `\"*\"`")?.value;
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let value = match text {
            "*" | "::" => Listen::Any,
            "0.0.0.0" => Listen::AnyV4,
            "[::]" => Listen::AnyV6,
            _ => {
                let Ok(address) = bare.parse() else {
                    let message = format!("`{text}` is no address to listen on");
                    let error = Diagnostic::error("model::address", node.place, message)
                        .help("write an address without port, `0.0.0.0`, `\"[::]\"` or `\"*\"`");
                    self.diagnostics.push(error);
                    return None;
                };
                Listen::Address(address)
            }
        };
        Some(At { value, place: node.place })
    }

    pub(super) fn nat_gateway(&mut self, fields: &Fields<'_>, _: &Name) -> NatGateway {
        self.placement(fields);
        let snat = fields.get("snat").and_then(|node| self.list(node, "`snat` is a list"));
        let snat = snat.unwrap_or_default().iter().filter_map(|node| self.snat(node)).collect();
        let dnat = fields.get("dnat").and_then(|node| self.list(node, "`dnat` is a list"));
        let dnat = dnat.unwrap_or_default().iter().filter_map(|node| self.dnat(node)).collect();
        NatGateway {
            vpc: self.required(fields, "vpc", "a VPC"),
            subnet: self.reference(fields, "subnet", "a subnet"),
            private_address: fields
                .get("private_address")
                .and_then(|node| self.address(node))
                .and_then(|address| self.only_v4(address)),
            interface: self.reference(fields, "interface", "an interface"),
            snat,
            dnat,
            firewall: self.reference(fields, "firewall", "a cloud firewall"),
        }
    }

    /// A gateway in a subnet has one address there and translates everything to it; one at the VPC
    /// has rules.
    fn placement(&mut self, fields: &Fields<'_>) {
        for key in ["subnet", "private_address"] {
            self.exclusive(fields, "interface", key);
        }
        if !self.is_record {
            self.exclusive(fields, "interface", "snat");
            self.exclusive(fields, "interface", "dnat");
        }
        if fields.get("subnet").is_some() {
            self.exclusive(fields, "subnet", "snat");
            self.exclusive(fields, "subnet", "dnat");
            self.require(
                fields,
                "private_address",
                "write the address that the gateway has in its subnet",
            );
        } else if let Some(node) = fields.get("private_address") {
            let message = "only a NAT gateway in a subnet has a private address";
            let error = Diagnostic::error("model::nat_placement", node.place, message);
            self.diagnostics.push(error.help("add `subnet: …`, or leave `private_address` out"));
        }
    }

    /// NAT gateways translate IPv4 alone.
    fn only_v4(&mut self, address: At<std::net::IpAddr>) -> Option<At<std::net::IpAddr>> {
        if address.value.is_ipv4() || self.is_record {
            return Some(address);
        }
        let message = format!("NAT gateways translate IPv4, and `{}` is IPv6", address.value);
        self.diagnostics.push(Diagnostic::error("model::nat_family", address.place, message));
        None
    }

    fn snat(&mut self, node: &Node) -> Option<Snat> {
        let fields = self.fields(node, None, &SNAT)?;
        let addresses = self.require(&fields, "addresses", "write the public addresses used");
        let addresses = addresses.map(|node| self.addresses(node)).unwrap_or_default();
        let source = match (fields.get("subnet"), fields.get("cidr")) {
            (Some(subnet), None) => self.name(subnet, "a subnet").map(SnatSource::Subnet),
            (None, Some(cidr)) => self.snat_cidr(cidr),
            (Some(_), Some(_)) => {
                self.exclusive(&fields, "subnet", "cidr");
                None
            }
            (None, None) => {
                let message = "a source translation needs the key `subnet` or `cidr`";
                let error = Diagnostic::error("model::missing_key", node.place, message);
                self.diagnostics.push(error.help("say which packets are translated"));
                None
            }
        };
        let addresses: Vec<_> =
            addresses.into_iter().filter_map(|address| self.only_v4(address)).collect();
        self.listed_once(&addresses);
        Some(Snat { place: node.place, source, addresses, origin: self.origin(&fields) })
    }

    /// Notes addresses of a list that are there already.
    fn listed_once(&mut self, addresses: &[At<std::net::IpAddr>]) {
        for (index, address) in addresses.iter().enumerate() {
            let before = addresses.iter().take(index).find(|other| other.value == address.value);
            if let Some(before) = before {
                let message = format!("address `{}` is listed twice", address.value);
                let error = Diagnostic::error("model::listed_twice", address.place, message);
                self.diagnostics.push(error.note(before.place, "listed here already"));
            }
        }
    }

    fn snat_cidr(&mut self, node: &Node) -> Option<SnatSource> {
        let block = self.prefix(node)?;
        self.only_v4(At { value: block.value.addr(), place: block.place })?;
        Some(SnatSource::Cidr(block.value))
    }

    fn dnat(&mut self, node: &Node) -> Option<Dnat> {
        const PROTOCOLS: [(&str, Protocol); 2] = [("tcp", Protocol::TCP), ("udp", Protocol::UDP)];
        let fields = self.fields(node, None, &DNAT)?;
        let address = self
            .require(&fields, "address", "write the public address that packets arrive for")
            .and_then(|node| self.address(node))
            .and_then(|address| self.only_v4(address));
        let private = self
            .require(&fields, "private_address", "write the address that packets go to")
            .and_then(|node| self.address(node))
            .and_then(|address| self.only_v4(address));
        let protocol = match fields.get("protocol") {
            Some(node) => Some(self.word(node, "a protocol with ports", &PROTOCOLS)?.value),
            None => None,
        };
        let (ports, private_port) = self.dnat_ports(&fields, protocol.is_some())?;
        Some(Dnat {
            place: node.place,
            address: address?,
            protocol,
            ports,
            private_address: private?.value,
            private_port,
            origin: self.origin(&fields),
        })
    }

    fn dnat_ports(&mut self, fields: &Fields<'_>, has_protocol: bool) -> Option<(PortRange, u16)> {
        let written = fields.get("ports").or_else(|| fields.get("private_ports"));
        match (has_protocol || self.is_record && written.is_some(), written) {
            (false, Some(node)) => {
                let message = "ports of a destination translation without a protocol";
                let error = Diagnostic::error("model::ports_without_protocol", node.place, message);
                self.diagnostics.push(
                    error.help(
                        "add `protocol: tcp` or `udp`; without it every packet is translated",
                    ),
                );
                None
            }
            (false, None) => Some((PortRange::ALL, 0)),
            (true, _) => {
                let node =
                    self.require(fields, "ports", "write the ports that packets arrive for")?;
                let public = self.port_range(node)?;
                let Some(node) = fields.get("private_ports") else {
                    return Some((public.value, public.value.first()));
                };
                let private = self.port_range(node)?;
                self.same_length(public, private)?;
                Some((public.value, private.value.first()))
            }
        }
    }

    fn same_length(&mut self, public: At<PortRange>, private: At<PortRange>) -> Option<()> {
        let length = |range: PortRange| u32::from(range.last()) - u32::from(range.first()) + 1;
        let (outside, inside) = (length(public.value), length(private.value));
        if outside == inside {
            return Some(());
        }
        let message = format!("{outside} public ports cannot stand for {inside} private ports");
        let error = Diagnostic::error("model::dnat_ports", private.place, message)
            .label(format!("{inside} ports"))
            .note(public.place, format!("{outside} ports"))
            .help("ports map one to one, in order: write two ranges of one length");
        self.diagnostics.push(error);
        None
    }
}
