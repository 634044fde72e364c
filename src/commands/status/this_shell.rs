//! What the calling shell still has of what awsenv loaded.

use crate::exports::bookkeeping::Loaded;
use crate::exports::variable::{self, Part};
use crate::system::context::Context;
use crate::text::sanitize;

/// Returns the loaded variables that a person changed by hand since.
pub(super) fn overridden(ctx: &Context, loaded: &Loaded) -> Vec<&'static str> {
    let changed = loaded.changes(&ctx.env, |part| part != Part::Display);
    changed.into_iter().map(|variable| variable.name).collect()
}

/// Returns the region that a command would use: the AWS CLI reads this variable first.
pub(super) fn region(ctx: &Context) -> Option<String> {
    ctx.env.text("AWS_REGION").map(sanitize::shown)
}

/// Returns whether the region is the one that was loaded.
pub(super) fn owns_region(ctx: &Context, loaded: &Loaded) -> bool {
    variable::by_code('R').is_some_and(|region| loaded.owns(&ctx.env, region))
}
