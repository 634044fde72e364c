//! `awsenv exec --each PATTERN… -- CMD`: the command in many profiles, some at a time.
//!
//! A person first confirms the guarded profiles and logs in, once for all; after that nobody is asked. If a
//! profile cannot be loaded, that is its outcome, and the others run.

mod jobs;

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};

use anyhow::Result;
use signal_hook::low_level;

use super::ExecOptions;
use super::child::Stream;
use super::outcome::{self, Outcome};
use super::ready::{self, ConsentAndLogin};
use crate::commands::exit::Exit;
use crate::load::list_confirmation;
use crate::load::plan::{KeyLocation, LoadPlan};
use crate::load::profile_patterns::ProfilePatterns;
use crate::login::LoginOptions;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::system::{files, interrupt};
use crate::values::target_name::TargetName;
use jobs::{Candidate, Jobs};

/// `--each`: in which profiles the command runs, and how its output is shown.
#[derive(Clone, Debug, Default)]
pub struct EachOptions {
    /// Patterns of the profiles' names; one with `!` in front leaves out what it fits.
    pub patterns: Vec<String>,
    /// How many commands run at the same time (1 to 256).
    pub jobs: usize,
    /// Print the output of each profile in one piece.
    pub group: bool,
    /// Print one JSON object per profile.
    pub json: bool,
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
    let command = (program.to_owned(), args.to_vec());
    let jobs = Jobs::new((ctx, clean, settings), (with, each), command, candidates)?;
    let outcomes = jobs.run()?;
    if !each.json {
        jobs.stage.print(Stream::Error, outcome::table(&outcomes).as_bytes());
    }
    jobs.forwarding.end();
    interrupt::wait_for_deferred();
    files::wait_for_writes();
    if let Some(signal) = jobs.forwarding.ending() {
        let _ = low_level::emulate_default_handler(signal);
    }
    Ok(if outcomes.iter().all(Outcome::is_success) { Exit::Success } else { Exit::Failure })
}

/// Resolves the profiles that fit, and asks for a confirmation of the guarded ones.
fn candidates(
    clean: &CleanContext,
    settings: &Settings,
    with: &ExecOptions,
    patterns: &ProfilePatterns,
) -> Result<Vec<Candidate>> {
    let config = clean.config()?;
    let names: Vec<_> =
        config.profiles().map(|profile| profile.name).filter(|name| patterns.fit(name)).collect();
    if names.is_empty() {
        return Err(patterns.none().into());
    }
    let resolve = |name: &str| {
        let profile = TargetName::Profile(name.to_owned());
        let target = LoadPlan::of_name(clean, settings, &profile, with.region.as_deref())?;
        target.assuming(clean, settings, with.role.as_ref())
    };
    let targets: Vec<_> = names.iter().map(|name| resolve(name)).collect();
    let found: Vec<_> = targets.iter().map(|target| target.as_ref().ok()).collect();
    let confirmed = list_confirmation::check(clean, &found, &with.confirm)?;
    let all = names.iter().zip(targets).zip(confirmed);
    Ok(all.map(|((name, target), is_confirmed)| Candidate::new(clean, name, target, is_confirmed)).collect())
}

/// Gets the keys of one profile per login, so that a person is asked once for each login and before anything
/// runs.
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
            candidate.get_early(|target, consent| {
                let asking = ConsentAndLogin { login: login.as_ref(), consent };
                ready::of_target(clean, settings, with, target.clone(), &asking)
            });
        }
    }
}
