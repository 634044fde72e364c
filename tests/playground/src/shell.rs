//! The shells that the playground opens.

use std::path::Path;

use anyhow::{Result, bail};

/// A shell that awsenv has a hook for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

impl Shell {
    /// Returns the shell of that name, which may be a path or start with a dash.
    pub fn named(name: &str) -> Option<Self> {
        let name = Path::new(name.trim_start_matches('-')).file_name()?.to_str()?;
        [Self::Bash, Self::Zsh, Self::Fish].into_iter().find(|shell| shell.name() == name)
    }

    /// Returns the shell that was asked for, else the user's own (`$SHELL`), else bash.
    pub fn choose(asked: Option<&str>, own: Option<&str>) -> Result<Self> {
        match asked {
            Some(name) => match Self::named(name) {
                Some(shell) => Ok(shell),
                None => bail!("unknown shell: {name}; name one of bash, zsh, fish"),
            },
            None => Ok(own.and_then(Self::named).unwrap_or(Self::Bash)),
        }
    }

    /// Returns the name, which is the program's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Returns the arguments of an interactive shell. Without the system's own start-up files for zsh: some
    /// set a history file or a prompt.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Bash | Self::Fish => &["-i"],
            Self::Zsh => &["-d", "-i"],
        }
    }

    /// Returns the start-up file, from the home directory, and what stands in it.
    pub fn startup(self) -> (&'static str, &'static str) {
        match self {
            Self::Bash => (".bashrc", include_str!("rc/bashrc")),
            Self::Zsh => (".zshrc", include_str!("rc/zshrc")),
            Self::Fish => (".config/fish/config.fish", include_str!("rc/config.fish")),
        }
    }

    /// Returns lines for the end of the start-up file that put a number before each prompt and a mark
    /// after it, see `session.rs`. A prompt that is painted again keeps its number.
    pub fn marks(self) -> &'static str {
        match self {
            Self::Bash => {
                r"_tour=0
PS1='\[\e]7777;prompt;$((++_tour))\a\]'$PS1'\[\e]7777;end\a\]'
"
            }
            Self::Zsh => {
                r"_tour=0 PROMPT_EOL_MARK=
setopt prompt_subst
PS1=$'%{\e]7777;prompt;$((++_tour))\a%}'$PS1$'%{\e]7777;end\a%}'
"
            }
            Self::Fish => {
                r"set -g fish_autosuggestion_enabled 0
set -g _tour 0
function fish_title; end
# Not in the event of the prompt: a Ctrl-C in another handler of it would stop the count.
function _tour_count --on-event fish_preexec
    set -g _tour (math $_tour + 1)
end
functions -c fish_prompt _tour_prompt
function fish_prompt
    printf '\e]7777;prompt;%s\a' $_tour
    _tour_prompt
    printf '\e]7777;end\a'
end
"
            }
        }
    }
}
