//! `awsenv hook SHELL`: the script for the rc file. It reads no file and prints nothing else.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::shell;
use crate::system::context::Context;
use crate::terminal::output;

/// The suffix of a shell's name that asks for the whole script, where the hook is only a line that fetches
/// it.
const WHOLE: &str = "-script";

/// Prints the hook script of a shell. With `cd`, bash loads at `cd`, `pushd` and `popd` too. An error if
/// there is no hook for the shell.
pub fn run(ctx: &Context, name: &str, args: &[OsString], cd: bool) -> Result<Exit> {
    let (name, is_whole) = name.strip_suffix(WHOLE).map_or((name, false), |name| (name, true));
    let Some(shell) = shell::find(name) else { return Err(shell::unknown(name).into()) };
    let program = program(ctx, args.first().map_or(Path::new("awsenv"), Path::new));
    let quoted = shell.quote(program.as_os_str().as_bytes());
    if let Some(line) = shell.short_hook(&quoted).filter(|_| !is_whole) {
        output::print(&line)?;
        return Ok(Exit::Success);
    }
    let script = shell.hook().replacen(shell::SCRIPT, &shell::script(shell), 1);
    let (before, after) = script.split_once(shell::PROGRAM).unwrap_or((&script, ""));
    let cd = if cd { shell.cd() } else { "" };
    output::print(&shell.wrap([before.as_bytes(), &quoted, after.as_bytes(), cd.as_bytes()].concat()))?;
    Ok(Exit::Success)
}

/// Prints the script that removes the hook from a running shell.
pub fn uninstall(name: &str) -> Result<Exit> {
    let Some(shell) = shell::find(name) else { return Err(shell::unknown(name).into()) };
    output::print(shell.uninstall().as_bytes())?;
    Ok(Exit::Success)
}

/// Returns the path by which this program was found, absolute but with its links: an upgrade replaces what a
/// link leads to, and a hook must outlive that. A name without a slash was found on the `PATH`, where only
/// absolute entries count, so that no project can put its own program in.
fn program(ctx: &Context, called: &Path) -> PathBuf {
    if called.components().count() > 1 {
        return ctx.cwd.as_ref().map_or_else(|| called.to_owned(), |cwd| cwd.join(called));
    }
    let found = ctx.env.get("PATH").and_then(|path| {
        let absolute = std::env::split_paths(path).filter(|folder| folder.is_absolute());
        let path = std::env::join_paths(absolute).ok()?;
        which::which_in(called, Some(path), "/").ok()
    });
    found.or_else(|| ctx.program()).unwrap_or_else(|| called.to_owned())
}
