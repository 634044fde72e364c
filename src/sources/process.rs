//! Keys that a program of the user's prints.
//!
//! ```ini
//! [profile vault]
//! credential_process = /opt/bin/vault-keys --account "acme dev"
//! ```
//!
//! As the AWS CLI 2.36 does it: the line, in either of the two files, is split like Python's `shlex`, and no
//! shell sees it, so `~`, `$HOME` and `|` mean nothing. Unlike there, the program has this process's standard
//! input and standard error, so that it can ask a person, and a limit of time; credentials that expire are
//! kept in awsenv's own cache.
//!
//! A line of awsenv's own, `awsenv keys get NAME`, is not run: the keyring is read here.
//!
//! Messages show the program's name, and nothing else of the line or of what the program prints.

mod answer;
mod chain;
pub mod keyring_keys;

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store, mfa_session};
use crate::cache::key;
use crate::failure::{Failure, FailureKind};
use crate::keyring;
use crate::shared_config::CleanContext;
use crate::shared_config::Property;
use crate::shared_config::profile::ProfileKind;
use crate::system::child::{self, ChildError, Input};
use crate::terminal::slow_notice::SlowNotice;
use crate::text::{python_words, sanitize};
use keyring_keys::KeyringKeys;

/// How long a program may take if standard input is a terminal, so that it can ask a person: as long as a
/// login.
const PATIENCE_WITH_A_PERSON: Duration = Duration::from_mins(10);

/// How long it may take where there is nobody to ask; the SDK for Go waits as long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A `credential_process`.
pub struct Process;

impl Source for Process {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let profile = query.profile;
        let line = profile.require("credential_process")?;
        let place = profile.get("credential_process").as_ref().map(Property::place).unwrap_or_default();
        let name = sanitize::shown(profile.name);
        let unusable = |why: &str, hint: &str| {
            Failure::new(format!(
                "could not use the profile `{name}`: its `credential_process` ({place}) {why}"
            ))
            .hint(hint)
        };
        let words = python_words::split(line).ok_or_else(|| {
            unusable("has a quote that is not closed", "close the quote, or put `\\` before it")
        })?;
        let Some((program, args)) = words.split_first().filter(|(program, _)| !program.is_empty()) else {
            return Err(unusable("names no program", "write the program's path first").into());
        };
        chain::check(query.ctx, profile.name).map_err(|round| {
            unusable(
                &format!("leads round in a circle: {round}"),
                "let one of them name a program that does not need it",
            )
        })?;
        let key = key::process(query.config.config().path(), profile.name, line);
        let resolution = Resolution::of_keys(ProfileKind::Process, Store::OwnCache(key));
        if let Some(name) = keyring::name_in(line) {
            return mfa_session::over(query, Box::new(KeyringKeys::new(resolution, &name)));
        }
        let (program, args) = (program.clone(), args.to_vec());
        Ok(Box::new(ProcessCommand { resolution, program, args, profile: profile.name, place }))
    }
}

struct ProcessCommand<'a> {
    resolution: Resolution,
    program: String,
    args: Vec<String>,
    profile: &'a str,
    /// `path:line` of the key.
    place: String,
}

impl ConfiguredSource for ProcessCommand<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let path = ctx.env.get("PATH").unwrap_or_default();
        let here = ctx.cwd.as_deref().unwrap_or(Path::new("/"));
        let program = which::which_in(&self.program, Some(path), here).map_err(|_| {
            let places = if self.program.contains('/') {
                "is not there, or cannot be executed"
            } else {
                "is not on the PATH"
            };
            self.failure(places, "install it, or write its whole path; `~` and `$` mean nothing there")
        })?;
        let bound = if std::io::stdin().is_terminal() { PATIENCE_WITH_A_PERSON } else { PATIENCE };
        let slow = SlowNotice::start(ctx, &format!("`{}`", self.name()));
        let answer =
            child::run(&program, &self.args, &chain::environment(ctx, self.profile), Input::Shared, bound);
        drop(slow);
        let answer = answer.map_err(|trouble| self.explain(&trouble))?;
        let credentials = answer::read(&answer, ctx.now()).map_err(|why| {
            let hint =
                "it must print the JSON that the AWS SDKs expect of a `credential_process`, and nothing else";
            self.failure(&why, hint).kind(FailureKind::Unreachable)
        })?;
        Ok(Fetched::Keys(credentials))
    }
}

impl ProcessCommand<'_> {
    /// Returns the program's name as people say it.
    fn name(&self) -> String {
        let path = Path::new(&self.program);
        sanitize::shown(
            &path
                .file_name()
                .map_or_else(|| self.program.clone(), |name| name.to_string_lossy().into_owned()),
        )
    }

    fn failure(&self, why: &str, hint: &str) -> Failure {
        let (profile, name) = (sanitize::shown(self.profile), self.name());
        Failure::new(format!(
            "could not get the credentials of profile `{profile}`: its `credential_process` `{name}` ({}) {why}",
            self.place
        ))
        .hint(hint)
    }

    /// A program that ran and failed may work later: as [`FailureKind::Unreachable`], with a pause before a
    /// prompt tries again.
    fn explain(&self, trouble: &ChildError) -> Failure {
        let why = trouble.to_string();
        match trouble {
            ChildError::NotStarted(_) => {
                self.failure(&why, "it must be a program, or a script with `#!` in its first line")
            }
            _ => self
                .failure(&why, "run it by hand to see why, then `awsenv reload`")
                .kind(FailureKind::Unreachable),
        }
    }
}
