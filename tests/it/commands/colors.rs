//! Colour: what is guarded is red on a terminal, or what the setting `colors` says, and never by colour
//! alone.

use awsenv::prompt::choices::{Choices, Request};
use awsenv::values::target_name::TargetName;
use chrono::{TimeDelta, Utc};

use crate::harness::hook_stage;
use crate::harness::login_stage::Sitting;
use crate::harness::scene;
use crate::harness::shell::Kind;
use crate::harness::world::World;

const RED: &str = "\u{1b}[31m";

fn world(settings: &str) -> World {
    let world = scene::signed_in();
    scene::plant_role(&world, scene::DEV_ENTRY, TimeDelta::hours(1));
    world.write(".config/awsenv/config", settings);
    scene::allowed(&world, "p", "profile = dev\n");
    world
}

/// Runs the program on a terminal, and returns the line with `marker` in it.
fn line(world: &World, args: &[&str], env: &[(&str, &str)], marker: &str) -> String {
    let mut sitting = Sitting::with(world, args, env);
    sitting.end();
    let raw = sitting.bytes();
    let found = raw.lines().find(|line| line.contains(marker)).unwrap_or_default();
    found.trim_end().to_owned()
}

#[test]
fn what_is_guarded_is_red_on_a_terminal_and_says_so_in_words() {
    let world = world("confirm = dev\n");
    let shown = line(&world, &["profiles"], &[], "dev ");
    assert!(shown.starts_with(&format!("{RED}dev ")) && shown.contains("guarded\u{1b}[0m"), "{shown:?}");
    // The other one of the account is guarded with it, and `role` is not.
    assert!(line(&world, &["profiles"], &[], "legacy").starts_with(RED));
    assert!(line(&world, &["profiles"], &[], "role-options").starts_with("role-options"));
    for env in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let plain = line(&world, &["profiles"], &[env], "dev ");
        assert!(plain.starts_with("dev ") && plain.ends_with("guarded"), "{plain:?}");
    }
    let piped = world.run(["profiles"]).stdout;
    assert!(!piped.contains('\u{1b}') && piped.contains("guarded"), "{piped}");
    let guarded = [("AWSENV_PROFILE", "dev"), ("AWSENV_GUARDED", "1")];
    assert_eq!(line(&world, &["prompt"], &guarded, "dev"), format!("{RED}dev guarded\u{1b}[0m"));
}

#[test]
fn the_setting_colors_overrides_the_red() {
    let world = world("colors = dev=cyan:*role*=blue\nconfirm = dev\n");
    assert!(line(&world, &["profiles"], &[], "dev ").starts_with("\u{1b}[36mdev "));
    assert!(line(&world, &["profiles"], &[], "role-options").starts_with("\u{1b}[34m"));
    assert!(line(&world, &["profiles"], &[], "legacy").starts_with(RED), "guarded all the same");
    let json = world.run(["profiles", "--json"]).json();
    assert_eq!((&json[0]["guarded"], &json[2]["guarded"]), (&true.into(), &false.into()));
}

#[test]
fn the_line_on_entering_and_status_have_the_colour() {
    let world = world("colors = dev=green\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let raw = |shell: &mut crate::harness::shell::Shell, line: &str| {
        String::from_utf8_lossy(shell.run(line).bytes()).into_owned()
    };
    let entered = raw(&mut shell, "cd p");
    assert!(entered.contains("awsenv: \u{1b}[32mdev, account 111122223333"), "{entered:?}");
    let status = raw(&mut shell, "awsenv status");
    assert!(status.contains("profile     \u{1b}[32mdev (sso)\u{1b}[0m"), "{status:?}");
    let mut choices = Choices::default();
    choices.make(&Request::Target(TargetName::Profile("dev".into()), None), Utc::now());
    let chosen = line(&world, &["status"], &[("AWSENV_CHOSEN", &choices.encode())], "profile ");
    assert_eq!(chosen, "profile     \u{1b}[32mdev (use)\u{1b}[0m");
}
