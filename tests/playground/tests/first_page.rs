//! What README.md claims: its sessions are replayed in bash and compared, and its commands exist.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use awsenv_playground::{Playground, Shell};

const README: &str = include_str!("../../../README.md");

/// The section whose commands do not exist.
const MISSING: &str = "## What is not there yet";

#[test]
fn the_sessions_in_the_readme_are_what_the_program_prints() {
    let playground = Playground::new(Path::new(env!("CARGO_BIN_EXE_awsenv-playground"))).unwrap();
    let home = playground.home().to_str().unwrap().to_owned();
    let mut session = playground.session(Shell::Bash).unwrap();
    let mut actual = String::new();
    for line in sessions().lines().filter_map(typed) {
        actual += &format!("{}{line}\n", session.prompt());
        let text = session.run(line).replace(&home, "/home/you");
        actual.extend(text.lines().filter_map(comparable).map(|line| format!("{line}\n")));
    }
    let expected = sessions();
    assert!(timeless(&expected) == timeless(&actual), "the program prints this instead:\n{actual}");
    assert!(expected.lines().count() > 20, "there are sessions in the README");
}

#[test]
fn the_commands_in_the_readme_exist() {
    let help = Command::new(program()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split_once("Commands:").unwrap().1.split_once("\n\n").unwrap().0;
    let exist: BTreeSet<_> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let (before, missing) = README.split_once(MISSING).unwrap();
    let present = [before, missing.split_once("\n## ").unwrap().1].concat();
    let named = named(&present);
    assert!(named.is_subset(&exist), "not there: {:?}", named.difference(&exist));
    assert!(exist.is_subset(&named), "not in the README: {:?}", exist.difference(&named));
}

/// Returns the blocks of sessions, one after the other: one shell lives through all of them.
fn sessions() -> String {
    let blocks = README.split("```console\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0).collect()
}

/// Returns what is typed in this line of a session, if it starts with a prompt.
fn typed(line: &str) -> Option<&str> {
    let (place, line) = line.split_once(" $ ")?;
    place.starts_with('~').then_some(line)
}

/// Returns the line as the README has it: the login page's address is random, and whether it is copied depends on the
/// machine.
fn comparable(line: &str) -> Option<&str> {
    match line {
        line if line.starts_with("  http://127.0.0.1:") => Some("  http://127.0.0.1:40311/authorize?..."),
        line if line.contains("on your clipboard") => None,
        line => Some(line),
    }
}

/// Takes out how long things last: `59m left` is `58m left` on a slow machine.
fn timeless(text: &str) -> String {
    let is_span = |word: &str| {
        let digits = word.trim_end_matches(['h', 'm', 's']);
        digits.len() + 1 == word.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let words = |line: &str| line.split(' ').filter(|word| !is_span(word)).collect::<Vec<_>>().join(" ");
    text.lines().map(words).collect::<Vec<_>>().join("\n")
}

/// Returns the words after `awsenv` where it begins a command line.
fn named(text: &str) -> BTreeSet<&str> {
    let calls = ["`awsenv ", "$(awsenv ", "$ awsenv ", "\nawsenv "];
    let starts = calls.iter().flat_map(|call| text.match_indices(call).map(|(at, call)| at + call.len()));
    let word = |at: usize| text[at..].split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap();
    starts.map(word).filter(|word| !word.is_empty() && !word.starts_with('-')).collect()
}

fn program() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_awsenv-playground")).with_file_name("awsenv")
}
