//! What differs between the shells for a test.

use std::path::Path;

use crate::harness::world::World;

/// A shell that awsenv has a hook for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Tcsh,
    Nu,
}

/// The start of the control sequence with a prompt's number; BEL ends it. Terminals ignore it, and no typed
/// or traced text contains it, since echo and trace print the escape character in another form. Each shell
/// starts at a random number, so that a nested or replaced shell does not repeat the number of the prompt
/// before.
pub const PROMPT: &str = "\u{1b}]7777;prompt;";

const INPUTRC: &str = "set enable-bracketed-paste off\nset bell-style none\n";

/// The prompt numbers itself while it is expanded. So the harness needs no entry in `PROMPT_COMMAND`, which
/// the tests are about.
const BASHRC: &str = r"unset HISTFILE
_harness_prompt=$RANDOM$RANDOM
PS1='\[\e]7777;prompt;$((++_harness_prompt))\a\]> '
";

/// Without the mark that zsh prints after output that did not end in a line feed.
const ZSHRC: &str = r"unset HISTFILE
PROMPT_EOL_MARK=
setopt prompt_subst
_harness_prompt=$RANDOM$RANDOM
PS1=$'%{\e]7777;prompt;$((++_harness_prompt))\a%}> '
";

/// fish calls `fish_prompt` whenever it repaints, so the number grows in the event of that name, which comes
/// once.
const CONFIG_FISH: &str = r"set -g fish_greeting
set -g fish_autosuggestion_enabled 0
set -g _harness_prompt (random 1 1000000000)
function fish_title; end
function _harness_count --on-event fish_prompt
    set -g _harness_prompt (math $_harness_prompt + 1)
end
function fish_prompt
    printf '\e]7777;prompt;%s\a> ' $_harness_prompt
end
";

/// elvish shows control characters of a prompt as text, so its function prints the number past it, once of
/// the several times that it is called for one prompt. The number grows in [`RC_ELV_END`], after the hook.
const RC_ELV: &str = r#"set edit:rprompt = { }
set edit:max-height = 10
var _harness_prompt = (randint 1 1000000000)
var _harness_shown = 0
set edit:prompt = {
  if (!= $_harness_shown $_harness_prompt) {
    set _harness_shown = $_harness_prompt
    print "\e]7777;prompt;"$_harness_prompt"\a> " >/dev/tty
  }
}
"#;
const RC_ELV_END: &str = "set edit:before-readline = (conj $edit:before-readline { set _harness_prompt = (+ $_harness_prompt 1) })\n";

/// tcsh's prompt can do no arithmetic, so this takes the alias `precmd` of a user. The hook must keep it.
const TCSHRC: &str = r#"unset savehist
set _harness_prompt = `date +%s%N`
alias precmd '@ _harness_prompt++ ; set prompt = "%{\e]7777;prompt;${_harness_prompt}\a%}> "'
"#;

/// nushell draws its prompt again with each key, so the number grows in a hook. It is in a record, since
/// plain numbers would be exported. Shell integration is off: it prints between the lines, or queries the
/// terminal.
const CONFIG_NU: &str = r#"$env.config.show_banner = false
$env.config.shell_integration.osc133 = false
$env.config.shell_integration.osc633 = false
$env.config.shell_integration.osc2 = false
$env.config.shell_integration.osc7 = false
$env.config.shell_integration.osc9_9 = false
$env.config.shell_integration.osc8 = false
$env.config.error_style = "plain"
$env._harness = {prompt: (random int 1..1000000000)}
$env.config.hooks.pre_prompt ++= [{|| $env._harness.prompt += 1 }]
$env.PROMPT_COMMAND = {|| $"\e]7777;prompt;($env._harness.prompt)\u{7}" }
$env.PROMPT_COMMAND_RIGHT = {|| "" }
$env.PROMPT_INDICATOR = "> "
"#;

impl Kind {
    /// Every shell.
    pub const ALL: [Self; 6] = [Self::Bash, Self::Zsh, Self::Fish, Self::Elvish, Self::Tcsh, Self::Nu];

    /// Fails: for the arm of a `match` for shells in which a test does not run.
    #[track_caller]
    pub fn not_here() -> ! {
        panic!("this test does not run in that shell")
    }

    /// Returns the name, which is the program's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Elvish => "elvish",
            Self::Tcsh => "tcsh",
            Self::Nu => "nu",
        }
    }

    /// Returns the arguments of an interactive shell that reads only the user's own start-up file.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Bash => &["--noprofile", "-i"],
            Self::Zsh => &["-d", "-i"],
            Self::Fish | Self::Tcsh => &["-i"],
            Self::Elvish => &[],
            Self::Nu => &["--no-history"],
        }
    }

    /// Writes the start-up files into the home directory: the harness' prompt, then these lines.
    pub(crate) fn write_startup(self, world: &World, lines: &str) {
        match self {
            Self::Bash => {
                world.write(".inputrc", INPUTRC);
                world.write(".bashrc", format!("{BASHRC}{lines}\n"));
            }
            Self::Zsh => {
                world.write(".zshrc", format!("{ZSHRC}{lines}\n"));
            }
            Self::Elvish => {
                world.write(".config/elvish/rc.elv", format!("{RC_ELV}{lines}\n{RC_ELV_END}"));
            }
            Self::Tcsh => {
                world.write(".tcshrc", format!("{TCSHRC}{lines}\n"));
            }
            Self::Nu => {
                world.write(".config/nushell/config.nu", format!("{CONFIG_NU}{lines}\n"));
            }
            Self::Fish => {
                world.write(".config/fish/config.fish", format!("{CONFIG_FISH}{lines}\n"));
                // Without this folder the first fish in a home starts Python to read the manual pages; fish 4
                // has it in the cache.
                world.dir(".local/share/fish/generated_completions");
                world.dir(".cache/fish/generated_completions");
            }
        }
    }

    /// Returns the line that writes the environment of a child into the file, each variable ended by NUL.
    pub(crate) fn dump_line(self, file: &Path) -> String {
        let to = if self == Self::Nu { "o> " } else { ">" };
        format!("/usr/bin/env -0 {to}'{}'", file.display())
    }

    /// Returns the line that writes a shell variable into the file: `=` and its value if it is set.
    pub(crate) fn variable_line(self, name: &str, file: &Path) -> String {
        let file = file.display();
        match self {
            Self::Bash | Self::Zsh => format!("builtin printf %s \"${{{name}+=${name}}}\" >'{file}'"),
            Self::Fish => {
                format!("begin; set -q {name}; and printf =; and printf %s \"${name}\"; end >'{file}'")
            }
            // The hook's variables are not visible in the shell.
            Self::Elvish => format!("printf '' >'{file}'"),
            Self::Nu => format!("'' | save '{file}'"),
            Self::Tcsh => {
                format!(
                    "if ($?{name}) eval 'printf =%s \"${name}:q\" >\"{file}\"' ; if (! $?{name}) printf '' >'{file}'"
                )
            }
        }
    }

    /// Returns whether the hook runs the program at each prompt, even if nothing changed.
    pub fn asks_at_each_prompt(self) -> bool {
        matches!(self, Self::Elvish | Self::Tcsh)
    }

    /// Returns the line that starts such a shell below this one.
    pub fn nested(self) -> &'static str {
        match self {
            Self::Bash => "bash -i",
            Self::Zsh => "zsh -i",
            Self::Fish => "fish -i",
            Self::Elvish => "elvish",
            Self::Tcsh => "tcsh -i",
            Self::Nu => "nu --no-history",
        }
    }

    /// Returns the command for a shell without the start-up files of the system and of logins; only bash, zsh
    /// and fish.
    pub fn bare(self) -> &'static str {
        match self {
            Self::Bash => "bash --noprofile -i",
            Self::Zsh => "zsh -d -i",
            Self::Fish => "fish -i",
            Self::Elvish | Self::Tcsh | Self::Nu => Self::not_here(),
        }
    }

    /// Returns whether the shell redraws the line while it is typed, and encloses it in bracketed paste mode.
    fn draws_lines(self) -> bool {
        matches!(self, Self::Elvish | Self::Nu)
    }

    /// Returns where the output before a prompt ends. elvish and nushell draw a prompt of their own first.
    pub(crate) fn end_of_output(self, bytes: &[u8]) -> usize {
        const STARTED: &[u8] = b"\x1b[?2004h";
        let starts = || bytes.windows(STARTED.len()).rposition(|window| window == STARTED);
        if self.draws_lines() { starts().unwrap_or(bytes.len()) } else { bytes.len() }
    }

    /// Returns where the output of a typed line begins: after the first line feed, which ends the echo. In
    /// shells that redraw the line, after the end of bracketed paste mode.
    pub(crate) fn end_of_echo(self, bytes: &[u8]) -> Option<usize> {
        const STOPPED: &[u8] = b"\x1b[?2004l";
        if self.draws_lines() {
            let at = bytes.windows(STOPPED.len()).position(|window| window == STOPPED)?;
            return Some(at + STOPPED.len());
        }
        bytes.iter().position(|byte| *byte == b'\n').map(|position| position + 1)
    }
}
