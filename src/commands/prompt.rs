//! `awsenv prompt`: a short line for a shell's prompt, from the environment alone.

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::exports::bookkeeping::Loaded;
use crate::exports::term::Term;
use crate::failure::Failure;
use crate::system::context::Context;
use crate::terminal::colour::{self, Colour};
use crate::terminal::{message, output};
use crate::text::{duration, prompt_format, sanitize, timestamp};

/// What is printed without `--format`.
const FORMAT: &str = "{profile}[ {region}][ {left}][ {guarded}][ for {term}]";

const FIELDS: &str = "`{profile}`, `{account}`, `{role}`, `{region}`, `{left}`, `{guarded}` and `{term}`";

/// Prints what is loaded in this shell, nothing if nothing is. Reads no file.
pub fn run(ctx: &Context, format: Option<&str>) -> Result<Exit> {
    let variable = |name: &str| ctx.env.text(name).map(sanitize::shown).unwrap_or_default();
    let is_guarded = ctx.env.has("AWSENV_GUARDED");
    let left = || {
        let expiration = ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse)?;
        Some(duration::left_in_prompt(expiration - ctx.now()))
    };
    // What was chosen with `awsenv use --for` ends by itself.
    let term = || Term::of_origin(&Loaded::of(&ctx.env)?.origin)?.left_in_prompt(ctx.now());
    let field = |name: &str| {
        Some(match name {
            "profile" => variable("AWSENV_PROFILE"),
            "account" => variable("AWSENV_ACCOUNT"),
            "role" => variable("AWSENV_ROLE"),
            "region" => variable("AWS_REGION"),
            "left" => left().unwrap_or_default(),
            "term" => term().unwrap_or_default(),
            "guarded" => if is_guarded { "guarded" } else { "" }.to_owned(),
            _ => return None,
        })
    };
    let line = match prompt_format::fill(format.unwrap_or(FORMAT), field) {
        Ok(line) => sanitize::shown(&line),
        Err(what) => {
            let failure = Failure::new(format!("could not use `--format`: {}", sanitize::shown(&what)));
            message::error(ctx, &failure.hint(format!("the fields are {FIELDS}")).into());
            return Ok(Exit::Usage);
        }
    };
    if ctx.env.has("AWSENV_PROFILE") {
        // In a prompt standard output is no terminal, and the prompt has colours of its own.
        let colour = Some(Colour::Red).filter(|_| is_guarded && output::is_coloured(ctx));
        output::print(format!("{}\n", colour::painted(colour, &line)).as_bytes())?;
    }
    Ok(Exit::Success)
}
