//! Many files to one network.

use std::borrow::Cow;

use canreach_model::{FileId, Input, LayerKind, Network, ProfileName};
use rayon::prelude::*;

use crate::{
    Content, Damage, Diagnostic, ImportReport, Severity, aws, detect, diagnostic::Place, native,
};

/// One file as read from disk.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path, as it is to be printed.
    pub path: String,
    /// The bytes; they need not be text.
    pub bytes: Vec<u8>,
    /// The SHA-256 digest of the bytes, in lower-case hexadecimal digits.
    pub digest: String,
}

/// What reading the files gave.
#[derive(Debug)]
pub struct Import {
    /// The network; empty when there are errors.
    pub network: Network,
    /// What was understood, and what was not.
    pub report: ImportReport,
    /// Errors and warnings, in the order of files and places. With an error among them nothing may
    /// be decided from the network.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads every file and merges them into one network.
#[must_use]
pub fn import(files: &[SourceFile]) -> Import {
    let mut sorting = Sorting::default();
    let decoded: Vec<_> =
        files.par_iter().with_max_len(1).map(|file| detect::decode(&file.bytes)).collect();
    for (index, (file, (content, text))) in files.iter().zip(decoded).enumerate() {
        sorting.add(index, file, content, text);
    }
    let Sorting { mut network, mut report, mut diagnostics, natives, answers } = sorting;
    if natives.is_empty() && answers.is_empty() && diagnostics.is_empty() {
        diagnostics.push(no_data(files));
    }

    let models = native::parse(
        natives.iter().map(|(index, file, text)| (*index, *file, &**text)),
        &mut diagnostics,
    );
    for (file, sources) in models.records() {
        let path = network.sources.input(file).map(|input| &*input.path);
        let mut read = report.read.iter_mut().filter(|(read, _)| Some(&**read) == path);
        if let Some((_, kind)) = read.next() {
            let files = if sources == 1 { "file" } else { "files" };
            *kind = format!("canreach model made from {sources} {files}");
        }
    }
    // What the dumps that a file records lack filters nothing there; a model beside them does not speak
    // for them. A dump of AWS lacks no layer: every interface has groups and every subnet an ACL, and those
    // that no answer describes are facts.
    let (groups, acls) = (LayerKind::SecurityGroup, LayerKind::NetworkAcl);
    let gives = |layer| models.give(layer) || !answers.is_empty();
    let groups_given = models.give(groups) || given(&answers, "SecurityGroup");
    let examined = [
        (groups, gives(groups) && !models.lack(groups)),
        (acls, gives(acls) && !models.lack(acls)),
        (LayerKind::CloudFirewall, models.give(LayerKind::CloudFirewall)),
        (LayerKind::HostFirewall, models.give(LayerKind::HostFirewall)),
        (LayerKind::Listener, models.give(LayerKind::Listener)),
    ];
    native::link(&models, groups_given, &mut network, &mut diagnostics);
    let answers: Vec<_> = answers
        .iter()
        .filter_map(|(index, id, text, _)| {
            let path = &*files.get(*index)?.path;
            Some(aws::DumpFile { index: *index, id: *id, path, text })
        })
        .collect();
    aws::read(&answers, &mut network, &mut report, &mut diagnostics);
    let huawei = is_huawei(&network);
    let missing = examined.into_iter().filter(|(kind, examined)| {
        // Other clouds have no firewalls of this kind that could have been left out.
        let may_be_there = huawei || models.lack(*kind);
        !examined && (may_be_there || *kind != LayerKind::CloudFirewall)
    });
    network.not_examined = missing.map(|(kind, _)| kind).collect();
    finish(network, report, diagnostics)
}

fn finish(mut network: Network, report: ImportReport, mut diagnostics: Vec<Diagnostic>) -> Import {
    diagnostics
        .sort_by_key(|diagnostic| (diagnostic.file, diagnostic.span.start, diagnostic.span.end));
    // An aliased part of a file is read wherever it is used.
    diagnostics.dedup();
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        network = Network { sources: network.sources, ..Network::default() };
    }
    Import { network, report, diagnostics }
}

/// The files, by what they are.
#[derive(Default)]
struct Sorting<'f> {
    network: Network,
    report: ImportReport,
    diagnostics: Vec<Diagnostic>,
    natives: Vec<(usize, FileId, Cow<'f, str>)>,
    answers: Vec<(usize, FileId, Cow<'f, str>, String)>,
}

impl<'f> Sorting<'f> {
    fn add(&mut self, index: usize, file: &SourceFile, content: Content, text: Cow<'f, str>) {
        match content {
            Content::Native => {
                self.report.read.push((file.path.clone(), String::from("canreach model")));
                let id = self.source(file, &text);
                self.natives.push((index, id, text));
            }
            Content::Aws { key } => {
                self.report.read.push((file.path.clone(), format!("AWS `{key}`")));
                let id = self.source(file, &text);
                self.answers.push((index, id, text, key));
            }
            Content::Damaged(damage) => self.diagnostics.push(damaged(index, damage)),
            Content::Other(reason) => self.report.ignored.push((file.path.clone(), reason)),
        }
    }

    fn source(&mut self, file: &SourceFile, text: &str) -> FileId {
        let input = Input {
            path: file.path.clone(),
            digest: file.digest.clone(),
            account: None,
            region: None,
            recorded: None,
        };
        self.network.sources.add(input, text)
    }
}

fn damaged(index: usize, damage: Damage) -> Diagnostic {
    let place = Place { file: index, start: damage.span.start, end: damage.span.end };
    Diagnostic::error(damage.code, place, damage.message).help(damage.help)
}

fn no_data(files: &[SourceFile]) -> Diagnostic {
    let paths: Vec<String> = files.iter().take(3).map(|file| format!("`{}`", file.path)).collect();
    let paths = paths.join(", ");
    let message = match files.len() {
        0 => String::from("no network data: there are no files"),
        1..=3 => format!("no network data in {paths}"),
        count => format!("no network data in {paths} and {} more files", count - 3),
    };
    Diagnostic::everywhere("input::no_data", message).help(
        "a model begins with `canreach: 1`; a dump is what `aws ec2 describe-…` prints as JSON",
    )
}

/// Whether an answer of the AWS API was given whose key begins so.
fn given<A, B, C>(answers: &[(A, B, C, String)], key: &str) -> bool {
    answers.iter().any(|(_, _, _, answer)| answer.starts_with(key))
}

fn is_huawei(network: &Network) -> bool {
    network.vpcs.iter().any(|(_, vpc)| {
        matches!(vpc.profile.name, ProfileName::Huawei | ProfileName::HuaweiAllowOnly)
    })
}
