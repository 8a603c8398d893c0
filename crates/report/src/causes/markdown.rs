//! Markdown for a terminal, as far as the pages of `docs/causes/` use it.
//!
//! A page has a title `# CODE: what it is`, sections `## …`, paragraphs and flat lists. In a text,
//! `**…**` is strong, a link is its own text, and code keeps its backticks, as in every answer.

use std::fmt::Write as _;

use anstyle::Style;

use crate::text::layout::{Page, STRONG, WIDTH};

/// How far the text of a section is moved to the right.
const INDENT: usize = 2;
/// How far the text of a list's entry is.
const ENTRY: usize = 4;

/// Returns a page with ANSI styles, no line wider than a terminal.
pub(super) fn for_terminal(page: &str) -> String {
    let mut text = String::new();
    for block in blocks(page) {
        match block {
            Block::Title(title) => {
                let mut headline = Page::default();
                let (code, what) = title.split_once(": ").unwrap_or((&title, ""));
                headline.headline(code, STRONG, what);
                text.push_str(&headline.into_text());
            }
            Block::Section(name) => {
                let _ = writeln!(text, "\n{STRONG}{name}{STRONG:#}");
            }
            Block::Paragraph(words) => text.push_str(&filled(&words, INDENT, "")),
            Block::Entry(words) => text.push_str(&filled(&words, ENTRY, "- ")),
        }
    }
    text
}

/// A part of a page, its lines joined.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    Title(String),
    Section(String),
    Paragraph(String),
    Entry(String),
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        let line = line.trim();
        let started = if line.is_empty() {
            None
        } else if let Some(title) = line.strip_prefix("# ") {
            Some(Block::Title(title.to_owned()))
        } else if let Some(name) = line.strip_prefix("## ") {
            Some(Block::Section(name.to_owned()))
        } else if let Some(entry) = line.strip_prefix("- ") {
            Some(Block::Entry(entry.to_owned()))
        } else if open && continues(&mut blocks, line) {
            continue;
        } else {
            Some(Block::Paragraph(line.to_owned()))
        };
        open = started.is_some();
        blocks.extend(started);
    }
    blocks
}

/// Adds a line to the block before it, if that is a text.
fn continues(blocks: &mut [Block], line: &str) -> bool {
    match blocks.last_mut() {
        Some(Block::Paragraph(text) | Block::Entry(text)) => {
            text.push(' ');
            text.push_str(line);
            true
        }
        Some(Block::Title(_) | Block::Section(_)) | None => false,
    }
}

/// Returns a text broken into lines, each moved to the right, with a mark before the first.
fn filled(text: &str, indent: usize, mark: &str) -> String {
    let columns = WIDTH.saturating_sub(indent);
    let mut lines: Vec<(usize, String)> = vec![(0, String::new())];
    for word in words(text) {
        let length = word.text.chars().count();
        let fits = lines.last().is_some_and(|(used, _)| {
            *used == 0 || used.saturating_add(length).saturating_add(1) <= columns
        });
        if !fits {
            lines.push((0, String::new()));
        }
        if let Some((used, line)) = lines.last_mut() {
            if *used > 0 {
                line.push(' ');
                *used = used.saturating_add(1);
            }
            line.push_str(&word.painted());
            *used = used.saturating_add(length);
        }
    }
    let start = format!("{}{mark}", " ".repeat(indent.saturating_sub(mark.len())));
    let margin = " ".repeat(indent);
    let with_margin = lines
        .iter()
        .enumerate()
        .map(|(index, (_, line))| format!("{}{line}\n", if index == 0 { &start } else { &margin }));
    with_margin.collect()
}

/// A word, and whether it is strong.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    style: Style,
}

impl Word {
    fn painted(&self) -> String {
        if self.style == Style::new() {
            return self.text.clone();
        }
        format!("{}{}{:#}", self.style, self.text, self.style)
    }
}

fn words(text: &str) -> Vec<Word> {
    let text = without_links(text);
    let parts = text.split("**").enumerate();
    parts
        .flat_map(|(index, part)| {
            let style = if index % 2 == 1 { STRONG } else { Style::new() };
            part.split_whitespace().map(move |word| Word { text: word.to_owned(), style })
        })
        .fold(Vec::new(), |mut words: Vec<Word>, word| {
            // Punctuation after a strong word belongs to it.
            match words.last_mut() {
                Some(before) if word.text.starts_with([',', '.', ';', ':']) => {
                    before.text.push_str(&word.text);
                }
                _ => words.push(word),
            }
            words
        })
}

/// Returns a text with the text of a link in its place.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        plain.push_str(before);
        let parts = link.split_once("](").and_then(|(name, after)| {
            let (_, after) = after.split_once(')')?;
            Some((name, after))
        });
        // A bracket that begins no link stands for itself.
        let (name, after) = parts.unwrap_or(("[", link));
        plain.push_str(name);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: &str) -> String {
        let text = for_terminal(page);
        text.replace("\u{1b}[1m", "*").replace("\u{1b}[0m", "*")
    }

    #[test]
    fn a_page_is_headings_paragraphs_and_lists() {
        let page = "# A_CODE: what it is\n\n## What it means\n\nOne line,\nand another.\n\n- **AWS**: a [page](x.md).\n  More.\n- `b`\n";
        let expected = "\
*A_CODE*  what it is

*What it means*
  One line, and another.
  - *AWS:* a page. More.
  - `b`
";
        assert_eq!(plain(page), expected);
    }

    #[test]
    fn a_long_text_is_broken_within_the_width() {
        let text = for_terminal(&format!("- {}", "word ".repeat(60)));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("    word")), "{text}");
    }
}
