//! `awsenv exec [-p PROFILE] -- CMD…`: replaces itself with a command in a clean AWS environment. With
//! `--serve` it stays and serves credentials while the command runs; with `--each` it runs the command in
//! many profiles.

mod child;
mod docker;
mod each;
mod environment;
mod labelled;
mod outcome;
mod own_files;
mod ready;
mod serve;
mod session;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use chrono::TimeDelta;

use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::system::core_dump;
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::role_arn::RoleArgument;
use crate::values::session_policy::RoleSession;
use crate::values::target_name::TargetName;
use docker::Reach;
use environment::environment;
use own_files::OwnFiles;
use ready::Ready;
use serve::ServedEndpoint;

pub use each::EachOptions;
pub use session::session;

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct ExecOptions {
    /// The profile, or account and role; `None` for this folder's target.
    pub name: Option<TargetName>,
    /// The region, which overrides any other.
    pub region: Option<String>,
    /// How long the credentials must be valid at least.
    pub min_ttl: Option<TimeDelta>,
    /// A code of the MFA device, if one is needed.
    pub mfa_code: Option<String>,
    /// A role to assume with the profile's credentials.
    pub role: Option<RoleArgument>,
    /// The policy and the name of the session of a role that the profile assumes.
    pub session: RoleSession,
    /// The accounts (12 digits) that are confirmed: one, or several with `each`.
    pub confirm: Vec<String>,
    /// Serve the credentials at a local endpoint while the command runs.
    pub serve: bool,
    /// With `serve`: serve them to containers too, at this machine's address of a bridge; empty for Docker's
    /// own bridge.
    pub docker: Option<String>,
    /// Give the command rights to read only.
    pub read_only: bool,
    /// Run the command in many profiles.
    pub each: Option<EachOptions>,
}

/// Runs the command with the credentials of the profile, or of this folder's `.awsenv`. An inherited
/// `AWS_PROFILE` never counts. Where the command replaces this process, this returns only if it could not be
/// started.
pub fn run(ctx: &Context, with: &ExecOptions, command: &[OsString]) -> Exit {
    let [program, args @ ..] = command else { return Exit::NotRun };
    let result = match &with.each {
        Some(each) => each::run(ctx, with, each, program, args),
        None => run_ready(ctx, with, program, args),
    };
    result.unwrap_or_else(|error| {
        message::error(ctx, &error);
        Exit::of(&error, Exit::NotRun)
    })
}

fn run_ready(ctx: &Context, with: &ExecOptions, program: &OsStr, args: &[OsString]) -> Result<Exit> {
    let not_started = |error: io::Error| {
        let (exit, text) = not_run(ctx, program, &error);
        message::failure(ctx, &text);
        exit
    };
    if with.confirm.len() > 1 {
        return Err(Failure::new("could not use several `--confirm`: one profile is of one account").into());
    }
    let reach = with.docker.as_deref().map(Reach::new).transpose()?;
    let (clean, ready) = ready::alone(ctx, with)?;
    let Ready { target, credentials, like } = ready;
    if with.serve || with.is_narrowed() {
        let files = OwnFiles::new(&clean, &target, &like)?;
        let bridge = reach.as_ref().and_then(|reach| reach.bridge);
        let endpoint = with
            .serve
            .then(|| ServedEndpoint::open(&clean, &target, credentials.as_ref(), bridge))
            .transpose()?;
        let served = endpoint.as_ref().map(ServedEndpoint::variables);
        let served = served.as_ref().map(<[_; 2]>::as_slice);
        let mut env = environment(&clean, &target, credentials.as_ref(), served);
        files.point_to(&mut env, with.is_narrowed());
        if let Some((reach, endpoint)) = reach.zip(endpoint.as_ref()) {
            env.set(docker::RELAY, reach.relay(endpoint.port()));
            show_side_car(ctx);
        }
        // Nobody needs what the AWS files say, secrets included, while the command runs.
        drop(clean);
        return serve::run(program, args, &env, endpoint, files)
            .map(|ended| ended.unwrap_or_else(not_started));
    }
    let env = environment(&clean, &target, credentials.as_ref(), None);
    message::debug(ctx, || "all is found: the command takes over".to_owned());
    core_dump::restore();
    Ok(not_started(Command::new(program).args(args).env_clear().envs(env.iter()).exec()))
}

fn show_side_car(ctx: &Context) {
    if Settings::load(ctx).is_ok_and(|settings| settings.quiet) {
        return;
    }
    let program = ctx.program().unwrap_or_else(|| "awsenv".into());
    let what = "a container gets the credentials through a side-car: add this to compose.yaml, with the name of your service in place of app";
    message::status(ctx, what);
    message::verbatim(&docker::compose_lines(&program));
}

impl ExecOptions {
    /// Returns whether the command gets less rights than the profile has.
    fn is_narrowed(&self) -> bool {
        self.read_only || self.session.policy.is_some()
    }
}

/// Returns the exit code of a command that could not be started, and the message: there is no such command,
/// or it cannot be executed.
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
