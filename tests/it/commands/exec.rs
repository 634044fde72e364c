//! `awsenv exec`: one command in one account.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use awsenv_emulator::Operation::AssumeRole;
use chrono::TimeDelta;
use serde_json::Value;

use crate::harness::invocation::Invocation;
use crate::harness::scene::{self, DEV_ENTRY, STATIC_SECRET};
use crate::harness::world::{PROGRAM, World};

/// Runs a script in which the program is `awsenv`.
fn script<'w>(world: &'w World, text: &str) -> Invocation<'w> {
    Invocation::new(world, Path::new("/bin/sh"), ["-c", text])
}

#[test]
fn the_command_takes_the_place_of_awsenv() {
    let world = scene::world();
    let pids = script(&world, "echo $$; exec awsenv exec -p static -- sh -c 'echo $$'").run().stdout;
    let pids: Vec<_> = pids.lines().collect();
    assert!(pids.len() == 2 && pids[0] == pids[1], "{pids:?}");
}

#[test]
fn the_exit_code_and_the_signal_are_the_commands_own() {
    let world = scene::world();
    for code in [0, 1, 2, 5, 124, 125, 126, 127, 255] {
        let exit = format!("exit {code}");
        world.command(["exec", "-p", "static", "--", "sh", "-c", &exit]).code(code).run();
    }
    for signal in [2, 9, 15] {
        let kill = format!("kill -{signal} $$");
        world.command(["exec", "-p", "static", "--", "sh", "-c", &kill]).code(128 + signal).run();
    }
}

#[test]
fn a_closed_pipe_ends_the_command_as_it_would_without_awsenv() {
    let world = scene::world();
    // Rust programs ignore SIGPIPE, which a command would inherit: `yes` would then complain.
    script(&world, "awsenv exec -p static -- yes | head -n 1").run();
    let status = script(&world, "awsenv exec -p static -- grep SigIgn /proc/self/status").run().stdout;
    let ignored = status.split_whitespace().last().and_then(|mask| u64::from_str_radix(mask, 16).ok());
    assert_eq!(ignored.map(|mask| mask & 1 << 12), Some(0), "{status}");
}

#[test]
fn input_and_output_are_the_commands_alone() {
    let world = scene::world();
    let output = world.command(["exec", "-p", "static", "--", "cat"]).stdin("in\0put").run();
    assert_eq!(output.stdout, "in\0put");
    let both = "echo out; echo err >&2";
    let output = world.command(["exec", "-p", "static", "--", "sh", "-c", both]).stderr("err\n").run();
    assert_eq!(output.stdout, "out\n");
    let open = script(&world, "awsenv exec -p static -- ls /proc/self/fd").run().stdout;
    assert_eq!(open, script(&world, "ls /proc/self/fd").run().stdout, "no file stays open");
}

#[test]
fn arguments_arrive_as_they_were_given() {
    let world = scene::world();
    let recorder = world.recorder_of(Path::new("/bin/true"));
    fs::rename(world.bin().join("awsenv"), world.bin().join("tool")).expect("it was just written");
    let args = ["a b", "", "--", "-p", "x\ny", "*", "$HOME", "'\"\\", "--version", "é"];
    let words = ["exec", "-p", "static", "--", "tool"].iter().chain(&args).copied();
    world.run(words);
    assert_eq!(recorder.runs(), [args]);

    let raw = OsString::from_vec(b"\xff\xfe=\x80".to_vec());
    let words = ["exec", "-p", "static", "--", "sh", "-c", "printf %s \"$1\" | od -An -tx1", "sh"];
    let output = world.run(words.iter().map(OsStr::new).chain([raw.as_os_str()]));
    assert_eq!(output.stdout.trim(), "ff fe 3d 80");
    let raw = world.bin().join(OsStr::from_bytes(b"t\xffol"));
    fs::copy("/bin/true", &raw).expect("the world can be written");
    world.run(["exec", "-p", "static", "--"].iter().map(OsStr::new).chain([raw.as_os_str()]));
}

#[test]
fn a_command_that_cannot_run_is_told_from_one_that_is_not_there() {
    let world = scene::world();
    let exec = |command: &str| world.command(["exec", "-p", "static", "--", command]);
    let absent = |command: &str, place: &str| {
        format!("awsenv: error: could not find the command `{command}`{place}\n")
    };
    let broken = |command: &str, why: &str| format!("awsenv: error: could not run `{command}`: {why}\n");
    exec("no-such-tool").code(127).stderr(absent("no-such-tool", " on the PATH")).run();
    exec("./no/such").code(127).stderr(absent("./no/such", "")).run();
    exec("").code(127).stderr(absent("", " on the PATH")).run();
    let plain = world.write("plain", "#!/bin/sh\n");
    let plain = plain.to_str().expect("UTF-8");
    exec(plain).code(126).stderr(broken(&world.told(plain), "permission denied")).run();
    exec("/tmp").code(126).stderr(broken("/tmp", "permission denied")).run();
    let lost = world.program("lost", "#!/no/such/interpreter\n");
    exec("lost").code(126).stderr(broken("lost", "its interpreter does not exist")).run();
    fs::remove_file(lost).expect("it was just written");
}

#[test]
fn the_path_of_the_caller_finds_the_command() {
    let world = scene::world();
    world.program("tool", "#!/bin/sh\necho found\n");
    assert_eq!(world.run(["exec", "-p", "static", "--", "tool"]).stdout, "found\n");

    // A folder of that name, and a file that may not be run, are passed over.
    let first = world.dir("first");
    fs::create_dir(first.join("tool")).expect("the world can be written");
    let path = format!("{}:{}:/bin", first.display(), world.bin().display());
    let exec = || world.command(["exec", "-p", "static", "--", "tool"]);
    assert_eq!(exec().env("PATH", &path).run().stdout, "found\n");
    fs::remove_dir(first.join("tool")).expect("it was just made");
    fs::write(first.join("tool"), "#!/bin/sh\necho wrong\n").expect("the world can be written");
    assert_eq!(exec().env("PATH", &path).run().stdout, "found\n");
    fs::set_permissions(first.join("tool"), fs::Permissions::from_mode(0o755)).expect("the file is ours");
    assert_eq!(exec().env("PATH", &path).run().stdout, "wrong\n");

    let nothing = "awsenv: error: could not find the command `tool` on the PATH\n";
    exec().env("PATH", "/no/such/folder").code(127).stderr(nothing).run();
}

#[test]
fn an_empty_path_leaves_the_search_to_the_system_and_the_variable_as_it_is() {
    let world = scene::world();
    let exec = world.command(["exec", "-p", "static", "--", "/usr/bin/env"]);
    assert!(exec.env("PATH", "").run().stdout.contains("\nPATH=\n"));
    let exec = world.command(["exec", "-p", "static", "--", "/usr/bin/env"]);
    assert!(!exec.env_remove("PATH").run().stdout.contains("PATH="));
}

#[test]
fn a_variable_that_is_no_text_arrives_unharmed() {
    let world = scene::world();
    let exec = world.command(["exec", "-p", "static", "--", "sh", "-c", "printf %s \"$RAW\" | od -An -tx1"]);
    assert_eq!(exec.env("RAW", OsStr::from_bytes(b"\xff\n=")).run().stdout.trim(), "ff 0a 3d");
}

#[test]
fn stale_variables_are_gone_and_settings_stay() {
    let world = scene::world();
    let stale = [
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCOUNT_ID",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
    ];
    let config = world.at(".aws/config");
    let exec = world.command(["exec", "-p", "static", "--", "/usr/bin/env"]);
    let exec = stale.iter().fold(exec, |exec, name| exec.env(name, "stale"));
    let exec =
        exec.env("AWS_PROFILE", "other").env("AWS_REGION", "stale-1").env("AWS_ACCESS_KEY_ID", "AKIASTALE");
    let exec = exec.env("AWS_CONFIG_FILE", &config).env("AWS_PAGER", "").env("AWS_MAX_ATTEMPTS", "2");
    let output = exec.run().stdout;
    // The way back for hooks of older shells, which the tools do not read.
    let output: String =
        output.split_inclusive('\n').filter(|line| !line.starts_with("AWSENV_STATE=")).collect();
    assert!(!output.contains("stale") && !output.contains("STALE"), "{output}");
    let kept = ["AWS_PAGER=", "AWS_MAX_ATTEMPTS=2", "AWS_PROFILE=static", "AWS_REGION=us-west-2"];
    let config = format!("AWS_CONFIG_FILE={}", config.display());
    let endpoint = format!("AWS_ENDPOINT_URL_STS={}", world.emulator().url());
    for line in kept.iter().copied().chain([config.as_str(), endpoint.as_str()]) {
        assert!(output.lines().any(|other| other == line), "{line} is missing\n{output}");
    }
    assert!(
        !output.lines().any(|line| line.starts_with("AWS_") && line.ends_with('=') && line != "AWS_PAGER=")
    );
}

#[test]
fn without_a_profile_and_a_file_nothing_runs() {
    let world = scene::world();
    let exec = world.command(["exec", "--", "/bin/false"]).env("AWS_PROFILE", "static");
    exec.code(125)
        .stderr(
            "awsenv: error: could not find a .awsenv here or in any folder above\n\
             awsenv: hint: run `awsenv init PROFILE` to make one, or name a profile with `--profile`\n",
        )
        .run();
    let usage = world.command(["exec", "-p", "static"]).unchecked().code(125).run();
    assert!(usage.stdout.is_empty() && usage.stderr.contains("awsenv exec"), "{usage:?}");
    world.command(["exec", "--no-such-flag", "--", "true"]).unchecked().code(125).run();
}

#[test]
fn the_folder_decides_when_no_profile_is_named() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\nregion = eu-west-3\n");
    let run = |args: &[&str]| {
        let words = ["exec"].iter().chain(args).chain(&["--", "/usr/bin/env"]);
        scene::variables(&world.command(words).current_dir(&project).run())
    };
    assert_eq!((run(&[])["AWS_PROFILE"].as_str(), run(&[])["AWS_REGION"].as_str()), ("static", "eu-west-3"));
    assert_eq!(run(&["--region", "us-east-2"])["AWS_REGION"], "us-east-2");
    assert_eq!(
        run(&["-p", "static"])["AWS_REGION"],
        "us-west-2",
        "a named profile has no part in the folder"
    );

    world.project("p", "profile = role\n");
    let blocked = "awsenv: error: ~/p/.awsenv is not allowed yet (profile role, account 123456789012); \
                   run `awsenv allow`\n";
    world.command(["exec", "--", "/bin/false"]).current_dir(&project).code(125).stderr(blocked).run();
}

#[test]
fn the_export_mode_leaves_out_what_it_says() {
    let world = scene::world();
    let names = |exec: Invocation<'_>| scene::variables(&exec.run()).into_keys().collect::<Vec<_>>();
    let exec = || world.command(["exec", "-p", "static", "--", "/usr/bin/env"]);
    let regions = ["AWS_DEFAULT_REGION", "AWS_REGION"];
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let expected = |parts: &[&[&str]]| {
        let mut names: Vec<String> = parts
            .concat()
            .iter()
            .map(|name| (*name).to_owned())
            .chain(["AWSENV_PROFILE", "AWSENV_STATE"].map(Into::into))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(exec()), expected(&[&regions, &keys, &["AWS_PROFILE"]]));
    // The filter of the harness passes over names that start with AWS_E, not over this one.
    let with = |mode: &str| exec().env("AWSENV_EXPORT", mode);
    let without_mode = |names: Vec<String>| -> Vec<String> {
        names.into_iter().filter(|name| name != "AWSENV_EXPORT").collect()
    };
    assert_eq!(without_mode(names(with("keys"))), expected(&[&regions, &keys]));
    assert_eq!(without_mode(names(with("profile"))), expected(&[&regions, &["AWS_PROFILE"]]));
    let project = scene::allowed(&world, "p", "profile = static\nexport = keys\n");
    let here = world.command(["exec", "--", "/usr/bin/env"]).current_dir(project);
    assert_eq!(names(here), expected(&[&regions, &keys]));
}

#[test]
fn the_profile_alone_still_needs_a_live_login() {
    let world = scene::world();
    let exec = || world.command(["exec", "-p", "dev", "--", "/bin/true"]).env("AWSENV_EXPORT", "profile");
    exec().unchecked().code(125).run();
    // Live keys do not help: the tools that the profile is for look for the token.
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    exec().unchecked().code(125).run();
    scene::sign_in(&world).write(&world, scene::SESSION_TOKEN, TimeDelta::hours(1));
    exec().run();
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn nested_runs_take_nothing_over() {
    let world = scene::world();
    let inner = ["exec", "-p", "static", "--", PROGRAM, "exec", "-p", "role", "--", "/usr/bin/env"];
    let variables = scene::variables(&world.run(inner));
    let direct = scene::exec(&world, &["-p", "role"]);
    assert_eq!(variables, direct);
    let back = ["exec", "-p", "role", "--", PROGRAM, "exec", "-p", "static", "--", "/usr/bin/env"];
    assert_eq!(scene::variables(&world.run(back)), scene::exec(&world, &["-p", "static"]));
    // What was there before the outermost one counts for the innermost.
    let inner = ["exec", "-p", "static", "--", PROGRAM, "exec", "-p", "legacy", "--", "/usr/bin/env"];
    scene::plant_role(&world, scene::LEGACY_ENTRY, TimeDelta::hours(1));
    let variables = scene::variables(&world.command(inner).env("AWS_REGION", "sa-east-1").run());
    assert_eq!(variables["AWS_REGION"], "sa-east-1");
}

#[test]
fn the_bookkeeping_is_pinned_and_holds_no_secret() {
    let world = scene::world();
    let exec = world.command(["exec", "-p", "role", "--", "/usr/bin/env"]);
    let exec = exec.env("AWS_SECRET_ACCESS_KEY", "old-secret-value").env("AWS_PROFILE", "mine");
    let variables = scene::variables(&exec.run());
    let text = &variables["AWSENV_STATE"];
    let state: Value = serde_json::from_str(text).expect("the bookkeeping is JSON");
    assert_eq!((&state["v"], &state["pinned"]), (&2.into(), &true.into()));
    assert!(text.len() < 1024, "{text}");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        assert!(!text.contains(&variables[name]), "{text}");
    }
    assert!(!text.contains("old-secret"), "{text}");
    assert!(!scene::exec(&world, &["-p", "static"])["AWSENV_STATE"].contains(STATIC_SECRET));
}

#[test]
fn keys_must_last_as_long_as_was_asked_for() {
    let world = scene::world();
    scene::exec(&world, &["-p", "role", "--min-ttl", "30m"]);
    scene::exec(&world, &["-p", "role", "--min-ttl", "59m"]);
    assert_eq!(world.emulator().count(AssumeRole), 1);
    let stderr = "awsenv: error: could not get credentials that last as long as `--min-ttl` asks: 59m left\n\
                  awsenv: hint: ask for less, or raise `duration_seconds` of the profile and the maximum session duration of the role `Dev`; over another role an hour is the most\n";
    world
        .command(["exec", "-p", "role", "--min-ttl", "2h", "--", "/bin/false"])
        .code(125)
        .stderr(stderr)
        .run();
    assert_eq!(world.emulator().count(AssumeRole), 2, "a fresh one was tried");
    scene::exec(&world, &["-p", "static", "--min-ttl", "12h"]);
    let world = scene::signed_in();
    let sso = world.command(["exec", "-p", "dev", "--min-ttl", "5h", "--", "/bin/false"]).unchecked().run();
    let hint = "hint: ask for less, or have the session duration of the permission set `Admin` raised in IAM Identity Center\n";
    assert!(sso.code == 125 && sso.stderr.ends_with(hint), "{sso:?}");
    let usage = world
        .command(["exec", "-p", "role", "--min-ttl", "soon", "--", "/bin/false"])
        .unchecked()
        .code(125)
        .run();
    assert!(usage.stderr.contains("90s, 30m, 1h"), "{}", usage.stderr);
}

#[test]
fn a_command_that_takes_no_profile_is_not_told_to_name_one() {
    let world = scene::world();
    let hint = "awsenv: hint: run `awsenv init PROFILE` to make one\n";
    world.command(["status"]).code(5).stderr(hint).run();
    let whoami = world.command(["whoami"]).unchecked().code(1).run();
    assert!(
        whoami.stderr.ends_with(" to make one, or name a profile with `--profile`\n"),
        "{}",
        whoami.stderr
    );
}
