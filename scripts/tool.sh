#!/usr/bin/env bash
# Runs a Cargo tool at a pinned version: scripts/tool.sh cargo-NAME VERSION -- ARGUMENTS…
#
# One that is installed at that version is used. Otherwise it is built once into .tools/, without
# optimisation: it runs for a second, and would take four minutes instead of one to build.
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1 version=$2
shift 2
[[ ${1-} == -- ]] && shift

is_right() { [[ "$("$1" --version 2>/dev/null)" == "$name $version" ]]; }

program=$(command -v "$name" || true)
if [[ -z $program ]] || ! is_right "$program"; then
    program=.tools/bin/$name
    if ! is_right "$program"; then
        printf 'setup: building %s %s into .tools/ (about a minute)\n' "$name" "$version" >&2
        # `RUSTFLAGS` and the like are about this project, not about its tools.
        env -u RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_PROFILE_DEV_DEBUG=0 \
            cargo install --quiet --locked --debug --no-default-features --force \
            --version "$version" --root .tools --target-dir .tools/build "$name"
        rm -rf .tools/build
    fi
fi

# As a subcommand, so that it is called the way it expects to be.
PATH=$(dirname "$program"):$PATH exec cargo "${name#cargo-}" "$@"
