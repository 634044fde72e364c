//! `awsenv deny [PATH]`: never load a `.awsenv`, and do not mention it.

use std::path::Path;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::env_file::{argument, permission};
use crate::settings::Settings;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;

/// Denies whatever stands in the file's folder, until the next allow.
pub fn run(ctx: &Context, path: Option<&Path>) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let file = argument::env_file(ctx, &settings, path)?;
    permission::deny(ctx, &file)?;
    message::status(ctx, &format!("denied {}", sanitize::path(&file)));
    Ok(Exit::Success)
}
