//! What the program does to the world outside: exit codes, files, pipes and colours.

#![expect(clippy::disallowed_methods, reason = "the program is run, and works on files")]
#![expect(clippy::expect_used, reason = "helpers of tests stop where tests would")]

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const MODEL: &str = "tests/cmd/inputs/office.yaml";

fn canreach(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_canreach"));
    command.args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(name);
    }
    command
}

/// Asks from web-1 to app-1, which is reachable at port 8080 alone.
fn query(model: &str, port: &str) -> Command {
    canreach(&["query", "-m", model, "--from", "web-1", "--to", "app-1", "--port", port])
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

fn code(command: &mut Command) -> Option<i32> {
    run(command).status.code()
}

fn stderr(command: &mut Command) -> String {
    let output = run(command);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).expect("messages are UTF-8")
}

/// An answer needs more than a pipe's buffer, or is not written before the reader is gone.
#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    for arguments in [vec!["demo"], vec!["explain"], vec!["--help"], vec!["completions", "bash"]] {
        let mut command = canreach(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
        assert_eq!(said, "", "{arguments:?}");
    }
}

#[test]
fn every_exit_code_means_what_the_table_says() {
    assert_eq!(code(&mut query(MODEL, "8080")), Some(0));
    assert_eq!(code(&mut query(MODEL, "22")), Some(1));
    assert_eq!(code(&mut query(MODEL, "no")), Some(2));
    let disputed = "models/show/peering-disputed/model.yaml";
    let unknown = ["query", "-m", disputed, "--from", "left-1", "--to", "right-1"];
    assert_eq!(code(&mut canreach(&unknown)), Some(3));
    // A limit that is reached leaves the question undecided, whatever the answer would be.
    assert_eq!(code(query(MODEL, "8080").args(["--rlimit", "1"])), Some(3));
    assert_eq!(code(&mut canreach(&["nonsense"])), Some(2));
}

#[test]
fn the_demo_answers_every_case_as_expected() {
    let output = run(&mut canreach(&["demo"]));
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.ends_with("cases answered as expected, broken and repaired"), "{last}");
    let [all, of] = [0, 2].map(|at| last.split(' ').nth(at).unwrap());
    assert_eq!(all, of, "{last}");
}

#[test]
fn an_empty_folder_is_no_network() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".hidden.yaml"), "canreach: 1").unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(
        stderr(&mut query(path, "80")),
        format!(
            "error: folder `{path}` holds no files (names that begin with a dot are skipped)\n"
        )
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("secret.yaml");
    fs::write(&path, "canreach: 1").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(&path).is_ok() {
        // The superuser reads everything.
        return;
    }
    let said = stderr(&mut query(folder.path().to_str().unwrap(), "80"));
    assert_eq!(said, format!("error: cannot read `{}`: permission denied\n", path.display()));
}

#[test]
fn outputs_are_written_beside_what_is_printed() {
    let folder = TempDir::new().unwrap();
    let (text, json) = (folder.path().join("answer.txt"), folder.path().join("answer.json"));
    fs::write(&json, "old").unwrap();
    let argument = |format: &str, path: &PathBuf| format!("{format}={}", path.display());
    let mut command = query(MODEL, "22");
    command.args(["--output", &argument("text", &text), "--output", &argument("json", &json)]);
    let output = run(command.args(["--color", "always"]));
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    let written = fs::read_to_string(&text).unwrap();
    assert!(printed.starts_with("\u{1b}[1m\u{1b}[31mUNREACHABLE"), "{printed}");
    assert!(written.starts_with("UNREACHABLE  web-1 (10.0.1.10) -> app-1"), "{written}");
    let document: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(document["verdict"], "unreachable");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let mut command = query(MODEL, "22");
    let said = stderr(command.args(["--output", "json=none/answer.json"]));
    assert_eq!(said, "error: cannot write `none/answer.json`: no such file or directory\n");
}

#[test]
fn colours_are_for_those_who_want_them() {
    let coloured = |command: &mut Command| run(command).stdout.contains(&0x1b);
    assert!(!coloured(&mut query(MODEL, "22")), "no terminal");
    assert!(coloured(query(MODEL, "22").args(["--color", "always"])));
    assert!(coloured(query(MODEL, "22").env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(query(MODEL, "22").env("NO_COLOR", "1").args(["--color", "never"])));
}

#[test]
fn many_questions_keep_their_order() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("many.csv");
    let rows: Vec<String> = (8000..8200).map(|port| format!("web-1,app-1,tcp,{port}")).collect();
    fs::write(&path, format!("from,to,protocol,port\n{}\n", rows.join("\n"))).unwrap();
    let asked = path.to_str().unwrap();
    let output = run(&mut canreach(&["query", "-m", MODEL, "--questions", asked]));
    assert_eq!(output.status.code(), Some(0), "an unreachable row is an answer");
    let lines = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 200);
    for (answer, row) in answers.iter().zip(1..) {
        assert_eq!(answer["row"], row);
        let expected = if row == 81 { "reachable" } else { "unreachable" };
        assert_eq!(answer["verdict"], expected, "row {row}");
    }
}

/// Proposals for the flow that `query` finds closed at every port but 8080.
fn fix(port: &str) -> Command {
    canreach(&["fix", "-m", MODEL, "--from", "web-1", "--to", "app-1", "--port", port])
}

#[test]
fn a_proposal_is_written_as_a_model_that_holds_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("edited.yaml");
    let written = path.to_str().unwrap();
    assert_eq!(code(fix("22").args(["--write", written])), Some(0));
    assert_eq!(code(&mut query(written, "22")), Some(0), "what was closed is open");
    assert_eq!(code(&mut query(written, "23")), Some(1), "and nothing else is");
    let close = ["--close", "--proposal", "2", "--write", written];
    assert_eq!(code(fix("8080").args(close)), Some(0));
    assert_eq!(code(&mut query(written, "8080")), Some(1), "the file was replaced");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn without_a_proposal_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("edited.yaml");
    let written = path.to_str().unwrap();
    let output = run(fix("8080").args(["--write", written]));
    assert_eq!(output.status.code(), Some(0), "there is nothing to do");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, format!("nothing was written to `{written}`\n"));
    let said = stderr(fix("22").args(["--proposal", "200", "--write", written]));
    assert!(said.starts_with("error: there is no proposal 200: "), "{said}");
    assert!(!path.exists());
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&mut canreach(&["completions", shell])).stdout;
        assert!(String::from_utf8(script).unwrap().contains("one-way"), "{shell}");
    }
    let pages = [vec!["man"], vec!["man", "query"], vec!["man", "import"], vec!["man", "fix"]];
    for arguments in pages {
        let page = String::from_utf8(run(&mut canreach(&arguments)).stdout).unwrap();
        assert!(page.contains(".SH NAME"), "{arguments:?}");
    }
    let said = stderr(&mut canreach(&["man", "nothing"]));
    assert_eq!(said, "error: there is no command `nothing`\n");
}

/// Asks about every packet between two machines; the answer without the inputs it came from.
fn asked(model: &str, from: &str, to: &str) -> String {
    let output =
        run(&mut canreach(&["query", "-m", model, "--from", from, "--to", to, "--format", "json"]));
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let mut answer: serde_json::Value = serde_json::from_str(&text).expect("an answer is JSON");
    answer.as_object_mut().expect("an object").remove("inputs");
    answer.to_string()
}

#[test]
fn what_import_writes_has_the_same_answers_at_the_same_places() {
    let folder = TempDir::new().unwrap();
    let written = folder.path().join("office.yaml");
    let written = written.to_str().unwrap();
    let output = run(&mut canreach(&["import", MODEL, "-o", written]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("READ  1 file") && said.contains("written"), "{said}");
    let output = run(&mut canreach(&["import", written]));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("canreach model made from 1 file"), "{said}");
    let mut questions = 0;
    for from in ["web-1", "app-1", "vault-1", "internet"] {
        for to in ["web-1", "app-1", "vault-1"].into_iter().filter(|to| *to != from) {
            assert_eq!(asked(MODEL, from, to), asked(written, from, to), "{from} -> {to}");
            questions += 1;
        }
    }
    assert_eq!(questions, 9);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays behind");
}

#[test]
fn the_answer_names_the_record_and_what_it_records() {
    let folder = TempDir::new().unwrap();
    let written = folder.path().join("office.yaml");
    let written = written.to_str().unwrap();
    run(&mut canreach(&["import", MODEL, "--output", written]));
    let mut command = query(written, "8080");
    let output = run(command.args(["--format", "json"]));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let inputs = answer["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), 2, "{inputs:?}");
    assert_eq!((&inputs[0]["path"], &inputs[0]["recorded_in"]), (&written.into(), &().into()));
    assert_eq!((&inputs[1]["path"], &inputs[1]["recorded_in"]), (&MODEL.into(), &written.into()));
    for input in inputs {
        assert_eq!(input["digest"].as_str().unwrap().len(), "sha256:".len() + 64, "{input}");
    }
}

#[test]
fn import_writes_over_no_input_and_never_half() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("a.yaml");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(MODEL), &model).unwrap();
    let before = fs::read(&model).unwrap();
    let (model_text, folder_text) = (model.to_str().unwrap(), folder.path().to_str().unwrap());
    let said = stderr(&mut canreach(&["import", model_text, "-o", model_text]));
    assert!(said.contains("is one of the files read"), "{said}");
    let inside = folder.path().join("new.yaml");
    let said = stderr(&mut canreach(&["import", folder_text, "-o", inside.to_str().unwrap()]));
    assert!(said.contains("would be read with it the next time"), "{said}");
    assert_eq!(fs::read(&model).unwrap(), before);

    // With an error in the input nothing is written, and what was there stays.
    let other = TempDir::new().unwrap();
    let output = other.path().join("out.yaml");
    fs::write(&output, "before").unwrap();
    let output_text = output.to_str().unwrap();
    assert_eq!(
        code(&mut canreach(&["import", "tests/cmd/inputs/typo.yaml", "-o", output_text])),
        Some(2)
    );
    assert_eq!(fs::read_to_string(&output).unwrap(), "before");
}

/// A model of interfaces that all differ from each other, so that a snapshot of it takes a while.
#[cfg(unix)]
fn motley(interfaces: usize) -> String {
    let group = |nth| {
        let port = 1000 + nth;
        format!("  g{nth}: {{ ingress: [{{ protocol: tcp, ports: {port} }}] }}\n")
    };
    let instance = |nth| {
        let address = format!("10.0.{}.{}", nth / 200, 4 + nth % 200);
        format!(
            "  i{nth}: {{ interfaces: [{{ subnet: s, addresses: [{address}], security_groups: [g{nth}] }}] }}\n"
        )
    };
    let groups: String = (0..interfaces).map(group).collect();
    let instances: String = (0..interfaces).map(instance).collect();
    format!(
        "canreach: 1\nprofile: aws\nvpcs: {{ v: {{ cidrs: [10.0.0.0/16] }} }}\n\
         subnets: {{ s: {{ vpc: v, cidrs: [10.0.0.0/16] }} }}\n\
         security_groups:\n{groups}instances:\n{instances}"
    )
}

/// Whenever it is interrupted, the file holds what it held before, or what was to be written.
#[cfg(unix)]
#[test]
fn an_interrupted_snapshot_leaves_a_whole_file() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (model, kept, wanted) = (file("model.yaml"), file("kept.reach"), file("wanted.reach"));
    fs::write(&model, motley(120)).unwrap();
    assert_eq!(code(&mut canreach(&["snapshot", "-m", &model, "-o", &wanted])), Some(0));
    assert_eq!(code(&mut canreach(&["snapshot", "-m", MODEL, "-o", &kept])), Some(0));
    let (old, new) = (fs::read(&kept).unwrap(), fs::read(&wanted).unwrap());
    assert_ne!(old, new);
    for milliseconds in [0, 20, 60, 120, 250, 500] {
        let mut command = canreach(&["snapshot", "-m", &model, "-o", &kept]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).output();
        assert!(interrupt.is_ok(), "there is a `kill`");
        child.wait().unwrap();
        let found = fs::read(&kept).unwrap();
        assert!(found == old || found == new, "after {milliseconds} ms");
        fs::write(&kept, &old).unwrap();
    }
}
