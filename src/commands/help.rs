//! Help, version, and what is wrong with a command line.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::commands::exit::Exit;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};

/// Prints clap's answer: help and version on standard output, mistakes on standard error.
pub fn tell(ctx: &Context, error: &clap::Error, args: &[OsString]) -> Exit {
    let printed = error.print().map_err(|error| error.kind());
    match error.kind() {
        // A reader that has left is no reason to fail.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            if printed.is_err_and(|kind| kind != std::io::ErrorKind::BrokenPipe) =>
        {
            message::failure(ctx, "could not write to standard output");
            Exit::Failure
        }
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
        // The codes below 125 are the command's own.
        _ if args.get(1).is_some_and(|command| command == "exec") => {
            if let Some(hint) = stray_word(error, args) {
                message::hint(ctx, &hint);
            }
            Exit::NotRun
        }
        _ => Exit::Usage,
    }
}

/// Says what a word before the command may have meant: with other tools the profile stands there, or the command itself.
fn stray_word(error: &clap::Error, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument || word.starts_with('-') {
        return None;
    }
    Some(if args.iter().any(|arg| arg == "--") {
        format!("name the profile with `--profile {}`", sanitize::shown(&shell_words::quote(word)))
    } else {
        "put `--` before the command".to_owned()
    })
}
