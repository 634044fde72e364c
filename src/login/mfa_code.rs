//! A login with a code of an MFA device, under the same rules as one to Identity Center: one process asks,
//! the others wait or give up, and a decline is remembered.

use anyhow::Result;

use super::{LoginOptions, PATIENCE, Subject};
use crate::failure::{Failure, FailureKind};
use crate::login::command::command;
use crate::login::mfa_device::{self, MfaDevice};
use crate::login::mfa_program::MfaProgram;
use crate::login::person_login::{PersonLogin, StandIn, Told};
use crate::system::context::Context;
use crate::terminal::Terminal;
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::secret::Secret;

/// How many codes AWS may refuse before the person is no longer asked.
const TRIES: usize = 3;

/// A login with a code.
pub struct CodeLogin<'a> {
    /// The process's environment.
    pub ctx: &'a Context,
    /// The device.
    pub device: &'a MfaDevice,
    /// The profile that needs the code.
    pub profile: &'a str,
    /// The profile, account and role that the code is for, in words.
    pub purpose: String,
    /// The program that prints a code, so that no person is asked.
    pub program: Option<MfaProgram>,
}

impl CodeLogin<'_> {
    /// Returns what `submit` makes of a code: of `code`, if it was given beforehand, else of the one that the
    /// program prints, else of one that a person types, asked as `how` says. If another process is asking
    /// already, waits until `done` finds the result. Errors besides those of `submit`:
    ///
    /// - [`FailureKind::LoginNeeded`]: there is no code, and nobody to ask;
    /// - [`FailureKind::UnderWay`]: another process is asking, and this one does not wait;
    /// - [`FailureKind::Declined`]: the person said no, or nothing for ten minutes, or AWS refused three
    ///   codes.
    pub fn run<T>(
        &self,
        how: Option<&LoginOptions>,
        code: Option<&Secret>,
        done: impl Fn() -> Option<T>,
        submit: impl Fn(&Secret) -> Result<T>,
    ) -> Result<T> {
        if how.is_none() && code.is_none() {
            return Err(self.needed().into());
        }
        let login = PersonLogin {
            ctx: self.ctx,
            subject: Subject::device(self.ctx, self.device, self.profile),
            told: self,
            pass_by: how.is_some_and(LoginOptions::passes_by),
            terminal: how.and_then(LoginOptions::terminal),
        };
        let from_program = |program: &MfaProgram| {
            let code = program.code(self.ctx).map_err(|why| self.without_code(&why))?;
            submit(&code)
        };
        let answer = match (code, &self.program) {
            (Some(code), _) => StandIn::Given(&|| submit(code)),
            (None, Some(program)) => StandIn::WithoutTerminal(&|| from_program(program)),
            (None, None) => StandIn::Unknown,
        };
        login.run(done, answer, |terminal| self.converse(terminal, &submit), |_| ())
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

    fn serial(&self) -> String {
        sanitize::shown(&self.device.serial)
    }

    fn command(&self) -> String {
        command(None, Some(self.profile))
    }
}

impl Told for CodeLogin<'_> {
    fn needed(&self) -> Failure {
        self.device.needed(self.profile)
    }

    fn without_terminal(&self) -> Failure {
        Failure::new(format!(
            "could not log in with the MFA device {} for profile `{}`: there is no terminal to ask on",
            self.serial(),
            sanitize::shown(self.profile)
        ))
        .hint(format!("run `{}` in a terminal, or add `--mfa-code` with the code", self.command()))
        .kind(FailureKind::LoginNeeded)
    }
}
