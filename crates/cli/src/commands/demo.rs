//! `canreach demo`: the troubleshooting guide, case by case, on built-in models.

use canreach_import::{SourceFile, import};
use canreach_model::Network;
use canreach_query::{
    Answer, Options, Traffic,
    fix::{Effort, Goal, fix},
};
use canreach_report::text::{
    self,
    layout::{BAD, FAINT, GOOD, Page, STRONG},
};

use super::{
    cases::{self, Case, Expected},
    query::{Wording, ask, question},
};
use crate::{args, exit::Exit, failure::Failure, model, output};

pub(crate) fn run(args: &args::Demo) -> Result<Exit, Failure> {
    canreach_smt::check_solver()?;
    let all = cases::all()?;
    if args.list {
        output::print(&list(&all))?;
        return Ok(Exit::Done);
    }
    let alone = args.case.is_some();
    let shown = match &args.case {
        None => all,
        Some(wanted) => vec![pick(all, wanted)?],
    };
    let mut as_expected = 0_usize;
    for case in &shown {
        if show(case)? {
            as_expected = as_expected.saturating_add(1);
        }
    }
    if let Some(last) = shown.last() {
        output::print(&ticket(last, alone))?;
    }
    output::print(&summary(shown.len(), as_expected))?;
    Ok(if as_expected == shown.len() { Exit::Done } else { Exit::No })
}

/// Returns the case of that number or name.
fn pick(all: Vec<Case>, wanted: &str) -> Result<Case, Failure> {
    /// Below this similarity two names have little in common.
    const CLOSE: f64 = 0.8;
    let likeness = |case: &Case| {
        let name = case.name.split_once('-').map_or("", |(_, name)| name);
        strsim::jaro_winkler(name, wanted)
    };
    let near = all.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = near.filter(|case| likeness(case) >= CLOSE);
    let near = near.map(|case| format!("did you mean `{}`? ", case.name)).unwrap_or_default();
    let count = all.len();
    let is_wanted = |case: &Case| {
        let (number, name) = case.name.split_once('-').unwrap_or(("", &case.name));
        case.name == wanted
            || name == wanted
            || number == wanted
            || number.trim_start_matches('0') == wanted
    };
    all.into_iter().find(is_wanted).ok_or_else(|| {
        Failure::Unknown(format!(
            "there is no case `{wanted}`; {near}there are 1 to {count}: `canreach demo --list`"
        ))
    })
}

/// Shows a case and returns whether canreach says what it should.
fn show(case: &Case) -> Result<bool, Failure> {
    output::print(&heading(case))?;
    let (network, before) = answer(case, &case.broken)?;
    output::print(&format!(
        "{}\n{}\n",
        command(case, &case.broken),
        indented(&text::answer(&network, &before))
    ))?;
    output::print(&proposed(case, &network, &before)?)?;
    let (network, after) = answer(case, &case.repaired)?;
    output::print(&format!("{}\n{}\n", command(case, &case.repaired), changed(case)))?;
    let first = text::answer(&network, &after).lines().next().unwrap_or_default().to_owned();
    output::print(&format!("{}\n", indented(&first)))?;
    let problems = [
        ("model.yaml", problem(&before, &case.script.expect)),
        ("repaired.yaml", problem(&after, &case.script.repaired)),
    ];
    let mut fine = true;
    for (file, problem) in problems {
        if let Some(problem) = problem {
            fine = false;
            output::print(&format!("  {BAD}not as expected{BAD:#}  {file}: {problem}\n\n"))?;
        }
    }
    Ok(fine)
}

/// Returns the command that looks for the smallest change, and the first proposal; nothing where
/// there is nothing to open.
fn proposed(case: &Case, network: &Network, before: &Answer) -> Result<String, Failure> {
    if before.verdict == canreach_query::Verdict::Reachable {
        return Ok(String::new());
    }
    let options = Options { rlimit: canreach_smt::Limits::default().rlimit, explain: true };
    let effort = Effort { proposals: 1, ..Effort::BRIEF };
    let found = fix(network, &before.question, Goal::Open, &options, effort)?;
    let printed = text::fix(network, &found);
    // The verdict stands above already.
    let proposals = printed.split_once("\n\n").map_or("", |(_, rest)| rest);
    let command = command(case, &case.broken).replacen("canreach query", "canreach fix", 1);
    Ok(format!("{command}\n{}\n", indented(proposals.trim_end_matches('\n'))))
}

/// Returns what to attach to a support ticket: the last step of the guide.
fn ticket(case: &Case, alone: bool) -> String {
    let whose = if alone { "this case" } else { "the last case" };
    let ask = command(case, &case.broken);
    format!(
        "{STRONG}Still no way through?{STRONG:#} Attach the answer to your ticket; for {whose}:\n\n{ask} --format markdown\n\n"
    )
}

/// Returns the cases, one line each.
fn list(all: &[Case]) -> String {
    let line = |case: &Case| format!("{}  {FAINT}{}{FAINT:#}\n", case.name, case.script.title);
    all.iter().map(line).collect()
}

fn answer(case: &Case, file: &SourceFile) -> Result<(Network, Answer), Failure> {
    let files = std::slice::from_ref(file);
    let network = model::network(import(files), files)?;
    let script = &case.script;
    let protocol = script.protocol.as_ref().map(ToString::to_string);
    let port = script.port.as_ref().map(ToString::to_string);
    let traffic = Traffic::parse(protocol.as_deref(), port.as_deref())?;
    let wording = Wording { from: "from", to: "to" };
    let question = question(&network, &script.from, &script.to, traffic, false, wording)?;
    let options = Options { rlimit: canreach_smt::Limits::default().rlimit, explain: true };
    let answer = ask(&network, &question, options)?;
    Ok((network, answer))
}

/// Returns how an answer differs from what is expected, if it does.
fn problem(answer: &Answer, expected: &Expected) -> Option<String> {
    let verdict = canreach_query::Verdict::from(expected.verdict);
    if answer.verdict != verdict {
        return Some(format!("the verdict should be {verdict:?}"));
    }
    let missing = expected
        .causes
        .iter()
        .find(|code| !answer.causes.iter().any(|cause| cause.code() == code.as_str()));
    missing.map(|code| format!("{code} should be among the causes"))
}

fn heading(case: &Case) -> String {
    let mut page = Page::default();
    let number = case.name.split('-').next().unwrap_or_default().trim_start_matches('0');
    page.headline(number, STRONG, &case.script.title);
    let symptom = case.script.symptom.lines().map(|line| format!("   {FAINT}> {line}{FAINT:#}\n"));
    page.into_text() + &symptom.collect::<Vec<String>>().concat() + "\n"
}

/// Returns the command that asks the same of the file in the project's folder.
fn command(case: &Case, file: &SourceFile) -> String {
    let script = &case.script;
    let mut words = vec![format!("canreach query -m {}", file.path)];
    words.push(format!("--from {} --to {}", quoted(&script.from), quoted(&script.to)));
    if let Some(protocol) = &script.protocol {
        words.push(format!("--protocol {protocol}"));
    }
    if let Some(port) = &script.port {
        words.push(format!("--port {port}"));
    }
    format!("  $ {STRONG}{}{STRONG:#}", words.join(" "))
}

fn quoted(text: &str) -> String {
    if text.contains([' ', '\'', '"']) {
        format!("'{}'", text.replace('\'', "'\\''"))
    } else {
        text.to_owned()
    }
}

/// Returns the lines of the repaired model that the broken one does not have.
fn changed(case: &Case) -> String {
    let text = |file: &SourceFile| String::from_utf8_lossy(&file.bytes).into_owned();
    let (before, after) = (text(&case.broken), text(&case.repaired));
    let old: Vec<&str> = before.lines().collect();
    let new = after.lines().filter(|line| !line.trim().is_empty() && !old.contains(line));
    let marked: Vec<String> = new.map(|line| format!("  {GOOD}+{GOOD:#} {line}")).collect();
    marked.join("\n") + "\n"
}

fn indented(text: &str) -> String {
    let lines =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") });
    lines.collect::<Vec<String>>().join("\n") + "\n"
}

fn summary(shown: usize, as_expected: usize) -> String {
    let style = if shown == as_expected { GOOD } else { BAD };
    let cases = if shown == 1 { "case" } else { "cases" };
    format!(
        "{style}{as_expected} of {shown} {cases} answered as expected, broken and repaired{style:#}\n"
    )
}
