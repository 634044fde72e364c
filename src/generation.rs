//! A small file whose content changes whenever something changed that every shell should look at: a
//! permission, a finished login.

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Context;
use crate::files;

/// Returns the path of the file: hooks compare its stat mark.
pub fn path(ctx: &Context) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("generation"))
}

/// Makes every shell look again at its next prompt.
pub fn advance(ctx: &Context) -> Result<()> {
    let now = ctx.now().timestamp_nanos_opt().unwrap_or_default();
    files::replace(&path(ctx)?, format!("{now} {}\n", std::process::id()).as_bytes())
}
