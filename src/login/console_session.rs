//! The sessions of `aws login`: a user or a role's session at the AWS console, as `login_session` names it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::cache::console_login::{self, ConsoleLoginEntry};
use crate::cache::key;
use crate::failure::{Failure, FailureKind};
use crate::login::command::command;
use crate::login::marker;
use crate::system::context::Context;
use crate::text::sanitize;

/// The session that credentials come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleSession {
    /// The ARN of the user or of the role's session, as `login_session` says it.
    pub arn: String,
    /// The name of its file, without `.json`, and of the lock and the marker of whoever logs in.
    pub key: String,
    /// The profile that names it.
    pub profile: String,
}

impl ConsoleSession {
    /// Returns the session that a profile names.
    pub fn new(arn: &str, profile: &str) -> Self {
        Self { arn: arn.to_owned(), key: key::login_session(arn), profile: profile.to_owned() }
    }

    /// Returns its login in the cache, alive or expired.
    pub fn kept(&self, ctx: &Context) -> Option<ConsoleLoginEntry> {
        console_login::read(ctx, &self.arn)
    }

    /// Returns its login in the cache if the keys in it have not expired.
    pub fn alive(&self, ctx: &Context) -> Option<ConsoleLoginEntry> {
        self.kept(ctx).filter(|entry| entry.credentials.lasts(ctx.now(), TimeDelta::seconds(1)))
    }

    /// Returns the error that a person must log in, for this reason.
    pub fn needed(&self, reason: &str) -> Failure {
        Failure::new(format!("could not load profile `{}`: {reason}", sanitize::shown(&self.profile)))
            .hint(format!("run `{}`", self.command()))
            .kind(FailureKind::LoginNeeded)
    }

    /// Returns the error that a person must log in, since there is no login.
    pub fn missing(&self, ctx: &Context) -> Failure {
        let what = if marker::is_logged_out(ctx, &self.key) {
            "you logged out of"
        } else {
            "you are not logged in to"
        };
        self.needed(&format!("{what} {}", self.shown()))
    }

    /// Returns its name for messages.
    pub fn shown(&self) -> String {
        sanitize::shown(&self.arn)
    }

    /// Returns the command that logs in to it.
    pub fn command(&self) -> String {
        command(None, Some(&self.profile))
    }
}
