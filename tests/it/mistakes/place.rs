//! Surroundings that lack something: a home, a place to write, somebody who reads.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::harness::invocation::Invocation;
use crate::harness::ordinary;
use crate::harness::scene;
use crate::harness::world::World;

fn script<'w>(world: &'w World, text: &str) -> Invocation<'w> {
    Invocation::new(world, Path::new("/bin/bash"), ["-c", text])
}

const XDG: [&str; 5] =
    ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"];

#[test]
fn without_a_home_variable_the_password_file_says_where_home_is() {
    let world = scene::world();
    let output = world.command(["exec", "-p", "no-such-profile", "--", "/bin/false"]).env_remove("HOME");
    let output = XDG.iter().fold(output, Invocation::env_remove).unchecked().code(125).run();
    assert!(output.stderr.contains("in ~/.aws/config"), "{output:?}");
    let path = XDG.iter().fold(world.command(["config", "path"]).env_remove("HOME"), Invocation::env_remove);
    let home = dirs_of_this_user();
    assert_eq!(path.unchecked().run().stdout, format!("{home}/.config/awsenv/config\n"));
    // A home that is no absolute path could be anywhere.
    let output = world.command(["profiles"]).env("HOME", "home").unchecked().run();
    assert!(!output.stdout.contains("static"), "{output:?}");
}

fn dirs_of_this_user() -> String {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = fs::read_to_string("/etc/passwd").expect("there are users");
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let own =
        fields.into_iter().find(|fields| fields.get(2) == Some(&id.as_str())).expect("this user is one");
    own[5].to_owned()
}

#[test]
fn the_files_of_the_environment_do_without_a_home() {
    let world = scene::world();
    let exec = world.command(["exec", "-p", "static", "--", "/usr/bin/env"]).env("HOME", "");
    let exec = exec.env("AWS_CONFIG_FILE", world.at(".aws/config"));
    let exec = exec.env("AWS_SHARED_CREDENTIALS_FILE", world.at(".aws/credentials"));
    assert_eq!(scene::variables(&exec.run())["AWS_PROFILE"], "static");
}

#[test]
fn relative_xdg_paths_are_passed_over() {
    let world = scene::world();
    let project = world.project("p", "profile = static\n");
    let relative = |args: &[&str]| {
        let command = world.command(args).current_dir(&project);
        XDG.iter().fold(command, |command, name| command.env(name, "relative"))
    };
    relative(&["allow"]).unchecked().code(0).run();
    relative(&["exec", "--", "/bin/true"]).run();
    assert!(!project.join("relative").exists());
    assert!(world.at(".local/state/awsenv/generations").exists());
}

#[test]
fn a_home_that_cannot_be_written_costs_the_caches_alone() {
    if !ordinary::possible() {
        return;
    }
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\naccount = 111122223333\n");
    let _ = fs::remove_dir_all(world.at(".cache"));
    let lock = |mode: u32| {
        for folder in ["", ".aws", ".local/state/awsenv", ".local/state/awsenv/allow"] {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(world.at(folder), mode).expect("the folder is ours");
        }
    };
    lock(0o500);
    let run = |args: &[&str]| ordinary::command(&world, args).current_dir(&project);
    let exec = run(&["exec", "--", "/usr/bin/env"]).unchecked().run();
    let role =
        run(&["exec", "-p", "role", "--", "/usr/bin/env"]).env_remove("XDG_RUNTIME_DIR").unchecked().run();
    let status = run(&["status", "--quiet"]).unchecked().run();
    let allow = run(&["allow"]).unchecked().run();
    lock(0o700);
    assert_eq!((exec.code, &*exec.stderr), (0, ""), "static keys need nothing written");
    assert_eq!(role.code, 0, "{role:?}");
    assert!(
        role.stderr.starts_with("awsenv: warning: could not ") && role.stderr.lines().count() == 1,
        "{role:?}"
    );
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(allow.code, 1);
    assert!(allow.stderr.starts_with("awsenv: error: could not write "), "{allow:?}");
}

#[test]
fn a_refused_token_that_cannot_be_removed_is_still_told() {
    if !ordinary::possible() {
        return;
    }
    let world = scene::signed_in();
    world.emulator().with(|state| state.sessions.revoke());
    fs::set_permissions(world.at(".aws/sso/cache"), fs::Permissions::from_mode(0o500))
        .expect("the folder is ours");
    let output =
        ordinary::command(&world, &["exec", "-p", "dev", "--", "/bin/true"]).unchecked().code(125).run();
    let lines: Vec<_> = output.stderr.lines().collect();
    assert!(lines[0].starts_with("awsenv: warning: could not remove "), "{output:?}");
    assert!(lines[1].contains("the SSO session `my-sso` is no longer valid"), "{output:?}");
    fs::set_permissions(world.at(".aws/sso/cache"), fs::Permissions::from_mode(0o700))
        .expect("the folder is ours");
}

#[test]
fn a_reader_that_has_left_is_no_failure() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\n");
    for command in
        ["profiles", "profiles --json", "status", "status --json", "export json", "hook zsh", "--help"]
    {
        let text = format!("awsenv {command} | head -c 0; echo ${{PIPESTATUS[0]}}");
        let output = script(&world, &text).current_dir(&project).unchecked().run();
        let words: Vec<_> =
            output.stderr.lines().filter(|line| line.contains("panic") || line.contains("error")).collect();
        assert_eq!((&*output.stdout, words), ("0\n", Vec::new()), "{command}: {output:?}");
    }
}

#[test]
fn closed_output_is_no_failure() {
    let world = scene::world();
    scene::allowed(&world, "p", "profile = static\n");
    for command in ["awsenv profiles", "awsenv status", "awsenv export bash", "awsenv exec -p static -- true"]
    {
        for closed in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
            let output = script(&world, &format!("cd p && {command} {closed}")).unchecked().run();
            assert_eq!(output.code, 0, "{command} {closed}: {output:?}");
            assert!(!output.stderr.contains("panic"), "{command} {closed}: {output:?}");
        }
    }
    let code = script(&world, "awsenv exec -p nothing -- true 2>&-").unchecked().run().code;
    assert_eq!(code, 125);
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let world = scene::signed_in();
    let project = scene::allowed(&world, "p", "profile = static\n");
    let told = "awsenv: error: could not write to standard output";
    for command in [
        "profiles",
        "profiles --json",
        "status",
        "status --json",
        "export json",
        "export bash",
        "export bash --hook=1",
        "export dotenv",
        "hook zsh",
        "hook zsh --uninstall",
        "doctor --offline",
        "whoami -p static",
        "credential-process -p static",
        "--help",
        "--version",
    ] {
        let full = script(&world, &format!("awsenv {command} >/dev/full")).current_dir(&project);
        let output = full.unchecked().run();
        assert!(output.code != 0 && output.stderr.contains(told), "{command}: {output:?}");
    }
}

#[test]
fn a_closed_standard_stream_is_not_mistaken_for_a_file_of_awsenvs() {
    let world = scene::world();
    // Descriptor 1 or 2 would be the next file to be opened: a cache entry with messages in it.
    script(&world, "awsenv exec -p role -- true >&- 2>&-").unchecked().code(0).run();
    let entry = scene::read(&world, &scene::entry(scene::ROLE_ENTRY));
    serde_json::from_str::<serde_json::Value>(&entry).expect("the entry is whole");
}

#[test]
fn a_folder_that_was_deleted_has_no_file() {
    let world = scene::world();
    let dir = world.dir("gone");
    let text = format!("cd gone && rmdir {} && awsenv exec -- true", dir.display());
    let stderr =
        "awsenv: error: could not find the current directory: it was deleted\nawsenv: hint: run `cd ~`\n";
    script(&world, &text).code(125).stderr(stderr).run();
}

const NEEDS_FILES: [&str; 7] = [
    "exec -p static -- env",
    "export bash",
    "export json",
    "credential-process -p static",
    "login --sso-session my-sso --device-code",
    "allow",
    "configure sso --sso-session my-sso --all --default-region eu-west-1",
];

#[test]
fn too_few_open_files_are_one_line_and_nothing_is_done() {
    for command in NEEDS_FILES {
        let world = scene::world();
        scene::allowed(&world, "p", "profile = static\n");
        let config = scene::read(&world, ".aws/config");
        for most in [15, 10, 8] {
            let line = format!("cd p; ulimit -n {most}; exec awsenv {command}");
            let output = script(&world, &line).unchecked().run();
            // The text for a shell is whole: nothing is loaded, and nothing is to be taken out.
            assert_eq!(output.code == 0, command == "export bash", "{line}: {output:?}");
            assert!(!output.stdout.contains("AWS_ACCESS_KEY_ID"), "{line}: {output:?}");
            let errors: Vec<_> =
                output.stderr.lines().filter(|line| line.starts_with("awsenv: error: ")).collect();
            assert_eq!(errors.len(), 1, "{line}: {output:?}");
            assert!(errors[0].contains(&format!("only {most} files may be open")), "{line}: {output:?}");
            assert_eq!(scene::read(&world, ".aws/config"), config, "{line}");
            assert_eq!(world.emulator().requests(), 0, "{line}");
        }
    }
}

#[test]
fn sixteen_open_files_are_enough() {
    let world = scene::world();
    scene::allowed(&world, "p", "profile = static\n");
    world.emulator().with(|state| state.person = awsenv_emulator::Person::Approves);
    for command in NEEDS_FILES {
        let line = format!("cd p; ulimit -n 16; exec awsenv {command}");
        let output = script(&world, &line).unchecked().run();
        assert_eq!(output.code, 0, "{line}: {output:?}");
    }
}
