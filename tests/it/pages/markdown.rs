//! The pages and what they consist of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages outside of docs.
const TOP: [&str; 4] = ["README.md", "README.ja.md", "SECURITY.md", "CONTRIBUTING.md"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the text of each page by its path in the repository.
pub fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = TOP.map(PathBuf::from).to_vec();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder of pages") {
            let path = folder.join(entry.expect("an entry").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
    }
    let text = |path: &PathBuf| fs::read_to_string(root().join(path)).expect("a page");
    pages.into_iter().map(|path| (path.clone(), text(&path))).collect()
}

/// A part of a page.
pub enum Part<'a> {
    /// A block of code: its language, and the code.
    Block(&'a str, &'a str),
    /// A line outside of blocks.
    Line(&'a str),
}

/// Returns the parts of a page in their order.
pub fn parts(page: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = page;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        match line.trim_start().strip_prefix("```") {
            Some(language) if !language.contains('`') => {
                let (code, after) = rest.split_once("```").expect("a block ends");
                parts.push(Part::Block(language, code));
                rest = after.split_once('\n').map_or("", |(_, after)| after);
            }
            _ => parts.push(Part::Line(line)),
        }
    }
    parts
}

/// Returns the code in a line, which stands between equally many backticks.
pub fn code(line: &str) -> Vec<&str> {
    split(line).into_iter().filter_map(|(is_code, text)| is_code.then_some(text)).collect()
}

/// Returns the line without its code.
pub fn prose(line: &str) -> String {
    split(line).into_iter().filter_map(|(is_code, text)| (!is_code).then_some(text)).collect()
}

/// Returns the pieces of a line, and of each whether it is code.
fn split(line: &str) -> Vec<(bool, &str)> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inside = &rest[start + ticks..];
        let Some(end) = inside.find(&"`".repeat(ticks)) else { break };
        pieces.push((false, &rest[..start]));
        pieces.push((true, &inside[..end]));
        rest = &inside[end + ticks..];
    }
    pieces.push((false, rest));
    pieces
}
