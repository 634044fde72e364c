//! `awsenv` alone: the one thing to do next on this machine.

use anyhow::Result;

use crate::cache::sso_token;
use crate::commands::exit::Exit;
use crate::env_file::argument;
use crate::env_file::folder::Folder;
use crate::exports::variable::STATE;
use crate::failure::{Failure, FailureKind};
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shell::start_up_file::StartUpFile;
use crate::sources::Resolver;
use crate::system::context::Context;
use crate::terminal::output;
use crate::text::sanitize;
use crate::values::target_name::TargetName;

/// Prints the state of this machine and the next step.
pub fn run(ctx: &Context) -> Result<Exit> {
    let (state, step) = next(ctx)?;
    let (state, step) = (ctx.with_tilde(&state), ctx.with_tilde(&step));
    let text = format!("{state}\nNext: {step}\n\n`awsenv help` lists all commands.\n");
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Returns the state in a sentence, and the next step.
fn next(ctx: &Context) -> Result<(String, String)> {
    let clean = CleanContext::new(ctx);
    let config = clean.config()?;
    let count = config.profiles().len();
    let file = StartUpFile::own(ctx);
    let has_hook = ctx.env.has(STATE) || file.has_line();
    if count == 0 {
        let state = format!("There are no AWS profiles {}.", config.places());
        let step = if has_hook {
            "run `awsenv configure sso` to create them"
        } else {
            "run `awsenv setup`, which creates them and sets up your shell"
        };
        return Ok((state, step.to_owned()));
    }
    if !has_hook {
        return Ok(("The awsenv hook is not set up in your shell.".to_owned(), file.cure()));
    }
    let settings = Settings::load(ctx)?;
    let folder = Folder::of(ctx, &settings, &argument::directory(ctx)?);
    let says = folder.says(&clean);
    let profile = match says.as_ref().map(|says| &says.target) {
        Ok(TargetName::Profile(name)) => Some(name.as_str()),
        _ => None,
    };
    if let Some(session) = needs_login(&clean, config, profile) {
        return Ok((
            format!("You are not logged in to {}.", sanitize::shown(&session)),
            "run `awsenv login`".to_owned(),
        ));
    }
    match says {
        Ok(says) => Ok((
            format!("This folder is set up for {}.", says.target.shown()),
            "run `awsenv status` to see what is loaded".to_owned(),
        )),
        Err(error) if Failure::kind_of(&error) == FailureKind::NoEnvFile => Ok((
            "No .awsenv here or in a folder above.".to_owned(),
            "in a project, run `awsenv init` to choose its profile".to_owned(),
        )),
        Err(error) => {
            let step = Failure::hint_of(&error).unwrap_or("run `awsenv doctor`").to_owned();
            Ok((format!("{}.", sanitize::shown(&format!("{error:#}"))), step))
        }
    }
}

/// Returns the name of the missing login of the profile; without a profile, that of the first one with a
/// login if no login is alive. `None` if none is missing.
fn needs_login(ctx: &CleanContext, config: &SharedConfig, profile: Option<&str>) -> Option<String> {
    let profiles = config.profiles().filter(|one| profile.is_none_or(|name| one.name == name));
    let mut missing = None;
    let mut seen = Vec::new();
    for one in profiles {
        let Ok(selection) = Resolver::new(ctx, config, one).select() else { continue };
        let Some(login) = &selection.resolution().login else { continue };
        if seen.contains(&login.token) {
            continue;
        }
        let is_ready = |token: sso_token::Token| token.is_alive(ctx.now()) || token.is_refreshable(ctx.now());
        if login.kept(ctx).is_some_and(is_ready) {
            return None;
        }
        seen.push(login.token.clone());
        missing.get_or_insert_with(|| login.name().to_owned());
    }
    missing
}
