//! The target of a command: resolved, confirmed, with its keys.

use anyhow::Result;

use super::ExecOptions;
use crate::cache::role;
use crate::exports::mode::Export;
use crate::failure::{Failure, FailureKind};
use crate::load::confirmation::TypedConfirmation;
use crate::load::for_command::CommandProfile;
use crate::load::plan::LoadPlan;
use crate::load::resolved_profile::ResolvedProfile;
use crate::load::{choose_profile, recent_profiles};
use crate::login::LoginOptions;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::sources::exec_role_index;
use crate::system::context::Context;
use crate::terminal::{message, text_input};
use crate::text::duration as span;
use crate::text::sanitize;
use crate::values::credentials::Credentials;
use crate::values::target_name::TargetName;

/// A target with its keys.
pub(super) struct Ready {
    /// What the command gets. With `--read-only` it can be another role than the one that was named.
    pub(super) target: LoadPlan,
    /// Its keys; `None` if the mode exports none.
    pub(super) credentials: Option<Credentials>,
    /// The profile that was named, whose other settings the command sees.
    pub(super) like: ResolvedProfile,
}

/// What a person may be asked.
pub(super) struct ConsentAndLogin<'a> {
    /// How a login may begin; `None` for not at all.
    pub(super) login: Option<&'a LoginOptions>,
    /// How a guarded target is confirmed.
    pub(super) consent: Consent<'a>,
}

/// How a guarded target is confirmed.
#[derive(Clone, Copy)]
pub(super) enum Consent<'a> {
    /// A person is asked, unless the account was given on the command line.
    Ask(Option<&'a str>),
    /// It was confirmed before, or not: nobody is asked any more.
    Before(bool),
}

/// Resolves the named target, or this folder's, and gets its keys. Returns the context too, without awsenv's
/// own exports.
pub(super) fn alone(ctx: &Context, with: &ExecOptions) -> Result<(CleanContext, Ready)> {
    let chosen = command_profile(ctx, with)?;
    let CommandProfile { ctx: clean, settings, target } = chosen.with_code(with.mfa_code.as_deref())?;
    if let Some(choice) = target.resolved_profile.choice.as_ref().filter(|_| !settings.quiet) {
        message::status(ctx, &choice.shown());
        choice.hint().iter().for_each(|hint| message::hint(ctx, hint));
    }
    let login = LoginOptions::of(&settings);
    let asking = ConsentAndLogin {
        login: login.as_ref(),
        consent: Consent::Ask(with.confirm.first().map(String::as_str)),
    };
    let ready = of_target(&clean, &settings, with, target, &asking)?;
    Ok((clean, ready))
}

/// Gets the keys of a target; with `--read-only`, keys that allow reading only.
pub(super) fn of_target(
    clean: &CleanContext,
    settings: &Settings,
    with: &ExecOptions,
    mut target: LoadPlan,
    asking: &ConsentAndLogin<'_>,
) -> Result<Ready> {
    let like = target.resolved_profile.clone();
    if !with.read_only {
        target = target.with_session(clean, settings, &with.session)?;
        if with.serve {
            // A profile would lead to other files, and to other credentials.
            target.mode = Export::Keys;
        }
        let credentials = obtained(clean, with, &target, asking)?;
        return Ok(Ready { target, credentials, like });
    }
    // Nobody logs in for a profile that would be refused.
    target.check_demands(clean, None, false)?;
    for narrow in target.clone().read_only(clean, settings, with.session.name.as_deref())? {
        match obtained(clean, with, &narrow, asking) {
            Err(error) if Failure::kind_of(&error) == FailureKind::NotAssigned => {
                message::debug(clean, || format!("{error:#}"));
            }
            Err(error) => return Err(error),
            Ok(credentials) => return Ok(Ready { target: narrow, credentials, like }),
        }
    }
    Err(target.no_sibling(settings))
}

/// Gets the credentials, once a person has confirmed what the settings guard.
fn obtained(
    clean: &CleanContext,
    with: &ExecOptions,
    target: &LoadPlan,
    asking: &ConsentAndLogin<'_>,
) -> Result<Option<Credentials>> {
    let min_ttl = with.min_ttl;
    let mut confirmation = match asking.consent {
        Consent::Ask(answer) => TypedConfirmation::new(clean, target, answer)?,
        Consent::Before(is_given) => TypedConfirmation::before(clean, target, is_given),
    };
    confirmation.check(None)?;
    let credentials = target.obtain(clean, min_ttl.unwrap_or(role::WINDOW), asking.login)?;
    if target.role.is_some() || target.session.name.is_some() {
        exec_role_index::keep(
            clean,
            &target.resolved_profile.resolution,
            target.resolved_profile.console.as_ref(),
            target.resolved_profile.device.as_ref(),
        );
    }
    target.check_demands(clean, credentials.as_ref(), true)?;
    // For some sources only the keys tell the account.
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

/// Resolves the named target, or this folder's. Without either, a person at a terminal picks a profile.
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

/// Returns the end of the hint: what makes the credentials of a target last longer, if anything does.
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
