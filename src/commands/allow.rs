//! `awsenv allow [PATH]`: permission for a `.awsenv`.

use std::path::Path;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::env_file::folder::Folder;
use crate::env_file::{argument, lookup, permission};
use crate::load::obstacle;
use crate::settings::Settings;
use crate::shared_config::region;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;

/// Allows the file's present content in its folder, and says what that turns on, and what else is still missing.
pub fn run(ctx: &Context, path: Option<&Path>) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let file = argument::env_file(ctx, &settings, path)?;
    let name = sanitize::path(&file);
    let Some(content) = lookup::read(&file)? else { return Err(argument::missing(&file).into()) };
    crate::env_file::parse::EnvFile::parse_unknown(&content, &name)?;
    permission::allow(ctx, &file, &content)?;

    let folder = Folder::of(ctx, &settings, file.parent().unwrap_or(Path::new("/")));
    let (what, in_the_way) = obstacle::turned_on(ctx, &settings, &folder);
    message::status(ctx, &format!("allowed {name}{what}"));
    obstacle::warn(ctx, in_the_way.as_ref());
    if let Some(region) = folder.would_say().ok().and_then(|says| says.region)
        && let Some(doubt) = region::doubt(&region.value, &region.at)
    {
        message::warning_of(ctx, "this may be a mistake", &doubt.into());
    }
    for found in folder.not_allowed() {
        let above = sanitize::path(found.path.parent().unwrap_or(Path::new("/")));
        message::status(
            ctx,
            &format!("{} counts here too, and is not allowed yet", sanitize::path(&found.path)),
        );
        message::hint(ctx, &format!("run `awsenv allow {}`", crate::text::shell_words::quote(&above)));
    }
    Ok(Exit::Success)
}
