//! Profiles whose keys a program prints.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use awsenv_emulator::Operation::{AssumeRole, GetCallerIdentity};
use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::kind::Kind;
use crate::harness::recorder::Recorder;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::shell::each_shell;
use crate::harness::world::World;

const LASTING: &str = r#"{"Version": 1, "AccessKeyId": "AKIALASTING", "SecretAccessKey": "for/ever"}"#;

/// Keys that lapse after an hour.
fn passing() -> String {
    format!(
        r#"{{"Version": 1, "AccessKeyId": "ASIAPASSING", "SecretAccessKey": "se/cret", "SessionToken": "to/ken",
            "Expiration": "{}", "AccountId": "111122223333"}}"#,
        scene::time_in(TimeDelta::hours(1))
    )
}

/// Puts a program called `vault` on the `PATH` that notes each run and prints `answer`.
fn vault(world: &World, answer: &str) -> Recorder {
    let answer = world.write("answer.json", answer);
    let real = world.program("vault-real", &format!("#!/bin/sh\ncat '{}'\n", answer.display()));
    let recorder = Recorder::new(world.scratch("vault"));
    world.program("vault", &recorder.script(&real));
    recorder
}

/// Makes a world in which the profile `p` has this line, and its place.
fn world(line: &str) -> World {
    let world = World::with_emulator();
    world.aws_config(&format!("[profile p]\nregion = eu-west-1\ncredential_process = {line}\n"));
    world
}

/// Runs `exec` with `p`, which must say this after the program's name, and returns nothing else of interest.
fn refused(world: &World, program: &str, why: &str, hint: &str) {
    let error = format!(
        "awsenv: error: could not get the credentials of profile `p`: its `credential_process` `{program}` \
         (~/.aws/config:3) {why}\nawsenv: hint: {hint}\n"
    );
    world.command(["exec", "-p", "p", "--", "/bin/false"]).code(125).stderr(error).run();
}

/// Returns the files of awsenv's own cache of credentials.
fn own_entries(world: &World) -> Vec<PathBuf> {
    let folder = fs::read_dir(world.at(".cache/awsenv/credentials"));
    folder.map_or_else(|_| Vec::new(), |files| files.flatten().map(|file| file.path()).collect())
}

const BY_HAND: &str = "run it by hand to see why, then `awsenv reload`";
const JSON: &str =
    "it must print the JSON that the AWS SDKs expect of a `credential_process`, and nothing else";

#[test]
fn the_line_is_split_like_a_shell_would_and_no_shell_sees_it() {
    let world = world(r#"vault --account "acme dev" 'a|b' $HOME ~ #x \;"#);
    let vault = vault(&world, &passing());
    let variables = scene::exec(&world, &["-p", "p"]);
    assert_eq!(variables["AWS_ACCESS_KEY_ID"], "ASIAPASSING");
    assert_eq!(variables["AWS_SECRET_ACCESS_KEY"], "se/cret");
    assert_eq!(variables["AWS_SESSION_TOKEN"], "to/ken");
    assert_eq!(variables["AWS_REGION"], "eu-west-1");
    scene::utc(&variables["AWS_CREDENTIAL_EXPIRATION"].as_str().into());
    assert_eq!(vault.take(), [["--account", "acme dev", "a|b", "$HOME", "~", "#x", ";"]]);
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn the_credentials_file_goes_first() {
    let world = world("/bin/false");
    vault(&world, &passing());
    world.aws_credentials("[p]\ncredential_process = vault\n");
    assert_eq!(scene::exec(&world, &["-p", "p"])["AWS_ACCESS_KEY_ID"], "ASIAPASSING");
}

#[test]
fn what_lapses_is_kept_privately_and_what_lasts_is_not_kept() {
    let world = world("vault");
    let runs = vault(&world, &passing());
    let first = scene::exec(&world, &["-p", "p"]);
    assert_eq!(scene::exec(&world, &["-p", "p"]), first);
    assert_eq!(runs.take().len(), 1);
    let [entry] = &own_entries(&world)[..] else { panic!("one entry") };
    assert_eq!(fs::metadata(entry).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert!(!world.at(".aws/cli").exists(), "the AWS CLI keeps no such thing");

    world.aws_config("[profile p]\ncredential_process = vault --other\n");
    scene::exec(&world, &["-p", "p"]);
    assert_eq!(runs.take(), [["--other"]], "another command is asked anew");

    let world = self::world("vault");
    let runs = vault(&world, LASTING);
    for _ in 0..2 {
        assert_eq!(scene::exec(&world, &["-p", "p"])["AWS_SECRET_ACCESS_KEY"], "for/ever");
    }
    assert_eq!((runs.take().len(), own_entries(&world)), (2, vec![]));
}

#[test]
fn the_program_sees_the_users_environment_and_shares_input_and_errors() {
    let world = world("vault");
    let answer = world.write("answer.json", passing());
    let dump = world.scratch("dump");
    world.program(
        "vault",
        &format!(
            "#!/bin/sh\nread -r line\nenv >'{}'\necho \"the code was $line\" >&2\ncat '{}'\n",
            dump.display(),
            answer.display()
        ),
    );
    let exec = world.command(["exec", "-p", "p", "--", "/bin/true"]).stdin("123456\n");
    exec.env("AWS_PROFILE", "mine").stderr("the code was 123456\n").run();
    let dump = fs::read_to_string(dump).expect("the program ran");
    assert!(dump.lines().any(|line| line == "AWS_PROFILE=mine"), "{dump}");
    assert!(!dump.contains("AWSENV_STATE"), "{dump}");
}

#[test]
fn a_role_over_a_program_is_assumed() {
    let world = scene::world();
    let keys = format!(
        r#"{{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "{STATIC_SECRET}"}}"#
    );
    let runs = vault(&world, &keys);
    world.aws_config(
        "[profile p]\ncredential_process = vault\n[profile r]\nrole_arn = arn:aws:iam::123456789012:role/Dev\n\
         source_profile = p\nregion = eu-west-1\n",
    );
    scene::exec(&world, &["-p", "r"]);
    scene::exec(&world, &["-p", "r"]);
    assert_eq!((world.emulator().count(AssumeRole), runs.take().len()), (1, 1));
}

#[test]
fn a_demanded_account_is_the_one_that_the_program_names_or_aws() {
    let world = world("vault");
    vault(&world, &passing());
    let project = scene::allowed(&world, "project", "profile = p\naccount = 444455556666\n");
    let exec = || world.command(["exec", "--", "/bin/true"]).current_dir(&project);
    let error = "awsenv: error: could not load profile `p`: it belongs to account 111122223333, and \
                 ~/project/.awsenv:2 demands account 444455556666\nawsenv: hint: name the right profile, or correct `account` in .awsenv\n";
    exec().code(125).stderr(error).run();
    assert_eq!(world.emulator().requests(), 0);

    let keys = format!(
        r#"{{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "{STATIC_SECRET}"}}"#
    );
    world.write("answer.json", keys);
    fs::remove_file(&own_entries(&world)[0]).expect("it was kept");
    exec().code(125).stderr(error).run();
    assert_eq!(world.emulator().count(GetCallerIdentity), 1);
}

#[test]
fn a_logout_from_everything_forgets_what_programs_said() {
    let world = world("vault");
    let runs = vault(&world, &passing());
    scene::exec(&world, &["-p", "p"]);
    world.command(["logout", "--all"]).unchecked().code(0).run();
    assert_eq!(own_entries(&world).len(), 0);
    scene::exec(&world, &["-p", "p"]);
    assert_eq!(runs.take().len(), 2);
    // Of a line that is gone by now, too.
    world.aws_config("[profile other]\nregion = eu-west-1\n");
    let said = world.command(["logout", "--all"]).unchecked().code(0).run().stderr;
    assert_eq!((own_entries(&world).len(), said.lines().count()), (0, 1), "{said}");
    let said = world.command(["logout", "--all"]).unchecked().code(0).run().stderr;
    assert_eq!(said, "awsenv: there was no login: no profile needs one\n");
}

#[test]
fn what_goes_wrong_is_told_by_profile_line_and_program_and_nothing_else() {
    let world = world("vault --token hunter2");
    let says = |script: &str, why: &str, hint: &str| {
        world.program("vault", &format!("#!/bin/sh\n{script}\n"));
        refused(&world, "vault", why, hint);
    };
    refused(
        &world,
        "vault",
        "is not on the PATH",
        "install it, or write its whole path; `~` and `$` mean nothing there",
    );
    says("echo '{\"SecretAccessKey\": \"hunter2\"}'; exit 7", "ended with exit code 7", BY_HAND);
    says("kill -TERM $$", "ended with signal 15", BY_HAND);
    says("exit 0", "printed nothing", JSON);
    says("cat /dev/zero", "printed more than 64 KiB, and was stopped", BY_HAND);
    says("echo hunter2", "printed no JSON (line 1, column 1)", JSON);
    says("echo '{\"Version\": \"1\"}'", "printed a `Version` that is not the number 1", JSON);
    let expired = passing().replace("20", "19").replace('\n', " ");
    world.write("expired", &expired);
    world.program("vault", &format!("#!/bin/sh\ncat '{}'\n", world.at("expired").display()));
    let refused = world.command(["exec", "-p", "p", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(refused.stderr.contains("printed credentials that expired at 19"), "{}", refused.stderr);
    assert_eq!(own_entries(&world), Vec::<PathBuf>::new());
}

#[test]
fn a_line_that_is_no_command_is_told_before_anything_runs() {
    for (line, why, hint) in [
        ("vault 'x", "has a quote that is not closed", "close the quote, or put `\\` before it"),
        ("''", "names no program", "write the program's path first"),
    ] {
        let world = world(line);
        let error = format!(
            "awsenv: error: could not use the profile `p`: its `credential_process` (~/.aws/config:3) {why}\n\
             awsenv: hint: {hint}\n"
        );
        world.command(["exec", "-p", "p", "--", "/bin/false"]).code(125).stderr(error).run();
    }
    let world = world("");
    let error = "awsenv: error: could not use the profile `p`: `credential_process` is empty (~/.aws/config:3)\n\
                 awsenv: hint: write its value after `credential_process =`\n";
    world.command(["exec", "-p", "p", "--", "/bin/false"]).code(125).stderr(error).run();
}

#[test]
fn a_program_that_needs_its_own_profile_ends_in_an_error_that_names_the_round() {
    let world = world("awsenv credential-process --profile p");
    let runs = world.recorder();
    let direct = world.command(["exec", "-p", "p", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(direct.stderr.contains("leads round in a circle: p -> p"), "{}", direct.stderr);
    assert_eq!(runs.take().len(), 1);

    world.aws_config(
        "[profile p]\ncredential_process = awsenv credential-process --profile q\n\
         [profile q]\ncredential_process = sh -c 'exec awsenv credential-process --profile r'\n\
         [profile r]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = p\n",
    );
    let round = world.command(["exec", "-p", "r", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(round.stderr.contains("leads round in a circle: p -> q -> p"), "{}", round.stderr);
    assert_eq!(runs.take().len(), 2);
}

#[test]
fn awsenv_may_be_the_program_of_another_profile() {
    let world = scene::signed_in();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile tools]\ncredential_process = awsenv credential-process --profile dev\nregion = eu-west-1\n"
    ));
    let own = scene::exec(&world, &["-p", "tools"]);
    let dev = scene::exec(&world, &["-p", "dev"]);
    assert_eq!(own["AWS_SECRET_ACCESS_KEY"], dev["AWS_SECRET_ACCESS_KEY"]);
}

#[test]
fn it_is_listed_and_shown() {
    let world = world("vault");
    vault(&world, &passing());
    let config = std::fs::read_to_string(world.at(".aws/config")).expect("it is there");
    let role = "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = p\n";
    world.aws_config(&format!("{config}{role}"));
    let logins = || {
        let rows = world.run(["profiles", "--json"]).json();
        assert_eq!((&rows[0]["name"], &rows[0]["kind"]), (&"p".into(), &"process".into()));
        [rows[0]["login"].clone(), rows[1]["login"].clone()]
    };
    assert_eq!(logins(), [serde_json::Value::Null, serde_json::Value::Null]);
    let project = scene::allowed(&world, "project", "profile = p\n");
    let status = || world.command(["status", "--json"]).current_dir(&project).run().json();
    assert_eq!(status()["credentials"]["state"], "missing");
    scene::exec(&world, &["-p", "p"]);
    let status = status();
    assert_eq!((&status["source"], &status["credentials"]["state"]), (&"process".into(), &"valid".into()));
    assert_eq!(status["account"], "111122223333");
    assert_eq!(logins(), ["alive", "alive"]);
}

/// What never lapses is kept in the shell alone, and the program may ask a person, so it is run once per
/// entry.
fn a_prompt_runs_the_program_once_and_never_in_its_first_run(kind: Kind) {
    let world = world("vault");
    let runs = vault(&world, LASTING);
    scene::allowed(&world, "project", "profile = p\n");
    world.dir("project/below");
    let mut shell = hook_stage::start(kind, &world);
    let key = Some("AKIALASTING".to_owned());
    shell.run("cd project");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), runs.take().len()), (key.clone(), 1));
    shell.run("cd below");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), runs.take().len()), (key.clone(), 0));
    let status = shell.run("awsenv status");
    assert!(status.text().contains("credentials valid"), "{}", status.text());
    shell.run("cd");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), runs.take().len()), (None, 0));
    shell.run("cd project");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), runs.take().len()), (key.clone(), 1));

    // The same keys by another command are another matter.
    world.aws_config("[profile p]\ncredential_process = vault --other\n");
    shell.run("cd below");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), runs.take()), (key, vec![vec!["--other".to_owned()]]));
}

each_shell!(a_prompt_runs_the_program_once_and_never_in_its_first_run);

/// A program that fails is not run again at each prompt.
fn a_program_that_fails_is_not_run_again_in_each_folder_below(kind: Kind) {
    let world = world("vault");
    let runs = vault(&world, "no JSON");
    scene::allowed(&world, "project", "profile = p\n");
    world.dir("project/below");
    let mut shell = hook_stage::start(kind, &world);
    let screen = shell.run("cd project");
    assert!(screen.text().contains("printed no JSON"), "{}", screen.text());
    shell.run("cd below");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), runs.take().len()), (None, 1));
    world.write("answer.json", LASTING);
    shell.run("awsenv reload");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("AKIALASTING"));
}

each_shell!(a_program_that_fails_is_not_run_again_in_each_folder_below);

/// The program may ask, block or go to the network, and the first run does none of these.
fn the_run_that_may_use_the_network_starts_the_program(kind: Kind) {
    let world = world("vault");
    let (answer, parent) = (world.write("answer.json", LASTING), world.scratch("parent"));
    world.program(
        "vault",
        &format!(
            "#!/bin/sh\ntr '\\0' ' ' </proc/$PPID/cmdline >>'{}'\ncat '{}'\n",
            parent.display(),
            answer.display()
        ),
    );
    scene::allowed(&world, "project", "profile = p\n");
    hook_stage::start(kind, &world).run("cd project");
    let parent = fs::read_to_string(parent).expect("the program ran");
    assert_eq!(parent.matches(" --fetch=1 ").count(), 1, "{parent}");
    assert_eq!(parent.matches(" export ").count(), 1, "{parent}");
}

each_shell!(the_run_that_may_use_the_network_starts_the_program);

fn ctrl_c_ends_the_program_and_leaves_no_account(kind: Kind) {
    let world = world("vault");
    let pid = world.scratch("pid");
    world.program(
        "vault",
        &format!("#!/bin/sh\necho $$ >'{}'\necho asking >&2\nexec sleep 1000\n", pid.display()),
    );
    scene::allowed(&world, "project", "profile = p\n");
    let mut shell = hook_stage::start(kind, &world);
    shell.type_line("cd project");
    shell.wait_for("asking");
    shell.type_keys("\u{3}");
    shell.next_prompt();
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    assert!(pid.exists(), "it ran");
}

each_shell!(ctrl_c_ends_the_program_and_leaves_no_account);

fn reload_asks_the_program_again(kind: Kind) {
    let world = world("vault");
    let runs = vault(&world, &passing());
    scene::allowed(&world, "project", "profile = p\n");
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd project");
    world.write("answer.json", passing().replace("PASSING", "ANEW"));
    shell.run("awsenv reload");
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID").as_deref(), runs.take().len()), (Some("ASIAANEW"), 2));
}

/// They can be another account's: nothing but the program says whose they are.
fn what_a_reload_brings_is_in_every_shell(kind: Kind) {
    let world = world("vault");
    vault(&world, &passing());
    scene::allowed(&world, "project", "profile = p\n");
    let [mut shell, mut other] = [(); 2].map(|()| hook_stage::start(kind, &world));
    shell.run("cd project");
    other.run("cd project");
    world.write("answer.json", passing().replace("PASSING", "ANEW"));
    other.run("awsenv reload");
    shell.run("");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("ASIAANEW"));
}

each_shell!(bash: reload_asks_the_program_again, what_a_reload_brings_is_in_every_shell);
