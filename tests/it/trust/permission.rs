//! `allow`, `deny` and trusted folders: which `.awsenv` may choose the account.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use serde_json::Value;

use crate::harness::scene::{self, allowed};
use crate::harness::world::World;

const NOBODY: u32 = 65534;

/// Returns the state that `status` sees in the folder.
fn state(world: &World, folder: impl AsRef<Path>) -> String {
    let status = world.command(["status", "--json"]).current_dir(folder).unchecked().run();
    let json = status.json();
    let state = json["state"].as_str().expect("a state").to_owned();
    let code = match state.as_str() {
        "ready" => 0,
        "login-needed" => 3,
        "blocked" => 4,
        "none" => 5,
        _ => 1,
    };
    assert_eq!(status.code, code, "{json}");
    state
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn permission_is_for_one_content_in_one_folder() {
    let world = scene::world();
    let project = world.project("p", "profile = static\n");
    assert_eq!(state(&world, "p"), "blocked");
    let turned_on = "awsenv: allowed ~/p/.awsenv: static, us-west-2\n";
    world.command(["allow"]).current_dir(&project).stderr(turned_on).run();
    assert_eq!(state(&world, "p"), "ready");
    assert_eq!(state(&world, world.dir("p/src/deep")), "ready");

    world.project("p", "profile = role\n");
    assert_eq!(state(&world, "p"), "blocked");
    world.project("p", "profile = static\n");
    assert_eq!(state(&world, "p"), "ready", "what was allowed once is known");
    world.project("p", "profile = static\n\n");
    assert_eq!(state(&world, "p"), "blocked", "one byte more is another content");

    world.project("copy", "profile = static\n");
    assert_eq!(state(&world, "copy"), "blocked");
    world.project("p", "profile = static\n");
    fs::rename(&project, world.at("moved")).expect("it is there");
    assert_eq!(state(&world, "moved"), "blocked");
}

#[test]
fn a_link_to_the_folder_is_the_folder_and_a_link_to_the_file_is_not_the_file() {
    let world = scene::world();
    let project = allowed(&world, "p", "profile = static\n");
    symlink(&project, world.at("link")).expect("the world can be written");
    let status = world.command(["status", "--json"]).current_dir("link").env("PWD", world.at("link"));
    assert_eq!(status.run().json()["state"], "ready");
    symlink(project.join(".awsenv"), world.dir("other").join(".awsenv")).expect("the world can be written");
    assert_eq!(state(&world, "other"), "blocked");
    // Allowed as what it is, it asks again when the file behind it changes.
    world.command(["allow", "other"]).unchecked().code(0).run();
    assert_eq!(state(&world, "other"), "ready");
    world.project("p", "profile = role\n");
    assert_eq!(state(&world, "other"), "blocked");
}

#[test]
fn a_denial_is_silent_whatever_the_file_says() {
    let world = scene::world();
    let project = allowed(&world, "p", "profile = static\n");
    world.command(["deny"]).current_dir(&project).stderr("awsenv: denied ~/p/.awsenv\n").run();
    for content in ["profile = static\n", "profile = role\n", "nonsense\n"] {
        world.project("p", content);
        let export = || world.command(["export", "json"]).current_dir(&project).env("AWS_PROFILE", "mine");
        assert_eq!(export().run().stdout, "{}\n");
        assert_eq!(state(&world, "p"), "blocked");
    }
    let stderr = "awsenv: error: ~/p/.awsenv is denied (profile static); run `awsenv allow`\n";
    world.project("p", "profile = static\n");
    world.command(["exec", "--", "/bin/false"]).current_dir(&project).code(125).stderr(stderr).run();
    world.command(["allow", "p"]).unchecked().code(0).run();
    assert_eq!(state(&world, "p"), "ready");
}

#[test]
fn a_file_that_is_denied_before_it_was_ever_read_needs_no_content() {
    let world = scene::world();
    world.project("p", "[broken\n");
    world.command(["deny", "p"]).stderr("awsenv: denied ~/p/.awsenv\n").run();
    assert_eq!(world.command(["export", "json"]).current_dir("p").run().stdout, "{}\n");
}

#[test]
fn every_file_that_takes_part_needs_its_own_permission() {
    let world = scene::world();
    world.project("org", "profile = static\n");
    world.project("org/team", "account = 111122223333\n");
    let repo = world.project("org/team/repo", "region = eu-west-3\n");
    let allow = |stderr: &str| world.command(["allow"]).current_dir(&repo).stderr(stderr).run();
    let also = |folder: &str| {
        format!(
            "awsenv: ~/{folder}/.awsenv counts here too, and is not allowed yet\n\
             awsenv: hint: run `awsenv allow ~/{folder}`\n"
        )
    };
    let first = "awsenv: allowed ~/org/team/repo/.awsenv: static, eu-west-3\n";
    allow(&format!("{first}{}{}", also("org/team"), also("org")));
    assert_eq!(state(&world, &repo), "blocked");
    world.command(["allow", "org"]).unchecked().code(0).run();
    assert_eq!(state(&world, &repo), "blocked");
    allow(&format!("{first}{}", also("org/team")));
    world.command(["allow", "org/team/.awsenv"]).unchecked().code(0).run();
    let status = world.command(["status", "--json"]).current_dir(&repo).run().json();
    let files = status["files"].as_array().expect("files").iter();
    let files: Vec<_> =
        files.map(|file| (world.told(file["path"].as_str().expect("a path")), &file["allowed"])).collect();
    let path = |folder: &str| (format!("~/{folder}/.awsenv"), &Value::Bool(true));
    assert_eq!(files, [path("org/team/repo"), path("org/team"), path("org")]);

    world.command(["deny", "org/team"]).unchecked().run();
    assert_eq!(
        world.command(["export", "json"]).current_dir(&repo).run().stdout,
        "{}\n",
        "one denial silences all"
    );
}

#[test]
fn allow_says_what_is_turned_on() {
    let world = scene::world();
    let cases = [
        ("profile = dev\n", "dev, account 111122223333, role Admin, eu-west-1"),
        ("profile = role\nregion = us-east-2\n", "role, account 123456789012, role Dev, us-east-2"),
    ];
    for (content, turned_on) in cases {
        world.project("p", content);
        let stderr = format!("awsenv: allowed ~/p/.awsenv: {turned_on}\n");
        world.command(["allow", "p"]).stderr(stderr).run();
    }
}

#[test]
fn allow_and_deny_tell_every_shell_to_look_again() {
    let world = scene::world();
    world.project("p", "profile = static\n");
    let mut seen = std::collections::BTreeSet::new();
    for command in ["allow", "allow", "deny", "deny", "allow"] {
        world.command([command, "p"]).unchecked().code(0).run();
        let files = fs::read_dir(world.at(".local/state/awsenv/generations")).unwrap();
        let [name] = &*files.map(|file| file.unwrap().file_name()).collect::<Vec<_>>() else {
            panic!("there is one file")
        };
        assert!(seen.insert(name.clone()));
    }
    let private = |path: &str, mode: u32| {
        let found = fs::metadata(world.at(path)).expect("it is there").permissions().mode();
        assert_eq!(found & 0o777, mode, "{path}");
    };
    private(".local/state/awsenv", 0o700);
    private(".local/state/awsenv/allow", 0o700);
    private(".local/state/awsenv/generations", 0o700);
}

#[test]
fn many_who_allow_and_deny_at_once_leave_whole_files() {
    let world = World::new();
    world.aws_config("[profile dev]\nregion = eu-west-1\n");
    let dir = world.project("p", "profile = dev\n");
    std::thread::scope(|scope| {
        for number in 0..16 {
            let command = if number % 2 == 0 { "allow" } else { "deny" };
            let (world, dir) = (&world, &dir);
            scope.spawn(move || {
                let run = world.command([command.as_ref(), dir.as_os_str()]).unchecked().run();
                assert_eq!(run.code, 0, "{command}: {}", run.stderr);
            });
        }
    });
    // Whoever was last, it is either, and the next word counts.
    for command in ["allow", "deny", "allow"] {
        world.command([command.as_ref(), dir.as_os_str()]).unchecked().code(0).run();
        let blocked = state(&world, "p") == "blocked";
        assert_eq!(blocked, command == "deny", "{command}");
    }
    let left = |folder: &str| {
        let entries = fs::read_dir(world.at(".local/state/awsenv").join(folder)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name()).collect::<Vec<_>>()
    };
    assert_eq!(left("deny").len(), 0, "{:?}", left("deny"));
    assert_eq!(left("allow").len(), 1, "{:?}", left("allow"));
}

#[test]
fn what_cannot_be_allowed_is_named() {
    let world = scene::world();
    world.write("p/other", "profile = static\n");
    world.project("broken", "porfile = static\n");
    world.dir("empty");
    fs::create_dir_all(world.at("folder/.awsenv")).expect("the world can be written");
    let cases = [
        (
            vec!["allow"],
            "could not find a .awsenv here or in any folder above",
            "run `awsenv init PROFILE` to make one",
        ),
        (
            vec!["allow", "empty"],
            "could not find ~/empty/.awsenv",
            "write it first, for example `profile = acme-dev`",
        ),
        (
            vec!["allow", "p/other"],
            "could not use ~/p/other: it is not called .awsenv",
            "name a .awsenv, or the folder that it is in",
        ),
        (
            vec!["allow", "broken"],
            "could not read ~/broken/.awsenv:1: unknown key",
            "did you mean `profile`?",
        ),
        (
            vec!["allow", "folder"],
            "could not read ~/folder/.awsenv: it is a folder",
            "make it a text file with `profile = ...`, or delete it",
        ),
        (
            vec!["deny", "empty"],
            "could not find ~/empty/.awsenv",
            "write it first, for example `profile = acme-dev`",
        ),
    ];
    for (args, error, hint) in cases {
        let stderr = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
        world.command(args).code(1).stderr(stderr).run();
    }
}

#[test]
fn a_trusted_folder_is_meant_by_whole_names() {
    let world = scene::world();
    let settings = |trust: &str| world.write(".config/awsenv/config", format!("trust = {trust}\n"));
    for folder in ["code", "code/a/b", "code-evil", "mycode"] {
        world.project(folder, "profile = static\n");
    }
    settings("~/nowhere:~/code/");
    let states = ["code", "code/a/b", "code-evil", "mycode"].map(|folder| state(&world, folder));
    assert_eq!(states, ["ready", "ready", "blocked", "blocked"]);
    symlink(world.at("code"), world.at("work")).expect("the world can be written");
    symlink(world.at("code-evil"), world.at("code/inside")).expect("the world can be written");
    assert_eq!(state(&world, "work"), "ready");
    assert_eq!(state(&world, "code/inside"), "blocked", "a link out of the folder leads out of the trust");
    settings("~/work");
    assert_eq!(state(&world, "code"), "ready", "a link in the setting is followed");

    let export = world.command(["status", "--json"]).current_dir("code-evil").unchecked();
    assert_eq!(export.env("AWSENV_TRUST", world.home()).run().json()["state"], "blocked");
    world.command(["deny", "code"]).unchecked().run();
    assert_eq!(state(&world, "code"), "blocked", "a denial beats trust");
}

#[test]
fn in_a_trusted_folder_the_file_must_be_the_users_own_and_nobody_elses_to_write() {
    let world = scene::world();
    let settings = world.write(".config/awsenv/config", "trust = ~\n");
    let file = world.project("p", "profile = static\n").join(".awsenv");
    for (mode, expected) in [(0o644, "ready"), (0o664, "blocked"), (0o646, "blocked"), (0o600, "ready")] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("the file is ours");
        assert_eq!(state(&world, "p"), expected, "{mode:o}");
    }
    if is_root() {
        chown(&file, Some(NOBODY), None).expect("root may");
        assert_eq!(state(&world, "p"), "blocked");
        // Who owns it does not matter once its content was allowed.
        world.command(["allow", "p"]).unchecked().code(0).run();
        assert_eq!(state(&world, "p"), "ready");
        world.project("q", "profile = static\n");
        chown(settings, Some(NOBODY), None).expect("root may");
        assert_eq!(state(&world, "q"), "blocked", "settings of another user trust nothing");
    }
}

#[test]
fn a_permission_of_another_user_does_not_count() {
    let world = scene::world();
    allowed(&world, "p", "profile = static\n");
    assert_eq!(state(&world, "p"), "ready");
    if is_root() {
        for record in fs::read_dir(world.at(".local/state/awsenv/allow")).expect("it is there") {
            chown(record.expect("it can be read").path(), Some(NOBODY), None).expect("root may");
        }
        assert_eq!(state(&world, "p"), "blocked");
    }
}

#[test]
fn the_lookup_stops_at_the_ceiling() {
    let world = scene::world();
    allowed(&world, "top", "profile = static\n");
    let inner = world.dir("top/mid/inner");
    let status = |ceiling: &Path| {
        let status = world.command(["status", "--json"]).current_dir(&inner).unchecked();
        status.env("AWSENV_CEILING", ceiling).run().json()["state"].clone()
    };
    assert_eq!(status(&world.at("top")), "ready");
    assert_eq!(status(&world.at("top/mid")), "none");
    assert_eq!(status(Path::new("")), "ready");
}

#[test]
fn a_mistake_in_the_settings_stops_everything_with_its_line() {
    let world = scene::world();
    let project = allowed(&world, "p", "profile = static\n");
    world.write(".config/awsenv/config", "quiet = 1\nconfrm = *prod*\n");
    let stderr = "awsenv: error: could not read ~/.config/awsenv/config:2: unknown key: `confrm`\n\
                  awsenv: hint: write `confirm`\n";
    world.command(["exec", "-p", "static", "--", "/bin/false"]).code(125).stderr(stderr).run();
    world.command(["export", "json"]).current_dir(&project).code(1).stderr(stderr).run();
    world.command(["allow", "p"]).code(1).stderr(stderr).run();
    assert_eq!(state(&world, "p"), "error");
    world.write(".config/awsenv/config", "");
    let stderr = "awsenv: error: could not read the variable `AWSENV_QUIET`: invalid value: `yes`\n\
                  awsenv: hint: write one of `1`, `0`, `true`, `false`\n";
    world
        .command(["export", "json"])
        .current_dir(&project)
        .env("AWSENV_QUIET", "yes")
        .code(1)
        .stderr(stderr)
        .run();
}

#[test]
fn settings_that_cannot_be_read_whole_stop_everything() {
    let confirmed = || {
        let world = World::new();
        world.aws_credentials("[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = s\n");
        world
    };
    let refused = |world: &World| {
        let exec = world.command(["exec", "-p", "dev", "--", "/bin/true"]).unchecked().run();
        assert_eq!(exec.code, 125, "{}", exec.stderr);
        assert!(exec.stderr.contains("could not read"), "{}", exec.stderr);
    };
    let world = confirmed();
    world.write(".config/awsenv/config", format!("# {}\nconfirm = *\n", "x".repeat(64 * 1024)));
    refused(&world);
    for leads_to in ["config", "unmounted"] {
        let world = confirmed();
        symlink(leads_to, world.dir(".config/awsenv").join("config")).expect("a new link");
        refused(&world);
    }
}

#[test]
fn a_file_that_is_allowed_and_cannot_load_is_told_why_at_once() {
    let world = scene::world();
    let cases = [
        (
            "profile = dev\naccount = 444455556666\n",
            "dev, account 111122223333, role Admin, eu-west-1",
            "could not load profile `dev`: it belongs to account 111122223333, and ~/p/.awsenv:2 demands \
             account 444455556666",
            "name the right profile, or correct `account` in .awsenv",
        ),
        (
            "profile = statc\n",
            "profile statc",
            "could not use ~/p/.awsenv:1: could not find the profile `statc` in ~/.aws/config or \
             ~/.aws/credentials",
            "did you mean `static`?",
        ),
        (
            "profile = static\nregion = eu west\n",
            "profile static, region eu west",
            "invalid region in ~/p/.awsenv:2: `eu west`",
            "a region is letters, digits and hyphens, such as `eu-west-1`",
        ),
    ];
    for (content, what, why, cure) in cases {
        let project = world.project("p", content);
        let stderr = format!(
            "awsenv: allowed ~/p/.awsenv: {what}\nawsenv: warning: nothing will be loaded here: {why}\n\
             awsenv: hint: {cure}\n"
        );
        world.command(["allow"]).current_dir(&project).stderr(stderr).run();
    }
    let project = world.project("p", "account = 111122223333\n");
    let stderr = "awsenv: allowed ~/p/.awsenv\nawsenv: warning: nothing will be loaded here: could not load \
                  ~/p/.awsenv: neither it nor a .awsenv above it names a profile\n\
                  awsenv: hint: add the line `profile = ...`, or `role = ...` beside the account\n";
    world.command(["allow"]).current_dir(&project).stderr(stderr).run();
}
