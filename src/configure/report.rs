//! The messages about the profiles that were written, or would be.

use crate::configure::plan::{Plan, PlanOutcome, WantedProfile};
use crate::shared_config::SharedConfig;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};

/// How many names a line lists.
const LISTED: usize = 10;

/// A difference of more lines is not shown whole.
const MOST_LINES: usize = 40;

/// Says what was written, or would be.
pub fn tell(ctx: &Context, outcome: &PlanOutcome, config: &SharedConfig, dry_run: bool) {
    let path = ctx.shown(config.config().path());
    message::status(ctx, &summary(outcome, &path, dry_run));
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

/// Shows a difference before it is written; a long one as the names of the profiles alone.
pub fn preview(ctx: &Context, outcome: &PlanOutcome, difference: &str) {
    let lines = difference.lines().filter(|line| !line.starts_with("---") && !line.starts_with("+++"));
    let lines: Vec<_> = lines.filter(|line| !line.starts_with("@@")).collect();
    if lines.len() <= MOST_LINES {
        message::verbatim(&format!("\n{}\n\n", lines.join("\n")));
        return;
    }
    for (what, names) in [("add", &outcome.added), ("change", &outcome.changed), ("remove", &outcome.pruned)]
    {
        if !names.is_empty() {
            message::status(ctx, &format!("would {what} {}: {}", profiles(names.len()), list(names.clone())));
        }
    }
    message::hint(ctx, "`--dry-run` prints every line");
}

/// Warns of written profiles without a region, and of those whose name some AWS SDKs find in another section.
pub fn warn(ctx: &Context, plan: &Plan, config: &SharedConfig) {
    let has_region = |name: &str| config.profile(name).is_none_or(|profile| profile.get("region").is_some());
    let names = plan.profiles.iter().map(|wanted| &wanted.name);
    let without: Vec<_> = names.filter(|name| !has_region(name)).cloned().collect();
    if !without.is_empty() {
        let verb = if without.len() == 1 { "has" } else { "have" };
        message::warning(
            ctx,
            &format!("{} {verb} no region: {}", profiles(without.len()), list(without.clone())),
        );
        message::hint(ctx, "run it again with `--default-region REGION`");
    }
    let section = |wanted: &WantedProfile| Some(config.profile(&wanted.name)?.config?.line());
    for (other, counts) in config.renamed() {
        if plan.profiles.iter().any(|wanted| section(wanted) == Some(counts.line())) {
            let [counts, other] = [counts, other]
                .map(|section| format!("[{}] ({})", sanitize::shown(section.header()), section.place()));
            let what =
                format!("the AWS CLI and awsenv read {counts}, but some AWS SDKs read {other}; keep one");
            message::warning(ctx, &what);
        }
    }
}

fn summary(outcome: &PlanOutcome, path: &str, dry_run: bool) -> String {
    if outcome.differences() == 0 {
        return format!("nothing to change in {path}: {} up to date", are(outcome.unchanged));
    }
    let did = |done: &str, verb: &str| if dry_run { format!("would {verb}") } else { done.to_owned() };
    let parts = [
        (did("added", "add"), outcome.added.len(), "to"),
        (did("changed", "change"), outcome.changed.len(), "in"),
        (did("removed", "remove"), outcome.pruned.len(), "from"),
    ];
    let parts: Vec<_> = parts.iter().filter(|(_, count, _)| *count > 0).collect();
    let mut text = String::new();
    for (index, (did, count, _)) in parts.iter().enumerate() {
        let what = if index == 0 { profiles(*count) } else { count.to_string() };
        text += &format!("{}{did} {what}", if index == 0 { "" } else { ", " });
    }
    let at = parts.first().map_or("to", |(_, _, at)| at);
    text += &format!(" {at} {path}");
    if outcome.unchanged > 0 {
        text += &format!("; {} up to date", are(outcome.unchanged));
    }
    text
}

fn are(count: usize) -> String {
    format!("{} {}", profiles(count), if count == 1 { "is" } else { "are" })
}

/// Says what to type next. Of several profiles none is named: the first would often be the strongest role.
pub fn next(ctx: &Context, plan: &Plan, outcome: &PlanOutcome) {
    let names: Vec<_> = match outcome.added.len() + outcome.changed.len() {
        0 => plan.profiles.iter().map(|wanted| &wanted.name).collect(),
        _ => outcome.added.iter().chain(&outcome.changed).collect(),
    };
    let next = match names[..] {
        [] => return,
        [name] => {
            let name = sanitize::shown(&shell_words::quote(name));
            format!("in a project, run `awsenv init {name}`; `aws --profile {name}` works too")
        }
        _ => "in a project, run `awsenv init` to choose its profile".to_owned(),
    };
    message::hint(ctx, &next);
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
