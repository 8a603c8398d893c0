//! `canreach collect`: the script that dumps a network, printed or run.
//!
//! Owns which accounts and regions the script asks, and how it is run. What it asks, and how answers
//! become files, stands in the script; what they mean is the importer's business.

use std::{env, ffi::OsStr, iter, path::Path, process::Command};

use crate::{
    args::{self, Cloud},
    exit::Exit,
    failure::Failure,
    output,
};

/// The functions of the script.
const AWS: &str = include_str!("aws.sh");

/// What the AWS CLI is called.
const AWS_CLI: &str = "aws";

const NO_AWS_CLI: &str = "install the AWS CLI (https://aws.amazon.com/cli/), or print the script with \
                          `canreach collect aws --script` and run it with `sh` where the AWS CLI is";

pub(crate) fn run(args: &args::Collect) -> Result<Exit, Failure> {
    let Cloud::Aws = args.cloud;
    let script = script(args);
    if args.script {
        output::print_raw(script.as_bytes())?;
        return Ok(Exit::Done);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    if !has_program(&path, AWS_CLI) {
        return Err(Failure::NoProgram { program: AWS_CLI, help: NO_AWS_CLI });
    }
    // It says itself what went wrong, and on a terminal what it is doing.
    let status = Command::new("sh").arg("-c").arg(script).arg("canreach-collect").status();
    let status = status.map_err(|source| Failure::Run { program: "sh", source })?;
    Ok(match status.code() {
        Some(0) => Exit::Done,
        Some(3) => Exit::Incomplete,
        Some(_) | None => Exit::Error,
    })
}

/// Returns the whole script: the functions, and which of them to call.
fn script(args: &args::Collect) -> String {
    let mut lines = vec![String::from("#!/bin/sh"), AWS.to_owned()];
    lines.push(format!("begin {}", quoted(&args.out)));
    let environment = [String::new()];
    let profiles = if args.profiles.is_empty() { &environment[..] } else { &args.profiles };
    for profile in profiles {
        let words: Vec<String> =
            iter::once(profile).chain(&args.regions).map(|word| quoted(word)).collect();
        lines.push(format!("account {}", words.join(" ")));
    }
    lines.push(String::from("finish\n"));
    lines.join("\n")
}

/// Returns a text as one word of the shell, which takes nothing between single quotes for anything
/// but itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether one of the folders of a search path has a program of that name.
fn has_program(path: &OsStr, name: &str) -> bool {
    env::split_paths(path).any(|folder| is_program(&folder.join(name)))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(regions: &[&str], profiles: &[&str], out: &str) -> String {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        script(&args::Collect {
            cloud: Cloud::Aws,
            script: true,
            regions: texts(regions),
            profiles: texts(profiles),
            out: out.to_owned(),
        })
    }

    fn end(script: &str) -> Vec<&str> {
        script.lines().skip_while(|line| !line.starts_with("begin ")).collect()
    }

    #[test]
    fn each_profile_is_asked_in_each_region() {
        let script = of(&["eu-west-1", "us-east-1"], &["dev", "prod"], "dump");
        assert!(script.starts_with("#!/bin/sh\n"));
        let expected = [
            "begin 'dump'",
            "account 'dev' 'eu-west-1' 'us-east-1'",
            "account 'prod' 'eu-west-1' 'us-east-1'",
            "finish",
        ];
        assert_eq!(end(&script), expected);
    }

    #[test]
    fn nothing_named_is_the_environment_and_every_region() {
        assert_eq!(end(&of(&[], &[], "aws-dump")), ["begin 'aws-dump'", "account ''", "finish"]);
    }

    #[test]
    fn words_are_quoted() {
        let script = of(&[], &["it's; $(reboot)"], "a b");
        assert_eq!(end(&script), ["begin 'a b'", "account 'it'\\''s; $(reboot)'", "finish"]);
    }

    /// Every call stands in the script as two words, service and verb.
    #[test]
    fn every_call_only_reads() {
        let services = [
            "directconnect",
            "ec2",
            "elb",
            "elbv2",
            "network-firewall",
            "networkmanager",
            "opensearch",
            "rds",
            "sts",
        ];
        let code: Vec<&str> =
            AWS.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        let code = code.join(" ");
        let words: Vec<&str> = code.split_whitespace().filter(|word| *word != "\\").collect();
        let verbs = words.windows(2).filter(|pair| services.contains(&pair[0]));
        let verbs: Vec<&str> = verbs.map(|pair| pair[1]).collect();
        assert!(verbs.len() > 50, "{verbs:?}");
        for verb in verbs {
            let reads = ["describe-", "get-", "list-", "search-"];
            assert!(reads.iter().any(|prefix| verb.starts_with(prefix)), "{verb}");
        }
    }
}
