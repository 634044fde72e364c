//! Codes of MFA devices below a prompt: an account that needs one is like one that needs a login.

use std::fs;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::login_stage as stage;
use crate::harness::mfa_stage::{self, CODES, QUESTION, SESSION, calls};
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const ENTERED: &str = "awsenv: guarded, account 444455556666, role Guarded, eu-west-1, 59m left";
const CANCELLED: &str = "awsenv: the login is cancelled, `awsenv login --profile guarded` starts it again";
const NEEDED: &str = "awsenv: error: could not load profile `guarded`: it needs a code of the MFA device \
     arn:aws:iam::111122223333:mfa/alice\nawsenv: hint: run `awsenv login --profile guarded`";

fn world() -> World {
    let world = mfa_stage::world();
    scene::allowed(&world, "p", "profile = guarded\n");
    scene::allowed(&world, "second", "profile = second\n");
    scene::allowed(&world, "static", "profile = static\n");
    world
}

/// Enters the folder of `guarded`, types this at the question, and returns what was printed.
fn enter(shell: &mut Shell, keys: &str) -> String {
    answer(shell, "cd ~/p", keys)
}

fn answer(shell: &mut Shell, line: &str, keys: &str) -> String {
    shell.type_line(line);
    shell.wait_for(QUESTION);
    shell.type_keys(keys);
    shell.next_prompt().text().to_owned()
}

fn a_code_is_asked_for_once_and_the_account_comes_with_it(kind: Kind) {
    let world = world();
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd ~/static");
    let screen = enter(&mut shell, &format!("{}\r", CODES[0]));
    assert!(screen.ends_with(&format!("{QUESTION}\n{ENTERED}")), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("guarded"));
    let runs = world.recorder();
    shell.quietly("");
    shell.quietly("");
    assert_eq!(runs.count(), 0, "the session is no news to the shell that made it");
    // The same device opens the next folder, and the next shell.
    assert!(shell.run("cd ~/second").text().contains("account 123456789012, role Dev"));
    assert_eq!(hook_stage::start(kind, &world).run("cd ~/p"), ENTERED);
    assert_eq!(calls(&world), [2, 1]);
}

fn ctrl_c_gives_the_prompt_back_at_once_and_nothing_asks_again(kind: Kind) {
    let world = world();
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd ~/static");
    let modes = shell.run("stty -a").text().to_owned();
    shell.type_line("cd ~/p");
    shell.wait_for(QUESTION);
    shell.type_keys("12");
    let pressed = Instant::now();
    shell.type_keys("\u{3}");
    let screen = shell.next_prompt().text().to_owned();
    let took = pressed.elapsed();
    assert!(took < Duration::from_millis(500), "it took {took:?}");
    assert!(screen.contains(CANCELLED), "{screen}");
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWSENV_STATE"] {
        assert_eq!(shell.env(name), None, "neither the old account nor the new one");
    }
    assert_eq!(shell.run("stty -a"), &*modes);
    for line in ["", "cd; cd p", "true"] {
        assert!(!shell.run(line).text().contains("MFA code of"), "{line}");
    }
    assert_eq!(hook_stage::start(kind, &world).run("cd ~/p"), NEEDED);
    assert_eq!(calls(&world), [0, 0]);
    // The person's own word ends the no.
    let screen = answer(&mut shell, "awsenv reload", &format!("{}\r", CODES[0]));
    assert!(screen.ends_with(ENTERED), "{screen}");
}

each_shell!(
    a_code_is_asked_for_once_and_the_account_comes_with_it,
    ctrl_c_gives_the_prompt_back_at_once_and_nothing_asks_again,
);

#[test]
fn other_shells_say_one_line_and_load_at_the_prompt_after_it() {
    let world = world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.type_line("cd ~/p");
    shell.wait_for(QUESTION);
    let mut others = [Kind::Bash, Kind::Zsh].map(|kind| hook_stage::start(kind, &world));
    for other in &mut others {
        for folder in ["p", "second"] {
            let screen = other.run(&format!("cd ~/{folder}"));
            let told = "awsenv: a login with the MFA device arn:aws:iam::111122223333:mfa/alice is under way in another shell (process ";
            assert!(screen.text().starts_with(told), "{screen}");
            assert_eq!(screen.text().lines().count(), 1, "{screen}");
            other.quietly("");
        }
    }
    shell.type_keys("123456\r");
    assert!(shell.next_prompt().text().ends_with(ENTERED));
    for other in &mut others {
        assert!(other.run("").text().starts_with("awsenv: second, account 123456789012, role Dev"));
    }
    assert_eq!(calls(&world), [2, 1]);
}

#[test]
fn login_exec_allow_and_reload_end_a_no() {
    for end in ["awsenv login", "awsenv exec -- true", "awsenv allow", "awsenv reload"] {
        let world = world();
        let mut shell = hook_stage::start(Kind::Bash, &world);
        enter(&mut shell, "\u{3}");
        let screen = answer(&mut shell, end, "123456\r");
        assert!(screen.ends_with(ENTERED), "{end}: {screen}");
        assert_eq!(calls(&world), [1, 1], "{end}");
    }
}

#[test]
fn three_wrong_codes_are_a_no() {
    let world = world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.type_line("cd ~/p");
    let mut asked = QUESTION.to_owned();
    for code in ["000000", "000001", "000002"] {
        shell.wait_for(&asked);
        shell.type_keys(&format!("{code}\r"));
        asked += &format!(
            "\nawsenv: AWS refused this code: each is good for one use, wait for the next\n{QUESTION}"
        );
    }
    let screen = shell.next_prompt();
    assert!(screen.text().contains("AWS refused 3 codes"), "{screen}");
    shell.quietly("");
    assert_eq!(hook_stage::start(Kind::Bash, &world).run("cd ~/p"), NEEDED);
    assert_eq!(calls(&world), [0, 3]);
}

#[test]
fn the_setting_login_and_ci_count_here_too() {
    let mut world = world();
    for (name, value) in [("AWSENV_LOGIN", "never"), ("CI", "true")] {
        world.set(name, value);
        let mut shell = hook_stage::start(Kind::Bash, &world);
        assert_eq!(shell.run("cd ~/p"), NEEDED);
        shell.quietly("");
        world.unset(name);
    }
    world.set("AWSENV_LOGIN", "ask");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    assert!(enter(&mut shell, "123456\r").ends_with(ENTERED));
}

#[test]
fn valid_keys_ask_nothing_and_a_lapsed_role_is_renewed_from_the_session() {
    let world = world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    enter(&mut shell, "123456\r");
    let entries = stage::files(&world, ".aws/cli/cache");
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    let key = entry.trim_end_matches(".json");
    // Without the session, keys with a minute left are keys.
    let session = scene::read(&world, SESSION);
    fs::remove_file(world.at(SESSION)).expect("it is there");
    scene::plant_role(&world, key, TimeDelta::minutes(1));
    shell.run("cd ..");
    assert!(!shell.run("cd -").text().contains("MFA code"));
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("ASIAPLANTED"));
    world.write(SESSION, session);
    scene::plant_role(&world, key, TimeDelta::seconds(-1));
    shell.run("cd ..");
    assert!(!shell.run("cd -").text().contains("MFA code"));
    assert_ne!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("ASIAPLANTED"));
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("guarded"));
    assert_eq!(calls(&world), [2, 1]);
}

#[test]
fn who_logs_out_is_not_asked_by_the_next_prompt() {
    let world = world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    enter(&mut shell, "123456\r");
    let screen = shell.run("awsenv logout");
    assert!(screen.text().ends_with(NEEDED), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE"), None);
}

#[test]
fn who_asks_for_another_session_has_its_keys_at_the_next_prompt() {
    let world = world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    enter(&mut shell, &format!("{}\r", CODES[0]));
    let before = shell.env("AWS_ACCESS_KEY_ID");
    shell.run(&format!("awsenv login --profile guarded --force --mfa-code {}", CODES[1]));
    let now = shell.env("AWS_ACCESS_KEY_ID");
    assert!(now.is_some() && now != before, "{now:?}");
}

#[test]
fn the_renewal_in_the_background_never_asks() {
    let world = world();
    let mut shell = Shell::bash(&world).start();
    shell.run("awsenv renew --profile guarded");
    scene::exec(&world, &["-p", "static"]);
    assert_eq!(calls(&world), [0, 0]);
}

#[test]
fn no_code_is_asked_for_where_a_script_asks() {
    let world = world();
    let output = world.command(["export", "json"]).current_dir("p").unchecked().code(1).run();
    assert_eq!(output.stderr.trim_end(), NEEDED);
    let mut shell = Shell::bash(&world).current_dir("p").start();
    assert!(shell.run("awsenv export bash").text().contains("it needs a code of the MFA device"));
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn an_account_that_is_demanded_is_checked_for_a_user_too() {
    let world = world();
    scene::allowed(&world, "user", "profile = alice\naccount = 111122223333\n");
    scene::allowed(&world, "other", "profile = alice\naccount = 444455556666\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.type_line("cd ~/user");
    shell.wait_for("Ctrl-C to leave it:");
    shell.type_keys("123456\r");
    let screen = shell.next_prompt();
    assert!(screen.text().contains("awsenv: alice, account 111122223333, eu-west-1"), "{screen}");
    let screen = shell.run("cd ~/other");
    assert!(screen.text().contains("it belongs to account 111122223333"), "{screen}");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}
