//! Tables of objects and the typed keys that point into them.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    ops::{Index, IndexMut},
};

/// A key of one object in a [`Table`] of `T`s.
///
/// Only the table that handed it out knows it; networks never share keys.
pub struct Id<T> {
    number: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Returns the position of the object in its table, counted from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::try_from(self.number).unwrap_or(usize::MAX)
    }
}

// Derived implementations would ask the same of `T`, which a key does not need.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>();
        write!(f, "{}#{}", name.rsplit("::").next().unwrap_or(name), self.number)
    }
}

/// Objects of one kind, in the order in which they were added.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<T> Table<T> {
    /// Adds an object and returns its key.
    ///
    /// # Panics
    /// When the table holds 2³² objects already.
    #[expect(clippy::expect_used, reason = "an input with 2^32 objects does not fit in memory")]
    pub fn push(&mut self, object: T) -> Id<T> {
        let id = self.next_id();
        self.rows.push(object);
        id.expect("fewer than 2^32 objects")
    }

    /// Returns the key that the next object added will get.
    #[must_use]
    pub fn next_id(&self) -> Option<Id<T>> {
        Some(Id { number: u32::try_from(self.rows.len()).ok()?, of: PhantomData })
    }

    /// Returns how many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the keys, in order.
    #[must_use]
    pub fn ids(&self) -> impl ExactSizeIterator<Item = Id<T>> + use<T> {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        (0..count).map(|number| Id { number, of: PhantomData })
    }

    /// Returns the keys with their objects, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Id<T>, &T)> {
        self.ids().zip(self.rows.iter())
    }
}

impl<T> Index<Id<T>> for Table<T> {
    type Output = T;

    #[expect(
        clippy::indexing_slicing,
        reason = "keys come from `push`, and rows are never removed"
    )]
    fn index(&self, id: Id<T>) -> &T {
        &self.rows[id.index()]
    }
}

impl<T> IndexMut<Id<T>> for Table<T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "keys come from `push`, and rows are never removed"
    )]
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.rows[id.index()]
    }
}
