//! `doctor` in real shells, whose hook tells it what no process can see: where the hook is, and what became
//! of it.

use serde_json::Value;

use crate::harness::hook_stage::{hook_line, launch, world};
use crate::harness::neighbour;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

/// Returns what the doctor finds of the shell: level, finding and cure of what is not well.
fn found(world: &World, shell: &mut Shell) -> Vec<[String; 3]> {
    let file = world.scratch("findings");
    shell.run(&format!("awsenv doctor --json --offline >'{}'", file.display()));
    let text = std::fs::read_to_string(file).expect("the doctor wrote it");
    let findings: Value = serde_json::from_str(&text).expect("it is JSON");
    let of_shell =
        findings.as_array().expect("an array").iter().filter(|finding| finding["check"] == "shell");
    let ill = of_shell.filter(|finding| finding["level"] != "ok");
    ill.map(|f| ["level", "finding", "cure"].map(|key| f[key].as_str().unwrap_or_default().into())).collect()
}

#[track_caller]
fn well(world: &World, shell: &mut Shell) {
    assert_eq!(found(world, shell), Vec::<[String; 3]>::new());
}

/// Asserts that one thing is found, of these words.
#[track_caller]
fn ill(world: &World, shell: &mut Shell, level: &str, words: &str, cure: &str) {
    let found = found(world, shell);
    let [[its_level, finding, its_cure]] = &*found else { panic!("{words}: {found:?}") };
    assert_eq!(its_level, level, "{found:?}");
    assert!(finding.contains(words) && its_cure.contains(cure), "{found:?}");
}

fn a_shell_with_the_hook_is_well(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    well(&world, &mut shell);
    shell.run("cd a");
    well(&world, &mut shell);
    assert_eq!(shell.env("AWSENV_FACTS"), None, "only the doctor has it");
    assert_eq!(shell.var("AWSENV_FACTS"), None);
    // In a shell below, and after the start-up file was read again.
    shell.run(kind.name());
    well(&world, &mut shell);
    shell.run("exit");
    let file = if kind == Kind::Fish { ".config/fish/config.fish" } else { &format!(".{}rc", kind.name()) };
    shell.run(&format!("source ~/{file}"));
    well(&world, &mut shell);
}

fn a_hook_that_was_taken_out_is_found(kind: Kind) {
    let lines: &[&str] = match kind {
        Kind::Bash => &["PROMPT_COMMAND='true'", "PROMPT_COMMAND=(true)", "unset PROMPT_COMMAND"],
        Kind::Zsh => &["precmd_functions=(true)", "unset precmd_functions"],
        Kind::Fish => &["functions --erase _awsenv_hook", "function _awsenv_hook; end"],
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
    };
    for line in lines {
        let world = world();
        let mut shell = launch(kind, &world).start();
        shell.run(line);
        let cure = format!("put `{}` at the end of ~/.", hook_line(kind));
        ill(&world, &mut shell, "error", &format!("was taken out of this {}", kind.name()), &cure);
        // In the start-up file, by what is read after it.
        let mut shell = launch(kind, &world).rc(line).start();
        ill(&world, &mut shell, "error", "was taken out", &cure);
    }
}

fn a_hook_that_acts_at_prompts_alone_is_found(kind: Kind) {
    for line in ["chpwd_functions=()", "preexec_functions=(true)"] {
        let world = world();
        let mut shell = launch(kind, &world).rc(line).start();
        ill(&world, &mut shell, "warning", "at prompts alone", "end of ~/.zshrc");
    }
}

fn a_shell_without_a_hook_is_told_so(kind: Kind) {
    let mut world = world();
    world.set("SHELL", format!("/bin/{}", kind.name()));
    let mut shell = Shell::launch(kind, &world).start();
    ill(&world, &mut shell, "warning", "the awsenv hook is not active", hook_line(kind));
}

fn two_lines_and_an_older_script_are_found(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).rc(hook_line(kind)).start();
    ill(&world, &mut shell, "warning", "set up twice", "keep one line");
    let older = match kind {
        Kind::Fish => {
            "awsenv hook fish | string replace '_awsenv_script ' '_awsenv_script 0' | source".to_owned()
        }
        _ => format!("eval \"$(awsenv hook {} | sed 's/_awsenv_script=/&0/')\"", kind.name()),
    };
    let mut shell = Shell::launch(kind, &world).rc(&older).start();
    ill(&world, &mut shell, "warning", "the hook of another version", "open a new shell");
}

fn another_program_on_the_path_is_found(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    let other = world.dir("other");
    std::fs::copy(crate::harness::world::PROGRAM, other.join("awsenv")).expect("there is room");
    shell.run(if kind == Kind::Fish { "set -gx PATH ~/other $PATH" } else { "PATH=~/other:$PATH" });
    ill(&world, &mut shell, "warning", "other/awsenv", "remove one of the two");
}

/// As tools do that keep what they found and run it themselves: VS Code's shell integration, say.
fn a_prompt_command_that_another_tool_wraps_is_well(kind: Kind) {
    for wrapper in [
        "kept=$PROMPT_COMMAND; wrap() { eval \"$kept\"; }; unset PROMPT_COMMAND; PROMPT_COMMAND=wrap",
        "kept=(\"${PROMPT_COMMAND[@]}\"); one() { local each; for each in \"${kept[@]}\"; do eval \"$each\"; done; }; \
         wrap() { one; }; PROMPT_COMMAND=(wrap true)",
    ] {
        let world = world();
        let mut shell = launch(kind, &world).rc(wrapper).start();
        well(&world, &mut shell);
        shell.run("cd a");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"), "and so it is");
        shell.run("unset kept");
        ill(&world, &mut shell, "error", "was taken out", "");
    }
}

fn the_integration_of_vs_code_leaves_it_in_its_place(kind: Kind) {
    let name = match kind {
        Kind::Bash => "shellIntegration-bash.sh",
        Kind::Zsh => "shellIntegration-rc.zsh",
        Kind::Fish => "shellIntegration.fish",
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
    };
    let Some(script) = neighbour::file("AWSENV_TEST_VSCODE", name) else { return };
    let world = world();
    let source = format!("source '{}'", script.display());
    for first in [true, false] {
        let rc = Shell::launch(kind, &world).env("TERM_PROGRAM", "vscode").env("VSCODE_NONCE", "1");
        let rc = if first { rc.rc(hook_line(kind)).rc(&source) } else { rc.rc(&source).rc(hook_line(kind)) };
        let recorder = world.recorder();
        let mut shell = rc.start();
        well(&world, &mut shell);
        recorder.take();
        shell.run("cd a");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"), "first {first}");
        assert_eq!(recorder.take().len(), 1, "first {first}");
        let status = if kind == Kind::Fish { "false; echo $status" } else { "false; echo $?" };
        assert!(shell.run(status).text().starts_with('1'));
        shell.run("");
        assert_eq!(recorder.count(), 0, "first {first}");
        well(&world, &mut shell);
    }
}

each_shell!(
    a_shell_with_the_hook_is_well,
    a_hook_that_was_taken_out_is_found,
    a_shell_without_a_hook_is_told_so,
    two_lines_and_an_older_script_are_found,
    another_program_on_the_path_is_found,
    the_integration_of_vs_code_leaves_it_in_its_place,
);
each_shell!(bash: a_prompt_command_that_another_tool_wraps_is_well);
each_shell!(zsh: a_hook_that_acts_at_prompts_alone_is_found);
