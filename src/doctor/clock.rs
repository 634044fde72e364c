//! A clock that is behind: AWS refuses requests signed more than five minutes off, and tokens seem to be
//! valid for longer than they are.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Examined, Trouble};
use crate::shared_config;
use crate::text::sanitize;

/// Looks for files of AWS tools with a time in the future: the clock was set back since, or is wrong.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let ctx = examined.ctx;
    let folders = ["sso/cache", "cli/cache"].iter().filter_map(|cache| Some(ctx.aws_dir().ok()?.join(cache)));
    let entries = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let own = [shared_config::config_file(ctx), shared_config::credentials_file(ctx)];
    let limit = ctx.now() + TimeDelta::minutes(5);
    let is_ahead = |path: &PathBuf| {
        let modified = std::fs::metadata(path).and_then(|file| file.modified());
        modified.is_ok_and(|modified| DateTime::<Utc>::from(modified) > limit)
    };
    let ahead = own.into_iter().flatten().chain(entries.map(|entry| entry.path())).find(is_ahead);
    let trouble = ahead.map(|path| {
        Trouble::warning(
            format!(
                "{} was written in the future: the clock was set back, or is wrong now",
                sanitize::path(&path)
            ),
            "set this computer's clock, for example with `timedatectl set-ntp true`",
        )
    });
    trouble.into_iter().collect()
}
