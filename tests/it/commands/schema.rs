//! `--json`: every field that scripts rely on, in every state; and the account that a `.awsenv` demands.

use std::process::Command;

use awsenv_emulator::Operation::GetCallerIdentity;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::scene::{
    self, DEV_ENTRY, LEGACY_ENTRY, LEGACY_TOKEN, ROLE_ENTRY, SESSION_TOKEN, allowed,
};
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

/// Runs `status --json` in the folder, in which what `export json` says is set, and checks the form of the
/// answer.
fn status(world: &World, folder: &str, code: i32, loaded: &Value) -> Value {
    let mut command = world.command(["status", "--json"]).current_dir(folder).code(code);
    for (name, value) in loaded.as_object().into_iter().flatten() {
        command = command.env(name, value.as_str().expect("nothing was set before"));
    }
    let status = command.run().json();
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&status),
        [
            "account",
            "chosen",
            "credentials",
            "files",
            "guarded",
            "loaded",
            "login",
            "message",
            "overridden",
            "profile",
            "region",
            "role",
            "source",
            "state"
        ]
    );
    assert_eq!(names(&status["region"]), ["from", "value"]);
    assert_eq!(names(&status["credentials"]), ["expires_at", "state"]);
    assert!(["valid", "expired", "missing", "static"].contains(&text(&status["credentials"]["state"])));
    if !status["login"].is_null() {
        assert_eq!(names(&status["login"]), ["expires_at", "refreshable", "session"]);
    }
    for time in [&status["credentials"]["expires_at"], &status["login"]["expires_at"]] {
        if !time.is_null() {
            scene::utc(time);
        }
    }
    for file in status["files"].as_array().expect("an array") {
        assert_eq!(names(file), ["allowed", "path"]);
        assert!(text(&file["path"]).starts_with('/'));
    }
    let quiet = world.command(["status", "--quiet"]).current_dir(folder).unchecked();
    let quiet = loaded
        .as_object()
        .into_iter()
        .flatten()
        .fold(quiet, |quiet, (name, value)| quiet.env(name, text(value)));
    let quiet = quiet.run();
    assert_eq!((quiet.code, &*quiet.stdout, &*quiet.stderr), (code, "", ""));
    status
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Returns what `export json` says in the folder.
fn load(world: &World, folder: &str) -> Value {
    world.command(["export", "json"]).current_dir(folder).env("AWSENV_QUIET", "1").run().json()
}

fn nothing() -> Value {
    json!({})
}

#[test]
fn ready_tells_all_there_is_to_know() {
    let world = scene::signed_in();
    let project = allowed(&world, "p", "profile = dev\nregion = eu-west-3\n");
    let before = status(&world, "p", 0, &nothing());
    let expected = json!({
        "state": "ready", "message": "credentials will be fetched when they are needed",
        "files": [{ "path": project.join(".awsenv"), "allowed": true }],
        "profile": "dev", "account": "111122223333", "role": "Admin",
        "region": { "value": "eu-west-3", "from": ".awsenv" }, "source": "sso",
        "credentials": { "state": "missing", "expires_at": null },
        "login": { "session": "my-sso", "expires_at": before["login"]["expires_at"], "refreshable": false },
        "loaded": false, "overridden": [], "chosen": null, "guarded": false,
    });
    assert_eq!(before, expected);
    assert_eq!(world.emulator().requests(), 0, "nobody is asked");

    let loaded = load(&world, "p");
    let after = status(&world, "p", 0, &loaded);
    assert_eq!((&after["loaded"], &after["message"]), (&true.into(), &"ready".into()));
    assert_eq!(
        after["credentials"],
        json!({ "state": "valid", "expires_at": loaded["AWS_CREDENTIAL_EXPIRATION"] })
    );
    assert_eq!(status(&world, "p", 0, &nothing())["loaded"], false, "another shell");
    // As in `cd ../q && awsenv status --quiet && …`, in a shell that has seen no prompt since.
    allowed(&world, "q", "profile = role\n");
    let still = status(&world, "q", 6, &loaded);
    assert_eq!((&still["state"], &still["loaded"]), (&"ready".into(), &false.into()));
    assert_eq!(still["message"], "this shell still has the profile dev");

    let mut changed = loaded.clone();
    changed["AWS_PROFILE"] = json!("mine");
    changed["AWS_REGION"] = json!("us-east-1");
    let changed = status(&world, "p", 6, &changed);
    assert_eq!(changed["overridden"], json!(["AWS_PROFILE", "AWS_REGION"]));
}

#[test]
fn each_kind_of_profile_has_its_facts() {
    let world = scene::signed_in();
    for (profile, source, account, role, region, from, login) in [
        ("static", "static", json!(null), json!(null), json!("us-west-2"), json!("profile"), json!(null)),
        (
            "role",
            "role",
            json!("123456789012"),
            json!("Dev"),
            json!("eu-north-1"),
            json!("profile"),
            json!(null),
        ),
        (
            "role-over-sso",
            "role",
            json!("444455556666"),
            json!("Deploy"),
            json!("ap-south-1"),
            json!("profile"),
            json!("my-sso"),
        ),
        (
            "dev",
            "sso",
            json!("111122223333"),
            json!("Admin"),
            json!("eu-west-1"),
            json!("profile"),
            json!("my-sso"),
        ),
    ] {
        allowed(&world, "p", &format!("profile = {profile}\n"));
        let status = status(&world, "p", 0, &nothing());
        assert_eq!(
            (&status["source"], &status["account"], &status["role"]),
            (&source.into(), &account, &role)
        );
        assert_eq!(status["region"], json!({ "value": region, "from": from }));
        assert_eq!(status["login"]["session"], login);
        assert_eq!(status["credentials"]["state"], if profile == "static" { "static" } else { "missing" });
    }
}

#[test]
fn login_needed_tells_whose() {
    let world = scene::world();
    let token = scene::sign_in(&world);
    token.write(&world, SESSION_TOKEN, TimeDelta::hours(-1));
    allowed(&world, "p", "profile = dev\n");
    allowed(&world, "q", "profile = legacy\nexport = profile\n");
    let expired = status(&world, "p", 3, &nothing());
    assert_eq!((&expired["state"], &expired["profile"]), (&"login-needed".into(), &"dev".into()));
    assert!(scene::utc(&expired["login"]["expires_at"]) < Utc::now());
    let message = format!("could not load profile `dev`: the login to my-sso ({}) has expired", scene::START);
    assert_eq!(expired["message"], message);
    let missing = status(&world, "q", 3, &nothing());
    assert_eq!(
        missing["login"],
        json!({ "session": scene::START, "expires_at": null, "refreshable": false })
    );

    // Keys that live make no login necessary; the profile alone does.
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    scene::plant_role(&world, LEGACY_ENTRY, TimeDelta::hours(1));
    let ready = status(&world, "p", 0, &nothing());
    assert_eq!((&ready["state"], &ready["credentials"]["state"]), (&"ready".into(), &"valid".into()));
    assert!(scene::utc(&ready["login"]["expires_at"]) < Utc::now());
    status(&world, "q", 3, &nothing());
    token.write(&world, LEGACY_TOKEN, TimeDelta::hours(1));
    status(&world, "q", 0, &nothing());
}

#[test]
fn expired_keys_are_told() {
    let world = scene::signed_in();
    allowed(&world, "p", "profile = dev\n");
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(-1));
    assert_eq!(status(&world, "p", 0, &nothing())["credentials"]["state"], "expired");
}

#[test]
fn blocked_none_and_error_have_no_profile() {
    let world = scene::world();
    let path = world.project("p", "profile = static\n").join(".awsenv");
    let bare = |status: &Value| {
        assert_eq!(
            (&status["profile"], &status["source"], &status["login"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        assert_eq!(status["region"], json!({ "value": null, "from": null }));
        assert_eq!(status["credentials"], json!({ "state": "missing", "expires_at": null }));
    };
    let blocked = status(&world, "p", 4, &nothing());
    bare(&blocked);
    assert_eq!(
        (&blocked["state"], &blocked["files"]),
        (&"blocked".into(), &json!([{ "path": path, "allowed": false }]))
    );
    world.command(["deny", "p"]).unchecked().run();
    assert_eq!(status(&world, "p", 4, &nothing())["state"], "blocked");

    let none = status(&world, ".", 5, &nothing());
    bare(&none);
    assert_eq!((&none["state"], &none["files"]), (&"none".into(), &json!([])));

    world.project("e", "nonsense\n");
    let error = status(&world, "e", 1, &nothing());
    bare(&error);
    assert_eq!((&error["state"], &error["files"][0]["allowed"]), (&"error".into(), &false.into()));
    allowed(&world, "e", "profile = gone\n");
    assert_eq!(status(&world, "e", 1, &nothing())["state"], "error");
}

#[test]
fn a_pinned_environment_is_what_counts() {
    let world = scene::world();
    allowed(&world, "p", "profile = static\n");
    let words = [
        "exec",
        "-p",
        "role",
        "--region",
        "sa-east-1",
        "--",
        crate::harness::world::PROGRAM,
        "status",
        "--json",
    ];
    let status = world.command(words).current_dir("p").run().json();
    assert_eq!(
        (&status["source"], &status["files"], &status["loaded"]),
        (&"exec".into(), &json!([]), &true.into())
    );
    assert_eq!((&status["profile"], &status["region"]["value"]), (&"role".into(), &"sa-east-1".into()));
    assert_eq!(status["credentials"]["state"], "valid");
}

#[test]
fn the_profiles_of_one_login_read_its_token_once() {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = scene::signed_in();
    let more = (0..50).map(|number| {
        format!("[profile p{number}]\nsso_session = my-sso\nsso_account_id = 111122223333\nsso_role_name = R{number}\n")
    });
    world.aws_config(&(scene::read(&world, ".aws/config") + &more.collect::<String>()));
    let log = world.scratch("opened");
    let strace = Command::new("strace")
        .args(["-qq", "-e", "trace=open,openat", "-o"])
        .arg(&log)
        .args([PROGRAM, "profiles"])
        .env_clear()
        .envs(world.env())
        .output();
    let listed = String::from_utf8(strace.expect("strace starts").stdout).expect("UTF-8");
    assert_eq!(listed.lines().filter(|line| line.ends_with("alive")).count(), 52);
    let opened = std::fs::read_to_string(log).expect("strace writes its log");
    assert_eq!(opened.matches(SESSION_TOKEN).count(), 1, "{opened}");
}

#[test]
fn profiles_are_listed_in_the_order_of_the_files() {
    let world = scene::signed_in();
    world.aws_config(&format!(
        "{}\n[profile web]\nrole_arn = arn:aws:iam::444455556666:role/Web\nweb_identity_token_file = t\n\
         [profile process]\ncredential_process = x\n[profile login]\nlogin_session = arn:aws:iam::111122223333:user/a\n\
         [profile broken]\nsso_session = gone\nsso_account_id = 111122223333\nsso_role_name = R\n\
         [profile \"a b\"]\nregion = us-east-1\n",
        scene::read(&world, ".aws/config")
    ));
    world.aws_credentials(&format!(
        "{}[only-here]\naws_access_key_id = AKIAX\naws_secret_access_key = y\n",
        scene::read(&world, ".aws/credentials")
    ));
    let list = world.run(["profiles", "--json"]).json();
    let row = |name: &str, kind: &str, account: Value, role: Value, region: Value, login: Value| json!({ "name": name, "kind": kind, "account": account, "role": role, "region": region, "login": login, "guarded": false });
    let (none, dev) = (Value::Null, json!("111122223333"));
    let expected = [
        row("dev", "sso", dev.clone(), json!("Admin"), json!("eu-west-1"), json!("alive")),
        row("legacy", "sso", dev.clone(), json!("ReadOnly"), none.clone(), json!("none")),
        row("static", "static", none.clone(), none.clone(), json!("us-west-2"), none.clone()),
        row("role", "role", json!("123456789012"), json!("Dev"), json!("eu-north-1"), none.clone()),
        row("role-options", "role", json!("123456789012"), json!("Dev"), json!("eu-north-1"), none.clone()),
        row(
            "role-over-sso",
            "role",
            json!("444455556666"),
            json!("Deploy"),
            json!("ap-south-1"),
            json!("alive"),
        ),
        row("empty", "other", none.clone(), none.clone(), json!("us-east-1"), none.clone()),
        row("process", "process", none.clone(), none.clone(), none.clone(), none.clone()),
        row("login", "login", json!("111122223333"), none.clone(), none.clone(), json!("none")),
        row("broken", "sso", none.clone(), none.clone(), none.clone(), none.clone()),
        row("a b", "other", none.clone(), none.clone(), json!("us-east-1"), none.clone()),
        row("only-here", "static", none.clone(), none.clone(), none.clone(), none.clone()),
    ];
    let list = list.as_array().expect("an array");
    let (web, others): (Vec<_>, Vec<_>) = list.iter().partition(|row| row["name"] == "web");
    assert_eq!(web[0]["kind"], "web-identity");
    assert_eq!(others, expected.iter().collect::<Vec<_>>());

    scene::sign_in(&world).write(&world, SESSION_TOKEN, TimeDelta::seconds(-1));
    assert_eq!(world.run(["profiles", "--json"]).json()[0]["login"], "expired");
    let table = world.run(["profiles"]).stdout;
    assert_eq!(table.lines().count(), 14, "{table}");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn no_aws_files_are_no_profiles() {
    let world = World::new();
    assert_eq!(world.run(["profiles", "--json"]).json(), json!([]));
}

#[test]
fn the_account_that_the_file_demands_is_checked_in_every_mode() {
    for mode in ["both", "keys", "profile"] {
        let world = scene::signed_in();
        scene::sign_in(&world).write(&world, LEGACY_TOKEN, TimeDelta::hours(1));
        for (profile, account) in [
            ("dev", "111122223333"),
            ("legacy", "111122223333"),
            ("role", "123456789012"),
            ("role-over-sso", "444455556666"),
            ("static", "111122223333"),
        ] {
            let folder = |account: &str| {
                allowed(&world, "p", &format!("profile = {profile}\naccount = {account}\nexport = {mode}\n"));
            };
            folder(account);
            let loaded = load(&world, "p");
            assert_eq!(loaded["AWSENV_PROFILE"], profile, "{mode}");
            assert_eq!(loaded.get("AWS_ACCESS_KEY_ID").is_some(), mode != "profile");
            folder("999999999999");
            let stderr = format!(
                "awsenv: error: could not load profile `{profile}`: it belongs to account {account}, and \
                 ~/p/.awsenv:2 demands \
                 account 999999999999\nawsenv: hint: name the right profile, or correct `account` in .awsenv\n"
            );
            let here = |args: &[&str]| world.command(args).current_dir("p").stderr(&*stderr);
            assert_eq!(here(&["export", "json"]).code(1).run().stdout, "{}\n");
            here(&["exec", "--", "/bin/false"]).code(125).run();
            assert_eq!(status(&world, "p", 1, &nothing())["state"], "error");
        }
        assert_eq!(
            world.emulator().count(GetCallerIdentity),
            1,
            "AWS is asked once whose static keys they are"
        );
    }
}

#[test]
fn an_account_is_remembered_per_key() {
    let world = scene::world();
    let folder = allowed(&world, "p", "profile = static\naccount = 111122223333\n");
    let exec = || world.command(["exec", "--", "/bin/true"]).current_dir(&folder);
    exec().run();
    exec().run();
    assert_eq!(world.emulator().requests(), 1);
    assert_eq!(status(&world, "p", 0, &nothing())["account"], "111122223333");
    world.aws_credentials("[static]\naws_access_key_id = AKIAOTHERKEY\naws_secret_access_key = x\n");
    let refused = exec().unchecked().code(125).run();
    assert!(refused.stderr.contains("AWS does not know the access key"), "{refused:?}");
    assert_eq!(world.emulator().requests(), 2);
    assert_eq!(status(&world, "p", 0, &nothing())["account"], Value::Null);
}

#[test]
fn a_role_whose_account_cannot_be_read_is_refused() {
    let world = scene::world();
    world.aws_config(
        "[profile odd]\nrole_arn = not-an-arn\nsource_profile = static\nregion = eu-west-1\n[profile static]\nregion = x-1\n",
    );
    let folder = allowed(&world, "p", "profile = odd\naccount = 111122223333\n");
    let exec = world.command(["exec", "--", "/bin/false"]).current_dir(&folder).unchecked().code(125).run();
    assert!(exec.stderr.starts_with("awsenv: error: could not "), "{exec:?}");
    let export = world.command(["export", "json"]).current_dir(&folder).unchecked().code(1).run();
    assert_eq!(export.stdout, "{}\n");
}

#[test]
fn an_entry_of_another_account_does_not_pass_for_the_demanded_one() {
    let world = scene::world();
    // The AWS CLI's own entry says another account than the role's ARN: the ARN is what was asked for.
    scene::plant_role(&world, ROLE_ENTRY, TimeDelta::hours(1));
    let folder = allowed(&world, "p", "profile = role\naccount = 111122223333\n");
    let exec = world.command(["exec", "--", "/bin/false"]).current_dir(&folder).unchecked().code(125).run();
    assert!(exec.stderr.contains("it belongs to account 123456789012"), "{exec:?}");
}
