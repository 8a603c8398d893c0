//! The schemas in the tree are those that the program prints. `make bless` writes them anew.

#![expect(clippy::disallowed_methods, reason = "the program is run")]

use std::process::Command;

use snapbox::{assert_data_eq, file};

#[test]
fn the_schema_of_models_in_the_tree_is_the_one_printed() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_canreach"));
    let output = command.args(["schema", "model"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_data_eq!(text, file!["../../../schemas/model.schema.json"].raw());
}
