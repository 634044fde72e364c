//! The order of the folders: each file imports only from its own folder and from those below it, and no files
//! import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders and single files of `src`, from the top down.
const ORDER: [&str; 25] = [
    "main",
    "cli",
    "commands",
    "prune",
    "prompt",
    "doctor",
    "load",
    "sources",
    "login",
    "import",
    "setup",
    "configure",
    "shell",
    "env_file",
    "aws",
    "cache",
    "keyring",
    "settings",
    "shared_config",
    "terminal",
    "exports",
    "system",
    "values",
    "text",
    "failure",
];

/// What the commands share, in their own folder.
const SHARED_BY_COMMANDS: [&str; 1] = ["exit"];

/// A module, as the names from the root: `["aws", "sts"]`.
type Module = Vec<String>;

#[test]
fn each_folder_imports_only_what_stands_below_it() {
    let mut offences = Vec::new();
    for (file, imports) in &imports() {
        let own = place(&file[0]);
        for import in imports {
            if place(&import[0]) < own {
                offences.push(format!("src/{}.rs imports {}", file.join("/"), import.join("::")));
            }
        }
    }
    assert!(offences.is_empty(), "upwards:\n{}", offences.join("\n"));
}

#[test]
fn no_command_imports_another() {
    let mut offences = Vec::new();
    for (file, imports) in &imports() {
        let ["commands", own, ..] = file.iter().map(String::as_str).collect::<Vec<_>>()[..] else { continue };
        for import in imports {
            let ["commands", other, ..] = import.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
                continue;
            };
            if other != own && !SHARED_BY_COMMANDS.contains(&other) {
                offences.push(format!("{own} imports {other}"));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    for file in imports.keys() {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&Module> = imports[file].iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(imports.get(module).into_iter().flatten());
            }
        }
        assert!(!reached.contains(file), "src/{}.rs imports itself, over others", file.join("/"));
    }
}

#[test]
fn an_import_is_found_however_it_is_written() {
    let is = |text: &str, expected: &[&str]| {
        let found: Vec<String> =
            paths(text, &["a".to_owned(), "b".to_owned()]).iter().map(|path| path.join("::")).collect();
        assert_eq!(found, expected, "{text}");
    };
    is("use crate::aws::sts;", &["aws::sts"]);
    is("use crate::aws::{self, sts::{Identity, call}};", &["aws", "aws::sts::Identity", "aws::sts::call"]);
    is("use super::c as d;", &["a::c"]);
    is("    crate::terminal::message::debug(ctx)", &["terminal::message::debug"]);
    is("// crate::terminal\n#[cfg(test)]\nmod tests {\n    use crate::aws;\n}", &[]);
}

fn place(folder: &str) -> usize {
    ORDER
        .iter()
        .position(|name| *name == folder)
        .unwrap_or_else(|| panic!("{folder} has no place in the order"))
}

/// Returns the modules that each file imports, itself and its children left out.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    list(&root, &mut files);
    let module = |file: &PathBuf| -> Module {
        let path = file.strip_prefix(&root).expect("it was found below").with_extension("");
        path.iter().map(|name| name.to_str().expect("the project's file names are text").to_owned()).collect()
    };
    let known: BTreeSet<Module> = files.iter().map(&module).collect();
    let mut imports = BTreeMap::new();
    for file in &files {
        let own = module(file);
        if own == ["lib"] || own.last().is_some_and(|name| name == "tests") {
            continue;
        }
        let text = fs::read_to_string(file).expect("the sources can be read");
        let found = paths(&text, &own).into_iter().filter_map(|path| {
            (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|path| known.contains(path))
        });
        imports.insert(own.clone(), found.filter(|module| *module != own).collect());
    }
    imports
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Returns the paths in the crate that a file's text names, its unit tests and comments left out.
fn paths(text: &str, own: &[String]) -> Vec<Module> {
    let mut code = String::new();
    for line in text.lines().take_while(|line| *line != "#[cfg(test)]") {
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    let mut found = Vec::new();
    for (root, prefix) in [("crate::", &[][..]), ("super::", &own[..own.len() - 1])] {
        for (start, _) in code.match_indices(root) {
            let before = code[..start].chars().next_back();
            if before.is_some_and(|character| character.is_alphanumeric() || "_:".contains(character)) {
                continue;
            }
            read(&mut code[start + root.len()..].chars().peekable(), prefix, &mut found);
        }
    }
    found
}

/// Reads `a::b::{c, d::e}`, the beginning of `rest`.
fn read(rest: &mut std::iter::Peekable<std::str::Chars>, prefix: &[String], found: &mut Vec<Module>) {
    let mut path = prefix.to_vec();
    loop {
        while rest.next_if(|character| character.is_whitespace()).is_some() {}
        let mut name = String::new();
        while let Some(character) = rest.next_if(|character| character.is_alphanumeric() || *character == '_')
        {
            name.push(character);
        }
        if !name.is_empty() && name != "self" {
            path.push(name);
        }
        if rest.next_if_eq(&'{').is_some() {
            while rest.peek().is_some_and(|character| *character != '}') {
                read(rest, &path, found);
                // Up to the next name: an alias, a comma, a line's end.
                while rest.next_if(|character| !"},".contains(*character)).is_some() {}
                rest.next_if_eq(&',');
                while rest.next_if(|character| character.is_whitespace()).is_some() {}
            }
            rest.next_if_eq(&'}');
            return;
        }
        if rest.next_if_eq(&':').is_none() || rest.next_if_eq(&':').is_none() {
            found.push(path);
            return;
        }
    }
}
