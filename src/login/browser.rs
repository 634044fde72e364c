//! Opens a page in the user's browser.

use std::process::{Command, Stdio};

use crate::system::context::Context;
use crate::system::core_dump;
use crate::terminal::Terminal;
use crate::text::{sanitize, shell_words};

/// Opens `url`, or says that nothing could be started for it.
pub fn open(ctx: &Context, url: &str, terminal: &Terminal) {
    for mut command in commands(ctx, url) {
        // Not in the terminal's foreground group: Ctrl-C here must not end somebody's browser.
        use std::os::unix::process::CommandExt as _;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        match core_dump::starting(|| command.spawn()) {
            Ok(_) => return,
            Err(error) => {
                let name = sanitize::shown(&command.get_program().to_string_lossy());
                crate::terminal::message::debug(ctx, || format!("could not start {name}: {}", error.kind()));
            }
        }
    }
    terminal.line("no browser could be started here");
}

/// Returns whether there is a program that would open a page.
pub fn is_there(ctx: &Context) -> bool {
    let path = ctx.env.get("PATH");
    let found = |command: &Command| {
        which::which_in_global(command.get_program(), path).is_ok_and(|mut all| all.next().is_some())
    };
    commands(ctx, "").iter().any(found)
}

/// Returns what to try, in order: `$BROWSER` if it is set, which is a list of commands between colons, as Python's
/// `webbrowser` and with it the AWS CLI reads it; else what the system opens pages with. `%s` stands for the URL, which
/// else comes last.
fn commands(ctx: &Context, url: &str) -> Vec<Command> {
    match ctx.env.text("BROWSER") {
        Some(list) => list.split(':').filter_map(|words| command(words, url)).collect(),
        None => open::commands(url),
    }
}

fn command(words: &str, url: &str) -> Option<Command> {
    let mut words = shell_words::split(words)?;
    // Python's way to say "do not wait for it", which is not done here anyway.
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
        commands(&world(Some(browser)), "http://x/?a=b&c").iter().map(shown).collect()
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
            assert_eq!(is_there(&world(Some(browser))), expected, "{browser}");
        }
    }
}
