//! A user to whom file modes apply, even where root runs the tests.

use std::ffi::OsStr;
use std::path::Path;

use crate::harness::invocation::Invocation;
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

/// Returns whether modes can be made to apply.
pub fn possible() -> bool {
    !rustix::process::geteuid().is_root() || tools::have(&["setpriv"])
}

/// Prepares a run of the program to which file modes apply.
pub fn command<'w>(world: &'w World, args: &[&str]) -> Invocation<'w> {
    if !rustix::process::geteuid().is_root() {
        return world.command(args);
    }
    let without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", PROGRAM];
    let words = without.iter().chain(args).map(OsStr::new);
    Invocation::new(world, Path::new("/usr/bin/env"), words)
}
