//! What a person reads about what was written.

use crate::configure::plan::{Outcome, Plan};
use crate::shared_config::SharedConfig;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};

/// How many names a line holds.
const LISTED: usize = 10;

/// Says what was written, or would be.
pub fn tell(ctx: &Context, outcome: &Outcome, config: &SharedConfig, dry_run: bool) {
    let path = sanitize::path(config.config().path());
    let (added, changed, pruned) = (outcome.added.len(), outcome.changed.len(), outcome.pruned.len());
    let did = if dry_run { "would write" } else { "wrote" };
    let unchanged = outcome.unchanged;
    message::status(
        ctx,
        &match outcome.differences() {
            0 => format!("nothing to change in {path}: {} there already", profiles(unchanged)),
            _ => format!(
                "{did} {} to {path}: {added} new, {changed} changed, {pruned} removed; {unchanged} there already",
                profiles(added + changed)
            ),
        },
    );
    for (name, account, role) in &outcome.moved {
        let (name, account, role) = (sanitize::shown(name), sanitize::shown(account), sanitize::shown(role));
        let verb = if dry_run { "would become" } else { "is now" };
        message::warning(
            ctx,
            &format!("the profile `{name}` {verb} another role; it was {role} in {account}"),
        );
    }
    if !outcome.outside.is_empty() {
        let names = outcome.outside.iter().map(|(name, place)| format!("{name} ({place})")).collect();
        message::status(ctx, &format!("left alone outside the block: {}", list(names)));
    }
    if !outcome.gone.is_empty() {
        let what =
            format!("no longer in Identity Center, or called otherwise: {}", list(outcome.gone.clone()));
        message::status(ctx, &what);
        message::hint(ctx, "run it with `--prune` to remove them");
    }
    if !outcome.pruned.is_empty() {
        let did = if dry_run { "would remove" } else { "removed" };
        message::status(ctx, &format!("{did}: {}", list(outcome.pruned.clone())));
    }
}

/// Says what to type next.
pub fn next(ctx: &Context, plan: &Plan, outcome: &Outcome) {
    let first = outcome.added.first().or(outcome.changed.first());
    let Some(name) = first.or(plan.profiles.first().map(|wanted| &wanted.name)) else { return };
    let name = sanitize::shown(&shell_words::quote(name));
    message::hint(ctx, &format!("in a project, run `awsenv init {name}`; `aws --profile {name}` works too"));
}

fn profiles(count: usize) -> String {
    if count == 1 { "1 profile".to_owned() } else { format!("{count} profiles") }
}

fn list(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    let names = sanitize::shown(&names.join(", "));
    if more == 0 { names } else { format!("{names} and {more} more") }
}
