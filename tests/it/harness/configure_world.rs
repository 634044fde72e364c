//! The fixture of the tests of `configure`: a world that is logged in to Identity Center, and a person who
//! answers.

use std::process::Command;

use awsenv_emulator::Person;

use crate::harness::screen;
use crate::harness::terminal::Terminal;
use crate::harness::world::{PROGRAM, World};

/// The session `acme`.
pub const SESSION: &str = "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\n\
    sso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n";
/// The flags that describe the same session.
pub const FLAGS: [&str; 8] = [
    "configure",
    "sso",
    "--sso-session",
    "acme",
    "--start-url",
    "https://acme.awsapps.com/start",
    "--region",
    "eu-west-1",
];

/// Makes a world with a live token for the session `acme`, and no config file.
pub fn logged_in() -> World {
    let world = World::with_emulator();
    world.emulator().with(|state| state.person = Person::Approves);
    let config = world.aws_config(SESSION);
    let mut login = on_terminal(&world, &["login", "--sso-session", "acme"]);
    assert_eq!(login.wait_for_end(), 0, "{}", String::from_utf8_lossy(login.transcript()));
    std::fs::remove_file(config).expect("it is there");
    world.emulator().reset_log();
    world
}

/// Starts the program on a terminal.
pub fn on_terminal(world: &World, args: &[&str]) -> Terminal {
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear().envs(world.env()).current_dir(world.home());
    Terminal::start(command)
}

/// Returns the config file's text.
pub fn config(world: &World) -> String {
    std::fs::read_to_string(world.at(".aws/config")).expect("the file is there")
}

/// Returns the flags for the session, and more.
pub fn flags<'a>(more: &[&'a str]) -> Vec<&'a str> {
    FLAGS.iter().copied().chain(more.iter().copied()).collect()
}

/// Returns the hint at the end, for this profile.
pub fn hint(name: &str) -> String {
    format!("awsenv: hint: in a project, run `awsenv init {name}`; `aws --profile {name}` works too\n")
}

/// Returns the hint at the end, where there are several profiles.
pub fn hint_to_choose() -> String {
    "awsenv: hint: in a project, run `awsenv init` to choose its profile\n".to_owned()
}

/// A person who reads before they type.
pub struct Wizard {
    terminal: Terminal,
    read: usize,
}

impl Wizard {
    pub fn start(world: &World, args: &[&str]) -> Self {
        Self { terminal: on_terminal(world, args), read: 0 }
    }

    /// Waits for a text, and types.
    pub fn at(&mut self, text: &str, keys: &str) -> &mut Self {
        let end = |bytes: &[u8]| {
            bytes.windows(text.len()).position(|part| part == text.as_bytes()).map(|at| at + text.len())
        };
        self.read += self.terminal.wait_for(text, self.read, end);
        self.terminal.type_bytes(keys.as_bytes());
        self
    }

    /// Waits for the end, and returns the exit code with everything that was shown.
    pub fn end(&mut self) -> (i32, String) {
        let code = self.terminal.wait_for_end();
        (code, screen::render(self.terminal.transcript()))
    }
}
