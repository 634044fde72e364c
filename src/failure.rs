//! The one shape of an error that a person reads: what could not be done, and what to type.

use std::fmt;

/// What a caller may do about a [`Failure`]; everything else about it is text for the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing but to print it.
    #[default]
    Other,
    /// There is no profile of that name.
    NoProfile,
    /// No `.awsenv` from the current directory up to the ceiling.
    NoEnvFile,
    /// A `.awsenv` that takes part is not allowed, or is denied.
    Blocked,
    /// The SSO token is missing or expired and cannot be refreshed without a person.
    LoginNeeded,
    /// AWS refused the code of an MFA device: another one may be right.
    WrongCode,
    /// AWS does not allow it with these credentials.
    Denied,
    /// The person has not been assigned the role in IAM Identity Center.
    NotAssigned,
    /// AWS does not know the keys, or no longer.
    KeysRejected,
    /// AWS refused the token of a login although it is alive by the clock.
    TokenRejected,
    /// Another process is logging in to the session, and this one does not wait for it.
    UnderWay,
    /// Another process holds what is needed for longer than this one waits.
    Busy,
    /// The person declined a login, or did not answer in time.
    Declined,
    /// The person cancelled a question.
    Cancelled,
    /// The command line lacks what cannot be asked for: a usage error.
    Usage,
    /// AWS could not be reached, or answered too late; trying again later may help.
    Unreachable,
}

/// An error with an optional cure. Printed as `awsenv: error: {message}`, then `awsenv: hint: {hint}`.
///
/// Messages are lower case, without a final period, and start with `could not <verb> <thing>` or
/// `invalid <noun>`. They name files, lines, profiles and sessions, never a value that may be secret.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong, in one line.
    pub message: String,
    /// The command to run or the line to write, if there is a cure.
    pub hint: Option<String>,
    /// What a caller may branch on.
    pub kind: FailureKind,
}

impl Failure {
    /// Makes a failure without a cure.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, kind: FailureKind::Other }
    }

    /// Adds the cure.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets what a caller may branch on.
    pub fn kind(mut self, kind: FailureKind) -> Self {
        self.kind = kind;
        self
    }

    /// Returns the kind of the first failure in `error`'s chain of causes, [`FailureKind::Other`] if it has
    /// none.
    pub fn kind_of(error: &anyhow::Error) -> FailureKind {
        error
            .chain()
            .find_map(|cause| cause.downcast_ref::<Self>())
            .map_or(FailureKind::Other, |failure| failure.kind)
    }

    /// Returns the cure of the first failure in `error`'s chain of causes that has one.
    pub fn hint_of(error: &anyhow::Error) -> Option<&str> {
        error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<Self>())
            .find_map(|failure| failure.hint.as_deref())
    }

    /// Returns the error with its causes in one line, and its cure, which stands in the same line for what
    /// everybody meets: a `.awsenv` that is not allowed.
    pub fn lines(error: &anyhow::Error) -> (String, Option<&str>) {
        match (Self::kind_of(error), Self::hint_of(error)) {
            (FailureKind::Blocked, Some(cure)) => (format!("{error:#}; {cure}"), None),
            (_, cure) => (format!("{error:#}"), cure),
        }
    }

    /// Returns the error with its causes, and its cure in parentheses, for tools that show one line.
    pub fn in_one_line(error: &anyhow::Error) -> String {
        let cure = Self::hint_of(error).map_or(String::new(), |cure| format!(" ({cure})"));
        format!("{error:#}{cure}")
    }

    /// Replaces the error of a cancelled question by one that says that nothing was written; returns every
    /// other error as it is.
    pub fn nothing_written(error: anyhow::Error) -> anyhow::Error {
        match Self::kind_of(&error) {
            FailureKind::Cancelled => {
                Self::new("cancelled; nothing was written").kind(FailureKind::Cancelled).into()
            }
            _ => error,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
