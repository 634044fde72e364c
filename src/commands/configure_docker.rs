//! `awsenv configure docker`: Docker asks awsenv for the logins of ECR.

use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::configure::docker_config::{self, PROGRAM};
use crate::failure::{Failure, FailureKind};
use crate::load::for_command::CommandProfile;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};
use crate::values::registry::Registry;

/// Writes the registries into Docker's file, after making sure that Docker finds the helper. Without
/// registries, it writes the one of this folder's account and region.
pub fn run(ctx: &Context, registries: &[String]) -> Result<Exit> {
    let mut hosts = if registries.is_empty() { vec![of_folder(ctx)?] } else { Vec::new() };
    for name in registries {
        let registry = Registry::parse(name).ok_or_else(|| {
            Failure::new(format!("could not use `{}`: it is no registry of AWS", sanitize::shown(name)))
                .hint("write ACCOUNT.dkr.ecr.REGION.amazonaws.com, or public.ecr.aws")
                .kind(FailureKind::Usage)
        })?;
        hosts.push(registry.host);
    }
    hosts.dedup();
    link(ctx)?;
    let (path, is_changed) = docker_config::add(ctx, &hosts)?;
    let path = ctx.shown(&path);
    let hosts = hosts.join(", ");
    let text = if is_changed {
        format!("Docker asks awsenv for the login of {hosts} ({path})")
    } else {
        format!("{path} has {hosts} already")
    };
    message::status(ctx, &text);
    Ok(Exit::Success)
}

fn of_folder(ctx: &Context) -> Result<String> {
    let name_one = "name the registry: `awsenv configure docker ACCOUNT.dkr.ecr.REGION.amazonaws.com`";
    let CommandProfile { ctx, target, .. } =
        CommandProfile::new(ctx, None, None).map_err(|error| match Failure::kind_of(&error) {
            FailureKind::NoEnvFile => {
                Failure::new(error.to_string()).hint(name_one).kind(FailureKind::NoEnvFile).into()
            }
            _ => error,
        })?;
    let host = target.account(&ctx).zip(target.region.as_ref());
    host.and_then(|(account, region)| Registry::host_of(&account, &region.name)).ok_or_else(|| {
        let what = target.resolved_profile.shown();
        Failure::new(format!("could not tell the account and region of {what}")).hint(name_one).into()
    })
}

/// Makes the link by which Docker finds the program, unless there is one on the `PATH`.
fn link(ctx: &Context) -> Result<()> {
    let path = ctx.env.get("PATH").unwrap_or_default();
    let on_path = |name: &str| which::which_in(name, Some(path), "/").ok();
    let Some(program) = ctx.program() else {
        return Err(Failure::new("could not find the path of this program").into());
    };
    let is_this = |file: &Path| file.canonicalize().ok() == program.canonicalize().ok();
    if let Some(found) = on_path(PROGRAM) {
        if is_this(&found) {
            return Ok(());
        }
        let found = sanitize::path(&found);
        return Err(Failure::new(format!("could not set up Docker: {found} is another program"))
            .hint("remove it, or put this program's folder before it on the PATH")
            .into());
    }
    // An upgrade can replace the file that a name on the PATH leads to, and keeps the name.
    let called = on_path("awsenv").filter(|found| is_this(found)).unwrap_or_else(|| program.clone());
    let place = called.with_file_name(PROGRAM);
    match symlink(&called, &place) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists && place.exists() && is_this(&place) => {}
        Err(error) => return Err(no_link(&called, &place, &error).into()),
    }
    message::status(ctx, &format!("made the link {}", ctx.shown(&place)));
    match on_path(PROGRAM).filter(|found| is_this(found)) {
        Some(_) => Ok(()),
        None => {
            Err(Failure::new(format!("could not find `{PROGRAM}` on the PATH, where Docker looks for it"))
                .hint(format!("add {} to the PATH", shown_folder(&place)))
                .into())
        }
    }
}

fn no_link(called: &Path, place: &Path, error: &std::io::Error) -> Failure {
    let elsewhere = Path::new("/usr/local/bin").join(PROGRAM);
    let (reason, force, to) = match error.kind() {
        ErrorKind::AlreadyExists => ("another file is there".to_owned(), "-sf", place),
        kind => (kind.to_string(), "-s", &*elsewhere),
    };
    let quoted = |path: &Path| shell_words::quote(&sanitize::path(path));
    Failure::new(format!("could not make the link {}: {reason}", sanitize::path(place))).hint(format!(
        "run `sudo ln {force} {} {}`, then this again",
        quoted(called),
        quoted(to)
    ))
}

fn shown_folder(place: &Path) -> String {
    sanitize::path(place.parent().unwrap_or(Path::new("/")))
}
