//! A `.awsenv` that a team can commit: account and role in place of a profile's name.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use awsenv_emulator::Operation::GetRoleCredentials;
use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::login_stage as stage;
use crate::harness::scene::{self, DEV_ENTRY, SESSION_TOKEN};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const ADMIN: &str = "account = 111122223333\nrole = Admin\n";
const IS_DEV: &str = "111122223333/Admin is your profile `dev`: the only one with this account and role";

/// The role that no profile has: `legacy`, which has the same account and role, belongs to no session.
const UNWRITTEN: &str = "account = 111122223333\nrole = ReadOnly\nsso_session = my-sso\nregion = eu-west-3\n";
const IS_UNWRITTEN: &str = "111122223333/ReadOnly: no profile has this account and role, so its keys come from the SSO \
                            session my-sso, which `sso_session` names";
const COMMAND: &str = "awsenv configure sso --sso-session my-sso --account 111122223333 --role ReadOnly";

fn told(world: &World, folder: &Path, args: &[&str]) -> String {
    world.shown(&world.command(args).current_dir(folder).unchecked().code(0).run().stderr)
}

#[test]
fn an_account_and_role_become_the_user_s_own_profile() {
    let world = scene::signed_in();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let project = world.project("p", ADMIN);
    let blocked =
        world.command(["exec", "--", "/bin/true"]).current_dir(&project).unchecked().code(125).run();
    assert!(
        blocked.stderr.contains(
            "p/.awsenv is not allowed yet (account 111122223333, role Admin); run `awsenv allow`\n"
        ),
        "{}",
        blocked.stderr
    );
    let allowed = format!(
        "awsenv: allowed ~/p/.awsenv: dev, account 111122223333, role Admin, eu-west-1, SSO session my-sso ({}); \
         {IS_DEV}\n",
        scene::START
    );
    assert_eq!(told(&world, &project, &["allow"]), allowed);
    let run = world.command(["exec", "--", "/usr/bin/env"]).current_dir(&project);
    let run = run.stderr(format!("awsenv: {IS_DEV}\n")).run();
    let env = scene::variables(&run);
    assert_eq!(
        [&env["AWS_PROFILE"], &env["AWSENV_PROFILE"], &env["AWS_REGION"]],
        ["dev", "dev", "eu-west-1"]
    );
    assert_eq!(env["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    let quiet = world.command(["exec", "--", "/bin/true"]).current_dir(&project).env("AWSENV_QUIET", "1");
    quiet.run();

    let status = world.command(["status", "--json"]).current_dir(&project).run().json();
    assert_eq!([&status["profile"], &status["chosen"], &status["source"]], ["dev", IS_DEV, "sso"]);
    let status = world.command(["status"]).current_dir(&project).run().stdout;
    assert!(status.contains(&format!("chosen      {IS_DEV}\n")), "{status}");
    let doctor = world.command(["doctor", "--json", "--offline"]).current_dir(&project).env("PWD", &project);
    let doctor = doctor.unchecked().run().json();
    let folder = doctor.as_array().and_then(|all| all.iter().find(|finding| finding["check"] == "folder"));
    assert_eq!(folder.map(|finding| &finding["finding"]), Some(&IS_DEV.into()));
    let export = world.command(["export", "json"]).current_dir(&project).unchecked().run().json();
    assert_eq!(export["AWS_PROFILE"], "dev");
    let whoami = world.command(["login"]).current_dir(&project).unchecked().code(0).run();
    assert!(whoami.stderr.contains("the login to my-sso is alive"), "{}", whoami.stderr);
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn the_file_s_region_chooses_among_profiles_and_a_change_of_the_files_chooses_again() {
    let world = scene::signed_in();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let project = scene::allowed(&world, "p", &format!("{ADMIN}region = eu-west-2\n"));
    let profile = || {
        let status = world.command(["status", "--json"]).current_dir(&project).unchecked().run().json();
        status["profile"].as_str().map(str::to_owned)
    };
    assert_eq!(profile().as_deref(), Some("dev"));
    let config = scene::read(&world, ".aws/config");
    let second = "[profile second]\nsso_session = my-sso\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-2\n";
    world.aws_config(&format!("{config}\n{second}"));
    assert_eq!(profile().as_deref(), Some("second"));
    world.aws_config(&format!("{config}\n{}", second.replace("eu-west-2", "eu-west-4")));
    assert_eq!(profile().as_deref(), Some("dev"));
    // A prompt does not choose again as long as the files are the same.
    let hook = ["export", "bash", "--hook=1", "--features=ns,epoch", "--pid=1"];
    let hook = world.command(hook).current_dir(&project).env("PWD", &project).env("AWSENV_LOG", "debug");
    let told = hook.unchecked().run().stderr;
    let unchanged = "the AWS files are unchanged since 111122223333/Admin was resolved";
    assert!(told.contains(unchanged) && !told.contains("resolved from"), "{told}");
    assert!(told.contains("111122223333/Admin is your profile `dev`: the first of 2 with"), "{told}");
}

#[test]
fn without_a_profile_the_role_is_fetched_as_it_is() {
    let world = scene::signed_in();
    let project = world.project("p", UNWRITTEN);
    let allowed = format!(
        "awsenv: allowed ~/p/.awsenv: 111122223333/ReadOnly, eu-west-3, SSO session my-sso ({}); {IS_UNWRITTEN}\n",
        scene::START
    );
    assert_eq!(told(&world, &project, &["allow"]), allowed);
    let hint = format!("awsenv: {IS_UNWRITTEN}\nawsenv: hint: run `{COMMAND}` to create a profile for it\n");
    let exec = || world.command(["exec", "--", "/usr/bin/env"]).current_dir(&project);
    let env = scene::variables(&exec().stderr(&hint).run());
    assert_eq!(env.get("AWS_PROFILE"), None);
    assert_eq!([&env["AWSENV_PROFILE"], &env["AWS_REGION"]], ["111122223333/ReadOnly", "eu-west-3"]);
    assert_eq!(scene::variables(&exec().stderr(&hint).run())["AWS_ACCESS_KEY_ID"], env["AWS_ACCESS_KEY_ID"]);
    assert_eq!(world.emulator().count(GetRoleCredentials), 1);

    let status = || world.command(["status", "--json"]).current_dir(&project).run().json();
    let shown = status();
    assert_eq!([&shown["account"], &shown["role"], &shown["state"]], ["111122223333", "ReadOnly", "ready"]);
    assert_eq!((&shown["profile"], &shown["chosen"]), (&serde_json::Value::Null, &IS_UNWRITTEN.into()));
    let inside = world.command(["exec", "--", "awsenv", "status", "--json"]).current_dir(&project);
    let inside = inside.stderr(&hint).run().json();
    assert_eq!(
        [&inside["account"], &inside["role"], &inside["source"]],
        ["111122223333", "ReadOnly", "exec"]
    );
    let export = world.command(["export", "json"]).current_dir(&project).unchecked().code(0).run().json();
    assert_eq!(export["AWS_ACCESS_KEY_ID"], env["AWS_ACCESS_KEY_ID"].as_str());
    assert_eq!(export.get("AWS_PROFILE"), None);
    let whoami = world.command(["whoami", "--json"]).current_dir(&project).run().json();
    assert_eq!(whoami["account"], "111122223333");

    // The cache is that of the AWS CLI, and a renewal and a logout find it.
    let [entry] = &stage::files(&world, ".aws/cli/cache")[..] else { panic!("one entry") };
    let words = ["renew", "--account", "111122223333", "--role", "ReadOnly", "--sso-session", "my-sso"];
    world.run(words);
    let renewed = scene::variables(&exec().stderr(&hint).run());
    assert_ne!(renewed["AWS_ACCESS_KEY_ID"], env["AWS_ACCESS_KEY_ID"]);
    let login = world.command(["login"]).current_dir(&project).unchecked().code(0).run();
    assert!(login.stderr.contains("the login to my-sso is alive"), "{}", login.stderr);
    world.command(["logout"]).current_dir(&project).stderr("awsenv: logged out of my-sso\n").run();
    assert!(!world.at(".aws/cli/cache").join(entry).exists());
    let needed = world.command(["status"]).current_dir(&project).unchecked().code(3).run();
    assert!(
        needed.stderr.contains("awsenv: hint: run `awsenv login --sso-session my-sso`"),
        "{}",
        needed.stderr
    );
}

#[test]
fn the_command_in_the_hint_writes_the_profile() {
    let world = scene::signed_in();
    let project = scene::allowed(&world, "p", &format!("{UNWRITTEN}export = profile\n"));
    let error = format!(
        "awsenv: error: could not load 111122223333/ReadOnly: no profile has this account and role, and `export = profile` \
         needs one\nawsenv: hint: run `{COMMAND}`\n"
    );
    let exec = || world.command(["exec", "--", "/usr/bin/env"]).current_dir(&project);
    let told = exec().code(125).unchecked().run().stderr;
    assert!(told.ends_with(&error), "{told}");
    let hook = ["export", "bash", "--hook=1", "--features=ns,epoch", "--pid=1"];
    let hook = world.command(hook).current_dir(&project).env("PWD", &project).unchecked().run();
    assert!(hook.stderr.ends_with(&error), "{}", hook.stderr);
    assert_eq!(world.emulator().requests(), 0);

    let words: Vec<&str> = COMMAND.split(' ').skip(1).collect();
    world.command(words).unchecked().code(0).run();
    let env = scene::variables(&exec().unchecked().code(0).run());
    assert_eq!(env["AWS_PROFILE"], "acme-dev-ReadOnly");
    assert!(!env.contains_key("AWS_ACCESS_KEY_ID"));
}

#[test]
fn every_demand_of_every_file_holds() {
    let world = scene::signed_in();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let refused = |outer: &str, inner: &str| {
        scene::allowed(&world, "o", outer);
        let folder = scene::allowed(&world, "o/i", inner);
        let run = world.command(["exec", "--", "/bin/true"]).current_dir(&folder).env("AWSENV_QUIET", "1");
        let run = run.unchecked().run();
        let text = world.shown(&run.stderr).replace("awsenv: error: could not load ", "");
        let line = text.lines().next().unwrap_or_default().to_owned();
        assert_eq!(run.code == 0, line.is_empty(), "{line}");
        line
    };
    let (outer, inner) = ("~/o/.awsenv", "~/o/i/.awsenv");
    let dev = "profile = dev\naccount = 444455556666\n";
    let account = format!("it belongs to account 111122223333, and {outer}:2 demands account 444455556666");
    assert_eq!(refused(dev, "account = 111122223333\n"), format!("profile `dev`: {account}"));
    assert_eq!(
        refused("profile = dev\nrole = Admin\nsso_session = my-sso\n", "role = ReadOnly\n"),
        format!("profile `dev`: its role is Admin, and {inner}:1 demands role ReadOnly")
    );
    assert_eq!(
        refused("profile = legacy\n", "sso_session = my-sso\n"),
        format!("profile `legacy`: it belongs to no SSO session, and {inner}:1 demands SSO session my-sso")
    );
    assert_eq!(
        refused("profile = static\n", "role = Admin\n"),
        format!("profile `static`: its role is not known, and {inner}:1 demands role Admin")
    );
    assert_eq!(
        refused(ADMIN, "sso_session = other\n"),
        format!("profile `dev`: its SSO session is my-sso, and {inner}:1 demands SSO session other")
    );
    // A file with account and role names a target, and starts afresh.
    assert_eq!(refused(dev, ADMIN), "");
    assert_eq!(refused(ADMIN, "account = 111122223333\nregion = eu-west-2\n"), "");

    // Everybody who looks says so, and nobody is asked to confirm what would be refused.
    refused(dev, "account = 111122223333\n");
    let folder = world.at("o/i");
    let command = |args: &[&str]| world.command(args).current_dir(&folder).env("PWD", &folder).unchecked();
    let status = command(&["status", "--json"]).code(1).run().json();
    assert_eq!(
        world.told(status["message"].as_str().expect("text")),
        format!("could not load profile `dev`: {account}")
    );
    let doctor = command(&["doctor", "--offline"]).run().stdout;
    assert!(doctor.contains(&account.replace("<world>/home", "~")), "{doctor}");
    assert!(world.shown(&command(&["allow"]).code(0).run().stderr).contains(&account));
    for args in [&["exec", "--", "/bin/true"][..], &["export", "json"]] {
        let told = command(args).env("AWSENV_CONFIRM", "dev").run().stderr;
        assert!(world.shown(&told).contains(&account), "{told}");
    }
}

#[test]
fn a_role_can_be_named_on_the_command_line() {
    let world = scene::signed_in();
    let role = ["--account", "111122223333", "--role", "ReadOnly", "--sso-session", "my-sso"];
    let run = |command: &str, more: &[&str], code: i32| {
        let words = [command].into_iter().chain(role).chain(more.iter().copied());
        world.command(words).env("AWSENV_QUIET", "1").unchecked().code(code).run()
    };
    let env = scene::variables(&run("exec", &["--region", "eu-west-9", "--", "/usr/bin/env"], 0));
    assert_eq!([&env["AWSENV_PROFILE"], &env["AWS_REGION"]], ["111122223333/ReadOnly", "eu-west-9"]);
    let process = run("credential-process", &[], 0);
    assert_eq!(process.json()["AccessKeyId"], env["AWS_ACCESS_KEY_ID"].as_str());
    assert_eq!((process.json()["AccountId"].as_str(), process.stderr.as_str()), (Some("111122223333"), ""));
    assert_eq!(run("whoami", &["--json", "--region", "eu-west-9"], 0).json()["account"], "111122223333");
    assert_eq!(world.emulator().count(GetRoleCredentials), 1);
    // A role that is assumed from there.
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let over = |name: &str, code: i32| {
        let arn = arn(name);
        run("exec", &["--region", "eu-west-9", "--role-arn", &arn, "--", "/usr/bin/env"], code)
    };
    let env = scene::variables(&over("Dev", 0));
    assert_eq!([&env["AWSENV_ACCOUNT"], &env["AWSENV_ROLE"]], ["123456789012", "Dev"]);
    let told = over("Nobody", 125).stderr;
    assert!(told.starts_with("awsenv: error: could not load 111122223333/ReadOnly: "), "{told}");
    // What cannot be meant.
    let usage = |args: &[&str], code: i32, part: &str| {
        let run = world.command(args).unchecked().code(code).run();
        assert!(run.stderr.contains(part), "{}", run.stderr);
    };
    let exec = |args: &[&str], part: &str| {
        usage(&[&["exec"], args, &["--", "/bin/true"]].concat(), 125, part);
    };
    exec(&["--account", "111122223333"], "--role");
    exec(&["-p", "dev", "--account", "111122223333", "--role", "Admin"], "cannot be used with");
    exec(&["--account", "1111-2222-3333", "--role", "Admin"], "12 digits, without dashes");
    exec(&["--account", "111122223333", "--role", "a/b"], "last part of the role's ARN");
    exec(
        &["--account", "111122223333", "--role", "Admin", "--sso-session", "gone"],
        "nor the SSO session `gone`\nawsenv: hint: run `awsenv configure sso --sso-session gone --account 111122223333 --role Admin`",
    );
    usage(&["credential-process"], 2, "--profile");
    let inside = ["--confirm", "111122223333", "--", "awsenv", "status", "--json"];
    let words = ["exec"].into_iter().chain(role).chain(inside);
    let status = world.command(words).env("AWSENV_CONFIRM", "*/ReadOnly").unchecked().code(0).run().json();
    assert_eq!((&status["guarded"], &status["profile"]), (&true.into(), &().into()), "{status}");
}

#[test]
fn init_writes_what_a_team_can_commit() {
    let world = scene::signed_in();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let file = |folder: &str, args: &[&str], code: i32| {
        let folder = world.dir(folder);
        let words = ["init", "--team"].iter().chain(args);
        let told = world.command(words).current_dir(&folder).unchecked().code(code).run().stderr;
        (world.shown(&told), fs::read_to_string(folder.join(".awsenv")).unwrap_or_default())
    };
    let (told, content) = file("a", &["dev"], 0);
    assert_eq!(told, "awsenv: made ~/a/.awsenv with 111122223333/Admin, and allowed it\n");
    assert_eq!(content, format!("{ADMIN}region = eu-west-1\n"));
    let env = world.command(["exec", "--", "/usr/bin/env"]).current_dir("a").env("AWSENV_QUIET", "1").run();
    assert_eq!(scene::variables(&env)["AWS_PROFILE"], "dev");
    let (_, content) = file("b", &["role", "--region", "eu-west-2"], 0);
    assert_eq!(content, "account = 123456789012\nrole = Dev\nregion = eu-west-2\n");
    let (told, content) = file("c", &["static"], 1);
    assert!(told.contains("could not use `--team` with profile `static`"), "{told}");
    assert_eq!(content, "");
    let config = scene::read(&world, ".aws/config");
    let twin = "[sso-session twin]\nsso_start_url = https://twin/start\nsso_region = eu-west-1\n\
                [profile twin]\nsso_session = twin\nsso_account_id = 111122223333\nsso_role_name = Admin\n";
    world.aws_config(&format!("{config}\n{twin}"));
    let (_, content) = file("d", &["twin"], 0);
    assert_eq!(content, format!("{ADMIN}sso_session = twin\n"));
    let second =
        "[profile second]\nsso_session = my-sso\nsso_account_id = 111122223333\nsso_role_name = Admin\n";
    world.aws_config(&format!("{config}\n{second}"));
    let (told, _) = file("e", &["second"], 0);
    let other =
        "awsenv: 111122223333/Admin is your profile `dev`: the first of 2 with this account and role\n";
    assert!(told.starts_with(other), "{told}");
}

fn a_folder_without_a_profile_loads_in_every_shell(kind: Kind) {
    let world = scene::world();
    scene::allowed(&world, "p", UNWRITTEN);
    scene::allowed(&world, "dev", ADMIN);
    let token = scene::sign_in(&world);
    token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    let mut shell = Shell::launch(kind, &world).rc(hook_stage::hook_line(kind)).start();
    let told = shell.run("cd ~/p").text().to_owned();
    let entered = "awsenv: 111122223333/ReadOnly, eu-west-3, ";
    let hint = format!("\nawsenv: hint: run `{COMMAND}` to create a profile for it");
    assert!(told.starts_with(entered) && told.ends_with(&hint), "{told}");
    assert_eq!(
        (shell.env("AWS_PROFILE"), shell.env("AWSENV_PROFILE").as_deref()),
        (None, Some("111122223333/ReadOnly"))
    );
    let key = shell.env("AWS_ACCESS_KEY_ID");
    assert!(key.is_some());
    shell.quietly("");
    let told = shell.run("awsenv reload").text().to_owned();
    assert!(told.starts_with(entered), "{told}");
    let told = shell.run("cd ~/dev").text().to_owned();
    assert!(told.starts_with("awsenv: dev, account 111122223333, role Admin, eu-west-1"), "{told}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    assert_ne!(shell.env("AWS_ACCESS_KEY_ID"), key);
    assert_eq!(shell.run("cd ~"), "awsenv: left dev");
    assert_eq!((shell.env("AWSENV_PROFILE"), shell.env("AWS_ACCESS_KEY_ID")), (None, None));
}

each_shell!(every: a_folder_without_a_profile_loads_in_every_shell);

/// Returns the path of the keys of [`UNWRITTEN`] in the cache.
fn unwritten_entry(world: &World) -> PathBuf {
    let role = "exec --account 111122223333 --role ReadOnly --sso-session my-sso -- /bin/true";
    world.command(role.split(' ')).env("AWSENV_QUIET", "1").run();
    let [entry] = &stage::files(world, ".aws/cli/cache")[..] else { panic!("one entry") };
    world.at(".aws/cli/cache").join(entry)
}

#[test]
fn a_prompt_renews_the_keys_of_a_role_without_a_profile() {
    let world = scene::signed_in();
    scene::allowed(&world, "p", UNWRITTEN);
    let path = unwritten_entry(&world);
    let key = path.file_stem().and_then(|name| name.to_str()).expect("a digest").to_owned();
    scene::plant_role(&world, &key, TimeDelta::minutes(10));
    // Fetched 50 minutes ago.
    let file = fs::File::options().write(true).open(&path).expect("the file is ours");
    let fetched = SystemTime::now() - Duration::from_mins(50);
    file.set_times(fs::FileTimes::new().set_modified(fetched)).expect("the file is ours");
    world.emulator().reset_log();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("ASIAPLANTED"));
    let renewed = world
        .emulator()
        .wait_for(stage::PATIENCE, |state| (state.log.succeeded(GetRoleCredentials) == 1).then_some(()));
    assert!(renewed.is_some());
}

fn a_login_at_the_prompt_is_that_of_the_session(kind: Kind) {
    let world = stage::world();
    scene::allowed(&world, "p", UNWRITTEN);
    let mut shell = hook_stage::launch(kind, &world).env("AWSENV_LOGIN", "never").start();
    let told = shell.run("cd p").text().to_owned();
    let error = format!(
        "awsenv: error: could not load 111122223333/ReadOnly: you are not logged in to my-sso ({})",
        scene::START
    );
    assert_eq!(told, format!("{error}\nawsenv: hint: run `awsenv login --sso-session my-sso`"));
    assert_eq!(shell.env("AWSENV_PROFILE"), None);
    shell.run("awsenv login --sso-session my-sso");
    let told = shell.run("").text().to_owned();
    assert!(
        told.is_empty() && shell.env("AWSENV_PROFILE").as_deref() == Some("111122223333/ReadOnly"),
        "{told}"
    );
}

each_shell!(bash: a_login_at_the_prompt_is_that_of_the_session);
