//! Bytes to text.
//!
//! PowerShell's `>` writes UTF-16, and Windows editors begin files with a byte order mark. Every
//! offset elsewhere counts bytes of the text returned here.

use std::{borrow::Cow, char::DecodeUtf16Error};

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotText {
    /// How many bytes at the beginning are valid UTF-8.
    pub(crate) valid: usize,
}

/// How bytes are to be read.
enum Encoding<'b> {
    Utf8(&'b [u8]),
    Utf16(&'b [u8], fn([u8; 2]) -> u16),
}

fn encoding(bytes: &[u8]) -> Encoding<'_> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Encoding::Utf8(rest),
        [0xff, 0xfe, rest @ ..] => Encoding::Utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => Encoding::Utf16(rest, u16::from_be_bytes),
        // Without a mark: text begins with two ASCII characters.
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => Encoding::Utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => Encoding::Utf16(bytes, u16::from_be_bytes),
        _ => Encoding::Utf8(bytes),
    }
}

/// Returns the text that bytes stand for: UTF-8 or UTF-16, without a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match encoding(bytes) {
        Encoding::Utf8(bytes) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| NotText { valid: error.valid_up_to() }),
        Encoding::Utf16(units, unit) => {
            let text: Result<String, _> = utf16(units, unit).collect();
            let whole = units.len().is_multiple_of(2);
            let text = text.ok().filter(|_| whole).map(Cow::Owned);
            text.ok_or_else(|| NotText { valid: valid_beginning(bytes).len() })
        }
    }
}

/// Returns the beginning of the bytes that is valid text, for guessing what they were meant to be.
pub(crate) fn valid_beginning(bytes: &[u8]) -> Cow<'_, str> {
    match encoding(bytes) {
        Encoding::Utf8(bytes) => {
            let valid = match std::str::from_utf8(bytes) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default())
        }
        Encoding::Utf16(bytes, unit) => utf16(bytes, unit).map_while(Result::ok).collect(),
    }
}

fn utf16(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
) -> impl Iterator<Item = Result<char, DecodeUtf16Error>> {
    char::decode_utf16(bytes.as_chunks::<2>().0.iter().map(move |pair| unit(*pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_windows_writes() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        let little: Vec<u8> = units("a: é").into_iter().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units("a: é").into_iter().flat_map(u16::to_be_bytes).collect();
        for bytes in
            [[&[0xff, 0xfe], &little[..]].concat(), [&[0xfe, 0xff], &big[..]].concat(), little, big]
        {
            assert_eq!(decode(&bytes).unwrap(), "a: é", "{bytes:?}");
        }
        assert_eq!(decode(b"\xef\xbb\xbfa: 1").unwrap(), "a: 1");
    }

    #[test]
    fn says_where_text_ends() {
        assert_eq!(decode(b"ab\xff"), Err(NotText { valid: 2 }));
        assert_eq!(decode(b"\xff\xfea\0b"), Err(NotText { valid: 1 }), "half a unit");
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(NotText { valid: 0 }), "half a pair");
        assert_eq!(valid_beginning(b"ab\xffcd"), "ab");
        assert_eq!(valid_beginning(b"\xff\xfea\0b\0\0\xd8"), "ab");
    }
}
