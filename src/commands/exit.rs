//! Exit codes, which scripts rely on.

use crate::failure::{Failure, FailureKind};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// The command line is wrong.
    Usage,
    /// `status`: a login is needed.
    LoginNeeded,
    /// `status`: a `.awsenv` is not allowed.
    Blocked,
    /// `status`: there is no `.awsenv` here.
    NoEnvFile,
    /// `status`: ready, but this shell holds something else.
    OtherInShell,
    /// `status`: ready, but a person has to confirm it first.
    ConfirmDue,
    /// `exec`: awsenv itself failed before the command began.
    NotRun,
    /// `exec`: the command cannot be executed.
    NotExecutable,
    /// `exec`: there is no such command.
    NotFound,
    /// `exec` where it waits for the command: the command's own code.
    Command(u8),
    /// The person cancelled a question.
    Cancelled,
}

impl Exit {
    /// Returns how a command that failed with `error` ends: cancelled, with a usage error (if `other` is
    /// [`Exit::Failure`]), else as `other`.
    pub fn of(error: &anyhow::Error, other: Self) -> Self {
        match Failure::kind_of(error) {
            FailureKind::Cancelled => Self::Cancelled,
            FailureKind::Usage if other == Self::Failure => Self::Usage,
            _ => other,
        }
    }

    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::LoginNeeded => 3,
            Self::Blocked => 4,
            Self::NoEnvFile => 5,
            Self::OtherInShell => 6,
            Self::ConfirmDue => 7,
            Self::NotRun => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Command(code) => code,
            Self::Cancelled => 130,
        }
    }
}
