//! Which profiles a person used lately and often: a small file in the state folder, for the order of a list.
//! Without it the list has another order, and nothing else changes.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::shared_config::SharedConfig;
use crate::system::context::Context;
use crate::system::files;
use crate::text::sanitize;

/// How many are remembered.
const MOST: usize = 100;

/// In bytes; a file that is longer is not one of ours.
const LARGEST: u64 = 64 * 1024;

const HOUR: i64 = 3600;

/// A use of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Used {
    name: String,
    /// The time of the last one, in seconds.
    last: i64,
    times: i64,
}

impl Used {
    /// Returns how likely it is to be wanted now: what was used often counts, the more the shorter ago it
    /// was.
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
}

/// Notes that the person used a profile. What cannot be written is not noted.
pub fn note(ctx: &Context, name: &str) {
    let Some(path) = path(ctx) else { return };
    if name.is_empty() || name.contains(sanitize::is_hidden) {
        return;
    }
    let now = ctx.now().timestamp();
    let mut used = read(&path);
    match used.iter_mut().find(|used| used.name == name) {
        Some(used) => (used.last, used.times) = (now, used.times.saturating_add(1)),
        None => used.push(Used { name: name.to_owned(), last: now, times: 1 }),
    }
    used.sort_by_key(|used| std::cmp::Reverse(used.weight(now)));
    used.truncate(MOST);
    let lines: String =
        used.iter().map(|Used { name, last, times }| format!("{last} {times} {name}\n")).collect();
    let _ = files::replace_cache(&path, lines.as_bytes());
}

/// Returns the names of all profiles in the order of a list: those used lately and often first, then all
/// others in file order.
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
    let read = || {
        let mut file = files::open_at_once(path).ok()?;
        String::from_utf8(files::read_bounded(&mut file, LARGEST).ok()?).ok()
    };
    let text = read().unwrap_or_default();
    text.lines().filter_map(parse).take(MOST).collect()
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
        for number in 0..2 * MOST {
            note(&ctx, &format!("p{number}"));
        }
        let path = path(&ctx).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), MOST);
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
