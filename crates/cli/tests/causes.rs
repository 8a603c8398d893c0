//! Codes, pages and models held against each other: none without the other two.
//!
//! That each page has its shape, and that each code has a page and each page a code, is tested where
//! the pages are read (`canreach_report::causes`). Here, every code is expected by a model under
//! `models/`, and its page names the models that show it. That a model gets what it expects is tested
//! in `guide.rs`.

#![expect(clippy::disallowed_methods, reason = "the models are files")]
#![expect(clippy::unwrap_used, reason = "a model that cannot be read fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use canreach_query::Cause;
use canreach_report::causes;
use serde::{Deserialize, de::DeserializeOwned};

/// What a `case.yaml` of the guide, or an entry of a `questions.yaml`, says of causes.
#[derive(Debug, Default, Deserialize)]
struct Expectation {
    #[serde(default)]
    causes: Vec<String>,
    #[serde(default)]
    blockers: Vec<Blocker>,
    /// The code of a warning, or several.
    #[serde(default)]
    warns: Codes,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Codes {
    One(String),
    Several(Vec<String>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

#[derive(Debug, Deserialize)]
struct Blocker {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Case {
    expect: Expectation,
}

impl Expectation {
    /// The codes that an answer must give as its causes.
    fn shown(&self) -> impl Iterator<Item = &String> {
        // Other warnings than those that are causes have codes in lower case.
        let warned = match &self.warns {
            Codes::One(code) => std::slice::from_ref(code),
            Codes::Several(codes) => codes.as_slice(),
        };
        let of_causes = warned.iter().filter(|code| code.chars().all(|it| !it.is_lowercase()));
        self.causes.iter().chain(of_causes)
    }
}

#[test]
fn every_code_is_shown_by_a_model() {
    let shown = shown();
    let without: Vec<&str> =
        Cause::ALL.into_iter().map(Cause::code).filter(|code| !shown.contains_key(*code)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn every_code_that_a_model_names_exists() {
    let known = |code: &str| Cause::ALL.into_iter().any(|cause| cause.code() == code);
    for (folder, expectation) in expectations() {
        let blamed = expectation.blockers.iter().map(|blocker| &blocker.code);
        for code in expectation.shown().chain(blamed) {
            assert!(known(code), "{folder}: `{code}` is no cause");
        }
    }
}

#[test]
fn every_page_names_the_models_that_show_its_code() {
    let shown = shown();
    for cause in Cause::ALL {
        let told = links(&causes::page(cause));
        let models = shown.get(cause.code()).cloned().unwrap_or_default();
        assert!(told.is_subset(&models), "{cause}: {told:?} of {models:?}");
        assert_eq!(told.is_empty(), models.is_empty(), "{cause}: one of {models:?}");
    }
}

/// The models that a page names.
fn links(page: &str) -> BTreeSet<String> {
    let (_, section) = page.split_once("\n## Shown by\n").unwrap_or_default();
    let models = section.lines().filter_map(|line| line.strip_prefix("- [`")?.split_once("`]("));
    models
        .map(|(model, link)| {
            let file = link.strip_prefix("../../").and_then(|link| link.strip_suffix(')'));
            let exists = file.is_some_and(|file| root().join(file).is_file());
            assert!(exists && file.is_some_and(|file| file.starts_with(model)), "{link}");
            model.to_owned()
        })
        .collect()
}

/// The models that show each code.
fn shown() -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (folder, expectation) in expectations() {
        for code in expectation.shown() {
            shown.entry(code.clone()).or_default().insert(folder.clone());
        }
    }
    shown
}

/// What each model expects, with its folder.
fn expectations() -> Vec<(String, Expectation)> {
    let guide = folders("models/guide").into_iter().map(|folder| {
        let case: Case = read_yaml(&folder, "case.yaml");
        (folder, vec![case.expect])
    });
    let show = folders("models/show").into_iter().map(|folder| {
        let questions: Vec<Expectation> = read_yaml(&folder, "questions.yaml");
        (folder, questions)
    });
    let all = guide.chain(show);
    all.flat_map(|(folder, all)| all.into_iter().map(move |one| (folder.clone(), one))).collect()
}

fn folders(part: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(part)).unwrap();
    let names = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let mut folders: Vec<String> =
        names.map(|entry| format!("{part}/{}", entry.file_name().to_string_lossy())).collect();
    folders.sort();
    assert!(folders.len() > 10, "the models are there");
    folders
}

fn read_yaml<T: DeserializeOwned>(folder: &str, name: &str) -> T {
    let text = fs::read_to_string(root().join(folder).join(name)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
