//! `canreach import`: what was understood of an input, and what was not.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use canreach_import::{Diagnostic, Import, Severity, SourceFile, import, render, write};
use canreach_model::{Network, Origin};
use canreach_report::{
    SEMANTICS_VERSION, json,
    text::layout::{BAD, Entry, GOOD, OPEN, Page},
};
use serde::Serialize;

use super::query::pretty;
use crate::{
    args::{self, ReportFormat},
    exit::Exit,
    failure::Failure,
    files, model, output,
};

/// The name and version of the format.
const SCHEMA: &str = "canreach.import/1";

/// The code of the warning that an answer of the cloud's API is not all of it.
const INCOMPLETE: &str = "aws::paged";

pub(crate) fn run(args: &args::Import) -> Result<Exit, Failure> {
    let paths: Vec<PathBuf> = args.paths.iter().chain(&args.models).cloned().collect();
    let files = files::read_all(&paths)?;
    if let Some(path) = &args.output {
        files::check_output(path, &paths, &files)?;
    }
    let import = import(&files);
    model::tell(&import, &files);
    let errors = model::errors(&import);
    // Half a network is no model.
    let written = args.output.as_deref().filter(|_| errors.is_none());
    if let Some(path) = written {
        files::write(path, write(&import.network).as_bytes())?;
    }
    let text = match args.format {
        ReportFormat::Text => page(&import, &files, written),
        ReportFormat::Json => pretty(&document(&import, &files))?,
    };
    output::print(&text)?;
    errors.map_or(Ok(Exit::Done), Err)
}

fn page(import: &Import, files: &[SourceFile], written: Option<&Path>) -> String {
    let (report, network) = (&import.report, &import.network);
    let mut page = Page::default();
    page.headline("READ", GOOD, &counted(report.read.len(), "file"));
    page.gap();
    page.entries("read", &files_with(&report.read));
    page.entries("no data", &files_with(&report.ignored));
    page.gap();
    for half in import.diagnostics.iter().filter(|it| it.code == INCOMPLETE) {
        let text = format!("{}; every answer rests on that nothing is missing", half.message);
        let path = half.file.and_then(|index| files.get(index)).map(|file| file.path.clone());
        page.entry("incomplete", &Entry::new(text).at(path).styled(BAD));
    }
    let objects = objects(network);
    let found = objects.iter().filter(|(_, count)| *count > 0);
    let found: Vec<String> = found.map(|(kind, count)| counted(*count, kind)).collect();
    if !found.is_empty() {
        page.entry("understood", &Entry::new(found.join(", ")));
    }
    for (word, list) in [("left out", &report.left_out), ("not modelled", &report.unread)] {
        for it in list {
            let text = format!("{}: {}", it.what, it.effect);
            page.entry(word, &Entry::new(text).at(Some(place(network, it))));
        }
    }
    for (_, fact) in network.facts.iter() {
        let text = format!("whether {}; to settle it: {}", fact.statement, fact.settled_by);
        page.entry(
            "left open",
            &Entry::new(text).at(written_at(network, &fact.origin)).styled(OPEN),
        );
    }
    for assumption in &network.assumptions {
        let place =
            assumption.places.first().map(|span| network.sources.location(*span).to_string());
        page.entry("assumed", &Entry::new(&assumption.statement).at(place));
    }
    if let Some(path) = written {
        page.gap();
        page.entry("written", &Entry::new(path.display().to_string()));
    }
    page.into_text()
}

/// Returns each file with its remark, or, where they are many, each remark with its files counted.
fn files_with(remarks: &[(String, String)]) -> Vec<Entry> {
    const LISTED: usize = 20;
    if remarks.len() <= LISTED {
        return remarks
            .iter()
            .map(|(path, remark)| Entry::new(path).at(Some(remark.clone())))
            .collect();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, remark) in remarks {
        let count = counts.entry(remark).or_default();
        *count = count.saturating_add(1);
    }
    let entry =
        |(remark, count): (&str, usize)| Entry::new(remark).at(Some(counted(count, "file")));
    counts.into_iter().map(entry).collect()
}

fn place(network: &Network, unread: &canreach_import::Unread) -> String {
    unread
        .span
        .map_or_else(|| unread.path.clone(), |span| network.sources.location(span).to_string())
}

fn written_at(network: &Network, origin: &Origin) -> Option<String> {
    origin.span().map(|span| network.sources.location(span).to_string())
}

fn counted(count: usize, kind: &str) -> String {
    match (count, kind.strip_suffix('s')) {
        (1, _) => format!("1 {kind}"),
        (_, Some(_)) => format!("{count} {kind}es"),
        (_, None) => format!("{count} {kind}s"),
    }
}

/// Returns how many objects of each kind there are, by the kind in the singular.
fn objects(network: &Network) -> [(&'static str, usize); 22] {
    [
        ("VPC", network.vpcs.len()),
        ("subnet", network.subnets.len()),
        ("route table", network.route_tables.len()),
        ("network ACL", network.network_acls.len()),
        ("security group", network.security_groups.len()),
        ("address group", network.address_groups.len()),
        ("instance", network.instances.len()),
        ("interface", network.interfaces.len()),
        ("peering", network.peerings.len()),
        ("Internet gateway", network.internet_gateways.len()),
        ("NAT gateway", network.nat_gateways.len()),
        ("public address", network.public_addresses.len()),
        ("cloud firewall", network.cloud_firewalls.len()),
        ("transit gateway", network.transit_gateways.len()),
        ("transit attachment", network.transit_attachments.len()),
        ("transit route table", network.transit_route_tables.len()),
        ("connection", network.connections.len()),
        ("remote network", network.remote_networks.len()),
        ("load balancer", network.load_balancers.len()),
        ("virtual address", network.virtual_addresses.len()),
        ("gateway endpoint", network.gateway_endpoints.len()),
        ("outside network", network.outside_networks.len()),
    ]
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    semantics: u32,
    inputs: Vec<json::Input>,
    read: Vec<Read>,
    ignored: Vec<Ignored>,
    objects: serde_json::Map<String, serde_json::Value>,
    left_out: Vec<Unread>,
    unread: Vec<Unread>,
    facts: Vec<Fact>,
    assumptions: Vec<Assumption>,
    diagnostics: Vec<Told>,
}

#[derive(Debug, Serialize)]
struct Read {
    path: String,
    kind: String,
}

#[derive(Debug, Serialize)]
struct Ignored {
    path: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Place {
    file: String,
    line: usize,
    column: usize,
}

#[derive(Debug, Serialize)]
struct Unread {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Place>,
    what: String,
    effect: String,
}

#[derive(Debug, Serialize)]
struct Fact {
    statement: String,
    settled_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Place>,
}

#[derive(Debug, Serialize)]
struct Assumption {
    statement: String,
    places: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Told {
    severity: &'static str,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The whole message as printed, with the line and carets.
    rendered: String,
}

fn document(import: &Import, files: &[SourceFile]) -> Document {
    let (report, network) = (&import.report, &import.network);
    let at = |span| {
        let location = network.sources.location(span);
        Place { file: location.path, line: location.line, column: location.column }
    };
    let read =
        report.read.iter().map(|(path, kind)| Read { path: path.clone(), kind: kind.clone() });
    let ignored = report
        .ignored
        .iter()
        .map(|(path, reason)| Ignored { path: path.clone(), reason: reason.clone() });
    let listed = |list: &[canreach_import::Unread]| {
        let entry = |it: &canreach_import::Unread| Unread {
            path: it.path.clone(),
            origin: it.span.map(at),
            what: it.what.clone(),
            effect: it.effect.clone(),
        };
        list.iter().map(entry).collect()
    };
    let facts = network.facts.iter().map(|(_, it)| Fact {
        statement: it.statement.clone(),
        settled_by: it.settled_by.clone(),
        origin: it.origin.span().map(at),
    });
    let assumptions = network.assumptions.iter().map(|it| Assumption {
        statement: it.statement.clone(),
        places: it.places.iter().map(|span| at(*span)).collect(),
    });
    let key = |kind: &str| kind.to_lowercase().replace(' ', "_");
    Document {
        schema: SCHEMA,
        semantics: SEMANTICS_VERSION,
        inputs: json::inputs(network),
        read: read.collect(),
        ignored: ignored.collect(),
        objects: objects(network)
            .into_iter()
            .map(|(kind, count)| (key(kind), count.into()))
            .collect(),
        left_out: listed(&report.left_out),
        unread: listed(&report.unread),
        facts: facts.collect(),
        assumptions: assumptions.collect(),
        diagnostics: import.diagnostics.iter().map(|it| told(it, files)).collect(),
    }
}

fn told(diagnostic: &Diagnostic, files: &[SourceFile]) -> Told {
    Told {
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: diagnostic.code,
        message: diagnostic.message.clone(),
        file: diagnostic.file.and_then(|index| files.get(index)).map(|file| file.path.clone()),
        help: diagnostic.help.clone(),
        rendered: render(diagnostic, files, false),
    }
}
