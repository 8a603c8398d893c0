#!/usr/bin/env bash
# Installs a release build into PREFIX: scripts/install.sh PREFIX
#
# If it was linked with the libz3 in .z3/, that library goes to PREFIX/lib, where the program looks for it.
set -euo pipefail
prefix=$(realpath -m -- "${1:?usage: scripts/install.sh PREFIX}")
cd "$(dirname "$0")/.."

cargo install --quiet --locked --no-track --force --path crates/cli --root "$prefix"
program=$prefix/bin/canreach

for library in .z3/lib/libz3.so.*; do
    if [[ -f $library ]]; then
        install -D -m 755 "$library" "$prefix/lib/${library##*/}"
        printf 'installed %s\n' "$prefix/lib/${library##*/}"
    fi
done
printf 'installed %s\n' "$program"
