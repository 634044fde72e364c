//! What is compared: awsenv, direnv and mise, each with the same six variables in a project.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::common::world::{SSO_KEY_ID, World};
use crate::session::Language;

/// A program with a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// awsenv.
    Awsenv,
    /// direnv.
    Direnv,
    /// mise.
    Mise,
}

impl Tool {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Awsenv => "awsenv",
            Self::Direnv => "direnv",
            Self::Mise => "mise",
        }
    }

    /// Returns its program; `None` if it is not installed.
    pub fn program(self, awsenv: &Path) -> Option<PathBuf> {
        if self == Self::Awsenv {
            return Some(awsenv.to_owned());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join(self.name())).find(|file| file.is_file())
    }

    /// Returns the command that prints the hook.
    pub fn hook(self, program: &Path, language: &Language) -> String {
        let verb = if self == Self::Mise { "activate" } else { "hook" };
        format!("{} {verb} {}", program.display(), language.name)
    }

    /// Returns what the shell does before each prompt.
    pub fn prompt(self, language: &Language) -> &'static str {
        match (self, language.name) {
            (_, "fish") => "emit fish_prompt",
            (Self::Awsenv, _) => "_awsenv_hook",
            (Self::Direnv, _) => "_direnv_hook",
            (Self::Mise, "bash") => "_mise_hook_prompt_command",
            (Self::Mise, _) => "_mise_hook_precmd",
        }
    }

    /// Returns the folder of its project, which is made.
    pub fn project(self, program: &Path, world: &World) -> Result<PathBuf> {
        let folder = world.at(self.name());
        if self == Self::Awsenv {
            return Ok(world.at("sso"));
        }
        fs::create_dir_all(&folder)?;
        let (secret, token) = ("s".repeat(40), "t".repeat(900));
        let variables = [
            ("AWS_PROFILE", "sso"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", SSO_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", &secret),
            ("AWS_SESSION_TOKEN", &token),
        ];
        let lines = |before: &str, quote: &str| -> String {
            variables.iter().map(|(name, value)| format!("{before}{name}={quote}{value}{quote}\n")).collect()
        };
        let (file, content, command) = match self {
            Self::Mise => ("mise.toml", format!("[env]\n{}", lines("", "\"")), ["trust", "mise.toml"]),
            _ => (".envrc", lines("export ", ""), ["allow", "."]),
        };
        fs::write(folder.join(file), content)?;
        let output = world.command(program, &folder).args(command).output()?;
        ensure!(output.status.success(), "{} does not trust its own project", self.name());
        Ok(folder)
    }
}
