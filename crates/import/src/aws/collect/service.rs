//! Protocols with their ports or ICMP messages, as security groups and network ACLs write them.

use canreach_model::IcmpMatch;
use canreach_net::{PortRange, PortSet, Protocol};
use serde_json::value::RawValue;

use super::super::{
    json::{Leaf, Reader},
    records::Service,
};

/// The keys that one answer uses for a protocol and the two numbers that go with it.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) protocol: &'static str,
    pub(super) ports: (&'static str, &'static str),
    pub(super) icmp: (&'static str, &'static str),
}

/// The numbers beside a protocol; a security group writes ICMP messages where ports would be.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) ports: (Leaf<'a>, Leaf<'a>),
    pub(super) icmp: (Leaf<'a>, Leaf<'a>),
}

/// Reads a protocol; numbers count only for protocols that have them.
///
/// AWS: with protocol `-1`, or one that is none of TCP, UDP, ICMP and ICMPv6, every port is meant,
/// whatever the ports say (API reference, `IpPermission` and `CreateNetworkAclEntry`).
pub(super) fn service<'a>(
    reader: &mut Reader<'_, 'a>,
    object: &'a RawValue,
    protocol: Leaf<'a>,
    numbers: Numbers<'a>,
    keys: Keys,
) -> Option<Service> {
    let every = PortSet::all();
    let written = reader.id(object, protocol, keys.protocol)?;
    if written == "-1" || written == "all" {
        return Some(Service { protocol: None, ports: every, icmp: None });
    }
    let Ok(known) = written.parse::<Protocol>() else {
        if let Some(raw) = protocol {
            reader.mistyped(
                raw,
                keys.protocol,
                "`-1`, `tcp`, `udp`, `icmp` or a number from 0 to 255",
            );
        }
        return None;
    };
    let mut service = Service { protocol: Some(known), ports: every, icmp: None };
    if known.has_ports() {
        service.ports = ports(reader, numbers.ports, keys.ports)?;
    } else if known.is_icmp() {
        service.icmp = icmp(reader, numbers.icmp, keys.icmp)?;
    }
    Some(service)
}

/// Reads the ports; `-1` and nothing mean every port.
fn ports<'a>(
    reader: &mut Reader<'_, 'a>,
    leaves: (Leaf<'a>, Leaf<'a>),
    keys: (&str, &str),
) -> Option<PortSet> {
    let mut port = |leaf: Leaf<'a>, key: &str, open: u16| {
        if leaf.is_none() {
            return Some(open);
        }
        let number = reader.integer(leaf, key, (-1, 65535))?;
        Some(u16::try_from(number).unwrap_or(open))
    };
    let (first, last) = (port(leaves.0, keys.0, 0), port(leaves.1, keys.1, u16::MAX));
    match PortRange::new(first?, last?) {
        Ok(range) => Some(range.into()),
        Err(error) => {
            if let Some(raw) = leaves.0 {
                let range = reader.range(raw);
                let help = "write the smaller port first";
                reader.error("aws::reversed_ports", range, error.to_string(), "larger", help);
            }
            None
        }
    }
}

/// Reads an ICMP type and code; `-1` and nothing mean every one. The outer `None` is an error.
#[expect(clippy::option_option, reason = "no constraint and an error are two things")]
fn icmp<'a>(
    reader: &mut Reader<'_, 'a>,
    leaves: (Leaf<'a>, Leaf<'a>),
    keys: (&str, &str),
) -> Option<Option<IcmpMatch>> {
    let mut number = |leaf: Leaf<'a>, key: &str| match leaf {
        None => Some(None),
        Some(_) => reader.integer(leaf, key, (-1, 255)).map(|number| u8::try_from(number).ok()),
    };
    let (kind, code) = (number(leaves.0, keys.0), number(leaves.1, keys.1));
    let (kind, code) = (kind?, code?);
    // A code without a type means nothing: AWS takes type -1 as every type and every code.
    let code = kind.and(code);
    Some(kind.map(|kind| IcmpMatch { kind: Some(kind), code }))
}
