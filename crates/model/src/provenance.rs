//! Where an object or rule was written, or why it exists although nobody wrote it.

use std::{collections::BTreeMap, fmt};

/// A key of one input file in the [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A place in an input file: byte offsets, the end excluded.
///
/// In a file known by its record alone ([`SourceMap::add_recorded`]) the numbers are the line and
/// the column; [`SourceMap::location`] knows which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The offset of the first byte.
    pub start: u32,
    /// The offset after the last byte.
    pub end: u32,
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The path, as the user gave it or as found below a folder given.
    pub path: String,
    /// The SHA-256 digest of the content, in lower-case hexadecimal digits.
    pub digest: String,
    /// The cloud account the file speaks of, where it says so.
    pub account: Option<String>,
    /// The region the file speaks of, where it says so.
    pub region: Option<String>,
    /// When the content was recorded, where it says so (RFC 3339).
    pub recorded: Option<String>,
}

/// The input files, and where their lines begin.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<File>,
}

/// One input file, and what is known of its text.
#[derive(Clone, Debug)]
struct File {
    input: Input,
    text: Text,
    /// Whether it repeats what other files said, places included.
    is_record: bool,
}

#[derive(Clone, Debug)]
enum Text {
    /// It was read: where its lines begin.
    Read(Vec<u32>),
    /// It was not read; this file records what it said.
    Recorded(FileId),
}

/// A place as printed: path, line and column, both counted from 1; the column counts bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The path of the file.
    pub path: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl SourceMap {
    /// Adds a file with its text and returns its key; the text itself is not kept.
    pub fn add(&mut self, input: Input, text: &str) -> FileId {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        let after_breaks = breaks.map_while(|at| u32::try_from(at).ok()?.checked_add(1));
        let starts = std::iter::once(0).chain(after_breaks).collect();
        self.push(input, Text::Read(starts))
    }

    /// Adds a file that was not read, but whose content and places another file records.
    pub fn add_recorded(&mut self, input: Input, within: FileId) -> FileId {
        self.push(input, Text::Recorded(within))
    }

    fn push(&mut self, input: Input, text: Text) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(File { input, text, is_record: false });
        id
    }

    /// Notes that a file repeats what others said, of which there may be none.
    pub fn mark_record(&mut self, file: FileId) {
        let index = usize::try_from(file.0).ok();
        if let Some(file) = index.and_then(|index| self.files.get_mut(index)) {
            file.is_record = true;
        }
    }

    /// Returns the place of a line and column, both counted from 1, in a file that was not read.
    #[must_use]
    pub fn recorded_place(file: FileId, line: u32, column: u32) -> Span {
        Span { file, start: line, end: column }
    }

    /// Returns the files with their keys, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Input)> {
        (0..).map(FileId).zip(self.inputs())
    }

    /// Returns the input files, in the order in which they were added.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.files.iter().map(|file| &file.input)
    }

    /// Returns the file a key stands for.
    #[must_use]
    pub fn input(&self, file: FileId) -> Option<&Input> {
        self.entry(file).map(|file| &file.input)
    }

    /// Whether a file repeats what others said.
    #[must_use]
    pub fn is_record(&self, file: FileId) -> bool {
        self.entry(file).is_some_and(|file| file.is_record)
    }

    /// Returns the file that records what this one said, where it was not read itself.
    #[must_use]
    pub fn recorded_in(&self, file: FileId) -> Option<FileId> {
        match self.entry(file)?.text {
            Text::Read(_) => None,
            Text::Recorded(within) => Some(within),
        }
    }

    /// Returns the path, line and column where a span begins.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let Some(File { input, text, .. }) = self.entry(span.file) else {
            return Location { path: String::from("?"), line: 0, column: 0 };
        };
        let (line, column) = match text {
            Text::Read(starts) => line_and_column(starts, span.start),
            Text::Recorded(_) => (number(span.start), number(span.end)),
        };
        Location { path: input.path.clone(), line, column }
    }

    fn entry(&self, file: FileId) -> Option<&File> {
        self.files.get(usize::try_from(file.0).ok()?)
    }
}

/// Returns the line and column of an offset, both counted from 1.
fn line_and_column(starts: &[u32], offset: u32) -> (usize, usize) {
    let line = starts.partition_point(|start| *start <= offset);
    let line_start = line.checked_sub(1).and_then(|at| starts.get(at)).copied().unwrap_or(0);
    (line, number(offset.saturating_sub(line_start)) + 1)
}

fn number(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Why an object or rule is there.
///
/// Much blocked cloud traffic dies on a deny that nobody typed; "blocked by line 0" would be a lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Someone wrote it, here.
    Written(Span),
    /// The provider adds it by itself.
    Implied(ImpliedBy),
    /// It follows from what is written at these places.
    Derived {
        /// How it follows, as a phrase: "entry of prefix list `pl-1`".
        how: String,
        /// The places it follows from, the most telling first.
        from: Vec<Span>,
    },
}

/// What a provider adds by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImpliedBy {
    /// The route inside a VPC that every route table has.
    LocalRoute,
    /// The rules of a group or ACL that apply when no rule matches.
    DefaultRule,
    /// The route table, ACL or group a provider makes for objects that name none.
    DefaultObject,
    /// The input mentions the object but does not describe it.
    MissingInput,
}

impl Origin {
    /// Returns the place to show for it, where there is one.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Written(span) => Some(*span),
            Self::Implied(_) => None,
            Self::Derived { from, .. } => from.first().copied(),
        }
    }
}

/// What every object carries besides its own fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The provider's id, or the name given in a native model.
    pub id: String,
    /// The name people gave it, where that differs from the id.
    pub name: Option<String>,
    /// Other names it goes by, such as the name of a security group that has a `Name` tag too.
    pub aliases: Vec<String>,
    /// Tags, sorted by key.
    pub tags: BTreeMap<String, String>,
    /// The account that owns it, where known.
    pub account: Option<String>,
    /// The region it is in, where known.
    pub region: Option<String>,
    /// Where it was written.
    pub origin: Origin,
}

impl Meta {
    /// Returns a description with only an id and an origin.
    #[must_use]
    pub fn new(id: impl Into<String>, origin: Origin) -> Self {
        Self {
            id: id.into(),
            name: None,
            aliases: Vec::new(),
            tags: BTreeMap::new(),
            account: None,
            region: None,
            origin,
        }
    }

    /// Returns what to call the object: its name, or else its id.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(path: &str) -> Input {
        let path = path.to_owned();
        Input { path, digest: String::new(), account: None, region: None, recorded: None }
    }

    #[test]
    fn a_span_knows_its_line_and_column() {
        let mut sources = SourceMap::default();
        let file = sources.add(input("net.yaml"), "a: 1\nbb: 2\n");
        let place = |start| {
            let location = sources.location(Span { file, start, end: start + 1 });
            (location.line, location.column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(4), (1, 5), "a line break belongs to its own line");
        assert_eq!(place(5), (2, 1));
        assert_eq!(place(9), (2, 5));
        assert_eq!(sources.location(Span { file, start: 5, end: 7 }).to_string(), "net.yaml:2");
    }

    #[test]
    fn a_file_that_was_not_read_has_the_places_recorded_of_it() {
        let mut sources = SourceMap::default();
        let record = sources.add(input("net.yaml"), "sources: [dump.json]\n");
        let dump = sources.add_recorded(input("dump.json"), record);
        sources.mark_record(record);
        let location = sources.location(SourceMap::recorded_place(dump, 40, 7));
        assert_eq!((location.to_string(), location.column), ("dump.json:40".to_owned(), 7));
        assert_eq!(sources.recorded_in(dump), Some(record));
        assert_eq!((sources.is_record(record), sources.is_record(dump)), (true, false));
    }
}
