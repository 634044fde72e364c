//! A shell that did not load the environment itself, or that read its start-up files again: what these set is
//! what was there before the folder, whose account is loaded over it.

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, Variables, assert_loaded, aws, export, hook_line, launch, loaded,
    variables, world,
};
use crate::harness::shell::{Kind, Launch, Shell, each_shell};
use crate::harness::world::World;

/// What the start-up files export: one of every kind of managed variable, secrets too.
const OWN: [(&str, &str); 10] = [
    ("AWS_PROFILE", "static"),
    ("AWS_REGION", "ap-south-1"),
    ("AWS_DEFAULT_REGION", "ap-south-2"),
    ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
    ("AWS_SECRET_ACCESS_KEY", "own/SecretKey"),
    ("AWS_SESSION_TOKEN", "own/SessionToken"),
    ("AWS_DEFAULT_PROFILE", "old"),
    ("AWS_SECURITY_TOKEN", "own/SecurityToken"),
    ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/own"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "own/ContainerToken"),
];

fn own_lines(kind: Kind) -> String {
    OWN.map(|(name, value)| export(kind, name, value)).join("\n")
}

fn own() -> Variables {
    variables(&OWN)
}

/// The hook and what exports the user's own, in either order.
fn launch_own(kind: Kind, world: &World, hook_first: bool) -> Launch<'_> {
    if hook_first {
        launch(kind, world).rc(&own_lines(kind))
    } else {
        Shell::launch(kind, world).rc(&own_lines(kind)).rc(hook_line(kind))
    }
}

/// Asserts that the shell has the folder's account, gives back what was there before, and lets the user
/// override it.
#[track_caller]
fn assert_follows(shell: &mut Shell, kind: Kind) {
    assert_loaded(shell, "dev");
    shell.quietly("");
    assert_eq!(shell.run("cd .."), LEFT_DEV, "nothing is lost");
    assert_eq!(aws(shell), own());
    assert_eq!(shell.run("cd b"), ENTERED_OPS);
    assert_loaded(shell, "ops");
    assert_eq!(shell.run("cd ../a"), ENTERED_DEV);
    let told = shell.run(&export(kind, "AWS_PROFILE", "mine"));
    assert!(told.text().contains("you changed AWS_PROFILE"), "{told}");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}

fn nested_and_replaced_shells_load_the_folder_over_it(kind: Kind) {
    let world = world();
    for hook_first in [true, false] {
        let mut shell = launch_own(kind, &world, hook_first).start();
        assert_eq!(aws(&mut shell), own());
        assert_eq!(shell.run("cd a"), ENTERED_DEV);
        assert_eq!(shell.run(kind.nested()), ENTERED_DEV);
        assert_follows(&mut shell, kind);
        shell.run("exit");
        assert_loaded(&mut shell, "dev");
        assert_eq!(shell.run(&format!("exec {}", kind.nested())), ENTERED_DEV);
        assert_follows(&mut shell, kind);
    }
}

/// Starts a shell elsewhere with the environment of this one, as a terminal multiplexer and an editor do.
fn terminal<'w>(kind: Kind, world: &'w World, shell: &mut Shell, dir: &str) -> Launch<'w> {
    let mut launch = launch_own(kind, world, true).current_dir(dir);
    for (name, value) in shell.environment() {
        if name != "PWD" && name != "OLDPWD" {
            launch = launch.env(name, value);
        }
    }
    launch
}

fn a_terminal_that_inherits_a_folder_has_what_its_own_folder_says(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_REGION", "af-south-1").start();
    shell.run("cd a");
    let mut same = terminal(kind, &world, &mut shell, "a").start();
    assert_eq!(same.startup(), &ENTERED_DEV);
    assert_follows(&mut same, kind);
    let mut other = terminal(kind, &world, &mut shell, "b").start();
    assert_eq!(other.startup(), &ENTERED_OPS);
    assert_loaded(&mut other, "ops");
    other.run("cd ..");
    assert_eq!(aws(&mut other), own());
    let mut outside = terminal(kind, &world, &mut shell, "").start();
    assert_eq!(outside.startup(), &LEFT_DEV);
    assert_eq!(aws(&mut outside), own());
}

fn start_up_files_that_are_read_again_are_no_hand(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "before").start();
    shell.run("cd a");
    let lines = own_lines(kind).replace('\n', "; ");
    assert_eq!(shell.run(&format!("{lines}; {}", hook_line(kind))), ENTERED_DEV);
    assert_follows(&mut shell, kind);
    // Without anything of their own they change nothing.
    shell.run("awsenv reload");
    shell.quietly(hook_line(kind));
    assert_loaded(&mut shell, "dev");
}

fn regions_alone_are_put_right_and_are_never_two(kind: Kind) {
    for names in [&["AWS_REGION", "AWS_DEFAULT_REGION"][..], &["AWS_REGION"], &["AWS_DEFAULT_REGION"]] {
        let world = world();
        let lines: Vec<_> = names.iter().map(|name| export(kind, name, "ap-south-1")).collect();
        let before: Vec<_> = names.iter().map(|name| (*name, "ap-south-1")).collect();
        let mut shell = launch(kind, &world).rc(&lines.join("\n")).start();
        shell.run("cd a");
        assert_eq!(shell.run(kind.nested()), ENTERED_DEV);
        assert_loaded(&mut shell, "dev");
        let status = shell.run("awsenv status --json");
        let status: serde_json::Value = serde_json::from_str(status.text()).expect("JSON");
        assert_eq!(status["region"]["value"], "eu-west-1");
        shell.quietly("");
        shell.run("cd ..");
        assert_eq!(aws(&mut shell), variables(&before));
    }
}

fn a_region_that_was_set_by_hand_stays_in_shells_below(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    shell.run("cd a");
    shell.run(&export(kind, "AWS_REGION", "ap-east-1"));
    let screen = shell.run(kind.nested());
    assert!(screen.is_empty(), "{screen}");
    let mut expected = loaded("dev");
    expected
        .extend(["AWS_REGION", "AWS_DEFAULT_REGION"].map(|name| (name.to_owned(), "ap-east-1".to_owned())));
    assert_eq!(aws(&mut shell), expected);
    let status = shell.run("awsenv status --json");
    let status: serde_json::Value = serde_json::from_str(status.text()).expect("JSON");
    assert_eq!(status["region"], serde_json::json!({ "value": "ap-east-1", "from": "environment" }));
}

fn what_is_set_in_a_shell_below_by_hand_overrides(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine").start();
    shell.run("cd a");
    shell.quietly(kind.nested());
    let told = shell.run(&export(kind, "AWS_PROFILE", "mine"));
    assert!(told.text().contains("you changed AWS_PROFILE"), "{told}");
    let told = shell.run("cd ..");
    assert!(told.text().contains("AWS_SECRET_ACCESS_KEY had a value before"), "{told}");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]));
}

fn an_override_is_inherited_until_start_up_files_change_it(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    shell.run("cd a");
    shell.run(&export(kind, "AWS_PROFILE", "mine"));
    let screen = shell.run(kind.nested());
    assert!(screen.is_empty(), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("mine"));
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    let lines = [export(kind, "AWS_PROFILE", "static"), hook_line(kind).to_owned()];
    assert_eq!(shell.run(&lines.join("; ")), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "static")]));
}

fn a_shell_below_exec_has_the_account_of_exec(kind: Kind) {
    let world = world();
    let names = ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ROLE_ARN"];
    let lines = names.map(|name| export(kind, name, "own"));
    let mut shell = launch(kind, &world).rc(&lines.join("\n")).start();
    let told = shell.run(&format!("awsenv exec --profile ops -- {}", kind.nested()));
    let inside = "awsenv: this shell is inside `awsenv exec` with profile ops: folders do not change it";
    let back = format!(
        "awsenv: start-up files of this shell changed {}, so awsenv restored what `awsenv exec` set",
        names.join(", ")
    );
    assert_eq!(told.lines(), [inside, &*back]);
    assert_loaded(&mut shell, "ops");
    let status = shell.run("awsenv status --json");
    let status: serde_json::Value = serde_json::from_str(status.text()).expect("JSON");
    assert_eq!(status["region"], serde_json::json!({ "value": "us-east-1", "from": "profile" }));
    shell.quietly("cd a");
    assert_loaded(&mut shell, "ops");
    shell.run("exit");
    // Keys that are gone cannot come back, so nothing stays beside the start-up file's.
    let mut shell = launch(kind, &world).rc(&own_lines(kind)).start();
    let told = shell.run(&format!("awsenv exec --profile ops -- {}", kind.nested()));
    assert!(told.text().contains("so awsenv unset what `awsenv exec` set"), "{told}");
    assert_eq!(
        aws(&mut shell),
        variables(&[("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1")])
    );
    shell.quietly("");
}

each_shell!(
    every:
    nested_and_replaced_shells_load_the_folder_over_it,
    a_terminal_that_inherits_a_folder_has_what_its_own_folder_says,
    start_up_files_that_are_read_again_are_no_hand,
    regions_alone_are_put_right_and_are_never_two,
    a_region_that_was_set_by_hand_stays_in_shells_below,
    what_is_set_in_a_shell_below_by_hand_overrides,
    an_override_is_inherited_until_start_up_files_change_it,
    a_shell_below_exec_has_the_account_of_exec,
);
