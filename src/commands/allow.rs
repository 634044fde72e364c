//! `awsenv allow [PATH]`: permission for a `.awsenv`.

use std::path::Path;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::env_file::parse::EnvFile;
use crate::env_file::{argument, lookup};
use crate::load::obstacle;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::text::sanitize;

/// Allows the file's present content in its folder, and says what that turns on and which permissions are
/// still missing.
pub fn run(ctx: &Context, path: Option<&Path>) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let file = argument::env_file(ctx, &settings, path)?;
    let name = sanitize::path(&file);
    let Some(content) = lookup::read(&file)? else { return Err(argument::missing(&file).into()) };
    EnvFile::parse_unknown(&content, &name)?;
    obstacle::allow(ctx, &settings, &file, &content)?;
    Ok(Exit::Success)
}
