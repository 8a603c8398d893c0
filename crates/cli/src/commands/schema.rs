//! `canreach schema`: what the files that canreach reads may say, as JSON Schema.

use canreach_import::model_schema;

use crate::{
    args::{self, SchemaOf},
    exit::Exit,
    failure::Failure,
    output,
};

pub(crate) fn run(args: &args::Schema) -> Result<Exit, Failure> {
    let text = match args.what {
        SchemaOf::Model => model_schema(),
    };
    output::print_raw(text.as_bytes())?;
    Ok(Exit::Done)
}
