//! Every example and every recorded dump.

use std::path::{Path, PathBuf};

use crate::common::{file, folder, read, survives};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every YAML file below a folder that is a model.
#[expect(clippy::disallowed_methods, reason = "a test reads its inputs")]
fn models(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(models(&path));
        } else if path.extension().is_some_and(|it| it == "yaml")
            && std::fs::read_to_string(&path).unwrap().contains("canreach: 1")
        {
            found.push(path);
        }
    }
    found
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its inputs")]
fn every_example_survives_writing_and_reading() {
    let models = models(&root().join("models"));
    assert!(models.len() > 30, "{models:?}");
    for path in models {
        let path = path.display().to_string();
        let network = read(&[file(&path, &std::fs::read(&path).unwrap())]);
        survives(&network, &path);
    }
}

#[test]
fn a_dump_survives_writing_and_reading() {
    let files = folder(&root().join("crates/import/tests/fixtures/aws/base"));
    let whole = read(&files);
    assert!(whole.instances.len() > 1 && whole.route_tables.len() > 1);
    survives(&whole, "the dump");
    // Whatever is missing leaves other things open.
    let mut facts = 0;
    for left_out in 0..files.len() {
        let mut some = files.clone();
        let gone = some.remove(left_out);
        let network = read(&some);
        facts += network.facts.len();
        survives(&network, &format!("without {}", gone.path));
    }
    assert!(facts > 20, "what is left open is part of it: {facts} facts");
}
