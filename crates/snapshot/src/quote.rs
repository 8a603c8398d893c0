//! Names and sentences of users in lines of text.
//!
//! A name is one word: what would end it is written as an escape. A sentence goes up to the end of its
//! line. What comes back is what was written, whatever it is.

use std::{borrow::Cow, fmt::Write as _};

/// The escape of nothing at all.
const EMPTY: &str = "\\e";

/// Returns a name as one word.
pub(crate) fn name(name: &str) -> Cow<'_, str> {
    // A colon at the end would be taken for the end of a list.
    let ends_list = name.ends_with(':');
    if !name.is_empty() && !ends_list && !name.chars().any(|c| breaks_word(c) || c == '\\') {
        return Cow::Borrowed(name);
    }
    let mut text = escaped(name, breaks_word);
    if ends_list {
        text.pop();
        text.push_str("\\:");
    }
    Cow::Owned(text)
}

/// Returns a sentence as the rest of a line.
pub(crate) fn sentence(sentence: &str) -> Cow<'_, str> {
    let outer = |c: Option<char>| c.is_some_and(char::is_whitespace);
    let cut = outer(sentence.chars().next()) || outer(sentence.chars().next_back());
    if !sentence.is_empty() && !cut && !sentence.chars().any(|c| breaks_line(c) || c == '\\') {
        return Cow::Borrowed(sentence);
    }
    // Space at an end could be lost on the way through other programs.
    let breaks = if cut { breaks_word } else { breaks_line };
    Cow::Owned(escaped(sentence, breaks))
}

/// Returns what was written as a name or a sentence, or `None` where an escape is wrong.
pub(crate) fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    if text == EMPTY {
        return Some(Cow::Borrowed(""));
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        plain.push(if c == '\\' { unescaped(&mut rest)? } else { c });
    }
    Some(Cow::Owned(plain))
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn breaks_word(c: char) -> bool {
    c.is_whitespace() || breaks_line(c)
}

fn escaped(text: &str, breaks: fn(char) -> bool) -> String {
    if text.is_empty() {
        return EMPTY.to_owned();
    }
    let mut escaped = String::with_capacity(text.len().saturating_add(8));
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            ' ' if breaks(c) => escaped.push_str("\\s"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c if breaks(c) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

fn unescaped(rest: &mut std::str::Chars<'_>) -> Option<char> {
    match rest.next()? {
        's' => Some(' '),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        c @ ('\\' | ':') => Some(c),
        'u' => {
            let (number, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
            *rest = after.chars();
            char::from_u32(u32::from_str_radix(number, 16).ok()?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_one_word_and_comes_back(written in any::<String>()) {
            let quoted = name(&written);
            prop_assert_eq!(quoted.split_whitespace().count(), 1);
            prop_assert!(!quoted.ends_with(':') || quoted.ends_with("\\:"));
            prop_assert_eq!(unquoted(&quoted).unwrap(), written.as_str());
        }

        #[test]
        fn a_sentence_is_one_line_and_comes_back(written in "[ -~\\n\\r\\t\u{85}\u{2028}é]{0,8}") {
            let quoted = sentence(&written);
            prop_assert_eq!(quoted.lines().count(), 1);
            prop_assert_eq!(quoted.trim(), &*quoted);
            prop_assert_eq!(unquoted(&quoted).unwrap(), written.as_str());
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\\\u{}a-f:sne]{0,9}") {
            let _ = unquoted(&text);
        }
    }

    #[test]
    fn usual_names_are_written_as_they_are() {
        for usual in ["i-0abc@203.0.113.9", "internet@::/0", "arn:aws:ec2:x", "büro"] {
            assert_eq!(name(usual), usual);
        }
        assert_eq!(name("web server:"), "web\\sserver\\:");
        assert_eq!(sentence("subnet-a; sg-web,sg-ssh"), "subnet-a; sg-web,sg-ssh");
    }
}
