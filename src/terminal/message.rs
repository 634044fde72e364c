//! What a person reads, all of it on standard error.
//!
//! Four kinds of line exist: status, warning, error, hint. Each starts with `awsenv: `, in lower case,
//! without a final period, and makes sense without colour. Standard output belongs to programs; a closed or
//! full standard error never stops a command.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::terminal::colour;

/// Prints a status line: what happened.
pub fn status(ctx: &Context, text: &str) {
    line(ctx, None, text);
}

/// Prints a warning: something the person should look at, while the command went on.
pub fn warning(ctx: &Context, text: &str) {
    line(ctx, Some(("warning", "33")), text);
}

/// Whether [`unkept`] has warned.
static HAS_WARNED: AtomicBool = AtomicBool::new(false);

/// Warns that a cache could not be written: what was to be kept is good all the same. Once in a run, since a
/// folder that cannot be written is met by each of its writers.
pub fn unkept(ctx: &Context, error: &anyhow::Error) {
    let text = crate::text::sanitize::shown(&format!("{error:#}"));
    if HAS_WARNED.swap(true, Ordering::Relaxed) {
        debug(ctx, || text);
    } else {
        warning(ctx, &text);
    }
}

/// Prints the cure for what was printed before it.
pub fn hint(ctx: &Context, text: &str) {
    line(ctx, Some(("hint", "36")), text);
}

/// Prints what could not be done. What AWS says comes last in it, with the code that one can search for, so
/// it may be longer than one piece of text from outside.
pub fn failure(ctx: &Context, text: &str) {
    line(ctx, Some(("error", "31")), &crate::text::sanitize::shown_up_to(LONGEST, text));
}

/// Prints what an error says as a warning, since the command went on, then its hint. `what` comes of it.
pub fn warning_of(ctx: &Context, what: &str, error: &anyhow::Error) {
    warning(ctx, &crate::text::sanitize::shown_up_to(LONGEST, &format!("{what}: {error:#}")));
    if let Some(cure) = Failure::hint_of(error) {
        hint(ctx, cure);
    }
}

/// In characters.
const LONGEST: usize = 1000;

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

/// Prints lines that are to be copied, or are for the program that reads standard error, as they stand.
pub fn verbatim(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Explains a decision, with `AWSENV_LOG=debug` only.
pub fn debug(ctx: &Context, text: impl FnOnce() -> String) {
    if explains(ctx) {
        line(ctx, Some(("debug", "2")), &text());
    }
}

/// Returns whether decisions are to be explained.
pub fn explains(ctx: &Context) -> bool {
    ctx.env.text("AWSENV_LOG") == Some("debug")
}

fn line(ctx: &Context, kind: Option<(&str, &str)>, text: &str) {
    let prefix = match kind {
        None => "awsenv: ".to_owned(),
        Some((kind, colour)) if is_coloured(ctx) => format!("awsenv: \u{1b}[{colour}m{kind}:\u{1b}[0m "),
        Some((kind, _)) => format!("awsenv: {kind}: "),
    };
    // One write, so that lines of several shells do not interleave; nothing to do if it fails.
    let text = ctx.with_tilde(text);
    let _ = std::io::stderr().write_all(format!("{prefix}{text}\n").as_bytes());
}

/// Returns whether colour may be used on standard error.
pub fn is_coloured(ctx: &Context) -> bool {
    colour::is_wanted(ctx, &std::io::stderr())
}
