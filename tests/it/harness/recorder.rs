//! A stand-in for a program that records its runs.

use std::fs;
use std::path::{Path, PathBuf};

/// Ends an argument in the log. Neither separator is in any argument that awsenv takes.
const UNIT: char = '\u{1f}';
/// Ends a run in the log.
const RECORD: char = '\u{1e}';

/// The log of a stand-in.
pub struct Recorder {
    log: PathBuf,
}

impl Recorder {
    pub(crate) fn new(log: PathBuf) -> Self {
        Self { log }
    }

    /// Returns the stand-in: it logs its arguments and becomes the program, in the same process and under the
    /// stand-in's name, so that a hook calls the stand-in again. The log entry is a single write, so that two
    /// runs at once do not mix theirs.
    pub(crate) fn script(&self, program: &Path) -> String {
        let (log, program) = (quoted(&self.log), quoted(program));
        format!(
            "#!/bin/bash\nrun=\nfor argument; do run=\"$run$argument{UNIT}\"; done\n\
             printf '%s{RECORD}' \"$run\" >>{log}\nexec -a \"$0\" {program} \"$@\"\n"
        )
    }

    /// Returns the arguments of each run so far, in order.
    pub fn runs(&self) -> Vec<Vec<String>> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.split_terminator(RECORD)
            .map(|run| run.split_terminator(UNIT).map(str::to_owned).collect())
            .collect()
    }

    /// Returns the number of runs so far.
    pub fn count(&self) -> usize {
        self.runs().len()
    }

    /// Returns the runs so far and forgets them.
    pub fn take(&self) -> Vec<Vec<String>> {
        let runs = self.runs();
        let _ = fs::remove_file(&self.log);
        runs
    }
}

/// Quotes a path for a POSIX shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().expect("the paths of a world are text").replace('\'', r"'\''"))
}
