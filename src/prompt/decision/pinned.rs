//! A shell below `awsenv exec`: its environment is the command's, and folders do not change it.

use crate::exports::bookkeeping::Loaded;
use crate::exports::change::{Change, Diff};
use crate::exports::variable::{MANAGED, Part, Variable};
use crate::prompt::decision::{Asking, Decision, names};
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::terminal::notice::Notice;
use crate::text::{digest, sanitize};
use crate::values::secret::Secret;

/// Leaves the environment to `awsenv exec`, and says so once. What start-up files of the shell put over it is taken back.
pub(super) fn decide(ctx: &Context, asking: &Asking, loaded: &Loaded) -> Decision {
    let told = digest::of([b"pinned".as_slice(), loaded.id.as_bytes()], 16);
    let mut decision = Decision { told, answers: asking.answers.clone(), ..Decision::default() };
    let profile = sanitize::shown(ctx.env.text("AWSENV_PROFILE").unwrap_or_default());
    if decision.told != asking.told || asking.reload {
        decision.notices.push(Notice::Status(format!(
            "this shell is inside `awsenv exec` with profile {profile}: folders do not change it"
        )));
    }
    if asking.is_new() {
        take_back(ctx, loaded, &mut decision);
    }
    decision
}

fn take_back(ctx: &Context, loaded: &Loaded, decision: &mut Decision) {
    let overwritten = loaded.changes(&ctx.env, |_| true);
    if overwritten.is_empty() {
        return;
    }
    let mut changes = Vec::new();
    let (mut back, mut gone) = (Vec::new(), Vec::new());
    for variable in overwritten {
        match value(&ctx.env, loaded, variable) {
            Some(change) => {
                changes.push((variable, change));
                back.push(variable);
            }
            None => gone.push(variable),
        }
    }
    let is_mixed = gone.iter().any(|variable: &&Variable| variable.part != Part::Display);
    back.retain(|variable| variable.part != Part::Display && !is_mixed);
    if !back.is_empty() {
        decision.notices.push(Notice::Status(format!(
            "start-up files of this shell changed {}: it is as `awsenv exec` made it again",
            names(&back)
        )));
    }
    let mut next = loaded.clone();
    if is_mixed {
        // Some keys beside the name of another account's profile would be a mixture.
        decision.failed = true;
        decision.notices.push(Notice::Error(
            format!(
                "start-up files of this shell changed {}: what `awsenv exec` set is taken out",
                names(&gone)
            ),
            Some(
                "take them out of the start-up files, or let `awsenv exec` run the command itself".to_owned(),
            ),
        ));
        let is_out = |variable: &&Variable| variable.part != Part::Region;
        changes.retain(|(variable, _)| !is_out(variable));
        changes.extend(MANAGED.iter().filter(is_out).map(|variable| (variable, Change::Unset)));
        next.set.retain(|code, _| !MANAGED.iter().filter(is_out).any(|variable| variable.code == *code));
    }
    changes.retain(|(variable, change)| *change != Change::Unset || ctx.env.get(variable.name).is_some());
    decision.transition = Some(Diff { changes, loaded: Some(next), lost: Vec::new() });
}

/// Returns the change that gives a variable what `awsenv exec` set it to; `None` if nobody knows that any more.
fn value(env: &Environment, loaded: &Loaded, variable: &Variable) -> Option<Change> {
    let Some(fingerprint) = loaded.set.get(&variable.code) else { return Some(Change::Unset) };
    let holding = &loaded.holding;
    let known = match variable.name {
        "AWS_PROFILE" => env.text("AWSENV_PROFILE"),
        "AWS_REGION" | "AWS_DEFAULT_REGION" => holding.region(),
        "AWSENV_ACCOUNT" => holding.account(),
        "AWSENV_ROLE" => holding.role(),
        _ => None,
    };
    // The fingerprint decides, since the name is only there to be displayed.
    let known = known.filter(|text| digest::of_value(variable.name, text.as_bytes()) == *fingerprint)?;
    Some(Change::Set(Secret::new(known)))
}
