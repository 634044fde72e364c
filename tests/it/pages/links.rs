//! Links lead somewhere, and every page is near the README.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::markdown::{Part, pages, parts, prose, root};

/// Returns where the links of a page lead: a path in the repository, and an anchor.
fn links(path: &Path, page: &str) -> Vec<(PathBuf, String)> {
    let mut links = Vec::new();
    for part in parts(page) {
        let Part::Line(line) = part else { continue };
        for rest in prose(line).split("](").skip(1) {
            let target = rest.split_once(')').expect("a link ends").0;
            if !target.contains("://") {
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let file = if file.is_empty() { path.to_owned() } else { beside(path, file) };
                links.push((file, anchor.to_owned()));
            }
        }
    }
    links
}

/// Returns the path of `file` as a page at `path` names it.
fn beside(path: &Path, file: &str) -> PathBuf {
    let mut result = path.parent().expect("a page has a folder").to_owned();
    for component in Path::new(file).components() {
        match component {
            Component::ParentDir => assert!(result.pop(), "{file} is outside of the repository"),
            component => result.push(component),
        }
    }
    result
}

/// Returns the anchors of a page, as they are made of its headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let heading = |part| match part {
        Part::Line(line) if line.starts_with('#') => Some(line.trim_start_matches('#').trim().to_lowercase()),
        _ => None,
    };
    let kept = |char: char| match char {
        ' ' => Some('-'),
        char if char.is_alphanumeric() || "-_".contains(char) => Some(char),
        _ => None,
    };
    parts(page).into_iter().filter_map(heading).map(|text| text.chars().filter_map(kept).collect()).collect()
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let pages = pages();
    let mut count = 0;
    for (path, page) in &pages {
        for (file, anchor) in links(path, page) {
            let from = path.display();
            assert!(root().join(&file).exists(), "{from} links to {}, which is not there", file.display());
            if !anchor.is_empty() {
                let target = pages.get(&file).expect("an anchor is in a page");
                assert!(anchors(target).contains(&anchor), "{from}: {} has no #{anchor}", file.display());
            }
            count += 1;
        }
    }
    assert!(count > 50);
}

#[test]
fn every_page_is_two_steps_from_the_readme() {
    let pages = pages();
    let mut near = BTreeSet::from([PathBuf::from("README.md")]);
    for _ in 0..2 {
        let next: Vec<_> = near
            .iter()
            .filter_map(|path| pages.get(path).map(|page| links(path, page)))
            .flatten()
            .map(|(file, _)| file)
            .collect();
        near.extend(next);
    }
    let far: Vec<_> = pages.keys().filter(|path| !near.contains(*path)).collect();
    assert!(far.is_empty(), "not linked from README.md or a page that it links to: {far:?}");
}

#[test]
fn the_readme_is_short() {
    let words = pages()[Path::new("README.md")].split_whitespace().count();
    assert!(words <= 1000, "{words} words: move some to docs");
}
