//! `awsenv export SHELL`: the change that this prompt needs, in that shell's syntax.
//!
//! A hook calls it as `awsenv export bash --hook=1 --features=… --pid=… --pwd=… --id=… --told=…`. That first
//! run never uses the network, and always unloads what no longer belongs here. If work is left, its text says
//! so, and the hook calls again with `--fetch=1`. With `--leave` everything is unloaded. The text also gives
//! the shell the facts from which it can tell by itself that nothing changed
//! ([`crate::shell::guard::Guard`]). Hooks of older versions stay in running shells, so version 1 of this
//! protocol must keep working.

pub(crate) mod choosing;
mod dotenv;
mod facts;
mod file_formats;
mod github_actions;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::commands::exit::Exit;
use crate::exports::bookkeeping::Loaded;
use crate::exports::change::Change;
use crate::exports::previous::Previous;
use crate::exports::variable::STATE;
use crate::failure::Failure;
use crate::load::confirmation::Answers;
use crate::prompt::choices::{Choices, Request};
use crate::prompt::decision::{self, Asking, Caller, Decision};
use crate::prompt::foreign_restore::ForeignRestores;
use crate::prompt::last_run::LastRun;
use crate::prompt::stamps;
use crate::shell::{self, Shell};
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::text::{digest, hex, sanitize};

/// The version of what a hook and the program say to each other. No hook of version 0 was ever released: it
/// stands for any older one.
const VERSION: u32 = 1;

/// How long a prompt waits for another process of awsenv, which may be stopped.
const PATIENCE: Duration = Duration::from_secs(1);

/// Stands before the words that were typed after `awsenv use`.
const CHOOSE: &str = "--choose";

/// The line for a shell with a hook of an older version, told once.
const OLDER: &str =
    "awsenv: this shell has the hook of an older awsenv, which still works: open a new shell for the new one";

/// Redirects standard error as the hook asks. The hook itself catches standard error, for the shell's message
/// about a program that it cannot start, and passes the real one in another way:
///
/// - `--errors=2`: as standard input
/// - `--errors=2-`: the same, where the shell's input is no terminal; standard input is then emptied, so that
///   no person is asked
/// - `--errors=tty`: as the terminal
pub fn redirect_errors(args: &[OsString]) {
    let [_, command, options @ ..] = args else { return };
    if command != "export" {
        return;
    }
    let mut options = options.iter().take_while(|arg| *arg != CHOOSE);
    let _ = match options.find_map(|arg| arg.to_str()?.strip_prefix("--errors=")) {
        Some("2") => rustix::stdio::dup2_stderr(rustix::stdio::stdin()),
        Some("2-") => rustix::stdio::dup2_stderr(rustix::stdio::stdin())
            .and_then(|()| File::open("/dev/null").map_or(Ok(()), rustix::stdio::dup2_stdin)),
        Some("tty") => match File::options().write(true).open("/dev/tty") {
            Ok(terminal) => rustix::stdio::dup2_stderr(terminal),
            Err(_) => Ok(()),
        },
        _ => Ok(()),
    };
}

/// Answers a hook; `None` for every other command line. This is the hot path: nothing is parsed that is not
/// needed.
pub fn from_hook(ctx: &Context, args: &[OsString]) -> Option<Exit> {
    let [_, command, shell, version, rest @ ..] = args else { return None };
    if command != "export" {
        return None;
    }
    let version: u32 = version.to_str()?.strip_prefix("--hook=")?.parse().ok()?;
    let shell = shell::find(shell.to_str()?)?;
    if rest.iter().any(|arg| arg == CHOOSE) {
        return None;
    }
    Some(answer(ctx, shell, version, rest, None))
}

/// Answers a hook. `request` is that of `awsenv use`.
fn answer(
    ctx: &Context,
    shell: &dyn Shell,
    version: u32,
    rest: &[OsString],
    request: Option<Request>,
) -> Exit {
    if version > VERSION {
        // A newer hook may read today's text in another way. No account is better than perhaps the wrong one.
        let error = Failure::new("could not serve this shell: its hook is of a newer awsenv");
        message::error(ctx, &error.hint("install that awsenv again, or open a new shell").into());
        return Exit::Failure;
    }
    if std::io::stdout().is_terminal() {
        // tcsh with too few descriptors runs this outside its substitution: the secret key would be shown.
        return Exit::Failure;
    }
    let mut hooked = Hooked::read(rest);
    if request.is_some() {
        // A person asked, so the outcome is told even if this shell was told the same before.
        hooked.asking.told.clear();
    }
    hooked.asking.request = request;
    hooked.is_older = version < VERSION;
    if hooked.asking.network {
        never_stop();
    } else if hooked.has("exits") {
        exit_at_interrupt();
    }
    hooked.explain(ctx, shell.name());
    let decide = if hooked.leaves { decision::leave } else { decision::decide };
    // Only what uses the network takes locks.
    let patient = hooked.asking.network.then(|| ctx.with_patience(PATIENCE));
    let id = new_id(ctx);
    let decision = decide(patient.as_ref().unwrap_or(ctx), &hooked.asking, &id);
    tell(ctx, &decision);
    let printed = output::print(&hooked.text(ctx, shell, &decision, &id));
    leave_to_kernel(decision);
    // The hook evaluates no text without its last line.
    match printed {
        Ok(()) => Exit::Success,
        Err(error) => {
            message::error(ctx, &error);
            Exit::Failure
        }
    }
}

/// Keeps Ctrl-Z from stopping this process: the shell waits for it, so no prompt could continue it. Programs
/// that it starts are not affected.
fn never_stop() {
    let _ = signal_hook::flag::register(signal_hook::consts::SIGTSTP, Arc::default());
}

/// Turns SIGINT into exit code 130 (feature `exits` of a hook). If this process died of the signal, tcsh
/// would skip the rest of the hook, leave the old account loaded, and run the typed line.
fn exit_at_interrupt() {
    let is_armed = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let _ = signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGINT, 130, is_armed);
}

/// Prints the change for a person or a script. It uses the network, so one run is enough. Errors: there is no
/// such shell or format; for `dotenv` and `github-actions`, there is no `.awsenv`.
pub(crate) fn run(ctx: &Context, name: &str) -> Result<Exit> {
    let asking = Asking { pwd: ctx.env.get("PWD").map(PathBuf::from), network: true, ..Asking::default() };
    let decide = || decision::decide(ctx, &asking, &new_id(ctx));
    if name == "json" {
        let decision = decide();
        tell(ctx, &decision);
        output::print(format!("{}\n", json(ctx, &decision)).as_bytes())?;
        return Ok(if decision.failed { Exit::Failure } else { Exit::Success });
    }
    if name == "dotenv" || name == "github-actions" {
        return file_formats::run(ctx, name, &asking, &new_id(ctx));
    }
    let Some(shell) = shell::find(name) else { return Err(shell::unknown(name).into()) };
    let decision = decide();
    tell(ctx, &decision);
    let mut text = changes(ctx, shell, &decision, false);
    if !text.is_empty() {
        text.extend_from_slice(shell.end().as_bytes());
    }
    output::print(&text)?;
    leave_to_kernel(decision);
    Ok(Exit::Success)
}

/// Leaves the memory of the decision to the kernel: the shell waits for the end of this process.
fn leave_to_kernel(decision: Decision) {
    std::mem::forget(decision);
}

fn tell(ctx: &Context, decision: &Decision) {
    for notice in &decision.notices {
        notice.print(ctx);
    }
}

fn changes(ctx: &Context, shell: &dyn Shell, decision: &Decision, hooked: bool) -> Vec<u8> {
    let transition = decision.transition.as_ref();
    transition
        .map_or_else(Vec::new, |transition| shell::render(shell, transition, ctx.env.text(STATE), hooked))
}

fn json(ctx: &Context, decision: &Decision) -> Value {
    let mut names = Map::new();
    let Some(transition) = &decision.transition else { return names.into() };
    for (variable, change) in &transition.changes {
        match change {
            Change::Set(value) => names.insert(variable.name.into(), value.reveal().into()),
            Change::Unset => names.insert(variable.name.into(), Value::Null),
            Change::Hold | Change::Cover | Change::Restore | Change::Forget => None,
        };
    }
    let state = transition.loaded.as_ref().map(Loaded::encode);
    if state.as_deref() != ctx.env.text(STATE) {
        names.insert(STATE.into(), state.into());
    }
    names.into()
}

/// The options of a hook's command line.
#[derive(Default)]
struct Hooked {
    asking: Asking,
    features: String,
    id: String,
    is_older: bool,
    leaves: bool,
    seen: String,
}

impl Hooked {
    /// Reads the options. Unknown ones, which a newer hook may pass, are ignored.
    fn read(args: &[OsString]) -> Self {
        let asking = Asking { caller: Caller::Shell, ..Asking::default() };
        let mut hooked = Self { asking, ..Self::default() };
        for arg in args {
            let bytes = arg.as_bytes();
            let (name, value) = match bytes.iter().position(|byte| *byte == b'=') {
                Some(equals) => (&bytes[..equals], &bytes[equals + 1..]),
                None => (bytes, &[][..]),
            };
            let text = || String::from_utf8_lossy(value).into_owned();
            match name {
                b"--features" => hooked.features = text(),
                b"--pwd" => hooked.asking.pwd = Some(PathBuf::from(OsStr::from_bytes(value))),
                // Anybody can have set the shell's variables, and these become part of the text again.
                b"--id" => hooked.id = Some(text()).filter(|id| hex::is(id)).unwrap_or_default(),
                b"--told" => {
                    let told = Some(text()).filter(|told| hex::is(told)).unwrap_or_default();
                    (hooked.asking.told, hooked.asking.warned) = split_told(&told);
                }
                b"--confirmed" => hooked.asking.answers = Answers::decode(&text()),
                b"--chosen" => hooked.asking.choices = Choices::decode(&text()),
                b"--echoes" => hooked.asking.foreign_restores = ForeignRestores::decode(&text()),
                b"--seen" => hooked.seen = text(),
                b"--fetch" => {
                    hooked.asking.network = true;
                    hooked.asking.previous = Previous::decode(&text());
                }
                b"--new" => {
                    hooked.asking.caller = if value.is_empty() { Caller::Shell } else { Caller::NewShell }
                }
                b"--readonly" => hooked.asking.readonly = text().split(',').map(str::to_owned).collect(),
                b"--reload" => hooked.asking.reload = true,
                b"--leave" => hooked.leaves = true,
                _ => {}
            }
        }
        hooked.asking.holds.clone_from(&hooked.id);
        hooked
    }

    /// Returns whether the hook said that its shell can do this.
    fn has(&self, feature: &str) -> bool {
        shell::has_feature(&self.features, feature)
    }

    /// Explains, under `AWSENV_LOG=debug`, why the shell ran the program.
    fn explain(&self, ctx: &Context, shell: &str) {
        message::debug(ctx, || {
            let pwd = self.asking.pwd.as_deref();
            let why = match LastRun::decode(&self.seen) {
                _ if self.leaves => vec!["the hook is taken out".to_owned()],
                _ if self.asking.request.is_some() => vec!["`awsenv use`".to_owned()],
                _ if self.asking.reload => vec!["`awsenv reload`".to_owned()],
                _ if self.asking.network => vec!["the first run left work to this second one".to_owned()],
                None => vec!["the first look of this shell under AWSENV_LOG=debug".to_owned()],
                Some(seen) => match seen.changes(ctx, pwd) {
                    changes if changes.is_empty() => vec!["another look was asked for".to_owned()],
                    changes => changes,
                },
            };
            let place = pwd.map_or_else(|| "no directory".to_owned(), sanitize::path);
            format!("{shell} in {place} asks: {}", why.join("; "))
        });
    }

    /// Returns the text for the hook: the changes, what the shell must remember, and the facts.
    fn text(&self, ctx: &Context, shell: &dyn Shell, decision: &Decision, id: &str) -> Vec<u8> {
        let changes = changes(ctx, shell, decision, true);
        let mut text =
            if self.has("functions") { changes } else { [shell.functions().as_bytes(), &changes].concat() };
        // Enough for most texts: growing costs another page of memory each time.
        text.reserve(8 * 1024);
        if decision.answers != self.asking.answers {
            text.extend(shell.keep_answers(decision.answers.encode().as_bytes()));
        }
        if decision.choices != self.asking.choices {
            text.extend(shell.keep_choices(decision.choices.encode().as_bytes()));
        }
        let mut values: Vec<(&str, Vec<u8>)> = Vec::new();
        let mut assign = |name, value: &[u8]| values.push((name, value.to_vec()));
        let loaded = decision.transition.as_ref().map(|transition| transition.loaded.as_ref());
        // A shell holds no previous values of an environment that it inherited.
        let holds = |loaded: &Loaded| loaded.id == id || loaded.id == self.asking.holds;
        if let Some(loaded) = loaded {
            assign(
                "_awsenv_id",
                loaded.filter(|loaded| holds(loaded)).map_or("", |loaded| &loaded.id).as_bytes(),
            );
        }
        if self.asking.is_new() {
            assign("_awsenv_new", b"");
        }
        let warned = decision.warned.as_ref().unwrap_or(&self.asking.warned);
        if decision.told != self.asking.told || *warned != self.asking.warned || self.asking.request.is_some()
        {
            assign("_awsenv_told", format!("{}{warned}", decision.told).as_bytes());
        }
        if decision.foreign_restores != self.asking.foreign_restores {
            assign("_awsenv_echoes", decision.foreign_restores.encode().as_bytes());
        }
        if decision.unfinished {
            let previous = decision.previous.as_ref().map_or_else(|| "1".to_owned(), Previous::encode);
            assign("_awsenv_more", previous.as_bytes());
        }
        if decision.failed {
            assign("_awsenv_code", b"1");
        }
        let guard = facts::guard(ctx, decision, &self.features);
        if message::explains(ctx) {
            let seen = LastRun::of(ctx, &decision.watch_list, decision.transition.as_ref(), guard.deadline);
            assign("_awsenv_seen", seen.encode().as_bytes());
        } else if !self.seen.is_empty() {
            assign("_awsenv_seen", b"");
        }
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map_or(Vec::new(), |path| path.as_os_str().as_bytes().to_vec())
        };
        assign("_awsenv_nearest", &path(&guard.nearest));
        assign("_awsenv_ceiling", guard.ceiling.as_os_str().as_bytes());
        if !self.has("functions") {
            // Such a hook works out itself where a nearer .awsenv could appear.
            assign("_awsenv_dir", &path(&guard.dir));
        }
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, &value[..])).collect();
        text.extend(shell.assign_all(&values));
        text.extend(shell.fresh(&guard, &self.features, &stamps::StampFolder::new(ctx)));
        if self.is_older {
            text.extend(shell.tell_once("_awsenv_older", OLDER));
        }
        text.extend_from_slice(shell.end().as_bytes());
        text
    }
}

/// Splits the digests of the last messages that a shell showed: 16 digits for a line, 17 for a warning, or
/// both.
fn split_told(told: &str) -> (String, String) {
    let (told, warned) = told.split_at(if told.len() % 17 == 16 { 16 } else { 0 });
    (told.to_owned(), warned.to_owned())
}

/// Returns a new identity for bookkeeping, made of the time and the process id.
fn new_id(ctx: &Context) -> String {
    let now = ctx.now().timestamp_nanos_opt().unwrap_or_default();
    digest::of([&now.to_le_bytes()[..], &std::process::id().to_le_bytes()], 8)
}
