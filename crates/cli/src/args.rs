//! The command line's words and their help.

use std::path::PathBuf;

use canreach_query::Verdict;
use clap::{Parser, Subcommand, ValueEnum};

/// Can X ever reach Y:port? Asks a cloud network, and proves the answer.
#[derive(Debug, Parser)]
#[command(name = "canreach", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// When to use colours; `NO_COLOR` and `CLICOLOR_FORCE` are obeyed
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer whether X can reach Y, with a flow that passes or with what stops every one
    #[command(after_help = QUERY_HELP)]
    Query(Query),
    /// Propose the smallest changes that open a flow, or close it, each proved
    #[command(after_help = FIX_HELP)]
    Fix(Fix),
    /// Write down who can reach what, for every pair of ends, on every protocol and port
    #[command(after_help = SNAPSHOT_HELP)]
    Snapshot(Snapshot),
    /// Say which flows became possible and which stopped, between two models or snapshots
    #[command(after_help = DIFF_HELP)]
    Diff(Diff),
    /// Print zones by zones what is open: all of it, part of it, or nothing
    #[command(after_help = MATRIX_HELP)]
    Matrix(Matrix),
    /// Walk through the troubleshooting guide, case by case, on built-in models
    Demo(Demo),
    /// Say what was understood of an input, and what was not
    Import(Import),
    /// Dump a network from a cloud's API, read-only, into a folder that canreach reads
    #[command(after_help = COLLECT_HELP)]
    Collect(Collect),
    /// Print the JSON Schema of what canreach reads
    Schema(Schema),
    /// Say what a cause means, how it is decided and how to mend it
    Explain(Explain),
    /// Print a completion script
    Completions(Completions),
    /// Print a manual page
    Man(Man),
}

const QUERY_HELP: &str = "\
X and Y are a name or id, `internet`, an address, a CIDR block, `VPC/ADDRESS` where several VPCs have \
the address, or a selector: instance:NAME, interface:NAME, nat:NAME, subnet:NAME, vpc:NAME, sg:NAME, \
public-address:NAME, outside:NAME, tag:KEY, tag:KEY=VALUE, cidr:BLOCK.

Exit codes: 0 reachable, 1 unreachable, 2 error (nothing was decided), 3 unknown.";

const FIX_HELP: &str = "\
X and Y are what they are for `canreach query`. Every proposal is made in a copy of the network and asked \
again, and says what else it opens or closes, as far as that was looked at.

Exit codes: 0 a proposal was found, or there is nothing to do; 1 none was found; 2 error; 3 unknown.";

const SNAPSHOT_HELP: &str = "\
Pairs that a snapshot does not name are proved closed. With `--check` nothing is written: the network is held against \
a snapshot taken before, and every difference is told with a flow that shows it. docs/snapshot.md explains the file.

Exit codes: 0 written, or the same as before; 1 something differs; 2 error; 3 only what is left open differs.";

const DIFF_HELP: &str = "\
OLD and NEW are each a snapshot, or a file or folder that describes a network (several with `--with-old` and \
`--with-new`). Ends are matched by their ids. Between two networks every change comes with a flow, replayed \
where it passes, and with the rule that made the difference.

Exit codes: 0 no flow differs, 1 some flow differs, 2 error, 3 undecided.";

const MATRIX_HELP: &str = "\
open: the same flows are answered between every pair of ends; partly: different flows, or between some pairs \
only; closed: nothing is delivered; unknown: it depends on what the input leaves open. The flows of each cell \
are listed below the table.";

const COLLECT_HELP: &str = "\
With `--script` nothing is run: read the script, take it to where the cloud's program and its credentials are, and \
run it there with `sh`. Without, canreach runs it with the program found in PATH. docs/collect-aws.md says which \
permissions it needs.

Exit codes: 0 every call was answered, 2 error (nothing was collected), 3 some calls failed.";

/// `canreach query`.
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// Files and folders that describe the network; they are merged
    #[arg(short, long = "model", value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) models: Vec<PathBuf>,

    /// Where the flow starts
    #[arg(long, value_name = "X", required_unless_present = "questions")]
    pub(crate) from: Option<String>,

    /// Where it should end
    #[arg(long, value_name = "Y", required_unless_present = "questions")]
    pub(crate) to: Option<String>,

    /// Destination port or ports; alone it means tcp
    #[arg(long, value_name = "N[-M]")]
    pub(crate) port: Option<String>,

    /// tcp, udp, icmp, icmp/TYPE, icmp/TYPE/CODE, icmpv6, gre, … or a number [default: every one]
    #[arg(long, value_name = "PROTOCOL")]
    pub(crate) protocol: Option<String>,

    /// Ask only whether a request arrives, not whether its reply returns
    #[arg(long)]
    pub(crate) one_way: bool,

    /// Exit with 0 for this verdict alone, with 3 for unknown, otherwise with 1
    #[arg(long, value_name = "VERDICT")]
    pub(crate) expect: Option<Expected>,

    /// Ask every row of a CSV file (from, to, protocol, port) and print one JSON object per row
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["from", "to", "port", "protocol", "expect", "format", "outputs"])]
    pub(crate) questions: Option<PathBuf>,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,

    /// Also write the answer to a file; may be repeated
    #[arg(long = "output", value_name = "FORMAT=FILE", value_parser = output)]
    pub(crate) outputs: Vec<Output>,

    /// How many steps Z3 may take for one check before the answer is unknown
    #[arg(long, value_name = "STEPS", default_value_t = default_rlimit(), value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rlimit: u32,
}

/// `canreach fix`.
#[derive(Debug, clap::Args)]
pub(crate) struct Fix {
    /// Files and folders that describe the network; they are merged
    #[arg(short, long = "model", value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) models: Vec<PathBuf>,

    /// Where the flow starts
    #[arg(long, value_name = "X")]
    pub(crate) from: String,

    /// Where it should end
    #[arg(long, value_name = "Y")]
    pub(crate) to: String,

    /// Destination port or ports; alone it means tcp
    #[arg(long, value_name = "N[-M]")]
    pub(crate) port: Option<String>,

    /// tcp, udp, icmp, icmp/TYPE, icmp/TYPE/CODE, icmpv6, gre, … or a number [default: every one]
    #[arg(long, value_name = "PROTOCOL")]
    pub(crate) protocol: Option<String>,

    /// Let a request arrive, whether its reply returns or not
    #[arg(long)]
    pub(crate) one_way: bool,

    /// Propose what closes the flow instead: no request arrives any more
    #[arg(long, conflicts_with = "one_way")]
    pub(crate) close: bool,

    /// Write the network with the first proposal made in it, as one native model
    #[arg(long, value_name = "FILE.yaml")]
    pub(crate) write: Option<PathBuf>,

    /// Which proposal to write, counted from 1
    #[arg(long, value_name = "N", requires = "write", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub(crate) proposal: u8,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,

    /// Also write the proposals to a file; may be repeated
    #[arg(long = "output", value_name = "FORMAT=FILE", value_parser = output)]
    pub(crate) outputs: Vec<Output>,

    /// How many steps Z3 may take for one check before the answer is unknown
    #[arg(long, value_name = "STEPS", default_value_t = default_rlimit(), value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rlimit: u32,
}

/// `canreach demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Show one case, by its number or name
    #[arg(long, value_name = "NAME")]
    pub(crate) case: Option<String>,

    /// List the cases
    #[arg(long, conflicts_with = "case")]
    pub(crate) list: bool,
}

/// `canreach import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// Files and folders to read; they are merged
    #[arg(value_name = "PATH", required_unless_present = "models")]
    pub(crate) paths: Vec<PathBuf>,

    /// The same, as the other commands name them
    #[arg(short, long = "model", value_name = "PATH", num_args = 1..)]
    pub(crate) models: Vec<PathBuf>,

    /// Also write what was understood as one model, which gives the same answers
    #[arg(short, long = "output", value_name = "FILE.yaml")]
    pub(crate) output: Option<PathBuf>,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,
}

/// `canreach collect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Collect {
    /// From which cloud
    #[arg(value_name = "CLOUD")]
    pub(crate) cloud: Cloud,

    /// Print the script that makes the calls, and run nothing
    #[arg(long)]
    pub(crate) script: bool,

    /// A region to ask; may be repeated [default: every region that the account has enabled]
    #[arg(long = "region", value_name = "REGION", value_parser = word)]
    pub(crate) regions: Vec<String>,

    /// A profile of the AWS CLI, one for each account; may be repeated [default: the environment's]
    #[arg(long = "profile", value_name = "PROFILE", value_parser = word)]
    pub(crate) profiles: Vec<String>,

    /// The folder to write to, new or empty
    #[arg(long, value_name = "DIR", default_value = "aws-dump", value_parser = word)]
    pub(crate) out: String,
}

/// A cloud that can be asked.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Cloud {
    /// Amazon Web Services, by the AWS CLI
    Aws,
}

/// `canreach schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// Of what
    #[arg(value_name = "WHAT")]
    pub(crate) what: SchemaOf,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Models (docs/model.md), for editors that complete and check them
    Model,
}

/// `canreach explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The code of a cause, such as `SG_DIRECTION`; without one, every cause is listed
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// `canreach snapshot`.
#[derive(Debug, clap::Args)]
pub(crate) struct Snapshot {
    /// Files and folders that describe the network; they are merged
    #[arg(short, long = "model", value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) models: Vec<PathBuf>,

    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    pub(crate) output: Option<PathBuf>,

    /// Hold the network against this snapshot instead
    #[arg(long, value_name = "FILE")]
    pub(crate) check: Option<PathBuf>,

    /// Where something differs, replace the snapshot that was checked by the new one
    #[arg(long, requires = "check")]
    pub(crate) update: bool,

    /// As lines of text, or of JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,
}

/// `canreach diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// What was: a snapshot, or a file or folder that describes the network
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// What is
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// More files and folders of the old network
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) with_old: Vec<PathBuf>,

    /// More files and folders of the new network
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) with_new: Vec<PathBuf>,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,
}

/// `canreach matrix`.
#[derive(Debug, clap::Args)]
pub(crate) struct Matrix {
    /// Files and folders that describe the network; they are merged
    #[arg(short, long = "model", value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) models: Vec<PathBuf>,

    /// subnet, vpc, sg, or tag:KEY
    #[arg(long, value_name = "ZONE", value_parser = by)]
    pub(crate) by: By,

    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,
}

/// What makes the zones of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Subnet,
    Vpc,
    Group,
    Tag(String),
}

fn by(text: &str) -> Result<By, String> {
    match text.split_once(':') {
        None if text == "subnet" => Ok(By::Subnet),
        None if text == "vpc" => Ok(By::Vpc),
        None if text == "sg" => Ok(By::Group),
        Some(("tag", key)) if !key.is_empty() => Ok(By::Tag(key.to_owned())),
        _ => Err(format!("`{text}` makes no zones; expected subnet, vpc, sg or tag:KEY")),
    }
}

/// `canreach completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// `canreach man`.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The command that the page is about; without one, canreach itself
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Sets it for everything written from now on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Markdown,
}

/// How the report of an import is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
}

/// A verdict to wish for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Expected {
    Reachable,
    Unreachable,
}

impl From<Expected> for Verdict {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Reachable => Self::Reachable,
            Expected::Unreachable => Self::Unreachable,
        }
    }
}

/// A file to write an answer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) path: PathBuf,
}

fn output(text: &str) -> Result<Output, String> {
    let (format, path) =
        text.split_once('=').ok_or("expected FORMAT=FILE, such as json=answer.json")?;
    let format = Format::from_str(format, false)
        .map_err(|_| format!("`{format}` is no format; expected text, json or markdown"))?;
    if path.is_empty() {
        return Err(String::from("the name of the file is missing"));
    }
    Ok(Output { format, path: path.into() })
}

/// Reads what stands in a script as one word, in one line.
fn word(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(String::from("expected a text without control characters"));
    }
    Ok(text.to_owned())
}

fn default_rlimit() -> u32 {
    canreach_smt::Limits::default().rlimit
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn an_output_names_its_format() {
        let expected = Output { format: Format::Json, path: "a=b.json".into() };
        assert_eq!(output("json=a=b.json"), Ok(expected));
        for text in ["answer.json", "json=", "xml=a"] {
            assert!(output(text).is_err(), "{text}");
        }
    }
}
