//! Whenever the account, role or region of a shell becomes another one, one line says so, wherever that came
//! from; and what a prompt can show of it.

use awsenv_emulator::Account;
use chrono::TimeDelta;

use crate::harness::hook_stage::{self, export, hook_line, launch, start, unset};
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const OTHER: &str = "444455556666";

/// Two accounts with the same role, a login to both, and a folder `p` of the first.
fn world() -> World {
    let world = scene::signed_in();
    world.emulator().with(|state| {
        state.organization.set(Account {
            id: OTHER.to_owned(),
            name: "other".to_owned(),
            email: String::new(),
            roles: ["Admin"].map(str::to_owned).into(),
        });
    });
    scene::allowed(&world, "p", "profile = dev\n");
    world
}

/// The config in which `dev` has this account, role and region.
fn config(world: &World, account: &str, role: &str, region: &str) -> String {
    let config = scene::read(world, ".aws/config");
    let (_, rest) = config.split_once("\n\n").expect("dev stands first");
    format!(
        "[profile dev]\nsso_session = my-sso\nsso_account_id = {account}\nsso_role_name = {role}\n\
         region = {region}\n\n{rest}"
    )
}

/// Asserts that one line is printed, which says this of `dev`.
#[track_caller]
fn assert_told(shell: &mut Shell, line: &str, words: &str) {
    let told = shell.run(line);
    let expected = format!("profile dev now means {words}");
    assert!(told.lines().len() == 1 && told.text().ends_with(&expected), "{told}");
    shell.quietly("");
}

#[track_caller]
fn assert_account(shell: &mut Shell, account: &str, role: &str) {
    let variables = shell.environment();
    let value = |name: &str| variables.get(std::ffi::OsStr::new(name)).and_then(|value| value.to_str());
    assert_eq!((value("AWSENV_ACCOUNT"), value("AWSENV_ROLE")), (Some(account), Some(role)));
    assert_eq!((value("AWSENV_PROFILE"), value("AWSENV_GUARDED")), (Some("dev"), None));
}

fn another_account_role_or_region_is_told_once(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd p");
    assert_account(&mut shell, "111122223333", "Admin");
    let accounts = format!("account {OTHER} (was 111122223333)");
    let back = format!("account 111122223333 (was {OTHER})");
    // At first the role's keys must be fetched, by a second run; afterwards they are cached.
    world.aws_config(&config(&world, OTHER, "Admin", "eu-west-1"));
    assert_told(&mut shell, "", &accounts);
    assert_account(&mut shell, OTHER, "Admin");
    world.aws_config(&config(&world, "111122223333", "Admin", "eu-west-1"));
    assert_told(&mut shell, "", &back);
    let other = world.write("other", config(&world, OTHER, "Admin", "us-east-1"));
    let set = export(kind, "AWS_CONFIG_FILE", other.to_str().expect("UTF-8"));
    assert_told(&mut shell, &set, &format!("{accounts}, region us-east-1 (was eu-west-1)"));
    // In a shell below as well.
    world.write("other", config(&world, "111122223333", "Admin", "us-east-1"));
    assert_told(&mut shell, kind.nested(), &back);
    let told = shell.run("exit");
    assert!(told.text().ends_with(&back), "{told}");
    let unset = unset(kind, "AWS_CONFIG_FILE");
    assert_told(&mut shell, &unset, "region eu-west-1 (was us-east-1)");
    world.aws_config(&config(&world, "111122223333", "ReadOnly", "eu-west-1"));
    assert_told(&mut shell, "awsenv reload", "role ReadOnly (was Admin)");
    assert_account(&mut shell, "111122223333", "ReadOnly");
    // The region of the folder's own file, without a change of the AWS files.
    scene::allowed(&world, "p", "profile = dev\nregion = ap-south-1\n");
    assert_told(&mut shell, "", "region ap-south-1 (was eu-west-1)");
    shell.run("cd ..");
    for name in ["AWSENV_PROFILE", "AWSENV_ACCOUNT", "AWSENV_ROLE", "AWSENV_STATE"] {
        assert_eq!(shell.env(name), None, "{name}");
    }
}

fn other_keys_are_told_where_nobody_knows_their_account(kind: Kind) {
    let world = hook_stage::world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let credentials = scene::read(&world, ".aws/credentials");
    world.aws_credentials(&credentials.replace("AKIADEV", "AKIANEW"));
    assert_told(&mut shell, "", "other keys, of an unknown account");
    let other = world.write("other", &credentials);
    let set = export(kind, "AWS_SHARED_CREDENTIALS_FILE", other.to_str().expect("UTF-8"));
    assert_told(&mut shell, &set, "other keys, of an unknown account");
}

fn a_process_that_prints_another_account_is_told(kind: Kind) {
    let world = World::new();
    let output = |account: &str| {
        format!(
            "{{\"Version\": 1, \"AccessKeyId\": \"ASIA{account}\", \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\", \
             \"Expiration\": \"{}\", \"AccountId\": \"{account}\"}}",
            scene::time_in(TimeDelta::hours(2))
        )
    };
    let file = world.write("keys", output("111122223333"));
    world.aws_config(&format!("[profile dev]\ncredential_process = cat {}\n", file.display()));
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = start(kind, &world);
    shell.run("cd p");
    assert_eq!(shell.env("AWSENV_ACCOUNT").as_deref(), Some("111122223333"));
    shell.quietly("");
    world.write("keys", output(OTHER));
    assert_told(&mut shell, "awsenv reload", &format!("account {OTHER} (was 111122223333)"));
    assert_eq!(shell.env("AWSENV_ACCOUNT").as_deref(), Some(OTHER));
    assert_eq!(shell.env("AWSENV_ROLE"), None);
}

fn every_mode_shows_the_account_and_says_when_it_is_another(kind: Kind) {
    for mode in ["keys", "profile"] {
        let world = world();
        scene::allowed(&world, "p", &format!("profile = dev\nexport = {mode}\n"));
        let mut shell = launch(kind, &world).env("AWSENV_ACCOUNT", "mine").env("AWSENV_QUIET", "1").start();
        shell.run("cd p");
        assert_account(&mut shell, "111122223333", "Admin");
        world.aws_config(&config(&world, OTHER, "Admin", "eu-west-1"));
        assert_told(&mut shell, "", &format!("account {OTHER} (was 111122223333)"));
        assert_account(&mut shell, OTHER, "Admin");
        shell.quietly("cd ..");
        assert_eq!(shell.env("AWSENV_ACCOUNT").as_deref(), Some("mine"));
    }
}

fn what_is_displayed_decides_nothing(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd p");
    let before = shell.env("AWS_SESSION_TOKEN");
    for (name, value) in [("AWSENV_ACCOUNT", OTHER), ("AWSENV_ROLE", "Mine"), ("AWSENV_PROFILE", "mine")] {
        shell.quietly(&export(kind, name, value));
    }
    assert_account(&mut shell, "111122223333", "Admin");
    assert_eq!(shell.env("AWS_SESSION_TOKEN"), before);
    // A user's override takes it out.
    shell.run(&export(kind, "AWS_PROFILE", "mine"));
    for name in ["AWSENV_PROFILE", "AWSENV_ACCOUNT", "AWSENV_ROLE"] {
        assert_eq!(shell.env(name), None, "{name}");
    }
}

fn what_is_displayed_alone_is_no_sign_of_anything_loaded(kind: Kind) {
    let world = hook_stage::world();
    let own = hook_stage::variables(&[("AWS_ACCESS_KEY_ID", "AKIAOWN"), ("AWSENV_PROFILE", "theirs")]);
    let mut launch = launch(kind, &world);
    for (name, value) in &own {
        launch = launch.env(name, value);
    }
    let mut shell = launch.start();
    shell.quietly("");
    assert_eq!(hook_stage::aws(&mut shell), own);
    shell.run("cd a");
    shell.run("cd ..");
    assert_eq!(hook_stage::aws(&mut shell), own);
}

fn a_guarded_profile_is_shown_as_one(kind: Kind) {
    let world = world();
    world.write(".config/awsenv/config", "confirm = d*v\n");
    let mut shell = Shell::launch(kind, &world).rc(hook_line(kind)).start();
    shell.type_line("cd p");
    shell.wait_for("Type yes:");
    shell.type_keys("yes\r");
    shell.next_prompt();
    assert_eq!(shell.env("AWSENV_GUARDED").as_deref(), Some("1"));
    // The settings decide, at once.
    world.write(".config/awsenv/config", "");
    shell.run("");
    assert_eq!(shell.env("AWSENV_GUARDED"), None);
}

fn an_override_is_called_one(kind: Kind) {
    let world = hook_stage::world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run(&export(kind, "AWS_PROFILE", "ops"));
    let told = shell.run("awsenv status");
    let lines = told.lines();
    assert_eq!(lines[..2], ["state       overridden", "because     AWS_PROFILE was set by hand"]);
    assert!(lines.contains(&"awsenv: hint: run `awsenv reload` to load dev again"), "{told}");
    shell.run("awsenv reload");
    assert!(shell.run("awsenv status").text().starts_with("state       ready\n"));
}

each_shell!(
    every:
    another_account_role_or_region_is_told_once,
    other_keys_are_told_where_nobody_knows_their_account,
    a_process_that_prints_another_account_is_told,
    what_is_displayed_decides_nothing,
    what_is_displayed_alone_is_no_sign_of_anything_loaded,
    an_override_is_called_one,
);

each_shell!(every_mode_shows_the_account_and_says_when_it_is_another, a_guarded_profile_is_shown_as_one);

#[test]
fn commands_have_it_and_files_for_other_tools_do_not() {
    let world = world();
    let variables = scene::exec(&world, &["-p", "dev"]);
    assert_eq!((&*variables["AWSENV_ACCOUNT"], &*variables["AWSENV_ROLE"]), ("111122223333", "Admin"));
    assert!(!variables.contains_key("AWSENV_GUARDED"));
    let role = "arn:aws:iam::123456789012:role/Dev";
    let variables = scene::exec(&world, &["-p", "static", "--role-arn", role]);
    assert_eq!((&*variables["AWSENV_ACCOUNT"], &*variables["AWSENV_ROLE"]), ("123456789012", "Dev"));
    for format in ["dotenv", "github-actions"] {
        let text = world.command(["export", format]).current_dir("p").run().stdout;
        assert!(text.contains("AWS_ACCESS_KEY_ID") && !text.contains("AWSENV_"), "{text}");
    }
    let json = world.command(["export", "json"]).current_dir("p").unchecked().run().json();
    assert_eq!((&json["AWSENV_ACCOUNT"], &json["AWSENV_ROLE"]), (&"111122223333".into(), &"Admin".into()));
    let status = world.command(["exec", "-p", "dev", "--", "awsenv", "status", "--json"]).run().json();
    assert_eq!(status["region"], serde_json::json!({ "value": "eu-west-1", "from": "profile" }));
    let words = ["exec", "-p", "dev", "--region", "us-east-2", "--", "awsenv", "status", "--json"];
    assert_eq!(world.command(words).run().json()["region"]["from"], "flag");
    let status = world.command(["exec", "--", "awsenv", "status", "--json"]).current_dir("p").run().json();
    assert_eq!(status["region"]["from"], "profile");
}
