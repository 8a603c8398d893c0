//! The constructs of the model, each with a change that takes its effect away.
//!
//! A construct decides a question about a network where the changed network gives another answer.
//! Tests over generated networks count this for every construct, so that none goes untested.

mod borders;
mod groups;
mod hosts;
mod places;
mod profiles;
mod transit;

use canreach_model::{Network, Table};

use crate::oracle::{Answer, Question, Universe, brute_force};

/// A construct of the model.
#[derive(Clone, Copy, Debug)]
pub struct Construct {
    /// What to call it.
    pub name: &'static str,
    /// Takes its effect away, and returns whether there was anything to change.
    pub neutralise: fn(&mut Network) -> bool,
}

/// Returns every construct.
#[must_use]
pub fn constructs() -> Vec<Construct> {
    let lists = [
        profiles::CONSTRUCTS,
        groups::CONSTRUCTS,
        hosts::CONSTRUCTS,
        borders::CONSTRUCTS,
        transit::CONSTRUCTS,
        places::CONSTRUCTS,
    ];
    lists.concat()
}

/// Returns the names of the constructs that decide a question, whose answer is known.
#[must_use]
pub fn deciding(
    constructs: &[Construct],
    network: &Network,
    question: &Question,
    universe: &Universe,
    answer: &Answer,
) -> Vec<&'static str> {
    let decides = |construct: &&Construct| {
        let mut other = network.clone();
        (construct.neutralise)(&mut other) && {
            let changed = brute_force(&other, question, universe);
            (changed.delivered, changed.answered) != (answer.delivered, answer.answered)
        }
    };
    constructs.iter().filter(decides).map(|construct| construct.name).collect()
}

const fn construct(name: &'static str, neutralise: fn(&mut Network) -> bool) -> Construct {
    Construct { name, neutralise }
}

/// Changes every object of a table; whether any change was one.
fn each<T>(table: &mut Table<T>, mut change: impl FnMut(&mut T) -> bool) -> bool {
    let mut changed = false;
    for id in table.ids() {
        changed |= change(&mut table[id]);
    }
    changed
}

/// The same for a list.
fn each_of<'a, T: 'a>(
    list: impl IntoIterator<Item = &'a mut T>,
    mut change: impl FnMut(&mut T) -> bool,
) -> bool {
    let mut changed = false;
    for item in list {
        changed |= change(item);
    }
    changed
}

fn put<T: PartialEq>(place: &mut T, value: T) -> bool {
    let changed = *place != value;
    *place = value;
    changed
}

fn turn(place: &mut bool) -> bool {
    *place = !*place;
    true
}

fn remove<T>(list: &mut Vec<T>, unwanted: impl Fn(&T) -> bool) -> bool {
    let before = list.len();
    list.retain(|item| !unwanted(item));
    list.len() != before
}

fn keep_first<T>(list: &mut Vec<T>) -> bool {
    let several = list.len() > 1;
    list.truncate(1);
    several
}
