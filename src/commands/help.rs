//! Help, version, and mistakes in a command line.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::commands::exit::Exit;
use crate::shared_config;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, shell_words};

/// Prints clap's answer: help and version on standard output, mistakes on standard error with awsenv's own
/// prefix. `commands` are the names that may be suggested.
pub fn tell(ctx: &Context, error: &clap::Error, args: &[OsString], commands: &[String]) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that has left, as in `awsenv help | head -1`, is no failure.
            return match error.print().map_err(|error| error.kind()) {
                Ok(()) | Err(std::io::ErrorKind::BrokenPipe) => Exit::Success,
                Err(_) => {
                    message::failure(ctx, "could not write to standard output");
                    Exit::Failure
                }
            };
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            return Exit::Usage;
        }
        _ => {}
    }
    let is_exec = args.get(1).is_some_and(|command| command == "exec");
    let hint = if is_exec { stray_word(ctx, error, args) } else { unknown_command(error, commands) };
    tell_mistake(ctx, error, hint);
    // The codes below 125 are the command's own.
    if is_exec { Exit::NotRun } else { Exit::Usage }
}

/// [`tell`] where standard output is not for people: everything goes to standard error.
pub fn tell_aside(ctx: &Context, error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        message::verbatim(&error.render().to_string());
        return Exit::Success;
    }
    tell_mistake(ctx, error, None);
    Exit::Usage
}

/// Prints a mistake with this hint, else with clap's own, else with how the command is written.
fn tell_mistake(ctx: &Context, error: &clap::Error, hint: Option<String>) {
    let mistake = Mistake::new(&error.render().to_string());
    message::failure(ctx, &mistake.what);
    message::hint(ctx, &hint.or_else(|| mistake.tip.clone()).unwrap_or_else(|| mistake.form()));
}

/// The parts of clap's text about a mistake.
struct Mistake {
    what: String,
    tip: Option<String>,
    usage: Option<String>,
}

impl Mistake {
    fn new(text: &str) -> Self {
        let (what, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let what = what.trim().trim_start_matches("error: ");
        let what: Vec<_> = what.lines().map(str::trim).collect();
        let find = |start: &str| rest.lines().find_map(|line| line.trim().strip_prefix(start));
        Self {
            what: what.join(" "),
            tip: find("tip: ").map(str::to_owned),
            usage: find("Usage: ").map(str::to_owned),
        }
    }

    /// Returns how the command is written.
    fn form(&self) -> String {
        let Some(usage) = &self.usage else { return "run `awsenv help`".to_owned() };
        let command = usage.split_whitespace().skip(1).take_while(|word| !word.starts_with(['[', '<', '-']));
        let command: Vec<_> = command.collect();
        format!("write `{usage}`; `awsenv help {}` explains it", command.join(" "))
    }
}

/// Returns a hint for a word before `--`: with other tools the profile stands there, or the command itself.
fn stray_word(ctx: &Context, error: &clap::Error, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument || word.starts_with('-') {
        return None;
    }
    let shown = |word: &str| sanitize::shown(&shell_words::quote(word));
    let is_profile = shared_config::load(ctx).is_ok_and(|config| config.profile(word).is_some());
    let rest = args.iter().skip_while(|arg| arg.to_str() != Some(word)).skip(1);
    let rest: Vec<_> = rest.map(|arg| shown(&arg.to_string_lossy())).collect();
    let word = shown(word);
    Some(match rest.first().map(String::as_str) {
        Some("--") => format!("name the profile with `--profile {word}`"),
        Some(_) if is_profile => {
            format!("`{word}` is a profile; run `awsenv exec -p {word} -- {}`", rest.join(" "))
        }
        None if is_profile => format!("`{word}` is a profile; run `awsenv exec -p {word} -- COMMAND`"),
        _ => format!("put `--` before the command: `-- {}`", [&[word], &rest[..]].concat().join(" ")),
    })
}

/// Suggests a command for one that does not exist.
fn unknown_command(error: &clap::Error, commands: &[String]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    Some(match sanitize::nearest(word, commands.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `awsenv {near}`?"),
        None => "run `awsenv help` to see all commands".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::Mistake;

    #[test]
    fn what_clap_says_is_taken_apart() {
        let text = "error: the following required arguments were not provided:\n  --profile <PROFILE>\n\n\
                    Usage: awsenv credential-process --profile <PROFILE>\n\nFor more information, try '--help'.\n";
        let mistake = Mistake::new(text);
        assert_eq!(mistake.what, "the following required arguments were not provided: --profile <PROFILE>");
        assert_eq!(
            mistake.form(),
            "write `awsenv credential-process --profile <PROFILE>`; `awsenv help credential-process` explains it"
        );
        let text = "error: unexpected argument '--porfile' found\n\n  tip: a similar argument exists: '--profile'\n\nUsage: x\n";
        assert_eq!(Mistake::new(text).tip.as_deref(), Some("a similar argument exists: '--profile'"));
    }
}
