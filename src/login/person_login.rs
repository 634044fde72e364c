//! The rules for every login by a person, to Identity Center, to the console and with an MFA device: of all
//! processes one asks, the others wait for it or give up, and a decline is remembered.

use anyhow::{Error, Result};

use crate::failure::{Failure, FailureKind};
use crate::login::single_flight::{self, Subject, Turn, is_under_way};
use crate::login::{interrupt, marker};
use crate::system::context::Context;
use crate::terminal::Terminal;

/// The errors of one kind of login.
pub(super) trait Told {
    /// Returns the error that a person must log in first.
    fn needed(&self) -> Failure;

    /// Returns the error that there is no terminal to ask on.
    fn without_terminal(&self) -> Failure;

    /// Returns the error that no login can begin, since the lock cannot be taken.
    fn unlocked(&self, error: Error) -> Error {
        error
    }
}

/// An answer that makes asking a person unnecessary.
pub(super) enum StandIn<'a, T> {
    /// None.
    Unknown,
    /// One that was given beforehand. It is used even after a decline.
    Given(&'a dyn Fn() -> Result<T>),
    /// One that is used if there is no terminal.
    WithoutTerminal(&'a dyn Fn() -> Result<T>),
}

/// A login by a person.
pub(super) struct PersonLogin<'a> {
    pub(super) ctx: &'a Context,
    pub(super) subject: Subject,
    pub(super) told: &'a dyn Told,
    /// Whether to give up if another process is asking, and to honour a decline.
    pub(super) pass_by: bool,
    /// The terminal to ask on, if there is one.
    pub(super) terminal: Option<Terminal>,
}

impl PersonLogin<'_> {
    /// Returns the result of the login: what `done` finds after another process's login; what `answer`
    /// returns; else what `ask` gets from the person, after handing it to `keep`. Errors besides those of
    /// `answer` and of `ask`, of which [`FailureKind::Declined`] is remembered:
    ///
    /// - [`FailureKind::LoginNeeded`]: there is nobody to ask;
    /// - [`FailureKind::UnderWay`]: another process is asking, and this one does not wait;
    /// - [`FailureKind::Declined`]: the person declined in another process.
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
            // The person declined in another shell after this prompt looked.
            return Err(told.needed().into());
        }
        let terminal = match (terminal, answer) {
            (Some(terminal), _) => terminal,
            (None, StandIn::WithoutTerminal(answer)) => return answer().inspect(|_| marker::end(ctx, key)),
            (None, _) => return Err(told.without_terminal().into()),
        };
        let declining = interrupt::declining(ctx, key, &terminal, subject.command());
        // The marker says `pending` until the login ends, so a process that is killed leaves it so.
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
