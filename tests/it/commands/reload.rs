//! `awsenv reload`: whoever types it reads one line, also where there was nothing to do.

use crate::harness::hook_stage::{self, ENTERED_DEV};
use crate::harness::shell::{Kind, each_shell};

fn a_line_says_what_is_loaded_now(kind: Kind) {
    let world = hook_stage::world();
    let mut shell = hook_stage::start(kind, &world);
    assert_eq!(shell.run("awsenv reload"), "awsenv: nothing to load: there is no .awsenv here or above");
    shell.run("cd a");
    assert_eq!(shell.run("awsenv reload"), ENTERED_DEV);
    assert_eq!(shell.run("awsenv reload"), ENTERED_DEV);
    shell.quietly("");
    shell.run("awsenv deny");
    let told = shell.run("awsenv reload").text().to_owned();
    assert!(
        told.ends_with(
            "a/.awsenv: it is denied; it would load profile `dev`\nawsenv: hint: run `awsenv allow`"
        ),
        "{told}"
    );
    shell.quietly("");
}

each_shell!(a_line_says_what_is_loaded_now);

#[test]
fn quiet_is_quiet() {
    let mut world = hook_stage::world();
    world.set("AWSENV_QUIET", "1");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    for line in ["awsenv reload", "cd a", "awsenv reload"] {
        shell.quietly(line);
    }
}

#[test]
fn inside_exec_it_says_that_folders_do_not_count() {
    let world = hook_stage::world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("awsenv exec -p ops -- bash -i");
    let told = "awsenv: this shell is inside `awsenv exec` with profile ops: folders do not change it";
    assert_eq!(shell.run("awsenv reload"), told);
    assert_eq!(shell.run("awsenv reload"), told);
}
