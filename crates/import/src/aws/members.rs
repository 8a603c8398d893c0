//! The members of a whole file, read in one pass.
//!
//! Lists, which hold nearly all of a dump, are taken apart into their objects at once: as a
//! `RawValue` of its own, a list would be scanned twice.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// The answer that is one object, and no list of objects.
const ONE_OBJECT: &str = "VpcBlockPublicAccessOptions";

/// A member of the object that an answer is.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) content: Content<'a>,
}

/// What a member holds.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// A list, by its objects.
    List(Vec<&'a RawValue>),
    /// A string that is not empty.
    Text(Cow<'a, str>),
    /// A truth value.
    Flag(bool),
    /// `null`, an empty string or an empty object.
    Nothing,
    /// An answer that is one object.
    Object(&'a RawValue),
    /// Anything else, and what it is called.
    Other(&'static str),
}

/// The members of an object in the order written, also where a key is written twice.
pub(super) struct Members<'a>(pub(super) Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Members)
    }
}

/// A key, borrowed from the text unless it has escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            // Only here is an object an answer: anywhere else it is not looked into.
            let content = if key == ONE_OBJECT {
                let raw: &RawValue = map.next_value()?;
                if raw.get().starts_with('{') {
                    Content::Object(raw)
                } else {
                    serde_json::from_str(raw.get()).map_err(M::Error::custom)?
                }
            } else {
                map.next_value()?
            };
            members.push(Member { key, content });
        }
        Ok(members)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        let mut objects = Vec::new();
        while let Some(object) = list.next_element()? {
            objects.push(object);
        }
        Ok(Content::List(objects))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut empty = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            empty = false;
        }
        Ok(if empty { Content::Nothing } else { Content::Other("an object") })
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(if text.is_empty() { Content::Nothing } else { Content::Text(Cow::Borrowed(text)) })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(if text.is_empty() {
            Content::Nothing
        } else {
            Content::Text(Cow::Owned(text.to_owned()))
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Content::Flag(flag))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Content::Other("a number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Content::Other("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Content::Other("a number"))
    }
}
