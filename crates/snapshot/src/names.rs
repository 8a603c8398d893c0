//! Classes and members by their names, while a snapshot is read.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use crate::error::{ReadError, shown};

/// What is known of one list of classes.
#[derive(Debug)]
pub(crate) struct Names<'t> {
    role: &'static str,
    /// As they are written: equal names are written alike.
    classes: HashMap<Cow<'t, str>, usize>,
    members: HashSet<Cow<'t, str>>,
}

impl<'t> Names<'t> {
    pub(crate) fn new(role: &'static str) -> Self {
        Self { role, classes: HashMap::new(), members: HashSet::new() }
    }

    /// Adds the next class.
    ///
    /// # Errors
    /// Fails when there is one of that name.
    pub(crate) fn add_class(
        &mut self,
        name: impl Into<Cow<'t, str>>,
        line: usize,
    ) -> Result<(), ReadError> {
        let name = name.into();
        let next = self.classes.len();
        if self.classes.contains_key(&name) {
            return Err(self.twice(&name, line));
        }
        self.classes.insert(name, next);
        Ok(())
    }

    /// Adds a member of the class added last.
    ///
    /// # Errors
    /// Fails when some class has it.
    pub(crate) fn add_member(
        &mut self,
        name: impl Into<Cow<'t, str>>,
        line: usize,
    ) -> Result<(), ReadError> {
        let name = name.into();
        if self.members.contains(&name) {
            return Err(self.twice(&name, line));
        }
        self.members.insert(name);
        Ok(())
    }

    /// Returns the place of the class of that name.
    ///
    /// # Errors
    /// Fails when there is none.
    pub(crate) fn class(&self, name: &str, line: usize) -> Result<usize, ReadError> {
        self.classes.get(name).copied().ok_or_else(|| ReadError::UnknownClass {
            line,
            name: shown(name),
            role: self.role,
        })
    }

    fn twice(&self, name: &str, line: usize) -> ReadError {
        let name = shown(name);
        ReadError::Twice { line, name, role: self.role }
    }
}
