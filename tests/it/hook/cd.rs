//! `awsenv hook bash --cd`: in bash, too, a command after `cd` on the same line runs in the account of the
//! new folder.

use awsenv_emulator::{Operation, Person};

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, assert_loaded, assert_nothing, aws, hook_line, variables, world,
};
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const LINE: &str = r#"eval "$(awsenv hook bash --cd)""#;

fn start(world: &World) -> Shell {
    Shell::bash(world).rc(LINE).start()
}

fn a_command_on_the_same_line_sees_the_new_folder(_: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(&world);
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    recorder.take();
    assert_eq!(shell.run("cd a && printenv AWS_PROFILE"), format!("{ENTERED_DEV}\ndev").as_str());
    assert_eq!(recorder.take().len(), 1, "the prompt has nothing to do");
    let line = "pushd ../b >/dev/null; printenv AWS_PROFILE; popd >/dev/null; printenv AWS_PROFILE";
    assert_eq!(shell.run(line).lines(), [ENTERED_OPS, "ops", ENTERED_DEV, "dev"]);
    shell.run("shopt -s autocd");
    assert_eq!(shell.run("../b; printenv AWS_PROFILE").lines().last(), Some(&"ops"));
    assert_eq!(shell.run("cd; printenv AWS_PROFILE"), "awsenv: left ops");
    assert_nothing(&mut shell);
}

fn cd_does_what_it_did(_: Kind) {
    let world = world();
    world.dir("a/-P");
    let mut shell = start(&world);
    let screen = shell.run("cd /nowhere || echo $?");
    assert_eq!(screen.lines().len(), 2, "{screen}");
    assert!(screen.text().contains("No such file") && screen.lines()[1] == "1", "{screen}");
    assert_eq!(
        shell.run("CDPATH=~; cd a; cd -; echo \"$_ $OLDPWD\"").lines().last(),
        Some(&format!("- {}", world.at("a").display()).as_str())
    );
    let screen = shell.run("cd a");
    assert_eq!(screen.lines(), [&world.at("a").display().to_string(), ENTERED_DEV]);
    shell.quietly("unset CDPATH; cd -- -P");
    assert_eq!(shell.run("pwd"), world.at("a/-P").display().to_string().as_str());
    shell.run("cd ~");
    assert_eq!(shell.run("dirs; false; cd .; echo $?").lines(), ["~", "0"]);
    assert_eq!(
        shell.run("set -eu; cd a; cd ..; ! cd /nowhere 2>/dev/null; echo alive").lines().last(),
        Some(&"alive")
    );
}

fn a_subshell_is_left_alone(_: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(&world);
    recorder.take();
    assert_eq!(
        shell.run("echo $(cd a; pwd); (cd b); cd a | cat").text(),
        world.at("a").display().to_string()
    );
    assert_eq!(recorder.count(), 0);
}

fn functions_and_aliases_of_others_still_run(_: Kind) {
    let world = world();
    let before = "cd() { echo mine; builtin cd \"$@\"; }\nalias pushd='pushd -n'\nalias popd='popd -n'";
    let mut shell = Shell::bash(&world).rc(before).rc(LINE).rc(LINE).start();
    assert_eq!(shell.run("cd a && printenv AWS_PROFILE").lines(), ["mine", ENTERED_DEV, "dev"]);
    assert_eq!(shell.run("eval \"$(awsenv hook bash --uninstall)\""), LEFT_DEV);
    assert_eq!(shell.run("declare -f cd").lines()[0], "cd ()");
    assert_eq!(shell.run("cd ../b && printenv AWS_PROFILE"), "mine");
    assert_eq!(shell.run("compgen -A function | grep -e awsenv -e pushd"), "");
}

fn uninstalling_leaves_a_function_that_came_later(_: Kind) {
    let world = world();
    let mut shell = start(&world);
    shell.run("cd() { echo later; builtin cd \"$@\"; }");
    assert_eq!(shell.run("cd a").lines(), ["later", ENTERED_DEV], "the prompt sees it");
    assert_eq!(shell.run("eval \"$(awsenv hook bash --uninstall)\""), LEFT_DEV);
    assert_eq!(shell.run("cd ..").text(), "later");
    assert_eq!(shell.run("type -t pushd"), "builtin");
}

fn options_do_not_matter_and_a_trace_shows_no_secret(_: Kind) {
    for options in ["set -x", "set -u; set -a", "set -o posix", "IFS=/"] {
        let world = world();
        let mut shell = Shell::bash(&world).rc(LINE).env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey").start();
        shell.run(options);
        let screen = shell.run("cd a && printenv AWS_PROFILE; cd ../b; cd ..");
        assert!(screen.lines().contains(&"dev"), "{options}: {screen}");
        assert!(!screen.text().contains("SecretKey"), "{options}: {screen}");
        shell.run("set +x");
        assert_eq!(aws(&mut shell), variables(&[("AWS_SECRET_ACCESS_KEY", "mine/SecretKey")]), "{options}");
        assert!(
            shell.environment().keys().all(|name| !name.to_string_lossy().contains("awsenv")),
            "{options}"
        );
    }
}

fn ctrl_c_in_a_login_leaves_no_account_to_the_rest_of_the_line(kind: Kind) {
    let world = stage::world();
    world
        .aws_credentials("[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other/SecretKey\n");
    scene::allowed(&world, "other", "profile = other\nregion = eu-west-1\n");
    scene::allowed(&world, "p", "profile = dev\n");
    let line = if kind == Kind::Bash { LINE } else { hook_line(kind) };
    let mut shell = Shell::launch(kind, &world).rc(line).start();
    shell.run("cd other");
    stage::person(&world, Person::Waits);
    shell.type_line("cd ../p && /usr/bin/env >~/seen");
    shell.wait_for("waiting for you to allow it");
    stage::wait_for(&world, Operation::Authorize, 1);
    shell.type_keys("\u{3}");
    shell.next_prompt();
    // Whether the rest of the line runs is the shell's to say.
    let seen = std::fs::read_to_string(world.at("seen")).unwrap_or_default();
    assert!(!seen.contains("AWS_PROFILE") && !seen.contains("AKIAOTHER"), "{seen}");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    assert_eq!(stage::pages(&world), 1);
}

each_shell!(
    bash: a_command_on_the_same_line_sees_the_new_folder,
    cd_does_what_it_did,
    a_subshell_is_left_alone,
    functions_and_aliases_of_others_still_run,
    uninstalling_leaves_a_function_that_came_later,
    options_do_not_matter_and_a_trace_shows_no_secret,
);
each_shell!(ctrl_c_in_a_login_leaves_no_account_to_the_rest_of_the_line);

#[test]
fn the_other_shells_need_no_option_for_it() {
    let world = world();
    for shell in ["zsh", "fish", "elvish", "tcsh"] {
        assert_eq!(world.run(["hook", shell, "--cd"]).stdout, world.run(["hook", shell]).stdout);
    }
    let mut shell = start(&world);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
}
