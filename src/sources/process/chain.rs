//! The profiles whose programs are running, so that a circle of them is an error.
//!
//! A `credential_process` may be `awsenv credential-process` for another profile, which may have a
//! `credential_process` in turn. Each program gets a variable with the names of the profiles that wait for
//! it. The AWS CLI has one of its own, `_AWS_CLI_PROFILE_CHAIN` (2.36).

use crate::exports::variable::STATE;
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::text::{sanitize, shell_words};

/// The names, oldest first, quoted as a shell would.
const CHAIN: &str = "AWSENV_PROCESS_CHAIN";

/// Returns the profiles that wait for this process.
fn waiting(ctx: &Context) -> Vec<String> {
    ctx.env.text(CHAIN).and_then(shell_words::split).unwrap_or_default()
}

/// Fails if `profile` waits already; the error is the circle: `a -> b -> a`.
pub(super) fn check(ctx: &Context, profile: &str) -> Result<(), String> {
    let mut names = waiting(ctx);
    let Some(first) = names.iter().position(|name| name == profile) else { return Ok(()) };
    names.push(profile.to_owned());
    let round: Vec<_> = names[first..].iter().map(|name| sanitize::shown(name)).collect();
    Err(round.join(" -> "))
}

/// Returns the environment for the program of `profile`, with its name added to the chain, and without
/// awsenv's bookkeeping. The context's environment has no other exports of awsenv.
pub(super) fn environment(ctx: &Context, profile: &str) -> Environment {
    let mut names = waiting(ctx);
    names.push(profile.to_owned());
    let quoted: Vec<_> = names.iter().map(|name| shell_words::quote(name)).collect();
    let mut env = ctx.env.clone();
    env.unset(STATE);
    env.set(CHAIN, quoted.join(" "));
    env
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn whatever_a_profile_is_called_it_is_recognised() {
        let mut ctx = Context::new(Environment::default(), Path::new("/home/u"), Path::new("/"));
        ctx.env.set(STATE, "something");
        for name in ["a", "it's b", "c\td"] {
            assert_eq!(check(&ctx, name), Ok(()));
            ctx = ctx.with_env(environment(&ctx, name));
        }
        assert!(!ctx.env.has(STATE));
        assert_eq!(check(&ctx, "c\td").unwrap_err(), "c?d -> c?d");
        assert_eq!(check(&ctx, "it's b").unwrap_err(), "it's b -> c?d -> it's b");
        assert_eq!(check(&ctx, "d"), Ok(()));
    }
}
