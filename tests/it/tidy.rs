//! Rules that no compiler knows, enforced by reading the sources: which file may reach which part of the
//! outside world, and what may not be left lying about.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Words that open a door to the outside world, and the only files that may use them.
const DOORS: &[(&[&str], &[&str])] = &[
    // The environment, the directory, the arguments and the clock reach everything else as a `Context`.
    (
        &["env::var", "env::current_dir", "env::args", "env::home_dir"],
        &["src/system/context.rs", "src/main.rs"],
    ),
    (&["Utc::now", "Local::now", "SystemTime::now"], &["src/system/clock.rs"]),
    (
        &["process::Command"],
        &[
            "src/login/browser.rs",
            "src/commands/exec.rs",
            "src/commands/exec/child.rs",
            "src/commands/exec/serve.rs",
            "src/commands/man.rs",
            "src/load/renewal.rs",
            "src/system/child.rs",
            "src/terminal/editor.rs",
        ],
    ),
    // Commands write to the standard output they lock, so that a closed pipe is an error and not a panic.
    (&["print!(", "println!("], &[]),
];

/// What a person leaves for later, as whole words.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "todo!", "dbg!"];

/// Where packages come from is for the machine's configuration to say, and for the lock file. In pieces, so
/// that the names stand nowhere.
const REGISTRIES: &[&str] = &[
    concat!("index.", "crates", ".io"),
    concat!("static.", "crates", ".io"),
    concat!("py", "pi", ".org"),
    concat!("python", "hosted", ".org"),
    concat!("registry.", "npmjs", ".org"),
    concat!("deb.", "debian", ".org"),
];

/// Folders that only exist on the machine of whoever wrote a line.
const MACHINE_PATHS: &[&str] = &["/work/", "/root/"];

/// A file with more lines than this, its unit tests aside, holds more than one noun.
const LONGEST: usize = 400;

/// No line of a comment is wider, in columns, as rustfmt has it for code.
const WIDEST_COMMENT: usize = 110;

/// This file has to spell out what it forbids.
const THIS: &str = "tests/it/tidy.rs";

#[test]
fn the_sources_keep_to_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut offences = Vec::new();
    visit(root, root, &mut |path, text| {
        if path != THIS {
            offences.extend(offences_in(path, text));
        }
    });
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn each_rule_is_seen_to_be_broken() {
    let cases = [
        ("src/a.rs", "    let home = std::env::var_os(\"HOME\");", "src/a.rs:1: `env::var`"),
        ("src/a.rs", "\nlet now = Utc::now();", "src/a.rs:2: `Utc::now`"),
        (
            "src/a.rs",
            "#[cfg(test)]\nmod tests;\nuse std::process::Command;",
            "src/a.rs:3: `process::Command`",
        ),
        ("src/a.rs", "use std::process::Command;", "src/a.rs:1: `process::Command`"),
        ("src/a.rs", "use std::process::{Child, Command};", "src/a.rs:1: `process::Command`"),
        ("src/a.rs", "eprintln!(\"x\");", "src/a.rs:1: `println!(`"),
        ("shell/hook.fish", "# FIXME later", "shell/hook.fish:1: `FIXME`"),
        ("src/a.rs", "#[ignore = \"slow\"]", "src/a.rs:1: `#[ignore`"),
        ("README.md", "see (/root/x)", "README.md:1: `/root/`"),
        (".ci/run", &format!("curl https://{}/x", REGISTRIES[0]), &format!(".ci/run:1: `{}`", REGISTRIES[0])),
    ];
    for (path, text, expected) in cases {
        let offences = offences_in(path, text);
        assert!(offences.len() == 1 && offences[0].starts_with(expected), "{text}: {offences:?}");
    }
    let wide = format!("/// {}", "x".repeat(WIDEST_COMMENT - 3));
    assert_eq!(offences_in("src/a.rs", &wide), ["src/a.rs:1: a comment wider than 110 columns"]);
    assert_eq!(offences_in("src/a.rs", &wide[..WIDEST_COMMENT]), [""; 0]);
    let long = "\n".repeat(LONGEST + 1);
    let tests = "#[cfg(test)]\nmod tests {}\n";
    assert_eq!(offences_in("src/a.rs", &format!("{long}{tests}")), ["src/a.rs: 401 lines, more than 400"]);
    assert_eq!(offences_in("src/a.rs", &format!("{}{tests}", &long[1..])), [""; 0]);
}

#[test]
fn what_only_looks_like_an_offence_is_let_through() {
    let cases = [
        ("src/system/context.rs", "std::env::vars_os()"),
        ("src/a.rs", "// `std::env::var` is for the context alone."),
        ("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests { fn now() { Utc::now(); } }"),
        ("src/a.rs", "environment::variable(clap::Command::new())"),
        ("tests/it/a.rs", "std::env::var(\"CI\")"),
        ("tests/it/a.rs", "mktemp awsenv.XXXXXX"),
        ("README.md", "cd ~/work/acme"),
        ("Cargo.lock", REGISTRIES[0]),
    ];
    for (path, text) in cases {
        assert_eq!(offences_in(path, text), [""; 0], "{path}: {text}");
    }
}

#[test]
fn no_type_has_the_name_of_another() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    visit(root, &root.join("src"), &mut |path, text| {
        if path.ends_with("/tests.rs") {
            return;
        }
        for name in types(text) {
            places.entry(name).or_default().push(path.to_owned());
        }
    });
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
    let text = "pub(super) struct A<'a> {\nenum B {\n    type Target = C;\ntype D = E;\n#[cfg(test)]\nmod tests {\nstruct F;\n";
    assert_eq!(types(text), ["A", "B", "D"]);
}

/// Returns the names of the types that stand in a file for themselves, its unit tests aside.
fn types(text: &str) -> Vec<String> {
    let code = text.lines().take_while(|line| !starts_tests(line));
    let named = code.filter_map(|line| {
        let item = match line.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
            Some(rest) => rest.trim_start(),
            None => line,
        };
        let name = ["struct ", "enum ", "trait ", "type "].iter().find_map(|word| item.strip_prefix(word))?;
        name.split(|letter: char| !letter.is_alphanumeric()).next()
    });
    named.map(str::to_owned).collect()
}

/// Hands every text file of the project to `look`, with its path from the root.
fn visit(root: &Path, dir: &Path, look: &mut impl FnMut(&str, &str)) {
    for entry in fs::read_dir(dir).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        let name = path.file_name().unwrap_or_default();
        // In a linked worktree `.git` is a file, and holds a path.
        if name == ".git" || name == "target" {
            continue;
        }
        if path.is_dir() {
            visit(root, &path, look);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root).expect("it was found below");
            look(path.to_str().expect("the project's file names are text"), &text);
        }
    }
}

fn offences_in(path: &str, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    let is_source = path.starts_with("src/");
    let code = text.lines().take_while(|line| !starts_tests(line));
    let lines = code.filter(|line| *line != "#[cfg(test)]").count();
    if is_source && lines > LONGEST {
        offences.push(format!("{path}: {lines} lines, more than {LONGEST}"));
    }
    let mut is_test = false;
    for (number, line) in (1..).zip(text.lines()) {
        is_test |= starts_tests(line);
        let mut found = leftovers(path, line);
        if Path::new(path).extension().is_some_and(|ending| ending == "rs")
            && is_comment(line)
            && line.chars().count() > WIDEST_COMMENT
        {
            offences.push(format!("{path}:{number}: a comment wider than {WIDEST_COMMENT} columns"));
        }
        if is_source && !is_test && !is_comment(line) {
            found.extend(opened_doors(path, line));
        }
        offences.extend(found.into_iter().map(|word| format!("{path}:{number}: `{word}` has no place here")));
    }
    offences
}

/// Unit tests are the last thing in a file, unless they have one of their own: the rest of it counts then.
fn starts_tests(line: &str) -> bool {
    line.split_once("mod tests {").is_some_and(|(before, _)| before.is_empty() || before.starts_with("pub"))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn opened_doors(path: &str, line: &str) -> Vec<&'static str> {
    let closed = DOORS.iter().filter(|(_, files)| !files.contains(&path));
    closed.filter_map(|(words, _)| words.iter().find(|word| names(line, word)).copied()).collect()
}

/// Returns whether the line names the path: `process::Command` also as `process::{Child, Command}`.
fn names(line: &str, path: &str) -> bool {
    let in_braces = path.split_once("::").is_some_and(|(module, item)| {
        line.split_once(&format!("{module}::{{")).is_some_and(|(_, items)| items.contains(item))
    });
    in_braces || line.contains(path)
}

fn leftovers(path: &str, line: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    found.extend(MARKS.iter().filter(|mark| has_word(line, mark)));
    found.extend(["#[ignore"].iter().filter(|attribute| line.contains(**attribute)));
    found.extend(MACHINE_PATHS.iter().filter(|folder| starts_a_path(line, folder)));
    if path != "Cargo.lock" {
        found.extend(REGISTRIES.iter().filter(|host| line.contains(**host)));
    }
    found
}

/// Returns whether the word stands in the line and is not a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_inner = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(is_inner) && !after.is_some_and(is_inner)
    })
}

/// Returns whether the folder stands at the beginning of a path: `~/work/` is anybody's.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "~.}_-*/".contains(character))
    })
}
