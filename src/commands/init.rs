//! `awsenv init PROFILE`: makes a `.awsenv` here, and allows it.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::commands::exit::Exit;
use crate::env_file::parse::{self, EnvFile};
use crate::env_file::{argument, permission};
use crate::exports::variable::STATE;
use crate::failure::Failure;
use crate::load::obstacle;
use crate::load::profile_choice::ProfileChoice;
use crate::load::resolved_profile::ResolvedProfile;
use crate::load::{choose_profile, recent_profiles};
use crate::settings::Settings;
use crate::shared_config;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::shared_config::region;
use crate::shell::start_up_file::StartUpFile;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::target_name::{AccountRole, TargetName};

/// Writes the file for an existing profile: its name, or for a `team` its account and role. Without a
/// profile, a person picks one. Fails if there is a file already.
pub fn run(ctx: &Context, profile: Option<&str>, region: Option<&str>, team: bool) -> Result<Exit> {
    let profile = if let Some(name) = profile {
        shared_config::load(ctx)?.find(name)?;
        recent_profiles::note(ctx, name);
        name.to_owned()
    } else {
        check_room(&argument::directory(ctx)?.join(parse::NAME))?;
        choose_profile::pick_profile(ctx, "", "name it: `awsenv init PROFILE`")
            .map_err(Failure::nothing_written)?
    };
    let profile = profile.as_str();
    if let Some(region) = region {
        region::check(region, "`--region`")?;
        if let Some(doubt) = region::doubt(region, "`--region`") {
            message::warning_of(ctx, "this may be a mistake", &doubt.into());
        }
    }
    let (mut content, what, written, region) = if team {
        let (target, region) = team_target(ctx, profile, region)?;
        let AccountRole { account, role, session } = &target;
        let session = session.as_ref().map_or(String::new(), |name| format!("sso_session = {name}\n"));
        let content = format!("account = {account}\nrole = {role}\n{session}");
        (content, target.to_string(), target.session.map(|name| ("SSO session", name)), region)
    } else {
        let what = format!("profile `{}`", sanitize::shown(profile));
        let written = Some(("profile", profile.to_owned()));
        (format!("profile = {profile}\n"), what, written, region.map(str::to_owned))
    };
    if let Some(region) = region {
        content += &format!("region = {region}\n");
    }
    let dir = argument::directory(ctx)?;
    let path = dir.join(parse::NAME);
    let name = sanitize::path(&path);
    // A value with quotes or blanks at its ends would be read back as another name.
    let read_back = EnvFile::parse(content.as_bytes(), &name)?;
    if let Some((kind, name)) = written
        && read_back.profile.or(read_back.sso_session).is_none_or(|entry| entry.value != name)
    {
        let failure =
            Failure::new(format!("could not write `{}` as a value of .awsenv", sanitize::shown(&name)));
        return Err(failure
            .hint(format!("give the {kind} a name without quotes and spaces at its ends"))
            .into());
    }
    match File::create_new(&path) {
        Ok(mut file) => {
            file.write_all(content.as_bytes()).with_context(|| format!("could not write {name}"))?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(is_there(&path).into()),
        Err(error) => return Err(error).with_context(|| format!("could not make {name}")),
    }
    permission::allow(ctx, &path, content.as_bytes())?;
    message::status(ctx, &format!("made {name} with {what}, and allowed it"));
    obstacle::warn_of(ctx, &dir);
    tell_of_the_hook(ctx);
    Ok(Exit::Success)
}

/// Returns the account and role of a profile, its session if they would be ambiguous without it, and the
/// region. Tells the person if they select another profile on this machine.
fn team_target(ctx: &Context, profile: &str, region: Option<&str>) -> Result<(AccountRole, Option<String>)> {
    let clean = &CleanContext::new(ctx);
    let name = TargetName::Profile(profile.to_owned());
    let resolved = ResolvedProfile::of(clean, &Settings::load(clean)?, &name, None)?;
    let is_role =
        matches!(resolved.resolution.kind, ProfileKind::Sso | ProfileKind::Role | ProfileKind::WebIdentity);
    let (true, Some(account), Some(role)) = (is_role, resolved.resolution.account, resolved.resolution.role)
    else {
        let why = "its account and role are not in the AWS files";
        return Err(Failure::new(format!("could not use `--team` with {}: {why}", name.shown()))
            .hint("name a profile of SSO or with `role_arn`, or leave out `--team`")
            .into());
    };
    let config = clean.config()?;
    let target = AccountRole { account, role, session: None };
    let is_needed = ProfileChoice::needs_session(clean, config, &target);
    let session = resolved.resolution.login.and_then(|login| login.session).filter(|_| is_needed);
    let target = AccountRole { session, ..target };
    let region = region.map(str::to_owned).or(resolved.region);
    let choice = ProfileChoice::new(clean, config, &target, region.as_deref())?;
    if choice.profile.as_deref() != Some(profile) {
        message::status(ctx, &choice.shown());
    }
    Ok((target, region))
}

/// Hints at the hook, which may be missing when the first file is made. It is only a hint: no program can see
/// into the shell that started it, and the hook can stand in a file that the start-up file reads.
fn tell_of_the_hook(ctx: &Context) {
    let file = StartUpFile::own(ctx);
    if std::io::stderr().is_terminal() && !ctx.env.has(STATE) && !file.has_line() {
        message::hint(ctx, &format!("if nothing is loaded at the next prompt: {}", file.cure()));
    }
}

/// Fails if there is a file already.
fn check_room(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() { Err(is_there(path).into()) } else { Ok(()) }
}

fn is_there(path: &Path) -> Failure {
    Failure::new(format!("could not make {}: there is one already", sanitize::path(path)))
        .hint("run `awsenv edit` to change it")
}
