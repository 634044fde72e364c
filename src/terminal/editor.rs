//! Opens a file in the person's editor.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGINT, SIGQUIT};
use signal_hook::flag;

use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::core_dump;
use crate::text::{sanitize, shell_words};

/// The variables that name an editor. The first one that is set counts.
const VARIABLES: [&str; 2] = ["VISUAL", "EDITOR"];

/// The editors that are tried if none of them is set.
const USUAL: [&str; 2] = ["vi", "nano"];

/// Opens `file` in the editor of `$VISUAL` or `$EDITOR`, which may have options, and waits until it ends. An
/// error if there is no such program, or it fails.
pub fn open(ctx: &Context, file: &Path) -> Result<()> {
    let (program, args) = command(ctx)?;
    let name = sanitize::path(&program);
    let has_ended = left_to_the_editor()?;
    has_ended.store(false, Ordering::SeqCst);
    let ended = core_dump::starting(|| Command::new(&program).args(args).arg(file).spawn())
        .and_then(|mut child| child.wait());
    has_ended.store(true, Ordering::SeqCst);
    let ended = ended.with_context(|| format!("could not start the editor `{name}`"))?;
    if ended.success() {
        return Ok(());
    }
    let how = ended.code().map_or("was ended by a signal".to_owned(), |code| format!("ended with {code}"));
    Err(Failure::new(format!("could not edit {}: `{name}` {how}", sanitize::path(file))).into())
}

/// Returns a switch: while it is false, Ctrl-C and Ctrl-\ do not end this process, since they are for the
/// editor.
fn left_to_the_editor() -> Result<&'static AtomicBool> {
    static HAS_ENDED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(switch) = HAS_ENDED.get() {
        return Ok(switch);
    }
    let switch = Arc::new(AtomicBool::new(true));
    for signal in [SIGINT, SIGQUIT] {
        flag::register_conditional_default(signal, Arc::clone(&switch))
            .context("could not leave Ctrl-C to the editor")?;
    }
    Ok(HAS_ENDED.get_or_init(|| switch))
}

/// Returns the editor's path and its options.
fn command(ctx: &Context) -> Result<(PathBuf, Vec<String>)> {
    for variable in VARIABLES {
        let Some(line) = ctx.env.text(variable) else { continue };
        let Some(words) = shell_words::split(line) else {
            let what = format!("could not read `{variable}`: a quote in it is not closed");
            return Err(Failure::new(what).hint(format!("set `{variable}` to a command, like `vim`")).into());
        };
        let Some((program, args)) = words.split_first() else { continue };
        let program = find(ctx, program).ok_or_else(|| {
            let name = sanitize::shown(program);
            Failure::new(format!("could not find the editor `{name}`, which `{variable}` names"))
                .hint(format!("set `{variable}` to a command, like `vim`"))
        })?;
        return Ok((program, args.to_vec()));
    }
    let found = USUAL.iter().find_map(|name| find(ctx, name));
    let program = found.ok_or_else(|| {
        Failure::new("could not find an editor: there is neither vi nor nano")
            .hint("set `EDITOR` to a command, like `vim`")
    })?;
    Ok((program, Vec::new()))
}

/// Finds a program. Looks only in the absolute folders of `PATH`, so that no project can plant one.
fn find(ctx: &Context, program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return which::which_in(program, None::<&str>, ctx.cwd.as_deref()?).ok();
    }
    let folders = ctx.env.get("PATH")?;
    let mut absolute = std::env::split_paths(folders).filter(|folder| folder.is_absolute());
    absolute.find_map(|folder| which::which_in(program, Some(folder), "/").ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::environment::Environment;

    fn chosen(variables: &[(&str, &str)]) -> String {
        let mut env = Environment::default();
        for (name, value) in variables {
            env.set(name, *value);
        }
        match command(&Context::new(env, Path::new("/nonexistent"), Path::new("/bin"))) {
            Ok((program, args)) => format!("{} {}", program.display(), args.join("|")),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_variables_are_command_lines_and_visual_comes_first() {
        let path = ("PATH", "/bin");
        assert_eq!(chosen(&[path, ("VISUAL", "sh -c 'a b'"), ("EDITOR", "cat")]), "/bin/sh -c|a b");
        assert_eq!(chosen(&[path, ("VISUAL", " "), ("EDITOR", "/bin/cat")]), "/bin/cat ");
        assert_eq!(
            chosen(&[path, ("EDITOR", "sh 'a")]),
            "could not read `EDITOR`: a quote in it is not closed"
        );
        let missing = "could not find the editor `no-such`, which `EDITOR` names";
        assert_eq!(chosen(&[path, ("EDITOR", "no-such -x")]), missing);
        let nowhere = "could not find an editor: there is neither vi nor nano";
        assert_eq!(chosen(&[("PATH", "/nonexistent")]), nowhere);
    }

    #[test]
    fn a_program_in_the_current_folder_is_none() {
        let missing = "could not find the editor `sh`, which `EDITOR` names";
        assert_eq!(chosen(&[("PATH", ".:"), ("EDITOR", "sh")]), missing);
    }
}
