//! Reading a file section by section.

use std::collections::BTreeSet;

use canreach_model::{PeeringStatus, ProfileName};

use super::{
    about::ABOUT,
    fields::{Fields, Keys, Reader},
    node::{At, Name, Node, Value},
    written::{
        AddressGroup, Entry, InternetGateway, Item, OutsideNetwork, Peering, PublicAddress,
        Settings, Subnet, Vpc, Written,
    },
};
use crate::diagnostic::{Diagnostic, Place};

/// The version of the notation that this reader knows.
const VERSION: &str = "1";

/// The keys of a file: seven that speak of the whole of it, then its sections.
const FILE_KEYS: [&str; 30] = [
    "canreach",
    "profile",
    "settings",
    "sources",
    "not_examined",
    "assumptions",
    "facts",
    "vpcs",
    "subnets",
    "route_tables",
    "network_acls",
    "security_groups",
    "address_groups",
    "instances",
    "interfaces",
    "peerings",
    "internet_gateways",
    "public_addresses",
    "nat_gateways",
    "cloud_firewalls",
    "transit_gateways",
    "transit_attachments",
    "transit_route_tables",
    "connections",
    "remote_networks",
    "load_balancers",
    "virtual_addresses",
    "gateway_endpoints",
    "endpoints",
    "outside_networks",
];

/// The sections of a model, by which one without its `canreach` key is recognised.
pub(crate) const SECTIONS: &[&str] = FILE_KEYS.split_at(7).1;

pub(super) const FILE: Keys = Keys {
    what: "a model",
    known: &FILE_KEYS,
    instead: &[
        ("services", "write `services` inside an instance"),
        ("routes", "write `routes` inside an entry of `route_tables`"),
        ("elastic_ips", "write `public_addresses`"),
        ("eips", "write `public_addresses`"),
        ("nacls", "write `network_acls`"),
        ("firewalls", "write `cloud_firewalls`, or `firewall` inside an instance"),
        ("attachments", "write `transit_attachments`"),
        ("vpns", "write `connections`"),
        ("enterprise_routers", "write `transit_gateways`"),
    ],
};

impl Reader<'_> {
    /// Returns what a file says.
    pub(super) fn file(&mut self, root: &Node) -> Written {
        // Another version has other keys; errors about them would only mislead.
        if !self.version(root) {
            return Written::default();
        }
        let Some(fields) = self.fields(root, None, &FILE) else { return Written::default() };
        let mut written = Written {
            record: self.record(&fields),
            facts: self.facts(&fields),
            assumptions: self.assumptions(&fields),
            profile: fields.get("profile").and_then(|node| self.profile(node)),
            settings: fields.get("settings").map(|node| self.settings(node)).unwrap_or_default(),
            vpcs: self.section(&fields, "vpcs", &VPC, Self::vpc),
            subnets: self.section(&fields, "subnets", &SUBNET, Self::subnet),
            route_tables: self.section(
                &fields,
                "route_tables",
                &super::routes::ROUTE_TABLE,
                Self::route_table,
            ),
            network_acls: self.section(
                &fields,
                "network_acls",
                &super::rules::NETWORK_ACL,
                Self::network_acl,
            ),
            security_groups: self.section(
                &fields,
                "security_groups",
                &super::rules::SECURITY_GROUP,
                Self::security_group,
            ),
            address_groups: self.section(
                &fields,
                "address_groups",
                &ADDRESS_GROUP,
                Self::address_group,
            ),
            instances: self.section(&fields, "instances", &super::hosts::INSTANCE, Self::instance),
            interfaces: self.section(
                &fields,
                "interfaces",
                &super::hosts::INTERFACE,
                |reader, fields, _| reader.interface(fields),
            ),
            peerings: self.section(&fields, "peerings", &PEERING, Self::peering),
            internet_gateways: self.section(
                &fields,
                "internet_gateways",
                &INTERNET_GATEWAY,
                Self::internet_gateway,
            ),
            public_addresses: self.section(
                &fields,
                "public_addresses",
                &PUBLIC_ADDRESS,
                Self::public_address,
            ),
            nat_gateways: self.section(
                &fields,
                "nat_gateways",
                &super::hosts::NAT_GATEWAY,
                Self::nat_gateway,
            ),
            outside_networks: self.section(
                &fields,
                "outside_networks",
                &OUTSIDE_NETWORK,
                Self::outside_network,
            ),
            has_security_groups: fields.get("security_groups").is_some(),
            has_network_acls: fields.get("network_acls").is_some(),
            has_cloud_firewalls: fields.get("cloud_firewalls").is_some(),
            broken_sections: SECTIONS
                .iter()
                .filter_map(|key| fields.get(key))
                .any(|node| matches!(&node.value, Value::Scalar(_) | Value::List(_))),
            ..Written::default()
        };
        self.further_sections(&fields, &mut written);
        self.complete(&fields, &written);
        written
    }

    fn version(&mut self, root: &Node) -> bool {
        let Value::Map(entries) = &root.value else { return true };
        let Some((_, node)) = entries.iter().find(|(key, _)| key.value == "canreach") else {
            return true;
        };
        let Some(text) = self.text(node, "expected the version of the notation: `canreach: 1`")
        else {
            return false;
        };
        if text.value == VERSION {
            return true;
        }
        let message = format!("version `{}` of the notation is not supported", text.value);
        self.diagnostics.push(
            Diagnostic::error("model::version", node.place, message)
                .help(format!("write `canreach: {VERSION}`, or use a newer canreach")),
        );
        false
    }

    /// Notes a file that says nothing, or does not say which cloud it is about.
    fn complete(&mut self, fields: &Fields<'_>, written: &Written) {
        let place = fields.get("canreach").map_or(fields.place, |node| node.place);
        let filled = SECTIONS.iter().filter_map(|key| fields.get(key)).any(|node| {
            !matches!(&node.value, Value::Null) && node.value != Value::Map(Vec::new())
        });
        if !filled {
            let error = Diagnostic::error("model::empty", place, "the model describes nothing");
            self.diagnostics.push(error.help("add `vpcs`, `subnets` and `instances`"));
        }
        let missing = written.vpcs.iter().any(|vpc| vpc.body.profile.is_none());
        if missing && fields.get("profile").is_none() {
            let error = Diagnostic::error("model::missing_key", place, "the model needs the key `profile`")
                .label("nothing says which cloud this is")
                .help("write `profile: huawei`, `huawei-allow-only`, `aws`, or `generic` for no particular cloud");
            self.diagnostics.push(error);
        }
    }

    fn profile(&mut self, node: &Node) -> Option<At<ProfileName>> {
        self.word(node, "a profile", &ProfileName::ALL.map(|name| (name.as_str(), name)))
    }

    fn settings(&mut self, node: &Node) -> Settings {
        let Some(fields) = self.fields(node, None, &super::parameters::SETTINGS) else {
            return Settings::default();
        };
        Settings {
            default_priority: fields
                .get("default_priority")
                .and_then(|node| self.number(node, "a priority", super::rules::PRIORITY)),
            peering_to_peering: fields
                .get("peering_to_peering")
                .and_then(|node| self.boolean(node)),
            cloud_firewall_stateful: fields
                .get("cloud_firewall_stateful")
                .and_then(|node| self.boolean(node)),
        }
    }

    /// Returns the objects of one section.
    pub(super) fn section<T>(
        &mut self,
        file: &Fields<'_>,
        key: &str,
        keys: &Keys,
        read: impl Fn(&mut Self, &Fields<'_>, &Name) -> T,
    ) -> Vec<Item<T>> {
        let Some(node) = file.get(key) else { return Vec::new() };
        let entries = match &node.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            Value::Scalar(_) | Value::List(_) => {
                self.wrong_type(node, &format!("`{key}` is a mapping from names to objects"));
                &[]
            }
        };
        let what = keys.what.split_once(' ').map_or(keys.what, |(_, noun)| noun);
        self.duplicates(entries, |name| format!("{what} `{name}` is defined twice"));
        let (mut items, mut names) = (Vec::new(), BTreeSet::new());
        for (name, node) in entries {
            let Some(fields) = self.fields_and(node, Some(name), keys, &ABOUT) else { continue };
            let (tags, about) = (self.tags(&fields), self.about(&fields));
            let body = read(self, &fields, name);
            // Of two with one name both are read, for their errors, and the first counts.
            if names.insert(&name.value) {
                items.push(Item { name: name.clone(), about, tags, body });
            }
        }
        items
    }

    /// Returns the name under a key, where it was written.
    pub(super) fn reference(&mut self, fields: &Fields<'_>, key: &str, kind: &str) -> Option<Name> {
        fields.get(key).and_then(|node| self.name(node, kind))
    }

    /// Returns the name under a key that must be there.
    pub(super) fn required(&mut self, fields: &Fields<'_>, key: &str, kind: &str) -> Option<Name> {
        let node = self.require(fields, key, &format!("write `{key}: ` and the name of {kind}"))?;
        self.name(node, kind)
    }

    /// Returns the truth value under a key, or what holds without it.
    pub(super) fn flag(&mut self, fields: &Fields<'_>, key: &str, otherwise: bool) -> bool {
        let value = fields.get(key).and_then(|node| self.boolean(node));
        value.map_or(otherwise, |value| value.value)
    }

    fn vpc(&mut self, fields: &Fields<'_>, _: &Name) -> Vpc {
        let cidrs = self.require(fields, "cidrs", "write for example `cidrs: [10.0.0.0/16]`");
        Vpc {
            cidrs: cidrs.map(|node| self.prefixes(node)).unwrap_or_default(),
            profile: fields.get("profile").and_then(|node| self.profile(node)),
            settings: self.own_settings(fields),
            parameters: self.parameters(fields),
            default_route_table: self.reference(fields, "default_route_table", "a route table"),
            unlisted: self.reference(fields, "unlisted", "a fact"),
        }
    }

    fn subnet(&mut self, fields: &Fields<'_>, _: &Name) -> Subnet {
        let cidrs = self.require(fields, "cidrs", "write for example `cidrs: [10.0.1.0/24]`");
        let zone =
            fields.get("zone").and_then(|node| self.text(node, "expected the name of a zone"));
        Subnet {
            vpc: self.required(fields, "vpc", "a VPC"),
            cidrs: cidrs.map(|node| self.prefixes(node)).unwrap_or_default(),
            route_table: self.reference(fields, "route_table", "a route table"),
            network_acl: self.reference(fields, "network_acl", "a network ACL"),
            zone: zone.map(|zone| zone.value.to_owned()),
        }
    }

    fn address_group(&mut self, fields: &Fields<'_>, _: &Name) -> AddressGroup {
        let entries =
            self.require(fields, "entries", "write `entries: []` for a group without addresses");
        let entries = entries.and_then(|node| self.list(node, "`entries` is a list of addresses"));
        let entries =
            entries.unwrap_or_default().iter().filter_map(|node| self.entry(node)).collect();
        AddressGroup { entries }
    }

    /// An address, or such with its origin.
    fn entry(&mut self, node: &Node) -> Option<Entry> {
        if !node.is_mapping() {
            return self.range(node).map(|range| Entry { range, origin: None });
        }
        let fields = self.fields(node, None, &ENTRY)?;
        let range = self.require(&fields, "range", "write an address, a CIDR block or a range")?;
        let range = self.range(range)?;
        Some(Entry { range, origin: self.origin(&fields) })
    }

    fn peering(&mut self, fields: &Fields<'_>, _: &Name) -> Peering {
        const STATUS: [(&str, PeeringStatus); 5] = [
            ("active", PeeringStatus::Active),
            ("pending-acceptance", PeeringStatus::PendingAcceptance),
            ("rejected", PeeringStatus::Rejected),
            ("expired", PeeringStatus::Expired),
            ("deleted", PeeringStatus::Gone),
        ];
        let status =
            fields.get("status").and_then(|node| self.word(node, "a status of a peering", &STATUS));
        Peering {
            requester: self.required(fields, "requester", "a VPC"),
            accepter: self.required(fields, "accepter", "a VPC"),
            status: status.map_or(PeeringStatus::Active, |status| status.value),
            firewall: self.reference(fields, "firewall", "a cloud firewall"),
        }
    }

    fn internet_gateway(&mut self, fields: &Fields<'_>, _: &Name) -> InternetGateway {
        InternetGateway {
            vpc: self.reference(fields, "vpc", "a VPC"),
            has_vpc: fields.get("vpc").is_some(),
            egress_only: self.flag(fields, "egress_only", false),
            route_table: self.reference(fields, "route_table", "a route table"),
        }
    }

    fn public_address(&mut self, fields: &Fields<'_>, _: &Name) -> PublicAddress {
        let address = self.require(fields, "address", "write for example `address: 203.0.113.10`");
        let conflicts = [
            ("interface", "nat_gateway"),
            ("interface", "virtual_address"),
            ("nat_gateway", "virtual_address"),
            ("private_address", "nat_gateway"),
            ("private_address", "virtual_address"),
            ("interface", "unresolved"),
            ("nat_gateway", "unresolved"),
            ("virtual_address", "unresolved"),
            ("private_address", "unresolved"),
        ];
        for (first, second) in conflicts {
            self.exclusive(fields, first, second);
        }
        let other = ["interface", "nat_gateway", "virtual_address", "unresolved"];
        if let (Some(node), false) =
            (fields.get("private_address"), other.iter().any(|key| fields.get(key).is_some()))
        {
            let message = "`private_address` says which address of an interface is meant";
            let error = Diagnostic::error("model::missing_key", node.place, message);
            self.diagnostics
                .push(error.label("but there is no `interface`").help("add `interface: …`"));
        }
        let nat_gateway = self.reference(fields, "nat_gateway", "a NAT gateway");
        PublicAddress {
            address: address.and_then(|node| self.address(node)),
            interface: self.reference(fields, "interface", "an interface or instance"),
            private_address: fields.get("private_address").and_then(|node| self.address(node)),
            broken: nat_gateway.is_none() && fields.get("nat_gateway").is_some(),
            nat_gateway,
            virtual_address: self.reference(fields, "virtual_address", "a virtual address"),
            unresolved: self.reference(fields, "unresolved", "a fact"),
            firewall: self.reference(fields, "firewall", "a cloud firewall"),
        }
    }

    /// Notes two keys that exclude each other.
    pub(super) fn exclusive(&mut self, fields: &Fields<'_>, first: &str, second: &str) -> bool {
        let place = |key| fields.get(key).map(|node: &Node| node.place);
        let (Some(one), Some(other)): (Option<Place>, Option<Place>) =
            (place(first), place(second))
        else {
            return true;
        };
        let message = format!("`{first}` and `{second}` exclude each other");
        self.diagnostics.push(
            Diagnostic::error("model::conflict", other, message)
                .note(one, format!("`{first}` is here")),
        );
        false
    }

    fn outside_network(&mut self, fields: &Fields<'_>, _: &Name) -> OutsideNetwork {
        let cidrs = self.require(fields, "cidrs", "write for example `cidrs: [203.0.113.0/24]`");
        OutsideNetwork { cidrs: cidrs.map(|node| self.prefixes(node)).unwrap_or_default() }
    }
}

pub(super) const VPC: Keys = Keys {
    what: "a VPC",
    known: &[
        "cidrs",
        "profile",
        "settings",
        "parameters",
        "default_route_table",
        "unlisted",
        "tags",
    ],
    instead: &[("subnets", "write `subnets` beside `vpcs`, each with `vpc: …`")],
};

pub(super) const SUBNET: Keys = Keys {
    what: "a subnet",
    known: &["vpc", "cidrs", "route_table", "network_acl", "zone", "tags"],
    instead: &[("security_groups", "security groups belong to interfaces")],
};

pub(super) const ADDRESS_GROUP: Keys = Keys {
    what: "an address group",
    known: &["entries", "tags"],
    instead: &[("cidrs", "write `entries`")],
};

pub(super) const ENTRY: Keys =
    Keys { what: "an entry of an address group", known: &["range", "origin"], instead: &[] };

pub(super) const PEERING: Keys = Keys {
    what: "a peering",
    known: &["requester", "accepter", "status", "firewall", "tags"],
    instead: &[],
};

pub(super) const INTERNET_GATEWAY: Keys = Keys {
    what: "an Internet gateway",
    known: &["vpc", "egress_only", "route_table", "tags"],
    instead: &[],
};

pub(super) const PUBLIC_ADDRESS: Keys = Keys {
    what: "a public address",
    known: &[
        "address",
        "interface",
        "private_address",
        "nat_gateway",
        "virtual_address",
        "unresolved",
        "firewall",
        "tags",
    ],
    instead: &[(
        "instance",
        "write `interface: ` and the name of the instance or of one of its interfaces",
    )],
};

pub(super) const OUTSIDE_NETWORK: Keys =
    Keys { what: "an outside network", known: &["cidrs", "tags"], instead: &[] };
