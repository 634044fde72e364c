//! `awsenv export dotenv` and `awsenv export github-actions`: everything that a folder loads, for other
//! programs.

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

/// Prints all variables, and not only the changes. Beside keys, `AWS_PROFILE` is left out: where they are
/// used, there may be no such profile, and the AWS CLI would fail.
pub(super) fn run(ctx: &Context, format: &str, asking: &Asking, id: &str) -> Result<Exit> {
    // What `awsenv exec` or `awsenv use` loaded counts, whatever the folder says.
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
        // The key id is not secret, and helps to read the log of a job that failed.
        let secrets = variables.iter().filter(|(variable, _)| variable.secret && variable.code != 'K');
        message::verbatim(&secrets.map(|(_, value)| github_actions::mask(value)).collect::<String>());
    }
    output::print(github_actions::write(values).as_bytes())?;
    Ok(Exit::Success)
}

/// Returns the environment with what the folder loads, and its bookkeeping; `None` if it could not be loaded
/// and the person was told why.
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
