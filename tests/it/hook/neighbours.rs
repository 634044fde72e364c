//! The hook beside tools of the prompt: zoxide, which the gate has, and others that are looked for.

use std::path::Path;

use crate::harness::hook_stage::{ENTERED_DEV, assert_loaded, cannot, hook_line, world};
use crate::harness::neighbour;
use crate::harness::shell::{Kind, Launch, Shell, each_shell};
use crate::harness::tools;
use crate::harness::world::World;

/// Prepares a shell with the hook and these lines of another tool, awsenv's first or last.
fn beside<'w>(kind: Kind, world: &'w World, theirs: &str, first: bool) -> Launch<'w> {
    let rc = Shell::launch(kind, world);
    if first { rc.rc(hook_line(kind)).rc(theirs) } else { rc.rc(theirs).rc(hook_line(kind)) }
}

/// Returns the line that evaluates what a command prints.
fn evaluated(kind: Kind, command: &str) -> String {
    if kind == Kind::Fish { format!("{command} | source") } else { format!("eval \"$({command})\"") }
}

fn zoxide_learns_the_folders_and_the_hook_follows_its_jumps(kind: Kind) {
    if !tools::have(&["zoxide"]) {
        return;
    }
    for first in [true, false] {
        let mut world = world();
        world.set("_ZO_DATA_DIR", world.at("zoxide"));
        world.dir("zoxide");
        let recorder = world.recorder();
        let theirs = evaluated(kind, &format!("zoxide init {}", kind.name()));
        let mut shell = beside(kind, &world, &theirs, first).start();
        shell.run("cd a");
        shell.run("cd ../b");
        shell.run("cd ..");
        recorder.take();
        let screen = shell.run("z a");
        assert!(screen.lines().contains(&ENTERED_DEV), "first {first}: {screen}");
        assert_eq!(recorder.take().len(), 1, "first {first}: it jumped, and the hook ran once");
        assert_loaded(&mut shell, "dev");
        shell.run("z b");
        assert_loaded(&mut shell, "ops");
        recorder.take();
        shell.quietly("");
        assert_eq!(recorder.count(), 0);
        let status = if kind == Kind::Fish { "false; echo $status" } else { "false; echo $?" };
        assert_eq!(shell.run(status), "1");
    }
}

/// A prompt that is drawn by a tool which reads the environment, the status and the pipe's statuses.
fn starship_shows_the_account_that_was_just_loaded(kind: Kind) {
    let Some(program) = neighbour::program("AWSENV_TEST_STARSHIP", "starship") else { return };
    let world = world();
    if kind == Kind::Fish {
        return cannot(kind, "its prompt takes the place of the harness' own");
    }
    let config = world.write(
        "starship.toml",
        "add_newline = false\nformat = '$aws$status'\n[aws]\nformat = '<$profile>'\n[status]\ndisabled = false\n\
         format = '<$common_meaning$int$pipestatus>'\npipestatus = true\n",
    );
    for first in [true, false] {
        let theirs = evaluated(kind, &format!("'{}' init {}", program.display(), kind.name()));
        let before = "harness=$PS1";
        let after = match kind {
            Kind::Bash => "after() { PS1=\"$PS1$harness\"; }; PROMPT_COMMAND+=(after)",
            _ => "PROMPT=\"$PROMPT$harness\"",
        };
        let rc = Shell::launch(kind, &world).env("STARSHIP_CONFIG", &config).rc(before);
        let rc = if first { rc.rc(hook_line(kind)).rc(&theirs) } else { rc.rc(&theirs).rc(hook_line(kind)) };
        let recorder = world.recorder();
        let mut shell = rc.rc(after).start();
        recorder.take();
        let screen = shell.run("cd a");
        assert!(screen.text().contains("<dev>"), "first {first}: {screen:?}");
        assert_eq!(recorder.take().len(), 1, "first {first}");
        let screen = shell.run("(exit 7)");
        assert!(screen.text().contains('7'), "first {first}: {screen:?}");
        assert_eq!(recorder.count(), 0, "first {first}");
    }
}

/// Tools that keep the hook's array in order: bash-preexec, ble.sh, oh-my-zsh, powerlevel10k; each names its
/// file.
fn a_framework_and_the_hook_leave_each_other_alone(kind: Kind) {
    let frameworks: &[(&str, &str)] = match kind {
        Kind::Bash => {
            &[("AWSENV_TEST_BASH_PREEXEC", "bash-preexec.sh"), ("AWSENV_TEST_LIQUIDPROMPT", "liquidprompt")]
        }
        Kind::Zsh => &[
            ("AWSENV_TEST_OH_MY_ZSH", "oh-my-zsh.sh"),
            ("AWSENV_TEST_LIQUIDPROMPT", "liquidprompt"),
            ("AWSENV_TEST_ZSH_AUTOSUGGESTIONS", "zsh-autosuggestions.zsh"),
            ("AWSENV_TEST_ZSH_SYNTAX_HIGHLIGHTING", "zsh-syntax-highlighting.zsh"),
        ],
        Kind::Fish => &[],
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
    };
    for (variable, name) in frameworks {
        let Some(script) = neighbour::file(variable, name) else { continue };
        leaves_each_other_alone(kind, &script, name);
    }
}

fn leaves_each_other_alone(kind: Kind, script: &Path, name: &str) {
    for first in [true, false] {
        let world = world();
        let recorder = world.recorder();
        let theirs =
            format!("ZSH={}; source '{}'", script.parent().unwrap_or(script).display(), script.display());
        // A theme's prompt gives way to the harness' own again.
        let keep = "harness=$PS1";
        let rc = Shell::launch(kind, &world).rc(keep);
        let rc = if first { rc.rc(hook_line(kind)).rc(&theirs) } else { rc.rc(&theirs).rc(hook_line(kind)) };
        let again = match kind {
            Kind::Zsh => "again() { PS1=$harness }; precmd_functions+=(again); setopt prompt_subst",
            _ => "again() { PS1=$harness; }; PROMPT_COMMAND+=(again)",
        };
        let mut shell =
            rc.rc(if name.contains("prompt") || name.contains("oh-my") { again } else { "true" }).start();
        shell.run("true");
        recorder.take();
        let screen = shell.run("cd a");
        assert!(screen.text().contains(ENTERED_DEV), "{name}, first {first}: {screen}");
        assert_eq!(recorder.take().len(), 1, "{name}, first {first}");
        assert_loaded(&mut shell, "dev");
        let screen = shell.run("(exit 7); echo $?");
        assert!(screen.text().contains('7'), "{name}, first {first}: {screen}");
        shell.run("");
        assert_eq!(recorder.count(), 0, "{name}, first {first}");
        shell.run("cd ..");
        assert_eq!(shell.env("AWS_PROFILE"), None, "{name}, first {first}");
    }
}

/// A prompt that is drawn again, shorter, when a line is accepted, as powerlevel10k's and starship's
/// transient prompts are.
fn a_prompt_that_is_drawn_again_starts_nothing(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let rc = match kind {
        Kind::Zsh => {
            "accept() { local PS1='% '; zle reset-prompt; zle .accept-line }; zle -N accept-line accept"
        }
        _ => "bind \\r 'commandline -f repaint; commandline -f execute'",
    };
    let mut shell = beside(kind, &world, rc, true).start();
    shell.run("cd a");
    recorder.take();
    for _ in 0..3 {
        shell.run("true");
    }
    assert_eq!(recorder.count(), 0);
    assert_loaded(&mut shell, "dev");
}

each_shell!(
    zoxide_learns_the_folders_and_the_hook_follows_its_jumps,
    starship_shows_the_account_that_was_just_loaded
);
each_shell!(bash, zsh: a_framework_and_the_hook_leave_each_other_alone);
each_shell!(zsh, fish: a_prompt_that_is_drawn_again_starts_nothing);
