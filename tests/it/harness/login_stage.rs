//! The fixture of the login tests: the world of [`scene`], in which logins use a browser, and programs on a
//! terminal.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use awsenv_emulator::{Operation, Person};
use chrono::TimeDelta;
use serde_json::Value;

use crate::harness::scene::{self, SESSION_TOKEN};
use crate::harness::screen;
use crate::harness::terminal::Terminal;
use crate::harness::world::{PROGRAM, World};

/// How long a test waits for another process.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The message where the terminal is remote.
pub const COPIED: &str = "awsenv: the link is on your clipboard, if your terminal allows that";

/// The file of the token of `my-sso`.
pub const TOKEN_FILE: &str = ".aws/sso/cache/0ad374308c5a4e22f723adf10145eafad7c4031c.json";

/// Makes a world whose person allows every login.
pub fn world() -> World {
    let mut world = scene::world();
    world.set("AWSENV_FLOW", "pkce");
    person(&world, Person::Approves);
    world
}

/// Sets what the person does.
pub fn person(world: &World, person: Person) {
    world.emulator().with(|state| state.person = person);
}

/// Waits until the emulator was asked for the operation so many times.
pub fn wait_for(world: &World, operation: Operation, times: usize) {
    let asked =
        world.emulator().wait_for(PATIENCE, |state| (state.log.count(operation) >= times).then_some(()));
    assert!(asked.is_some(), "{operation:?} was not asked for {times} times");
}

/// Returns how often these were asked for.
pub fn counts<const N: usize>(world: &World, operations: [Operation; N]) -> [usize; N] {
    operations.map(|operation| world.emulator().count(operation))
}

/// Returns what is in a token's file.
pub fn token(world: &World, key: &str) -> Value {
    serde_json::from_str(&scene::read(world, &format!(".aws/sso/cache/{key}.json"))).expect("it is JSON")
}

/// Changes only the expiry of the token of `my-sso`.
pub fn age(world: &World, left: TimeDelta) {
    let content = scene::read(world, TOKEN_FILE);
    let expires = token(world, SESSION_TOKEN)["expiresAt"].as_str().expect("it is text").to_owned();
    world.write(TOKEN_FILE, content.replacen(&expires, &scene::time_in(left), 1));
}

/// A run of the program on a terminal of its own.
pub struct Sitting {
    terminal: Terminal,
}

impl Sitting {
    /// Runs the program with these arguments in the home directory.
    pub fn start(world: &World, args: &[&str]) -> Self {
        Self::with(world, args, &[])
    }

    /// [`Sitting::start`] with more variables.
    pub fn with(world: &World, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::program(world, Path::new(PROGRAM), args, env)
    }

    /// [`Sitting::with`] for any program.
    pub fn program(world: &World, program: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(world.env()).envs(env.iter().copied()).current_dir(world.home());
        Self { terminal: Terminal::start(command) }
    }

    pub fn pid(&self) -> u32 {
        self.terminal.pid()
    }

    /// Waits until this stands on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.terminal.wait_for(text, 0, |bytes| screen::render(bytes).contains(text).then_some(()));
    }

    /// Waits until this stands on the screen so many times.
    pub fn wait_for_times(&mut self, text: &str, times: usize) {
        let found = |bytes: &[u8]| (screen::render(bytes).matches(text).count() >= times).then_some(());
        self.terminal.wait_for(text, 0, found);
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.terminal.type_bytes(keys.as_bytes());
    }

    /// Waits for the end and returns the exit code.
    pub fn end(&mut self) -> i32 {
        self.terminal.wait_for_end()
    }

    /// Returns everything that was printed, byte by byte.
    pub fn bytes(&self) -> String {
        String::from_utf8_lossy(self.terminal.transcript()).into_owned()
    }

    /// Returns the text on the screen, with placeholders for ports, states and codes.
    pub fn screen(&self, world: &World) -> String {
        let text = screen::render(self.terminal.transcript());
        let text = text.replace(world.emulator().url(), "<aws>");
        // Whether the terminal counts as remote depends on the machine, which may be a container.
        let lines = text.lines().filter(|line| *line != COPIED);
        lines.map(neutral).collect::<Vec<_>>().join("\n")
    }

    /// Waits for the end, with this code, and returns the screen.
    pub fn finish(mut self, world: &World, code: i32) -> String {
        let ended = self.end();
        let screen = self.screen(world);
        assert_eq!(ended, code, "{screen}");
        screen
    }
}

/// Runs the program on a terminal to its end, which must be this code, and returns the screen.
pub fn run(world: &World, args: &[&str], code: i32) -> String {
    Sitting::start(world, args).finish(world, code)
}

/// Replaces what differs from run to run.
fn neutral(line: &str) -> String {
    let mut line = line.to_owned();
    for name in ["client_id", "state", "code_challenge", "redirect_uri", "user_code"] {
        let Some(start) = line.find(&format!("{name}=")).map(|at| at + name.len() + 1) else { continue };
        let length = line[start..].find('&').unwrap_or(line.len() - start);
        line.replace_range(start..start + length, "…");
    }
    let is_code = line.len() == 11
        && line.trim().len() == 9
        && line.trim().chars().all(|c| c == '-' || c.is_ascii_uppercase());
    if is_code { "  <code>".to_owned() } else { line }
}

/// Returns the pages that were opened.
pub fn pages(world: &World) -> usize {
    world.browser().count()
}

/// Returns what lies in a folder below the home directory, sorted.
pub fn files(world: &World, folder: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(world.at(folder)) else { return Vec::new() };
    let names =
        entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
