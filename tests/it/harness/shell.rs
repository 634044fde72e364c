//! A real interactive shell on a pseudo-terminal, driven prompt by prompt.
//!
//! Every prompt carries its number in an invisible control sequence, so waiting means waiting for another
//! number: no pause, no guess. The harness keeps away from the hook lists of the shells, except for one event
//! handler in fish.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use crate::harness::kind::Kind;
use crate::harness::kind::PROMPT;
use crate::harness::screen::Screen;
use crate::harness::terminal::Terminal;
use crate::harness::trace::Trace;
use crate::harness::world::World;

/// A shell that is about to be started.
pub struct Launch<'w> {
    kind: Kind,
    world: &'w World,
    lines: String,
    arguments: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    dir: PathBuf,
    traced: bool,
}

impl Launch<'_> {
    /// Appends to the shell's start-up file, `~/.bashrc` or its like.
    pub fn rc(mut self, lines: &str) -> Self {
        self.lines.push_str(lines);
        self.lines.push('\n');
        self
    }

    /// Appends an argument of the shell, `-u` say.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Sets a variable for this shell.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Takes a variable out for this shell.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.remove(name.as_ref());
        self
    }

    /// Starts in another directory than the home directory. A relative one is below that.
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = self.world.at(dir);
        self
    }

    /// Starts the shell under strace, so that [`Shell::trace`] can count processes.
    pub fn traced(mut self) -> Self {
        self.traced = true;
        self
    }

    /// Starts the shell and waits for its first prompt.
    pub fn start(self) -> Shell {
        self.kind.write_startup(self.world, &self.lines);
        let trace = self.traced.then(|| Trace::new(self.world));
        let mut command = trace
            .as_ref()
            .map_or_else(|| Command::new(self.kind.name()), |trace| trace.command(self.kind.name()));
        command.args(self.kind.arguments()).args(&self.arguments);
        command.env_clear().envs(&self.env).current_dir(&self.dir);
        let mut shell = Shell {
            kind: self.kind,
            terminal: Terminal::start(command),
            trace,
            scratch: self.world.scratch(""),
            startup: Screen::new(b""),
            number: None,
            typed: 0,
            dumps: 0,
            _daemon: None,
        };
        shell.startup = shell.first_prompt();
        let folder = self.env.get(OsStr::new("XDG_RUNTIME_DIR")).filter(|_| self.kind == Kind::Elvish);
        let socket = folder.map(|folder| Path::new(folder).join("elvish/sock"));
        Shell { _daemon: socket.and_then(|socket| UnixStream::connect(socket).ok()), ..shell }
    }
}

/// A shell at its prompt, or running what was typed.
pub struct Shell {
    kind: Kind,
    terminal: Terminal,
    trace: Option<Trace>,
    scratch: PathBuf,
    startup: Screen,
    // The number of the latest prompt. A shell may print a prompt again, with its number.
    number: Option<u64>,
    // Where in the transcript the answer to the latest prompt begins.
    typed: usize,
    dumps: usize,
    // A client of elvish's daemon, which ends with its last client. A shell that replaces the only one would
    // meet the daemon while it ends, and print a line about that.
    _daemon: Option<UnixStream>,
}

impl Shell {
    /// Prepares a shell in the home directory of the world, with its environment.
    pub fn launch(kind: Kind, world: &World) -> Launch<'_> {
        Launch {
            kind,
            world,
            lines: String::new(),
            arguments: Vec::new(),
            env: world.env().clone(),
            dir: world.home(),
            traced: false,
        }
    }

    /// Prepares a bash.
    pub fn bash(world: &World) -> Launch<'_> {
        Self::launch(Kind::Bash, world)
    }

    /// Returns which shell it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the process id of the shell.
    pub fn pid(&self) -> u32 {
        self.terminal.pid()
    }

    /// Returns what was printed before the first prompt.
    pub fn startup(&self) -> &Screen {
        &self.startup
    }

    /// Returns the log of processes. The shell must have been launched [`Launch::traced`].
    pub fn trace(&self) -> &Trace {
        self.trace.as_ref().expect("the shell was launched with `traced()`")
    }

    /// Types a line, waits for the next prompt, and returns what was printed between.
    pub fn run(&mut self, line: &str) -> Screen {
        self.type_line(line);
        self.next_prompt()
    }

    /// Runs a line that must not print anything, not even its prompt's hooks.
    pub fn quietly(&mut self, line: &str) {
        let screen = self.run(line);
        assert!(screen.is_empty(), "`{line}` in {} was not silent:\n{screen}", self.kind.name());
    }

    /// Types a line and Enter, without waiting.
    pub fn type_line(&mut self, line: &str) {
        assert!(!line.contains(['\n', '\r']), "a line has one line; type several with `type_keys`");
        self.typed = self.terminal.transcript().len();
        self.terminal.type_bytes(line.as_bytes());
        self.terminal.type_bytes(b"\r");
    }

    /// Types keys, without waiting and without Enter: `"\x03"` is Ctrl-C. First wait for something to
    /// interrupt: a Ctrl-C is a signal, not a key to be read, and bash and zsh lose it now and then if it
    /// comes just before they read.
    pub fn type_keys(&mut self, keys: &str) {
        self.terminal.type_bytes(keys.as_bytes());
    }

    /// Waits until what was typed last has printed this text. The echo does not count.
    pub fn wait_for(&mut self, text: &str) {
        let kind = self.kind;
        self.terminal.wait_for(text, self.typed, |bytes| {
            Screen::new(&bytes[kind.end_of_echo(bytes)?..]).text().contains(text).then_some(())
        });
    }

    /// Waits until one of these questions is on the terminal, and returns its index; `None` if the next
    /// prompt comes instead.
    pub fn wait_for_question(&mut self, questions: &[&str]) -> Option<usize> {
        let (kind, number) = (self.kind, self.number);
        self.terminal.wait_for("a question or the next prompt", self.typed, |bytes| {
            if find_prompts(bytes).iter().any(|prompt| Some(prompt.number) != number) {
                return Some(None);
            }
            let printed = Screen::new(&bytes[kind.end_of_echo(bytes)?..]);
            questions.iter().position(|question| printed.text().contains(question)).map(Some)
        })
    }

    /// Waits for the next prompt and returns what was printed since the last typed line.
    pub fn next_prompt(&mut self) -> Screen {
        self.pass_prompt(Kind::end_of_echo)
    }

    /// Waits for the first prompt. Nothing was typed before it, so there is no echo to leave out.
    fn first_prompt(&mut self) -> Screen {
        self.pass_prompt(|_, _| None)
    }

    fn pass_prompt(&mut self, end_of_echo: fn(Kind, &[u8]) -> Option<usize>) -> Screen {
        let number = self.number;
        let prompt = self.terminal.wait_for("the next prompt", self.typed, |bytes| {
            find_prompts(bytes).into_iter().find(|prompt| Some(prompt.number) != number)
        });
        let bytes = &self.terminal.transcript()[self.typed..self.typed + prompt.start];
        let bytes = &bytes[end_of_echo(self.kind, bytes).unwrap_or_default()..];
        let screen = Screen::new(&bytes[..self.kind.end_of_output(bytes)]);
        self.number = Some(prompt.number);
        self.typed += prompt.end;
        screen
    }

    /// Returns the environment of a child, byte for byte. Types a line for it, so a prompt passes.
    pub fn environment(&mut self) -> BTreeMap<OsString, OsString> {
        let file = self.next_dump();
        self.run(&self.kind.dump_line(&file));
        let dump = fs::read(file).expect("the shell wrote its environment");
        let variables = dump.split(|byte| *byte == 0).filter(|variable| !variable.is_empty());
        variables.map(split_variable).collect()
    }

    /// Returns a variable as a child sees it, `None` if it is not exported. A prompt passes.
    pub fn env(&mut self, name: &str) -> Option<String> {
        let value = self.environment().remove(OsStr::new(name))?;
        Some(value.into_string().expect("the value is UTF-8"))
    }

    /// Returns a variable as the shell sees it, exported or not. A prompt passes.
    pub fn var(&mut self, name: &str) -> Option<String> {
        let file = self.next_dump();
        self.run(&self.kind.variable_line(name, &file));
        let dump = fs::read_to_string(file).expect("the shell wrote the variable");
        dump.strip_prefix('=').map(str::to_owned)
    }

    /// Closes the terminal window over the shell.
    pub fn close(&mut self) {
        self.terminal.close();
    }

    /// Waits until the shell has ended and returns its exit code, or 128 and the number of the signal.
    pub fn wait_for_end(&mut self) -> i32 {
        self.terminal.wait_for_end()
    }

    fn next_dump(&mut self) -> PathBuf {
        self.dumps += 1;
        self.scratch.join(format!("dump-{}-{}", self.pid(), self.dumps))
    }
}

/// A prompt in the bytes of a terminal.
struct Prompt {
    number: u64,
    start: usize,
    end: usize,
}

fn find_prompts(bytes: &[u8]) -> Vec<Prompt> {
    let starts = bytes.windows(PROMPT.len()).enumerate().filter(|(_, window)| *window == PROMPT.as_bytes());
    starts.filter_map(|(start, _)| parse_prompt(bytes, start)).collect()
}

/// Returns the prompt at this place, if all of it has arrived.
fn parse_prompt(bytes: &[u8], start: usize) -> Option<Prompt> {
    let rest = &bytes[start + PROMPT.len()..];
    let digits = rest.iter().position(|byte| *byte == b'\x07')?;
    let number = str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let shown = rest[digits..].windows(2).position(|window| window == b"> ")?;
    Some(Prompt { number, start, end: start + PROMPT.len() + digits + shown + 2 })
}

fn split_variable(variable: &[u8]) -> (OsString, OsString) {
    let end = variable.iter().position(|byte| *byte == b'=').expect("a variable has a value");
    let (name, value) = (variable[..end].to_vec(), variable[end + 1..].to_vec());
    (OsString::from_vec(name), OsString::from_vec(value))
}

/// Makes one test per shell of each function, which takes a [`Kind`]. `each_shell!(claim)` makes
/// `claim::bash`, `claim::zsh` and `claim::fish`; `each_shell!(bash, zsh: claim)` only the two;
/// `each_shell!(every: claim)` also `claim::elvish`, `claim::tcsh` and `claim::nu`;
/// `each_shell!(guarded: claim)` the four whose hook notices changes without a process, so `claim::nu` too. A
/// shell that is not installed is skipped with a line that says so, or fails under `CI=true`.
macro_rules! each_shell {
    ($($claim:ident),+ $(,)?) => {
        $($crate::harness::shell::each_shell!(@test $claim bash zsh fish);)+
    };
    (every: $($claim:ident),+ $(,)?) => {
        $($crate::harness::shell::each_shell!(@test $claim bash zsh fish elvish tcsh nu);)+
    };
    (guarded: $($claim:ident),+ $(,)?) => {
        $($crate::harness::shell::each_shell!(@test $claim bash zsh fish nu);)+
    };
    ($shell:ident: $($claim:ident),+ $(,)?) => {
        $($crate::harness::shell::each_shell!(@test $claim $shell);)+
    };
    ($first:ident, $second:ident: $($claim:ident),+ $(,)?) => {
        $($crate::harness::shell::each_shell!(@test $claim $first $second);)+
    };
    (@test $claim:ident $($shell:ident)+) => {
        mod $claim {
            $(
                #[test]
                fn $shell() {
                    $crate::harness::shell::test_in(stringify!($shell), super::$claim);
                }
            )+
        }
    };
}
pub(crate) use each_shell;

/// Runs a test of [`each_shell!`] if its shell is installed.
pub fn test_in(name: &str, test: fn(Kind)) {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    if crate::harness::tools::have(&[name]) {
        test(kind.expect("the macro names a shell"));
    }
}
