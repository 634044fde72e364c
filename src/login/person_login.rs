//! What every login by a person is bound to, to Identity Center and with an MFA device alike: of all
//! processes one asks, the others wait for it or pass by, and a decline is remembered.

use anyhow::{Error, Result};

use crate::failure::{Failure, FailureKind};
use crate::login::single_flight::{self, Subject, Turn, is_under_way};
use crate::login::{interrupt, marker};
use crate::system::context::Context;
use crate::terminal::Terminal;

/// What is told of a login that a person must make.
pub(super) trait Told {
    /// Says that a person must log in first.
    fn needed(&self) -> Failure;

    /// Says that there is no terminal to ask on.
    fn without_terminal(&self) -> Failure;

    /// Returns the error if no login can begin, since nothing can be locked.
    fn unlocked(&self, error: Error) -> Error {
        error
    }
}

/// What stands in for a person who is asked.
pub(super) enum StandIn<'a, T> {
    /// Nothing.
    Unknown,
    /// What was given beforehand, whatever was declined.
    Given(&'a dyn Fn() -> Result<T>),
    /// What is to be had where there is no terminal.
    WithoutTerminal(&'a dyn Fn() -> Result<T>),
}

/// A login by a person.
pub(super) struct PersonLogin<'a> {
    pub(super) ctx: &'a Context,
    pub(super) subject: Subject,
    pub(super) told: &'a dyn Told,
    /// Whether to pass by if another process asks, and to honour a decline.
    pub(super) pass_by: bool,
    /// Where the person is asked, if anywhere.
    pub(super) terminal: Option<Terminal>,
}

impl PersonLogin<'_> {
    /// Gets what the login leaves: what `done` finds, where another process was asking; what `answer`
    /// returns; else what `ask` gets from the person, handed to `keep`. Errors besides those of `answer`, and
    /// of `ask`, of which one of kind [`FailureKind::Declined`] is remembered:
    ///
    /// - [`FailureKind::LoginNeeded`]: there is nobody to ask;
    /// - [`FailureKind::UnderWay`]: another process is at it, and this one passes by;
    /// - [`FailureKind::Declined`]: another process was told no.
    pub(super) fn run<T>(
        self,
        done: impl Fn() -> Option<T>,
        answer: StandIn<'_, T>,
        ask: impl FnOnce(&Terminal) -> Result<T>,
        keep: impl FnOnce(&T),
    ) -> Result<T> {
        let Self { ctx, subject, told, pass_by, terminal } = self;
        let key = subject.key();
        let is_unknown = matches!(answer, StandIn::Unknown);
        if terminal.is_none() && is_unknown && (pass_by || !is_under_way(ctx, key)) {
            return Err(told.without_terminal().into());
        }
        let _turn =
            match single_flight::take(ctx, &subject, pass_by, done).map_err(|error| told.unlocked(error))? {
                Turn::Ours(guard) => guard,
                Turn::Done(found) => return Ok(found),
            };
        if let StandIn::Given(given) = answer {
            return given().inspect(|_| marker::end(ctx, key));
        }
        if pass_by && marker::read(ctx, key) == marker::Marker::Declined {
            // Since this prompt looked, another shell was told no.
            return Err(told.needed().into());
        }
        let terminal = match (terminal, answer) {
            (Some(terminal), _) => terminal,
            (None, StandIn::WithoutTerminal(answer)) => return answer().inspect(|_| marker::end(ctx, key)),
            (None, _) => return Err(told.without_terminal().into()),
        };
        let declining = interrupt::declining(ctx, key, &terminal, subject.command());
        // It says so on disk for as long as it takes: a process that is killed leaves it pending.
        marker::begin(ctx, key)?;
        let asked = ask(&terminal);
        drop(declining);
        match &asked {
            Err(error) if Failure::kind_of(error) == FailureKind::Declined => {
                marker::decline(ctx, key);
                return asked;
            }
            Err(_) => {}
            Ok(found) => keep(found),
        }
        marker::end(ctx, key);
        asked
    }
}
