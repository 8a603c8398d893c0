//! Bytes to text.
//!
//! PowerShell's `>` writes UTF-16, and Windows editors begin files with a byte order mark. Every
//! offset elsewhere counts bytes of the text returned here.

use std::borrow::Cow;

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotText {
    /// How many bytes at the beginning are valid UTF-8.
    pub(crate) valid: usize,
}

/// Returns the text that bytes stand for: UTF-8 or UTF-16, without a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark: text begins with two ASCII characters.
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| NotText { valid: error.valid_up_to() })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
        Ok(_) | Err(_) => Err(NotText { valid: 0 }),
    }
}

/// Returns the beginning of the bytes that is valid text, for guessing what they were meant to be.
pub(crate) fn valid_beginning(bytes: &[u8]) -> &str {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes
            .get(..error.valid_up_to())
            .and_then(|valid| std::str::from_utf8(valid).ok())
            .unwrap_or_default(),
    }
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
        assert_eq!(decode(b"\xff\xfea"), Err(NotText { valid: 0 }), "half a unit");
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(NotText { valid: 0 }), "half a pair");
        assert_eq!(valid_beginning(b"ab\xffcd"), "ab");
    }
}
