//! The words that the Tab key offers. clap's completion engine walks the real command line; names of profiles
//! and the like come from the AWS files. Nothing else is read: no `.awsenv`, no network, no other program.
//!
//! The scripts in `shell/complete.*` run `awsenv complete SHELL INDEX -- WORDS`, where INDEX is the place of
//! the word to complete in WORDS (bash: see [`bash_line`]). The first line of the answer says what follows:
//!
//! - `values` or `described`: one word a line, with a tab and its description; the latter if any has one
//! - `files`: nothing; the shell offers file names
//! - `command N`: nothing; the word N of the line begins another command, which the shell completes by itself

mod bash_line;
mod known_names;

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};
use unicode_width::UnicodeWidthStr as _;

use crate::commands;
use crate::commands::exit::Exit;
use crate::shell;
use crate::system::context::Context;
use crate::text::{sanitize, table};
use bash_line::BashLine;
use known_names::{KnownNames, Names};

/// Marks the candidate that stands for file names.
const FILES: &str = "files";

/// Of more names than this, the shell gets only those that contain the typed text, because filtering takes it
/// longer than awsenv. Fewer are left to the shell, which may match them in its own way.
const MANY: usize = 500;

/// Separates `awsenv exec` from its command.
const DASHES: &str = "--";

/// Answers `awsenv complete …`; `None` for every other command line.
pub(super) fn run(ctx: &Context, args: &[OsString], command_line: fn() -> Command) -> Option<Exit> {
    let [_, command, shell, request @ ..] = args else { return None };
    if command != "complete" {
        return None;
    }
    let shell = shell::find(shell.to_str()?)?.name();
    let dashes = request.iter().position(|word| word == DASHES)?;
    let (request, words) = (&request[..dashes], &request[dashes + 1..]);
    let index = request.first()?.to_str()?.parse().ok()?;
    let answer = match (shell, request) {
        ("bash", [_, line, breaks]) => {
            let line = BashLine::new(line.to_str()?, index, breaks.to_str()?, words)?;
            let words: Vec<OsString> = line.words().map(OsString::from).collect();
            answer(ctx, command_line(), &words, words.len() - 1).for_bash(&line)
        }
        (_, [_]) if index < words.len() => {
            answer(ctx, command_line(), words, index).text(matches!(shell, "fish" | "nu"))
        }
        _ => return None,
    };
    Some(commands::completions::print_answer(&answer))
}

/// The completions of a word.
enum Offer {
    Values(Vec<Offered>),
    Files,
    /// The index of the word that begins another command.
    Command(usize),
}

/// A word that is offered; `description` may be empty.
struct Offered {
    word: String,
    description: String,
}

fn answer(ctx: &Context, command: Command, words: &[OsString], index: usize) -> Offer {
    if let Some(first) = delegated(&command, &words[..index]) {
        return Offer::Command(first);
    }
    let current = &words[index];
    let Ok(candidates) = complete(&mut with_markers(command), words.to_vec(), index, None) else {
        return Offer::Values(Vec::new());
    };
    let names = KnownNames::new(ctx, words);
    let current = current.to_string_lossy();
    let mut values = Vec::new();
    for candidate in &candidates {
        match candidate.get_id().map(String::as_str) {
            Some(FILES) => return Offer::Files,
            // Before the name stands what belongs to the same word, such as `--profile=`.
            Some(id) => match (Names::of_id(id), candidate.get_value().to_str()) {
                (Some(kind), Some(before)) => {
                    let typed = current.strip_prefix(before).unwrap_or_default();
                    values.extend(Offered::named(before, fewer(names.get(kind), typed)));
                }
                _ => values.extend(Offered::new(candidate)),
            },
            None => values.extend(Offered::new(candidate)),
        }
    }
    let is_option = |value: &Offered| value.word.starts_with('-');
    values.retain(|value| value.word != DASHES || DASHES.starts_with(&*current));
    if current.is_empty() && !values.iter().all(is_option) {
        values.retain(|value| !is_option(value));
    }
    Offer::Values(values)
}

/// Drops the names that do not contain the typed text if there are more than [`MANY`].
fn fewer(mut names: Vec<(String, String)>, typed: &str) -> Vec<(String, String)> {
    if names.len() > MANY && !typed.is_empty() {
        let typed = typed.to_lowercase();
        names.retain(|(name, _)| name.to_lowercase().contains(&typed));
    }
    names
}

/// Returns the index of the word after a `--` that another command follows, as in `awsenv exec -- CMD`.
fn delegated(command: &Command, before: &[OsString]) -> Option<usize> {
    let dashes = before.iter().position(|word| word == DASHES)?;
    let words = before[..dashes].iter().skip(1);
    let inner = words.fold(command, |command, word| command.find_subcommand(word).unwrap_or(command));
    inner.get_arguments().any(Arg::is_last_set).then_some(dashes + 1)
}

/// Gives each argument of this command and its subcommands one candidate that stands for all names it takes,
/// so that thousands of names need not go through the engine.
fn with_markers(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| {
        let is_path =
            matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath);
        let (value, id) = match Names::of_argument(&name, &arg) {
            Some(kind) => ("", Some(kind.id())),
            None if is_path => ("", Some(FILES.to_owned())),
            None if arg.is_last_set() => (DASHES, None),
            None => return arg,
        };
        let candidate = move |_: &OsStr| vec![CompletionCandidate::new(value).id(id.clone())];
        arg.add(ArgValueCompleter::new(candidate))
    });
    command.mut_subcommands(with_markers)
}

impl Offered {
    /// Returns `None` for a hidden candidate, and for a word with characters that no line shows.
    fn new(candidate: &CompletionCandidate) -> Option<Self> {
        let word = candidate.get_value().to_str()?;
        if candidate.is_hide_set() || !is_fit(word) {
            return None;
        }
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let line = help.lines().next().unwrap_or_default();
        Some(Self { word: word.to_owned(), description: sanitize::shown_up_to(100, line) })
    }

    /// Returns the names that can be typed as they are, each with `before` in front.
    fn named(before: &str, names: Vec<(String, String)>) -> impl Iterator<Item = Self> {
        // A name that begins with a hyphen would be an option.
        let names = names.into_iter().filter(|(name, _)| is_fit(name) && !name.starts_with('-'));
        names.map(move |(name, about)| Self {
            word: if before.is_empty() { name } else { format!("{before}{name}") },
            description: sanitize::shown_up_to(100, &about),
        })
    }
}

/// Returns whether the word has no hidden characters and is not empty.
fn is_fit(word: &str) -> bool {
    !word.is_empty() && !word.chars().any(sanitize::is_hidden)
}

impl Offer {
    /// Returns the answer for shells that show descriptions. With `plain` the shell lays them out itself.
    fn text(&self, plain: bool) -> String {
        let Self::Values(values) = self else { return self.without_values() };
        let described = values.iter().any(|value| !value.description.is_empty());
        let width = values.iter().map(|value| value.word.width()).max().unwrap_or_default().min(40);
        let mut text = String::from(if described { "described\n" } else { "values\n" });
        for Offered { word, description } in values {
            text += word;
            text.push('\t');
            match (plain, description.is_empty()) {
                (true, _) => text += description,
                (false, true) => text += word,
                (false, false) => text += &format!("{}  {description}", table::padded(word, width)),
            }
            text.push('\n');
        }
        text
    }

    /// Returns the answer for bash: the words that fit, quoted, without the part that bash keeps.
    fn for_bash(&self, line: &BashLine) -> String {
        match self {
            Self::Values(values) => {
                let words = values.iter().filter_map(|value| line.rest_of(&value.word));
                words.fold("values\n".to_owned(), |text, word| text + &word + "\n")
            }
            Self::Command(first) => Self::Command(line.index_of(*first)).without_values(),
            Self::Files => self.without_values(),
        }
    }

    fn without_values(&self) -> String {
        match self {
            Self::Values(_) => "values\n".to_owned(),
            Self::Files => format!("{FILES}\n"),
            Self::Command(first) => format!("command {first}\n"),
        }
    }
}
