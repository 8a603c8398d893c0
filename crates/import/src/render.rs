//! Diagnostics as people read them: the line, carets under the place, and what to type.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::{Diagnostic, Severity, SourceFile, text};

/// How many bytes of a line are shown before and after the place, at least.
///
/// Dumps may be one line of megabytes.
const CONTEXT: usize = 80;

/// The widest line that is shown whole.
const WHOLE_LINE: usize = 160;

/// Returns the diagnostic as text of several lines, the last one ended.
#[must_use]
pub fn render(diagnostic: &Diagnostic, files: &[SourceFile], color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.code));
    let mut first = AnnotationKind::Primary;
    for (path, excerpt) in excerpts(diagnostic, files) {
        group = match excerpt {
            None => group.element(Origin::path(path)),
            Some(excerpt) => shown(group, path, excerpt, first),
        };
        first = AnnotationKind::Context;
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// One line of a file, cut where it is too long, with places in it.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt<'d> {
    file: usize,
    text: String,
    /// Whether something of the line is missing before the place.
    cut: bool,
    /// The places, in `text`, with what is there.
    marks: Vec<(Range<usize>, &'d str)>,
    /// The number of the line, counted from 1.
    line: usize,
    /// The column of the first place in the whole line, in characters, counted from 1.
    column: usize,
}

/// Returns the lines a diagnostic speaks of, the most telling first, each with its path; only the
/// path of a file that is no text.
fn excerpts<'d>(
    diagnostic: &'d Diagnostic,
    files: &'d [SourceFile],
) -> Vec<(&'d str, Option<Excerpt<'d>>)> {
    let main = diagnostic.file.map(|file| (file, &diagnostic.span, &*diagnostic.label));
    let notes = diagnostic.notes.iter().map(|note| (note.file, &note.span, &*note.label));
    let mut shown: Vec<(&str, Option<Excerpt<'_>>)> = Vec::new();
    for (index, span, label) in main.into_iter().chain(notes) {
        let Some(file) = files.get(index) else { continue };
        let Some(excerpt) = excerpt(index, file, span, label) else {
            shown.push((&file.path, None));
            continue;
        };
        let same = shown.iter_mut().filter_map(|(_, other)| other.as_mut()).find(|other| {
            other.file == index && other.line == excerpt.line && other.text == excerpt.text
        });
        match same {
            Some(other) => other.marks.extend(excerpt.marks),
            None => shown.push((&file.path, Some(excerpt))),
        }
    }
    shown
}

fn shown<'d>(
    group: Group<'d>,
    path: &'d str,
    excerpt: Excerpt<'d>,
    first: AnnotationKind,
) -> Group<'d> {
    let kinds = std::iter::once(first).chain(std::iter::repeat(AnnotationKind::Context));
    let marks = excerpt.marks.into_iter().zip(kinds);
    let annotations = marks
        .map(|((span, label), kind)| kind.span(span).label((!label.is_empty()).then_some(label)));
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.line)
        .annotations(annotations.collect::<Vec<_>>());
    if excerpt.cut {
        // The library would count the column in what is left of the line.
        let origin = Origin::path(path).line(excerpt.line).char_column(excerpt.column);
        group.element(origin).element(snippet)
    } else {
        group.element(snippet.path(path))
    }
}

fn excerpt<'d>(
    index: usize,
    file: &SourceFile,
    span: &Range<usize>,
    label: &'d str,
) -> Option<Excerpt<'d>> {
    let text = text::decode(&file.bytes).unwrap_or_else(|_| text::valid_beginning(&file.bytes));
    let text = &*text;
    let start = floor(text, span.start);
    let before = text.get(..start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(line_start..)?;
    let line =
        rest.find('\n').and_then(|end| rest.get(..end)).unwrap_or(rest).trim_end_matches('\r');
    let from = (start - line_start).min(line.len());
    let to = floor(line, span.end.saturating_sub(line_start)).max(from);
    let column = text.get(line_start..start)?.chars().count() + 1;
    let number = before.matches('\n').count() + 1;
    let (text, span, cut) = cut(line, from..to)?;
    Some(Excerpt { file: index, text, cut, marks: vec![(span, label)], line: number, column })
}

/// Keeps the surroundings of a span of a line.
fn cut(line: &str, span: Range<usize>) -> Option<(String, Range<usize>, bool)> {
    if line.len() <= WHOLE_LINE {
        return Some((line.to_owned(), span, false));
    }
    let first = floor(line, span.start.saturating_sub(CONTEXT));
    let shown_end = span.end.min(span.start.saturating_add(CONTEXT));
    let last = floor(line, shown_end.saturating_add(CONTEXT).min(line.len()));
    let head = if first > 0 { "…" } else { "" };
    let tail = if last < line.len() { "…" } else { "" };
    let middle = line.get(first..last)?;
    let start = span.start - first + head.len();
    let end = floor(line, span.end.min(last)) - first + head.len();
    Some((format!("{head}{middle}{tail}"), start..end.max(start), first > 0))
}

/// Returns the nearest character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), bytes: text.into(), digest: String::new() }
    }

    fn place(file: usize, start: usize, end: usize) -> Place {
        Place { file, start, end }
    }

    #[test]
    fn shows_the_line_the_place_and_what_to_type() {
        let files = [file("a.yaml", "vpcs:\n  a: {}\n"), file("b.yaml", "x: é zz\n")];
        let diagnostic = Diagnostic::error("model::duplicate_name", place(0, 8, 9), "two of them")
            .label("the second")
            .note(place(1, 6, 8), "first defined here")
            .help("write another name");
        insta::assert_snapshot!(render(&diagnostic, &files, false), @r"
        error[model::duplicate_name]: two of them
         --> a.yaml:2:3
          |
        2 |   a: {}
          |   ^ the second
          |
         ::: b.yaml:1:6
          |
        1 | x: é zz
          |      -- first defined here
          |
          = help: write another name
        ");
    }

    #[test]
    fn cuts_long_lines_around_the_place() {
        let text = format!("{}\n{}!{}\n", "x", "é".repeat(500), "ü".repeat(500));
        let at = 2 + 1000;
        let excerpt = excerpt(0, &file("a", &text), &(at..at + 1), "").unwrap();
        assert_eq!(&excerpt.text[excerpt.marks[0].0.clone()], "!");
        assert_eq!((excerpt.line, excerpt.column), (2, 501));
        assert!(excerpt.text.starts_with('…') && excerpt.text.ends_with('…'));
        assert!(excerpt.text.len() < 200);
    }

    #[test]
    fn any_place_of_any_bytes_can_be_shown() {
        let file = SourceFile {
            path: "a".into(),
            bytes: b"a\xc3\xa9\r\n\n\xff\xfe".to_vec(),
            digest: String::new(),
        };
        for start in 0..12 {
            for end in 0..12 {
                let diagnostic = Diagnostic::error("x", place(0, start, end), "m");
                assert!(render(&diagnostic, std::slice::from_ref(&file), true).contains('m'));
            }
        }
    }
}
