//! Allows a folder, and tells what would keep it from loading even after a login.

use std::path::Path;

use anyhow::{Error, Result};

use crate::env_file::folder::Folder;
use crate::env_file::permission;
use crate::load::plan::LoadPlan;
use crate::login;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::region;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};

/// Returns the message that says what an allowed folder loads, as far as the files tell, and the error that
/// keeps it from loading even after a login, if there is one.
pub fn turned_on(ctx: &Context, settings: &Settings, folder: &Folder) -> (String, Option<Error>) {
    let says = match folder.would_say() {
        Ok(says) => says,
        Err(error) => return (String::new(), Some(error)),
    };
    let clean = CleanContext::new(ctx);
    match LoadPlan::of_folder(&clean, settings, &says) {
        Ok(target) => {
            // To allow a folder is a wish to log in, whatever was declined before.
            target.resolved_profile.login_keys().for_each(|key| login::marker::end(ctx, key));
            let obstacle = target.check_demands(&clean, None, false).err();
            let mut what = format!(": {}", target.described(&clean));
            if let Some(choice) = &target.resolved_profile.choice {
                if let Some(login) = &target.resolved_profile.resolution.login {
                    what += &format!(", SSO {}", login.shown());
                }
                what += &format!("; {}", choice.shown());
            }
            (what, obstacle)
        }
        Err(error) => (format!(": {}", crate::env_file::folder::described(&says)), Some(error)),
    }
}

/// Allows this content of the file in its folder, and says what that loads, and which other files still need
/// a permission.
pub fn allow(ctx: &Context, settings: &Settings, file: &Path, content: &[u8]) -> Result<()> {
    permission::allow(ctx, file, content)?;
    let folder = Folder::of(ctx, settings, file.parent().unwrap_or(Path::new("/")));
    let (what, in_the_way) = turned_on(ctx, settings, &folder);
    message::status(ctx, &format!("allowed {}{what}", sanitize::path(file)));
    warn(ctx, in_the_way.as_ref());
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
        message::hint(ctx, &format!("run `awsenv allow {}`", shell_words::quote(&above)));
    }
    Ok(())
}

/// Warns that an allowed folder will not load, which its prompt does not say a second time.
pub fn warn(ctx: &Context, obstacle: Option<&Error>) {
    if let Some(error) = obstacle {
        message::warning_of(ctx, "nothing will be loaded here", error);
    }
}

/// [`warn`] for a folder that was allowed without being resolved.
pub fn warn_of(ctx: &Context, dir: &Path) {
    let obstacle = match Settings::load(ctx) {
        Ok(settings) => turned_on(ctx, &settings, &Folder::of(ctx, &settings, dir)).1,
        Err(error) => Some(error),
    };
    warn(ctx, obstacle.as_ref());
}
