//! A real shell that does something again and again when it is told to, and is timed from outside: fish has
//! no clock.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// A shell, and how things are said in it.
pub struct Language {
    /// The name of the program.
    pub name: &'static str,
    /// Makes it interactive, without the user's files.
    flags: &'static [&'static str],
    /// Does `@call@` as often as each line of its input says, and then prints `end`.
    serve: &'static str,
    eval: &'static str,
    /// Defines 9 MB of variables.
    pub fill: &'static str,
}

/// The shells.
pub const LANGUAGES: [Language; 3] = [
    Language {
        name: "bash",
        flags: &["--norc", "--noprofile", "-ic"],
        serve: "while read -r calls; do for ((call = 0; call < calls; call++)); do @call@; done; echo end; done",
        eval: "eval \"$(@program@)\"",
        fill: "printf -v fill %0100000d 0; for n in {1..90}; do declare \"fill_$n=$fill\"; done",
    },
    Language {
        name: "zsh",
        flags: &["-f", "-ic"],
        serve: "while read -r calls; do for ((call = 0; call < calls; call++)); do @call@; done; echo end; done",
        eval: "eval \"$(@program@)\"",
        fill: "printf -v fill %0100000d 0; for n in {1..90}; do typeset -g \"fill_$n=$fill\"; done",
    },
    Language {
        name: "fish",
        flags: &["--no-config", "-ic"],
        serve: "while read -l calls; for call in (string repeat -n $calls x | string split ''); @call@; end; echo end; end",
        eval: "@program@ | source",
        fill: "set -g fill (string repeat -n 100000 x); for n in (seq 90); set -g fill_$n $fill; end",
    },
];

impl Language {
    /// Evaluates what a program prints.
    pub fn eval(&self, program: &str) -> String {
        self.eval.replace("@program@", program)
    }

    /// Prepares `shell`, to which its arguments are added: it makes itself ready, and then does `call` as it
    /// is told.
    pub fn serve(&self, mut shell: Command, setup: &str, call: &str) -> Command {
        let script = format!("{setup}\n{}", self.serve.replace("@call@", call));
        shell.args(self.flags).arg(script);
        // Without a terminal bash complains that there can be no job control.
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        shell
    }
}

/// A running shell.
pub struct Session {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Session {
    /// Starts a shell that [`Language::serve`] prepared.
    pub fn start(mut command: Command) -> Result<Self> {
        let mut shell = command.spawn()?;
        let orders = shell.stdin.take();
        let answers = BufReader::new(shell.stdout.take().context("the output is a pipe")?).lines();
        Ok(Self { shell, orders, answers })
    }

    /// Has it done so many times, and returns how long one took on average.
    pub fn run(&mut self, times: u32) -> Result<Duration> {
        let begun = Instant::now();
        writeln!(self.orders.as_mut().context("the input is a pipe")?, "{times}")?;
        loop {
            let line = self.answers.next().context("the shell ended early")??;
            if line == "end" {
                return Ok(begun.elapsed() / times.max(1));
            }
        }
    }

    /// Ends the shell.
    pub fn end(mut self) -> Result<()> {
        drop(self.orders.take());
        ensure!(self.shell.wait()?.success(), "the shell failed");
        Ok(())
    }
}
