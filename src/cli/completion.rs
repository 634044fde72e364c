//! What the Tab key offers. clap's completion engine walks the real command line; names of profiles and the like come from
//! the AWS files. Nothing else is read: no `.awsenv`, no network, no other program.
//!
//! The scripts in `shell/complete.*` run `awsenv complete SHELL INDEX -- WORDS`, where INDEX is the place of the word to
//! complete in WORDS (bash: see [`bash_line`]). The first line of the answer says what follows:
//!
//! - `values` or `described`: one word a line, with a tab and its description; the latter if any has one
//! - `files`: nothing; the shell offers file names
//! - `command N`: nothing; the word N of the line begins another command, which the shell completes by itself

mod bash_line;
mod known_names;

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::commands;
use crate::commands::exit::Exit;
use crate::shell;
use crate::system::context::Context;
use crate::text::sanitize;
use bash_line::BashLine;
use known_names::{KnownNames, Names};

/// Marks the candidate that stands for file names.
const FILES: &str = "files";

/// What stands between `awsenv exec` and its command.
const DASHES: &str = "--";

/// Answers `awsenv complete …`; `None` for every other command line.
pub(super) fn run(ctx: &Context, args: &[OsString]) -> Option<Exit> {
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
            answer(ctx, &words, words.len() - 1).for_bash(&line)
        }
        (_, [_]) if index < words.len() => answer(ctx, words, index).text(shell == "fish"),
        _ => return None,
    };
    Some(commands::completions::print_answer(&answer))
}

/// What is offered for a word.
enum Answer {
    Values(Vec<Value>),
    Files,
    /// The index of the word that begins another command.
    Command(usize),
}

/// A word that is offered. `description` may be empty.
struct Value {
    word: String,
    description: String,
}

fn answer(ctx: &Context, words: &[OsString], index: usize) -> Answer {
    let mut command = super::command();
    if let Some(first) = delegated(&command, &words[..index]) {
        return Answer::Command(first);
    }
    let names = Arc::new(KnownNames::new(ctx, words));
    command = with_names(command, &names);
    let current = &words[index];
    let Ok(candidates) = complete(&mut command, words.to_vec(), index, None) else {
        return Answer::Values(Vec::new());
    };
    if candidates.iter().any(|candidate| candidate.get_id().is_some_and(|id| id == FILES)) {
        return Answer::Files;
    }
    let mut values: Vec<Value> = candidates.iter().filter_map(Value::new).collect();
    let is_option = |value: &Value| value.word.starts_with('-');
    values.retain(|value| value.word != DASHES || DASHES.as_bytes().starts_with(current.as_encoded_bytes()));
    if current.is_empty() && !values.iter().all(is_option) {
        values.retain(|value| !is_option(value));
    }
    Answer::Values(values)
}

/// Returns the index behind a `--` that another command follows, as in `awsenv exec -- CMD`.
fn delegated(command: &Command, before: &[OsString]) -> Option<usize> {
    let dashes = before.iter().position(|word| word == DASHES)?;
    let words = before[..dashes].iter().skip(1);
    let inner = words.fold(command, |command, word| command.find_subcommand(word).unwrap_or(command));
    inner.get_arguments().any(Arg::is_last_set).then_some(dashes + 1)
}

/// Tells the engine which arguments take names of which kind, in this command and those below it.
fn with_names(command: Command, names: &Arc<KnownNames>) -> Command {
    let is_last = command.get_arguments().any(Arg::is_last_set);
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| {
        let names = Arc::clone(names);
        if let Some(kind) = Names::of_argument(&name, &arg) {
            return arg.add(ArgValueCompleter::new(move |_: &OsStr| {
                let known = names.get(kind).into_iter();
                known
                    .map(|(name, about)| {
                        CompletionCandidate::new(name).help((!about.is_empty()).then(|| about.into()))
                    })
                    .collect()
            }));
        }
        if matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath) {
            let files = |_: &OsStr| vec![CompletionCandidate::new("").id(Some(FILES.to_owned()))];
            return arg.add(ArgValueCompleter::new(files));
        }
        if is_last && arg.is_last_set() {
            return arg.add(ArgValueCompleter::new(|_: &OsStr| vec![CompletionCandidate::new(DASHES)]));
        }
        arg
    });
    command.mut_subcommands(|command| with_names(command, names))
}

impl Value {
    /// Returns `None` for what is hidden, and for a word that no line could hold as it is.
    fn new(candidate: &CompletionCandidate) -> Option<Self> {
        let word = candidate.get_value().to_str()?;
        if candidate.is_hide_set() || word.is_empty() || word.chars().any(sanitize::is_hidden) {
            return None;
        }
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let line = help.lines().next().unwrap_or_default();
        Some(Self { word: word.to_owned(), description: sanitize::shown_up_to(100, line) })
    }
}

impl Answer {
    /// Writes what shells get that show a description beside each word; fish lays them out by itself.
    fn text(&self, plain: bool) -> String {
        let Self::Values(values) = self else { return self.without_values() };
        let described = values.iter().any(|value| !value.description.is_empty());
        let width = values.iter().map(|value| value.word.chars().count()).max().unwrap_or_default().min(40);
        let mut text = String::from(if described { "described\n" } else { "values\n" });
        for Value { word, description } in values {
            text += word;
            text.push('\t');
            match (plain, description.is_empty()) {
                (true, _) => text += description,
                (false, true) => text += word,
                (false, false) => text += &format!("{word:width$}  {description}"),
            }
            text.push('\n');
        }
        text
    }

    /// Writes what bash gets: the words that fit, quoted, and without the part that bash keeps.
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
