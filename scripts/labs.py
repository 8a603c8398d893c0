#!/usr/bin/env python3
"""Asks every recorded probe of every lab, and compares: make labs LABS=FOLDER

A lab is a folder with `probes.csv` (source, destination, protocol, port, observed) beside its dump.
`observed` is what a prober inside the network saw: `reply`, `open` and `closed` mean that a request
and its reply passed, `no-reply` and `filtered` that one of them did not. An `icmp` row is one ping.

A row agrees when canreach proves what was observed; every other row is printed. Exit 1 when a lab
named on the command line does not agree entirely, or when a lab cannot be asked at all.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

PASSED = {"reply": "reachable", "open": "reachable", "closed": "reachable"}
PING = "icmp/8/0"


def ask(program, lab, rows):
    """Returns canreach's answer to each row, in order."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as questions:
        writer = csv.writer(questions)
        writer.writerow(["from", "to", "protocol", "port"])
        for row in rows:
            protocol = PING if row["protocol"] == "icmp" else row["protocol"]
            writer.writerow([row["source"], row["destination"], protocol, row["port"]])
        questions.flush()
        command = [program, "query", "-m", str(lab), "--questions", questions.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stderr.strip():
        print(done.stderr.rstrip(), file=sys.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(rows):
        sys.exit(f"{lab}: {len(rows)} questions, {len(answers)} answers (exit {done.returncode})")
    return answers


def compare(program, lab):
    """Asks one lab; prints each miss; returns rows that agree, and rows in all."""
    with open(lab / "probes.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    agreed = 0
    for row, answer in zip(rows, ask(program, lab, rows)):
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
    print(f"{lab.name:36} {agreed:4} of {len(rows):4} agree", flush=True)
    return agreed, len(rows)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: labs.py PROGRAM FOLDER [LAB that must agree entirely ...]")
    program, folder, must = sys.argv[1], pathlib.Path(sys.argv[2]), set(sys.argv[3:])
    labs = sorted(path.parent for path in folder.glob("*/probes.csv"))
    if not labs:
        sys.exit(f"no lab (a folder with probes.csv) in {folder}")
    results = {lab.name: compare(program, lab) for lab in labs}
    agreed = sum(result[0] for result in results.values())
    total = sum(result[1] for result in results.values())
    print(f"{'in all':36} {agreed:4} of {total:4} agree")
    failed = [name for name in must if name in results and results[name][0] != results[name][1]]
    if failed:
        sys.exit(f"must agree entirely: {', '.join(sorted(failed))}")


if __name__ == "__main__":
    main()
