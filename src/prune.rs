//! Removes what nobody needs any more from awsenv's own folders: once a day, by a command or a renewal, never
//! by what a prompt waits for.

use std::ffi::OsString;
use std::time::Duration;

use crate::cache::{key_account, registry_token, role};
use crate::env_file::permission;
use crate::load::resolved_profile;
use crate::login::start_url;
use crate::prompt::stamps;
use crate::sources::exec_role_index;
use crate::system::context::Context;
use crate::system::{backoff, files, lock};

/// Prunes after one of these commands, if that was not done within the last day. What cannot be removed stays
/// until the next time.
pub fn after(ctx: &Context, args: &[OsString]) {
    // Typed now and then, or run by themselves. Prompts and tools wait for others.
    const COMMANDS: [&str; 7] = ["allow", "deny", "init", "login", "logout", "configure", "renew"];
    if args.get(1).is_some_and(|command| COMMANDS.iter().any(|own| command == own)) {
        prune(ctx);
    }
}

fn prune(ctx: &Context) {
    let Ok(state) = ctx.state_dir() else { return };
    let done = state.join("pruned");
    let is_recent = files::age(&done).is_some_and(|age| age < DAY);
    // Written first, so that of several processes one is at it.
    if is_recent || !state.is_dir() || files::replace_cache(&done, b"").is_err() {
        return;
    }
    let folders = permission::prune(ctx);
    stamps::prune(ctx, &folders);
    lock::prune(ctx, DAY);
    resolved_profile::prune(ctx, DAY);
    exec_role_index::prune(ctx, DAY);
    role::prune_own(ctx);
    registry_token::prune(ctx);
    backoff::prune(ctx, DAY);
    key_account::prune(ctx, 90 * DAY);
    start_url::prune(ctx, 30 * DAY);
}

const DAY: Duration = Duration::from_hours(24);
