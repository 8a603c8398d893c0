//! Whole sessions on the command line, as data: `tests/cmd/*.trycmd`, and the README's examples.
//!
//! What Z3 counts differs from build to build, so that transcripts leave the proof line out.

#![expect(
    clippy::disallowed_methods,
    reason = "transcripts name files from the root of the project"
)]

use std::path::Path;

#[test]
fn sessions_go_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::set_current_dir(root).unwrap();
    trycmd::TestCases::new().case("tests/cmd/*.trycmd").case("README.md");
}
