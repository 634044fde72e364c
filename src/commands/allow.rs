//! `awsenv allow [PATH]`: permission for a `.awsenv`.

use std::path::Path;

use anyhow::Result;

use crate::context::Context;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::settings::Settings;
use crate::target::Target;
use crate::{change, login, lookup, message, place, recipe, text, trust};

/// Allows the file's present content in its folder, and says what that turns on, and what else is still missing.
pub fn run(ctx: &Context, path: Option<&Path>) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let file = place::env_file(ctx, &settings, path)?;
    let name = text::path(&file);
    let Some(content) = lookup::read(&file)? else { return Err(place::missing(&file).into()) };
    crate::env_file::EnvFile::parse(&content, &name)?;
    trust::allow(ctx, &file, &content)?;

    let folder = Folder::of(ctx, &settings, file.parent().unwrap_or(Path::new("/")));
    message::status(ctx, &format!("allowed {name}{}", described(ctx, &settings, &folder)));
    for found in folder.not_allowed() {
        let above = text::path(found.path.parent().unwrap_or(Path::new("/")));
        message::status(ctx, &format!("{} counts here too, and is not allowed yet", text::path(&found.path)));
        message::hint(ctx, &format!("run `awsenv allow {}`", crate::shell_words::quote(&above)));
    }
    Ok(Exit::Success)
}

/// Says what is turned on, as far as the files tell. That the profile does not resolve is told at the prompt.
fn described(ctx: &Context, settings: &Settings, folder: &Folder) -> String {
    let Ok(says) = folder.would_say() else { return String::new() };
    let clean = ctx.with_env(change::undone(&ctx.env));
    let target = recipe::marks(&clean).and_then(|marks| Target::of_folder(&clean, settings, &says, &marks));
    match target {
        Ok(target) => {
            // Who allows a folder wants its login too, whatever was said before.
            target.recipe.login_keys().for_each(|key| login::marker::end(ctx, key));
            format!(": {}", target.described(&clean))
        }
        Err(_) => format!(": {}", crate::folder::described(&says)),
    }
}
