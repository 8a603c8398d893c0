//! The models under `models/`: every expectation there was derived by hand, and every one must hold.
//!
//! A model is read, asked and answered as the command line does it, and what comes out is read from
//! the `canreach.query/1` document. Expectation and answer are written as lines of one form, so that a
//! failure shows which line differs.

#![expect(clippy::disallowed_methods, reason = "the models are files")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use canreach_import::{SourceFile, import, write};
use canreach_model::Network;
use canreach_query::{
    Cause, Options, Question, Role, Selection, Traffic, Verdict, ask,
    fix::{Effort, Fix, Goal, apply, fix},
    resolve,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// What a test may find wrong, in words.
type Result<T> = std::result::Result<T, String>;

/// A `case.yaml` of the guide.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    symptom: String,
    #[serde(flatten)]
    asked: Asked,
    expect: Expected,
    repaired: Repaired,
    fix: Fixed,
}

/// What is asked.
#[derive(Clone, Debug, Deserialize)]
struct Asked {
    from: String,
    to: String,
    port: Option<u16>,
    protocol: Option<String>,
    #[serde(default)]
    one_way: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    verdict: String,
    delivered: String,
    causes: Vec<String>,
    /// Left out where nothing stops the flow.
    culprit: Option<Culprit>,
    /// The code of a warning that must be there.
    warns: Option<String>,
    blockers: Vec<Blocker>,
    near_misses: Vec<NearMiss>,
    corrections: Vec<Vec<String>>,
}

/// The first thing to look at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Culprit {
    file: String,
    line: u64,
    object: String,
    what: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blocker {
    pass: String,
    object: String,
    line: Option<u64>,
    code: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NearMiss {
    line: u64,
    differs: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repaired {
    verdict: String,
}

/// The first proposal of `canreach fix`, and what it changes besides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    /// The edits, each with what it is made to.
    first: Vec<String>,
    opens: Vec<String>,
    closes: Vec<String>,
}

/// An entry of a `questions.yaml`.
#[derive(Debug, Deserialize)]
struct Shown {
    /// The model, if it is another than `model.yaml`.
    model: Option<String>,
    #[serde(flatten)]
    asked: Asked,
    verdict: String,
    delivered: String,
    /// The causes, where only one set of them is right.
    causes: Option<Vec<String>>,
    /// The code of a warning that must be there.
    warns: Option<String>,
    why: String,
}

#[test]
fn every_case_of_the_guide_is_answered_as_derived_by_hand() {
    check_all("guide", |folder| {
        let case: Case = read_yaml(&folder.join("case.yaml"))?;
        check_lengths(&case)?;
        let answer = answer_to(folder, "model.yaml", &case.asked)?;
        compare(&case.expect.lines(), &lines_of(&answer))
    });
}

#[test]
fn every_case_of_the_guide_is_reachable_once_repaired() {
    check_all("guide", |folder| {
        let case: Case = read_yaml(&folder.join("case.yaml"))?;
        let answer = answer_to(folder, "repaired.yaml", &case.asked)?;
        compare(&[format!("verdict {}", case.repaired.verdict)], &[verdict_of(&answer)])
    });
}

/// The edited network is asked by both engines before a proposal is told.
#[test]
fn the_first_proposal_of_fix_opens_every_case_of_the_guide() {
    check_all("guide", |folder| {
        let case: Case = read_yaml(&folder.join("case.yaml"))?;
        let (network, found) = proposals_for(folder, &case.asked)?;
        if case.expect.verdict == "reachable" {
            // There is nothing to open, only something to know.
            return if found.nothing_to_do() {
                Ok(())
            } else {
                Err(String::from("something to do"))
            };
        }
        keeps_its_word_on_paper(&network, &found, &case.asked)?;
        let document = serde_json::to_value(canreach_report::json::fix(&network, &found));
        let document = document.map_err(|error| error.to_string())?;
        let first = document.pointer("/proposals/0").ok_or("nothing is proposed")?;
        let edits = items(first, "/edits")
            .iter()
            .map(|edit| format!("{} {}", text(edit, "/kind"), text(edit, "/object/id")));
        let edits: Vec<String> = edits.collect();
        let expected = &case.fix;
        let lines = |edits: &[String], opens: &[String], closes: &[String]| {
            vec![
                String::from("verdict reachable"),
                format!("first {}", edits.join(", ")),
                format!("opens {}", opens.join(", ")),
                format!("closes {}", closes.join(", ")),
            ]
        };
        let mut got =
            lines(&edits, &texts(first, "/opens/texts", ""), &texts(first, "/closes/texts", ""));
        if let Some(line) = got.first_mut() {
            *line = format!("verdict {}", text(first, "/verdict"));
        }
        compare(&lines(&expected.first, &expected.opens, &expected.closes), &got)
    });
}

/// A repair is the smallest one, or it would show nothing.
#[test]
fn a_repair_changes_no_more_than_five_lines_and_says_which() {
    check_all("guide", |folder| {
        let (broken, repaired) =
            (read(&folder.join("model.yaml"))?, read(&folder.join("repaired.yaml"))?);
        let new = repaired.lines().filter(|line| !broken.lines().any(|old| old == *line));
        let new: Vec<&str> = new.filter(|line| !line.is_empty()).collect();
        let says = new.iter().any(|line| line.contains("# changed") || line.contains("# added"));
        let few = (1..=5).contains(&new.len());
        if says && few { Ok(()) } else { Err(format!("changed lines: {new:#?}")) }
    });
}

#[test]
fn every_shown_construct_is_answered_as_derived_by_hand() {
    check_all("show", |folder| {
        let questions: Vec<Shown> = read_yaml(&folder.join("questions.yaml"))?;
        let failures: Vec<String> = questions
            .iter()
            .filter_map(|shown| check_shown(folder, shown).err().map(|error| shown.about(&error)))
            .collect();
        if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
    });
}

#[test]
fn the_shop_is_answered_as_derived_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/shop");
    let questions: Vec<Shown> = read_yaml(&folder.join("questions.yaml")).unwrap_or_default();
    let failures: Vec<String> = questions
        .iter()
        .filter_map(|shown| check_shown(&folder, shown).err().map(|error| shown.about(&error)))
        .collect();
    assert!(!questions.is_empty(), "the shop is there");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check_shown(folder: &Path, shown: &Shown) -> Result<()> {
    let model = shown.model.as_deref().unwrap_or("model.yaml");
    let answer = answer_to(folder, model, &shown.asked)?;
    let mut expected =
        vec![format!("verdict {}", shown.verdict), format!("delivered {}", shown.delivered)];
    let mut got = vec![verdict_of(&answer), delivered_of(&answer)];
    if let Some(causes) = &shown.causes {
        expected.push(format!("causes {}", causes.join(", ")));
        got.push(causes_of(&answer));
    }
    if let Some(code) = &shown.warns {
        expected.push(format!("warns {code}"));
        let warns = texts(&answer, "/warnings", "/code").contains(code);
        got.push(if warns { format!("warns {code}") } else { String::from("warns not") });
    }
    compare(&expected, &got)
}

impl Shown {
    fn about(&self, error: &str) -> String {
        let Asked { from, to, port, protocol, one_way } = &self.asked;
        let model = self.model.as_deref().unwrap_or("model.yaml");
        let one_way = if *one_way { ", one way" } else { "" };
        format!("{model}: {from} -> {to} {protocol:?} {port:?}{one_way}\n{error}why: {}", self.why)
    }
}

/// The lines that both sides of a comparison are written in.
impl Expected {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("verdict {}", self.verdict),
            format!("delivered {}", self.delivered),
            format!("causes {}", self.causes.join(", ")),
            self.culprit.as_ref().map_or(String::from("culprit none"), |it| {
                format!("culprit {} {}:{}", it.object, it.file, it.line)
            }),
        ];
        lines.extend(self.warns.iter().map(|code| format!("warns {code}")));
        lines.extend(self.blockers.iter().map(|it| {
            let line = it.line.map_or(String::from("-"), |line| line.to_string());
            format!("blocker {} {} {line} {}", it.pass, it.object, it.code)
        }));
        lines.extend(
            self.near_misses
                .iter()
                .map(|it| format!("near miss {} {}", it.line, it.differs.join(", "))),
        );
        lines.extend(self.corrections.iter().map(|it| format!("correction {}", it.join(", "))));
        lines
    }
}

fn lines_of(answer: &Value) -> Vec<String> {
    let mut lines =
        vec![verdict_of(answer), delivered_of(answer), causes_of(answer), culprit_of(answer)];
    let warnings = texts(answer, "/warnings", "/code");
    lines.extend(warnings.iter().filter(|code| is_cause(code)).map(|code| format!("warns {code}")));
    let mut blockers: Vec<String> = Vec::new();
    for walk in items(answer, "/walks") {
        for blocker in items(walk, "/blockers") {
            let line = number(blocker, "/rule/origin/line");
            let line = line.map_or(String::from("-"), |line| line.to_string());
            let object = text(blocker, "/origin/id");
            let words = format!(
                "blocker {} {object} {line} {}",
                text(blocker, "/pass"),
                text(blocker, "/code")
            );
            blockers.push(words);
        }
        let together = items(walk, "/together").len();
        blockers.extend((0..together).map(|at| format!("together, set {at}")));
    }
    lines.extend(blockers);
    lines.extend(items(answer, "/near_misses").iter().map(|near| {
        let line = number(near, "/rule/origin/line").unwrap_or_default();
        format!("near miss {line} {}", texts(near, "/differs", "").join(", "))
    }));
    lines.extend(
        items(answer, "/corrections")
            .iter()
            .map(|set| format!("correction {}", texts(set, "", "/origin/id").join(", "))),
    );
    lines
}

/// Whether a warning has a code of its own, with a page.
fn is_cause(code: &str) -> bool {
    Cause::ALL.iter().any(|cause| cause.code() == code)
}

/// The first thing to look at: the rule of the first blocker; where no rule decided, the first rule
/// there that differs in one field; else what the blocker belongs to.
fn culprit_of(answer: &Value) -> String {
    let nothing = || String::from("culprit none");
    let Some(blocker) = answer.pointer("/walks/0/blockers/0") else { return nothing() };
    let is_here = |near: &&Value| {
        text(near, "/pass") == text(blocker, "/pass")
            && text(near, "/layer") == text(blocker, "/layer")
            && items(near, "/differs").len() == 1
    };
    let near = items(answer, "/near_misses").iter().find(is_here);
    let (place, object) = match (blocker.pointer("/rule"), near) {
        (None, Some(near)) => (near.pointer("/rule/origin"), text(near, "/rule/object/id")),
        (Some(_), _) | (None, None) => (blocker.pointer("/origin"), text(blocker, "/origin/id")),
    };
    let Some(place) = place else { return nothing() };
    let line = number(place, "/line").unwrap_or_default();
    format!("culprit {object} {}:{line}", text(place, "/file"))
}

fn verdict_of(answer: &Value) -> String {
    format!("verdict {}", text(answer, "/verdict"))
}

fn delivered_of(answer: &Value) -> String {
    format!("delivered {}", text(answer, "/delivered"))
}

fn causes_of(answer: &Value) -> String {
    format!("causes {}", texts(answer, "/causes", "/code").join(", "))
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

fn number(value: &Value, at: &str) -> Option<u64> {
    value.pointer(at).and_then(Value::as_u64)
}

/// Asks a model, and returns the document.
fn answer_to(folder: &Path, model: &str, asked: &Asked) -> Result<Value> {
    let network = network(folder, model)?;
    let question = resolved(&network, asked)?;
    let answer = ask(&network, &question, &options()).map_err(|error| error.to_string())?;
    let document = canreach_report::json::answer(&network, &answer);
    serde_json::to_value(document).map_err(|error| error.to_string())
}

/// Looks for what opens the broken model of a case.
fn proposals_for(folder: &Path, asked: &Asked) -> Result<(Network, Fix)> {
    let network = network(folder, "model.yaml")?;
    let question = resolved(&network, asked)?;
    let found = fix(&network, &question, Goal::Open, &options(), Effort::THOROUGH);
    Ok((network, found.map_err(|error| error.to_string())?))
}

/// The first proposal, made in the model, written out and read again, opens the flow.
fn keeps_its_word_on_paper(network: &Network, found: &Fix, asked: &Asked) -> Result<()> {
    let first = found.proposals.first().ok_or("nothing is proposed")?;
    let bytes = write(&apply(network, &first.edits)).into_bytes();
    let file = SourceFile { path: String::from("edited.yaml"), bytes, digest: String::new() };
    let edited = read_back(&file)?;
    let question = resolved(&edited, asked)?;
    let answer = ask(&edited, &question, &options()).map_err(|error| error.to_string())?;
    if answer.verdict == Verdict::Reachable {
        Ok(())
    } else {
        Err(format!("written out, the first proposal says {:?}", answer.verdict))
    }
}

fn options() -> Options {
    Options { rlimit: canreach_smt::Limits::default().rlimit, explain: true }
}

fn resolved(network: &Network, asked: &Asked) -> Result<Question> {
    let select = |text: &str, role| resolve(network, text, role).map_err(|error| error.to_string());
    let from = select(&asked.from, Role::Source)?;
    let to = select(&asked.to, Role::Destination)?;
    let port = asked.port.map(|port| port.to_string());
    let traffic = Traffic::parse(asked.protocol.as_deref(), port.as_deref());
    Ok(question(asked, from, to, traffic.map_err(|error| error.to_string())?))
}

fn question(asked: &Asked, from: Selection, to: Selection, traffic: Traffic) -> Question {
    Question {
        from: asked.from.clone(),
        to: asked.to.clone(),
        sources: from.ends,
        destinations: to.ends,
        unowned: from.unowned.into_iter().chain(to.unowned).collect(),
        traffic,
        one_way: asked.one_way,
    }
}

fn network(folder: &Path, model: &str) -> Result<Network> {
    let bytes = read(&folder.join(model))?.into_bytes();
    let file = SourceFile { path: model.to_owned(), bytes, digest: String::new() };
    read_back(&file)
}

fn read_back(file: &SourceFile) -> Result<Network> {
    let import = import(std::slice::from_ref(file));
    if import.diagnostics.is_empty() {
        Ok(import.network)
    } else {
        Err(format!("{}: {:#?}", file.path, import.diagnostics))
    }
}

/// Checks every folder below `models/<part>`, and tells all failures at once.
fn check_all(part: &str, check: impl Fn(&Path) -> Result<()>) {
    let folders = folders(part);
    let failures: Vec<String> = folders
        .iter()
        .filter_map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            check(folder).err().map(|error| format!("== {part}/{name}\n{error}"))
        })
        .collect();
    assert!(folders.len() > 10, "the models are there");
    assert!(
        failures.is_empty(),
        "{} of {} differ\n{}",
        failures.len(),
        folders.len(),
        failures.join("\n")
    );
}

fn folders(part: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(part);
    let entries = fs::read_dir(&root).into_iter().flatten();
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// The demo prints these on one line each, or a few.
fn check_lengths(case: &Case) -> Result<()> {
    let title = case.title.trim();
    let symptom = case.symptom.trim().lines().count();
    let short = !title.is_empty() && !title.contains('\n') && (1..=2).contains(&symptom);
    let culprit = case.expect.culprit.as_ref();
    if short && culprit.is_none_or(|culprit| !culprit.what.is_empty()) {
        Ok(())
    } else {
        Err(String::from("a title is one line, a symptom one or two, and a culprit has its `what`"))
    }
}

fn compare(expected: &[String], got: &[String]) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    let missing =
        expected.iter().filter(|line| !got.contains(line)).map(|line| format!("  - {line}\n"));
    let surplus =
        got.iter().filter(|line| !expected.contains(line)).map(|line| format!("  + {line}\n"));
    let difference: String = missing.chain(surplus).collect();
    if difference.is_empty() {
        return Err(format!("  the order differs: {got:#?}\n"));
    }
    Err(difference)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_saphyr::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}
