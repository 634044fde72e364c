//! A login with a code of an MFA device, under the same rules as one to Identity Center: one process asks,
//! the others wait or pass by, and a no is remembered.

use anyhow::Result;

use super::{LoginOptions, PATIENCE, Subject, interrupt, is_under_way, marker};
use crate::failure::{Failure, FailureKind};
use crate::login::mfa_device::{self, MfaDevice};
use crate::login::mfa_program::MfaProgram;
use crate::login::single_flight::{self, Turn};
use crate::system::context::Context;
use crate::terminal::Terminal;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};
use crate::values::secret::Secret;

/// How many codes AWS may refuse before the person is no longer asked.
const TRIES: usize = 3;

/// A login that a code makes.
pub struct CodeLogin<'a> {
    /// The world.
    pub ctx: &'a Context,
    /// The device.
    pub device: &'a MfaDevice,
    /// For which profile.
    pub profile: &'a str,
    /// What the person logs in as, in words: profile, account, role.
    pub purpose: String,
    /// What prints a code in the person's place.
    pub program: Option<MfaProgram>,
}

impl CodeLogin<'_> {
    /// Gets what a code opens: waits for another process's login, which is over when `done` finds something;
    /// else gives `code` to `submit`, or the one that the program prints, or as many codes as a person types as
    /// `how` says. Errors besides those
    /// of `submit`:
    ///
    /// - [`FailureKind::LoginNeeded`]: there is no code, and nobody to ask;
    /// - [`FailureKind::UnderWay`]: another process is at it, and this one passes by;
    /// - [`FailureKind::Declined`]: the person said no, or nothing for ten minutes, or AWS refused three
    ///   codes.
    pub fn run<T>(
        &self,
        how: Option<&LoginOptions>,
        code: Option<&Secret>,
        done: impl Fn() -> Option<T>,
        submit: impl Fn(&Secret) -> Result<T>,
    ) -> Result<T> {
        let (ctx, key) = (self.ctx, &self.device.key);
        let pass_by = how.is_some_and(LoginOptions::passes_by);
        let terminal = how.and_then(LoginOptions::terminal);
        let has_code = code.is_some() || self.program.is_some() && how.is_some();
        if terminal.is_none() && !has_code && (pass_by || how.is_none() || !is_under_way(ctx, key)) {
            return Err(self.without_terminal(how).into());
        }
        let subject = Subject::device(ctx, self.device, self.profile);
        let _turn = match single_flight::take(ctx, &subject, pass_by, done)? {
            Turn::Ours(guard) => guard,
            Turn::Done(found) => return Ok(found),
        };
        if let Some(code) = code {
            return submit(code).inspect(|_| marker::end(ctx, key));
        }
        if pass_by && marker::read(ctx, key) == marker::Marker::Declined {
            // Since this prompt looked, another shell was told no.
            return Err(self.device.needed(self.profile).into());
        }
        match (terminal, &self.program) {
            (Some(terminal), _) => self.ask(&terminal, submit),
            (None, Some(program)) => {
                let code = program.code(ctx).map_err(|why| self.without_code(&why))?;
                submit(&code).inspect(|_| marker::end(ctx, key))
            }
            (None, None) => Err(self.without_terminal(how).into()),
        }
    }

    /// Asks the person. The marker on disk says so for as long as it takes, and remembers a no.
    fn ask<T>(&self, terminal: &Terminal, submit: impl Fn(&Secret) -> Result<T>) -> Result<T> {
        let (ctx, key) = (self.ctx, &self.device.key);
        let declining = interrupt::declining(ctx, key, terminal, &self.command());
        marker::begin(ctx, key)?;
        let asked = self.converse(terminal, submit);
        drop(declining);
        match &asked {
            Err(error) if Failure::kind_of(error) == FailureKind::Declined => marker::decline(ctx, key),
            _ => marker::end(ctx, key),
        }
        asked
    }

    fn converse<T>(&self, terminal: &Terminal, submit: impl Fn(&Secret) -> Result<T>) -> Result<T> {
        if let Some(program) = &self.program {
            match program.code(self.ctx) {
                Ok(code) => match submit(&code) {
                    Err(error) if Failure::kind_of(&error) == FailureKind::WrongCode => {
                        message::debug(self.ctx, || sanitize::shown(&format!("{error:#}")));
                        terminal.line("AWS refused the code of `mfa_process`: type one");
                    }
                    done => return done,
                },
                Err(why) => terminal.line(&format!("{why}; type the code")),
            }
        }
        let hidden = terminal.hide()?;
        let mut refused = 0;
        let question = format!("MFA code of {} for {}, Ctrl-C to leave it:", self.serial(), self.purpose);
        loop {
            let Some(typed) = hidden.ask(&question, PATIENCE)? else {
                return Err(self.declined("nobody gave a code").into());
            };
            let Some(code) = mfa_device::code(typed.reveal()) else {
                terminal.line("that is no code: a code has six digits");
                continue;
            };
            match submit(&code) {
                Err(error) if Failure::kind_of(&error) == FailureKind::WrongCode => {
                    message::debug(self.ctx, || sanitize::shown(&format!("{error:#}")));
                    refused += 1;
                    if refused == TRIES {
                        return Err(self.declined(&format!("AWS refused {TRIES} codes")).into());
                    }
                    terminal.line("AWS refused this code: each is good for one use, wait for the next");
                }
                done => return done,
            }
        }
    }

    fn declined(&self, why: &str) -> Failure {
        Failure::new(format!("could not log in with the MFA device {}: {why}", self.serial()))
            .hint(format!("run `{}` to try again", self.command()))
            .kind(FailureKind::Declined)
    }

    fn without_code(&self, why: &str) -> Failure {
        Failure::new(format!("could not log in with the MFA device {}: {why}", self.serial()))
            .hint(format!("run `{}` in a terminal to type a code", self.command()))
            .kind(FailureKind::LoginNeeded)
    }

    fn without_terminal(&self, how: Option<&LoginOptions>) -> Failure {
        if how.is_none() {
            return self.device.needed(self.profile);
        }
        Failure::new(format!(
            "could not log in with the MFA device {} for profile `{}`: there is no terminal to ask on",
            self.serial(),
            sanitize::shown(self.profile)
        ))
        .hint(format!("run `{}` in a terminal, or add `--mfa-code` with the code", self.command()))
        .kind(FailureKind::LoginNeeded)
    }

    fn serial(&self) -> String {
        sanitize::shown(&self.device.serial)
    }

    fn command(&self) -> String {
        sanitize::shown(&format!("awsenv login --profile {}", shell_words::quote(self.profile)))
    }
}
