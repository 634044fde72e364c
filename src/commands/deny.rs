//! `awsenv deny [PATH]`: never load a `.awsenv`, and do not mention it.

use std::path::Path;

use anyhow::Result;

use crate::context::Context;
use crate::exit::Exit;
use crate::settings::Settings;
use crate::{message, place, text, trust};

/// Denies whatever stands in the file's folder, until the next allow.
pub fn run(ctx: &Context, path: Option<&Path>) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let file = place::env_file(ctx, &settings, path)?;
    trust::deny(ctx, &file)?;
    message::status(ctx, &format!("denied {}", text::path(&file)));
    Ok(Exit::Success)
}
