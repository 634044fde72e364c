//! `SECURITY.md` names the tests that prove its promises: each of them exists.

use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../../SECURITY.md");

fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            *all += &fs::read_to_string(&path).expect("it is text");
        }
    }
}

/// Returns the words between backticks that can be the name of a test: of several parts, and without anything
/// else.
fn named(page: &str) -> impl Iterator<Item = &str> {
    let is_test = |word: &&str| {
        word.matches('_').count() > 0
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    page.split('`').skip(1).step_by(2).filter(is_test)
}

#[test]
fn each_promise_is_proven_by_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut all);
    }
    let names: Vec<_> = named(PAGE).collect();
    assert!(names.len() > 50, "{names:?}");
    let lists: Vec<&str> =
        all.split("each_shell!(").skip(1).filter_map(|list| list.split(");").next()).collect();
    let is_test = |name: &str| {
        let function = all.find(&format!("fn {name}(")).map(|at| all[..at].trim_end());
        let is_marked = function.is_some_and(|before| before.ends_with("#[test]"));
        // `each_shell!` makes a test of a function by naming it once more.
        let is_listed = || lists.iter().any(|list| list.contains(name));
        is_marked || function.is_some() && is_listed()
    };
    let missing: Vec<_> = names.iter().filter(|name| !is_test(name)).collect();
    assert!(missing.is_empty(), "these tests are named in SECURITY.md and do not exist: {missing:?}");
    // Sections promise, and say what they do not promise.
    let sections: Vec<_> = PAGE.split("\n## ").skip(2).collect();
    for section in sections {
        assert!(section.contains("Not promised: "), "{section}");
        assert!(named(section).next().is_some(), "{section}");
    }
}
