//! The sample as a tree that can be changed at one place and written out again.

use std::fmt::Write;

use super::super::node::{Node, Value, parse};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Scalar(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Reads a model.
    pub(super) fn read(text: &str) -> Self {
        let mut diagnostics = Vec::new();
        match parse(0, text, &mut diagnostics) {
            Ok(root) => Self::of(&root),
            Err(error) => unreachable!("{error:?}"),
        }
    }

    fn of(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Scalar(String::new()),
            Value::Scalar(text) => Self::Scalar(text.clone()),
            Value::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Map(entries) => Self::Map(
                entries.iter().map(|(key, value)| (key.value.clone(), Self::of(value))).collect(),
            ),
        }
    }

    /// Returns the value at a path.
    pub(super) fn at(&mut self, path: &str) -> &mut Self {
        path.split('/').filter(|step| !step.is_empty()).fold(self, |tree, step| {
            let found = match tree {
                Self::Map(entries) => {
                    entries.iter_mut().find(|(key, _)| key == step).map(|(_, value)| value)
                }
                Self::List(items) => {
                    step.parse().ok().and_then(|index: usize| items.get_mut(index))
                }
                Self::Scalar(_) => None,
            };
            found.unwrap_or_else(|| unreachable!("{step} of {path}"))
        })
    }

    /// Returns the entries of a mapping.
    pub(super) fn entries(&mut self) -> &mut Vec<(String, Self)> {
        match self {
            Self::Map(entries) => entries,
            Self::Scalar(_) | Self::List(_) => unreachable!("no mapping"),
        }
    }

    /// Returns the value of a key, where it is written.
    pub(super) fn get(&mut self, key: &str) -> Option<&mut Self> {
        self.entries().iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Adds every scalar of a value, and the first part of names of interfaces.
    pub(super) fn words(&self, words: &mut Vec<String>) {
        match self {
            Self::Scalar(text) => {
                words.extend(text.split_once('/').map(|(first, _)| first.to_owned()));
                words.push(text.clone());
            }
            Self::List(items) => items.iter().for_each(|item| item.words(words)),
            Self::Map(entries) => entries.iter().for_each(|(_, value)| value.words(words)),
        }
    }

    /// Writes a model, each object on a line of its own.
    pub(super) fn write(&self) -> String {
        let mut text = String::new();
        let Self::Map(sections) = self else { unreachable!("a model is a mapping") };
        for (key, section) in sections {
            match section {
                Self::Map(objects) if !objects.is_empty() => {
                    let _ = writeln!(text, "{key}:");
                    for (name, object) in objects {
                        let _ = writeln!(text, "  {name}: {}", object.flow());
                    }
                }
                Self::Scalar(_) | Self::List(_) | Self::Map(_) => {
                    let _ = writeln!(text, "{key}: {}", section.flow());
                }
            }
        }
        text
    }

    fn flow(&self) -> String {
        match self {
            Self::Scalar(text) if plain(text) => text.clone(),
            Self::Scalar(text) => format!("'{text}'"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::flow).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) if entries.is_empty() => String::from("{}"),
            Self::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {}", value.flow())).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
}

fn plain(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
}
