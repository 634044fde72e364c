//! Programs of `credential_process` that are named without their path. Tools that are not started from a
//! shell, such as IDEs and cron, have another `PATH` and do not find them.

use super::{Examined, Trouble};
use crate::shared_config::profile::Profile;
use crate::system::context::Context;
use crate::text::{python_words, sanitize};

/// Looks at every profile that has one. Only the program of the command line is shown.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    Some(config.profiles().filter_map(|profile| by_name(examined.ctx, &profile)).collect())
}

fn by_name(ctx: &Context, profile: &Profile<'_>) -> Option<Trouble> {
    let property = profile.get("credential_process")?;
    let program = python_words::split(property.plain().ok()?)?.into_iter().next()?;
    if program.is_empty() || program.starts_with('/') {
        return None;
    }
    let path = ctx.env.get("PATH").unwrap_or_default();
    let found = which::which_in(&program, Some(path), "/").ok().filter(|_| !program.contains('/'));
    let name = sanitize::shown(&program);
    let cure = match found {
        Some(found) => format!("write `{}` in place of `{name}`", sanitize::path(&found)),
        None => format!("write the full path of `{name}`"),
    };
    Some(Trouble::warning(
        format!(
            "profile `{}` ({}) runs `{name}` without its path: IDEs and cron may not find it",
            sanitize::shown(profile.name),
            property.place()
        ),
        cure,
    ))
}
