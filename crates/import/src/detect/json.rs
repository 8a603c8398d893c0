//! The top-level keys of a JSON object, as far as they are needed to know what the file is.
//!
//! A dump may be large, so the search stops at the first key that tells, and the text after it is
//! the reader's business.

use super::{Content, Damage};
use crate::native::SECTIONS;

/// Returns what a text that begins like a JSON object or array is; `None` for any other text.
pub(super) fn detect(text: &str) -> Option<Content> {
    let begin = text.len() - text.trim_start().len();
    let rest = text.get(begin..)?;
    if rest.starts_with('[') {
        let text_begins =
            rest.get(1..)?.trim_start().starts_with(|next: char| "{[\"]-0123456789".contains(next));
        return text_begins.then(|| Content::Other(String::from("JSON without network data")));
    }
    let inside = rest.strip_prefix('{')?.trim_start();
    if inside.starts_with("canreach") {
        return Some(Content::Native);
    }
    if !inside.starts_with('"') && !inside.starts_with('}') && !inside.is_empty() {
        return None;
    }
    Some(by_keys(text, begin + 1))
}

fn by_keys(text: &str, begin: usize) -> Content {
    let mut keys = Keys { bytes: text.as_bytes(), at: begin };
    let mut section = None;
    loop {
        match keys.next() {
            Next::Key { from, to, value } => {
                let key = text.get(from..to).unwrap_or_default();
                if key == "canreach" {
                    return Content::Native;
                }
                if is_answer(key, value) {
                    return Content::Aws { key: key.to_owned() };
                }
                if SECTIONS.contains(&key) && value == b'{' {
                    section.get_or_insert(from..to);
                }
            }
            Next::End => break,
            Next::Truncated => return truncated(text),
        }
    }
    section.map_or_else(
        || Content::Other(String::from("JSON without network data")),
        super::not_marked,
    )
}

/// Answers that the AWS reader must see even when their value is no list, to say what is wrong.
const ANSWERS: [&str; 17] = [
    "Addresses",
    "EgressOnlyInternetGateways",
    "Entries",
    "InternetGateways",
    "ManagedPrefixLists",
    "NatGateways",
    "NetworkAcls",
    "NetworkInterfaces",
    "PrefixLists",
    "Reservations",
    "RouteTables",
    "SecurityGroupRules",
    "SecurityGroups",
    "Subnets",
    // One object, and not a list.
    "VpcBlockPublicAccessOptions",
    "VpcPeeringConnections",
    "Vpcs",
];

/// Answers of Direct Connect, whose API writes its keys in another way.
const DIRECT_CONNECT: [&str; 4] = [
    "directConnectGatewayAssociations",
    "directConnectGatewayAttachments",
    "directConnectGateways",
    "virtualInterfaces",
];

/// Whether a key with its value looks like an answer of the AWS API: `DescribeVpcs` answers
/// `{"Vpcs": […]}`.
fn is_answer(key: &str, value: u8) -> bool {
    let pascal = key.starts_with(|first: char| first.is_ascii_uppercase())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && key.bytes().any(|byte| byte.is_ascii_lowercase());
    ((pascal || DIRECT_CONNECT.contains(&key)) && value == b'[') || ANSWERS.contains(&key)
}

fn truncated(text: &str) -> Content {
    Content::Damaged(Damage {
        code: "input::truncated",
        message: String::from("this file begins as JSON and ends in the middle"),
        span: text.len()..text.len(),
        help: String::from("record it again; was the disk full, or the command interrupted?"),
    })
}

/// A cursor over the top-level keys of an object. It does not check the syntax of what it skips.
struct Keys<'t> {
    bytes: &'t [u8],
    at: usize,
}

enum Next {
    /// A key, between these offsets, and the first byte of its value.
    Key { from: usize, to: usize, value: u8 },
    /// The object ends, or is no JSON.
    End,
    /// The text ends inside the object.
    Truncated,
}

impl Keys<'_> {
    fn next(&mut self) -> Next {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b',');
        match self.peek() {
            None => return Next::Truncated,
            Some(b'"') => {}
            Some(_) => return Next::End,
        }
        let from = self.at + 1;
        if !self.skip_string() {
            return Next::Truncated;
        }
        let to = self.at - 1;
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b':');
        let Some(value) = self.peek() else { return Next::Truncated };
        // The caller looks at the key before the value is skipped, which may run to the end.
        if value == b'[' && is_answer_key(self.bytes.get(from..to)) {
            return Next::Key { from, to, value };
        }
        if self.skip_value() {
            Next::Key { from, to, value }
        } else {
            self.cut_off(from, to, value)
        }
    }

    /// A key whose value the end of the text cuts off: still told, when it is one that tells.
    fn cut_off(&self, from: usize, to: usize, value: u8) -> Next {
        let key = self.bytes.get(from..to).unwrap_or_default();
        let tells = key == b"canreach" || is_answer_key(Some(key));
        if tells { Next::Key { from, to, value } } else { Next::Truncated }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, what: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&what) {
            self.at += 1;
        }
    }

    /// Skips a string and returns whether it ends.
    fn skip_string(&mut self) -> bool {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return true,
                b'\\' => self.at += 1,
                _ => {}
            }
        }
        false
    }

    /// Skips a value and returns whether it ends.
    fn skip_value(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    if !self.skip_string() {
                        return false;
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' if depth == 0 => return true,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        false
    }
}

fn is_answer_key(key: Option<&[u8]>) -> bool {
    key.and_then(|key| std::str::from_utf8(key).ok()).is_some_and(|key| is_answer(key, b'['))
}
