//! Variables that tools do not see, or that only one command or function has: what becomes of them in a
//! folder, and after it.

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, assert_loaded, assert_nothing, aws, launch, start, unset, variables, world,
};
use crate::harness::shell::{Kind, Shell, each_shell};

/// Every variable that a profile sets here, with a value of the user's own.
const OWN: [(&str, &str); 5] = [
    ("AWS_PROFILE", "my own"),
    ("AWS_REGION", "$(x) 'y' \"z\""),
    ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
    ("AWS_SECRET_ACCESS_KEY", "own/secret"),
    ("AWS_SESSION_TOKEN", ""),
];

fn set_unexported(kind: Kind, name: &str, value: &str) -> String {
    let value = value.replace('\'', if kind == Kind::Fish { "\\'" } else { "'\\''" });
    match kind {
        Kind::Fish => format!("set -g {name} '{value}'"),
        _ => format!("{name}='{value}'"),
    }
}

#[track_caller]
fn assert_own(shell: &mut Shell) {
    assert_nothing(shell);
    for (name, value) in OWN {
        assert_eq!(shell.var(name).as_deref(), Some(value), "{name}");
    }
}

fn what_was_not_exported_is_not_exported_again_and_has_its_value(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    for (name, value) in OWN {
        shell.quietly(&set_unexported(kind, name, value));
    }
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd ../b"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    shell.run("cd ../a");
    shell.run("cd ~");
    assert_own(&mut shell);
    // A program that is gone leaves the hook alone with it.
    shell.run("cd b");
    let bin = world.program("awsenv", "#!/bin/sh\nexit 1\n");
    shell.run("cd ~");
    assert_eq!(aws(&mut shell).get("AWS_PROFILE"), None);
    std::fs::remove_file(&bin).expect("it is there");
    std::os::unix::fs::symlink(crate::harness::world::PROGRAM, &bin).expect("it is gone");
    shell.run("awsenv reload");
    assert_own(&mut shell);
}

fn what_was_unset_inside_stays_unset(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.quietly(&set_unexported(kind, "AWS_PROFILE", "my own"));
    for _ in 0..2 {
        shell.run("cd ~/a");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
        shell.run(&unset(kind, "AWS_PROFILE"));
        shell.run("cd ~");
        assert_nothing(&mut shell);
        assert_eq!(shell.var("AWS_PROFILE"), None);
    }
}

fn a_universal_variable_that_is_not_exported_shows_again(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.quietly("set -U AWS_PROFILE universal");
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    shell.run("cd ~");
    assert_eq!(shell.var("AWS_PROFILE").as_deref(), Some("universal"));
    assert_nothing(&mut shell);
}

each_shell!(what_was_not_exported_is_not_exported_again_and_has_its_value, what_was_unset_inside_stays_unset);
each_shell!(fish: a_universal_variable_that_is_not_exported_shows_again);

/// Starts a shell that looks within a line, too.
fn moving(kind: Kind, world: &crate::harness::world::World) -> Shell {
    match kind {
        Kind::Bash => Shell::bash(world).rc(r#"eval "$(awsenv hook bash --cd)""#).start(),
        _ => start(kind, world),
    }
}

fn function(kind: Kind, name: &str, body: &str) -> String {
    match kind {
        Kind::Fish => format!("function {name}; {body}; end"),
        _ => format!("{name}() {{ {body}; }}"),
    }
}

const LOOK: &str = r#"echo "seen $AWS_PROFILE,$AWS_ACCESS_KEY_ID,""#;

/// The body of a function that has a profile of its own, and changes to the directory that it is given.
fn local(kind: Kind) -> &'static str {
    match kind {
        Kind::Fish => "set -lx AWS_PROFILE static; cd $argv",
        _ => "local -x AWS_PROFILE=static; cd \"$1\"",
    }
}

fn what_is_local_to_a_function_stands_beside_no_keys(kind: Kind) {
    let world = world();
    let mut shell = moving(kind, &world);
    shell.quietly(&function(kind, "go", &format!("{}; {LOOK}", local(kind))));
    // From nowhere, from another folder, and within one.
    assert_eq!(shell.run("go ~/a").lines(), ["seen static,,", ENTERED_DEV]);
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("go ~/b").lines(), ["seen static,,", ENTERED_OPS]);
    assert_loaded(&mut shell, "ops");
    world.dir("b/inner");
    assert_eq!(shell.run("go ~/b/inner"), "seen static,AKIAOPS,");
    assert_loaded(&mut shell, "ops");
    shell.run("go ~");
    assert_nothing(&mut shell);
    // What was there before is not what the function had.
    let mut shell = launch(kind, &world);
    if kind == Kind::Bash {
        shell = Shell::bash(&world).rc(r#"eval "$(awsenv hook bash --cd)""#);
    }
    let mut shell = shell.env("AWS_PROFILE", "mine").start();
    shell.quietly(&function(kind, "go", local(kind)));
    shell.run("go ~/a");
    assert_loaded(&mut shell, "dev");
    shell.run("go ~");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]));
}

fn a_value_before_the_command_is_no_previous_value(kind: Kind) {
    let world = world();
    let mut shell = moving(kind, &world);
    assert_eq!(shell.run(&format!("AWS_PROFILE=static cd ~/a; {LOOK}")).lines(), ["seen ,,", ENTERED_DEV]);
    assert_loaded(&mut shell, "dev");
    shell.run("AWS_PROFILE=static cd ~/b");
    assert_loaded(&mut shell, "ops");
    shell.run("AWS_PROFILE=static AWS_ACCESS_KEY_ID=AKIASTATIC cd ~");
    assert_nothing(&mut shell);
    // A configuration of one command's is not that of the folder.
    world.write("other", "[profile dev]\nregion = ap-south-1\n");
    shell.run("AWS_CONFIG_FILE=~/other cd ~/a");
    assert_loaded(&mut shell, "dev");
    // Nothing is loaded with it either.
    let screen = shell.run("AWS_PROFILE=static awsenv reload");
    assert!(screen.text().starts_with("awsenv: error: could not reload: "), "{screen}");
    assert!(screen.text().contains(" is set for one command or function only\nawsenv: hint: "), "{screen}");
    assert_loaded(&mut shell, "dev");
}

fn a_function_that_changes_the_directory_loads(kind: Kind) {
    let world = world();
    let mut shell = moving(kind, &world);
    shell.quietly(&function(kind, "go", &format!("cd ~/a; {LOOK}")));
    assert_eq!(shell.run("go").lines(), [ENTERED_DEV, "seen dev,AKIADEV,"]);
    let export = match kind {
        Kind::Fish => "set -gx AWS_PROFILE mine",
        _ => "export AWS_PROFILE=mine",
    };
    assert_eq!(
        shell.run(&format!("cd ~; {export}; cd ~/a; {LOOK}")).lines().last(),
        Some(&"seen dev,AKIADEV,")
    );
    shell.run("cd ~");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]));
}

each_shell!(what_is_local_to_a_function_stands_beside_no_keys, a_function_that_changes_the_directory_loads);
each_shell!(bash, fish: a_value_before_the_command_is_no_previous_value);
