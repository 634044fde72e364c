//! A shell of the playground on a pseudo-terminal, driven prompt by prompt and shown as it goes.
//!
//! Every prompt carries its number in an invisible control sequence, so waiting means waiting for another
//! number: no pause, no guess.

use std::process::Command;

use crate::screen::{Screen, render};
use crate::terminal::Terminal;

/// Starts the control sequence before a prompt; a number and BEL end it.
const BEGIN: &[u8] = b"\x1b]7777;prompt;";
/// The control sequence after a prompt.
const END: &[u8] = b"\x1b]7777;end\x07";

/// A shell at its prompt.
pub struct Session {
    terminal: Terminal,
    prompt: Prompt,
    // Where in the transcript the answer to the latest prompt begins.
    typed: usize,
}

/// A prompt in the bytes of a terminal.
struct Prompt {
    number: u64,
    text: String,
    start: usize,
    end: usize,
}

impl Session {
    /// Starts the shell and waits for its first prompt. Its start-up file must end with
    /// [`crate::shell::Shell::marks`].
    pub fn start(command: Command) -> Self {
        let mut terminal = Terminal::start(command);
        let prompt = terminal.wait_for("the first prompt", 0, |bytes| prompts(bytes).into_iter().next());
        let typed = prompt.end;
        Self { terminal, prompt, typed }
    }

    /// Returns the prompt as a person sees it, with the blank at its end.
    pub fn prompt(&self) -> &str {
        &self.prompt.text
    }

    /// Types a line, waits for the next prompt, and returns what was printed between.
    pub fn run(&mut self, line: &str) -> String {
        self.type_line(line);
        self.wait()
    }

    /// [`Session::run`] that returns what was printed with its control sequences.
    pub fn run_for_bytes(&mut self, line: &str) -> Vec<u8> {
        self.type_line(line);
        let typed = self.typed;
        self.wait();
        after_echo(&self.terminal.transcript()[typed..typed + self.prompt.start]).to_owned()
    }

    /// Types a line, and Ctrl-C as soon as it has printed `text`; waits for the next prompt, and returns what
    /// was printed between.
    pub fn interrupt(&mut self, line: &str, text: &str) -> String {
        self.type_line(line);
        self.terminal.wait_for(text, self.typed, |bytes| answer(bytes).contains(text).then_some(()));
        self.terminal.type_bytes(b"\x03");
        self.wait()
    }

    /// Ends the shell and returns its exit code.
    pub fn exit(mut self) -> i32 {
        self.type_line("exit 0");
        self.terminal.wait_for_end()
    }

    fn type_line(&mut self, line: &str) {
        self.typed = self.terminal.transcript().len();
        self.terminal.type_bytes(line.as_bytes());
        self.terminal.type_bytes(b"\r");
    }

    fn wait(&mut self) -> String {
        let last = self.prompt.number;
        self.prompt = self.terminal.wait_for("the next prompt", self.typed, |bytes| {
            prompts(bytes).into_iter().find(|prompt| prompt.number != last)
        });
        let text = answer(&self.terminal.transcript()[self.typed..self.typed + self.prompt.start]);
        self.typed += self.prompt.end;
        text
    }
}

/// Returns what a person sees of these bytes after the echo of the typed line, which its first line feed
/// ends.
fn answer(bytes: &[u8]) -> String {
    Screen::new(after_echo(bytes)).text().to_owned()
}

fn after_echo(bytes: &[u8]) -> &[u8] {
    let echo = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |position| position + 1);
    &bytes[echo..]
}

fn prompts(bytes: &[u8]) -> Vec<Prompt> {
    let starts = bytes.windows(BEGIN.len()).enumerate().filter(|(_, window)| *window == BEGIN);
    starts.filter_map(|(start, _)| prompt_at(bytes, start)).collect()
}

/// Returns the prompt at this place, if all of it has arrived.
fn prompt_at(bytes: &[u8], start: usize) -> Option<Prompt> {
    let number_at = start + BEGIN.len();
    let digits = bytes[number_at..].iter().position(|byte| *byte == b'\x07')?;
    let number = str::from_utf8(&bytes[number_at..number_at + digits]).ok()?.parse().ok()?;
    let text_at = number_at + digits + 1;
    let length = bytes[text_at..].windows(END.len()).position(|window| window == END)?;
    let text = format!("{} ", render(&bytes[text_at..text_at + length]));
    Some(Prompt { number, text, start, end: text_at + length + END.len() })
}
