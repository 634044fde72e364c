//! Files that are not what they should be: `.awsenv`, the AWS files, the caches.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use awsenv_emulator::Operation::GetRoleCredentials;
use chrono::TimeDelta;

use crate::harness::ordinary;
use crate::harness::scene::{self, DEV_ENTRY, SESSION_TOKEN};
use crate::harness::world::World;

/// Puts something in the place of a `.awsenv`, and expects the same words from each command that reads it.
fn broken(make: impl Fn(&Path), error: &str, hint: &str) {
    let world = scene::world();
    let project = world.dir("p");
    make(&project.join(".awsenv"));
    let stderr = format!("awsenv: error: could not read ~/p/.awsenv{error}\nawsenv: hint: {hint}\n");
    let command = |args: &[&str]| ordinary::command(&world, args).current_dir(&project);
    let export = command(&["export", "json"]).env("AWS_PROFILE", "mine").code(1).stderr(&*stderr).run();
    assert_eq!(export.stdout, "{}\n", "nothing is loaded");
    command(&["export", "zsh"]).code(0).stderr(&*stderr).run();
    command(&["exec", "--", "/bin/false"]).code(125).stderr(&*stderr).run();
    command(&["allow"]).code(1).stderr(&*stderr).run();
    let status = command(&["status", "--json"]).code(1).run().json();
    assert_eq!(status["state"], "error");
    let message = world.told(status["message"].as_str().expect("a message"));
    assert_eq!(message, format!("could not read ~/p/.awsenv{error}"));
}

fn broken_text(content: impl AsRef<[u8]>, error: &str, hint: &str) {
    broken(|path| fs::write(path, content.as_ref()).expect("the world can be written"), error, hint);
}

#[test]
fn a_folder_a_pipe_and_a_link_to_nowhere_are_named_at_once() {
    let text = "make it a text file with `profile = ...`, or delete it";
    broken(|path| fs::create_dir(path).expect("the world can be written"), ": it is a folder", text);
    let pipe = |path: &Path| {
        rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).expect("a pipe");
    };
    broken(pipe, ": it is not a regular file", text);
    let link = |path: &Path| symlink("nowhere", path).expect("the world can be written");
    broken(link, ": it is a link that leads nowhere", "mend the link, or delete it");
    broken(|path| symlink("/dev/zero", path).expect("it can be written"), ": it is not a regular file", text);
    let itself = |path: &Path| symlink(".awsenv", path).expect("the world can be written");
    broken(itself, ": it is a link that leads to itself", "mend the link, or delete it");
}

#[test]
fn an_unreadable_file_is_named() {
    if !ordinary::possible() {
        return;
    }
    let unreadable = |path: &Path| {
        fs::write(path, "profile = static\n").expect("the world can be written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("the file is ours");
    };
    broken(unreadable, ": permission denied", "make the file readable, or delete it");
}

#[test]
fn a_file_that_is_no_env_file_is_named_with_its_line() {
    let keys = "keep only `profile`, `region`, `account`, `role`, `sso_session` and `export` in it";
    broken_text(vec![b'x'; 10 * 1024 * 1024], ": it is larger than 64 KiB", keys);
    broken_text(
        b"\x7fELF\x02\x01\x01\0\0",
        ":1: a control character stands there",
        "write the line again by hand",
    );
    broken_text(b"profile = a\n\xff\xfe\n", ":2: the text is not UTF-8", "save the file as UTF-8");
    broken_text("profile = static\nprofil = x\n", ":2: unknown key", "did you mean `profile`?");
    broken_text("profile =\n", ":1: `profile` has no value", "write `profile = ...`, or delete the line");
    broken_text(
        "AWS_PROFILE=a\nprofile=b\n",
        ":2: `profile` says something else than line 1",
        "delete one of the two lines",
    );
    broken_text("account = 12\n", ":1: invalid account", "write the account's 12 digits, without dashes");
    broken_text(
        "account = 111122223333\nrole = arn:aws:iam::111122223333:role/Dev\n",
        ":2: invalid role",
        "write the name of the permission set, or the last part of the role's ARN, such as `Developer`",
    );
}

#[test]
fn keys_in_the_file_are_refused_and_never_shown() {
    let hint = "delete the line and replace that key, since it was in a file that is often shared; name a `profile` instead";
    for line in [
        "AWS_ACCESS_KEY_ID=AKIACANARY00000001",
        "export AWS_SECRET_ACCESS_KEY='canary'",
        "aws_session_token: canary",
    ] {
        let error = ":2: keys and secrets do not belong in .awsenv";
        broken_text(format!("profile = static\n{line}\n"), error, hint);
    }
    broken_text(
        "AWS_ROLE_ARN=arn:aws:iam::111122223333:role/x\n",
        ":1: a variable that .awsenv cannot set",
        "only `profile`, `region`, `account`, `role`, `sso_session` and `export` can stand here; the rest belongs in \
         `~/.aws/config`",
    );
}

#[test]
fn a_link_to_a_private_file_shows_nothing_of_it() {
    let private = "-----BEGIN PRIVATE KEY-----\ncanary-1\ncanary-2 = x\nAWS_CANARY=3\naccount = canary-4\n";
    for skipped in 0..private.lines().count() {
        let world = scene::world();
        let text: Vec<_> = private.lines().skip(skipped).collect();
        let target = world.write("private", text.join("\n"));
        let project = world.dir("p");
        symlink(target, project.join(".awsenv")).expect("the folder is empty");
        for command in
            ["export bash", "export json", "status", "status --json", "allow", "exec -- true", "doctor"]
        {
            let output = world.command(command.split(' ')).current_dir(&project);
            let output = output.env("AWSENV_LOG", "debug").unchecked().run();
            let said = format!("{}{}", output.stdout, output.stderr).to_lowercase();
            assert!(!said.contains("canary") && !said.contains("private key"), "{command}: {said}");
        }
    }
}

#[test]
fn files_without_a_profile_say_so() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "region = eu-west-1\n");
    let stderr = "awsenv: error: could not load ~/p/.awsenv: neither it nor a .awsenv above it names a profile\n\
                  awsenv: hint: add the line `profile = ...`, or the two lines `account = ...` and `role = ...`\n";
    world.command(["exec", "--", "/bin/false"]).current_dir(&project).code(125).stderr(stderr).run();
}

/// Runs `exec` with the profile, which must fail with this and run nothing.
fn refused(world: &World, profile: &str, error: &str, hint: &str) {
    let stderr = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
    world.command(["exec", "-p", profile, "--", "/bin/false"]).code(125).stderr(stderr).run();
}

#[test]
fn a_missing_profile_is_looked_for_under_what_was_probably_meant() {
    let world = scene::world();
    let places = "in ~/.aws/config or ~/.aws/credentials";
    let missing = |name: &str| format!("could not find the profile `{name}` {places}");
    refused(&world, "statc", &missing("statc"), "did you mean `static`?");
    let comment = "a comment needs a line of its own: after a value it is part of the value";
    refused(&world, "static # the keys", &missing("static # the keys"), comment);
    refused(
        &world,
        "nothing-like-it",
        &missing("nothing-like-it"),
        "`awsenv profiles` lists the profiles there are",
    );
    refused(&world, "a\nb\u{1b}[31m", &missing("a?b?[31m"), "`awsenv profiles` lists the profiles there are");
    world.aws_config("[dev]\nregion = x\n[profile a b]\nregion = y\n");
    refused(&world, "dev", &missing("dev"), "~/.aws/config:1 has `[dev]`: write `[profile dev]`");
    refused(&world, "a b", &missing("a b"), "~/.aws/config:3 has `[profile a b]`: write `[profile 'a b']`");
    fs::remove_file(world.at(".aws/config")).expect("it was just written");
    let missing = "could not find the profile `dev` in ~/.aws/config (no such file) or \
                   ~/.aws/credentials";
    refused(&world, "dev", missing, "`awsenv profiles` lists the profiles there are");
}

#[test]
fn aws_files_that_the_aws_cli_would_refuse_are_refused_with_their_line() {
    let world = scene::world();
    let cases: [(&[u8], &str); 5] = [
        (b"region = x\n", "config:1"),
        (b"[profile a]\nregion = x\nREGION = y\n", "config:3"),
        (b"[profile a]\nx = y\n[profile a]\n", "config:3"),
        (b"\xef\xbb\xbf[profile a]\n", "config:1"),
        (b"[profile a\n", "config:1"),
    ];
    for (content, place) in cases {
        world.write(".aws/config", content);
        let output = world.command(["exec", "-p", "static", "--", "/bin/false"]).unchecked().code(125).run();
        let shown = world.shown(&output.stderr);
        assert!(shown.starts_with("awsenv: error: could not read ~/.aws/"), "{shown}");
        assert!(shown.contains(place), "{shown}");
        assert!(world.command(["profiles"]).unchecked().code(1).run().stderr.contains(place));
    }
}

#[test]
fn a_profile_without_credentials_says_what_is_missing() {
    let world = scene::world();
    world.aws_config(
        "[profile empty]\nregion = x-1\n[profile half]\naws_access_key_id = AKIAHALF\n[profile sso]\nsso_session = s\n\
         sso_account_id = 111122223333\nsso_role_name = R\n[profile process]\ncredential_process = /bin/true\n",
    );
    let output = |profile: &str| {
        let run = world.command(["exec", "-p", profile, "--", "/bin/false"]).unchecked().code(125).run();
        world.shown(&run.stderr)
    };
    assert_eq!(
        output("empty"),
        "awsenv: error: could not find credentials in the profile `empty` (~/.aws/config:1)\n\
         awsenv: hint: add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with each\n"
    );
    assert_eq!(
        output("half"),
        "awsenv: error: could not use the profile `half` (~/.aws/config:3): `aws_secret_access_key` is missing\n\
         awsenv: hint: write both keys into the same section of the same file\n"
    );
    assert_eq!(
        output("sso"),
        "awsenv: error: could not find the SSO session `s` in ~/.aws/config, which the profile `sso` names \
         (~/.aws/config:6)\nawsenv: hint: add a section `[sso-session s]`\n"
    );
}

/// Content that is no token and no role: torn, of another product, of other types, not JSON.
const STRANGE: [&str; 14] = [
    "",
    "{",
    "{\"accessToken\": \"x\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}}",
    "{\"accessToken\": 7, \"expiresAt\": []}",
    "{\"accessToken\": \"x\", \"expiresAt\": \"tomorrow\"}",
    "{\"Credentials\": \"none\"}",
    "{\"Credentials\": {\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"B\"}}",
    "{\"Credentials\": {\"AccessKeyId\": 1, \"SecretAccessKey\": 2, \"SessionToken\": 3, \"Expiration\": 4}}",
    "{\"idToken\": \"of another product\", \"scope\": null}",
    "SQLite format 3\0",
    "{\"accessToken\": \"a\\nb\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}",
    "{\"accessToken\": \"\u{e9}\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}",
    "{\"Credentials\": {\"AccessKeyId\": \"A\\nB\", \"SecretAccessKey\": \"B\", \"SessionToken\": \"C\", \"Expiration\": \
     \"2099-01-01T00:00:00Z\"}}",
    "{\"Credentials\": {\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"B\", \"SessionToken\": \"\u{e9}\", \"Expiration\": \
     \"2099-01-01T00:00:00Z\"}}",
];

#[test]
fn a_strange_file_in_the_place_of_a_role_is_replaced() {
    for content in STRANGE {
        let world = scene::signed_in();
        world.write(scene::entry(DEV_ENTRY), content);
        let other = world.write(".aws/cli/cache/session.db", "SQLite format 3");
        scene::exec(&world, &["-p", "dev"]);
        scene::exec(&world, &["-p", "dev"]);
        assert_eq!(world.emulator().count(GetRoleCredentials), 1, "{content}");
        assert_eq!(fs::read_to_string(other).expect("it is left alone"), "SQLite format 3");
    }
}

#[test]
fn a_strange_file_in_the_place_of_a_token_is_no_login() {
    let world = scene::world();
    for content in STRANGE {
        let path = world.write(format!(".aws/sso/cache/{SESSION_TOKEN}.json"), content);
        let exec = world.command(["exec", "-p", "dev", "--", "/bin/false"]).unchecked().code(125).run();
        assert!(exec.stderr.contains("hint: run `awsenv login --profile dev`"), "{content}: {}", exec.stderr);
        assert_eq!(fs::read_to_string(path).expect("it is left alone"), content);
    }
}

#[test]
fn a_cache_that_cannot_be_written_costs_a_warning() {
    if !ordinary::possible() {
        return;
    }
    let world = scene::signed_in();
    let cache = world.dir(".aws/cli/cache");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o500)).expect("the folder is ours");
    let warning = format!(
        "awsenv: warning: could not write ~/.aws/cli/cache/{DEV_ENTRY}.json: Permission denied (os error 13) \
         at path \"~/.aws/cli/cache/.awsenv-"
    );
    let run = ordinary::command(&world, &["exec", "-p", "dev", "--", "/bin/true"]).unchecked().code(0).run();
    let shown = world.shown(&run.stderr);
    assert!(shown.starts_with(&warning[..90]) && shown.lines().count() == 1, "{shown}");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).expect("the folder is ours");

    fs::remove_dir(&cache).expect("it is empty");
    fs::write(&cache, "").expect("the world can be written");
    let run = world.command(["exec", "-p", "dev", "--", "/bin/true"]).unchecked().code(0).run();
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn an_entry_from_the_future_of_the_aws_cli_is_read() {
    let world = scene::world();
    let left = TimeDelta::hours(1);
    for expiration in [
        scene::time_in(left),
        scene::time_in(left).replace('Z', "UTC"),
        scene::time_in(left).replace('Z', "+00:00"),
    ] {
        let content = format!(
            "{{\"New\": [1], \"Credentials\": {{\"AccessKeyId\": \"ASIAX\", \"SecretAccessKey\": \"s\", \"SessionToken\": \
             \"t\", \"Expiration\": \"{expiration}\", \"Scope\": {{}}}}}}\n"
        );
        world.write(scene::entry(DEV_ENTRY), content);
        assert_eq!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], "ASIAX", "{expiration}");
    }
}

#[test]
fn where_there_are_no_profiles_the_way_to_the_first_is_named() {
    let world = World::new();
    let files = "in ~/.aws/config (no such file) or ~/.aws/credentials (no such file)";
    let hint = "run `awsenv configure sso`";
    refused(&world, "x", &format!("could not find the profile `x` {files}"), hint);
    let init = format!("awsenv: error: could not find the profile `x` {files}\nawsenv: hint: {hint}\n");
    world.command(["init", "x"]).code(1).stderr(init).run();
    let none = format!("awsenv: there are no profiles {files}\nawsenv: hint: {hint}\n");
    assert_eq!(world.command(["profiles"]).stderr(none).run().stdout, "");
    assert_eq!(world.run(["profiles", "--json"]).stdout, "[]\n");
}

#[test]
fn what_a_file_names_wrongly_is_told_with_its_line() {
    let world = scene::signed_in();
    let said = |content: &str, error: &str, hint: &str| {
        let project = scene::allowed(&world, "p", content);
        let stderr = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
        world.command(["exec", "--", "/bin/false"]).current_dir(&project).code(125).stderr(&*stderr).run();
        world.command(["export", "json"]).current_dir(&project).code(1).stderr(&*stderr).run();
    };
    said(
        "# ours\nprofile = statc\n",
        "could not use ~/p/.awsenv:2: could not find the profile `statc` in ~/.aws/config or \
         ~/.aws/credentials",
        "did you mean `static`?",
    );
    said(
        "profile = static\n\nregion = eu west\n",
        "invalid region in ~/p/.awsenv:3: `eu west`",
        "a region is letters, digits and hyphens, such as `eu-west-1`",
    );
    said(
        "profile = dev\naccount = 444455556666\n",
        "could not load profile `dev`: it belongs to account 111122223333, and ~/p/.awsenv:2 demands \
         account 444455556666",
        "name the right profile, or correct `account` in .awsenv",
    );
}
