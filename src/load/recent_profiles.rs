//! The profiles that a person used lately and often, in a small file in the state folder. It only decides the
//! order of a list.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::shared_config::SharedConfig;
use crate::system::context::Context;
use crate::system::files;
use crate::text::sanitize;

/// How many profiles are remembered.
const MOST: usize = 100;

/// In bytes; awsenv writes no longer file.
const LARGEST: u64 = 64 * 1024;

/// In bytes; a file of this size is rewritten instead of appended to.
const FULL: u64 = 16 * 1024;

const HOUR: i64 = 3600;

/// A use of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Used {
    name: String,
    /// The time of the last use, in seconds since 1970.
    last: i64,
    /// How often it was used.
    times: i64,
}

impl Used {
    /// Returns how likely the profile is wanted now: the number of its uses, weighted by how recent the last
    /// one is.
    fn weight(&self, now: i64) -> i64 {
        let age = now.saturating_sub(self.last);
        let recency = match age / HOUR {
            ..1 => 32,
            1..24 => 16,
            24..168 => 4,
            _ => 1,
        };
        recency * self.times.clamp(1, 1000)
    }

    fn line(&self) -> String {
        let Self { name, last, times } = self;
        format!("{last} {times} {name}\n")
    }
}

/// Notes that the person used a profile: a line of its own, until the file is full. What cannot be written is
/// not noted.
pub fn note(ctx: &Context, name: &str) {
    let Some(path) = path(ctx) else { return };
    if name.is_empty() || name.contains(sanitize::is_hidden) {
        return;
    }
    let now = ctx.now().timestamp();
    let one = Used { name: name.to_owned(), last: now, times: 1 };
    if files::append(&path, one.line().as_bytes(), FULL).is_ok() {
        return;
    }
    let mut used = read(&path);
    merge(&mut used, one);
    used.sort_by_key(|used| std::cmp::Reverse(used.weight(now)));
    used.truncate(MOST);
    let lines: String = used.iter().map(Used::line).collect();
    let _ = files::replace_cache(&path, lines.as_bytes());
}

fn merge(all: &mut Vec<Used>, one: Used) {
    match all.iter_mut().find(|used| used.name == one.name) {
        Some(used) => {
            used.last = used.last.max(one.last);
            used.times = used.times.saturating_add(one.times);
        }
        None => all.push(one),
    }
}

/// Returns the names of all profiles: those used lately and often first, then all others in file order.
pub fn order<'a>(ctx: &Context, config: &'a SharedConfig) -> Vec<&'a str> {
    let now = ctx.now().timestamp();
    let used = path(ctx).map(|path| read(&path)).unwrap_or_default();
    let weights: HashMap<&str, i64> =
        used.iter().map(|used| (used.name.as_str(), used.weight(now))).collect();
    let mut names: Vec<_> = config.profiles().map(|profile| profile.name).collect();
    if !weights.is_empty() {
        names.sort_by_key(|name| std::cmp::Reverse(weights.get(name).copied().unwrap_or_default()));
    }
    names
}

fn path(ctx: &Context) -> Option<PathBuf> {
    Some(ctx.state_dir().ok()?.join("recent-profiles"))
}

fn read(path: &std::path::Path) -> Vec<Used> {
    let content = files::read(path, LARGEST).unwrap_or_default();
    let text = String::from_utf8(content).unwrap_or_default();
    let mut all = Vec::new();
    text.lines().filter_map(parse).for_each(|one| merge(&mut all, one));
    all
}

fn parse(line: &str) -> Option<Used> {
    let mut words = line.splitn(3, ' ');
    let (last, times, name) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    Some(Used { name: name.to_owned(), last, times })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Presence};

    #[test]
    fn what_was_used_lately_and_often_comes_first_and_the_file_stays_small() {
        let home = tempfile::tempdir().unwrap();
        let ctx = Context::new(
            [("HOME", "/")].map(|(a, b)| (a.into(), b.into())).into_iter().collect(),
            home.path(),
            home.path(),
        );
        let text = "[profile a]\n[profile b]\n[profile c d]\n[profile \"c d\"]\n[profile e]\n";
        let document = Document::parse("/config", text.into()).unwrap();
        let config = SharedConfig::new(document, Document::empty("/credentials", Presence::Missing));
        assert_eq!(order(&ctx, &config), ["a", "b", "c d", "e"]);
        for name in ["b", "c d", "c d", "gone", "x\ny"] {
            note(&ctx, name);
        }
        assert_eq!(order(&ctx, &config), ["c d", "b", "a", "e"]);
        for number in 0..10 * MOST {
            note(&ctx, &format!("p{number}"));
            note(&ctx, "e");
        }
        assert_eq!(order(&ctx, &config)[0], "e");
        let path = path(&ctx).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < FULL + 64);
        std::fs::write(&path, "\0nonsense\n1 1\n").unwrap();
        assert_eq!(order(&ctx, &config), ["a", "b", "c d", "e"]);
    }

    #[test]
    fn long_ago_counts_less_than_often() {
        let used = |last, times| Used { name: String::new(), last, times };
        let now = 10_000_000;
        assert!(used(now - 60, 1).weight(now) > used(now - 3 * 86_400, 5).weight(now));
        assert!(used(now - 3 * 86_400, 40).weight(now) > used(now - 60, 1).weight(now));
    }
}
