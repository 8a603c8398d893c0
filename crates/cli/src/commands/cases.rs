//! The troubleshooting guide's cases, as they are built in.
//!
//! One case is one folder of `models/guide`, in the order of the names: `case.yaml` (the symptom, the
//! question and what canreach must say), `model.yaml` and `repaired.yaml`.

use canreach_import::SourceFile;
use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::{digest::sha256, failure::Failure};

static GUIDE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../models/guide");

/// Where the folder stands in the project; printed paths begin with it.
const FOLDER: &str = "models/guide";

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The name of its folder.
    pub(crate) name: String,
    /// Symptom, question and expectation.
    pub(crate) script: Script,
    /// The network with the fault.
    pub(crate) broken: SourceFile,
    /// The network without.
    pub(crate) repaired: SourceFile,
}

/// What `case.yaml` says, as far as the demo needs it.
#[derive(Debug, Deserialize)]
pub(crate) struct Script {
    pub(crate) title: String,
    pub(crate) symptom: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) protocol: Option<Word>,
    pub(crate) port: Option<Word>,
    pub(crate) expect: Expected,
    pub(crate) repaired: Expected,
}

/// What canreach must say.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    pub(crate) verdict: Verdict,
    #[serde(default)]
    pub(crate) causes: Vec<String>,
}

/// A verdict, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Reachable,
    Unreachable,
    Unknown,
}

/// A number or a word.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Word {
    Number(u32),
    Text(String),
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<Verdict> for canreach_query::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Reachable => Self::Reachable,
            Verdict::Unreachable => Self::Unreachable,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

/// Returns every case, in the guide's order.
///
/// # Errors
/// Fails when a case is not complete.
pub(crate) fn all() -> Result<Vec<Case>, Failure> {
    let mut folders: Vec<&Dir<'_>> = GUIDE.dirs().collect();
    folders.sort_by_key(|folder| folder.path());
    folders.into_iter().map(case).collect()
}

fn case(folder: &Dir<'_>) -> Result<Case, Failure> {
    let name = folder.path().to_string_lossy().into_owned();
    let script = file(folder, &name, "case.yaml")?;
    let script = std::str::from_utf8(&script.bytes).map_err(|error| broken(&name, &error))?;
    Ok(Case {
        script: serde_saphyr::from_str(script).map_err(|error| broken(&name, &error))?,
        broken: file(folder, &name, "model.yaml")?,
        repaired: file(folder, &name, "repaired.yaml")?,
        name,
    })
}

fn file(folder: &Dir<'_>, case: &str, name: &str) -> Result<SourceFile, Failure> {
    let found = folder.get_file(folder.path().join(name));
    let bytes =
        found.ok_or_else(|| broken(case, &format!("there is no {name}")))?.contents().to_vec();
    let digest = sha256(&bytes);
    Ok(SourceFile { path: format!("{FOLDER}/{case}/{name}"), bytes, digest })
}

fn broken(case: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("case `{case}` of the guide: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_complete_and_stands_in_the_guides_order() {
        let cases = all().unwrap();
        assert!(!cases.is_empty());
        for (case, number) in cases.iter().zip(1..) {
            assert!(case.name.starts_with(&format!("{number:02}-")), "{}", case.name);
            assert_ne!(case.broken.bytes, case.repaired.bytes, "{}", case.name);
        }
    }
}
