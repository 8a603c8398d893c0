//! The values of the notation: names, addresses, ports and the like.

use std::borrow::Cow;

use canreach_net::{AddressRange, IpNet, PortRange, Protocol};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A value that is written as text.
macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident, $schema:tt) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!($schema);
                let text = concat!($($doc, "\n"),+).trim().replace("\n ", "\n");
                schema.insert("description".into(), text.into());
                schema
            }
        }
    };
}

text! {
    /// The name of an object in the same file, or else in another one.
    Name, { "type": ["string", "integer", "boolean"] }
}

text! {
    /// Any text; what looks like a number is text here too.
    Text, { "type": ["string", "number", "boolean"] }
}

text! {
    /// The value of a tag.
    TagValue, { "type": ["string", "number", "boolean", "null"] }
}

text! {
    /// A CIDR block without host bits, such as `10.0.0.0/16` or `2001:db8::/56`.
    Block, { "type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9]{1,3}$" }
}

text! {
    /// An address, such as `10.0.0.5` or `2001:db8::10`.
    Address, { "type": "string", "pattern": "^[0-9A-Fa-f:.]+$" }
}

text! {
    /// An address, a CIDR block without host bits, or a range such as `10.0.0.5-10.0.0.9`.
    Range, { "type": "string", "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3}| *- *[0-9A-Fa-f:.]+)?$" }
}

text! {
    /// The addresses a service listens on, as `ss` prints them: `*` or `::` for every address of both
    /// families, `0.0.0.0` for every IPv4 address, `[::]` for every IPv6 address, else one address.
    Listen, { "type": "string", "pattern": "^(\\*|\\[?[0-9A-Fa-f:.]+\\]?)$" }
}

text! {
    /// A place in one of the `sources`: the position of the source in that list, counted from 0, the
    /// line and the column, both counted from 1.
    Spot, { "type": "string", "pattern": "^[0-9]+:[0-9]+:[0-9]+$" }
}

text! {
    /// The SHA-256 digest of a file.
    Digest, { "type": "string", "pattern": "^sha256:[0-9a-f]*$" }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<IpNet> for Block {
    fn from(block: IpNet) -> Self {
        Self(block.to_string())
    }
}

impl From<std::net::IpAddr> for Address {
    fn from(address: std::net::IpAddr) -> Self {
        Self(address.to_string())
    }
}

impl From<AddressRange> for Range {
    fn from(range: AddressRange) -> Self {
        Self(range.to_string())
    }
}

/// A port, or a range of ports such as `8000-8080`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) PortRange);

impl Serialize for Ports {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.first() == self.0.last() {
            serializer.serialize_u16(self.0.first())
        } else {
            serializer.collect_str(&self.0)
        }
    }
}

impl JsonSchema for Ports {
    fn schema_name() -> Cow<'static, str> {
        "Ports".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A port, or a range of ports such as `8000-8080`.",
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": 65535 },
                { "type": "string", "pattern": "^ *[0-9]{1,5} *(- *[0-9]{1,5} *)?$" },
            ]
        })
    }
}

/// A protocol by its name, or by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProtocolName(pub(crate) Protocol);

impl Serialize for ProtocolName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        // A protocol without a name prints as `protocol 200`.
        if text.parse() == Ok(self.0) {
            serializer.serialize_str(&text)
        } else {
            serializer.serialize_u8(self.0.0)
        }
    }
}

impl JsonSchema for ProtocolName {
    fn schema_name() -> Cow<'static, str> {
        "Protocol".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A protocol: `tcp`, `udp`, `icmp`, `icmpv6`, `gre`, `esp`, `ah`, … or its number.",
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": 255 },
                { "type": "string", "pattern": "^([A-Za-z][A-Za-z0-9-]*|[0-9]{1,3})$" },
            ]
        })
    }
}

/// An ICMP type or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IcmpNumber {
    /// Every one, but of ICMP alone; only the reading of records makes such a difference.
    Any,
    /// One.
    Is(u8),
}

impl Serialize for IcmpNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::Is(number) => serializer.serialize_u8(*number),
        }
    }
}

impl JsonSchema for IcmpNumber {
    fn schema_name() -> Cow<'static, str> {
        "IcmpNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An ICMP type or code; in a record also `any`.",
            "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 255 }, { "const": "any" }]
        })
    }
}

/// A list, or its only item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneOrMore<T>(pub(crate) Vec<T>);

impl<T: Serialize> Serialize for OneOrMore<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            all => all.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// Objects by their names, in order.
#[derive(Clone, Debug)]
pub(crate) struct Section<T>(pub(crate) Vec<(String, T)>);

impl<T: Serialize> Serialize for Section<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, object)| (name, object)))
    }
}

impl<T: JsonSchema> JsonSchema for Section<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Section{}", T::schema_name()).into()
    }

    /// An object without keys may be left out after its name, and a section without objects too.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let object = generator.subschema_for::<T>();
        let required = T::json_schema(generator).get("required").is_some();
        let object =
            if required { object } else { json_schema!({ "anyOf": [object, { "type": "null" }] }) };
        json_schema!({ "type": ["null", "object"], "additionalProperties": object })
    }
}
