//! What newcomers are shown: the sessions of the first page are replayed in bash and compared, and so is the
//! picture.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use awsenv_playground::{Playground, Shell};

const GETTING_STARTED: &str = include_str!("../../../docs/getting-started.md");

#[test]
fn the_sessions_of_the_first_page_are_what_the_program_prints() {
    let playground = Playground::new(Path::new(env!("CARGO_BIN_EXE_awsenv-playground"))).unwrap();
    let home = playground.home().to_str().unwrap().to_owned();
    let mut session = playground.session(Shell::Bash).unwrap();
    let mut actual = String::new();
    for line in sessions().lines().filter_map(typed) {
        actual += &format!("{}{line}\n", session.prompt());
        let text = session.run(line).replace(&home, "/home/you");
        actual.extend(text.lines().filter_map(comparable).map(|line| format!("{line}\n")));
    }
    let expected = sessions();
    assert!(timeless(&expected) == timeless(&actual), "the program prints this instead:\n{actual}");
    assert!(expected.lines().count() > 20, "there are sessions on the page");
}

#[test]
fn the_picture_shows_what_the_program_prints() {
    let playground = Playground::new(Path::new(env!("CARGO_BIN_EXE_awsenv-playground"))).unwrap();
    let picture = playground.picture().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/session.svg");
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        fs::write(&path, &picture).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap();
    let advice = "UPDATE_PICTURE=1 cargo test -p awsenv-playground picture";
    assert!(timeless(&kept) == timeless(&picture), "`{advice}` draws it again:\n{picture}");
    assert!(picture.contains(">acme-dev eu-west-1<"));
}

/// Returns the blocks of sessions, one after the other: one shell lives through all of them.
fn sessions() -> String {
    let blocks = GETTING_STARTED.split("```console\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0).collect()
}

/// Returns what is typed in this line of a session, if it starts with a prompt.
fn typed(line: &str) -> Option<&str> {
    let (place, line) = line.split_once(" $ ")?;
    place.starts_with('~').then_some(line)
}

/// Returns the line as the page has it: the login page's address is random, and whether it is copied depends
/// on the machine.
fn comparable(line: &str) -> Option<&str> {
    match line {
        line if line.starts_with("  http://127.0.0.1:") => Some("  http://127.0.0.1:40311/authorize?..."),
        line if line.contains("on your clipboard") => None,
        line => Some(line),
    }
}

/// Takes out how long things last: `59m left` is `58m left` on a slow machine.
fn timeless(text: &str) -> String {
    let is_span = |word: &str| {
        let digits = word.trim_end_matches(['h', 'm', 's']);
        digits.len() + 1 == word.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let words = |line: &str| line.split(' ').filter(|word| !is_span(word)).collect::<Vec<_>>().join(" ");
    text.lines().map(words).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_the_build_needs_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let link = |name: &str| {
        let path = std::env::var_os("PATH").unwrap();
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
        symlink(found.find(|path| path.exists()).unwrap(), folder.path().join(name)).unwrap();
    };
    let write = |name: &str, line: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\necho {line}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let said = || {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playground");
        let run =
            Command::new("/bin/bash").arg(script).env_clear().env("PATH", folder.path()).output().unwrap();
        assert_eq!(run.status.code(), Some(1));
        String::from_utf8(run.stderr).unwrap()
    };
    ["dirname", "sed", "cut", "sort", "head"].into_iter().for_each(link);
    write("uname", "MINGW64_NT-10.0");
    assert!(said().contains("run this in WSL"), "{}", said());
    write("uname", "Linux");
    assert!(
        said().starts_with("playground: error: Rust is not installed; install 1.95 or later"),
        "{}",
        said()
    );
    write("cargo", "never");
    write("rustc", "rustc 1.63.0");
    assert!(said().contains("Rust 1.63.0 is too old; 1.95 or later is needed"), "{}", said());
    write("rustc", "rustc 1.100.0");
    assert!(said().contains("there is no C compiler"), "{}", said());
    assert_eq!(said().lines().count(), 1);
}
