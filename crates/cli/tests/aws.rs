//! The dumps under `tests/aws`: every expectation there was derived by hand from the provider's
//! documentation, and every one must hold.
//!
//! A folder shows one construct: JSON files as `aws ec2 describe-*` writes them (all of them are read
//! together, as one dump), and a `case.yaml` with questions. Each question is asked of the dump, and
//! again of the native model that `canreach import -o` writes of it.

#![expect(clippy::disallowed_methods, reason = "the dumps are files")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use canreach_import::{Import, SourceFile, import, write};
use canreach_model::Network;
use canreach_query::{Cause, Options, Question, Role, Traffic, ask, resolve};
use rayon::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// What a test may find wrong, in words.
type Result<T> = std::result::Result<T, String>;

/// A `case.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The behaviour, in one sentence.
    shows: String,
    /// Where the provider's documentation says so.
    source: String,
    /// Parts of what the import must say of the dump: warnings, what was not read, assumptions.
    #[serde(default)]
    says: Vec<String>,
    questions: Vec<Asked>,
}

/// A question with its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: String,
    to: String,
    protocol: Option<String>,
    port: Option<String>,
    #[serde(default)]
    one_way: bool,
    expect: String,
    /// Codes of `docs/causes`, all of which the answer must give.
    #[serde(default)]
    causes: Vec<String>,
    /// A part of the statement of a deciding fact, or of what settles it.
    #[serde(default)]
    decided_by: Vec<String>,
    /// Codes of warnings that the answer must carry.
    #[serde(default)]
    warns: Vec<String>,
    /// The choice of the network on which the flow depends: whether it fails under another one.
    #[serde(default)]
    intermittent: bool,
    /// The derivation, in a phrase.
    because: String,
}

#[test]
fn every_dump_is_answered_as_derived_by_hand() {
    check_all(|folder| {
        let case: Case = read_yaml(&folder.join("case.yaml"))?;
        let dump = dump(folder)?;
        check_said(&case, &dump)?;
        check_questions(&case.questions, &dump.network)
    });
}

#[test]
fn the_model_written_of_a_dump_has_the_same_answers() {
    check_all(|folder| {
        let case: Case = read_yaml(&folder.join("case.yaml"))?;
        let bytes = write(&dump(folder)?.network).into_bytes();
        let written =
            SourceFile { path: String::from("written.yaml"), bytes, digest: String::new() };
        let again = import(std::slice::from_ref(&written));
        if again.diagnostics.is_empty() {
            check_questions(&case.questions, &again.network)
        } else {
            Err(format!("  the model written is refused: {:#?}\n", again.diagnostics))
        }
    });
}

/// A fixture that only passes, or only blocks, would show nothing.
#[test]
fn every_case_shows_both_sides_and_says_where_they_come_from() {
    check_all(|folder| {
        let case: Case = read_yaml(&folder.join("case.yaml"))?;
        let mut wrong = Vec::new();
        if case.shows.trim().is_empty() || case.shows.contains(['\n', '|']) {
            wrong.push(String::from("  `shows` is one sentence on one line\n"));
        }
        if case.source.trim().is_empty() || case.source.contains(['\n', '|']) {
            wrong.push(String::from("  `source` names a page and section, on one line\n"));
        }
        if case.questions.len() < 2 || verdicts(&case.questions) < 2 {
            wrong.push(String::from("  at least two questions, with two verdicts\n"));
        }
        wrong.extend(case.questions.iter().filter_map(incomplete));
        if wrong.is_empty() { Ok(()) } else { Err(wrong.concat()) }
    });
}

#[test]
fn the_readme_lists_every_folder() {
    let readme = read(&root().join("README.md")).unwrap_or_default();
    let listed: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [")).collect();
    let expected: Vec<String> = folders().iter().map(|folder| row(folder)).collect();
    assert_eq!(listed, expected, "the table is\n{}", expected.join("\n"));
}

/// Returns the line of a folder in the table of the README.
fn row(folder: &Path) -> String {
    let case: Result<Case> = read_yaml(&folder.join("case.yaml"));
    let (shows, source) = case.map(|case| (case.shows, case.source)).unwrap_or_default();
    format!("| [`{0}`]({0}/case.yaml) | {shows} | {source} |", name(folder))
}

fn verdicts(questions: &[Asked]) -> usize {
    let mut verdicts: Vec<&str> = questions.iter().map(|asked| asked.expect.as_str()).collect();
    verdicts.sort_unstable();
    verdicts.dedup();
    verdicts.len()
}

/// What a question lacks: an unreachable one names its cause, an unknown one what decides it.
fn incomplete(asked: &Asked) -> Option<String> {
    let known = |code: &String| Cause::ALL.iter().any(|cause| cause.code() == code);
    let complete = match asked.expect.as_str() {
        "reachable" => true,
        "unreachable" => !asked.causes.is_empty(),
        "unknown" => !asked.decided_by.is_empty(),
        _ => false,
    };
    let right = complete && asked.causes.iter().all(known) && !asked.because.trim().is_empty();
    (!right).then(|| format!("  {}: no verdict, cause, deciding fact or reason\n", asked.words()))
}

/// Checks that the import said what it must, and refused nothing.
fn check_said(case: &Case, dump: &Import) -> Result<()> {
    let said = said(dump);
    let missing: Vec<String> = case
        .says
        .iter()
        .filter(|part| !said.contains(part.as_str()))
        .map(|part| format!("  import does not say `{part}`\n"))
        .collect();
    let surplus = if case.says.is_empty() { dump.diagnostics.as_slice() } else { &[] };
    let surplus = surplus.iter().map(|it| format!("  import says {}: {}\n", it.code, it.message));
    let wrong: String = missing.into_iter().chain(surplus).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn said(dump: &Import) -> String {
    let diagnostics = dump.diagnostics.iter().map(|it| format!("{}: {}\n", it.code, it.message));
    let listed = dump.report.left_out.iter().chain(&dump.report.unread);
    let unread = listed.map(|it| format!("{}; {}\n", it.what, it.effect));
    let assumed = dump.network.assumptions.iter().map(|it| format!("{}\n", it.statement));
    diagnostics.chain(unread).chain(assumed).collect()
}

fn check_questions(questions: &[Asked], network: &Network) -> Result<()> {
    let wrong: String =
        questions.iter().filter_map(|asked| check_question(asked, network).err()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn check_question(asked: &Asked, network: &Network) -> Result<()> {
    let about =
        |wrong: String| format!("  {}\n{wrong}    because: {}\n", asked.words(), asked.because);
    let answer = answer(asked, network).map_err(|error| about(format!("    error: {error}\n")))?;
    let wrong = differences(asked, &answer);
    if wrong.is_empty() { Ok(()) } else { Err(about(format!("{wrong}{}", told(&answer)))) }
}

/// Says in which parts an answer is another than the expected one.
fn differences(asked: &Asked, answer: &Value) -> String {
    let mut wrong = Vec::new();
    let verdict = text(answer, "/verdict");
    if verdict != asked.expect {
        wrong.push(format!("    expected {}, answered {verdict}\n", asked.expect));
    }
    let causes = texts(answer, "/causes", "/code");
    let missing = asked.causes.iter().filter(|code| !causes.contains(code));
    wrong.extend(missing.map(|code| format!("    cause {code} is missing\n")));
    let facts = facts(answer);
    let missing = asked.decided_by.iter().filter(|part| !facts.contains(part.as_str()));
    wrong.extend(missing.map(|part| format!("    no deciding fact says `{part}`\n")));
    // What no answer tells of groups and ACLs is open, never left out.
    let layers = texts(answer, "/not_examined", "");
    let surplus =
        layers.iter().filter(|layer| *layer == "security-group" || *layer == "network-acl");
    wrong.extend(surplus.map(|layer| format!("    `{layer}` was not examined\n")));
    let warnings = texts(answer, "/warnings", "/code");
    let missing = asked.warns.iter().filter(|code| !warnings.contains(code));
    wrong.extend(missing.map(|code| format!("    warning {code} is missing\n")));
    let intermittent = answer.pointer("/witness/intermittent").and_then(Value::as_bool);
    if intermittent.unwrap_or_default() != asked.intermittent {
        wrong.push(format!("    expected intermittent to be {}\n", asked.intermittent));
    }
    wrong.concat()
}

/// Returns what decides an unknown answer: each statement, and what settles it.
fn facts(answer: &Value) -> String {
    let sets = items(answer, "/deciding").iter();
    let facts = sets.flat_map(|set| set.as_array().map_or(&[][..], Vec::as_slice));
    let facts: Vec<String> = facts
        .map(|fact| format!("{}; {}\n", text(fact, "/statement"), text(fact, "/settled_by")))
        .collect();
    facts.concat()
}

/// Returns what was answered, for a failure to be read.
fn told(answer: &Value) -> String {
    let causes = texts(answer, "/causes", "/code").join(", ");
    let mut lines =
        vec![format!("    delivered {}; causes {causes}\n", text(answer, "/delivered"))];
    for walk in items(answer, "/walks").iter().take(4) {
        for blocker in items(walk, "/blockers").iter().take(4) {
            let (pass, code) = (text(blocker, "/pass"), text(blocker, "/code"));
            lines.push(format!("    blocked ({pass}, {code}): {}\n", text(blocker, "/text")));
        }
    }
    for step in items(answer, "/trace") {
        let stopped = step.pointer("/stopped").and_then(Value::as_str).unwrap_or_default();
        lines.push(format!(
            "    {} {} {stopped}\n",
            text(step, "/pass"),
            text(step, "/place/text")
        ));
    }
    lines.extend(facts(answer).lines().map(|fact| format!("    fact: {fact}\n")));
    lines.concat()
}

impl Asked {
    fn words(&self) -> String {
        let protocol = self.protocol.as_deref().unwrap_or("any");
        let port = self.port.as_deref().unwrap_or("-");
        let one_way = if self.one_way { ", one way" } else { "" };
        format!("{} -> {} {protocol} {port}{one_way}", self.from, self.to)
    }
}

fn answer(asked: &Asked, network: &Network) -> Result<Value> {
    let select = |text: &str, role| resolve(network, text, role).map_err(|error| error.to_string());
    let from = select(&asked.from, Role::Source)?;
    let to = select(&asked.to, Role::Destination)?;
    let traffic = Traffic::parse(asked.protocol.as_deref(), asked.port.as_deref());
    let question = Question {
        from: asked.from.clone(),
        to: asked.to.clone(),
        sources: from.ends,
        destinations: to.ends,
        unowned: from.unowned.into_iter().chain(to.unowned).collect(),
        traffic: traffic.map_err(|error| error.to_string())?,
        one_way: asked.one_way,
    };
    let options = Options { rlimit: canreach_smt::Limits::default().rlimit, explain: true };
    let answer = ask(network, &question, &options).map_err(|error| error.to_string())?;
    let document = canreach_report::json::answer(network, &answer);
    serde_json::to_value(document).map_err(|error| error.to_string())
}

/// Reads all JSON files of a folder as one dump. Only a warning is no failure.
fn dump(folder: &Path) -> Result<Import> {
    let mut paths = Vec::new();
    json_files(folder, &mut paths);
    paths.sort();
    let mut files = Vec::new();
    for path in &paths {
        let bytes = read(path)?.into_bytes();
        let inside = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        files.push(SourceFile { path: inside, bytes, digest: String::new() });
    }
    let dump = import(&files);
    let errors = dump.diagnostics.iter();
    let mut errors = errors.filter(|it| it.severity == canreach_import::Severity::Error);
    match errors.next() {
        None if files.is_empty() => Err(String::from("  no dump\n")),
        None => Ok(dump),
        Some(error) => Err(format!("  import refuses the dump: {}\n", error.message)),
    }
}

fn json_files(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            json_files(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
}

/// Checks every folder, and tells all failures at once.
fn check_all(check: impl Fn(&Path) -> Result<()> + Sync) {
    let folders = folders();
    let failures: Vec<String> = folders
        .par_iter()
        .filter_map(|folder| Some(format!("== {}\n{}", name(folder), check(folder).err()?)))
        .collect();
    assert!(!folders.is_empty(), "the dumps are there");
    let (failed, all) = (failures.len(), folders.len());
    assert!(failures.is_empty(), "{failed} of {all} differ\n{}", failures.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/aws")
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).into_iter().flatten();
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn items<'v>(value: &'v Value, at: &str) -> &'v [Value] {
    value.pointer(at).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: &Value, at: &str, part: &str) -> Vec<String> {
    items(value, at).iter().map(|item| text(item, part)).collect()
}

fn text(value: &Value, at: &str) -> String {
    value.pointer(at).and_then(Value::as_str).unwrap_or("-").to_owned()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("  {}: {error}\n", path.display()))
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_saphyr::from_str(&read(path)?).map_err(|error| format!("  {}: {error}\n", path.display()))
}
