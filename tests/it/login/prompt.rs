//! Logins that begin by themselves below a prompt, and when they do not.

use std::fs;
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{Authorize, CreateTokenAuthorizationCode, GetRoleCredentials, Logout};
use awsenv_emulator::Person;
use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::login_stage::{self as stage, TOKEN_FILE};
use crate::harness::scene::{self, DEV_ENTRY, SESSION_TOKEN};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const ENTERED: &str = "awsenv: dev, account 111122223333, role Admin, eu-west-1, 59m left";
const CANCELLED: &str = "awsenv: the login is cancelled, `awsenv login --sso-session my-sso` starts it again";
const NEEDED: &str = "awsenv: error: could not load profile `dev`: you are not logged in to my-sso \
     (https://d-1234567890.awsapps.com/start)\nawsenv: hint: run `awsenv login --profile dev`";

fn world() -> World {
    let world = stage::world();
    scene::allowed(&world, "p", "profile = dev\n");
    world
}

/// Begins a login below the prompt, and presses Ctrl-C when the page is open. Returns how long the prompt
/// took.
fn decline(world: &World, shell: &mut Shell, line: &str) -> Duration {
    stage::person(world, Person::Waits);
    shell.type_line(line);
    shell.wait_for("waiting for you to allow it");
    let pressed = Instant::now();
    shell.type_keys("\u{3}");
    let screen = shell.next_prompt();
    let took = pressed.elapsed();
    assert!(screen.text().contains(CANCELLED), "{screen}");
    assert!(!screen.text().contains("waiting for you"), "{screen}");
    took
}

fn a_login_begins_at_the_first_prompt_and_the_account_comes_with_it(kind: Kind) {
    let world = world();
    let mut shell = hook_stage::start(kind, &world);
    let screen = shell.run("cd p");
    assert!(
        screen.text().starts_with("awsenv: logging in to my-sso (https://d-1234567890.awsapps.com/start)\n"),
        "{screen}"
    );
    assert!(screen.text().ends_with(ENTERED), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    let runs = world.recorder();
    shell.quietly("");
    shell.quietly("");
    assert_eq!(runs.count(), 0, "the login is no news to the shell that made it");
    assert_eq!(stage::pages(&world), 1);
}

fn ctrl_c_gives_the_prompt_back_at_once_and_nothing_starts_again(kind: Kind) {
    let world = world();
    let other = scene::allowed(&world, "static", "profile = static\n");
    let mut shell = hook_stage::start(kind, &world);
    shell.run(&format!("cd {}", other.display()));
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("static"));
    let took = decline(&world, &mut shell, &format!("cd {}", world.at("p").display()));
    assert!(took < Duration::from_millis(200), "it took {took:?}");
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWSENV_STATE"] {
        assert_eq!(shell.env(name), None, "neither the old account nor the new one");
    }
    for _ in 0..3 {
        shell.run("");
    }
    shell.run("cd; cd p");
    shell.run("true");
    assert_eq!(stage::pages(&world), 1);
    assert_eq!(shell.env("AWS_PROFILE"), None);
}

/// What the shell asks before a login, with `login = ask`.
const ASKED: &str =
    "press Enter to log in to my-sso (https://d-1234567890.awsapps.com/start), Ctrl-C to leave it";

fn asking() -> World {
    let mut world = world();
    world.set("AWSENV_LOGIN", "ask");
    world
}

fn what_was_typed_ahead_is_no_answer_to_the_question(kind: Kind) {
    let world = asking();
    let mut shell = hook_stage::start(kind, &world);
    shell.run("mkfifo gate");
    shell.type_line("cat gate; cd p");
    let gate = fs::File::options().write(true).open(world.at("gate")).expect("the shell reads it");
    // For the shell, while it was busy.
    shell.type_keys("true\r");
    shell.wait_for("true");
    drop(gate);
    shell.wait_for(ASKED);
    // An answer that only a question takes that is still open.
    shell.type_keys("\u{4}");
    let screen = shell.next_prompt();
    assert!(screen.text().contains("nobody pressed Enter"), "{screen}");
    assert_eq!((stage::pages(&world), world.emulator().requests()), (0, 0));
}

fn the_question_is_left_with_ctrl_c_or_ctrl_d_and_the_terminal_is_as_it_was(kind: Kind) {
    for (key, told) in [("\u{3}", CANCELLED), ("\u{4}", "nobody pressed Enter")] {
        let world = asking();
        let mut shell = hook_stage::start(kind, &world);
        let modes = shell.run("stty -a").text().to_owned();
        shell.type_line("cd p");
        shell.wait_for(ASKED);
        let pressed = Instant::now();
        shell.type_keys(key);
        let screen = shell.next_prompt();
        let took = pressed.elapsed();
        assert!(took < Duration::from_millis(500), "it took {took:?}");
        assert!(screen.text().contains(told), "{screen}");
        assert_eq!(shell.run("stty -a"), &*modes);
        assert_eq!(shell.env("AWS_PROFILE"), None);
        assert_eq!(stage::pages(&world), 0);
        assert!(!shell.run("cd; cd p").text().contains("press Enter"), "a no is a no");
        let screen = shell.run("awsenv login");
        assert!(screen.text().ends_with(ENTERED), "{screen}");
    }
}

each_shell!(
    a_login_begins_at_the_first_prompt_and_the_account_comes_with_it,
    ctrl_c_gives_the_prompt_back_at_once_and_nothing_starts_again,
    what_was_typed_ahead_is_no_answer_to_the_question,
    the_question_is_left_with_ctrl_c_or_ctrl_d_and_the_terminal_is_as_it_was,
);

#[test]
fn every_shell_honours_a_no_and_says_what_to_run() {
    let world = world();
    decline(&world, &mut hook_stage::start(Kind::Bash, &world), "cd p");
    stage::person(&world, Person::Approves);
    let mut other = hook_stage::start(Kind::Bash, &world);
    assert_eq!(other.run("cd p"), NEEDED);
    assert_eq!(other.run(""), "");
    // What a `git pull` brings must be allowed first, and that is the person's word; a change that is taken
    // back is none.
    world.write("p/.awsenv", "profile = dev\nregion = eu-west-3\n");
    assert!(other.run("").text().contains("awsenv allow"));
    world.write("p/.awsenv", "profile = dev\n");
    other.run("");
    assert_eq!(stage::pages(&world), 1);
}

#[test]
fn new_content_in_a_trusted_folder_does_not_lift_a_no() {
    let world = stage::world();
    world.write(".config/awsenv/config", format!("trust = {}\n", world.home().display()));
    world.project("p", "profile = dev\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    decline(&world, &mut shell, "cd p");
    stage::person(&world, Person::Approves);
    world.write("p/.awsenv", "profile = dev\nregion = eu-west-3\n");
    assert_eq!(shell.run(""), NEEDED);
    assert_eq!(stage::pages(&world), 1);
    assert_eq!(shell.env("AWS_PROFILE"), None);
}

#[test]
fn login_exec_allow_reload_and_a_new_token_end_a_no() {
    for end in ["login", "exec", "allow", "reload", "token"] {
        let world = world();
        let token = scene::sign_in(&world);
        let mut shell = hook_stage::start(Kind::Bash, &world);
        decline(&world, &mut shell, "cd p");
        stage::person(&world, Person::Approves);
        let screen = match end {
            "login" => shell.run("awsenv login"),
            "exec" => shell.run("awsenv exec -- true"),
            "allow" => shell.run("awsenv allow"),
            "reload" => shell.run("awsenv reload"),
            _ => {
                token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
                shell.run("")
            }
        };
        assert!(screen.text().ends_with(ENTERED), "{end}: {screen}");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"), "{end}");
        if end == "token" {
            // When that one is over, a login begins by itself again.
            fs::remove_file(world.at(scene::entry(DEV_ENTRY))).expect("it is cached");
            stage::age(&world, TimeDelta::seconds(-1));
            let screen = hook_stage::start(Kind::Bash, &world).run("cd p");
            assert!(screen.text().ends_with(ENTERED), "{screen}");
        }
        assert_eq!(stage::pages(&world), 2, "{end}");
    }
}

#[test]
fn a_person_who_denies_has_said_no() {
    let world = world();
    stage::person(&world, Person::Denies);
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let screen = shell.run("cd p");
    let told = "awsenv: error: could not log in to my-sso: it was not allowed (access_denied)\n\
                awsenv: hint: run `awsenv login --sso-session my-sso` to try again";
    assert!(screen.text().ends_with(told), "{screen}");
    assert_eq!(shell.run(""), "");
    assert_eq!(hook_stage::start(Kind::Bash, &world).run("cd p"), NEEDED);
    assert_eq!((stage::pages(&world), shell.env("AWS_PROFILE")), (1, None));
}

#[test]
fn login_ask_waits_for_enter_and_login_never_says_what_to_run() {
    let mut world = world();
    world.set("AWSENV_LOGIN", "never");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    assert_eq!(shell.run("cd p"), NEEDED);
    assert_eq!(shell.run(""), "");
    world.set("AWSENV_LOGIN", "ask");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.type_line("cd p");
    shell.wait_for(
        "press Enter to log in to my-sso (https://d-1234567890.awsapps.com/start), Ctrl-C to leave it",
    );
    assert_eq!(stage::pages(&world), 0);
    shell.type_keys("\r");
    let screen = shell.next_prompt();
    assert!(screen.text().ends_with(ENTERED), "{screen}");
    assert_eq!(stage::pages(&world), 1);
}

#[test]
fn no_login_begins_in_ci() {
    let mut world = world();
    world.set("CI", "true");
    assert_eq!(hook_stage::start(Kind::Bash, &world).run("cd p"), NEEDED);
    world.set("CI", "false");
    let screen = hook_stage::start(Kind::Bash, &world).run("cd p");
    assert!(screen.text().ends_with(ENTERED), "{screen}");
}

#[test]
fn no_login_begins_where_a_script_asks() {
    let world = world();
    let output = world.command(["export", "json"]).current_dir("p").unchecked().code(1).run();
    assert_eq!(output.stderr.trim_end(), NEEDED);
    let mut shell = Shell::bash(&world).current_dir("p").start();
    assert!(shell.run("awsenv export bash").text().contains("you are not logged in"));
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (0, 0));
}

#[test]
fn live_keys_need_no_login() {
    let world = world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let mut shell = hook_stage::start(Kind::Bash, &world);
    assert_eq!(shell.run("cd p"), ENTERED);
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (0, 0));
}

#[test]
fn a_login_that_was_revoked_is_offered_once_more_and_not_in_a_loop() {
    let world = world();
    let token = scene::sign_in(&world);
    token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    world.emulator().with(|state| state.sessions.revoke());
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let screen = shell.run("cd p");
    assert!(screen.text().starts_with("awsenv: could not get credentials of role `Admin` in account `111122223333`: the SSO session `my-sso` is no longer valid (UnauthorizedException)\nawsenv: logging in to my-sso"), "{screen}");
    assert!(screen.text().ends_with(ENTERED), "{screen}");
    assert_eq!(stage::counts(&world, [Authorize, GetRoleCredentials]), [1, 2]);
    // A server that refuses whatever it issues is asked for one login, not for ever.
    fs::remove_file(world.at(scene::entry(DEV_ENTRY))).expect("it is cached");
    world.emulator().reset_log();
    world.emulator().with(|state| {
        state.faults.add(awsenv_emulator::Fault::error(GetRoleCredentials, 401, "UnauthorizedException"));
    });
    let mut other = hook_stage::start(Kind::Bash, &world);
    let screen = other.run("cd p");
    assert!(screen.text().ends_with("awsenv: hint: run `awsenv login --sso-session my-sso`"), "{screen}");
    other.run("");
    other.run("");
    assert_eq!(stage::counts(&world, [Authorize, GetRoleCredentials]), [1, 2]);
    assert!(!world.at(TOKEN_FILE).exists(), "the second refused one is dropped too");
}

#[test]
fn who_logs_out_is_not_logged_in_by_the_next_prompt() {
    let world = world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    let screen = shell.run("awsenv logout");
    assert!(screen.text().starts_with("awsenv: logged out of my-sso\n"), "{screen}");
    let logged_out = NEEDED.replace("you are not logged in to", "you logged out of");
    assert!(screen.text().ends_with(&logged_out), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE"), None);
    assert_eq!((stage::pages(&world), world.emulator().count(Logout)), (1, 1));
    let screen = shell.run("awsenv login");
    assert!(screen.text().ends_with(ENTERED), "{screen}");
    assert_eq!(world.emulator().count(CreateTokenAuthorizationCode), 2);
}
