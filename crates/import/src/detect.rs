//! What a file is, by its content.
//!
//! Never by its name: people rename dumps. A file that begins like network data and is damaged is
//! an error; leaving it out in silence could turn an answer around.

mod json;
mod yaml;

use std::{borrow::Cow, ops::Range};

use crate::text::{self, NotText};

/// What a file's content is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A canreach model, in YAML or JSON.
    Native,
    /// One answer of the AWS API, named by its top-level key.
    Aws {
        /// The top-level key, such as `SecurityGroups`.
        key: String,
    },
    /// It begins like network data, but cannot be read as such.
    Damaged(Damage),
    /// No network data; the reason, as a phrase.
    Other(String),
}

/// Why a file that looks like network data cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// A stable code.
    pub code: &'static str,
    /// What is wrong, in lower case, without a full stop.
    pub message: String,
    /// The bytes it concerns, as offsets into the file's text.
    pub span: Range<usize>,
    /// What to do.
    pub help: String,
}

/// Returns what the bytes of a file are.
#[must_use]
pub fn detect(bytes: &[u8]) -> Content {
    decode(bytes).0
}

/// Returns what the bytes of a file are, with the text they stand for; none where they are no text.
pub(crate) fn decode(bytes: &[u8]) -> (Content, Cow<'_, str>) {
    match text::decode(bytes) {
        Ok(text) => (detect_text(&text), text),
        Err(error) => (damaged(bytes, error), Cow::default()),
    }
}

/// Returns what bytes are that are no text throughout.
fn damaged(bytes: &[u8], error: NotText) -> Content {
    match detect_text(&text::valid_beginning(bytes)) {
        Content::Other(_) => Content::Other(String::from("binary data")),
        Content::Native | Content::Aws { .. } | Content::Damaged(_) => {
            Content::Damaged(not_text(error.valid))
        }
    }
}

fn not_text(at: usize) -> Damage {
    Damage {
        code: "input::encoding",
        message: String::from("the file looks like network data, but is not text throughout"),
        span: at..at,
        help: String::from("save it as UTF-8, or record it again"),
    }
}

fn detect_text(text: &str) -> Content {
    if text.trim_start().is_empty() {
        return Content::Other(String::from("empty"));
    }
    if !text.trim_start().starts_with('{') && text.contains('\0') {
        return Content::Other(String::from("binary data"));
    }
    json::detect(text).unwrap_or_else(|| yaml::detect(text))
}

/// The error for a model without its `canreach` key.
fn not_marked(span: Range<usize>) -> Content {
    Content::Damaged(Damage {
        code: "model::no_version",
        message: String::from("this looks like a canreach model, but has no `canreach` key"),
        span,
        help: String::from("begin the file with `canreach: 1`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(key: &str) -> Content {
        Content::Aws { key: key.into() }
    }

    fn damage(text: &str) -> &'static str {
        match detect(text.as_bytes()) {
            Content::Damaged(damage) => damage.code,
            other @ (Content::Native | Content::Aws { .. } | Content::Other(_)) => {
                panic!("{text:?} is {other:?}")
            }
        }
    }

    fn other(text: &str) -> String {
        match detect(text.as_bytes()) {
            Content::Other(reason) => reason,
            other @ (Content::Native | Content::Aws { .. } | Content::Damaged(_)) => {
                panic!("{text:?} is {other:?}")
            }
        }
    }

    #[test]
    fn a_model_is_known_by_its_key() {
        let models = [
            "canreach: 1\n",
            "# a comment\n---\n\nprofile: aws\nvpcs:\n  a: {}\ncanreach: 1",
            "\"canreach\": 1\n",
            "{canreach: 1, vpcs: {}}",
            " { \"vpcs\": {\"a\": {}}, \"canreach\" : 1 }",
            "canreach: 2",
            "\u{feff}canreach: 1\r\n",
        ];
        for text in models {
            assert_eq!(detect(text.as_bytes()), Content::Native, "{text:?}");
        }
        let utf16: Vec<u8> = "canreach: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(detect(&utf16), Content::Native);
    }

    #[test]
    fn an_answer_of_aws_is_known_by_its_key() {
        assert_eq!(detect(b"{\"Vpcs\": []}"), aws("Vpcs"));
        assert_eq!(
            detect(b"{\n  \"NextToken\": \"a\",\n  \"Reservations\": [{}]}"),
            aws("Reservations")
        );
        assert_eq!(
            detect(b"{\"Vpcs\": null}"),
            aws("Vpcs"),
            "the reader says that this is no list"
        );
        assert_eq!(detect(b"{\"BrandNewThings\": [{}]}"), aws("BrandNewThings"));
        assert_eq!(
            detect(b"{\"ResponseMetadata\": {\"a\": \"}\\\"\"}, \"Subnets\": []}"),
            aws("Subnets")
        );
        assert_eq!(
            detect(b"{\"SecurityGroups\": [{\"GroupId\": \"sg"),
            aws("SecurityGroups"),
            "the reader says where it ends"
        );
    }

    #[test]
    fn what_begins_like_network_data_is_never_ignored() {
        assert_eq!(damage("{\"SecurityGro"), "input::truncated");
        assert_eq!(damage("{\"ResponseMetadata\": {\"a\": 1"), "input::truncated");
        assert_eq!(damage("vpcs:\n  a: {}\nsubnets:\n  b: {}\n"), "model::no_version");
        assert_eq!(damage("{\"vpcs\": {\"a\": {}}}"), "model::no_version");
        assert_eq!(damage("canreach 1\nvpcs:\n  a: {}\n"), "model::no_version");
        assert!(matches!(detect(b"canreach: 1\nvpcs: \xff"), Content::Damaged(_)));
        assert!(matches!(detect(b"{\"Vpcs\": [\"\xff\"]}"), Content::Damaged(_)));
        let cut: Vec<u8> = "canreach: 1\nx".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(detect(&cut[..cut.len() - 1]), Content::Damaged(_)), "half a character");
    }

    #[test]
    fn other_files_are_left_alone() {
        assert_eq!(other(""), "empty");
        assert_eq!(other(" \n"), "empty");
        assert_eq!(other("from,to,protocol,port\na,b,tcp,22\n"), "text without network data");
        assert_eq!(
            other("# Title\n\nSome text.\n\n```yaml\ncanreach: 1\n```\n"),
            "text without network data"
        );
        assert_eq!(other("name: ci\non: push\n"), "YAML without a `canreach` key");
        assert_eq!(other("{\"name\": \"x\", \"version\": \"1\"}"), "JSON without network data");
        assert_eq!(other("{\"vpcs\": [{\"id\": \"x\"}]}"), "JSON without network data");
        assert_eq!(other("[1, 2]"), "JSON without network data");
        assert_eq!(detect(b"\x89PNG\r\n\x1a\n\0"), Content::Other("binary data".into()));
        assert_eq!(detect(b"\x7fELF\0\0"), Content::Other("binary data".into()));
    }
}
