#!/usr/bin/env python3
"""Asks every recorded probe of every lab, and compares: make labs LABS=FOLDER

A lab is a folder with `probes.csv` (source, destination, protocol, port, observed) beside its dump.
`observed` is what a prober inside the network saw: `reply`, `open` and `closed` mean that a request
and its reply passed, `no-reply` and `filtered` that one of them did not. An `icmp` row is one ping.

Each row is one of three things. It agrees, when canreach proves what was observed. It is undecided, when
canreach says `unknown` and names what the dump leaves open; such rows are listed under that reason. Anything
else is wrong, and printed with canreach's whole answer. Then each lab is written as one file
(`import -o`) and asked again: every answer must be what it was.

The table is the one of docs/agreement-aws.md; a line there that is no longer true is reported. Exit 1 on a
wrong row, an unknown without a reason, an answer that differs from one file, or such a line.
"""

import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

PASSED = {"reply": "reachable", "open": "reachable", "closed": "reachable"}
PING = "icmp/8/0"
PAGE = pathlib.Path(__file__).parent.parent / "docs" / "agreement-aws.md"
HEAD = "| lab | rows | agree | undecided | wrong | same from one file |\n|---|--:|--:|--:|--:|--:|"

# What an answer says, apart from the example that the solver happened to find.
SAID = ["verdict", "delivered", "answered", "scope", "not_examined", "causes", "assumptions", "error"]


def ask(program, model, rows):
    """Returns canreach's answer to each row, in order; the input is read once."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as questions:
        writer = csv.writer(questions)
        writer.writerow(["from", "to", "protocol", "port"])
        for row in rows:
            writer.writerow([row["source"], row["destination"], protocol(row), row["port"]])
        questions.flush()
        command = [program, "query", "-m", str(model), "--questions", questions.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stderr.strip():
        print(done.stderr.rstrip(), file=sys.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(rows):
        sys.exit(f"{model}: {len(rows)} questions, {len(answers)} answers (exit {done.returncode})")
    return answers


def protocol(row):
    return PING if row["protocol"] == "icmp" else row["protocol"]


def flow(row):
    return f"{row['source']} -> {row['destination']} {row['protocol']} {row['port']}".rstrip()


def reasons(answer):
    """Returns what an unknown answer says is left open, as one text; empty when it does not say."""
    sets = [" and ".join(sorted(fact["statement"] for fact in facts)) for facts in answer.get("deciding", [])]
    return "; or ".join(sorted(set(sets)))


def whole(program, model, row):
    """Returns canreach's answer to one row as people read it."""
    command = [program, "query", "-m", str(model), "--from", row["source"], "--to", row["destination"]]
    command += ["--protocol", protocol(row)] + (["--port", row["port"]] if row["port"] else [])
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.rstrip()


def from_one_file(program, lab, rows, answers, folder):
    """Asks a lab as one file; prints each answer that differs; returns how many do not."""
    path = pathlib.Path(folder) / "record.yaml"
    command = [program, "import", str(lab), "-o", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{lab}: import -o exits with {done.returncode}\n{done.stderr}")
    same = 0
    for row, before, after in zip(rows, answers, ask(program, path, rows)):
        differs = [key for key in SAID if before.get(key) != after.get(key)]
        if places(before) != places(after):
            differs.append("places")
        if not differs:
            same += 1
            continue
        print(f"{lab.name}: {flow(row)}: written and read again, {', '.join(differs)} differ")
    return same


def places(answer):
    """Returns where everything that stops a flow is written."""
    blockers = [blocker for walk in answer.get("walks", []) for blocker in walk["blockers"]]
    return [blocker.get("origin") for blocker in blockers]


def compare(program, lab, folder):
    """Asks one lab, prints what does not agree, and returns its numbers in the order of the table."""
    with open(lab / "probes.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    answers = ask(program, lab, rows)
    agree, wrong, undecided = 0, 0, collections.defaultdict(list)
    for row, answer in zip(rows, answers):
        verdict = answer.get("verdict", "error")
        if verdict == PASSED.get(row["observed"], "unreachable"):
            agree += 1
        elif verdict == "unknown" and reasons(answer):
            undecided[reasons(answer)].append(f"{flow(row)} ({row['observed']})")
        else:
            wrong += 1
            print(f"\n{lab.name}: {flow(row)}: observed {row['observed']}, answered {verdict}")
            print(answer.get("error") or whole(program, lab, row))
    for reason, flows in sorted(undecided.items()):
        print(f"\n{lab.name}: {len(flows)} undecided: whether {reason}")
        for one in flows:
            print(f"  {one}")
    same = from_one_file(program, lab, rows, answers, folder)
    return [len(rows), agree, sum(map(len, undecided.values())), wrong, same]


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: labs.py PROGRAM FOLDER")
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    labs = sorted(path.parent for path in folder.glob("*/probes.csv"))
    if not labs:
        sys.exit(f"no lab (a folder with probes.csv) in {folder}")
    with tempfile.TemporaryDirectory() as temporary:
        table = {lab.name: compare(program, lab, temporary) for lab in labs}
    table["in all"] = [sum(numbers) for numbers in zip(*table.values())]
    lines = {name: f"| {name} | " + " | ".join(map(str, numbers)) + " |" for name, numbers in table.items()}
    print("\n" + HEAD, *lines.values(), sep="\n")

    page = PAGE.read_text().splitlines()
    known = {name: line for name in lines for line in page if line.startswith(f"| {name} |")}
    # The sum counts where the labs are those of the page.
    same_labs = len(known) == len(lines)
    stale = [name for name in known if known[name] != lines[name] and (same_labs or name != "in all")]
    rows, agree, undecided, wrong, same = table["in all"]
    faults = [
        f"{wrong} rows wrong" if wrong else None,
        f"{rows - same} answers differ once a lab is written as one file" if same != rows else None,
        f"{PAGE.name} says otherwise of {', '.join(stale)}" if stale else None,
    ]
    sys.exit("; ".join(filter(None, faults)) or None)


if __name__ == "__main__":
    main()
