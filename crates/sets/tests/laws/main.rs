//! Laws of the set algebra, and its operations against brute force.
//!
//! The sets drawn here begin and end at few values, near each other and at the ends of their ranges.
//! The universe holds every such value and those beside it, so that two of these sets are equal
//! exactly when they hold the same part of the universe, and no edge goes untried.

mod algebra;
mod flows;
mod packets;
mod universe;
