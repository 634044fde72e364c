//! Other tools, such as direnv, that CI need not have: found through an environment variable or on the
//! `PATH`. Without them, their tests print a line and pass.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::harness::invocation::Invocation;
use crate::harness::world::World;

/// Returns the program that the variable names, or that is on the `PATH`. If there is none, prints a line.
pub fn program(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        named.or_else(|| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()));
    if found.is_none() {
        not_run(&format!("{name} is not installed, and {variable} does not say where it is"));
    }
    found
}

/// Returns a file in the folder that the variable names. If there is none, prints a line.
pub fn file(variable: &str, name: &str) -> Option<PathBuf> {
    let file = std::env::var_os(variable)
        .map(|folder| PathBuf::from(folder).join(name))
        .filter(|file| file.exists());
    if file.is_none() {
        not_run(&format!("{variable} names no folder with {name}"));
    }
    file
}

/// Runs a program in the world, which must succeed.
pub fn run(world: &World, program: &Path, args: &[&str]) {
    let output = Invocation::new(world, program, args).unchecked().run();
    assert_eq!(output.code, 0, "{}", output.stderr);
}

fn not_run(why: &str) {
    // The test harness captures the print macros and shows their text for failures only.
    let _ = writeln!(std::io::stderr(), "not run: {why}");
}
