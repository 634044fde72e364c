//! Before keys end that only a person can renew, one line says so with 15 minutes left and one with 5.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harness::hook_stage;
use crate::harness::kind::Kind;
use crate::harness::scene::{self, DEV_ENTRY, LEGACY_ENTRY, LEGACY_TOKEN, SESSION_TOKEN};
use crate::harness::shell::{Shell, each_shell};
use crate::harness::world::World;

/// Returns a world in which the keys of `dev` have this long left, and its login has expired.
fn world(left: TimeDelta) -> World {
    let world = scene::world();
    scene::sign_in(&world).write(&world, SESSION_TOKEN, TimeDelta::seconds(-1));
    scene::plant_role(&world, DEV_ENTRY, left);
    scene::allowed(&world, "p", "profile = dev\n");
    scene::allowed(&world, "p/below", "region = eu-west-2\n");
    world
}

/// Checks that the shell looks again this many seconds before the end. The other shells keep the time in
/// other forms.
fn looks_again(shell: &mut Shell, end: DateTime<Utc>, before: i64) {
    if shell.kind() == Kind::Zsh {
        let deadline: i64 =
            shell.var("_awsenv_deadline").and_then(|due| due.parse().ok()).expect("a deadline");
        let ahead = end.timestamp() - deadline;
        assert!((before - 1..=before + 1).contains(&ahead), "looks again {ahead} s before the end");
    }
}

fn a_person_is_warned_once_at_each_time(kind: Kind) {
    let (start, left) = (Utc::now(), TimeDelta::minutes(12));
    let world = world(left);
    let mut shell = hook_stage::start(kind, &world);
    let said = shell.run("cd p");
    let warning = "awsenv: warning: the credentials of dev cannot be renewed automatically, 11m left; run `awsenv login --profile dev`";
    let lines = said.lines();
    assert!(lines.len() == 2 && lines[0].ends_with("11m left") && lines[1] == warning, "{lines:?}");
    looks_again(&mut shell, start + left, 300);
    assert_eq!(shell.run(""), "");
    // Neither leaving nor a file below says it again.
    shell.run("cd");
    assert_eq!(shell.run("cd p").lines().len(), 1);
    assert!(!shell.run("cd below").text().contains("renewed auto"));
    shell.run("cd");

    scene::plant_role(&world, DEV_ENTRY, TimeDelta::minutes(4));
    let said = shell.run("cd p");
    assert!(said.text().contains("3m left; run `awsenv login --profile dev`"), "{}", said.text());
    assert_eq!(shell.run(""), "");
    if kind != Kind::Fish {
        // A shell that has heard the first line of these keys hears the second.
        shell.run("cd; _awsenv_told=1${_awsenv_told#2}");
        assert_eq!(shell.run("cd p").lines().len(), 2);
    }
}

each_shell!(a_person_is_warned_once_at_each_time);

fn what_renews_by_itself_or_lasts_is_no_reason_for_a_line(kind: Kind) {
    let (start, left) = (Utc::now(), TimeDelta::minutes(40));
    let world = world(left);
    let mut shell = hook_stage::start(kind, &world);
    assert_eq!(shell.run("cd p").lines().len(), 1);
    looks_again(&mut shell, start + left, 900);
    shell.run("cd");
    // With a login that is alive, new keys come by themselves.
    scene::sign_in(&world).write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::minutes(10));
    assert!(!shell.run("cd p").text().contains("renewed auto"));
}

each_shell!(zsh: what_renews_by_itself_or_lasts_is_no_reason_for_a_line);

#[test]
fn a_login_that_tools_use_and_cannot_be_refreshed_is_named() {
    let world = scene::world();
    scene::sign_in(&world).write(&world, LEGACY_TOKEN, TimeDelta::minutes(10));
    scene::plant_role(&world, LEGACY_ENTRY, TimeDelta::hours(1));
    scene::allowed(&world, "p", "profile = legacy\nexport = profile\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let said = shell.run("cd p");
    let warning = "the login of legacy cannot be renewed automatically, 9m left; run `awsenv login --profile legacy --force`";
    assert!(said.text().contains(warning), "{}", said.text());
    assert_eq!(shell.run(""), "");
}

#[test]
fn temporary_keys_in_the_file_are_a_matter_for_their_program() {
    let world = scene::world();
    world.aws_credentials(&format!(
        "[saml]\naws_access_key_id = ASIASAML\naws_secret_access_key = s\naws_session_token = t\naws_expiration = {}\n",
        scene::time_in(TimeDelta::minutes(10))
    ));
    scene::allowed(&world, "p", "profile = saml\nregion = eu-west-1\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let said = shell.run("cd p");
    assert!(
        said.text().contains("9m left; get new keys with the program that wrote them"),
        "{}",
        said.text()
    );
}
