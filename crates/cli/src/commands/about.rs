//! `canreach completions` and `canreach man`: the command line about itself.

use clap::CommandFactory;

use crate::{
    args::{self, Args},
    exit::Exit,
    failure::Failure,
    output,
};

/// The name that the completion script and the manual pages are for.
const NAME: &str = "canreach";

pub(crate) fn completions(args: &args::Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), NAME, &mut script);
    output::print_raw(&script)?;
    Ok(Exit::Done)
}

pub(crate) fn man(args: &args::Man) -> Result<Exit, Failure> {
    let mut command = Args::command();
    command.build();
    let about = match &args.command {
        None => command,
        Some(name) => {
            let found = command.find_subcommand(name).cloned();
            found.ok_or_else(|| Failure::Unknown(format!("there is no command `{name}`")))?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(about).render(&mut page).map_err(Failure::from_output)?;
    output::print_raw(&page)?;
    Ok(Exit::Done)
}
