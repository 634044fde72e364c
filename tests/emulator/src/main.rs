//! `awsenv-emulator [--port N] [--auto-approve] [--ready-file PATH]`: the emulator as a program.
//!
//! The first line of stdout is its URL, and the ready file, if one is named, holds the same line once the
//! emulator answers. It serves until it is killed; `/_control` changes it meanwhile.

use std::{
    error::Error,
    fs,
    io::{Write, stdout},
    path::PathBuf,
};

use awsenv_emulator::{Emulator, Person};

/// What was asked for on the command line.
#[derive(Default)]
struct Arguments {
    port: u16,
    auto_approve: bool,
    ready_file: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let emulator = Emulator::start_on(arguments.port)?;
    if arguments.auto_approve {
        emulator.with(|state| state.person = Person::Approves);
    }
    if let Some(path) = arguments.ready_file {
        // Whoever waits for the file must never read half a line.
        let partial = path.with_extension("partial");
        fs::write(&partial, format!("{}\n", emulator.url()))?;
        fs::rename(partial, path)?;
    }
    writeln!(stdout(), "{}", emulator.url())?;
    emulator.wait();
    Ok(())
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("missing value of {word}"));
            match word.as_str() {
                "--port" => arguments.port = value()?.parse()?,
                "--auto-approve" => arguments.auto_approve = true,
                "--ready-file" => arguments.ready_file = Some(value()?.into()),
                _ => return Err(format!("invalid argument: {word}").into()),
            }
        }
        Ok(arguments)
    }
}
