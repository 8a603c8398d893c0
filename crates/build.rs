//! The build script of every package with a binary or a test that links libz3.
//!
//! It gives the linked programs the folders where libz3 may lie, so that they run without
//! `LD_LIBRARY_PATH`. It is a build script rather than `rustflags` in `.cargo/config.toml`, because
//! `RUSTFLAGS` in the environment would replace those.
//!
//! Where the package depends on `z3-sys` itself, it also checks which libz3 was found. `z3-sys` only
//! warns, and Cargo hides the warnings of packages that come from a registry.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script is told everything through its environment"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest libz3 that the `z3` crate supports.
const NEEDED: Version = Version(4, 13, 3);

/// Where libz3 lies, as seen from the folder of the program: from `bin` of an installed copy, from
/// `target/debug`, and from `target/debug/deps` or `target/TRIPLE/debug`.
const RUN_PATH: &str = "$ORIGIN/../lib:$ORIGIN/../../.z3/lib:$ORIGIN/../../../.z3/lib";

/// Ways to choose another libz3 on purpose. `z3-sys` obeys them; whoever sets them knows where it is.
const OVERRIDES: [&str; 2] = ["Z3_SYS_Z3_VERSION", "Z3_LIBRARY_PATH_OVERRIDE"];

/// The root of the workspace, as seen from the package.
const ROOT: &str = "../..";

/// What scripts/setup-z3.sh fetches, as seen from the root.
const FETCHED: &str = ".z3";

fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    println!("cargo::rustc-link-arg=-Wl,-rpath,{RUN_PATH}");
    if let Some(library) = library_for_wandering_programs() {
        // Not `-Wl`, which would split the path at commas.
        for argument in ["-Xlinker", "-rpath", "-Xlinker"] {
            println!("cargo::rustc-link-arg={argument}");
        }
        println!("cargo::rustc-link-arg={}", library.display());
    }
    if let Some(linked) = version_that_z3_sys_found() {
        // Cargo runs this script again when that libz3 comes or goes.
        println!("cargo::rerun-if-changed={ROOT}/{FETCHED}/z3.pc");
        if let Err(problem) = check(linked) {
            for line in problem.lines() {
                println!("cargo::error={line}");
            }
        }
    }
}

/// Returns the full path of the fetched libz3 for programs that do not lie below `target/`.
///
/// These are doctests, which are linked in a temporary folder, and whatever is built with
/// `CARGO_TARGET_DIR`. Release builds below `target/` stay free of the path.
fn library_for_wandering_programs() -> Option<PathBuf> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    let root = package.ancestors().nth(2)?;
    let release = env::var_os("PROFILE")? == "release";
    let at_home = Path::new(&env::var_os("OUT_DIR")?).starts_with(root.join("target"));
    (!release || !at_home).then(|| root.join(FETCHED).join("lib"))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

fn check(linked: Version) -> Result<(), String> {
    if OVERRIDES.iter().any(|name| env::var_os(name).is_some()) || targeted_pkg_config() {
        return if linked < NEEDED { Err(need(&format!("found libz3 {linked}"))) } else { Ok(()) };
    }
    // z3-sys names its minimum where it found nothing at all, and is not told when .z3 comes or
    // goes: look again.
    match version_that_pkg_config_finds() {
        None => Err(need("pkg-config finds no libz3")),
        Some(present) if present < NEEDED => Err(need(&format!("found libz3 {present}"))),
        Some(present) if present != linked => Err(format!(
            "libz3 {present} is here now, but `z3-sys` has only seen {linked}\n\
             run `cargo clean -p z3-sys`, with `--release` for a release build, and build again"
        )),
        Some(_) => Ok(()),
    }
}

fn need(found: &str) -> String {
    format!(
        "{found}; canreach needs libz3 {NEEDED} or newer\n\
         run `make setup`, which puts a pinned libz3 into {FETCHED}/, or install libz3 with its \
         z3.pc; then build again"
    )
}

/// Returns the version that `z3-sys` passes on to packages that depend on it directly.
fn version_that_z3_sys_found() -> Option<Version> {
    let part = |name: &str| -> Option<u32> {
        env::var(format!("DEP_Z3_VERSION_{name}")).ok()?.parse().ok()
    };
    Some(Version(part("MAJOR")?, part("MINOR")?, part("PATCH")?))
}

fn version_that_pkg_config_finds() -> Option<Version> {
    let program = env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let output = Command::new(program).args(["--modversion", "z3"]).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    let mut parts = text.trim().split('.').map(str::parse);
    let mut part = || parts.next()?.ok();
    Some(Version(part()?, part()?, part().unwrap_or(0)))
}

/// Returns whether pkg-config is told something for one target only, as when building for another.
fn targeted_pkg_config() -> bool {
    env::vars_os().any(|(name, _)| {
        name.to_str().is_some_and(|name| {
            name.starts_with("PKG_CONFIG_PATH_") || name.starts_with("PKG_CONFIG_LIBDIR_")
        })
    })
}
