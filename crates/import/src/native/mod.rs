//! canreach's own notation, in YAML or JSON; `docs/model.md` describes it.
//!
//! Three stages. `node` turns text into a tree with places; `objects` and the modules of each kind of
//! object read the tree into what each file says ([`written`]); `link` resolves names across all files,
//! checks what the objects say about each other, and writes the network. Only a syntax error stops
//! a file; every other error is reported, and the rest is still read.

mod about;
mod balancers;
mod cloud_firewalls;
mod fields;
mod host_firewalls;
mod hosts;
mod link;
#[cfg(test)]
mod matrix;
mod names;
mod node;
mod notation;
mod objects;
mod parameters;
mod record;
mod routes;
mod rules;
mod sections;
mod similar;
mod transit;
mod values;
mod windows;
mod write;
mod written;

pub use notation::model_schema;
pub(crate) use objects::SECTIONS;
pub use write::write;

use canreach_model::{FileId, LayerKind, Network};

use self::{fields::Reader, link::Linker, written::Written};
use crate::Diagnostic;

/// What the models among the files say, with their names unresolved.
#[derive(Debug, Default)]
pub(crate) struct Models {
    files: Vec<Model>,
    /// Whether a file or section could not be read, so that names may be missing which it defines.
    incomplete: bool,
}

/// One file.
#[derive(Debug)]
struct Model {
    /// Its index into the files given.
    index: usize,
    id: FileId,
    written: Written,
}

impl Models {
    /// Whether a file says anything about a layer.
    pub(crate) fn give(&self, layer: LayerKind) -> bool {
        self.files.iter().any(|model| match (&model.written.record, layer) {
            (Some(record), _) => !record.not_examined.contains(&layer),
            (None, LayerKind::SecurityGroup) => model.written.has_security_groups,
            (None, LayerKind::NetworkAcl) => model.written.has_network_acls,
            (None, LayerKind::Listener) => {
                model.written.instances.iter().any(|item| item.body.services.is_some())
            }
            (None, LayerKind::HostFirewall) => {
                model.written.instances.iter().any(|item| item.body.firewall.is_some())
            }
            (None, LayerKind::CloudFirewall) => model.written.has_cloud_firewalls,
            (None, LayerKind::ListenerAccess) => true,
        })
    }

    /// Returns the files that record others, each by its key and with the number of those.
    pub(crate) fn records(&self) -> impl Iterator<Item = (FileId, usize)> + '_ {
        self.files.iter().filter_map(|model| {
            let record = model.written.record.as_ref()?;
            Some((model.id, record.sources.len()))
        })
    }

    /// Whether a file records sources that say nothing about a layer.
    pub(crate) fn lack(&self, layer: LayerKind) -> bool {
        let mut records = self.files.iter().filter_map(|model| model.written.record.as_ref());
        records.any(|record| record.not_examined.contains(&layer))
    }
}

/// Reads each file by itself.
pub(crate) fn parse<'t>(
    files: impl IntoIterator<Item = (usize, FileId, &'t str)>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Models {
    // Whatever was said before was about files that cannot be read at all.
    let mut models = Models { incomplete: !diagnostics.is_empty(), ..Models::default() };
    for (index, id, text) in files {
        match node::parse(index, text, diagnostics) {
            Ok(root) => {
                let said = diagnostics.len();
                let written = Reader::new(diagnostics).file(&root);
                if written.record.is_some() {
                    forget_judgements(diagnostics, said);
                }
                models.incomplete |= written.broken_sections;
                models.files.push(Model { index, id, written });
            }
            Err(error) => {
                diagnostics.push(*error);
                models.incomplete = true;
            }
        }
    }
    models
}

/// Removes judgements among the diagnostics after the first few.
fn forget_judgements(diagnostics: &mut Vec<Diagnostic>, first: usize) {
    let own = diagnostics.split_off(first.min(diagnostics.len()));
    diagnostics.extend(own.into_iter().filter(|diagnostic| !record::is_judgement(diagnostic)));
}

/// Resolves the names of all files and adds what they describe to the network.
///
/// `groups_given`: whether any input says anything about security groups. If none does, interfaces
/// are not filtered by groups, which is something else than having none.
pub(crate) fn link(
    models: &Models,
    groups_given: bool,
    network: &mut Network,
    diagnostics: &mut Vec<Diagnostic>,
) {
    Linker::new(models, groups_given, network, diagnostics).link();
}
