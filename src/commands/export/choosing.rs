//! `awsenv use`, as the hook's function runs it: `awsenv export SHELL --hook=1 … --choose WORDS…`.
//!
//! The text is that of a prompt at which the choice counts already. If the words select nothing, nothing in
//! the shell changes.

use std::ffi::OsString;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::commands::export;
use crate::load::profile_words::ProfileWords;
use crate::prompt::choices::Request;
use crate::shell::{self, Shell};
use crate::system::context::Context;
use crate::terminal::{message, output};

/// The command line of a hook that runs `awsenv use`.
pub struct Chooser<'a> {
    shell: &'static dyn Shell,
    version: u32,
    args: &'a [OsString],
    /// The words after `awsenv use`.
    pub words: &'a [OsString],
}

/// What was typed after `awsenv use`.
pub enum UseWords {
    /// A request that needs no search.
    Request(Request),
    /// Words that select a profile, and how long it counts.
    Profile(Vec<String>, Option<chrono::TimeDelta>),
}

impl<'a> Chooser<'a> {
    /// Reads a command line; `None` if it is not that of such a hook.
    pub fn of(args: &'a [OsString]) -> Option<Self> {
        let [_, command, shell, version, ..] = args else { return None };
        let at = args.iter().position(|arg| arg == export::CHOOSE).filter(|_| command == "export")?;
        let version = version.to_str()?.strip_prefix("--hook=")?.parse().ok()?;
        let shell = shell::find(shell.to_str()?)?;
        Some(Self { shell, version, args: args.get(4..at)?, words: args.get(at + 1..)? })
    }

    /// Makes the choice, and prints the text for the hook.
    pub fn run(&self, ctx: &Context, words: UseWords) -> Exit {
        match request(ctx, words) {
            Ok(request) => export::answer(ctx, self.shell, self.version, self.args, Some(request)),
            Err(error) => {
                message::error(ctx, &error);
                self.nothing(Exit::of(&error, Exit::Failure))
            }
        }
    }

    /// Prints a text that changes nothing, after which the hook's function returns this code.
    pub fn nothing(&self, exit: Exit) -> Exit {
        // The next prompt runs the program again, whatever the shell knew.
        let mut text = self.shell.stale();
        text.extend(self.shell.assign("_awsenv_code", exit.code().to_string().as_bytes()));
        text.extend_from_slice(self.shell.end().as_bytes());
        if output::print(&text).is_ok() { Exit::Success } else { Exit::Failure }
    }
}

fn request(ctx: &Context, words: UseWords) -> Result<Request> {
    match words {
        UseWords::Request(request) => Ok(request),
        UseWords::Profile(words, term) => Ok(Request::Target(ProfileWords(&words).choose(ctx)?, term)),
    }
}
