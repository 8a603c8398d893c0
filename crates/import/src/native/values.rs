//! Reading values: blocks, addresses, ports, protocols and the ends a rule speaks of.

use std::net::IpAddr;

use canreach_net::{AddressRange, AddressRangeError, IpNet, PortRange, Protocol};

use super::{
    fields::{Keys, Reader},
    node::{At, Name, Node, Value},
};
use crate::diagnostic::Diagnostic;

/// Which addresses one side of a rule speaks of, as written.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// A block, address or range.
    Range(AddressRange),
    /// The members of a security group.
    SecurityGroup(Name),
    /// The entries of an address group.
    AddressGroup(Name),
}

pub(super) const END: Keys = Keys {
    what: "this end of a rule",
    known: &["security_group", "address_group"],
    instead: &[("cidr", "write the block itself, such as `source: 10.0.0.0/8`")],
};

impl Reader<'_> {
    /// Returns a block such as `10.0.0.0/16`.
    pub(super) fn prefix(&mut self, node: &Node) -> Option<At<IpNet>> {
        let text = self.text(node, "expected a CIDR block, such as `10.0.0.0/16`")?.value;
        let error = if let Ok(prefix) = text.parse::<IpNet>() {
            if prefix.addr() == prefix.network() {
                return Some(At { value: prefix, place: node.place });
            }
            host_bits(node, prefix)
        } else if let Ok(address) = text.parse::<IpAddr>() {
            let block = IpNet::from(address);
            Diagnostic::error(
                "model::cidr",
                node.place,
                format!("`{text}` is an address, not a CIDR block"),
            )
            .help(format!("write `{block}` for that one address"))
        } else {
            Diagnostic::error("model::cidr", node.place, format!("`{text}` is no CIDR block"))
                .help("write for example `10.0.0.0/16` or `2001:db8::/56`")
        };
        self.diagnostics.push(error);
        None
    }

    /// Returns the blocks of a list, or a single one.
    pub(super) fn prefixes(&mut self, node: &Node) -> Vec<At<IpNet>> {
        let blocks = self.one_or_more(node, "CIDR block");
        blocks.iter().filter_map(|block| self.prefix(block)).collect()
    }

    /// Returns an address such as `10.0.0.5`.
    pub(super) fn address(&mut self, node: &Node) -> Option<At<IpAddr>> {
        let text = self.text(node, "expected an address, such as `10.0.0.5`")?.value;
        if let Ok(value) = text.parse() {
            return Some(At { value, place: node.place });
        }
        let help = match text.parse::<IpNet>() {
            Ok(prefix) => format!("write `{}`, without the prefix length", prefix.addr()),
            Err(_) => String::from("write for example `10.0.0.5` or `2001:db8::10`"),
        };
        let message = format!("`{text}` is no address");
        self.diagnostics.push(Diagnostic::error("model::address", node.place, message).help(help));
        None
    }

    /// Returns the addresses of a list, or a single one.
    pub(super) fn addresses(&mut self, node: &Node) -> Vec<At<IpAddr>> {
        let addresses = self.one_or_more(node, "address");
        addresses.iter().filter_map(|address| self.address(address)).collect()
    }

    /// Returns the items of a list that must have one, or the single value itself.
    pub(super) fn one_or_more<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) if items.is_empty() => {
                let message = format!("at least one {what} is needed");
                self.diagnostics.push(
                    Diagnostic::error("model::missing_value", node.place, message)
                        .label("this list is empty"),
                );
                &[]
            }
            Value::List(items) => items,
            Value::Scalar(_) | Value::Null | Value::Map(_) => std::slice::from_ref(node),
        }
    }

    /// Returns an address, block or range.
    pub(super) fn range(&mut self, node: &Node) -> Option<At<AddressRange>> {
        let text = self.text(node, "expected an address, CIDR block or range")?.value;
        match text.parse::<AddressRange>() {
            Ok(value) => return Some(At { value, place: node.place }),
            Err(AddressRangeError::HostBits { .. }) => {
                if let Ok(prefix) = text.parse() {
                    self.diagnostics.push(host_bits(node, prefix));
                }
            }
            Err(AddressRangeError::Reversed { .. }) => {
                let message = format!("range `{text}` must go upwards within one address family");
                self.wrong_value("model::address", node, message);
            }
            Err(AddressRangeError::Malformed { .. }) => {
                let message = format!("`{text}` is no address, CIDR block or range");
                let error = Diagnostic::error("model::address", node.place, message);
                let help = match text {
                    "any" | "all" | "*" => "leave the key out: then every address matches",
                    _ => "write for example `10.0.0.5`, `10.0.0.0/24` or `10.0.0.5-10.0.0.9`",
                };
                self.diagnostics.push(error.help(help));
            }
        }
        None
    }

    /// Returns one end of a rule.
    pub(super) fn end(&mut self, node: &Node) -> Option<At<End>> {
        let place = node.place;
        match &node.value {
            Value::Scalar(_) => {
                self.range(node).map(|range| At { value: End::Range(range.value), place })
            }
            Value::Map(entries) => {
                let fields = self.fields(node, None, &END)?;
                let value = match (fields.get("security_group"), fields.get("address_group")) {
                    (Some(name), None) => End::SecurityGroup(self.name(name, "a security group")?),
                    (None, Some(name)) => End::AddressGroup(self.name(name, "an address group")?),
                    // Its unknown keys have been reported.
                    (None, None) if !entries.is_empty() => return None,
                    (Some(_), Some(_)) | (None, None) => {
                        let message = "expected either `security_group` or `address_group`";
                        self.wrong_value("model::rule_end", node, message);
                        return None;
                    }
                };
                Some(At { value, place })
            }
            Value::List(_) => {
                let error = Diagnostic::error(
                    "model::wrong_type",
                    place,
                    "a rule has one end, not a list of them",
                )
                .help("write one rule for each, or an address group");
                self.diagnostics.push(error);
                None
            }
            Value::Null => {
                self.wrong_type(node, "expected an address, CIDR block, range or group");
                None
            }
        }
    }

    /// Returns a protocol.
    pub(super) fn protocol(&mut self, node: &Node) -> Option<At<Protocol>> {
        let text = self.text(node, "expected a protocol, such as `tcp`")?.value;
        if let Ok(value) = text.parse() {
            return Some(At { value, place: node.place });
        }
        let error =
            Diagnostic::error("model::protocol", node.place, format!("`{text}` is no protocol"));
        let help = match text {
            "any" | "all" | "-1" | "*" => "leave `protocol` out: then every protocol matches",
            _ => "write tcp, udp, icmp, icmpv6, gre, esp, ah or a number from 0 to 255",
        };
        self.diagnostics.push(error.help(help));
        None
    }

    /// Returns a port or range of ports.
    pub(super) fn port_range(&mut self, node: &Node) -> Option<At<PortRange>> {
        let text = self.text(node, "expected a port, or a range such as `8000-8080`")?.value;
        match text.parse() {
            Ok(value) => Some(At { value, place: node.place }),
            Err(error) => {
                let error = Diagnostic::error("model::port", node.place, error.to_string());
                let help = match text {
                    "any" | "all" | "*" | "-1" => {
                        Some("leave `ports` out: then every port matches")
                    }
                    _ if text.contains(',') => Some("write a list: `[80, 443]`"),
                    _ if text.contains(':') => Some("write a range with a dash: `8000-8080`"),
                    _ => None,
                };
                self.diagnostics.push(error.maybe_help(help.map(str::to_owned)));
                None
            }
        }
    }

    /// Returns the ports of a list, or a single range.
    pub(super) fn port_ranges(&mut self, node: &Node) -> Vec<At<PortRange>> {
        let ranges = self.one_or_more(node, "port");
        ranges.iter().filter_map(|range| self.port_range(range)).collect()
    }

    /// Returns one of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<At<T>> {
        let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let expected = format!("expected {what}: {}", all.join(", "));
        let text = self.text(node, &expected)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(At { value: *value, place: node.place });
        }
        let help = super::similar::did_you_mean(text.value, words.iter().map(|(word, _)| *word));
        let error =
            Diagnostic::error("model::word", node.place, format!("`{}` is not {what}", text.value));
        self.diagnostics.push(error.help(expected).maybe_help(help));
        None
    }
}

fn host_bits(node: &Node, prefix: IpNet) -> Diagnostic {
    let (block, address) = (prefix.trunc(), prefix.addr());
    Diagnostic::error(
        "model::host_bits",
        node.place,
        format!("CIDR block `{prefix}` has host bits set"),
    )
    .label("bits beyond the prefix length")
    .help(format!("write `{block}`, or `{}` for that one address", IpNet::from(address)))
}
