//! Every direct dependency says why it is there, in `docs/dependencies.md`.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../docs/dependencies.md");
const PACKAGES: [&str; 4] = [
    include_str!("../../Cargo.toml"),
    include_str!("../../benches/Cargo.toml"),
    include_str!("../emulator/Cargo.toml"),
    include_str!("../playground/Cargo.toml"),
];

/// Returns the names in the tables of dependencies of a `Cargo.toml`.
fn direct(package: &str) -> impl Iterator<Item = &str> {
    let tables = package.split("\n[").filter(|table| {
        let name = table.split(']').next().unwrap_or_default();
        name.split('.').next_back().is_some_and(|name| name.ends_with("dependencies")) && name != "workspace"
    });
    let lines = tables.flat_map(|table| table.lines().skip(1));
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('#'))
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let used: BTreeSet<_> = PACKAGES.into_iter().flat_map(direct).collect();
    let rows = PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| crate"));
    let explained: Vec<_> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            assert!(cells.len() == 4 && cells[2].len() > 10, "{row}");
            cells[1]
        })
        .collect();
    assert_eq!(explained.iter().copied().collect::<BTreeSet<_>>(), used);
    assert_eq!(explained.len(), used.len(), "each one once");
}
