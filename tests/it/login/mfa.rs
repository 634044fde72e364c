//! Codes of MFA devices, at the commands that a person types and that scripts run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use awsenv_emulator::Operation::{self, AssumeRole, GetSessionToken};
use awsenv_emulator::{Fault, State};
use chrono::TimeDelta;

use crate::harness::login_stage::{self as stage, Sitting};
use crate::harness::mfa_stage::{self, CODES, QUESTION, SERIAL, SESSION, calls};
use crate::harness::scene;
use crate::harness::world::World;

/// The name that the AWS CLI gives to the role of `guarded`: its ARN and the serial number.
const GUARDED_ENTRY: &str = "518213207ed1b5eaf6b77fff1b360bd92c00e145";

const WHO: [&str; 5] = ["exec", "-p", "guarded", "--", "/usr/bin/env"];
const AGAIN: &str = "awsenv: AWS refused this code: each is good for one use, wait for the next";

/// Runs the program on a terminal, answers each question with the next code, and returns the screen.
fn answer(world: &World, args: &[&str], codes: &[&str], code: i32) -> String {
    let mut sitting = Sitting::start(world, args);
    for (index, typed) in codes.iter().enumerate() {
        let question = if args.contains(&"guarded") { QUESTION } else { "Ctrl-C to leave it:" };
        sitting.wait_for_times(question, index + 1);
        sitting.type_keys(&format!("{typed}\r"));
    }
    sitting.finish(world, code)
}

#[test]
fn one_code_serves_every_role_with_the_same_device() {
    let world = mfa_stage::world();
    let screen = answer(&world, &WHO, &CODES[..1], 0);
    assert!(screen.contains("AWS_PROFILE=guarded"), "{screen}");
    assert!(!screen.contains(CODES[0]), "the code is not shown: {screen}");
    assert_eq!(calls(&world), [1, 1]);
    // No terminal, no question: the session stands in for the code.
    let user = scene::exec(&world, &["-p", "alice"]);
    let second = scene::exec(&world, &["-p", "second"]);
    let above = scene::exec(&world, &["-p", "above"]);
    assert!(user["AWS_ACCESS_KEY_ID"].starts_with("ASIA") && user.contains_key("AWS_CREDENTIAL_EXPIRATION"));
    assert_ne!(second["AWS_ACCESS_KEY_ID"], above["AWS_ACCESS_KEY_ID"]);
    assert_eq!(calls(&world), [3, 1]);
    let arn = world.run(["whoami", "-p", "alice", "--json"]).json()["arn"].clone();
    assert_eq!(arn, "arn:aws:iam::111122223333:user/alice");
    let path = world.at(SESSION);
    assert_eq!(mfa_stage::session(&world), path);
    assert_eq!(fs::metadata(path).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert!(world.at(scene::entry(GUARDED_ENTRY)).exists(), "the role is cached under the AWS CLI's name");
}

#[test]
fn a_device_of_the_source_alone_does_not_count_for_the_role() {
    let world = mfa_stage::world();
    let config = scene::read(&world, ".aws/config");
    let role = config
        .split("[profile guarded]")
        .nth(1)
        .and_then(|text| text.lines().find(|line| line.starts_with("role_arn")));
    let role = role.expect("it has a role");
    world.aws_config(&format!(
        "{config}\n[profile over]\n{role}\nsource_profile = alice\nregion = eu-west-1\n"
    ));
    let ran = world.command(["exec", "-p", "over", "--", "true"]).unchecked().code(125).run();
    let hint =
        "awsenv: hint: if the role asks for MFA, copy `mfa_serial` from the profile `alice` to `over`\n";
    assert!(ran.stderr.ends_with(hint), "{}", ran.stderr);
}

#[test]
fn a_user_without_a_role_gets_a_session_and_its_duration() {
    let world = mfa_stage::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&config.replace("[profile alice]", "[profile alice]\nduration_seconds = 3600"));
    answer(&world, &["exec", "-p", "alice", "--", "true"], &CODES[..1], 0);
    let kept: serde_json::Value = serde_json::from_str(&scene::read(&world, SESSION)).expect("it is JSON");
    let left = scene::utc(&kept["Credentials"]["Expiration"]) - chrono::Utc::now();
    assert!(left <= TimeDelta::hours(1) && left > TimeDelta::minutes(58), "{left}");
    assert_eq!(calls(&world), [0, 1]);
}

#[test]
fn three_codes_that_aws_refuses_are_enough() {
    let world = mfa_stage::world();
    let screen = answer(&world, &WHO, &["000000", "000001", "000002"], 125);
    assert_eq!(screen.matches(AGAIN).count(), 2, "{screen}");
    let end = "awsenv: error: could not log in with the MFA device arn:aws:iam::111122223333:mfa/alice: AWS refused 3 codes\n\
               awsenv: hint: run `awsenv login --profile guarded` to try again";
    assert!(screen.ends_with(end), "{screen}");
    assert_eq!(calls(&world), [0, 3]);
    answer(&world, &WHO, &["000000", CODES[0]], 0);
    let used = answer(&world, &["login", "--force", "-p", "guarded"], &[CODES[0], CODES[1]], 0);
    assert!(used.contains(AGAIN), "{used}");
}

#[test]
fn what_is_no_code_is_refused_without_a_call_and_is_no_try() {
    let world = mfa_stage::world();
    // The last two are edited: Ctrl-A, Ctrl-D, Ctrl-E; Ctrl-U, an arrow and Ctrl-K.
    let typed = [
        "",
        "12345",
        "1234567",
        "abcdef",
        "x00000\u{1}\u{4}\u{5}0",
        "99\u{15}12345 678\u{1b}[D\u{1b}[D\u{b}",
    ];
    let screen = answer(&world, &WHO, &typed, 0);
    assert_eq!(screen.matches("awsenv: that is no code: a code has six digits").count(), 4, "{screen}");
    assert_eq!(calls(&world), [1, 2]);
}

#[test]
fn ctrl_c_and_ctrl_d_leave_nothing_behind() {
    for (key, code) in [("\u{3}", 130), ("12\u{3}", 130), ("\u{4}", 125)] {
        let world = mfa_stage::world();
        let mut sitting = Sitting::start(&world, &WHO);
        sitting.wait_for(QUESTION);
        sitting.type_keys(key);
        let screen = sitting.finish(&world, code);
        assert!(screen.contains("`awsenv login --profile guarded`"), "{screen}");
        assert_eq!(calls(&world), [0, 0]);
        assert_eq!(stage::files(&world, ".cache/awsenv/credentials"), [""; 0]);
        // Who asks again is asked again.
        answer(&world, &WHO, &CODES[..1], 0);
    }
}

#[test]
fn the_terminal_is_as_it_was_after_an_answer_and_after_ctrl_c() {
    for keys in ["123456\r", "\u{3}", "\u{4}", "\u{1b}"] {
        let world = mfa_stage::world();
        let script = "stty -a > before; awsenv exec -p guarded -- true & wait $!; stty -a > after";
        // In the foreground, so that Ctrl-C does not end the shell with it.
        let script = script.replace(" & wait $!", "");
        let script = format!("trap : INT; {script}");
        let mut sitting = Sitting::program(&world, "/bin/bash".as_ref(), &["-c", &script], &[]);
        sitting.wait_for(QUESTION);
        sitting.type_keys(keys);
        sitting.end();
        assert_eq!(scene::read(&world, "before"), scene::read(&world, "after"), "{keys:?}");
    }
}

#[test]
fn what_is_typed_while_a_code_is_looked_at_is_neither_shown_nor_taken() {
    let world = mfa_stage::world();
    world.emulator().with(|state| {
        let slow = Fault::new(GetSessionToken, awsenv_emulator::Effect::Delay);
        state.faults.add(slow.delay(std::time::Duration::from_millis(300)));
    });
    let mut sitting = Sitting::start(&world, &WHO);
    sitting.wait_for(QUESTION);
    sitting.type_keys("000000\r");
    stage::wait_for(&world, GetSessionToken, 1);
    sitting.type_keys("987654\r");
    sitting.wait_for_times(QUESTION, 2);
    sitting.type_keys("123456\r");
    let screen = sitting.finish(&world, 0);
    assert!(!screen.contains("987654"), "{screen}");
    assert_eq!(calls(&world), [1, 2]);
}

#[test]
fn standard_input_belongs_to_the_command() {
    let world = mfa_stage::world();
    let script = "echo 999999 | awsenv exec -p guarded -- cat";
    let mut sitting = Sitting::program(&world, "/bin/sh".as_ref(), &["-c", script], &[]);
    sitting.wait_for(QUESTION);
    sitting.type_keys("123456\r");
    let screen = sitting.finish(&world, 0);
    assert!(screen.ends_with("\n999999"), "{screen}");
}

#[test]
fn without_a_terminal_the_cure_is_named() {
    let world = mfa_stage::world();
    let said = "awsenv: error: could not log in with the MFA device arn:aws:iam::111122223333:mfa/alice for profile `guarded`: there is \
                no terminal to ask on\nawsenv: hint: run `awsenv login --profile guarded` in a terminal, or add `--mfa-code` with the code\n";
    world.command(WHO).stdin("123456\n").code(125).stderr(said).run();
    let failed = world.command(["credential-process", "-p", "guarded"]).unchecked().code(1).run();
    let said = "awsenv: error: could not load profile `guarded`: it needs a code of the MFA device \
                arn:aws:iam::111122223333:mfa/alice (run `awsenv login --profile guarded`)\n";
    assert_eq!((failed.stdout.as_str(), failed.stderr.as_str()), ("", said));
    let never = world.command(WHO).env("AWSENV_LOGIN", "never").unchecked().code(125).run();
    assert!(never.stderr.ends_with("hint: run `awsenv login --profile guarded`\n"), "{}", never.stderr);
    assert_eq!(calls(&world), [0, 0]);
}

#[test]
fn a_code_on_the_command_line_is_used_if_one_is_needed() {
    let world = mfa_stage::world();
    let with = |code: &str| {
        let args = ["exec", "-p", "guarded", "--mfa-code", code, "--", "/bin/true"];
        world.command(args).env("AWSENV_LOGIN", "never").unchecked().run()
    };
    let malformed = with("12345");
    assert_eq!((malformed.code, calls(&world)), (125, [0, 0]));
    let wrong = with("000000");
    assert_eq!((wrong.code, calls(&world)), (125, [0, 1]));
    assert!(wrong.stderr.contains("the MFA code was refused"), "{}", wrong.stderr);
    assert_eq!(with(CODES[0]).code, 0);
    assert_eq!(with(CODES[1]).code, 0);
    assert_eq!(calls(&world), [1, 2], "the second code is not spent");
    world.run(["whoami", "-p", "second", "--mfa-code", CODES[1]]);
    world.run(["credential-process", "-p", "second", "--mfa-code", CODES[1]]);
    let said = "awsenv: error: could not use `--mfa-code`: the profile `static` needs none\n\
                awsenv: hint: take it away, or add `mfa_serial` to the profile\n";
    world.command(["whoami", "-p", "static", "--mfa-code", CODES[1]]).code(1).stderr(said).run();
}

#[test]
fn login_opens_the_session_and_force_opens_another_one() {
    let world = mfa_stage::world();
    let screen = answer(&world, &["login", "-p", "alice"], &CODES[..1], 0);
    let told = format!("awsenv: logged in with the MFA device {SERIAL}, 11h 59m left");
    assert!(screen.ends_with(&told), "{screen}");
    let alive = world.command(["login", "-p", "guarded"]).unchecked().code(0).run().stderr;
    assert_eq!(alive, format!("awsenv: the login with the MFA device {SERIAL} is alive, 11h 59m left\n"));
    let first = scene::read(&world, SESSION);
    let forced = ["login", "--force", "-p", "alice", "--mfa-code", CODES[1]];
    world.command(forced).unchecked().code(0).run();
    assert_ne!(scene::read(&world, SESSION), first);
    // A code that is refused does not cost the session that there is.
    let kept = scene::read(&world, SESSION);
    let forced = ["login", "--force", "-p", "alice", "--mfa-code", "000000"];
    world.command(forced).unchecked().code(1).run();
    assert_eq!(scene::read(&world, SESSION), kept);
}

#[test]
fn logout_forgets_the_session_and_the_roles_that_came_of_it() {
    for args in [&["logout", "-p", "second"][..], &["logout", "--all"]] {
        let world = mfa_stage::world();
        answer(&world, &WHO, &CODES[..1], 0);
        scene::exec(&world, &["-p", "role"]);
        let said = world.command(args).unchecked().code(0).run().stderr;
        assert!(said.contains(&format!("awsenv: logged out of the MFA device {SERIAL}\n")), "{said}");
        assert!(!world.at(SESSION).exists());
        assert!(!world.at(scene::entry(GUARDED_ENTRY)).exists());
        let stays = !args.contains(&"--all");
        assert_eq!(world.at(scene::entry(scene::ROLE_ENTRY)).exists(), stays, "what needed no code");
    }
}

#[test]
fn status_and_profiles_tell_whether_a_code_is_needed() {
    let world = mfa_stage::world();
    let project = scene::allowed(&world, "p", "profile = guarded\n");
    let status = || world.command(["status", "--json"]).current_dir(&project).unchecked().run();
    let before = status();
    assert_eq!((before.code, before.json()["state"].as_str()), (3, Some("login-needed")));
    let login = || {
        let rows = world.run(["profiles", "--json"]).json();
        let mut rows = rows.as_array().expect("it is a list").iter();
        rows.find(|row| row["name"] == "guarded").expect("it is listed")["login"].clone()
    };
    assert_eq!(login(), "none");
    answer(&world, &WHO, &CODES[..1], 0);
    let after = status().json();
    assert_eq!((after["state"].as_str(), login().as_str()), (Some("ready"), Some("alive")));
    assert_eq!(after["login"]["session"], SERIAL);
}

#[test]
fn where_no_session_may_be_opened_the_code_goes_to_the_role() {
    let world = mfa_stage::world();
    world.emulator().with(|state: &mut State| {
        state.faults.add(Fault::error(GetSessionToken, 403, "AccessDenied"));
    });
    answer(&world, &WHO, &CODES[..1], 0);
    assert_eq!(calls(&world), [1, 1]);
    assert!(!world.at(SESSION).exists());
    scene::exec(&world, &["-p", "guarded"]);
    assert_eq!(calls(&world), [1, 1], "the role is cached");
}

#[test]
fn over_keys_that_open_no_session_the_code_goes_to_the_role() {
    let world = mfa_stage::world();
    let token = scene::sign_in(&world);
    token.write(&world, scene::SESSION_TOKEN, TimeDelta::hours(1));
    let screen = answer(&world, &["exec", "-p", "over-sso", "--", "true"], &CODES[..1], 125);
    // AWS knows no device of a role's session.
    assert!(screen.contains("the caller has no MFA device with this serial number"), "{screen}");
    assert_eq!(calls(&world), [1, 0]);
}

#[test]
fn a_role_over_a_user_with_a_device_is_asked_for_as_the_aws_cli_does_it() {
    let world = mfa_stage::world();
    scene::exec(&world, &["-p", "over-alice"]);
    assert_eq!(calls(&world), [1, 0]);
}

#[test]
fn a_session_that_aws_no_longer_knows_is_dropped() {
    let world = mfa_stage::world();
    answer(&world, &WHO, &CODES[..1], 0);
    fs::remove_file(world.at(scene::entry(GUARDED_ENTRY))).expect("it is cached");
    world.emulator().with(|state| {
        state.faults.add(Fault::error(AssumeRole, 403, "ExpiredToken").times(1));
    });
    answer(&world, &WHO, &CODES[1..2], 0);
    assert_eq!(calls(&world), [3, 2]);
}

#[test]
fn live_keys_need_no_code_even_with_minutes_left() {
    let world = mfa_stage::world();
    scene::plant_role(&world, GUARDED_ENTRY, TimeDelta::minutes(5));
    assert_eq!(scene::exec(&world, &["-p", "guarded"])["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    let answered = world.run(["credential-process", "-p", "guarded"]).json();
    assert_eq!(answered["AccessKeyId"], "ASIAPLANTED");
    let asked = world.command(["exec", "-p", "guarded", "--min-ttl", "30m", "--", "true"]);
    asked.unchecked().code(125).run();
    assert_eq!(calls(&world), [0, 0]);
}

#[test]
fn a_role_over_a_cached_one_needs_no_code() {
    let world = mfa_stage::world();
    answer(&world, &WHO, &CODES[..1], 0);
    fs::remove_file(world.at(SESSION)).expect("the session is there");
    assert_eq!(scene::exec(&world, &["-p", "above"])["AWS_PROFILE"], "above");
    assert_eq!(calls(&world), [2, 1]);
}

#[test]
fn of_many_commands_one_asks_and_all_go_on() {
    let world = mfa_stage::world();
    thread::scope(|scope| {
        let mut holder = Sitting::start(&world, &["exec", "-p", "guarded", "--", "true"]);
        holder.wait_for(QUESTION);
        let silent: Vec<_> = (0..20)
            .map(|index| {
                let args = match index % 3 {
                    0 => &["exec", "-p", "guarded", "--", "true"][..],
                    1 => &["exec", "-p", "alice", "--", "true"],
                    _ => &["credential-process", "-p", "guarded"],
                };
                let world = &world;
                scope.spawn(move || world.command(args).unchecked().run())
            })
            .collect();
        let mut seated: Vec<_> =
            (0..10).map(|_| Sitting::start(&world, &["credential-process", "-p", "second"])).collect();
        for sitting in &mut seated {
            sitting.wait_for("awsenv: waiting for the login with the MFA device");
        }
        holder.type_keys("123456\r");
        assert_eq!(holder.end(), 0);
        for run in silent {
            let run = run.join().expect("it goes on");
            assert_eq!(run.code, 0, "{}", run.stderr);
        }
        for sitting in seated {
            sitting.finish(&world, 0);
        }
    });
    assert_eq!(calls(&world), [2, 1]);
}

#[test]
fn the_wrong_serial_number_is_said_once() {
    let world = mfa_stage::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&config.replace("mfa/alice", "mfa/bob"));
    let screen = answer(&world, &["exec", "-p", "second", "--", "true"], &CODES[..1], 125);
    assert!(screen.contains("correct `mfa_serial`"), "{screen}");
    assert_eq!(world.emulator().count(Operation::GetSessionToken), 1);
}
