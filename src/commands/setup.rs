//! The steps of `awsenv setup` that no other command has. What a step adds is recorded for `--undo` before
//! the next step begins.

use std::path::PathBuf;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::setup::addition::Addition;
use crate::setup::record::Record;
use crate::setup::shell_files;
use crate::shared_config;
use crate::shell;
use crate::shell::start_up_file::StartUpFile;
use crate::system::context::Context;
use crate::terminal::{message, text_input};
use crate::text::sanitize;

/// The config file before profiles are written to it.
pub struct SetupBefore {
    path: PathBuf,
    content: Option<Vec<u8>>,
    sessions: Vec<String>,
}

/// Fails if the command line leaves something open that nobody can be asked for.
pub fn check(ctx: &Context, is_certain: bool, session: Option<&str>, start_url: Option<&str>) -> Result<()> {
    if !is_certain {
        if text_input::is_possible(ctx) {
            return Ok(());
        }
        return Err(Failure::new("could not ask without a terminal: `--yes` is missing")
            .hint("run `awsenv setup --yes --start-url URL --sso-region REGION --default-region REGION`")
            .kind(FailureKind::Usage)
            .into());
    }
    let sessions = shared_config::load(ctx)?.sso_sessions().count();
    if session.is_none() && start_url.is_none() && sessions != 1 {
        let what = if sessions == 0 { "there is none yet" } else { "there are several" };
        return Err(Failure::new(format!("could not choose an SSO session: {what}"))
            .hint("add `--start-url URL --sso-region REGION`, or `--sso-session NAME` for one of the config")
            .kind(FailureKind::Usage)
            .into());
    }
    Ok(())
}

/// Adds the hook to the start-up file of the person's shell, after a confirmation, and installs completions.
pub fn set_up_shell(ctx: &Context, is_certain: bool) -> Result<()> {
    if let Some(other) = ctx.env.text("SHELL").filter(|name| shell::find(name).is_none()) {
        message::warning(ctx, &format!("there is no hook for your shell, {}", sanitize::shown(other)));
        message::hint(ctx, "`awsenv hook --help` has the lines for other shells");
        return Ok(());
    }
    let file = StartUpFile::own(ctx);
    let Some(path) = file.path() else { return ctx.home().map(drop) };
    let mut record = Record::read(ctx)?;
    if file.has_line() {
        message::status(ctx, &format!("{} has the hook already", file.shown));
    } else {
        let lines = shell_files::lines(&file);
        message::status(ctx, &format!("for {}, {} gets:", file.shell(), file.shown));
        message::verbatim(&lines.iter().map(|line| format!("  {line}\n")).collect::<String>());
        if is_certain || text_input::yes("Add it?").map_err(Failure::nothing_written)? {
            match Addition::append(path, &(lines.join("\n") + "\n")) {
                Ok(addition) => {
                    record.keep(ctx, addition)?;
                    message::status(ctx, &format!("added it to {}", file.shown));
                }
                // Another program may make the file, which must add the line then.
                Err(error) => {
                    message::warning_of(ctx, "the hook is not set up", &error);
                    message::hint(ctx, &format!("add the line above where {} is made", file.shown));
                }
            }
        }
    }
    if let Some((path, script)) = shell_files::completions(ctx, file.shell()) {
        match Addition::make(&path, script) {
            Ok(Some(addition)) => {
                record.keep(ctx, addition)?;
                message::status(ctx, &format!("installed completions as {}", ctx.shown(&path)));
            }
            Ok(None) => {}
            Err(error) => message::warning_of(ctx, "completions are not installed", &error),
        }
    }
    Ok(())
}

/// Returns the config file as it is.
pub fn before(ctx: &Context) -> Result<SetupBefore> {
    let path = shared_config::config_file(ctx)?;
    let content = Addition::content(&path).ok().flatten();
    let sessions = shared_config::load(ctx)?.sso_sessions().map(str::to_owned).collect();
    Ok(SetupBefore { path, content, sessions })
}

/// Records what has been added to the config file since.
pub fn keep_profiles(ctx: &Context, before: &SetupBefore) -> Result<()> {
    let Some(addition) = Addition::since(&before.path, before.content.as_deref())? else { return Ok(()) };
    let config = shared_config::load(ctx)?;
    let mut record = Record::read(ctx)?;
    let new = config.sso_sessions().find(|name| !before.sessions.iter().any(|known| known == name));
    record.session = new.map(str::to_owned).or(record.session);
    record.keep(ctx, addition)
}

/// Returns the session that setup wrote, which `--undo` logs out of. An error if setup has written nothing.
pub fn written_session(ctx: &Context) -> Result<Option<String>> {
    let record = Record::read(ctx)?;
    if record.is_empty() {
        return Err(Failure::new("there is nothing to undo: `awsenv setup` has written nothing").into());
    }
    let config = shared_config::load(ctx)?;
    Ok(record.session.filter(|name| config.sso_session(name).is_some()))
}

/// Removes what setup added and nobody has changed since.
pub fn undo(ctx: &Context) -> Result<Exit> {
    let mut record = Record::read(ctx)?;
    let mut exit = Exit::Success;
    let mut failed = Vec::new();
    for addition in record.additions.into_iter().rev() {
        let name = ctx.shown(addition.path());
        match addition.take_out() {
            Ok(true) => message::status(ctx, &format!("removed from {name} what setup had added")),
            Ok(false) => {
                message::status(ctx, &format!("left {name} alone: what setup added has changed since"));
            }
            Err(error) => {
                message::error(ctx, &error);
                exit = Exit::Failure;
                failed.insert(0, addition);
            }
        }
    }
    record = Record { additions: failed, session: None };
    record.write(ctx)?;
    message::hint(ctx, "shells that are open keep the hook until they end");
    Ok(exit)
}
