//! `awsenv export dotenv` and `awsenv export github-actions`: all that a folder loads, for something else to
//! read.

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::commands::export::{dotenv, github_actions};
use crate::exports::bookkeeping::Loaded;
use crate::exports::change;
use crate::exports::term::Term;
use crate::exports::variable::{MANAGED, STATE, Variable};
use crate::failure::{Failure, FailureKind};
use crate::prompt::decision::{self, Asking};
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::terminal::notice::Notice;
use crate::terminal::{message, output};

/// Prints the variables in a format that says them from scratch, not what changes. Where there are keys,
/// `AWS_PROFILE` is left out: who reads them elsewhere has no such profile, and the AWS CLI would fail.
pub(super) fn run(ctx: &Context, format: &str, asking: &Asking, id: &str) -> Result<Exit> {
    // Below `awsenv exec` it is what that was run with, and under `awsenv use` what was chosen, whatever the
    // folder says.
    let is_above = |loaded: &Loaded| loaded.pinned || Term::holds(loaded, ctx.now());
    let pinned = Loaded::of(&ctx.env).filter(is_above);
    let pinned = pinned.map(|loaded| (ctx.env.clone(), loaded));
    let Some((env, loaded)) = pinned.map_or_else(|| decided(ctx, asking, id), |pinned| Ok(Some(pinned)))?
    else {
        return Ok(Exit::Failure);
    };
    let has_keys = loaded.set.contains_key(&'K');
    let is_wanted = |variable: &&Variable| {
        loaded.set.contains_key(&variable.code)
            && variable.name.starts_with("AWS_")
            && !(has_keys && variable.name == "AWS_PROFILE")
    };
    let variables = MANAGED.iter().filter(is_wanted);
    let variables: Vec<_> =
        variables.filter_map(|variable| Some((variable, env.text(variable.name)?))).collect();
    let values = variables.iter().map(|(variable, value)| (variable.name, *value));
    if format == "dotenv" {
        output::print(dotenv::write(values).as_bytes())?;
        return Ok(Exit::Success);
    }
    if ctx.env.text("GITHUB_ACTIONS") == Some("true") {
        // The id of a key is no secret, and hidden it could not be found in the log of a job that failed.
        let secrets = variables.iter().filter(|(variable, _)| variable.secret && variable.code != 'K');
        message::verbatim(&secrets.map(|(_, value)| github_actions::mask(value)).collect::<String>());
    }
    output::print(github_actions::write(values).as_bytes())?;
    Ok(Exit::Success)
}

/// Returns the environment that the folder comes to, and what of it is awsenv's; `None` if what failed has
/// been told.
fn decided(ctx: &Context, asking: &Asking, id: &str) -> Result<Option<(Environment, Loaded)>> {
    let mut clean = change::undone(&ctx.env);
    clean.unset(STATE);
    let ctx = &ctx.with_env(clean);
    let decision = decision::decide(ctx, asking, id);
    for notice in decision
        .notices
        .iter()
        .filter(|notice| !matches!(notice, Notice::Status(_) | Notice::Loaded(..) | Notice::Hint(_)))
    {
        notice.print(ctx);
    }
    let env = decision.transition.as_ref().map(|transition| transition.applied_to(&ctx.env));
    match env.zip(decision.transition.and_then(|transition| transition.loaded)) {
        None if !decision.failed => Err(Failure::new("could not find a .awsenv here or in any folder above")
            .hint("run `awsenv init PROFILE` to make one")
            .kind(FailureKind::NoEnvFile)
            .into()),
        whole => Ok(whole),
    }
}
