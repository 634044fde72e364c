//! `awsenv exec --each PATTERN… -- CMD`: the command in many profiles, some at a time.
//!
//! First a person confirms what is guarded and logs in where it must be, once for all; then nobody is asked
//! any more. A profile that cannot be loaded is an outcome like another, and the others run.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use chrono::TimeDelta;
use signal_hook::low_level;
use unicode_width::UnicodeWidthStr as _;

use super::child::{self, Stream};
use super::environment::environment;
use super::labelled::{Label, Labelled, Stage};
use super::outcome::{self, Captured, End, Outcome};
use super::own_files::OwnFiles;
use super::ready::{self, Asking, Consent, Ready};
use super::{ExecOptions, not_run};
use crate::cache::role;
use crate::commands::exit::Exit;
use crate::exports::clean_context::CleanContext;
use crate::failure::Failure;
use crate::load::list_confirmation;
use crate::load::plan::{KeyLocation, LoadPlan};
use crate::load::profile_patterns::ProfilePatterns;
use crate::load::resolved_profile;
use crate::login::LoginOptions;
use crate::settings::Settings;
use crate::shared_config;
use crate::system::context::Context;
use crate::system::files;
use crate::system::forwarding::Forwarding;
use crate::terminal::{colour, message, output};
use crate::text::sanitize;
use crate::values::target_name::TargetName;

/// In columns: longer names do not push the others' lines to the right.
const WIDEST: usize = 40;

/// In which profiles, and how their output is shown.
#[derive(Clone, Debug, Default)]
pub struct EachOptions {
    /// Patterns of their names; with `!` of those that are left out.
    pub patterns: Vec<String>,
    /// How many commands run at the same time.
    pub jobs: usize,
    /// Print the output of each profile in one piece.
    pub group: bool,
    /// Print an object for each profile.
    pub json: bool,
}

/// A profile that fits.
struct Candidate {
    name: String,
    /// What it comes to, or why it cannot be loaded.
    target: Result<LoadPlan>,
    is_confirmed: bool,
    /// What was got while a person could still be asked.
    early: Mutex<Option<Result<Ready>>>,
}

/// What all threads share.
struct Run<'a> {
    ctx: &'a Context,
    clean: CleanContext,
    settings: Settings,
    with: &'a ExecOptions,
    each: &'a EachOptions,
    command: (&'a OsStr, &'a [OsString]),
    forwarding: Forwarding,
    stage: Stage,
    width: usize,
}

/// Runs the command in each profile that fits. Returns [`Exit::Success`] if all of them succeeded. Errors: no
/// profile fits, or a person did not confirm; then nothing was run.
pub(super) fn run(
    ctx: &Context,
    with: &ExecOptions,
    each: &EachOptions,
    program: &OsStr,
    args: &[OsString],
) -> Result<Exit> {
    let patterns = ProfilePatterns::new(&each.patterns)?;
    let settings = Settings::load(ctx)?;
    let clean = CleanContext::new(ctx);
    let candidates = candidates(&clean, &settings, with, &patterns)?;
    log_in(&clean, &settings, with, &candidates);
    let widest = candidates.iter().map(|candidate| sanitize::shown(&candidate.name).width()).max();
    let run = Run {
        ctx,
        clean,
        settings,
        with,
        each,
        command: (program, args),
        forwarding: Forwarding::begin_for_many()?,
        stage: Stage::default(),
        width: widest.unwrap_or_default().min(WIDEST),
    };
    let outcomes = run.all(&candidates);
    if !each.json {
        run.stage.print(Stream::Error, outcome::table(&outcomes).as_bytes());
    }
    files::wait_for_writes();
    if let Some(signal) = run.forwarding.ending() {
        let _ = low_level::emulate_default_handler(signal);
    }
    run.forwarding.end();
    Ok(if outcomes.iter().all(Outcome::is_success) { Exit::Success } else { Exit::Failure })
}

/// Resolves the profiles that fit, and has those confirmed that are guarded.
fn candidates(
    clean: &CleanContext,
    settings: &Settings,
    with: &ExecOptions,
    patterns: &ProfilePatterns,
) -> Result<Vec<Candidate>> {
    let marks = resolved_profile::marks(clean)?;
    let config = shared_config::load(clean)?;
    let names: Vec<_> =
        config.profiles().map(|profile| profile.name).filter(|name| patterns.fit(name)).collect();
    if names.is_empty() {
        return Err(patterns.none().into());
    }
    let resolve = |name: &str| {
        let profile = TargetName::Profile(name.to_owned());
        let target = LoadPlan::of_name(clean, settings, &profile, with.region.as_deref(), &marks)?;
        target.assuming(clean, settings, with.role.as_ref())
    };
    let targets: Vec<_> = names.iter().map(|name| resolve(name)).collect();
    let found: Vec<_> = targets.iter().map(|target| target.as_ref().ok()).collect();
    let confirmed = list_confirmation::check(clean, &found, &with.confirm)?;
    let candidates = names.iter().zip(targets).zip(confirmed).map(|((name, target), is_confirmed)| {
        Candidate { name: (*name).to_owned(), target, is_confirmed, early: Mutex::default() }
    });
    Ok(candidates.collect())
}

/// Gets the keys of one profile of each login, for which a person may be asked.
fn log_in(clean: &CleanContext, settings: &Settings, with: &ExecOptions, candidates: &[Candidate]) {
    let login = LoginOptions::of(settings);
    let mut tried = HashSet::new();
    for candidate in candidates {
        let Ok(target) = &candidate.target else { continue };
        let is_here = !with.is_narrowed() && matches!(target.keys(clean), Ok(KeyLocation::Ready(_)));
        let mut is_new = false;
        if !is_here {
            for key in target.resolved_profile.login_keys() {
                is_new |= tried.insert(key.to_owned());
            }
        }
        if is_new {
            let asking = Asking { login: login.as_ref(), consent: Consent::Before(candidate.is_confirmed) };
            let ready = ready::of_target(clean, settings, with, target.clone(), &asking);
            *candidate.early.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
        }
    }
}

impl Run<'_> {
    fn all(&self, candidates: &[Candidate]) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let outcomes: Vec<_> = candidates
            .iter()
            .map(|candidate| {
                Mutex::new(Outcome::new(&self.clean, &candidate.name, candidate.target.as_ref().ok()))
            })
            .collect();
        thread::scope(|scope| {
            for _ in 0..self.each.jobs.min(candidates.len()) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(candidate), Some(outcome)) = (candidates.get(index), outcomes.get(index))
                        else {
                            break;
                        };
                        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                        self.one(candidate, &mut outcome);
                    }
                });
            }
        });
        outcomes
            .into_iter()
            .map(|outcome| outcome.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }

    fn one(&self, candidate: &Candidate, outcome: &mut Outcome) {
        let mut captured = Captured::default();
        if self.forwarding.ending().is_none() && !self.stage.is_closed() {
            outcome.end = match self.ready(candidate) {
                Ok(ready) => self.command(candidate, &ready, outcome, &mut captured),
                Err(error) => self.not_loaded(&error),
            };
        }
        if self.each.json {
            self.stage.print(Stream::Output, outcome.json(&captured).as_bytes());
        }
    }

    fn ready(&self, candidate: &Candidate) -> Result<Ready> {
        let early = candidate.early.lock().unwrap_or_else(PoisonError::into_inner).take();
        match early {
            Some(Ok(ready)) if self.lasts(&ready) => return Ok(ready),
            Some(Err(error)) => return Err(error),
            _ => {}
        }
        let target = match &candidate.target {
            Ok(target) => target.clone(),
            Err(error) => {
                let hint = Failure::hint_of(error).unwrap_or_default();
                return Err(Failure::new(format!("{error:#}")).hint(hint).into());
            }
        };
        let asking = Asking { login: None, consent: Consent::Before(candidate.is_confirmed) };
        ready::of_target(&self.clean, &self.settings, self.with, target, &asking)
    }

    /// Returns whether the keys are as good as new ones.
    fn lasts(&self, ready: &Ready) -> bool {
        let least = self.with.min_ttl.unwrap_or(role::WINDOW).max(TimeDelta::seconds(1));
        ready.credentials.as_ref().is_none_or(|keys| keys.lasts(self.clean.now(), least))
    }

    fn not_loaded(&self, error: &anyhow::Error) -> End {
        if !self.each.json {
            message::error(self.ctx, error);
        }
        let hint = Failure::hint_of(error).map_or(String::new(), |hint| format!("; {hint}"));
        End::NotRun(Exit::NotRun.code(), sanitize::shown_up_to(1000, &format!("{error:#}{hint}")))
    }

    fn command(
        &self,
        candidate: &Candidate,
        ready: &Ready,
        outcome: &mut Outcome,
        captured: &mut Captured,
    ) -> End {
        let Ready { target, credentials, like } = ready;
        *outcome = Outcome::new(&self.clean, &candidate.name, Some(target));
        if let Some(account) = credentials.as_ref().and_then(|keys| keys.account.clone()) {
            outcome.account = Some(account);
        }
        let mut env = environment(&self.clean, target, credentials.as_ref(), None);
        let files =
            match self.with.is_narrowed().then(|| OwnFiles::new(&self.clean, target, like)).transpose() {
                Ok(files) => files,
                Err(error) => return self.not_loaded(&error),
            };
        if let Some(files) = &files {
            files.point_to(&mut env, true);
        }
        let (program, args) = self.command;
        let run =
            |take: &mut dyn FnMut(Stream, &[u8])| child::run(program, args, &env, &self.forwarding, take);
        let status = if self.each.json {
            run(&mut |stream, bytes| captured.take(stream, bytes))
        } else {
            let label = self.label(candidate, target);
            let mut lines = Labelled::new(&self.stage, &label, self.each.group);
            let status = run(&mut |stream, bytes| lines.take(stream, bytes));
            lines.end();
            status
        };
        match status {
            Ok(status) => End::Status(status),
            Err(error) => {
                let (exit, text) = not_run(self.ctx, program, &error);
                if !self.each.json {
                    message::failure(self.ctx, &text);
                }
                End::NotRun(exit.code(), text)
            }
        }
    }

    fn label(&self, candidate: &Candidate, target: &LoadPlan) -> Label {
        let name: String = sanitize::shown(&candidate.name).chars().take(WIDEST).collect();
        let padding = " ".repeat(self.width.saturating_sub(name.width()));
        let colour = target.colour(&self.clean, &self.settings, target.is_guarded(&self.clean, None));
        let prefix = |is_coloured: bool| {
            let name = colour::painted(colour.filter(|_| is_coloured), &name);
            format!("{name}{padding} | ").into_bytes()
        };
        Label {
            prefix: [prefix(output::is_coloured(self.ctx)), prefix(message::is_coloured(self.ctx))],
            is_terminal: [std::io::stdout().is_terminal(), std::io::stderr().is_terminal()],
        }
    }
}
