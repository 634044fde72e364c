//! Builds what is measured, exactly as it is distributed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Builds awsenv, and a program that does nothing, with the same flags: for `target`, or, without one, as
/// `cargo install --path .` does. Copies them into the folder `bin`, and returns their paths in this order.
///
/// An installation copies too. What a linker wrote piece by piece lies in smaller pieces in the memory of
/// Linux, and a start from those takes up to a third longer.
pub fn programs(target: Option<&str>, bin: &Path) -> Result<[PathBuf; 2]> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("this crate is below the root")?;
    // One by one: built together, the two would share the features of their dependencies.
    for (package, name) in [("awsenv", "awsenv"), ("awsenv-benches", "awsenv-benches-empty")] {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(root).args(["build", "--release", "--package", package, "--bin", name]);
        cargo.args(target.map(|target| format!("--target={target}")));
        ensure!(cargo.status()?.success(), "could not build; for a target, see `rustup target add`");
    }
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), |folder| root.join(folder));
    let folder = target.map_or(folder.clone(), |target| folder.join(target)).join("release");
    let programs = ["awsenv", "awsenv-benches-empty"];
    for name in programs {
        std::fs::copy(folder.join(name), bin.join(name))?;
    }
    Ok(programs.map(|name| bin.join(name)))
}

/// Returns whether this is a benchmark's run: `cargo test --all-targets` runs the program too, but only to
/// see it start.
pub fn is_bench() -> bool {
    std::env::args().any(|word| word == "--bench")
}

/// Returns the target that the command line names:
/// `cargo bench -p awsenv-benches -- x86_64-unknown-linux-musl`.
pub fn target() -> Option<String> {
    // What begins with a hyphen is Cargo's.
    std::env::args().skip(1).find(|word| !word.starts_with('-'))
}
