//! The playground as a person starts it, with and without a terminal, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::process::{Command, Stdio};

use awsenv_playground::{screen, terminal::Terminal};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A person's own world, in which nothing may be left behind.
struct Person {
    folder: TempDir,
}

impl Person {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// Starts the playground with a home and a folder for temporary files that are empty.
    fn playground(&self, shell: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_awsenv-playground"));
        command.arg(shell).env("HOME", self.folder.path()).env("TMPDIR", self.folder.path());
        for folder in
            ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"]
        {
            command.env(folder, self.folder.path());
        }
        command.env("TERM", "xterm-256color");
        command
    }

    fn left_behind(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

/// Returns whether the shell is there, and fails where the gate runs if it is not.
fn have(shell: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).any(|folder| folder.join(shell).exists());
    let must = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(installed || !must, "{shell} is not installed; `tests/setup` installs it");
    installed
}

fn tour_in(shell: &str) {
    if !have(shell) {
        return;
    }
    let person = Person::new();
    let output = person.playground(shell).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{text}\n{errors}");
    assert!(text.ends_with("Every step of the tour showed what it should.\n"), "{text}");
    assert_eq!(person.left_behind(), 0);
}

#[test]
fn the_tour_goes_well_in_bash() {
    tour_in("bash");
}

#[test]
fn the_tour_goes_well_in_zsh() {
    tour_in("zsh");
}

#[test]
fn the_tour_goes_well_in_fish() {
    tour_in("fish");
}

#[test]
fn a_person_gets_a_shell_and_leaves_nothing_behind() {
    let person = Person::new();
    let mut terminal = Terminal::start(person.playground("bash"));
    wait_for(&mut terminal, "~ $ ");
    assert_eq!(person.left_behind(), 1, "the throw-away home is the only trace");
    terminal.type_bytes(b"cd src/acme/api\r");
    wait_for(&mut terminal, "run `awsenv allow");
    terminal.type_bytes(b"exit 3\r");
    assert_eq!(terminal.wait_for_end(), 0, "the exit code of the shell is the person's own affair");
    assert_eq!(person.left_behind(), 0);
}

#[test]
fn a_playground_that_is_told_to_end_leaves_nothing_behind() {
    for signal in [Signal::TERM, Signal::HUP] {
        let person = Person::new();
        let mut terminal = Terminal::start(person.playground("bash"));
        wait_for(&mut terminal, "~ $ ");
        let pid = i32::try_from(terminal.pid()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
        terminal.wait_for_end();
        assert_eq!(person.left_behind(), 0);
    }
}

#[test]
fn an_unknown_shell_is_named() {
    let output = Person::new().playground("ksh").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors, "playground: error: unknown shell: ksh; name one of bash, zsh, fish\n");
}

fn wait_for(terminal: &mut Terminal, text: &str) {
    terminal.wait_for(text, 0, |bytes| screen::render(bytes).contains(text.trim_end()).then_some(()));
}
