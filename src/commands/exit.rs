//! Exit codes, which scripts rely on.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Success,
    /// It could not.
    Failure,
    /// The command line is wrong.
    Usage,
    /// `status`: a login is needed.
    LoginNeeded,
    /// `status`: a `.awsenv` is not allowed.
    Blocked,
    /// `status`: there is no `.awsenv` here.
    NoEnvFile,
    /// `status`: all is ready, but this shell holds something else.
    OtherInShell,
    /// `status`: all is ready, once a person has confirmed it.
    ConfirmDue,
    /// `exec`: awsenv itself failed before the command began.
    NotRun,
    /// `exec`: the command cannot be executed.
    NotExecutable,
    /// `exec`: there is no such command.
    NotFound,
}

impl Exit {
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
        }
    }
}
