//! `awsenv init`: a new `.awsenv`, allowed at once.

use std::fs;

use crate::harness::login_stage::Sitting;
use crate::harness::scene;

#[test]
fn init_makes_an_allowed_file_and_never_touches_one_that_is_there() {
    let world = scene::world();
    let project = world.dir("p");
    let made = world
        .told(&format!("awsenv: made {}/.awsenv with profile `dev`, and allowed it\n", project.display()));
    let init =
        world.command(["init", "dev", "--region", "eu-west-3"]).current_dir(&project).unchecked().run();
    assert_eq!(world.shown(&init.stderr), made);
    let file = project.join(".awsenv");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "profile = dev\nregion = eu-west-3\n");
    let status = world.command(["status", "--json"]).current_dir(&project).unchecked().run().json();
    assert_eq!(status["files"][0]["allowed"], true);

    let again = world.command(["init", "legacy"]).current_dir(&project).unchecked().code(1).run();
    assert!(again.stderr.contains("there is one already"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "profile = dev\nregion = eu-west-3\n");
}

#[test]
fn a_slip_in_a_region_is_told_and_not_refused() {
    let world = scene::world();
    let project = world.dir("p");
    let warning = |place: &str| {
        format!(
            "awsenv: warning: this may be a mistake: `eu-wset-1` in {place} is no known region\n\
            awsenv: hint: did you mean `eu-west-1`?\n"
        )
    };
    let init = world
        .command(["init", "static", "--region", "eu-wset-1"])
        .current_dir(&project)
        .unchecked()
        .code(0)
        .run();
    assert!(init.stderr.starts_with(&warning("`--region`")), "{}", init.stderr);
    let allow = world.command(["allow"]).current_dir(&project).unchecked().code(0).run();
    assert!(world.shown(&allow.stderr).ends_with(&warning("~/p/.awsenv:2")), "{}", allow.stderr);
}

#[test]
fn init_refuses_a_profile_that_does_not_exist() {
    let world = scene::world();
    let project = world.dir("p");
    let init = world.command(["init", "dve"]).current_dir(&project).unchecked().code(1).run();
    assert!(init.stderr.contains("could not find the profile `dve`"), "{}", init.stderr);
    assert!(!project.join(".awsenv").exists());
}

#[test]
fn init_with_a_profile_that_cannot_work_says_so() {
    let world = scene::world();
    let project = world.dir("p");
    let stderr = "awsenv: made ~/p/.awsenv with profile `empty`, and allowed it\n\
                  awsenv: warning: nothing will be loaded here: could not find credentials in the profile `empty` \
                  (~/.aws/config:38)\nawsenv: hint: add `sso_session`, `role_arn` or `aws_access_key_id` to it, \
                  with the keys that go with each\n";
    world.command(["init", "empty"]).current_dir(&project).stderr(stderr).run();
}

#[test]
fn a_person_without_the_hook_is_told_its_line() {
    let hint = "awsenv: hint: if nothing is loaded at the next prompt: put `eval \"$(awsenv hook zsh)\"` at the end of \
                ~/.zshrc, and open a new shell";
    let said = |before: &str| {
        let world = scene::world();
        world.write(".zshrc", before);
        Sitting::with(&world, &["init", "static"], &[("SHELL", "/usr/bin/zsh")]).finish(&world, 0)
    };
    assert!(said("").ends_with(hint), "{}", said(""));
    assert!(!said("eval \"$(awsenv hook zsh)\"\n").contains("hint"));
}
