//! `awsenv configure role`: a profile for a role that is assumed with another profile's credentials.

use anyhow::{Context as _, Result};

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::configure::difference;
use crate::configure::role_answers::{self, RoleAnswers, RoleFlags};
use crate::configure::writer::{self, AwsFile};
use crate::failure::{Failure, FailureKind};
use crate::load::for_command::CommandProfile;
use crate::login::LoginOptions;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::{self, SharedConfig};
use crate::sources::caller_identity;
use crate::system::context::Context;
use crate::terminal::text_input::{self, Question};
use crate::terminal::{message, output};
use crate::text::{sanitize, shell_words};
use crate::values::target_name::TargetName;
use crate::values::{arn, mfa_serial};

/// What the command line says.
#[derive(Clone, Debug)]
pub struct ConfigureRoleOptions {
    /// The answers that the options give.
    pub flags: RoleFlags,
    /// A code of the MFA device, to try the role with.
    pub mfa_code: Option<String>,
    /// Write it without asking AWS.
    pub no_check: bool,
    /// Only print the difference.
    pub dry_run: bool,
}

/// Asks for everything that no option answers, tries the role, shows what it will write if a person was
/// asked, and writes it.
pub fn run(ctx: &Context, options: &ConfigureRoleOptions) -> Result<Exit> {
    write(ctx, options).map_err(Failure::nothing_written)?;
    Ok(Exit::Success)
}

fn write(ctx: &Context, options: &ConfigureRoleOptions) -> Result<()> {
    let ctx = &CleanContext::new(ctx);
    let config = shared_config::load(ctx)?;
    if !options.dry_run {
        writer::writable(ctx, &config)?;
    }
    let is_person = text_input::is_possible(ctx);
    let device_of = |source: &Profile<'_>| device_of(ctx, source).ok().flatten();
    let answers = role_answers::ask(&options.flags, &config, &ctx.env, is_person, &device_of)?;
    let (_, _, new) = made(ctx, &answers)?;
    let difference = difference::unified(config.config(), new.config());
    let name = sanitize::shown(&answers.profile.name);
    let path = ctx.shown(config.config().path());
    if options.dry_run {
        return output::print(difference.as_bytes());
    }
    if !options.no_check {
        check(ctx, &answers, options.mfa_code.as_deref(), is_person)?;
    }
    if difference.is_empty() {
        message::status(ctx, &format!("nothing to change in {path}: the profile `{name}` is up to date"));
        return Ok(());
    }
    if answers.asked {
        message::verbatim(&shown(&difference));
        if !text_input::yes(&format!("Write this to {path}?"))? {
            return Err(Failure::new("cancelled").kind(FailureKind::Cancelled).into());
        }
    }
    let is_there = config.profile(&answers.profile.name).is_some();
    let (did, at) = if is_there { ("changed", "in") } else { ("added", "to") };
    drop(config);
    writer::write_made(ctx, AwsFile::Config, &|| made(ctx, &answers).map(|(old, text, _)| (old, text, ())))?;
    message::status(ctx, &format!("{did} the profile `{name}` {at} {path}"));
    let name = sanitize::shown(&shell_words::quote(&answers.profile.name));
    message::hint(ctx, &format!("in a project, run `awsenv init {name}`; `aws --profile {name}` works too"));
    Ok(())
}

/// Returns the AWS files as they are, the new text of the config file, and the files with that text.
fn made(ctx: &Context, answers: &RoleAnswers) -> Result<(SharedConfig, String, SharedConfig)> {
    let old = shared_config::load(ctx)?;
    let text = answers.profile.text(&old)?;
    let new = shared_config::load_with(ctx, text.clone())
        .context("could not write the config file, which could not be read any more")?;
    answers.profile.verify(&old, &new)?;
    Ok((old, text, new))
}

/// Returns the changed lines of a unified difference, without its headers.
fn shown(difference: &str) -> String {
    let lines =
        difference.lines().filter(|line| !["---", "+++", "@@"].iter().any(|start| line.starts_with(start)));
    format!("\n{}\n\n", lines.collect::<Vec<_>>().join("\n"))
}

/// Returns the ARN that the console proposes for the MFA device of the user with the profile's long-lived
/// keys. It asks AWS for the user's name. `None` for other profiles.
fn device_of(ctx: &Context, source: &Profile<'_>) -> Result<Option<String>> {
    if !matches!(source.kind_as_source(), ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys) {
        return Ok(None);
    }
    let name = TargetName::Profile(source.name.to_owned());
    let CommandProfile { ctx, target, .. } = CommandProfile::new(ctx, Some(&name), None)?;
    let keys = target.resolved_profile.kept_credentials(&ctx)?;
    let Some(keys) = keys.filter(|keys| keys.session_token.is_none()) else { return Ok(None) };
    let region = target.region.as_ref().map(|region| region.name.as_str());
    Ok(mfa_serial::of_user(&caller_identity::of(&ctx, ctx.config()?, source.name, &keys, region)?.arn))
}

/// Assumes the role as the profile would. If AWS cannot be asked now, it warns; if AWS refuses, it fails
/// unless the person wants the profile nevertheless.
fn check(ctx: &Context, answers: &RoleAnswers, code: Option<&str>, is_person: bool) -> Result<()> {
    let tried = || -> Result<()> {
        let source = TargetName::Profile(answers.source.clone());
        let chosen =
            CommandProfile::with_role(ctx, Some(&source), answers.region.as_deref(), Some(&answers.role))?;
        let CommandProfile { ctx, settings, target } = chosen.with_code(code)?;
        let how = LoginOptions::of(&settings).filter(|_| is_person);
        target.obtain(&ctx, role::WINDOW, how.as_ref()).map(drop)
    };
    let error = match tried() {
        Ok(()) => {
            let account = arn::account(&answers.role.arn).unwrap_or_default();
            let name = sanitize::shown(answers.role.arn.rsplit('/').next().unwrap_or_default());
            message::status(ctx, &format!("AWS lets you assume {name} in account {account}"));
            return Ok(());
        }
        Err(error) => error,
    };
    match Failure::kind_of(&error) {
        FailureKind::Cancelled => Err(error),
        FailureKind::LoginNeeded | FailureKind::Unreachable | FailureKind::Declined => {
            message::warning_of(ctx, "the role was not tried", &error);
            Ok(())
        }
        _ if is_person => {
            message::error(ctx, &error);
            if wants_it_all_the_same()? {
                return Ok(());
            }
            Err(Failure::new("cancelled").kind(FailureKind::Cancelled).into())
        }
        _ => {
            let hint = Failure::hint_of(&error).map(|hint| format!("{hint}; ")).unwrap_or_default();
            Err(Failure::new(format!("{error:#}"))
                .hint(format!("{hint}add `--no-check` to write the profile all the same"))
                .kind(Failure::kind_of(&error))
                .into())
        }
    }
}

fn wants_it_all_the_same() -> Result<bool> {
    let check = |answer: &str| match answer.to_lowercase().as_str() {
        "y" | "yes" | "n" | "no" => Ok(()),
        _ => Err(Failure::new("answer yes or no").into()),
    };
    let text = "Write the profile all the same?";
    let answer = Question { text, default: "no", known: &[], check: &check }.ask()?;
    Ok(answer.to_lowercase().starts_with('y'))
}
