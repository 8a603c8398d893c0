//! What is told of all pairs: snapshots, what differs between two, and zones by zones.
//!
//! | module    | owns                                                                    |
//! |-----------|-------------------------------------------------------------------------|
//! | `diff`    | a difference for people, and `canreach.diff/1`                          |
//! | `evidence` | what shows a change: a flow on its way, and the rule behind it       |
//! | `summary` | what a snapshot comes to, and `canreach.snapshot.summary/1`             |
//! | `matrix`  | a table for a terminal or in Markdown, and `canreach.matrix/1`          |

pub mod diff;
pub mod evidence;
pub mod matrix;
pub mod summary;

#[cfg(test)]
mod tests;

use canreach_snapshot::diff::Reason;

/// Returns up to `shown` names; of more than these the first two, and how many more there are.
fn names<'n>(names: impl Iterator<Item = &'n str>, shown: usize) -> String {
    let all: Vec<&str> = names.collect();
    match all.as_slice() {
        [first, second, rest @ ..] if all.len() > shown => {
            format!("{first}, {second} … and {} more", thousands(wide(rest.len())))
        }
        all => all.join(", "),
    }
}

/// Returns a number with its thousands apart.
fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len());
    for (place, digit) in digits.chars().enumerate() {
        let behind = digits.len().saturating_sub(place);
        if place > 0 && behind.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns "1 pair" or "3,000 pairs".
fn counted(number: u128, one: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {one}{many}", thousands(number))
}

fn wide(count: usize) -> u128 {
    u128::try_from(count).unwrap_or(u128::MAX)
}

/// Returns why something is unknown, as a sentence's end.
fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Fact(statement) => format!("whether {statement}"),
        Reason::Limit(limit) => format!("a limit: {limit}"),
    }
}
