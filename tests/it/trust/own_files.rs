//! Whose files and folders count, and what awsenv leaves in its own.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;

use crate::harness::invocation::Output;
use crate::harness::login_stage::TOKEN_FILE;
use crate::harness::scene::{self, DEV_ENTRY, ROLE_ENTRY};
use crate::harness::world::World;

/// Some other user.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

fn give_away(path: &Path) {
    chown(path, Some(NOBODY), None).expect("root may");
}

/// Dates a file back.
fn age(path: &Path, by: Duration) {
    let file = File::options().write(true).open(path).expect("it is there");
    file.set_modified(SystemTime::now() - by).expect("the file is ours");
}

fn state(world: &World, folder: &str) -> String {
    let status = world.command(["status", "--json"]).current_dir(folder).unchecked().run().json();
    status["state"].as_str().expect("a state").to_owned()
}

fn exec(world: &World, profile: &str) -> Output {
    world.command(["exec", "-p", profile, "--", "true"]).unchecked().run()
}

/// Returns what `doctor` has to say about permissions, in one text.
fn permissions(world: &World) -> String {
    let found = world.command(["doctor", "--json", "--offline"]).unchecked().run().json();
    let found = found.as_array().expect("a list").iter();
    let found = found.filter(|finding| finding["check"] == "permissions");
    found.map(|finding| format!("{} | {}\n", finding["finding"], finding["cure"])).collect()
}

#[test]
fn settings_that_others_can_write_trust_nothing() {
    let world = scene::world();
    let settings = world.write(".config/awsenv/config", "trust = ~\nquiet = true\n");
    world.project("p", "profile = static\n");
    for (mode, expected) in [(0o666, "blocked"), (0o664, "blocked"), (0o644, "ready"), (0o600, "ready")] {
        set_mode(&settings, mode);
        assert_eq!(state(&world, "p"), expected, "{mode:o}");
        let is_told = permissions(&world).contains("so its `trust` counts for nothing");
        assert_eq!(is_told, expected == "blocked", "{mode:o}");
    }
}

#[test]
fn a_file_that_is_swapped_while_it_is_read_is_judged_by_what_was_opened() {
    if !is_root() {
        return;
    }
    let world = scene::world();
    world.write(".config/awsenv/config", "trust = ~\n");
    let project = world.project("p", "profile = static\n");
    let (file, foreign) = (project.join(".awsenv"), world.write("foreign", "profile = empty\n"));
    give_away(&foreign);
    let (own_link, foreign_link) = (world.at("own"), world.at("evil"));
    let own = world.write("mine", "profile = static\n");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for (link, target) in [(&foreign_link, &foreign), (&own_link, &own)] {
                    symlink(target, link).expect("it was moved away");
                    fs::rename(link, &file).expect("the folder is ours");
                }
            }
        });
        for _ in 0..100 {
            let status = world.command(["status", "--json"]).current_dir(&project).unchecked().run().json();
            let (state, profile) = (&status["state"], &status["profile"]);
            assert!(state == "blocked" || state == "ready" && profile == "static", "{status}");
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn own_folders_are_closed_to_others() {
    let world = scene::world();
    scene::allowed(&world, "p", "profile = static\n");
    exec(&world, "role");
    let state_dir = world.at(".local/state/awsenv");
    let cache = world.dir(".cache/awsenv");
    let run = world.scratch("../run/awsenv");
    fs::create_dir_all(&run).expect("the world can be written");
    for folder in [&state_dir, &cache, &run] {
        set_mode(folder, 0o755);
        assert!(permissions(&world).contains("others can read"), "{}", folder.display());
        assert_eq!(mode(folder), 0o755, "doctor changes nothing");
        world.run(["exec", "-p", "static", "--", "true"]);
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
        set_mode(folder, 0o777);
        assert!(permissions(&world).contains("others can write"), "{}", folder.display());
        let output = exec(&world, "static");
        assert!(output.stderr.starts_with("awsenv: warning: other users could write "), "{output:?}");
        assert!(output.code == 0 && output.stderr.lines().count() == 1, "{output:?}");
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn an_own_folder_of_another_user_is_refused_and_a_permission_in_the_form_of_a_link_is_none() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\n");
    let allow = world.at(".local/state/awsenv/allow");
    let record = fs::read_dir(&allow).expect("it is there").next().expect("one").expect("it").path();
    fs::remove_file(&record).expect("it is ours");
    symlink(world.at(".aws/config"), &record).expect("the folder is ours");
    assert_eq!(state(&world, "p"), "blocked", "whoever makes a link does not own what it leads to");
    if !is_root() {
        return;
    }
    for folder in [".local/state/awsenv", ".cache/awsenv"] {
        let folder = world.dir(folder);
        give_away(&folder);
        for command in ["exec -p static -- true", "allow", "status", "export json", "login"] {
            let output = world.command(command.split(' ')).current_dir(&project).unchecked().run();
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(output.code != 0 && said.contains("it belongs to another user"), "{command}: {output:?}");
        }
        assert!(permissions(&world).contains("belongs to another user, so nothing can be loaded"));
        chown(&folder, Some(0), None).expect("root may");
    }
}

#[test]
fn tokens_and_keys_of_another_user_are_not_used() {
    if !is_root() {
        return;
    }
    let world = scene::signed_in();
    scene::plant_role(&world, ROLE_ENTRY, TimeDelta::hours(1));
    let role = world.at(scene::entry(ROLE_ENTRY));
    assert!(scene::exec(&world, &["-p", "role"])["AWS_ACCESS_KEY_ID"] == "ASIAPLANTED");
    give_away(&role);
    assert!(permissions(&world).contains("belongs to another user, so it is not used"));
    assert!(scene::exec(&world, &["-p", "role"])["AWS_ACCESS_KEY_ID"] != "ASIAPLANTED");
    assert_eq!(fs::metadata(&role).map(|file| std::os::unix::fs::MetadataExt::uid(&file)).ok(), Some(0));

    give_away(&world.at(TOKEN_FILE));
    let output = exec(&world, "dev");
    assert!(output.code == 125 && output.stderr.contains("you are not logged in to my-sso"), "{output:?}");
    // As under `sudo -E`, or in a container that has the folder from its host.
    for owned in ["", ".aws"] {
        give_away(&world.at(owned));
        assert_eq!(exec(&world, "dev").code, 0, "{owned:?}");
        let _ = fs::remove_file(world.at(scene::entry(DEV_ENTRY)));
        chown(world.at(owned), Some(0), None).expect("root may");
        assert_eq!(exec(&world, "dev").code, 125, "{owned:?}");
    }
}

#[test]
fn a_link_in_the_place_of_the_generations_leads_to_no_loss() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\n");
    let mine = world.dir("mine");
    for name in ["a", "1-2", "notes.txt"] {
        world.write(Path::new("mine").join(name), "mine");
    }
    let folder = world.at(".local/state/awsenv/generations");
    fs::remove_dir_all(&folder).expect("it is ours");
    symlink(&mine, &folder).expect("the folder is ours");
    world.command([OsStr::new("allow"), project.as_os_str()]).unchecked().code(0).run();
    assert_eq!(fs::read_dir(&mine).expect("it is there").count(), 3);
    assert!(!folder.is_symlink() && folder.is_dir());
    // Nor does what somebody put into the folder itself.
    let note = folder.join("note");
    fs::write(&note, "mine").expect("the folder is ours");
    world.command([OsStr::new("allow"), project.as_os_str()]).unchecked().code(0).run();
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 2);
    assert!(note.exists());
}

#[test]
fn what_a_killed_write_left_is_counted_and_goes_with_the_next_write() {
    let world = scene::world();
    let old = Duration::from_hours(1);
    let left = world.write(".aws/cli/cache/.awsenv-AbCdEf", "{\"Credentials\": {}}");
    let young = world.write(".aws/cli/cache/.awsenv-GhIjKl", "{}");
    let held = world.write(".aws/cli/cache/.awsenv-MnOpQr", "{}");
    let named = world.write(".aws/cli/cache/.other-AbCdEf", "{}");
    age(&left, old);
    age(&held, old);
    age(&named, old);
    // A writer that was stopped still has its lock.
    let writer = File::open(&held).expect("it is there");
    writer.lock().expect("nobody else has it");
    age(&young, Duration::from_secs(5));
    assert!(permissions(&world).contains("2 temporary files were left behind by writes that were killed"));
    assert_eq!(exec(&world, "role").code, 0);
    assert!(!left.exists() && young.exists() && held.exists() && named.exists());
    drop(writer);
    world.command(["logout", "--all"]).unchecked().code(0).run();
    assert!(!young.exists() && !held.exists() && named.exists());
}

#[test]
fn what_nobody_needs_is_pruned_within_a_day() {
    let world = scene::world();
    let state = world.at(".local/state/awsenv");
    let count = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
    for number in 0..30 {
        scene::allowed(&world, &format!("gone/{number}"), "profile = static\n");
        let gone = world.at(format!("gone/{number}"));
        fs::remove_dir_all(gone).expect("it is ours");
    }
    let kept = scene::allowed(&world, "kept", "profile = role\n");
    world.command(["exec", "--", "true"]).current_dir(&kept).unchecked().code(0).run();
    assert_eq!((count(&state.join("allow")), count(&state.join("locks"))), (31, 1));
    let cache = world.at(".cache/awsenv/recipes");
    let day = Duration::from_hours(25);
    let recipe = fs::read_dir(&cache).expect("one").next().expect("one").expect("it").path();
    let outdated = cache.join(format!("{}.json", "0".repeat(40)));
    fs::write(&outdated, "{}").expect("the folder is ours");
    for file in [&outdated, &recipe, &lock_of(&state)] {
        age(file, day);
    }
    let again = || world.command([OsStr::new("allow"), kept.as_os_str()]).unchecked().code(0).run();
    again();
    assert_eq!(count(&state.join("allow")), 31, "not twice on the same day");
    age(&state.join("pruned"), day);
    again();
    assert_eq!((count(&state.join("allow")), count(&state.join("locks"))), (1, 0));
    assert!(recipe.exists() && !outdated.exists(), "a recipe of today's files is in use");
    assert_eq!(self::state(&world, "kept"), "ready");
}

fn lock_of(state: &Path) -> PathBuf {
    fs::read_dir(state.join("locks")).expect("one").next().expect("one").expect("it").path()
}

/// Returns every file below the folders that awsenv keeps something in.
fn kept(world: &World) -> Vec<PathBuf> {
    fn below(folder: &Path, all: &mut Vec<PathBuf>) {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            match fs::symlink_metadata(&path) {
                Ok(file) if file.is_dir() => below(&path, all),
                Ok(file) if file.is_file() => all.push(path),
                _ => {}
            }
        }
    }
    let mut all = Vec::new();
    for folder in [".aws/sso/cache", ".aws/cli/cache", ".cache/awsenv", ".local/state/awsenv"] {
        below(&world.at(folder), &mut all);
    }
    all
}

#[test]
fn no_file_that_another_user_put_in_place_has_a_say() {
    if !is_root() {
        return;
    }
    let world = scene::signed_in();
    let keys = r#"{"Version": 1, "AccessKeyId": "ASIAP", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"}"#;
    let program = world.program("print-keys", &format!("#!/bin/sh\necho '{keys}'\n"));
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!("{config}\n[profile vault]\ncredential_process = {}\n", program.display()));
    let account = world.emulator().with(|state| state.identities.users[0].account.clone());
    let guarded = scene::allowed(&world, "p", format!("profile = static\naccount = {account}\n").as_str());
    let run = || -> String {
        let mut said = String::new();
        for profile in ["dev", "role", "vault", "static"] {
            let output = world.command(["exec", "-p", profile, "--", "/usr/bin/env"]).unchecked().run();
            said += &format!("{}{}", output.stdout, output.stderr);
        }
        for command in [&["exec", "--", "/usr/bin/env"][..], &["export", "json"], &["status"]] {
            let output = world.command(command).current_dir(&guarded).unchecked().run();
            said += &format!("{}{}", output.stdout, output.stderr);
        }
        said
    };
    let before = run();
    assert!(before.contains("ASIAP"), "{before}");
    let files = kept(&world);
    assert!(files.len() > 8, "{files:?}");
    for file in files {
        let Ok(content) = fs::read(&file) else { continue };
        let text = String::from_utf8_lossy(&content).replace("ASIA", "EVIL").replace("AKIA", "EVIL");
        let text = text.replace("111122223333", "666666666666").replace("123456789012", "666666666666");
        fs::write(&file, text).expect("it can be written");
        give_away(&file);
        let said = run();
        assert!(!said.contains("EVIL") && !said.contains("666666666666"), "{}: {said}", file.display());
        let _ = fs::remove_file(&file);
    }
}
