//! Dumps in memory: reading them, and the same dump in another order.

use std::collections::BTreeMap;

use canreach_import::{SourceFile, import};
use canreach_model::Network;
use serde_json::{Value, json};

/// The files of a dump, by path.
pub(crate) type Files = BTreeMap<String, String>;

/// What is left out of networks because it takes no part in them.
const HARMLESS: &[&str] =
    &["the rule is stale and matches nothing", "no route leads to it; it takes no part"];

/// Returns the network of a dump, which must be understood in full.
pub(crate) fn read(seed: u64, files: &Files) -> Network {
    // Files are read in any order.
    let mut sources: Vec<SourceFile> = files
        .iter()
        .map(|(path, text)| SourceFile {
            path: path.clone(),
            bytes: text.clone().into_bytes(),
            digest: String::new(),
        })
        .collect();
    sources.sort_by_key(|file| (file.bytes.len(), file.path.clone()));
    let import = import(&sources);
    assert!(import.diagnostics.is_empty(), "seed {seed}: {:#?}", import.diagnostics);
    let mut unread = import.report.unread.iter();
    let gap = unread.find(|one| !HARMLESS.contains(&one.effect.as_str()));
    assert!(gap.is_none(), "seed {seed}: {gap:#?}");
    assert!(import.report.ignored.is_empty(), "seed {seed}: {:#?}", import.report.ignored);
    import.network
}

/// Returns the same dump with the objects of each file in the opposite order, the first of them in a file of its
/// own, and paths that sort the other way round.
#[expect(clippy::unwrap_used, reason = "the testkit wrote the text")]
pub(crate) fn reordered(files: &Files) -> Files {
    let mut reordered = Files::new();
    for (nth, (path, text)) in files.iter().rev().enumerate() {
        let (folder, name) = path.rsplit_once('/').unwrap();
        let path = |part: &str| format!("{folder}/{nth:02}-{part}-{name}");
        let mut answer: Value = serde_json::from_str(text).unwrap();
        let members = answer.as_object_mut().unwrap();
        // An answer that names its object beside the list is about one list, which stays whole.
        if members.len() == 1 {
            let (key, list) = members.iter_mut().next().unwrap();
            let list = list.as_array_mut().unwrap();
            list.reverse();
            if list.len() > 1 {
                let first = json!({ key.as_str(): [list.remove(0)] });
                reordered.insert(path("first"), first.to_string());
            }
        }
        reordered.insert(path("rest"), answer.to_string());
    }
    reordered
}
