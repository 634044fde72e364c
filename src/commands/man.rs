//! `awsenv man`: the manual pages, which the program carries with it.

use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::system::context::Context;
use crate::terminal::output;
use crate::text::{plain_roff, sanitize};

/// Each page with its name: `awsenv`, `awsenv-exec`, `awsenv.5`.
static PAGES: &[(&str, &str)] = &include!("../../man/pages.rs");

/// Shows a page in `man`, or as text where there is no `man`. Where standard output is no terminal, prints
/// its roff source, for `man -l -` and for files. `words` name a command, such as `configure sso`, or `5` for
/// the page of the files. Errors: there is no such page.
pub fn run(ctx: &Context, words: &[String]) -> Result<Exit> {
    let page = find(words)?;
    if !std::io::stdout().is_terminal() {
        output::print(page.as_bytes())?;
    } else if !is_shown_by_man(ctx, page) {
        output::print(plain_roff::text(page).as_bytes())?;
    }
    Ok(Exit::Success)
}

/// Returns the names of the commands that have a page.
pub fn commands() -> impl Iterator<Item = &'static str> {
    PAGES.iter().filter_map(|(name, _)| name.strip_prefix("awsenv-"))
}

fn find(words: &[String]) -> Result<&'static str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let name = match words[..] {
        [] => "awsenv".to_owned(),
        ["5"] => "awsenv.5".to_owned(),
        [name] if name.starts_with("awsenv") => name.to_owned(),
        _ => format!("awsenv-{}", words.join("-")),
    };
    if let Some((_, page)) = PAGES.iter().find(|(known, _)| *known == name) {
        return Ok(page);
    }
    let asked = words.join(" ");
    let failure = Failure::new(format!("there is no manual page for `{}`", sanitize::shown(&asked)));
    let near = sanitize::nearest(&words.join("-"), commands());
    Err(failure
        .hint(match near {
            Some(near) => format!("did you mean `awsenv man {near}`?"),
            None => "run `awsenv man`, which lists the commands".to_owned(),
        })
        .into())
}

/// Returns whether there is a `man` that takes a page from its standard input: man-db does.
fn is_shown_by_man(ctx: &Context, page: &str) -> bool {
    let path = ctx.env.get("PATH").unwrap_or_default();
    let Ok(program) = which::which_in("man", Some(path), "/") else { return false };
    let mut man = Command::new(program);
    man.args(["-l", "-"]).stdin(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = man.spawn() else { return false };
    // A reader that has left is no failure.
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(page.as_bytes()));
    child.wait().is_ok_and(|status| status.success())
}
