//! Everything that can be wrong with every key of every object, made from one model that is right.
//!
//! For each key: it is missing, its value has the wrong type, is out of range, names nothing; the
//! key, or an item of its list, is there twice; and it is written where another kind of the same
//! object has no room for it. One line for each case says what is said; what is said has a place.

mod objects;
mod tree;

use std::{collections::BTreeSet, fmt::Write, sync::LazyLock};

use canreach_model::Network;

use self::{
    objects::{OBJECTS, RECORD, REFERENCES, SOURCES, TEXTS},
    tree::Tree,
};
use super::{SECTIONS, fields::Keys};
use crate::{Diagnostic, Import, Severity, SourceFile, import, render};

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Missing,
    WrongType,
    OutOfRange,
    UnknownName,
    Twice,
    ItemTwice,
    Misplaced,
}

const FAULTS: [(Fault, &str); 7] = [
    (Fault::Missing, "missing"),
    (Fault::WrongType, "wrong type"),
    (Fault::OutOfRange, "out of range"),
    (Fault::UnknownName, "unknown name"),
    (Fault::Twice, "twice"),
    (Fault::ItemTwice, "item twice"),
    (Fault::Misplaced, "with another"),
];

/// The samples, read once: a model that someone wrote, and a record of another file.
static WRITTEN: LazyLock<Tree> = LazyLock::new(|| Tree::read(include_str!("sample.yaml")));
static RECORDED: LazyLock<Tree> = LazyLock::new(|| Tree::read(include_str!("record.yaml")));

/// Returns the sample that a path leads into, and the path in it.
fn sample(path: &str) -> (&'static Tree, &str) {
    match path.strip_prefix(RECORD) {
        Some(path) => (&RECORDED, path),
        None => (&WRITTEN, path),
    }
}

/// Returns the object at a path.
fn object(path: &str) -> Tree {
    let (sample, path) = sample(path);
    sample.clone().at(path).clone()
}

/// The part of the sample that the objects at some paths need: small models are read faster, and an
/// error in one object has no echo in others.
fn part(whole: &Tree, paths: &[&str]) -> Tree {
    let heads = paths.iter().map(|path| {
        let mut steps = path.split('/').map(str::to_owned);
        steps.next().zip(steps.next())
    });
    let mut part = whole.clone();
    let Some(heads) = heads.collect::<Option<Vec<_>>>() else { return part };
    let needed = needed(&mut part, heads);
    part.entries().retain_mut(|(section, value)| match value {
        Tree::Map(objects) if section != "settings" => {
            objects.retain(|(name, _)| needed.contains(&(section.clone(), name.clone())));
            !objects.is_empty()
        }
        Tree::Map(_) => false,
        Tree::Scalar(_) | Tree::List(_) => true,
    });
    part
}

/// Returns the objects, by section and name, that some objects need, themselves included.
fn needed(whole: &mut Tree, mut open: Vec<(String, String)>) -> BTreeSet<(String, String)> {
    let mut needed = BTreeSet::new();
    while let Some((section, name)) = open.pop() {
        if !needed.insert((section.clone(), name.clone())) {
            continue;
        }
        let mut words = Vec::new();
        whole.at(&section).at(&name).words(&mut words);
        words.extend(BACK.iter().filter(|(from, _)| *from == name).map(|(_, to)| (*to).to_owned()));
        for (other, objects) in whole.entries() {
            let Tree::Map(objects) = objects else { continue };
            let named = objects.iter().filter(|(name, _)| words.contains(name));
            open.extend(named.map(|(name, _)| (other.clone(), name.clone())));
        }
    }
    needed
}

/// Objects that others need although they do not name them: the addresses that a NAT gateway uses are
/// its own, and a connection ends somewhere.
const BACK: [(&str, &str); 2] = [("nat", "two"), ("vpn", "office-hub")];

fn file(text: &str) -> [SourceFile; 1] {
    [SourceFile { path: "m.yaml".into(), bytes: text.into(), digest: String::new() }]
}

#[test]
fn the_samples_are_right_and_show_every_key_of_every_object() {
    for whole in [&*WRITTEN, &*RECORDED] {
        assert_eq!(rendered(whole), "");
    }
    for (keys, paths) in OBJECTS {
        let mut seen = BTreeSet::new();
        for path in *paths {
            let (whole, inside) = sample(path);
            assert_eq!(rendered(&part(whole, &[inside])), "", "{path}");
            seen.extend(object(path).entries().iter().map(|(key, _)| key.clone()));
        }
        let missing = keys.known.iter().find(|key| !seen.contains(**key));
        assert_eq!(missing, None, "{}", keys.what);
    }
    let written = SOURCES.iter().map(|source| source.matches(" what: \"").count()).sum::<usize>();
    assert_eq!(OBJECTS.len(), written + 1, "every mapping is in the table, and what all have");
}

#[test]
fn every_fault_of_every_key_is_said_at_its_place() {
    for (keys, paths) in OBJECTS {
        let mut lines = String::new();
        for key in keys.known {
            for (fault, name) in FAULTS {
                if let Some(said) = said(paths, key, fault) {
                    let _ = writeln!(lines, "{key}, {name}: {said}");
                }
            }
        }
        insta::assert_snapshot!(file_name(keys), lines);
    }
}

#[test]
fn an_object_has_its_own_keys_and_names_are_given_once() {
    let mut lines = String::new();
    for (keys, paths) in OBJECTS {
        let Some(path) = paths.first() else { continue };
        let (whole, path) = sample(path);
        let mut tree = part(whole, &[path]);
        let nonsense = (String::from("nonsense"), Tree::Scalar(String::from("1")));
        tree.at(path).entries().push(nonsense);
        let _ = writeln!(lines, "{}, unknown key: {}", keys.what, first_of(&tree));
    }
    for (section, objects) in WRITTEN.clone().entries() {
        let (Tree::Map(objects), false) = (objects, section == "settings") else { continue };
        let Some((name, object)) = objects.first().cloned() else { continue };
        let mut tree = part(&WRITTEN, &[&format!("{section}/{name}")]);
        tree.at(section).entries().push((name, object));
        let _ = writeln!(lines, "{section}, twice: {}", first_of(&tree));
    }
    insta::assert_snapshot!("keys_and_names", lines);
}

/// Returns what is said about a model with errors.
fn first_of(tree: &Tree) -> String {
    let text = tree.write();
    let import = import(&file(&text));
    let errors = check(&text, &import);
    errors.first().map_or_else(String::new, |error| format!("{}: {}", error.code, error.message))
}

/// Returns what to call the cases of an object: what it is, with a key of it where that is not enough.
fn file_name(keys: &Keys) -> String {
    let alike = OBJECTS.iter().filter(|(other, _)| other.what == keys.what).count();
    let key = keys.known.first().filter(|_| alike > 1);
    let name = key.map_or(keys.what.to_owned(), |key| format!("{} {key}", keys.what));
    name.replace('`', "").replace(' ', "_")
}

/// Returns what is said about a fault, where the key can have it.
fn said(paths: &[&str], key: &str, fault: Fault) -> Option<String> {
    let mut last = None;
    for tree in faulty(paths, key, fault) {
        let text = tree.write();
        let import = import(&file(&text));
        let errors = check(&text, &import);
        if let Some((first, more)) = errors.split_first() {
            let more = if more.is_empty() { String::new() } else { format!(" (+{})", more.len()) };
            return Some(format!("{}: {}{more}", first.code, first.message));
        }
        let warnings: Vec<&str> = import.diagnostics.iter().map(|one| one.code).collect();
        last = Some(if warnings.is_empty() { "fine".into() } else { warnings.join(", ") });
    }
    last
}

/// Returns the errors of a model, after a look at what holds for each of them.
fn check<'i>(text: &str, import: &'i Import) -> Vec<&'i Diagnostic> {
    let errors = import.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let errors: Vec<&Diagnostic> = errors.collect();
    for error in &errors {
        assert_eq!(error.file, Some(0), "{error:?}");
        let place = text.get(error.span.clone());
        assert!(place.is_some_and(|place| !place.is_empty()), "{error:?}");
        assert!(says_more(error), "{error:?}");
    }
    let objects = objects_of(&import.network);
    assert!(objects == 0 || errors.is_empty(), "a model with errors gives no network: {text}");
    errors
}

/// Whether an error says, besides what was found, what was expected or what to do.
fn says_more(error: &Diagnostic) -> bool {
    let expected = ["expected", "neither"].iter().any(|word| error.message.contains(word));
    expected || !error.label.is_empty() || error.help.is_some() || !error.notes.is_empty()
}

/// Returns how many objects a network has that a file may begin with.
fn objects_of(network: &Network) -> usize {
    [
        network.vpcs.len(),
        network.network_acls.len(),
        network.security_groups.len(),
        network.address_groups.len(),
        network.cloud_firewalls.len(),
        network.transit_gateways.len(),
        network.remote_networks.len(),
        network.outside_networks.len(),
        network.facts.len(),
        network.assumptions.len(),
    ]
    .iter()
    .sum()
}

/// Returns models with a fault at a key: one, or one for each place that it may be made at.
fn faulty(paths: &[&str], key: &str, fault: Fault) -> Vec<Tree> {
    let has = |path: &&str| object(path).get(key).is_some();
    let Some(path) = paths.iter().copied().find(|path| has(path)) else { return Vec::new() };
    let (whole, inside) = sample(path);
    let mut tree = part(whole, &[inside]);
    let object = tree.at(inside);
    let Some(value) = object.get(key) else { return Vec::new() };
    let original = value.clone();
    match fault {
        Fault::Missing => object.entries().retain(|(name, _)| name != key),
        Fault::WrongType => *value = other_type(&original),
        Fault::OutOfRange if REFERENCES.contains(&key) || TEXTS.contains(&key) => {
            return Vec::new();
        }
        Fault::OutOfRange => {
            let Some(scalar) = first_scalar(value) else { return Vec::new() };
            out_of_range(scalar);
        }
        Fault::UnknownName if !REFERENCES.contains(&key) => return Vec::new(),
        Fault::UnknownName => {
            let Some(scalar) = first_scalar(value) else { return Vec::new() };
            *scalar = String::from("nowhere");
        }
        Fault::Twice => object.entries().push((key.to_owned(), original)),
        Fault::ItemTwice => {
            let Tree::List(items) = value else { return Vec::new() };
            let Some(first) = items.first().cloned() else { return Vec::new() };
            items.push(first);
        }
        // A section of its own is no second kind of file.
        Fault::Misplaced if SECTIONS.contains(&key) && inside.is_empty() => return Vec::new(),
        Fault::Misplaced => {
            let elsewhere = paths.iter().copied().filter(|path| !has(path));
            let placed = elsewhere.map(|other| {
                let (there, other) = sample(other);
                let also = std::ptr::eq(there, whole).then_some(inside);
                let needed: Vec<&str> = also.into_iter().chain([other]).collect();
                let mut tree = part(there, &needed);
                tree.at(other).entries().push((key.to_owned(), original.clone()));
                tree
            });
            return placed.collect();
        }
    }
    vec![tree]
}

/// Returns a value of a type that the key does not have.
fn other_type(value: &Tree) -> Tree {
    match value {
        Tree::Map(_) => Tree::Scalar(String::from("text")),
        Tree::Scalar(_) | Tree::List(_) => {
            Tree::Map(vec![(String::from("wrong"), Tree::Scalar(String::from("type")))])
        }
    }
}

/// Returns the scalar of a value, or the first one of its list.
fn first_scalar(value: &mut Tree) -> Option<&mut String> {
    match value {
        Tree::Scalar(text) => Some(text),
        Tree::List(items) => match items.first_mut() {
            Some(Tree::Scalar(text)) => Some(text),
            Some(Tree::List(_) | Tree::Map(_)) | None => None,
        },
        Tree::Map(_) => None,
    }
}

/// Turns a value into one of its kind that cannot be.
fn out_of_range(text: &mut String) {
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    *text = if number {
        String::from("70000")
    } else if let Some((address, _)) = text.split_once('/') {
        format!("{address}/129")
    } else if text.parse::<std::net::IpAddr>().is_ok() {
        String::from("10.0.0.256")
    } else {
        String::from("nonsense")
    };
}

#[test]
fn each_kind_of_fault_is_shown_with_its_place_and_what_to_type() {
    let one_each = [
        ("public_addresses/one", "address", Fault::Missing),
        ("virtual_addresses/vip", "interfaces", Fault::WrongType),
        ("network_acls/acl/ingress/0", "number", Fault::OutOfRange),
        ("transit_attachments/v-hub", "route_table", Fault::UnknownName),
        ("connections/line", "kind", Fault::Twice),
        ("transit_route_tables/hub-main", "propagations", Fault::ItemTwice),
    ];
    let mut shown = String::new();
    for (path, key, fault) in one_each {
        for tree in faulty(&[path], key, fault) {
            shown.push_str(&rendered(&tree));
        }
    }
    let attachments = ["transit_attachments/v-hub", "transit_attachments/hub-far"];
    if let Some(tree) = faulty(&attachments, "peer", Fault::Misplaced).first() {
        shown.push_str(&rendered(tree));
    }
    insta::assert_snapshot!(shown);
}

fn rendered(tree: &Tree) -> String {
    let text = tree.write();
    let import = import(&file(&text));
    import.diagnostics.iter().map(|one| render(one, &file(&text), false)).collect()
}
