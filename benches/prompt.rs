//! What a prompt costs at which nothing changed, measured inside real shells.
//!
//! ```sh
//! cargo bench -p awsenv-benches --bench prompt
//! ```
//!
//! Each shell calls the function that its hook runs before each prompt a thousand times, and says when it begins
//! and ends; the clock is this program's. The floor is what a hook costs that starts the smallest program each time:
//! `eval "$(/bin/true)"`. direnv is measured beside if it is installed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use common::build;
use common::figures::Figures;
use common::world::{SSO_KEY_ID, World};

mod common;

const CALLS: u32 = 1_000;
const BATCHES: usize = 9;

/// A shell, and how it says things.
struct Shell {
    name: &'static str,
    /// Makes it interactive without the user's files.
    flags: &'static [&'static str],
    /// A loop over `@call@`, between two lines on standard output.
    batch: &'static str,
    /// Evaluates the text that `@program@` prints.
    eval: &'static str,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        flags: &["--norc", "--noprofile", "-ic"],
        batch: "echo begin; for ((i = 0; i < @calls@; i++)); do @call@; done; echo end",
        eval: "eval \"$(@program@)\"",
    },
    Shell {
        name: "zsh",
        flags: &["-f", "-ic"],
        batch: "echo begin; for ((i = 0; i < @calls@; i++)); do @call@; done; echo end",
        eval: "eval \"$(@program@)\"",
    },
    Shell {
        name: "fish",
        flags: &["--no-config", "-ic"],
        batch: "echo begin; set i 0; while test $i -lt @calls@; @call@; set i (math $i + 1); end; echo end",
        eval: "@program@ | source",
    },
];
fn main() {}
