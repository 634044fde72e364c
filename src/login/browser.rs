//! Opens a page in the user's browser.

use std::process::{Command, Stdio};

use crate::context::Context;
use crate::terminal::Terminal;
use crate::{shell_words, text};

/// Opens `url` and returns whether something was started for it. `$BROWSER` goes first: commands between colons, `%s`
/// stands for the URL, which else comes last; then what the system opens pages with.
pub fn open(ctx: &Context, url: &str, terminal: &Terminal) -> bool {
    let own =
        ctx.env.text("BROWSER").map(|list| list.split(':').filter_map(|words| command(words, url)).collect());
    let commands: Vec<Command> = own.unwrap_or_else(|| open::commands(url));
    for mut command in commands {
        // Not in the terminal's foreground group: Ctrl-C here must not end somebody's browser.
        use std::os::unix::process::CommandExt as _;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        match command.spawn() {
            Ok(_) => return true,
            Err(error) => {
                let name = text::shown(&command.get_program().to_string_lossy());
                crate::message::debug(ctx, || format!("could not start {name}: {}", error.kind()));
            }
        }
    }
    terminal.line("could not open a browser");
    false
}

fn command(words: &str, url: &str) -> Option<Command> {
    let words = shell_words::split(words)?;
    let (program, args) = words.split_first()?;
    let mut command = Command::new(program);
    let placed = args.iter().any(|arg| arg.contains("%s"));
    command.args(args.iter().map(|arg| arg.replace("%s", url)));
    if !placed {
        command.arg(url);
    }
    Some(command)
}
