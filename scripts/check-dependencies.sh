#!/usr/bin/env bash
# Checks the absences that carry the design: which crates must not know which, directly or through another.
#
# `eval` must find its own way, or its agreement with the solver proves nothing; the oracle in `testkit` must know no
# engine; what is parsed must not depend on what is asked. docs/architecture.md says why for each.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0

# tree CRATE OPTIONS… prints what a package of this workspace is built from, on any platform.
# Development dependencies do not count.
tree() {
    cargo tree --quiet --locked --edges normal,build --target all --format '{p}' --package "$@"
}

# Succeeds if a line of the second argument starts with the package named by the first.
lists() { grep --quiet --extended-regexp -- "^$1 " <<<"$2 "; }

# A name that nobody has could never be found: stop, lest a check pass because of a typing error.
must_exist() {
    if ! grep --quiet --line-regexp --fixed-strings -- "name = \"$1\"" Cargo.lock; then
        printf 'there is no package %s; has it been renamed?\n' "$1" >&2
        exit 2
    fi
}

# knows_no CRATE UNWANTED… checks that CRATE is built without each of the others.
knows_no() {
    local crate=$1 packages unwanted
    shift
    packages=$(tree "$crate" --prefix none)
    for unwanted in "$@"; do
        must_exist "$unwanted"
        if lists "$unwanted" "$packages"; then
            printf 'FAILED  %s knows %s, and must not:\n' "$crate" "$unwanted"
            # The way there, without the folders that Cargo prints for members.
            tree "$crate" --invert "$unwanted" | sed -E 's| \(/[^)]*\)||; s|^|          |'
            failed=1
        else
            printf 'ok      %s knows no %s\n' "$crate" "$unwanted"
        fi
    done
}

# only CRATE PACKAGE checks that no member of this workspace but CRATE names PACKAGE itself.
only() {
    local crate direct
    must_exist "$2"
    for crate in "${crates[@]}"; do
        direct=$(tree "$crate" --depth 1 --prefix none)
        if [[ $crate != "$1" ]] && lists "$2" "$direct"; then
            printf 'FAILED  %s names %s; only %s may\n' "$crate" "$2" "$1"
            failed=1
            return
        fi
    done
    printf 'ok      nobody but %s names %s\n' "$1" "$2"
}

mapfile -t crates < <(sed -n 's/^name = "\(canreach.*\)"$/\1/p' Cargo.lock)

engines=(canreach-eval canreach-topology canreach-smt canreach-sets canreach-query canreach-report)
solver=(z3 z3-sys)

knows_no canreach-net canreach-model canreach-import "${engines[@]}" "${solver[@]}" petgraph clap
knows_no canreach-model canreach-import "${engines[@]}" "${solver[@]}" petgraph clap
knows_no canreach-import "${engines[@]}" "${solver[@]}" petgraph clap
knows_no canreach-eval canreach-import canreach-topology canreach-smt canreach-sets "${solver[@]}" petgraph clap
knows_no canreach-topology canreach-import canreach-eval canreach-smt canreach-sets "${solver[@]}" clap
knows_no canreach-smt canreach-import canreach-eval canreach-sets canreach-query clap
knows_no canreach-sets canreach-import canreach-eval canreach-smt canreach-query "${solver[@]}" clap
knows_no canreach-snapshot canreach-import canreach-eval canreach-smt canreach-query "${solver[@]}" clap
knows_no canreach-query canreach-import canreach-report clap
knows_no canreach-report canreach-import clap
knows_no canreach-testkit canreach-import "${engines[@]}" "${solver[@]}" petgraph clap
knows_no canreach canreach-testkit canreach-bench
knows_no canreach-bench canreach-report clap
only canreach-smt z3
only canreach-smt z3-sys
only canreach clap

if ((failed)); then
    printf '\nA crate learned what it must not know. If that is right now, say why in docs/decisions/.\n'
    exit 1
fi
