//! Messages for a person, on standard error.
//!
//! There are four kinds: status, warning, error, hint, and `debug` with `AWSENV_LOG=debug`. Each line starts
//! with `awsenv: `, in lower case, without a final period, and makes sense without colour. A closed or full
//! standard error never stops a command.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::terminal::colour;

/// Prints a status line: what happened.
pub fn status(ctx: &Context, text: &str) {
    line(ctx, None, text);
}

/// Prints a warning: something to look at, while the command went on.
pub fn warning(ctx: &Context, text: &str) {
    line(ctx, Some(("warning", "33")), text);
}

/// The longest error, in characters.
const LONGEST: usize = 1000;

/// Whether [`unkept`] has warned.
static HAS_WARNED: AtomicBool = AtomicBool::new(false);

/// Warns that a cache could not be written, although its content is good. Once in a run: a folder that cannot
/// be written fails each of its writers.
pub fn unkept(ctx: &Context, error: &anyhow::Error) {
    let text = crate::text::sanitize::shown(&format!("{error:#}"));
    if HAS_WARNED.swap(true, Ordering::Relaxed) {
        debug(ctx, || text);
    } else {
        warning(ctx, &text);
    }
}

/// Prints a hint: what to do about the line before.
pub fn hint(ctx: &Context, text: &str) {
    line(ctx, Some(("hint", "36")), text);
}

/// Prints an error. The answer of AWS comes last in it, with the code that one can search for, so it may be
/// longer than other texts from outside.
pub fn failure(ctx: &Context, text: &str) {
    line(ctx, Some(("error", "31")), &crate::text::sanitize::shown_up_to(LONGEST, text));
}

/// Prints an error as a warning, since the command went on, and its hint. `what` says what it affects.
pub fn warning_of(ctx: &Context, what: &str, error: &anyhow::Error) {
    warning(ctx, &crate::text::sanitize::shown_up_to(LONGEST, &format!("{what}: {error:#}")));
    if let Some(cure) = Failure::hint_of(error) {
        hint(ctx, cure);
    }
}

/// Prints an error with its causes in one line, then its hint.
pub fn error(ctx: &Context, error: &anyhow::Error) {
    if Failure::kind_of(error) == FailureKind::Cancelled {
        return status(ctx, &format!("{error:#}"));
    }
    let (text, cure) = Failure::lines(error);
    failure(ctx, &text);
    if let Some(cure) = cure {
        hint(ctx, cure);
    }
}

/// Prints lines as they are, for a person to copy or for a program that reads standard error.
pub fn verbatim(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints a `debug` line that explains a decision, with `AWSENV_LOG=debug` only.
pub fn debug(ctx: &Context, text: impl FnOnce() -> String) {
    if explains(ctx) {
        line(ctx, Some(("debug", "2")), &text());
    }
}

/// Returns whether `AWSENV_LOG=debug` is set.
pub fn explains(ctx: &Context) -> bool {
    ctx.env.text("AWSENV_LOG") == Some("debug")
}

fn line(ctx: &Context, kind: Option<(&str, &str)>, text: &str) {
    let prefix = match kind {
        None => "awsenv: ".to_owned(),
        Some((kind, colour)) if is_coloured(ctx) => format!("awsenv: \u{1b}[{colour}m{kind}:\u{1b}[0m "),
        Some((kind, _)) => format!("awsenv: {kind}: "),
    };
    // One write, so that lines of several shells do not interleave.
    let text = ctx.with_tilde(text);
    let _ = std::io::stderr().write_all(format!("{prefix}{text}\n").as_bytes());
}

/// Returns whether colour may be used on standard error.
pub fn is_coloured(ctx: &Context) -> bool {
    colour::is_wanted(ctx, &std::io::stderr())
}
