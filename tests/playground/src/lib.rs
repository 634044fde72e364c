//! A throw-away home where awsenv works without an AWS account: AWS files, projects, a shell with the hook,
//! and an emulator of AWS on 127.0.0.1. A person gets a shell in it; where there is no terminal, a tour is
//! played.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use awsenv_emulator::{Emulator, Person};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use home::Home;
pub use session::Session;
pub use shell::Shell;

pub mod browser;
mod home;
mod interactive;
mod picture;
mod session;
mod shell;
mod tour;

// The terminal of the tests is the terminal of the tour.
#[allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a tour that cannot go on has failed")]
#[path = "../../it/harness/screen.rs"]
pub mod screen;
#[allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a tour that cannot go on has failed")]
#[path = "../../it/harness/terminal.rs"]
pub mod terminal;

/// The home and its AWS. Dropping it removes the one and stops the other.
pub struct Playground {
    emulator: Emulator,
    home: Home,
    neighbour: PathBuf,
}

impl Playground {
    /// Makes a playground for the awsenv that was built into the same folder as this program, `neighbour`,
    /// which has to understand `--visit URL`.
    pub fn new(neighbour: &Path) -> Result<Self> {
        let program = neighbour.with_file_name("awsenv");
        ensure!(
            program.exists(),
            "could not find {}; `cargo build --workspace` builds it",
            program.display()
        );
        let emulator = Emulator::start_on(0).context("could not start the emulator")?;
        let home = Home::new(&program)?;
        Ok(Self { emulator, home, neighbour: neighbour.to_owned() })
    }

    /// Returns the home directory.
    pub fn home(&self) -> PathBuf {
        self.home.path()
    }

    /// Opens a shell on a pseudo-terminal of its own. Its browser visits the login page, where everything is
    /// allowed.
    pub fn session(&self, shell: Shell) -> Result<Session> {
        self.emulator.with(|state| state.person = Person::Approves);
        let mut command = self.home.shell(shell, shell.marks(), &self.emulator)?;
        // What that terminal understands.
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        let visit = format!("#!/bin/sh\nexec '{}' --visit \"$1\"\n", self.neighbour.display());
        command.env("BROWSER", self.home.program("browser", &visit)?).env("AWSENV_FLOW", "pkce");
        Ok(Session::start(command))
    }

    /// Plays the tour in a shell and prints it. Errors: a step that does not show what it should.
    pub fn tour(&self, shell: Shell, out: &mut impl Write) -> Result<()> {
        tour::play(self.session(shell)?, &self.emulator, out)
    }

    /// Returns the picture of a session in bash, as SVG.
    pub fn picture(&self) -> Result<String> {
        let home = self.home();
        Ok(picture::draw(self.session(Shell::Bash)?, &home.to_string_lossy()))
    }

    /// Puts a person into a shell, on the terminal of this process, until it ends.
    pub fn open(&self, shell: Shell) -> Result<()> {
        let person = browser::person();
        self.emulator.with(|state| state.person = person);
        let mut command = self.home.shell(shell, "", &self.emulator)?;
        if person != Person::Approves {
            command.env("BROWSER", self.home.program("browser", &browser::own())?);
        }
        interactive::run(command, person)
    }

    /// Removes the home also if a signal ends this process. A shell on the person's terminal is ended first,
    /// and then the playground ends as after `exit`; the tour's shell ends with its terminal.
    pub fn clean_up_at_signals(&self) -> Result<()> {
        let folder = self.home.root().to_owned();
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        thread::spawn(move || {
            for signal in signals.forever() {
                if !interactive::hang_up() {
                    let _ = fs::remove_dir_all(&folder);
                    std::process::exit(128 + signal);
                }
            }
        });
        Ok(())
    }
}
