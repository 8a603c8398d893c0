#!/usr/bin/env python3
"""Asks every recorded probe of every lab, and compares: make labs LABS=FOLDER

A lab is a folder with `probes.csv` (source, destination, protocol, port, observed) beside its dump.
`observed` is what a prober inside the network saw: `reply`, `open` and `closed` mean that a request
and its reply passed, `no-reply` and `filtered` that one of them did not. An `icmp` row is one ping.

A row agrees when canreach proves what was observed; every other row is printed. Then each lab is written
as one file (`import -o`) and asked again: every answer must be what it was. Exit 1 when one is not, when a
lab named on the command line does not agree entirely, or when a lab cannot be asked at all.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

PASSED = {"reply": "reachable", "open": "reachable", "closed": "reachable"}
PING = "icmp/8/0"


# What an answer says, apart from the example that the solver happened to find.
SAID = ["verdict", "delivered", "answered", "scope", "not_examined", "causes", "assumptions", "error"]


def ask(program, model, rows):
    """Returns canreach's answer to each row, in order."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as questions:
        writer = csv.writer(questions)
        writer.writerow(["from", "to", "protocol", "port"])
        for row in rows:
            protocol = PING if row["protocol"] == "icmp" else row["protocol"]
            writer.writerow([row["source"], row["destination"], protocol, row["port"]])
        questions.flush()
        command = [program, "query", "-m", str(model), "--questions", questions.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stderr.strip():
        print(done.stderr.rstrip(), file=sys.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(rows):
        sys.exit(f"{model}: {len(rows)} questions, {len(answers)} answers (exit {done.returncode})")
    return answers


def record(program, lab, rows, answers, folder):
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
        flow = f"{row['source']} -> {row['destination']} {row['protocol']} {row['port']}".rstrip()
        print(f"  {lab.name}: {flow}: written and read again, {', '.join(differs)} differ")
    return same


def places(answer):
    """Returns where everything that stops a flow is written."""
    blockers = [blocker for walk in answer.get("walks", []) for blocker in walk["blockers"]]
    return [blocker.get("origin") for blocker in blockers]


def compare(program, lab, folder):
    """Asks one lab; prints each miss; returns rows that agree, that a record answers alike, and in all."""
    with open(lab / "probes.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    agreed = 0
    answers = ask(program, lab, rows)
    for row, answer in zip(rows, answers):
        expected = PASSED.get(row["observed"], "unreachable")
        verdict = answer.get("verdict", "error")
        if verdict == expected:
            agreed += 1
            continue
        why = answer.get("error") or ", ".join(
            cause["code"] if isinstance(cause, dict) else cause for cause in answer.get("causes", [])
        )
        flow = f"{row['source']} -> {row['destination']} {row['protocol']} {row['port']}".rstrip()
        print(f"  {lab.name}: {flow}: observed {row['observed']}, answered {verdict}  {why}".rstrip())
    same = record(program, lab, rows, answers, folder)
    print(f"{lab.name:36} {agreed:4} of {len(rows):4} agree, {same:4} the same from one file", flush=True)
    return agreed, same, len(rows)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: labs.py PROGRAM FOLDER [LAB that must agree entirely ...]")
    program, folder, must = sys.argv[1], pathlib.Path(sys.argv[2]), set(sys.argv[3:])
    labs = sorted(path.parent for path in folder.glob("*/probes.csv"))
    if not labs:
        sys.exit(f"no lab (a folder with probes.csv) in {folder}")
    with tempfile.TemporaryDirectory() as temporary:
        results = {lab.name: compare(program, lab, temporary) for lab in labs}
    agreed, same, total = (sum(counts) for counts in zip(*results.values()))
    print(f"{'in all':36} {agreed:4} of {total:4} agree, {same:4} the same from one file")
    failed = [name for name in must if name in results and results[name][0] != results[name][2]]
    if same != total:
        sys.exit(f"{total - same} answers differ once a lab is written as one file")
    if failed:
        sys.exit(f"must agree entirely: {', '.join(sorted(failed))}")


if __name__ == "__main__":
    main()
