//! The file that a shell reads when it starts, and the line with the hook that belongs there.

use std::path::{Path, PathBuf};

use crate::shell;
use crate::system::context::Context;
use crate::system::files;
use crate::text::{sanitize, shell_words};

/// How much of a file is searched for the line, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// A shell's start-up file.
#[derive(Clone, Debug)]
pub struct StartUpFile {
    shell: &'static str,
    /// Its path, as a person would type it.
    pub shown: String,
    path: Option<PathBuf>,
}

impl StartUpFile {
    /// Returns the start-up file of the shell with this name; bash's if awsenv knows no such shell.
    pub fn of(ctx: &Context, name: &str) -> Self {
        let shell = shell::find(name).map_or("bash", |shell| shell.name());
        let folder = ctx.env.text("ZDOTDIR").filter(|folder| shell == "zsh" && !folder.is_empty());
        if let Some(folder) = folder {
            let path = format!("{folder}/.zshrc");
            return Self {
                shell,
                shown: sanitize::shown(&shell_words::quote(&path)),
                path: Some(path.into()),
            };
        }
        let moved = ctx.env.get("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let path = match shell {
            "zsh" => ".zshrc",
            "fish" => ".config/fish/config.fish",
            "elvish" => ".config/elvish/rc.elv",
            // On macOS nushell has its own place, unless the variable is set.
            "nu" if cfg!(target_os = "macos") && moved.is_none() => {
                "Library/Application Support/nushell/config.nu"
            }
            "nu" => ".config/nushell/config.nu",
            // It reads the first of the two that is there.
            "tcsh" if is_there(ctx, ".cshrc") && !is_there(ctx, ".tcshrc") => ".cshrc",
            "tcsh" => ".tcshrc",
            _ => ".bashrc",
        };
        if let (Some(folder), Some(below)) = (moved, path.strip_prefix(".config/")) {
            let path = folder.join(below);
            return Self { shell, shown: ctx.shown(&path), path: Some(path) };
        }
        Self { shell, shown: format!("~/{path}"), path: ctx.home().ok().map(|home| home.join(path)) }
    }

    /// Returns the start-up file of the user's login shell (`SHELL`).
    pub fn own(ctx: &Context) -> Self {
        Self::of(ctx, ctx.env.text("SHELL").unwrap_or_default())
    }

    /// Returns the shell's name.
    pub fn shell(&self) -> &'static str {
        self.shell
    }

    /// Returns its path; `None` without a home directory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the line that sets up the hook, for a person to read.
    pub fn line(&self) -> String {
        match self.shell {
            // The line has backticks itself.
            "tcsh" => self.statement(),
            _ => format!("`{}`", self.statement()),
        }
    }

    /// Returns the line that sets up the hook, as it stands in the file.
    pub fn statement(&self) -> String {
        let shell = self.shell;
        match shell {
            "fish" => "awsenv hook fish | source".to_owned(),
            "elvish" => "eval (awsenv hook elvish | slurp)".to_owned(),
            "tcsh" => "eval \"`awsenv hook tcsh`\"".to_owned(),
            "nu" => "$env.config.hooks.pre_prompt ++= [(awsenv hook nu)]".to_owned(),
            _ => format!("eval \"$(awsenv hook {shell})\""),
        }
    }

    /// Returns whether the file has a line with `awsenv hook`.
    pub fn has_line(&self) -> bool {
        let read = |path: &PathBuf| files::read(path, LARGEST).ok();
        let text = self.path.as_ref().and_then(read).unwrap_or_default();
        String::from_utf8_lossy(&text).contains("awsenv hook")
    }

    /// Returns the hint that says where to put the line.
    pub fn cure(&self) -> String {
        format!("put {} at the end of {}, and open a new shell", self.line(), self.shown)
    }
}

fn is_there(ctx: &Context, name: &str) -> bool {
    ctx.home().is_ok_and(|home| home.join(name).exists())
}
