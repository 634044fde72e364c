//! What the calling shell has of what is loaded.

use crate::exports::bookkeeping::Loaded;
use crate::exports::variable::{self, Part};
use crate::system::context::Context;
use crate::text::sanitize;

/// Returns the variables of what is loaded that were changed by hand.
pub(super) fn overridden(ctx: &Context, loaded: &Loaded) -> Vec<&'static str> {
    let changed = loaded.changes(&ctx.env, |part| part != Part::Display);
    changed.into_iter().map(|variable| variable.name).collect()
}

/// Returns the region that a command would find, which the AWS CLI looks for there first.
pub(super) fn region(ctx: &Context) -> Option<String> {
    ctx.env.text("AWS_REGION").map(sanitize::shown)
}

/// Returns whether the region is what was loaded.
pub(super) fn owns_region(ctx: &Context, loaded: &Loaded) -> bool {
    variable::by_code('R').is_some_and(|region| loaded.owns(&ctx.env, region))
}
