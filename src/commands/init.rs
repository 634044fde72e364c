//! `awsenv init PROFILE`: makes a `.awsenv` here, and allows it.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};

use super::allow;
use crate::commands::exit::Exit;
use crate::env_file::parse::{self, EnvFile};
use crate::env_file::{argument, permission};
use crate::exports::variable::STATE;
use crate::failure::Failure;
use crate::shared_config;
use crate::shared_config::region;
use crate::shell::start_up_file::StartUpFile;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;

/// Writes the file for a profile that exists. One that is there already is left alone.
pub fn run(ctx: &Context, profile: &str, region: Option<&str>) -> Result<Exit> {
    shared_config::load(ctx)?.find(profile)?;
    let mut content = format!("profile = {profile}\n");
    if let Some(region) = region {
        region::check(region, "`--region`")?;
        content += &format!("region = {region}\n");
    }
    let dir = argument::directory(ctx)?;
    let path = dir.join(parse::NAME);
    let name = sanitize::path(&path);
    // A name that the file cannot hold must not become another profile's.
    let read_back = EnvFile::parse(content.as_bytes(), &name)?;
    if read_back.profile.is_none_or(|entry| entry.value != profile) {
        return Err(Failure::new(format!(
            "could not write `{}` as a value of .awsenv",
            sanitize::shown(profile)
        ))
        .hint("give the profile a name without quotes and spaces at its ends")
        .into());
    }
    match File::create_new(&path) {
        Ok(mut file) => {
            file.write_all(content.as_bytes()).with_context(|| format!("could not write {name}"))?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::new(format!("could not make {name}: there is one already"))
                .hint("edit it, then run `awsenv allow`")
                .into());
        }
        Err(error) => return Err(error).with_context(|| format!("could not make {name}")),
    }
    permission::allow(ctx, &path, content.as_bytes())?;
    message::status(ctx, &format!("made {name} with profile `{}`, and allowed it", sanitize::shown(profile)));
    allow::warn_of(ctx, &dir);
    tell_of_the_hook(ctx);
    Ok(Exit::Success)
}

/// Who makes the first file may not have the hook yet. No program can see whether the shell that started it has, and the hook can
/// stand in a file that the start-up file reads.
fn tell_of_the_hook(ctx: &Context) {
    let file = StartUpFile::own(ctx);
    if std::io::stderr().is_terminal() && !ctx.env.has(STATE) && !file.has_line() {
        message::hint(ctx, &format!("if nothing is loaded at the next prompt: {}", file.cure()));
    }
}
