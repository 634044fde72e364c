//! Opens a page in the user's browser.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::failure::Failure;
use crate::login::LoginOptions;
use crate::system::context::Context;
use crate::system::core_dump;
use crate::terminal::{Terminal, message};
use crate::text::{sanitize, shell_words};

/// A program that fails within this time has opened no page. One that fails later was a browser that was
/// closed.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How long a command that waits for the page watches a program that is still running.
const SETTLED: Duration = Duration::from_secs(2);

/// Opens `url` with the command line `browser` alone, if there is one, else with what the system opens pages
/// with. The program may run for as long as the browser, so it is watched in the background: if it fails at
/// once the next one is tried, and if none works the person is told.
pub fn open(ctx: &Context, url: &str, browser: Option<&str>, terminal: &Terminal) {
    let mut rest = commands(ctx, url, browser).into_iter();
    let mut started = rest.by_ref().find_map(|command| start(ctx, command));
    let (ctx, terminal) = (ctx.clone(), terminal.again());
    let watch = move || {
        while let Some(program) = started {
            if program.has_opened(&ctx) {
                return;
            }
            started = rest.find_map(|command| start(&ctx, command));
        }
        if let Some(terminal) = terminal {
            terminal.line_above(
                "no browser could be started here: open the page above yourself, or use `--device-code`",
            );
        }
    };
    thread::spawn(watch);
}

/// Shows a page that can be opened on any machine: prints its address, and copies it through a remote
/// terminal, else opens it.
pub(super) fn offer(ctx: &Context, url: &str, how: &LoginOptions, terminal: &Terminal, is_remote: bool) {
    terminal.plain(url);
    if is_remote {
        terminal.copy(url);
    } else if !how.no_browser {
        open(ctx, url, how.browser.as_deref(), terminal);
    }
}

/// Opens `url` with the command line `browser`, or else as [`open()`] does, and waits until a program has
/// opened it: until it ends, or for two seconds. Errors: `browser` is no command line; no program could be
/// started, or all failed at once.
pub fn open_and_wait(ctx: &Context, url: &str, browser: Option<&str>) -> Result<()> {
    let commands = match browser {
        Some(line) => {
            let hint = "write the program and its arguments, and `%s` where the address belongs";
            let wrong = || Failure::new(format!("invalid browser: `{}`", sanitize::shown(line))).hint(hint);
            vec![command(line, url).ok_or_else(wrong)?]
        }
        None => commands(ctx, url, None),
    };
    for opener in commands.into_iter().filter_map(|command| start(ctx, command)) {
        let (tell, told) = mpsc::channel();
        let ctx = ctx.clone();
        thread::spawn(move || tell.send(opener.has_opened(&ctx)));
        // A browser that is still running has the page.
        if told.recv_timeout(SETTLED).unwrap_or(true) {
            return Ok(());
        }
    }
    Err(Failure::new("could not open a browser here")
        .hint("run the same with `--print` and open the address yourself")
        .into())
}

/// A program that is to open a page.
struct Opener {
    name: String,
    child: Child,
    begun: Instant,
}

fn start(ctx: &Context, mut command: Command) -> Option<Opener> {
    // Not in the terminal's foreground group: Ctrl-C here must not end somebody's browser.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let name = sanitize::shown(&command.get_program().to_string_lossy());
    let begun = Instant::now();
    match core_dump::starting(|| command.spawn()) {
        Ok(child) => Some(Opener { name, child, begun }),
        Err(error) => {
            message::debug(ctx, || format!("could not start {name}: {}", error.kind()));
            None
        }
    }
}

impl Opener {
    fn has_opened(mut self, ctx: &Context) -> bool {
        let status = self.child.wait();
        let has_failed = status.as_ref().is_ok_and(|status| !status.success());
        if has_failed && self.begun.elapsed() <= AT_ONCE {
            message::debug(ctx, || format!("{} opened no page", self.name));
            return false;
        }
        true
    }
}

/// Returns whether one of the programs that would open a page is on the `PATH`: only that of `browser`, if it
/// is named.
pub fn is_there(ctx: &Context, browser: Option<&str>) -> bool {
    let path = ctx.env.get("PATH");
    let found = |command: &Command| {
        which::which_in_global(command.get_program(), path).is_ok_and(|mut all| all.next().is_some())
    };
    commands(ctx, "", browser).iter().any(found)
}

/// Returns what to try, in order: `browser` alone if it is named; `$BROWSER` if it is set, which is a list of
/// commands between colons, as Python's `webbrowser` and with it the AWS CLI reads it; else what the system
/// opens pages with. `%s` stands for the URL, which else comes last.
fn commands(ctx: &Context, url: &str, browser: Option<&str>) -> Vec<Command> {
    if let Some(line) = browser {
        return command(line, url).into_iter().collect();
    }
    if let Some(list) = ctx.env.text("BROWSER") {
        return list.split(':').filter_map(|words| command(words, url)).collect();
    }
    let windows = ctx.env.has("WSL_DISTRO_NAME").then(|| of_windows(url));
    windows.into_iter().flatten().chain(open::commands(url)).collect()
}

/// Returns the programs that open a page in Windows, under Windows Subsystem for Linux: the tool that is made
/// for it, then what Windows itself has. Neither is started through a shell of Windows, which would split the
/// URL.
fn of_windows(url: &str) -> [Command; 2] {
    let (mut tool, mut own) = (Command::new("wslview"), Command::new("rundll32.exe"));
    tool.arg(url);
    own.args(["url.dll,FileProtocolHandler", url]);
    [tool, own]
}

fn command(words: &str, url: &str) -> Option<Command> {
    let mut words = shell_words::split(words)?;
    // In Python's `webbrowser` a `&` at the end means not to wait, which nobody does here.
    words.pop_if(|last| last == "&");
    let (program, args) = words.split_first()?;
    let mut command = Command::new(program);
    let placed = args.iter().any(|arg| arg.contains("%s"));
    command.args(args.iter().map(|arg| arg.replace("%s", url)));
    if !placed {
        command.arg(url);
    }
    Some(command)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::system::environment::Environment;

    fn world(browser: Option<&str>) -> Context {
        let mut env = Environment::default();
        env.set("PATH", "/usr/bin:/bin");
        if let Some(browser) = browser {
            env.set("BROWSER", browser);
        }
        Context::new(env, Path::new("/nonexistent"), Path::new("/"))
    }

    fn lines(browser: &str) -> Vec<String> {
        let shown = |command: &Command| {
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join("|")
        };
        commands(&world(Some(browser)), "http://x/?a=b&c", None).iter().map(shown).collect()
    }

    #[test]
    fn the_variable_is_a_list_of_commands() {
        assert_eq!(lines("firefox"), ["firefox|http://x/?a=b&c"]);
        assert_eq!(
            lines("a --new %s:'b c' -u=%s z::"),
            ["a|--new|http://x/?a=b&c", "b c|-u=http://x/?a=b&c|z"]
        );
        assert_eq!(lines("chromium %s &:&"), ["chromium|http://x/?a=b&c"]);
        assert_eq!(lines("lynx 'unclosed:w3m"), ["w3m|http://x/?a=b&c"]);
    }

    #[test]
    fn a_browser_is_there_if_one_of_its_commands_is() {
        for (browser, expected) in
            [("true", true), ("no-such-program:sh -c", true), ("no-such-program", false), (":", false)]
        {
            assert_eq!(is_there(&world(Some(browser)), None), expected, "{browser}");
        }
    }
}
