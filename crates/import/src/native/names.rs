//! Which object a name means.
//!
//! An object of a model is known by its file and name. A name means the object of its own file;
//! without one there, the object of the only other file that has it.

use std::collections::BTreeMap;

use super::{node::Name, similar::did_you_mean};
use crate::diagnostic::{Diagnostic, Place};

/// The names of one kind of objects.
#[derive(Debug)]
pub(super) struct Names<T> {
    /// The kind, without an article: "security group".
    kind: &'static str,
    by_name: BTreeMap<String, Vec<Definition<T>>>,
}

#[derive(Clone, Copy, Debug)]
struct Definition<T> {
    place: Place,
    /// The object; `None` when something about it is wrong, which has been said already.
    target: Option<T>,
}

/// Why a name means nothing.
#[derive(Debug)]
pub(super) enum Unresolved {
    /// It has been said already.
    Broken,
    /// Nothing has this name.
    Missing(Box<Diagnostic>),
    /// Several files have something of this name.
    Ambiguous(Box<Diagnostic>),
}

impl<T: Copy> Names<T> {
    pub(super) fn new(kind: &'static str) -> Self {
        Self { kind, by_name: BTreeMap::new() }
    }

    /// Adds an object; of two with one name in one file the first counts.
    pub(super) fn define(&mut self, name: &Name, target: Option<T>) {
        let place = name.place;
        self.by_name.entry(name.value.clone()).or_default().push(Definition { place, target });
    }

    /// Returns where an object of this name is defined in the same file.
    pub(super) fn defined_beside(&self, name: &Name) -> Option<Place> {
        let definitions = self.by_name.get(&name.value)?;
        definitions
            .iter()
            .map(|definition| definition.place)
            .find(|place| place.file == name.place.file)
    }

    /// Returns the object that a name means.
    pub(super) fn find(&self, name: &Name) -> Result<T, Unresolved> {
        let definitions = self.by_name.get(&name.value).map(Vec::as_slice).unwrap_or_default();
        let beside = definitions.iter().find(|definition| definition.place.file == name.place.file);
        let found = match (beside, definitions) {
            (Some(definition), _) | (None, [definition]) => definition,
            (None, []) => return Err(Unresolved::Missing(Box::new(self.missing(name)))),
            (None, several) => {
                return Err(Unresolved::Ambiguous(Box::new(self.ambiguous(name, several))));
            }
        };
        found.target.ok_or(Unresolved::Broken)
    }

    fn missing(&self, name: &Name) -> Diagnostic {
        let message = format!("there is no {} `{}`", self.kind, name.value);
        let names = self.by_name.keys().map(String::as_str);
        let help = did_you_mean(&name.value, names).unwrap_or_else(|| self.listing());
        Diagnostic::error("model::unknown_name", name.place, message)
            .label("not defined in any file")
            .help(help)
    }

    fn listing(&self) -> String {
        let names: Vec<String> =
            self.by_name.keys().take(5).map(|name| format!("`{name}`")).collect();
        let more = self.by_name.len().saturating_sub(names.len());
        match (names.as_slice(), more) {
            ([], _) => format!("no file defines any {}", self.kind),
            (names, 0) => format!("defined are {}", names.join(", ")),
            (names, more) => format!("defined are {} and {more} more", names.join(", ")),
        }
    }

    fn ambiguous(&self, name: &Name, definitions: &[Definition<T>]) -> Diagnostic {
        let message = format!("`{}` may mean several {}s", name.value, self.kind);
        let error = Diagnostic::error("model::ambiguous_name", name.place, message)
            .label("not defined in this file, but in several others")
            .help("give them different names, or define one in this file");
        definitions
            .iter()
            .fold(error, |error, definition| error.note(definition.place, "one is here"))
    }
}
