//! Mutations of texts from outside: what people, repositories, servers and other programs write must never
//! make the program panic, whatever is in it.
//!
//! A target says what it made of an input; an input with an outcome that was not seen before joins the ones
//! that are mutated. `cargo test` tries some hundreds of inputs of each target, always the same ones. For a
//! long run: `AWSENV_FUZZ_SECONDS=1200 cargo test --lib -- fuzz --nocapture --test-threads 1`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant, SystemTime};

/// How many inputs a target gets in `cargo test`.
pub const MANY: usize = 1500;
/// The same for a target that needs a connection, or a file, for each.
pub const FEW: usize = 60;

/// More inputs than this are not kept.
const POOL: usize = 2000;
/// In bytes. Limits of size have tests of their own.
const LONGEST: usize = 16 * 1024;

/// Bytes that mean something to one parser or another.
const WORDS: [&str; 40] = [
    "=",
    ":",
    "\n",
    "\r\n",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\\",
    "#",
    ";",
    ",",
    " ",
    "\t",
    "\0",
    "\x1b[31m",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\u{1f980}",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "\\u0000",
    "\\ud800",
    "%00",
    "%",
    "&",
    "../",
    "$(id)",
    "`id`",
    "<a>",
    "</a>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
];

/// Mutates `seeds`, and hands each mutation to `target`, which returns what came of it in short. Fails with
/// the input that makes the target panic.
pub fn run(name: &str, inputs: usize, seeds: &[&str], target: impl Fn(&[u8]) -> String) {
    let seconds = std::env::var("AWSENV_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let long = seconds.map(Duration::from_secs);
    let begun = Instant::now();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut random = Random(if long.is_some() { since_epoch.subsec_nanos().into() } else { 1 } | 1 << 40);
    let mut pool: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let mut outcomes = BTreeSet::new();
    let mut tried = 0;
    for seed in pool.clone() {
        outcomes.insert(look(name, &seed, &target));
    }
    while long.map_or(tried < inputs, |long| begun.elapsed() < long) {
        let input = random.mutated(&pool);
        let outcome = look(name, &input, &target);
        if outcomes.insert(outcome) && pool.len() < POOL {
            pool.push(input);
        }
        tried += 1;
    }
    if long.is_some() {
        let line =
            format!("fuzz {name}: {tried} inputs, {} outcomes, {:?}\n", outcomes.len(), begun.elapsed());
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

fn look(name: &str, input: &[u8], target: &impl Fn(&[u8]) -> String) -> String {
    match catch_unwind(AssertUnwindSafe(|| target(input))) {
        // Numbers of lines and columns are no other outcome.
        Ok(outcome) => outcome.chars().filter(|c| !c.is_ascii_digit()).take(300).collect(),
        Err(panic) => {
            let line = format!("fuzz {name}: this input: {}\n", input.escape_ascii());
            let _ = std::io::stderr().write_all(line.as_bytes());
            resume_unwind(panic)
        }
    }
}

/// Xorshift, good enough to stir texts.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or_default() % limit.max(1)
    }

    fn mutated(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut text = pool[self.below(pool.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(text.len() + 1);
            let end = (at + 1 + self.below(12)).min(text.len());
            match self.below(8) {
                0 => drop(text.drain(at..end)),
                1 => text.truncate(at),
                2 => {
                    if let Some(byte) = text.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                3 => {
                    let piece = text[at..end].to_vec();
                    let to = self.below(text.len() + 1);
                    text.splice(to..to, piece);
                }
                4 => {
                    let other = &pool[self.below(pool.len())];
                    let from = self.below(other.len() + 1);
                    let until = (from + self.below(40)).min(other.len());
                    text.splice(at..at, other[from..until].iter().copied());
                }
                5 => {
                    let word = WORDS[self.below(WORDS.len())].repeat(1 + self.below(3));
                    text.splice(at..end, word.into_bytes());
                }
                _ => {
                    let word = WORDS[self.below(WORDS.len())].as_bytes();
                    text.splice(at..at, word.iter().copied());
                }
            }
        }
        text.truncate(LONGEST);
        text
    }
}
