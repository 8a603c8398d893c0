//! Lines of a labelled column and wrapped text, with the place at the right.

use anstyle::{AnsiColor, Style};

/// How wide a page is.
pub const WIDTH: usize = 100;
/// How wide the margin and the labels are together.
const GUTTER: usize = 15;
const MARGIN: usize = 2;
/// How far apart a text and its place stand at least.
const GAP: usize = 3;

/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What stops a flow.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is undecided, or deserves a look.
pub const OPEN: Style = AnsiColor::Yellow.on_default().bold();
/// Headings.
pub const STRONG: Style = Style::new().bold();
/// Places and remarks.
pub const FAINT: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

/// A page of text in the making.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

/// One entry beside a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    text: String,
    place: Option<String>,
    indent: usize,
    style: Style,
}

impl Entry {
    /// Returns an entry in plain style.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), place: None, indent: 0, style: PLAIN }
    }

    /// Says where it is written.
    #[must_use]
    pub fn at(mut self, place: Option<String>) -> Self {
        self.place = place;
        self
    }

    /// Moves it to the right.
    #[must_use]
    pub fn indented(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Gives it a style.
    #[must_use]
    pub fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

impl Page {
    /// Adds the first line: the verdict, and what it is about.
    pub fn headline(&mut self, verdict: &str, style: Style, rest: &str) {
        self.text.push_str(&painted(verdict, style));
        let start = width(verdict).saturating_add(2);
        for (index, line) in wrap(rest, WIDTH.saturating_sub(start)).iter().enumerate() {
            self.text.push_str(&if index == 0 { String::from("  ") } else { " ".repeat(start) });
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Adds an empty line, unless the last one is empty.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds an entry; the label is empty for one that belongs to the label above.
    pub fn entry(&mut self, label: &str, entry: &Entry) {
        let start = GUTTER.saturating_add(entry.indent);
        // A continued line stands a little further in, so that entries can be told apart.
        let hanging = if entry.indent > 0 { 2 } else { 0 };
        let mut lines = wrap(&entry.text, WIDTH.saturating_sub(start.saturating_add(hanging)));
        let place_line = place_line(&mut lines, entry, start, hanging);
        for (index, line) in lines.iter().enumerate() {
            let gutter = if index == 0 { gutter(label) } else { " ".repeat(GUTTER) };
            let inset = entry.indent.saturating_add(if index == 0 { 0 } else { hanging });
            self.text.push_str(&gutter);
            self.text.push_str(&" ".repeat(inset));
            self.text.push_str(&painted(line, entry.style));
            if let (Some(place), true) = (&place_line, index.saturating_add(1) == lines.len()) {
                let used = GUTTER.saturating_add(inset).saturating_add(width(line));
                let pad = WIDTH.saturating_sub(used.saturating_add(width(place)));
                self.text.push_str(&" ".repeat(pad));
                self.text.push_str(&painted(place, FAINT));
            }
            self.text.push('\n');
        }
    }

    /// Adds entries, the label at the first of them.
    pub fn entries(&mut self, label: &str, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            self.entry(if index == 0 { label } else { "" }, entry);
        }
    }

    /// Returns the whole page, with ANSI styles.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

/// Returns the place if it goes on the last line, adding an empty last line where it does not fit.
fn place_line(
    lines: &mut Vec<String>,
    entry: &Entry,
    start: usize,
    hanging: usize,
) -> Option<String> {
    let place = entry.place.clone()?;
    let inset = if lines.len() > 1 { start.saturating_add(hanging) } else { start };
    let last = lines.last().map_or(0, |line| width(line));
    let needed = inset.saturating_add(last).saturating_add(GAP).saturating_add(width(&place));
    if needed > WIDTH {
        lines.push(String::new());
    }
    Some(place)
}

fn gutter(label: &str) -> String {
    let padded = format!("{}{label}", " ".repeat(MARGIN));
    let rest = GUTTER.saturating_sub(width(&padded));
    // A long label keeps a space of its own.
    format!("{padded}{}", " ".repeat(rest.max(1)))
}

fn painted(text: &str, style: Style) -> String {
    if style == PLAIN || text.is_empty() {
        return text.to_owned();
    }
    format!("{style}{text}{style:#}")
}

/// Returns how many columns a text takes, near enough: one for each character.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks a text at spaces into lines of at most `columns`; a longer word stays whole.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line).saturating_add(1).saturating_add(width(word)) > columns
        {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_at_the_right_or_on_its_own_line() {
        let mut page = Page::default();
        page.entry("label", &Entry::new("short").at(Some("a.yaml:1".into())));
        page.entry("", &Entry::new("x ".repeat(45)).at(Some("a.yaml:2".into())));
        let text = page.into_text();
        let plain = text.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!(lines[0], format!("  label        short{}a.yaml:1", " ".repeat(WIDTH - 20 - 8)));
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{plain}");
        assert!(lines[2].trim_end().ends_with("a.yaml:2"));
    }

    #[test]
    fn long_words_are_never_broken() {
        assert_eq!(wrap("aa bbbbbb c", 4), ["aa", "bbbbbb", "c"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
