//! The commands in the pages are ones that the program takes, the files in them can be read, and the errors
//! that they explain exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use awsenv::env_file::parse::EnvFile;
use awsenv::settings::Settings;
use awsenv::shared_config;
use awsenv::system::context::Context;
use awsenv::system::environment::Environment;
use awsenv::text::shell_words;
use clap::error::ErrorKind;

use super::markdown::{Part, code, pages, parts, root};
use crate::harness::world::World;

/// What a block `ini` says of itself in its first line; one without it is a `.awsenv`.
const SETTINGS: &str = "# ~/.config/awsenv/config\n";
const AWS_CONFIG: &str = "# ~/.aws/config\n";

/// Returns the words behind each `awsenv` that begins a command in this code.
fn commands(code: &str) -> Vec<Vec<String>> {
    let begins = |at: &usize| {
        let before = &code[..*at];
        before.ends_with("/bin/")
            || !before.ends_with(|char: char| char.is_alphanumeric() || "-_/.".contains(char))
    };
    let starts = code.match_indices("awsenv ").map(|(at, _)| at).filter(begins);
    starts.map(|at| words(&code[at + "awsenv ".len()..])).collect()
}

/// Returns the words up to what ends a command.
fn words(rest: &str) -> Vec<String> {
    let mut quote = None;
    let mut before = ' ';
    let end = rest.find(|char| {
        let ends = match quote {
            Some(open) if open == char => {
                quote = None;
                false
            }
            Some(_) => false,
            None if "'\"".contains(char) => {
                quote = Some(char);
                false
            }
            None => "\n|;&)`<>".contains(char) || char == '#' && before == ' ',
        };
        before = char;
        ends
    });
    // In a table a `|` is escaped.
    let command = rest[..end.unwrap_or(rest.len())].trim_end_matches('\\');
    shell_words::split(command).unwrap_or_else(|| panic!("no command: {command}"))
}

/// Says what the command line's definition has against these words. A piece of prose may leave out what is
/// required.
fn mistake(words: &[String], is_whole: bool) -> Option<String> {
    let line = std::iter::once("awsenv").chain(words.iter().map(String::as_str));
    let error = awsenv::cli::command().try_get_matches_from(line).err()?;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            if !is_whole =>
        {
            None
        }
        _ => Some(error.to_string()),
    }
}

#[test]
fn every_command_in_the_pages_is_one_that_the_program_takes() {
    let mut named = BTreeSet::new();
    let mut count = 0;
    let mut check = |path: &Path, code: &str, is_whole| {
        for words in commands(code) {
            let mistake = mistake(&words, is_whole);
            assert!(mistake.is_none(), "{}: awsenv {}: {mistake:?}", path.display(), words.join(" "));
            named.extend(words.into_iter().next());
            count += 1;
        }
    };
    for (path, page) in &pages() {
        for part in parts(page) {
            match part {
                Part::Block("console", block) => {
                    let typed = block.lines().filter_map(|line| line.split_once("$ "));
                    typed.for_each(|(_, typed)| check(path, typed, true));
                }
                Part::Block("text", _) => {}
                Part::Block(_, block) => check(path, block, true),
                Part::Line(line) => code(line).into_iter().for_each(|code| check(path, code, false)),
            }
        }
    }
    assert!(count > 200, "{count}");
    let command = awsenv::cli::command();
    let all = command.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    let unnamed: Vec<_> = all.filter(|name| !named.contains(*name)).collect();
    assert!(unnamed.is_empty(), "no page names {unnamed:?}");
}

#[test]
fn every_block_for_a_shell_is_one_that_bash_can_read() {
    let mut script = String::new();
    for page in pages().values() {
        for part in parts(page) {
            if let Part::Block("sh" | "bash", block) = part {
                script += &format!("block() {{\n{block}\n}}\n");
            }
        }
    }
    let output = Command::new("bash").args(["-n", "-c", &script]).output().expect("bash starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(script.lines().count() > 100);
}

#[test]
fn every_file_in_the_pages_can_be_read() {
    let world = World::new();
    let ctx = Context::new(Environment::default(), &world.home(), &world.home());
    for (path, page) in &pages() {
        for part in parts(page) {
            let Part::Block("ini", block) = part else { continue };
            let outcome = if block.starts_with(SETTINGS) {
                world.write(".config/awsenv/config", block);
                Settings::look(&ctx).map(drop)
            } else if block.starts_with(AWS_CONFIG) {
                world.aws_config(block);
                shared_config::load(&ctx)
                    .map(|config| assert_eq!(config.overlooked().count(), 0, "{}", path.display()))
            } else {
                EnvFile::parse(block.as_bytes(), "example").map(drop)
            };
            outcome.unwrap_or_else(|error| panic!("{}: {error:#}\n{block}", path.display()));
        }
    }
}

/// Returns the text of all files below a folder, with strings that go on in the next line put together.
fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &source(&path);
        } else {
            text += &fs::read_to_string(&path).expect("text");
        }
    }
    text.split("\\\n").map(str::trim_start).collect()
}

#[test]
fn every_error_that_is_explained_exists() {
    let source = source(&root().join("src"));
    let page = &pages()[Path::new("docs/troubleshooting.md")];
    let explained = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let parts: Vec<_> = explained.flat_map(|text| text.split('…')).collect();
    let gone: Vec<_> = parts.iter().filter(|part| !source.contains(part.trim_matches([' ', ',']))).collect();
    assert!(gone.is_empty(), "no message says {gone:?}");
    assert!(parts.len() > 30);
}
