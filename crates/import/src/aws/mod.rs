//! Folders of `aws ec2 describe-*` output.
//!
//! Three stages. `collect` reads each object of each answer into a record, with every error it
//! finds; `merge` joins the records that describe one object; `build` resolves the references and
//! writes the network. What an answer mentions but no answer describes becomes a fact.
//!
//! Files, and the objects of long lists, are read several at a time, and what was read is put together in
//! their order. Objects are written in the order of their ids, so the order of the files changes nothing. What a
//! file is, its top-level keys say; its path is only asked for the account and region where the
//! objects carry neither.

mod build;
mod collect;
mod json;
mod keys;
mod members;
mod merge;
mod records;

use canreach_model::{FileId, Network};
use rayon::prelude::*;

use self::{json::Findings, records::Estate};
use crate::{Diagnostic, ImportReport};

/// One file of a dump.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DumpFile<'a> {
    /// The file, as an index into the files given.
    pub(crate) index: usize,
    /// The file, in the sources of the network.
    pub(crate) id: FileId,
    /// The path, as it is to be printed.
    pub(crate) path: &'a str,
    /// The content; spans are offsets into it.
    pub(crate) text: &'a str,
}

/// Reads the files of all dumps together and adds what they describe to the network.
pub(crate) fn read(
    files: &[DumpFile<'_>],
    network: &mut Network,
    report: &mut ImportReport,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if files.is_empty() {
        return;
    }
    let mut files = files.to_vec();
    files.sort_by_key(|file| file.path);
    let mut findings = Findings::default();
    let mut estate = Estate::default();
    // Each file by itself: two long ones one after another would leave the other cores idle.
    let scanned: Vec<collect::Scanned<'_>> =
        files.par_iter().with_max_len(1).map(collect::scan).collect();
    for (file, scanned) in files.iter().zip(scanned) {
        collect::file(file, scanned, &mut estate, &mut findings);
    }
    collect::complete(&mut estate, &mut findings);
    build::build(estate, network, &mut findings);
    report.unread.append(&mut findings.unread);
    report.left_out.append(&mut findings.take_left_out());
    network.assumptions.append(&mut findings.assumptions);
    diagnostics.append(&mut findings.diagnostics);
}
