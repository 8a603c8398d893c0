//! Reading how a cloud treats packets, where that is said for one VPC.

use canreach_model::{
    Combine, EntryRouting, Exemption, GroupReference, InternetAccess, LocalRoutes,
};
use canreach_net::{PortRange, Protocol, ProtocolSet};

use super::{
    fields::{Fields, Keys, Reader},
    node::{At, Node},
    written::{OwnSettings, Parameters, Setting},
};

/// The priorities and ports that a parameter may have.
const ANY: (u16, u16) = (0, u16::MAX);

/// The settings of a file.
pub(super) const SETTINGS: Keys = Keys {
    what: "`settings`",
    known: &["default_priority", "peering_to_peering", "cloud_firewall_stateful"],
    instead: &[],
};

/// The settings of one VPC.
pub(super) const OWN_SETTINGS: Keys = Keys {
    what: "`settings` of a VPC",
    known: &["default_priority", "peering_to_peering"],
    instead: &[("cloud_firewall_stateful", "write `stateful` in the cloud firewall")],
};

pub(super) const OPEN_SETTING: Keys =
    Keys { what: "a setting", known: &["unresolved", "if_true", "if_false"], instead: &[] };

pub(super) const PARAMETERS: Keys = Keys {
    what: "`parameters`",
    known: &[
        "security_group",
        "network_acl",
        "routing",
        "peering",
        "translation",
        "ephemeral_ports",
        "high_risk_ports",
    ],
    instead: &[
        ("default_priority", "write it in `settings`"),
        ("peering_to_peering", "write it in `settings`"),
    ],
};

pub(super) const SECURITY_GROUP: Keys = Keys {
    what: "`security_group` of `parameters`",
    known: &[
        "combine",
        "stateful",
        "group_reference",
        "reference_needs_peering",
        "reference_when_forwarded",
        "exempt",
    ],
    instead: &[],
};

pub(super) const NETWORK_ACL: Keys = Keys {
    what: "`network_acl` of `parameters`",
    known: &["stateful", "filters_inside_subnet", "matches_source_port", "numbered", "exempt"],
    instead: &[],
};

pub(super) const ROUTING: Keys = Keys {
    what: "`routing` of `parameters`",
    known: &[
        "local_routes",
        "local_beats_custom",
        "entry",
        "public_address_beats_default_route",
        "internet",
    ],
    instead: &[],
};

pub(super) const PEERING: Keys = Keys {
    what: "`peering` of `parameters`",
    known: &["to_internet_gateway", "to_nat_gateway", "overlap_allowed"],
    instead: &[("to_peering", "write `settings: { peering_to_peering: … }`")],
};

pub(super) const TRANSLATION: Keys =
    Keys { what: "`translation` of `parameters`", known: &["protocols", "ports"], instead: &[] };

pub(super) const EXEMPTION: Keys =
    Keys { what: "an exemption", known: &["cidr", "protocol", "port"], instead: &[] };

pub(super) const HIGH_RISK_PORTS: Keys =
    Keys { what: "an entry of `high_risk_ports`", known: &["protocol", "ports"], instead: &[] };

pub(crate) const COMBINE: [(&str, Combine); 2] =
    [("any-allow", Combine::AnyAllow), ("first-match", Combine::FirstMatch)];

pub(crate) const GROUP_REFERENCE: [(&str, GroupReference); 2] = [
    ("private-addresses", GroupReference::PrivateAddresses),
    ("all-addresses", GroupReference::AllAddresses),
];

pub(crate) const LOCAL_ROUTES: [(&str, LocalRoutes); 2] =
    [("vpc-cidrs", LocalRoutes::VpcCidrs), ("subnet-cidrs", LocalRoutes::SubnetCidrs)];

pub(crate) const ENTRY: [(&str, EntryRouting); 2] =
    [("local-only", EntryRouting::LocalOnly), ("default-table", EntryRouting::DefaultTable)];

pub(crate) const INTERNET: [(&str, InternetAccess); 2] =
    [("gateway", InternetAccess::Gateway), ("public-address", InternetAccess::PublicAddress)];

impl Reader<'_> {
    /// Returns the settings of one VPC.
    pub(super) fn own_settings(&mut self, fields: &Fields<'_>) -> OwnSettings {
        let node = fields.get("settings");
        let Some(own) = node.and_then(|node| self.fields(node, None, &OWN_SETTINGS)) else {
            return OwnSettings::default();
        };
        OwnSettings {
            default_priority: own.get("default_priority").and_then(|node| {
                self.setting(node, |reader, node| {
                    Some(reader.number(node, "a priority", ANY)?.value)
                })
            }),
            peering_to_peering: own
                .get("peering_to_peering")
                .and_then(|node| self.setting(node, Self::truth)),
        }
    }

    /// Returns a value, or one that depends on a fact.
    pub(super) fn setting<T>(
        &mut self,
        node: &Node,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Option<Setting<T>> {
        if !node.is_mapping() {
            return read(self, node).map(Setting::Decided);
        }
        let fields = self.fields(node, None, &OPEN_SETTING)?;
        let fact = self.required(&fields, "unresolved", "a fact");
        let if_true = self.require(&fields, "if_true", "write the value if the fact is true");
        let if_true = if_true.and_then(|node| read(self, node));
        let if_false = self.require(&fields, "if_false", "write the value if the fact is false");
        let if_false = if_false.and_then(|node| read(self, node));
        Some(Setting::Open { fact: fact?, if_true: if_true?, if_false: if_false? })
    }

    pub(super) fn truth(&mut self, node: &Node) -> Option<bool> {
        self.boolean(node).map(|value| value.value)
    }

    /// Returns in what one VPC differs from its profile.
    pub(super) fn parameters(&mut self, fields: &Fields<'_>) -> Parameters {
        let mut read = Parameters::default();
        let node = fields.get("parameters");
        let Some(all) = node.and_then(|node| self.fields(node, None, &PARAMETERS)) else {
            return read;
        };
        if let Some(node) = all.get("security_group") {
            self.group_parameters(node, &mut read);
        }
        if let Some(node) = all.get("network_acl") {
            self.acl_parameters(node, &mut read);
        }
        if let Some(node) = all.get("routing") {
            self.routing_parameters(node, &mut read);
        }
        if let Some(peering) = all.get("peering").and_then(|it| self.fields(it, None, &PEERING)) {
            read.to_internet_gateway = self.maybe(&peering, "to_internet_gateway");
            read.to_nat_gateway = self.maybe(&peering, "to_nat_gateway");
            read.overlap_allowed = self.maybe(&peering, "overlap_allowed");
        }
        if let Some(nat) = all.get("translation").and_then(|it| self.fields(it, None, &TRANSLATION))
        {
            read.translated = nat.get("protocols").map(|node| self.protocols(node));
            read.translation_ports = self.port_parameter(&nat, "ports");
        }
        read.ephemeral_ports = self.port_parameter(&all, "ephemeral_ports");
        read.high_risk_ports = all.get("high_risk_ports").map(|node| self.high_risk_ports(node));
        read
    }

    fn group_parameters(&mut self, node: &Node, read: &mut Parameters) {
        let Some(fields) = self.fields(node, None, &SECURITY_GROUP) else { return };
        read.combine = self.choice(&fields, "combine", &COMBINE);
        read.groups_stateful = self.maybe(&fields, "stateful");
        read.group_reference = self.choice(&fields, "group_reference", &GROUP_REFERENCE);
        read.reference_needs_peering = self.maybe(&fields, "reference_needs_peering");
        read.reference_when_forwarded = self.maybe(&fields, "reference_when_forwarded");
        read.groups_exempt = fields.get("exempt").map(|node| self.exemptions(node));
    }

    fn acl_parameters(&mut self, node: &Node, read: &mut Parameters) {
        let Some(fields) = self.fields(node, None, &NETWORK_ACL) else { return };
        read.acls_stateful = self.maybe(&fields, "stateful");
        read.filters_inside_subnet = self.maybe(&fields, "filters_inside_subnet");
        read.matches_source_port = self.maybe(&fields, "matches_source_port");
        read.numbered = self.maybe(&fields, "numbered");
        read.acls_exempt = fields.get("exempt").map(|node| self.exemptions(node));
    }

    fn routing_parameters(&mut self, node: &Node, read: &mut Parameters) {
        let Some(fields) = self.fields(node, None, &ROUTING) else { return };
        read.local_routes = self.choice(&fields, "local_routes", &LOCAL_ROUTES);
        read.local_beats_custom = self.maybe(&fields, "local_beats_custom");
        read.entry = self.choice(&fields, "entry", &ENTRY);
        read.public_address_beats_default_route =
            self.maybe(&fields, "public_address_beats_default_route");
        read.internet = self.choice(&fields, "internet", &INTERNET);
    }

    fn maybe(&mut self, fields: &Fields<'_>, key: &str) -> Option<bool> {
        fields.get(key).and_then(|node| self.truth(node))
    }

    fn choice<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let word =
            fields.get(key).and_then(|node| self.word(node, &format!("a value of `{key}`"), words));
        word.map(|word| word.value)
    }

    fn port_parameter(&mut self, fields: &Fields<'_>, key: &str) -> Option<PortRange> {
        let range: Option<At<PortRange>> = fields.get(key).and_then(|node| self.port_range(node));
        range.map(|range| range.value)
    }

    fn protocols(&mut self, node: &Node) -> ProtocolSet {
        let list = self.list(node, "`protocols` is a list").unwrap_or_default();
        let numbers = list.iter().filter_map(|node| self.protocol(node));
        numbers.map(|protocol| (protocol.value.0, protocol.value.0)).collect()
    }

    fn high_risk_ports(&mut self, node: &Node) -> Vec<(Protocol, PortRange)> {
        let list = self.list(node, "`high_risk_ports` is a list").unwrap_or_default();
        let mut all = Vec::new();
        for node in list {
            let Some(fields) = self.fields(node, None, &HIGH_RISK_PORTS) else { continue };
            let protocol = self.require(&fields, "protocol", "write for example `protocol: tcp`");
            let protocol = protocol.and_then(|node| self.protocol(node));
            let ports = self.require(&fields, "ports", "write for example `ports: 25`");
            let ports = ports.and_then(|node| self.port_range(node));
            all.extend(protocol.zip(ports).map(|(protocol, ports)| (protocol.value, ports.value)));
        }
        all
    }

    fn exemptions(&mut self, node: &Node) -> Vec<Exemption> {
        let list = self.list(node, "`exempt` is a list").unwrap_or_default();
        list.iter().filter_map(|node| self.exemption(node)).collect()
    }

    fn exemption(&mut self, node: &Node) -> Option<Exemption> {
        let fields = self.fields(node, None, &EXEMPTION)?;
        let block = self.require(&fields, "cidr", "write the block on the far side");
        let prefix = block.and_then(|node| self.prefix(node));
        let (protocol, port) = (fields.get("protocol"), fields.get("port"));
        let service = if protocol.is_some() || port.is_some() {
            let protocol = self.require(&fields, "protocol", "write for example `protocol: tcp`");
            let protocol = protocol.and_then(|node| self.protocol(node));
            let port = self.require(&fields, "port", "write for example `port: 80`");
            let port = port.and_then(|node| self.number(node, "a port", ANY));
            Some((protocol?.value, port?.value))
        } else {
            None
        };
        Some(Exemption { prefix: prefix?.value, service })
    }
}
