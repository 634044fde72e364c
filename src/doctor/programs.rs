//! Several awsenv on the `PATH`, of which the first may not be the newest.

use std::path::PathBuf;

use super::{Examined, Trouble};
use crate::system::context::Context;
use crate::text::sanitize;

/// Looks for programs that the first one hides.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let found = on_path(examined.ctx);
    let [first, others @ ..] = &*found else { return Vec::new() };
    others
        .iter()
        .map(|other| {
            Trouble::warning(
                format!("{} on the PATH hides {}", sanitize::path(first), sanitize::path(other)),
                "remove the one that is not meant",
            )
        })
        .collect()
}

/// Returns the different programs of that name on the `PATH`, in its order. A link is what it leads to.
pub(super) fn on_path(ctx: &Context) -> Vec<PathBuf> {
    let Some(path) = ctx.env.get("PATH") else { return Vec::new() };
    let mut seen = Vec::new();
    let programs = which::which_in_all("awsenv", Some(path), "/").into_iter().flatten();
    programs
        .filter(|program| {
            let real = program.canonicalize().ok();
            let is_new = !seen.contains(&real);
            seen.push(real);
            is_new
        })
        .collect()
}
