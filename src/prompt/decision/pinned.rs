//! A shell below `awsenv exec`, or below one in which something was chosen with `awsenv use`: folders do not
//! change its environment, nor is anything fetched for it.

use crate::exports::bookkeeping::Loaded;
use crate::exports::change::{self, Change, Diff};
use crate::exports::term::Term;
use crate::exports::variable::{MANAGED, Part, Variable};
use crate::prompt::decision::{Asking, Decision, names};
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::terminal::notice::Notice;
use crate::text::{digest, sanitize, timestamp};
use crate::values::secret::Secret;

/// The command that made the environment, in words.
struct Maker {
    name: &'static str,
    cure: &'static str,
}

const EXEC: Maker = Maker { name: "`awsenv exec`", cure: "let `awsenv exec` run the command itself" };

const USE: Maker = Maker { name: "`awsenv use`", cure: "run `awsenv use` in this shell" };

/// Leaves the environment as `awsenv exec` made it, and says so once. What start-up files of the shell
/// overwrote is undone.
pub(super) fn decide(ctx: &Context, asking: &Asking, loaded: &Loaded) -> Decision {
    let profile = sanitize::shown(ctx.env.text("AWSENV_PROFILE").unwrap_or_default());
    let line = format!("this shell is inside `awsenv exec` with profile {profile}: folders do not change it");
    left_alone(ctx, asking, loaded, &EXEC, line)
}

/// Returns whether what is loaded was chosen with `awsenv use` in a shell above this one.
pub(super) fn is_chosen_above(asking: &Asking, loaded: &Loaded) -> bool {
    Term::of_origin(&loaded.origin).is_some() && (loaded.id.is_empty() || loaded.id != asking.holds)
}

/// Leaves the environment as the shell above made it, until the choice or its keys expire; `None` after that.
/// An environment can come from anywhere, so nothing is ever fetched because of it.
pub(super) fn decide_chosen_above(ctx: &Context, asking: &Asking, loaded: &Loaded) -> Option<Decision> {
    let now = ctx.now();
    let term = Term::of_origin(&loaded.origin).filter(|term| !term.is_over(now) && !loaded.withdrawn)?;
    let expiration = if loaded.set.contains_key(&'E') && !loaded.overridden {
        Some(ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse)?)
    } else {
        None
    };
    if expiration.is_some_and(|expiration| expiration <= now) {
        return None;
    }
    let changed = loaded.identity_changes(&ctx.env);
    let profile = sanitize::shown(ctx.env.text("AWSENV_PROFILE").unwrap_or_default());
    let mut decision = if !changed.is_empty() && !loaded.overridden && !asking.is_new() {
        // Some keys beside the name of another account's profile would be a mixture.
        let line = format!(
            "you changed {}, so {profile} was unloaded; `awsenv use PROFILE` loads another",
            names(&changed)
        );
        Decision {
            notices: vec![Notice::Status(line)],
            transition: Some(change::withdrawal(&ctx.env, loaded, &changed)),
            told: asking.told.clone(),
            answers: asking.answers.clone(),
            ..Decision::default()
        }
    } else {
        let line = format!(
            "this shell has profile {profile} from `awsenv use` in the shell above: folders do not change it"
        );
        left_alone(ctx, asking, loaded, &USE, line)
    };
    decision.choices.clone_from(&asking.choices);
    decision.deadline = expiration.into_iter().chain(term.until).min();
    Some(decision)
}

fn left_alone(ctx: &Context, asking: &Asking, loaded: &Loaded, maker: &Maker, line: String) -> Decision {
    let told = digest::of([b"pinned".as_slice(), loaded.id.as_bytes()], 16);
    let (answers, choices) = (asking.answers.clone(), asking.choices.clone());
    let mut decision = Decision { told, answers, choices, ..Decision::default() };
    if decision.told != asking.told || asking.reload {
        decision.notices.push(Notice::Status(line));
    }
    if asking.is_new() && !loaded.overridden {
        take_back(ctx, loaded, maker, &mut decision);
    }
    decision
}

/// Undoes what start-up files changed. Where that is not possible, all but the regions is unset.
fn take_back(ctx: &Context, loaded: &Loaded, maker: &Maker, decision: &mut Decision) {
    let Maker { name, cure } = maker;
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
            "start-up files of this shell changed {}, so awsenv restored what {name} set",
            names(&back)
        )));
    }
    let mut next = loaded.clone();
    if is_mixed {
        // Some keys beside the name of another account's profile would be a mixture.
        decision.failed = true;
        decision.notices.push(Notice::Error(
            format!("start-up files of this shell changed {}, so awsenv unset what {name} set", names(&gone)),
            Some(format!("remove them from the start-up files, or {cure}")),
        ));
        let is_out = |variable: &&Variable| variable.part != Part::Region;
        changes.retain(|(variable, _)| !is_out(variable));
        changes.extend(MANAGED.iter().filter(is_out).map(|variable| (variable, Change::Unset)));
        next.set.retain(|code, _| !MANAGED.iter().filter(is_out).any(|variable| variable.code == *code));
    }
    changes.retain(|(variable, change)| *change != Change::Unset || ctx.env.get(variable.name).is_some());
    decision.transition = Some(Diff { changes, loaded: Some(next), ..Diff::default() });
}

/// Returns the change that gives a variable back what awsenv set; `None` if that is not known.
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
    // The fingerprint decides, since `AWSENV_PROFILE` is only for display.
    let known = known.filter(|text| digest::of_value(variable.name, text.as_bytes()) == *fingerprint)?;
    Some(Change::Set(Secret::new(known)))
}
