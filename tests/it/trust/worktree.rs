//! Linked git worktrees share the permissions of their main checkout, and nothing else does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::harness::invocation::Invocation;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::World;

const DEV: &str = "profile = static\n";

/// Runs git in a folder of the home directory.
fn git(world: &World, folder: &str, args: &[&str]) {
    let user = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    let git = Invocation::new(world, Path::new("/usr/bin/env"), ["git"].iter().chain(&user).chain(args));
    let output = git.current_dir(folder).env("GIT_CONFIG_NOSYSTEM", "1").unchecked().run();
    assert_eq!(output.code, 0, "git {args:?}: {output:?}");
}

/// Makes a repository with a `.awsenv` at its root and one in `service`, both allowed, and a linked worktree
/// of it.
fn repository() -> Option<(World, PathBuf)> {
    if !tools::have(&["git"]) {
        return None;
    }
    let world = scene::world();
    scene::allowed(&world, "main", DEV);
    scene::allowed(&world, "main/service", "profile = role\n");
    git(&world, "main", &["init", "-q"]);
    git(&world, "main", &["add", "."]);
    git(&world, "main", &["commit", "-q", "-m", "first"]);
    git(&world, "main", &["worktree", "add", "-q", "../linked"]);
    let linked = world.at("linked");
    Some((world, linked))
}

fn is_allowed(world: &World, folder: impl AsRef<Path>) -> bool {
    let status = world.command(["status", "--quiet"]).current_dir(folder).unchecked().run();
    assert!(matches!(status.code, 0 | 4), "{status:?}");
    status.code == 0
}

#[test]
fn what_is_allowed_in_the_main_checkout_is_allowed_at_the_same_place_of_a_worktree() {
    let Some((world, linked)) = repository() else { return };
    assert!(is_allowed(&world, &linked));
    assert!(is_allowed(&world, linked.join("service")));
    symlink(&linked, world.at("link")).expect("the world can be written");
    assert!(is_allowed(&world, "link/service"));

    fs::create_dir(linked.join("other")).expect("the world can be written");
    fs::copy(linked.join("service/.awsenv"), linked.join("other/.awsenv")).expect("it is there");
    assert!(!is_allowed(&world, linked.join("other")), "another place");
    fs::write(linked.join("service/.awsenv"), "profile = static\n").expect("the world can be written");
    assert!(!is_allowed(&world, linked.join("service")), "another content");
}

#[test]
fn worktrees_inside_and_relative_ones_are_known_too() {
    let Some((world, linked)) = repository() else { return };
    git(&world, "main", &["worktree", "add", "-q", ".trees/inner"]);
    assert!(is_allowed(&world, "main/.trees/inner"));
    // As git 2.48 and later write them with `--relative-paths`.
    fs::write(linked.join(".git"), "gitdir: ../main/.git/worktrees/linked\n")
        .expect("the world can be written");
    world.write("main/.git/worktrees/linked/gitdir", "../../../../linked/.git\n");
    assert!(is_allowed(&world, &linked));
}

#[test]
fn a_denial_in_either_place_counts() {
    let Some((world, linked)) = repository() else { return };
    assert!(is_allowed(&world, &linked) && is_allowed(&world, linked.join("service")));
    world.command(["deny", "linked"]).unchecked().run();
    assert!(!is_allowed(&world, &linked));
    world.command(["deny", "main/service"]).unchecked().run();
    assert!(!is_allowed(&world, linked.join("service")));
}

#[test]
fn a_worktree_that_was_moved_or_removed_is_not_known_any_more() {
    let Some((world, linked)) = repository() else { return };
    fs::rename(&linked, world.at("moved")).expect("it is there");
    assert!(!is_allowed(&world, "moved"));
    git(&world, "moved", &["worktree", "repair"]);
    assert!(is_allowed(&world, "moved"));
    fs::remove_dir_all(world.at("main/.git/worktrees")).expect("it is there");
    assert!(!is_allowed(&world, "moved"));
}

#[test]
fn a_forged_link_opens_nothing() {
    let Some((world, linked)) = repository() else { return };
    let record = world.at("main/.git/worktrees/linked");
    let forge = |link: &str| {
        let evil = world.project("evil", DEV);
        let _ = fs::remove_file(evil.join(".git"));
        fs::write(evil.join(".git"), link).expect("the world can be written");
        assert!(!is_allowed(&world, &evil), "{link}");
    };
    forge(&format!("gitdir: {}\n", record.display()));
    forge("gitdir: ../main/.git/worktrees/linked\n");
    forge(&format!("gitdir: {}\n", world.at("main/.git").display()));
    forge("gitdir: .\n");
    forge("gitdir: \n");
    forge("nonsense\n");
    forge(&"x".repeat(20_000));

    let evil = world.at("evil");
    fs::remove_file(evil.join(".git")).expect("it was just written");
    symlink(linked.join(".git"), evil.join(".git")).expect("the world can be written");
    assert!(!is_allowed(&world, &evil), "a link to the link");
    fs::remove_file(evil.join(".git")).expect("it was just made");
    rustix::fs::mkfifoat(rustix::fs::CWD, evil.join(".git"), rustix::fs::Mode::RWXU).expect("a pipe");
    assert!(!is_allowed(&world, &evil), "a pipe is not waited for");
}

#[test]
fn a_record_that_is_not_the_main_checkouts_own_opens_nothing() {
    let Some((world, _)) = repository() else { return };
    // An unpacked folder brings both sides, but no permission for its own main checkout.
    world.project("evil/tree", DEV);
    world.write("evil/tree/.git", format!("gitdir: {}\n", world.at("evil/.git/worktrees/tree").display()));
    world.write("evil/.git/worktrees/tree/gitdir", format!("{}\n", world.at("evil/tree/.git").display()));
    assert!(!is_allowed(&world, "evil/tree"));
    // Neither does a record that a link carries into the real main checkout.
    symlink(world.at("evil/.git/worktrees/tree"), world.at("main/.git/worktrees/tree"))
        .expect("it can be written");
    world.write("evil/tree/.git", format!("gitdir: {}\n", world.at("main/.git/worktrees/tree").display()));
    assert!(!is_allowed(&world, "evil/tree"));
}
