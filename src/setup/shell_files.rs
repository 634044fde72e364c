//! The lines for a shell's start-up file, and the file where it looks for completions.

use std::path::PathBuf;

use crate::shell;
use crate::shell::start_up_file::StartUpFile;
use crate::system::context::Context;

/// Stands behind each line that setup adds.
const MARK: &str = "# added by awsenv setup";

/// Returns the lines for the start-up file: the hook, and completions where the shell loads none from a
/// folder.
pub fn lines(file: &StartUpFile) -> Vec<String> {
    let completions = match file.shell() {
        // Without compinit there is nothing to complete with.
        "zsh" => Some("(( $+functions[compdef] )) && eval \"$(awsenv completions zsh)\""),
        "elvish" => Some("eval (awsenv completions elvish | slurp)"),
        _ => None,
    };
    let lines = std::iter::once(file.statement()).chain(completions.map(str::to_owned));
    lines.map(|line| format!("{line} {MARK}")).collect()
}

/// Returns the file from which the shell loads completions when they are needed, and its content; `None` for
/// shells without a folder for them below the home.
pub fn completions(ctx: &Context, name: &str) -> Option<(PathBuf, &'static str)> {
    let folder = |variable: &str, usual: &str| {
        let set = ctx.env.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        set.or_else(|| Some(ctx.home().ok()?.join(usual)))
    };
    let path = match name {
        "bash" => folder("XDG_DATA_HOME", ".local/share")?.join("bash-completion/completions/awsenv"),
        "fish" => folder("XDG_CONFIG_HOME", ".config")?.join("fish/completions/awsenv.fish"),
        "nu" => StartUpFile::of(ctx, name).path()?.parent()?.join("autoload/awsenv.nu"),
        _ => return None,
    };
    Some((path, shell::find(name)?.completions()?))
}
