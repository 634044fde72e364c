//! The commands of many profiles, some at a time, while the keys of those that come next are fetched.
//!
//! Threads that only fetch are not waited for: after Ctrl-C it counts only that the commands have ended.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use unicode_width::UnicodeWidthStr as _;

use super::EachOptions;
use crate::cache::role;
use crate::commands::exec::child::{self, Stream};
use crate::commands::exec::environment::environment;
use crate::commands::exec::labelled::{Label, Labelled, Stage};
use crate::commands::exec::outcome::{Captured, End, Outcome};
use crate::commands::exec::own_files::OwnFiles;
use crate::commands::exec::ready::{self, Consent, ConsentAndLogin, Ready};
use crate::commands::exec::{ExecOptions, not_run};
use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::load::plan::LoadPlan;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::system::forwarding::Forwarding;
use crate::terminal::{colour, message, output};
use crate::text::sanitize;

/// In columns. A longer name is cut, so that it does not push the lines of others to the right.
const WIDEST: usize = 40;

/// How often to look whether the commands have ended after a signal.
const LOOK: Duration = Duration::from_millis(100);

/// Keys that were fetched within this time are not fetched again, even if they expire soon.
const FRESH: Duration = Duration::from_mins(1);

/// A profile that fits.
pub(super) struct Candidate {
    name: String,
    /// What would be loaded, or why it cannot be.
    pub(super) target: Result<LoadPlan>,
    is_confirmed: bool,
    /// The keys that were fetched before its turn, and when. Locked during the fetch.
    early: Mutex<Option<(Instant, Result<Ready>)>>,
    /// Whether its turn has come.
    has_begun: AtomicBool,
    outcome: Mutex<Outcome>,
    is_told: AtomicBool,
}

/// What all threads share.
pub(super) struct Jobs {
    ctx: Context,
    clean: CleanContext,
    settings: Settings,
    with: ExecOptions,
    each: EachOptions,
    program: OsString,
    args: Vec<OsString>,
    candidates: Vec<Candidate>,
    pub(super) forwarding: Forwarding,
    pub(super) stage: Stage,
    next: AtomicUsize,
    width: usize,
}

impl Candidate {
    /// Takes a profile of this name, and whether a person has confirmed it.
    pub(super) fn new(ctx: &CleanContext, name: &str, target: Result<LoadPlan>, is_confirmed: bool) -> Self {
        let outcome = Mutex::new(Outcome::new(ctx, name, target.as_ref().ok()));
        let name = name.to_owned();
        let (has_begun, is_told) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { name, target, is_confirmed, early: Mutex::default(), has_begun, outcome, is_told }
    }

    /// Gets its keys with `get` while a person can still be asked.
    pub(super) fn get_early(&self, get: impl FnOnce(&LoadPlan, Consent<'_>) -> Result<Ready>) {
        if let Ok(target) = &self.target {
            let ready = get(target, Consent::Before(self.is_confirmed));
            *lock(&self.early) = Some((Instant::now(), ready));
        }
    }
}

impl Jobs {
    /// Prepares to run the command in these profiles.
    pub(super) fn new(
        (ctx, clean, settings): (&Context, CleanContext, Settings),
        (with, each): (&ExecOptions, &EachOptions),
        (program, args): (OsString, Vec<OsString>),
        candidates: Vec<Candidate>,
    ) -> Result<Arc<Self>> {
        let widest = candidates.iter().map(|candidate| sanitize::shown(&candidate.name).width()).max();
        Ok(Arc::new(Self {
            ctx: ctx.clone(),
            clean,
            settings,
            with: with.clone(),
            each: each.clone(),
            program,
            args,
            candidates,
            forwarding: Forwarding::begin_for_many()?,
            stage: Stage::default(),
            next: AtomicUsize::new(0),
            width: widest.unwrap_or_default().min(WIDEST),
        }))
    }

    /// Runs all, and returns how they ended, in order. An error if no thread could be started.
    pub(super) fn run(self: &Arc<Self>) -> Result<Vec<Outcome>> {
        let (works, finished) = mpsc::channel::<()>();
        let count = self.each.jobs.min(self.candidates.len());
        for number in 0..count {
            let (jobs, works) = (Arc::clone(self), works.clone());
            let started = thread::Builder::new().spawn(move || {
                jobs.work();
                drop(works);
            });
            if number == 0 {
                started.context("could not start a thread")?;
            }
        }
        drop(works);
        while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(LOOK) {
            if self.forwarding.ending().is_some() && self.forwarding.is_idle() {
                // What the last one printed is about to be written.
                thread::sleep(LOOK);
                break;
            }
        }
        self.candidates.iter().for_each(|candidate| self.tell(candidate, &Captured::default()));
        Ok(self.candidates.iter().map(|candidate| lock(&candidate.outcome).clone()).collect())
    }

    fn work(self: &Arc<Self>) {
        while let Some(candidate) = self.candidates.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let mut captured = Captured::default();
            if self.forwarding.ending().is_none() && !self.stage.is_closed() {
                let end = match self.ready(candidate) {
                    Ok(ready) => self.command(candidate, &ready, &mut captured),
                    Err(error) => self.not_loaded(&error),
                };
                lock(&candidate.outcome).end = end;
            }
            self.tell(candidate, &captured);
        }
    }

    fn tell(&self, candidate: &Candidate, captured: &Captured) {
        if self.each.json && !candidate.is_told.swap(true, Ordering::Relaxed) {
            let object = lock(&candidate.outcome).json(captured);
            self.stage.print(Stream::Output, object.as_bytes());
        }
    }

    /// Fetches the keys of the profile whose turn comes when one of those that run now has ended.
    fn fetch_ahead(self: &Arc<Self>) {
        let index = self.next.load(Ordering::Relaxed);
        let ahead = index..index + self.each.jobs;
        let is_free = |index: &usize| {
            let candidate = self.candidates.get(*index)?;
            let early = candidate.early.try_lock().ok()?;
            (early.is_none() && !candidate.has_begun.load(Ordering::Relaxed)).then_some(*index)
        };
        let Some(index) = ahead.into_iter().find_map(|index| is_free(&index)) else { return };
        let jobs = Arc::clone(self);
        // Without a thread, its turn fetches them.
        let _ = thread::Builder::new().spawn(move || {
            let candidate = &jobs.candidates[index];
            let mut early = lock(&candidate.early);
            if early.is_none() && !candidate.has_begun.load(Ordering::Relaxed) {
                *early = Some((Instant::now(), jobs.fetch(candidate)));
            }
        });
    }

    fn ready(self: &Arc<Self>, candidate: &Candidate) -> Result<Ready> {
        let mut early = lock(&candidate.early);
        candidate.has_begun.store(true, Ordering::Relaxed);
        match early.take() {
            Some((when, Ok(ready))) if when.elapsed() < FRESH || self.lasts(&ready) => Ok(ready),
            Some((_, Err(error))) => Err(error),
            _ => {
                drop(early);
                self.fetch(candidate)
            }
        }
    }

    fn fetch(&self, candidate: &Candidate) -> Result<Ready> {
        let target = match &candidate.target {
            Ok(target) => target.clone(),
            Err(error) => {
                let failure = Failure::new(format!("{error:#}"));
                let hint = Failure::hint_of(error).map(str::to_owned);
                return Err(Failure { hint, ..failure }.into());
            }
        };
        let asking = ConsentAndLogin { login: None, consent: Consent::Before(candidate.is_confirmed) };
        ready::of_target(&self.clean, &self.settings, &self.with, target, &asking)
    }

    fn lasts(&self, ready: &Ready) -> bool {
        let least = self.with.min_ttl.unwrap_or(role::WINDOW);
        ready.credentials.as_ref().is_none_or(|keys| keys.lasts(self.clean.now(), least))
    }

    fn not_loaded(&self, error: &anyhow::Error) -> End {
        if !self.each.json {
            message::error(&self.ctx, error);
        }
        let hint = Failure::hint_of(error).map_or(String::new(), |hint| format!("; {hint}"));
        End::NotRun(Exit::NotRun.code(), sanitize::shown_up_to(1000, &format!("{error:#}{hint}")))
    }

    fn command(self: &Arc<Self>, candidate: &Candidate, ready: &Ready, captured: &mut Captured) -> End {
        let Ready { target, credentials, like } = ready;
        let mut outcome = Outcome::new(&self.clean, &candidate.name, Some(target));
        if let Some(account) = credentials.as_ref().and_then(|keys| keys.account.clone()) {
            outcome.account = Some(account);
        }
        *lock(&candidate.outcome) = outcome;
        let mut env = environment(&self.clean, target, credentials.as_ref(), None);
        let files = self.with.is_narrowed().then(|| OwnFiles::new(&self.clean, target, like));
        let files = match files.transpose() {
            Ok(files) => files,
            Err(error) => return self.not_loaded(&error),
        };
        if let Some(files) = &files {
            files.point_to(&mut env, true);
        }
        let begun = || self.fetch_ahead();
        let run = |take: &mut dyn FnMut(Stream, &[u8])| {
            child::run(&self.program, &self.args, &env, &self.forwarding, begun, take)
        };
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
            Err(error) if error.kind() == io::ErrorKind::Interrupted => End::NotStarted,
            Err(error) => {
                let (exit, text) = not_run(&self.ctx, &self.program, &error);
                if !self.each.json {
                    message::failure(&self.ctx, &text);
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
            prefix: [prefix(output::is_coloured(&self.ctx)), prefix(message::is_coloured(&self.ctx))],
            is_terminal: [io::stdout().is_terminal(), io::stderr().is_terminal()],
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
