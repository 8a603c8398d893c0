//! canreach's own notation, in YAML or JSON; `docs/model.md` describes it.
//!
//! Three stages. `node` turns text into a tree with places; `objects` and the modules of each kind of
//! object read the tree into what each file says ([`written`]); `link` resolves names across all files,
//! checks what the objects say about each other, and writes the network. Only a syntax error stops
//! a file; every other error is reported, and the rest is still read.

mod balancers;
mod cloud_firewalls;
mod fields;
mod host_firewalls;
mod hosts;
mod link;
mod names;
mod node;
mod objects;
mod routes;
mod rules;
mod sections;
mod similar;
mod transit;
mod values;
mod windows;
mod written;

pub(crate) use objects::SECTIONS;

use canreach_model::{FileId, Network};

use self::{fields::Reader, link::Linker, written::Written};
use crate::Diagnostic;

/// What the models among the files say, with their names unresolved.
#[derive(Debug, Default)]
pub(crate) struct Models {
    files: Vec<Model>,
    /// Whether a file could not be read, so that names may be missing which it defines.
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
    /// Whether a file says anything about security groups.
    pub(crate) fn give_security_groups(&self) -> bool {
        self.files.iter().any(|model| model.written.has_security_groups)
    }

    /// Whether a file says anything about cloud firewalls.
    pub(crate) fn give_cloud_firewalls(&self) -> bool {
        self.files.iter().any(|model| model.written.has_cloud_firewalls)
    }

    /// Whether a file says anything about network ACLs.
    pub(crate) fn give_network_acls(&self) -> bool {
        self.files.iter().any(|model| model.written.has_network_acls)
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
                let written = Reader { diagnostics }.file(&root);
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
