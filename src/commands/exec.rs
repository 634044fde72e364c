//! `awsenv exec [-p PROFILE] -- CMD…`: replaces itself with a command in a clean AWS environment. With
//! `--serve` it stays, and hands out credentials while the command runs.

mod serve;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use chrono::TimeDelta;

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::exports::bookkeeping;
use crate::exports::change::{self, Side, Value};
use crate::exports::clean_context::CleanContext;
use crate::exports::mode::Export;
use crate::exports::variable::{self, STATE};
use crate::failure::{Failure, FailureKind};
use crate::load::confirmation::TypedConfirmation;
use crate::load::for_command::CommandProfile;
use crate::load::plan::LoadPlan;
use crate::load::resolved_profile::{self, ResolvedProfile};
use crate::load::{choose_profile, recent_profiles};
use crate::login::LoginOptions;
use crate::settings::Settings;
use crate::shared_config::profile::ProfileKind;
use crate::sources::exec_role_index;
use crate::system::context::Context;
use crate::system::core_dump;
use crate::system::environment::Environment;
use crate::terminal::{message, text_input};
use crate::text::duration as span;
use crate::text::{digest, sanitize};
use crate::values::credentials::Credentials;
use crate::values::role_arn;
use crate::values::role_arn::RoleArgument;
use crate::values::secret::Secret;
use crate::values::target_name::TargetName;
use serve::Attended;

/// Reads `--min-ttl`.
pub fn duration(text: &str) -> Result<TimeDelta, String> {
    span::parse(text).ok_or_else(|| "write a number and `s`, `m` or `h`: 90s, 30m, 1h".to_owned())
}

/// What a command is to run with.
#[derive(Clone, Debug, Default)]
pub struct ExecOptions {
    /// What is named; without it this folder's target counts.
    pub name: Option<TargetName>,
    /// The region, before any other.
    pub region: Option<String>,
    /// How long the credentials must last.
    pub min_ttl: Option<TimeDelta>,
    /// A code of the MFA device, if one is needed.
    pub mfa_code: Option<String>,
    /// A role to assume with the profile's credentials.
    pub role: Option<RoleArgument>,
    /// The account that is confirmed beforehand.
    pub confirm: Option<String>,
    /// Hand out the credentials as long as the command runs.
    pub serve: bool,
    /// Give the command rights to read only.
    pub read_only: bool,
}

/// Runs the command in the environment of the profile, or of this folder's `.awsenv`. Without `--serve` it
/// returns only if it could not: then nothing was run, and no inherited profile is fallen back on.
pub fn run(ctx: &Context, with: &ExecOptions, command: &[OsString]) -> Exit {
    let [program, args @ ..] = command else { return Exit::NotRun };
    let error = match run_ready(ctx, with, program, args) {
        Ok(Ok(exit)) => return exit,
        Ok(Err(error)) => error,
        Err(error) => {
            message::error(ctx, &error);
            return Exit::of(&error, Exit::NotRun);
        }
    };
    let (exit, text) = not_run(ctx, program, &error);
    message::failure(ctx, &text);
    exit
}

fn run_ready(
    ctx: &Context,
    with: &ExecOptions,
    program: &OsStr,
    args: &[OsString],
) -> Result<io::Result<Exit>> {
    let Ready { ctx: clean, target, credentials, like } = ready(ctx, with)?;
    if with.serve || with.read_only {
        // Of the user's own files the command could take more than it was given.
        let mut attended = Attended::new(&clean, &target, &like)?;
        if with.serve {
            let shown = target.resolved_profile.shown();
            let first = credentials
                .clone()
                .ok_or_else(|| Failure::new(format!("could not get credentials of {shown}")))?;
            attended = attended.serving(&clean, &target, first)?;
        }
        let values = attended.values();
        let values = values.as_ref().map(<[_; 2]>::as_slice);
        let mut env = environment(&clean, &target, credentials.as_ref(), values);
        attended.point_to_files(&mut env);
        if with.read_only {
            env.set("AWSENV_LOGIN", "never");
        }
        return attended.run(program, args, &env);
    }
    let env = environment(&clean, &target, credentials.as_ref(), None);
    message::debug(ctx, || "all is found: the command takes over".to_owned());
    core_dump::restore();
    Ok(Err(Command::new(program).args(args).env_clear().envs(env.iter()).exec()))
}

/// Says what makes the credentials of a target last longer, where anything does.
fn longer(target: &LoadPlan) -> String {
    let resolution = &target.resolved_profile.resolution;
    let role = sanitize::shown(resolution.role.as_deref().unwrap_or_default());
    match resolution.kind {
        ProfileKind::Sso => {
            format!(
                ", or have the session duration of the permission set `{role}` raised in IAM Identity Center"
            )
        }
        ProfileKind::Role if target.role.is_some() => {
            ": a role that is named with `--role-arn` lasts for an hour".to_owned()
        }
        ProfileKind::Role => format!(
            ", or raise `duration_seconds` of the profile and the maximum session duration of the role `{role}`; over another role an hour is the most"
        ),
        ProfileKind::WebIdentity => ": a role by web identity lasts for an hour".to_owned(),
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys
            if target.resolved_profile.device.is_some() =>
        {
            ", or raise `duration_seconds` of the profile and run `awsenv login --force`".to_owned()
        }
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys => {
            ", or get new keys with the program that wrote them".to_owned()
        }
        ProfileKind::Login => ": the keys of `aws login` last for 15 minutes".to_owned(),
        ProfileKind::Process => ", or have its `credential_process` print keys that last longer".to_owned(),
        ProfileKind::Other => ": the machine renews these keys by itself".to_owned(),
    }
}

/// Tells a command that is not there from one that cannot be executed.
fn not_run(ctx: &Context, program: &OsStr, error: &io::Error) -> (Exit, String) {
    let name = sanitize::shown(&program.to_string_lossy());
    if error.kind() != io::ErrorKind::NotFound {
        return (Exit::NotExecutable, format!("could not run `{name}`: {}", error.kind()));
    }
    let path = ctx.env.get("PATH").unwrap_or_default();
    let here = ctx.cwd.as_deref().unwrap_or(Path::new("/"));
    // The kernel says the same of a script whose interpreter is missing.
    if which::which_in(program, Some(path), here).is_ok() {
        return (Exit::NotExecutable, format!("could not run `{name}`: its interpreter does not exist"));
    }
    let place = if name.contains('/') { "" } else { " on the PATH" };
    (Exit::NotFound, format!("could not find the command `{name}`{place}"))
}

/// Resolves the profile that was named, or this folder's. Where neither says one, a person chooses.
fn command_profile(ctx: &Context, with: &ExecOptions) -> Result<CommandProfile> {
    let resolve = |name| CommandProfile::with_role(ctx, name, with.region.as_deref(), with.role.as_ref());
    let resolved = resolve(with.name.as_ref());
    match (&resolved, &with.name) {
        (Ok(_), Some(TargetName::Profile(name))) if text_input::is_possible(ctx) => {
            recent_profiles::note(ctx, name);
        }
        (Err(error), None)
            if Failure::kind_of(error) == FailureKind::NoEnvFile && text_input::is_possible(ctx) =>
        {
            let name = choose_profile::pick_profile(ctx, "", "name it with `--profile`")?;
            return resolve(Some(&TargetName::Profile(name)));
        }
        _ => {}
    }
    resolved
}

/// What was found, checked and confirmed.
struct Ready {
    ctx: CleanContext,
    target: LoadPlan,
    credentials: Option<Credentials>,
    /// The profile that was named, which may not be the one that is loaded.
    like: ResolvedProfile,
}

fn ready(ctx: &Context, with: &ExecOptions) -> Result<Ready> {
    let chosen = command_profile(ctx, with)?;
    let CommandProfile { ctx: clean, settings, mut target } = chosen.with_code(with.mfa_code.as_deref())?;
    if let Some(choice) = target.resolved_profile.choice.as_ref().filter(|_| !settings.quiet) {
        message::status(ctx, &choice.shown());
        choice.hint().iter().for_each(|hint| message::hint(ctx, hint));
    }
    let like = target.resolved_profile.clone();
    if !with.read_only {
        if with.serve {
            // A profile would lead to other files, and to other credentials.
            target.mode = Export::Keys;
        }
        let credentials = obtained(&clean, &settings, with, &target)?;
        return Ok(Ready { ctx: clean, target, credentials, like });
    }
    // Nobody logs in for a profile that would be refused.
    target.check_demands(&clean, None, false)?;
    let marks = resolved_profile::marks(&clean)?;
    for narrow in target.clone().read_only(&clean, &settings, &marks)? {
        match obtained(&clean, &settings, with, &narrow) {
            Err(error) if Failure::kind_of(&error) == FailureKind::NotAssigned => {
                message::debug(ctx, || format!("{error:#}"));
            }
            Err(error) => return Err(error),
            Ok(credentials) => return Ok(Ready { ctx: clean, target: narrow, credentials, like }),
        }
    }
    Err(target.no_sibling(&settings))
}

/// Gets the credentials, once a person has confirmed what the settings guard.
fn obtained(
    clean: &CleanContext,
    settings: &Settings,
    with: &ExecOptions,
    target: &LoadPlan,
) -> Result<Option<Credentials>> {
    let min_ttl = with.min_ttl;
    let mut confirmation = TypedConfirmation::new(clean, target, with.confirm.as_deref())?;
    confirmation.check(None)?;
    let least = min_ttl.unwrap_or(role::WINDOW);
    let credentials = target.obtain(clean, least, LoginOptions::of(settings).as_ref())?;
    if target.role.is_some() {
        exec_role_index::keep(
            clean,
            &target.resolved_profile.resolution,
            target.resolved_profile.device.as_ref(),
        );
    }
    target.check_demands(clean, credentials.as_ref(), true)?;
    // Whose the keys are may be known only now.
    confirmation.check(credentials.as_ref())?;
    if let Some((credentials, least)) = credentials.as_ref().zip(min_ttl)
        && !credentials.lasts(clean.now(), least)
    {
        let left =
            credentials.expiration.map_or(String::new(), |expiration| span::left(expiration - clean.now()));
        return Err(Failure::new(format!(
            "could not get credentials that last as long as `--min-ttl` asks: {left}"
        ))
        .hint(format!("ask for less{}", longer(target)))
        .into());
    }
    Ok(credentials)
}

/// Returns the environment for the command: the user's, with what the profile exports; or, in place of the
/// keys, what the credentials are `served` with. It is marked as pinned, so that hooks in shells below leave
/// it alone.
fn environment(
    clean: &CleanContext,
    target: &LoadPlan,
    credentials: Option<&Credentials>,
    served: Option<&[(char, Secret)]>,
) -> Environment {
    let origin = if target.role.is_some() { role_arn::ORIGIN } else { bookkeeping::EXEC };
    let mut wanted = target.wanted(credentials.filter(|_| served.is_none()), origin, "");
    for (code, text) in served.into_iter().flatten() {
        if let Some(variable) = variable::by_code(*code) {
            wanted.values.insert(*code, Value::new(variable, text.reveal()));
        }
    }
    let wanted = target.displaying(clean, wanted, credentials, None);
    let id = digest::of([wanted.plan.as_bytes()], 8);
    let mut transition =
        change::between(&clean.env, None, Side { id: &id, ..Side::default() }, Some(&wanted));
    let mut env = transition.applied_to(&clean.env);
    if let Some(loaded) = &mut transition.loaded {
        loaded.pinned = true;
        target.region.as_ref().map_or("", |region| region.from.name()).clone_into(&mut loaded.region_from);
        // Nobody holds them: the command starts from here.
        loaded.held.clear();
        env.set(STATE, loaded.encode());
    }
    env
}
