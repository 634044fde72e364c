//! `awsenv exec --each`: one command in many profiles.

use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{
    AssumeRole, CreateTokenAuthorizationCode, GetRoleCredentials, StartDeviceAuthorization,
};
use awsenv_emulator::{Effect, Fault};
use chrono::TimeDelta;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::invocation::Output;
use crate::harness::login_stage::{self as stage, Sitting};
use crate::harness::scene::{self, DEV_ENTRY};
use crate::harness::world::World;

/// The profiles `dev`, `static` and `prod`, whose keys are here, and `broken`, which cannot be loaded.
fn world() -> World {
    let world = scene::world();
    add_profiles(&world);
    world
}

fn add_profiles(world: &World) {
    scene::plant_role(world, DEV_ENTRY, TimeDelta::hours(1));
    let config = scene::read(world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile prod]\nsso_session = my-sso\nsso_account_id = 111122223333\nsso_role_name = Admin\n\
         region = us-east-2\n[profile broken]\nsource_profile = static\nrole_arn = no ARN\n"
    ));
}

/// Runs a script of `sh` in each profile that fits.
fn each(world: &World, options: &[&str], script: &str) -> Output {
    let shell = ["--", "sh", "-c", script];
    let words = ["exec", "--each"].iter().chain(options).chain(&shell);
    world.command(words).unchecked().run()
}

/// Returns the lines in an order that does not depend on who was first.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn each_profile_has_its_own_environment_and_its_lines_their_label() {
    let world = world();
    let script = "echo $AWSENV_PROFILE $AWS_REGION ${AWS_ACCESS_KEY_ID}; cat; echo oops >&2; printf 'no end'";
    let output = each(&world, &["DEV", "static", "p?od"], script);
    let lines = [
        "dev    | dev eu-west-1 ASIAPLANTED",
        "dev    | no end",
        "prod   | no end",
        "prod   | prod us-east-2 ASIAPLANTED",
        "static | no end",
        "static | static us-west-2 AKIAIOSFODNN7EXAMPLE",
    ];
    assert_eq!(sorted(&output.stdout), lines);
    let (errors, table) = output.stderr.split_once("PROFILE").expect("a table");
    assert_eq!(sorted(errors), ["dev    | oops", "prod   | oops", "static | oops"]);
    assert_eq!(
        table,
        "  ACCOUNT       CODE\ndev      111122223333  0\nstatic   -             0\nprod     111122223333  0\n"
    );
    assert_eq!(output.code, 0);
}

#[test]
fn the_exit_code_is_honest_and_what_cannot_be_loaded_stops_nobody() {
    let world = world();
    let output = each(
        &world,
        &["*", "!role*", "!legacy", "!empty"],
        "case $AWSENV_PROFILE in dev) exit 7;; prod) kill -9 $$;; esac",
    );
    let table = "\
PROFILE  ACCOUNT       CODE
dev      111122223333  7
static   -             0
prod     111122223333  137   signal 9
broken   -             125   not loaded
";
    let (said, shown) = output.stderr.split_at(output.stderr.len() - table.len());
    assert_eq!(shown, table, "{said}");
    assert!(said.contains("could not") && said.contains("`broken`"), "{said}");
    assert_eq!(output.code, 1);

    let missing =
        world.command(["exec", "--each", "dev", "prod", "--", "no-such-tool"]).unchecked().code(1).run();
    assert!(
        missing.stderr.contains("could not find the command `no-such-tool` on the PATH\n"),
        "{}",
        missing.stderr
    );
    assert!(missing.stderr.contains("127   not found"), "{}", missing.stderr);
}

#[test]
fn a_command_line_that_means_nothing_runs_nothing() {
    let world = world();
    let none = "awsenv: error: could not find a profile that fits `nobody*`\n\
                awsenv: hint: run `awsenv profiles` to see their names\n";
    world.command(["exec", "--each", "nobody*", "--", "/bin/true"]).code(125).stderr(none).run();
    let only = "awsenv: error: could not choose profiles: `!dev` only excludes some\n\
                awsenv: hint: name those that are meant too: `--each '*' '!*prod*'`\n";
    world.command(["exec", "--each", "!dev", "--", "/bin/true"]).code(125).stderr(only).run();
    for more in [
        &["-p", "dev"][..],
        &["--account", "111122223333", "--role", "Admin"],
        &["--serve"],
        &["--mfa-code", "123456"],
        &["--jobs", "0"],
        &["--json", "--group"],
    ] {
        let words = ["exec", "--each", "dev"].iter().chain(more).chain(&["--", "/bin/true"]);
        world.command(words).unchecked().code(125).run();
    }
    for alone in ["--jobs=2", "--json", "--group"] {
        world.command(["exec", "-p", "dev", alone, "--", "/bin/true"]).unchecked().code(125).run();
    }
    let twice =
        ["exec", "-p", "dev", "--confirm", "111122223333", "--confirm", "444455556666", "--", "/bin/true"];
    world.command(twice).unchecked().code(125).run();
}

#[test]
fn one_object_a_profile_says_all() {
    let world = world();
    let output = each(&world, &["dev", "broken", "--json"], "echo out; echo err >&2; exit 3");
    let mut objects: Vec<Value> =
        output.stdout.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    objects.sort_by_key(|object| object["profile"].to_string());
    let [broken, dev] = &objects[..] else { panic!("{objects:?}") };
    let expected = serde_json::json!({
        "profile": "dev", "account": "111122223333", "role": "Admin", "region": "eu-west-1", "code": 3,
        "signal": null, "error": null, "stdout": "out\n", "stderr": "err\n", "truncated": false,
    });
    assert_eq!(dev, &expected);
    assert_eq!((&broken["code"], broken["error"].is_string()), (&125.into(), true), "{broken}");
    assert_eq!((output.code, &*output.stderr), (1, ""));
    let much = each(&world, &["dev", "--json"], "head -c 3000000 /dev/zero");
    let object: Value = serde_json::from_str(&much.stdout).expect("it is JSON");
    assert_eq!(object["stdout"].as_str().map(str::len), Some(1024 * 1024));
    assert_eq!((&object["truncated"], much.code), (&true.into(), 0));
}

#[test]
fn a_group_is_in_one_piece_and_others_mix_line_by_line() {
    let world = world();
    // Each waits for the other one between its lines.
    let script = "echo 1; touch ../$AWSENV_PROFILE; until [ -e ../dev ] && [ -e ../prod ]; do sleep 0.01; done; \
                  echo 2; head -c 200000 /dev/zero | tr '\\0' x";
    let output = each(&world, &["dev", "prod", "--group"], script);
    let labels: Vec<_> =
        output.stdout.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    let turns = labels.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(turns, 1, "{labels:?}");
    assert_eq!(
        output.stdout.matches('x').count(),
        400_000,
        "an endless line is broken, and none of it is lost"
    );
    assert!(output.stdout.lines().all(|line| line.len() < 70_000));
}

#[test]
fn what_a_command_leaves_behind_is_not_waited_for() {
    let world = world();
    let begin = Instant::now();
    let output = each(&world, &["dev"], "sleep 100 & echo $! > ../left; echo done");
    assert_eq!(output.stdout, "dev | done\n");
    assert!(begin.elapsed() < Duration::from_secs(20));
    let left = scene::read(&world, "../left").trim().parse().ok().and_then(Pid::from_raw);
    kill_process(left.expect("a number"), Signal::KILL).expect("it runs");
}

#[test]
fn one_login_is_enough_for_all_and_the_same_keys_are_fetched_once() {
    let world = stage::world();
    add_profiles(&world);
    std::fs::remove_file(world.at(scene::entry(DEV_ENTRY))).expect("it was planted");
    // Nobody is there to log in; whoever needs no login runs.
    let refused = each(&world, &["dev", "prod", "static"], "echo ran");
    assert_eq!((refused.code, &*refused.stdout), (1, "static | ran\n"));
    assert_eq!(refused.stderr.matches("125   not loaded").count(), 2, "{}", refused.stderr);

    let words =
        ["exec", "--each", "dev", "prod", "legacy", "role-over-sso", "static", "--jobs", "5", "--", "true"];
    let screen = Sitting::start(&world, &words).finish(&world, 0);
    assert!(screen.contains("dev            111122223333  0"), "{screen}");
    assert!(screen.contains("prod           111122223333  0"), "{screen}");
    // The legacy profile is of another session, with a code.
    assert_eq!(
        stage::counts(&world, [CreateTokenAuthorizationCode, StartDeviceAuthorization]),
        [1, 1],
        "{screen}"
    );
    // `dev` and `prod` are one role, and that below `role-over-sso` is fetched anew, as by the AWS CLI.
    assert_eq!(world.emulator().count(GetRoleCredentials), 3, "{screen}");
    let again = each(&world, &["dev", "prod"], "true");
    assert_eq!((again.code, world.emulator().count(GetRoleCredentials)), (0, 3));
}

#[test]
fn one_question_is_for_all_that_is_guarded() {
    let world = world();
    world.write(".config/awsenv/config", "confirm = *prod*\n");
    let start = || Sitting::start(&world, &["exec", "--each", "dev", "prod", "static", "--", "echo", "ran"]);
    let question = "awsenv: load these 2 profiles? Type yes:";
    for (answer, code) in [("yes\r", 0), ("no\r", 125)] {
        let mut sitting = start();
        sitting.wait_for(question);
        sitting.type_keys(answer);
        let screen = sitting.finish(&world, code);
        assert!(
            screen.contains("awsenv:   dev, account 111122223333, role Admin, eu-west-1\n"),
            "it is of the account; {screen}"
        );
        assert!(screen.contains("awsenv:   prod, account 111122223333, role Admin, us-east-2\n"), "{screen}");
        assert_eq!(screen.matches("Type yes:").count(), 1);
        assert_eq!(screen.matches("| ran").count(), if code == 0 { 3 } else { 0 }, "{screen}");
    }
    let refused = each(&world, &["*", "!broken"], "echo ran");
    assert_eq!((refused.code, &*refused.stdout), (125, ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("there is no terminal to ask on"), "{}", refused.stderr);
    let given = each(&world, &["dev", "prod", "--confirm", "111122223333"], "echo ran");
    assert_eq!((given.code, given.stdout.lines().count()), (0, 2), "{}", given.stderr);
    for wrong in ["444455556666", "prod"] {
        let refused = each(&world, &["dev", "prod", "--confirm", wrong], "echo ran");
        assert_eq!((refused.code, &*refused.stdout), (125, ""), "{}", refused.stderr);
    }
}

#[test]
fn rights_are_narrowed_in_each() {
    let world = scene::signed_in();
    world.write(".config/awsenv/config", "read_only = ReadOnly\n");
    let script = "echo $AWSENV_ROLE $AWSENV_LOGIN ${AWS_CONFIG_FILE##*/}";
    let output = each(&world, &["dev", "role", "static", "--read-only"], script);
    assert_eq!(sorted(&output.stdout), ["dev    | ReadOnly never config", "role   | Dev never config"]);
    assert_eq!(world.emulator().with(|state| state.session_policies.len()), 1);
    assert_eq!((output.code, world.emulator().count(AssumeRole)), (1, 1));
    assert!(output.stderr.contains("could not narrow profile `static`"), "{}", output.stderr);
}

#[test]
fn ctrl_c_ends_all_and_starts_no_more() {
    let world = world();
    let script = "trap 'echo caught; exit 3' INT; echo run as $AWSENV_PROFILE; while :; do sleep 0.1; done";
    let words = ["exec", "--each", "dev", "prod", "static", "--jobs", "2", "--", "bash", "-c", script];
    let mut sitting = Sitting::start(&world, &words);
    sitting.wait_for_times("run as", 2);
    sitting.type_keys("\u{3}");
    let screen = sitting.finish(&world, 130);
    assert_eq!((screen.matches("run as").count(), screen.matches("caught").count()), (2, 2), "{screen}");
    assert!(screen.contains("not started"), "{screen}");

    // Nobody else hears a signal that is sent to awsenv alone.
    let stubborn = "trap 'echo caught' TERM; echo run; while :; do sleep 0.1; done";
    let mut sitting = Sitting::start(&world, &["exec", "--each", "dev", "--", "bash", "-c", stubborn]);
    let pid = Pid::from_raw(sitting.pid().cast_signed()).expect("it runs");
    sitting.wait_for("| run");
    for times in 1..=3 {
        kill_process(pid, Signal::TERM).expect("it runs");
        if times < 3 {
            sitting.wait_for_times("caught", times);
        }
    }
    assert_eq!(sitting.end(), 128 + 15);
}

#[test]
fn keys_are_fetched_while_the_commands_before_run() {
    let world = world();
    let wait = "echo run; until [ -e go ]; do sleep 0.02; done";
    let mut sitting =
        Sitting::start(&world, &["exec", "--each", "static", "role", "--jobs", "1", "--", "sh", "-c", wait]);
    stage::wait_for(&world, AssumeRole, 1);
    sitting.wait_for("static | run");
    assert!(!sitting.bytes().contains("role   | run"));
    world.write("go", "");
    let screen = sitting.finish(&world, 0);
    assert!(screen.contains("role   | run"), "{screen}");
    assert_eq!(world.emulator().count(AssumeRole), 1);
}

#[test]
fn nobody_waits_for_aws_after_ctrl_c() {
    let world = world();
    world.emulator().with(|state| state.faults.add(Fault::new(AssumeRole, Effect::Hang)));
    let words = ["exec", "--each", "static", "role", "--", "sh", "-c", "echo run; exec sleep 100"];
    let mut sitting = Sitting::start(&world, &words);
    sitting.wait_for("static | run");
    stage::wait_for(&world, AssumeRole, 1);
    let begin = Instant::now();
    sitting.type_keys("\u{3}");
    let screen = sitting.finish(&world, 130);
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}: {screen}", begin.elapsed());
    assert!(screen.contains("not started"), "{screen}");
}

#[test]
fn a_terminal_gets_no_control_characters_of_a_command() {
    let world = world();
    let script = "printf 'a\\rprod | forged\\033[2Jx \\033[31mred\\n'";
    let mut sitting = Sitting::start(&world, &["exec", "--each", "dev", "--", "sh", "-c", script]);
    assert_eq!(sitting.end(), 0);
    let text = sitting.bytes();
    assert!(text.contains("dev | a?prod | forged?[2Jx \u{1b}[31mred\u{1b}[0m"), "{text:?}");
}
