#!/usr/bin/env bash
# Makes sure that a libz3 of a good version can be linked.
#
# If pkg-config finds one in the system, that one is used. Otherwise the pinned wheel is fetched with pip, and its
# library and headers are unpacked into .z3/, beside a z3.pc. Does nothing when that has been done before.
set -euo pipefail
cd "$(dirname "$0")/.."

needed=4.13.3
pin=scripts/z3-requirements.txt
version=$(sed -n 's/^z3-solver==\([0-9.]*\).*/\1/p' "$pin")
# What .z3 is made from: the pin, and a number to raise when the layout below changes. When this is
# not what lies in .z3, it is made again.
recipe="1 $(cksum <"$pin")"

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 1
}

find_pip() {
    local python
    # The system's Python comes second: it may lack pip, or refuse to install. Downloading is never refused.
    for python in python3 /usr/bin/python3; do
        if "$python" -m pip --version >/dev/null 2>&1; then
            printf '%s\n' "$python"
            return
        fi
    done
    die "libz3 $needed or newer is needed: install libz3 with its z3.pc, or Python's pip, which can fetch it"
}

[[ -f .z3/recipe && "$(<.z3/recipe)" == "$recipe" ]] && exit 0

command -v pkg-config >/dev/null || die "pkg-config is needed; please install it"
if [[ ! -e .z3 ]] && pkg-config --atleast-version="$needed" z3; then
    say "using libz3 $(pkg-config --modversion z3) of this system"
    exit 0
fi

python=$(find_pip)
new=$(mktemp -d .z3.XXXXXX)
trap 'rm -rf "$new"' EXIT
chmod 755 "$new"

say "fetching libz3 $version (about 38 MB)"
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    --requirement "$pin" --dest "$new/wheel" \
    || die "libz3 could not be fetched; it needs a network, and Linux with glibc on x86_64 or aarch64"

"$python" - "$new" <<'PYTHON'
import pathlib, shutil, sys, zipfile

new = pathlib.Path(sys.argv[1])
[wheel] = (new / "wheel").iterdir()
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if name.endswith("/"):
            continue
        if path.parts[:2] == ("z3", "include"):
            target = new / "include" / path.name
        elif path.parts[:2] == ("z3", "lib") and path.name.startswith("libz3.so."):
            target = new / "lib" / path.name
        elif path.name == "METADATA":  # names the author and the licence (MIT)
            target = new / "METADATA"
        else:
            continue
        target.parent.mkdir(exist_ok=True)
        with archive.open(name) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink)
PYTHON
rm -r "$new/wheel"

libraries=("$new"/lib/libz3.so.*)
[[ ${#libraries[@]} -eq 1 && -f ${libraries[0]} ]] || die "the wheel does not hold one libz3.so as expected"
chmod 755 "${libraries[0]}"
ln -s "${libraries[0]##*/}" "$new/lib/libz3.so"
cat >"$new/z3.pc" <<PC
prefix=\${pcfiledir}
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: z3
Description: The Z3 theorem prover
Version: $version
Libs: -L\${libdir} -lz3
Cflags: -I\${includedir}
PC
printf '%s\n' "$recipe" >"$new/recipe"

# One rename, so that nobody ever sees half of it.
if [[ -e .z3 ]]; then
    mkdir "$new/old"
    mv -T .z3 "$new/old/.z3"
fi
if ! mv -T "$new" .z3 2>/dev/null && ! [[ -f .z3/recipe ]]; then
    die "cannot create .z3"
fi
rm -rf .z3/old

# z3-sys does not notice that another libz3 arrived.
if command -v cargo >/dev/null; then
    cargo clean --quiet -p z3-sys 2>/dev/null || true
    cargo clean --quiet --release -p z3-sys 2>/dev/null || true
fi
say "libz3 $version is in .z3"
