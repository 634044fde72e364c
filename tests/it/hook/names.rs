//! Folders of any name, and values of any kind, are only ever data.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, allow, assert_loaded, assert_nothing, cannot, export, loaded, start,
    world,
};
use crate::harness::recorder::Recorder;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const NAMES: &[&str] = &[
    "two words",
    " ",
    "it's",
    "say \"hi\"",
    "$(touch PWN)",
    "`touch PWN`",
    "$HOME",
    "line\nfeed",
    "ends in line feeds\n\n",
    "back\\slash",
    "ends in \\",
    "-n",
    "--",
    "tab\tbell\u{7}escape\u{1b}[31m",
    "*?[a]{b,c}",
    "#hash !bang ~ ; & | < > (x)",
    "Zoë 東京 🦀",
    "%s%n",
    "=ls",
];

/// Changes to the folder whose path the file holds, so that nothing has to be typed.
fn go(kind: Kind, shell: &mut Shell, world: &World, dir: &Path) -> String {
    let path = [dir.as_os_str().as_bytes(), b"/."].concat();
    let file = world.write("goal", path);
    let file = file.display();
    let screen = shell.run(&match kind {
        Kind::Bash | Kind::Zsh => format!("IFS= read -r -d '' goal <'{file}'; cd -- \"$goal\""),
        Kind::Elvish => format!("cd (slurp <'{file}')"),
        Kind::Tcsh => format!("cd \"`cat '{file}'`\""),
        Kind::Fish => format!("read -z goal <'{file}'; cd -- $goal"),
        Kind::Nu => format!("cd (open --raw '{file}')"),
    });
    screen.text().to_owned()
}

fn folders_of_any_name_load_and_stay_idle(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    for name in NAMES {
        let outer = world.dir(name);
        let inner = outer.join(name);
        for (dir, profile) in [(&outer, "dev"), (&inner, "ops")] {
            std::fs::create_dir_all(dir.join("below")).expect("a new folder");
            std::fs::write(dir.join(".awsenv"), format!("profile = {profile}\n")).expect("a new file");
            allow(&world, dir);
        }
        let there = |dir: &Path, entered: &str, shell: &mut Shell, recorder: &Recorder| {
            recorder.take();
            assert_eq!(go(kind, shell, &world, dir), entered, "{name:?}");
            assert_eq!(recorder.take().len(), 1, "{name:?}");
            shell.quietly("");
            shell.quietly("cd below");
            shell.quietly("cd ..");
            assert_eq!(recorder.count(), 0, "{name:?}");
        };
        there(&outer, ENTERED_DEV, &mut shell, &recorder);
        there(&inner, ENTERED_OPS, &mut shell, &recorder);
        assert_eq!(go(kind, &mut shell, &world, &outer), ENTERED_DEV, "{name:?}");
        assert_eq!(shell.run("cd ~"), LEFT_DEV, "{name:?}");
    }
    assert_loaded_after_all(&world, &mut shell);
}

fn assert_loaded_after_all(world: &World, shell: &mut Shell) {
    assert_nothing(shell);
    shell.run("cd a");
    assert_loaded(shell, "dev");
    assert!(walk(&world.home()).iter().all(|path| path.file_name() != Some(OsStr::new("PWN"))));
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| if path.is_dir() && !path.is_symlink() { walk(&path) } else { vec![path] })
        .collect()
}

fn folders_of_any_name_are_told_to_be_blocked_in_one_line(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    // tcsh and nushell cannot even go to all of them: what comes from a command in tcsh has no line feeds,
    // and `cd` of nushell takes the controls of terminals out.
    let can_go = |name: &&&str| match kind {
        Kind::Tcsh => !name.contains('\n'),
        Kind::Nu => !name.contains('\x1b'),
        _ => true,
    };
    for name in NAMES.iter().filter(can_go) {
        let dir = world.project(name, "profile = dev\n");
        let told = go(kind, &mut shell, &world, &dir);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("is not allowed"), "{told}");
        shell.quietly("");
    }
    assert_nothing(&mut shell);
}

fn a_folder_that_is_no_text_is_like_any_other(kind: Kind) {
    if kind == Kind::Nu {
        return cannot(kind, "it cannot go to such a folder");
    }
    let world = world();
    let dir = world.home().join(OsStr::from_bytes(b"bytes\xff\xfe\x80"));
    std::fs::create_dir(&dir).expect("a new folder");
    std::fs::write(dir.join(".awsenv"), "profile = dev\n").expect("a new file");
    allow(&world, &dir);
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    assert_eq!(go(kind, &mut shell, &world, &dir), ENTERED_DEV);
    recorder.take();
    shell.quietly("");
    assert!(kind.asks_at_each_prompt() || recorder.count() == 0);
    assert_loaded(&mut shell, "dev");
}

fn profile_names_of_any_kind_are_exported_as_they_are(kind: Kind) {
    let world = world();
    let names =
        ["it's", "$(touch PWN)", "`touch PWN`", "back\\slash\\", "a\"b", "a;b|c&d", "$HOME", "é 東京", "-n"];
    let credentials: String = names
        .iter()
        .map(|name| {
            format!("[{name}]\naws_access_key_id = AKIA\naws_secret_access_key = $(touch PWN)'\"\\\n")
        })
        .collect();
    world.aws_credentials(&credentials);
    let dir = world.dir("p");
    let mut shell = start(kind, &world);
    shell.run("cd p");
    for name in names {
        world.write("p/.awsenv", format!("profile = {name}\n"));
        allow(&world, &dir);
        let told = shell.run("");
        assert_eq!(told.lines(), [format!("awsenv: {name}")], "{name}");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some(name));
        assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY").as_deref(), Some("$(touch PWN)'\"\\"));
    }
    shell.run("cd ~");
    assert_nothing(&mut shell);
    assert!(!world.at("PWN").exists() && !dir.join("PWN").exists());
}

fn a_region_that_is_none_is_refused(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    for region in ["$(touch PWN)", "eu-west-1; touch PWN", "evil.example.com/"] {
        world.write("a/.awsenv", format!("profile = dev\nregion = {region}\n"));
        let screen = shell.run("");
        assert!(screen.text().contains("awsenv: error: ~/a/.awsenv is not allowed yet"), "{screen}");
        shell.quietly("");
        assert_nothing(&mut shell);
    }
    assert!(!world.at("a/PWN").exists());
}

fn previous_values_of_any_kind_come_back(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let values =
        ["$(touch PWN)", "back\\slash\\", "\"quoted\" `touch PWN`", "-n", "é 東京 🦀", " ", "!!", "%s"];
    for value in values {
        for name in ["AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"] {
            let value = match kind {
                Kind::Fish => value.replace('\\', "\\\\"),
                Kind::Tcsh => value.replace('!', "\\!"),
                _ => value.to_owned(),
            };
            shell.run(&export(kind, name, &value));
        }
        shell.run("cd a");
        shell.run("cd ..");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some(value));
        assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY").as_deref(), Some(value));
    }
    assert_eq!(loaded("dev").len(), 6);
    assert!(!world.at("PWN").exists() && !world.at("a/PWN").exists());
}

each_shell!(folders_of_any_name_load_and_stay_idle);
each_shell!(
    every:
    folders_of_any_name_are_told_to_be_blocked_in_one_line,
    a_folder_that_is_no_text_is_like_any_other,
    profile_names_of_any_kind_are_exported_as_they_are,
    a_region_that_is_none_is_refused,
    previous_values_of_any_kind_come_back,
);
