//! The facts from which a shell can tell by itself, with builtins alone, that nothing changed.
//!
//! The program hands them over each time it runs; the hook then runs it again only when one of them no longer
//! holds. What the hook knows better than the program stays with the hook: the walk from the shell's
//! directory up to the nearest `.awsenv`.

use std::path::PathBuf;

use crate::env_file::parse;
use crate::system::file_stamp::FileStamp;

/// A watched variable that is in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// Its name.
    pub name: &'static str,
    /// Whether its value is empty, or may be: only then a shell has to tell it from a variable that is not
    /// set.
    pub may_be_empty: bool,
}

/// A small file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub text: Vec<u8>,
    /// The file's times, if they are enough to see that nothing changed for a shell that can read the change
    /// time (zsh).
    pub stamp: Option<FileStamp>,
}

/// What must still hold for the shell to be as it should be.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Where the hook's walk starts: the shell's directory, or the real one if the shell's `PWD` is wrong.
    /// `None` if the directory was deleted: no walk then, until the shell moves.
    pub dir: Option<PathBuf>,
    /// The shell's `PWD`, if it leads to another directory than the one that the shell is in, as it must
    /// still do.
    pub mistaken: Option<PathBuf>,
    /// The `.awsenv` that the walk must meet first; `None` if it must meet none.
    pub nearest: Option<PathBuf>,
    /// The folder where the walk ends; empty if folders do not count at all.
    pub ceiling: PathBuf,
    /// Which of the watched variables are in the environment after the change. A shell compares these by
    /// value, and asks about all others at once: usually none of them is set.
    pub present: Vec<Present>,
    /// Small files and the content that each must still have.
    pub contents: Vec<Content>,
    /// Paths that must still not exist.
    pub absent: Vec<PathBuf>,
    /// Files that must still exist, whatever they hold.
    pub existing: Vec<PathBuf>,
    /// Links that must still lead nowhere.
    pub dangling: Vec<PathBuf>,
    /// Larger files and the times that each must still have.
    pub marks: Vec<(PathBuf, FileStamp)>,
    /// Links to larger files, and the file that each must still lead to: where all files have the same time,
    /// as with Nix, a shell cannot tell two files by their times.
    pub targets: Vec<(PathBuf, PathBuf)>,
    /// When the program must run again, in seconds since 1970.
    pub deadline: Option<i64>,
    /// The time now, in seconds since 1970: an earlier clock means that it was set back.
    pub now: i64,
    /// Seconds since the system started, sleep included, now; `None` where the system does not tell.
    pub uptime: Option<i64>,
}

impl Guard {
    /// Returns the paths of the hook's walk: where a `.awsenv` would be nearer than the one that counts.
    pub fn nearer(&self) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        // Without a ceiling folders do not count.
        for folder in self.dir.iter().flat_map(|dir| dir.ancestors()).filter(|_| self.ceiling.has_root()) {
            let file = folder.join(parse::NAME);
            if Some(&file) == self.nearest.as_ref() {
                break;
            }
            paths.push(file);
            if folder == self.ceiling {
                break;
            }
        }
        paths
    }

    /// Returns the system's uptime at the deadline, in seconds; `None` without a deadline, or where the
    /// system does not tell its uptime.
    pub fn uptime_at_deadline(&self) -> Option<i64> {
        Some(self.uptime? + (self.deadline? - self.now))
    }

    /// Returns the earliest time, in Unix seconds, at which the clock cannot have been set back. Shells ask
    /// `time(2)`, whose answer lags behind the clock by up to a tick of the kernel.
    pub fn earliest(&self) -> i64 {
        self.now - 1
    }
}
