//! `awsenv man`, and that the pages in `man/` say what `--help` says.
//!
//! The pages of the commands are written from the command line's definition, and `man/pages.rs` names them
//! all: `UPDATE_MAN_PAGES=1 cargo test --test it man_pages` writes them again.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::harness::login_stage::Sitting;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::World;

/// What stands at the start of a page: the apostrophe for groff, and for others.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// The name of each file in `man/` that is written, with its text.
fn written() -> BTreeMap<String, String> {
    let mut root = awsenv::cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = BTreeMap::new();
    add(&root, &mut pages);
    let mut index = "// Written by tests/it/commands/man_pages.rs.\n[\n".to_owned();
    for file in pages.keys().map(String::as_str).chain(["awsenv.5"]) {
        index += &format!("    ({:?}, include_str!({file:?})),\n", file.trim_end_matches(".1"));
    }
    pages.insert("pages.rs".to_owned(), index + "]\n");
    pages
}

fn add(command: &clap::Command, pages: &mut BTreeMap<String, String>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    pages.insert(format!("{name}.1"), page(command, &name));
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        add(command, pages);
    }
}

fn page(command: &clap::Command, name: &str) -> String {
    let mut out = format!("{APOSTROPHE}.TH {name} 1 \"\" awsenv awsenv\n").into_bytes();
    let man = Man::new(command.clone());
    man.render_name_section(&mut out).expect("memory takes it");
    man.render_synopsis_section(&mut out).expect("memory takes it");
    man.render_description_section(&mut out).expect("memory takes it");
    man.render_options_section(&mut out).expect("memory takes it");
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out).expect("memory takes it");
    }
    let mut roff = Roff::new();
    if let Some(notes) = command.get_after_help() {
        roff.control("SH", ["NOTES"]);
        add_notes(&mut roff, &notes.to_string());
    }
    roff.control("SH", ["SEE ALSO"]);
    let see = if name == "awsenv" { "awsenv(5)" } else { "awsenv(1), awsenv(5)" };
    roff.text([roman(see)]);
    roff.to_writer(&mut out).expect("memory takes it");
    let page = String::from_utf8(out).expect("a page is text");
    // Every section defines the apostrophe again.
    let sections: String = page.split(APOSTROPHE).collect();
    let lines = sections.lines().map(|line| line.trim_end().to_owned() + "\n");
    APOSTROPHE.to_owned() + &lines.collect::<String>()
}

/// Keeps the lines of examples, which are indented; other lines are filled as paragraphs.
fn add_notes(roff: &mut Roff, notes: &str) {
    let mut is_example = false;
    for line in notes.lines() {
        let indented = line.starts_with("  ");
        if indented != is_example && !line.is_empty() {
            roff.control(if indented { "nf" } else { "fi" }, []);
            is_example = indented;
        }
        match line {
            "" => roff.control("PP", []),
            _ if indented => roff.text([bold(line)]),
            _ => roff.text([roman(line)]),
        };
    }
    if is_example {
        roff.control("fi", []);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("man")
}

#[test]
fn the_pages_say_what_the_help_says() {
    let update = std::env::var_os("UPDATE_MAN_PAGES").is_some();
    let written = written();
    let there =
        fs::read_dir(folder()).expect("the folder is there").map(|entry| entry.expect("it is there").path());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for path in there.filter(|path| name(path) != "awsenv.5" && !written.contains_key(&name(path))) {
        assert!(update, "{} is of no command; {UPDATE}", path.display());
        fs::remove_file(path).expect("the folder can be written");
    }
    for (file, text) in written {
        let path = folder().join(&file);
        if fs::read_to_string(&path).unwrap_or_default() != text {
            assert!(update, "man/{file} is not what the help says; {UPDATE}");
            fs::write(path, text).expect("the folder can be written");
        }
    }
}

const UPDATE: &str = "run `UPDATE_MAN_PAGES=1 cargo test --test it man_pages`";

#[test]
fn man_has_no_complaint_about_a_page() {
    if !tools::have(&["man"]) {
        return;
    }
    let world = World::new();
    for page in ["", "exec", "awsenv-login", "configure sso", "5"] {
        let roff = world.run(["man"].into_iter().chain(page.split_whitespace())).stdout;
        let mut man = Command::new("man")
            .args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-"])
            .env("MANWIDTH", "80")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("man starts");
        man.stdin.take().expect("it is piped").write_all(roff.as_bytes()).expect("man reads it all");
        let output = man.wait_with_output().expect("man ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{page}");
        assert!(!output.stdout.is_empty(), "{page}");
    }
}

#[test]
fn every_key_is_in_the_page_of_the_files() {
    let page = fs::read_to_string(folder().join("awsenv.5")).expect("the page is there");
    let keys_in =
        |hint: &str| -> Vec<String> { hint.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let world = World::new();
    world.write(".config/awsenv/config", "zzzzzzzzzzzz = 1\n");
    let settings = world.command(["status"]).unchecked().run().stderr;
    world.write(".config/awsenv/config", "");
    let project = world.project("p", "zzzzzzzzzzzz = 1\n");
    let file = world.command(["allow"]).current_dir(project).unchecked().run().stderr;
    for message in [settings, file] {
        let hint =
            message.lines().find(|line| line.starts_with("awsenv: hint: ")).expect("the keys are named");
        let keys = keys_in(hint);
        assert!(keys.len() > 3, "{message}");
        for key in keys {
            assert!(page.contains(&format!("\\fB{key}\\fR")), "`{key}` is not in man/awsenv.5");
        }
    }
}

#[test]
fn a_terminal_without_man_gets_plain_text() {
    let mut world = scene::world();
    world.set("PATH", world.bin());
    let screen = Sitting::with(&world, &["man", "exec"], &[]).finish(&world, 0);
    for line in ["NAME", "SYNOPSIS", "  awsenv exec -- aws s3 ls"] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
    assert!(!screen.contains('\\') && !screen.contains("\n."), "{screen}");
}

#[test]
fn a_page_that_does_not_exist_is_told() {
    let stderr =
        "awsenv: error: there is no manual page for `exce`\nawsenv: hint: did you mean `awsenv man exec`?\n";
    World::new().command(["man", "exce"]).code(1).stderr(stderr).run();
}
