//! What a page tells its reader to type is typed, in the order of the page, in a shell of its own.
//!
//! What cannot run in a test is marked by a comment in the line above it, `<!-- not run: … -->`, with the
//! reason.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Mutex;

use crate::harness::reader::{self, Reader};
use crate::harness::shell::Kind;
use crate::harness::tools;
use crate::harness::world::World;

use super::markdown::{Part, pages, parts};

const MARK: &str = "<!-- not run: ";
/// Why a block is not run, and how many there are of each kind.
const REASONS: [(&str, usize); 6] = [
    ("installs a package", 3),
    ("removes a package", 1),
    ("builds with cargo", 9),
    ("starts the playground", 2),
    ("needs a keyring", 5),
    ("needs Docker", 3),
];

/// Pages whose folder is of production.
const OF_PRODUCTION: [&str; 2] = ["docs/production.md", "docs/prompts.md"];

/// The port in the pages, which another program of this machine may have.
const PORT: &str = "8400";

const AWS_CONFIG: &str = "# ~/.aws/config\n";

/// A block to run: its language, and its text without the indentation that it has in a list.
struct Block {
    language: String,
    text: String,
}

/// Returns the blocks of a page that are to be run, and the reasons of the others.
fn blocks(page: &str) -> (Vec<Block>, Vec<String>) {
    let (mut run, mut left) = (Vec::new(), Vec::new());
    let mut above = "";
    for part in parts(page) {
        match part {
            Part::Line(line) => above = line.trim(),
            Part::Block(language @ ("sh" | "bash" | "zsh" | "fish" | "console"), text) => {
                if let Some(reason) = above.strip_prefix(MARK) {
                    left.push(reason.trim_end_matches(" -->").to_owned());
                } else {
                    let indent = text.len() - text.trim_start_matches(' ').len();
                    let text =
                        text.lines().map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n");
                    run.push(Block { language: language.to_owned(), text: text.collect() });
                }
                above = "";
            }
            Part::Block(..) => above = "",
        }
    }
    (run, left)
}

/// Returns the lines to type, those that end in a backslash put together.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// The shells of a page, opened when they are needed.
struct Shells<'w> {
    world: &'w World,
    profile: &'static str,
    readers: Vec<(Kind, Reader)>,
}

impl Shells<'_> {
    fn of(&mut self, kind: Kind) -> &mut Reader {
        let at = self.readers.iter().position(|(open, _)| *open == kind).unwrap_or_else(|| {
            self.readers.push((kind, Reader::start(kind, self.world, self.profile)));
            self.readers.len() - 1
        });
        &mut self.readers[at].1
    }

    fn run(&mut self, block: &Block) {
        let kind = match block.language.as_str() {
            "zsh" => Kind::Zsh,
            "fish" => Kind::Fish,
            _ if block.text.contains("hook zsh\"") && !block.text.contains("bash") => Kind::Zsh,
            _ => Kind::Bash,
        };
        match block.language.as_str() {
            "sh" => {
                for line in lines(&block.text) {
                    let own = line.split_whitespace().filter_map(|word| word.strip_prefix("./"));
                    own.for_each(|name| Reader::put(self.world, name));
                    let line = line.replace(PORT, &free_port().to_string());
                    let kind = if line.contains("hook zsh ") { Kind::Zsh } else { kind };
                    if tools::have(&[kind.name()]) && (!line.contains("jq ") || tools::have(&["jq"])) {
                        self.of(kind).run(&line);
                    }
                }
            }
            "console" => self.replay(&block.text),
            _ if tools::have(&[kind.name()]) => {
                let file = self.world.write(format!("block.{}", block.language), &block.text);
                self.of(kind).run(&format!("source {}", file.display()));
                self.of(kind).run("true");
            }
            _ => {}
        }
    }

    /// Types what stands behind `$ `, and compares what is printed if the page shows it.
    fn replay(&mut self, text: &str) {
        let mut lines = text.lines().peekable();
        while let Some(typed) = lines.next().and_then(|line| line.strip_prefix("$ ")) {
            let printed = self.of(Kind::Bash).run(typed).text().to_owned();
            let mut shown = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                shown.push(line);
            }
            assert!(
                shown.is_empty() || timeless(&printed) == timeless(&shown.join("\n")),
                "{typed}\n{printed}"
            );
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

/// Takes out how long things last.
fn timeless(text: &str) -> String {
    let is_span = |word: &str| word.strip_suffix('m').is_some_and(|number| number.parse::<u32>().is_ok());
    text.split(' ').filter(|word| !is_span(word)).collect::<Vec<_>>().join(" ")
}

fn follow(path: &Path, page: &str) {
    let (blocks, _) = blocks(page);
    // Sessions with a folder in the prompt have tests of their own.
    let blocks: Vec<_> = blocks.into_iter().filter(|block| !block.text.starts_with('~')).collect();
    if blocks.is_empty() {
        return;
    }
    let config: String = parts(page)
        .into_iter()
        .filter_map(|part| match part {
            Part::Block("ini", text) => text.strip_prefix(AWS_CONFIG).map(|text| format!("\n{text}")),
            _ => None,
        })
        .collect();
    let mut world = reader::world(&config);
    let profile =
        if OF_PRODUCTION.iter().any(|page| path == Path::new(page)) { "acme-prod" } else { "acme-dev" };
    if profile == "acme-prod" {
        world.set("AWSENV_CONFIRM", "*prod*");
    }
    let mut shells = Shells { world: &world, profile, readers: Vec::new() };
    for block in &blocks {
        shells.run(block);
    }
}

#[test]
fn what_a_page_tells_to_type_works() {
    let pages = pages();
    let left = Mutex::new(pages.iter().collect::<Vec<_>>());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((path, page)) = left.lock().expect("nobody panics with it").pop() else { break };
                    let followed = std::panic::catch_unwind(|| follow(path, page));
                    assert!(followed.is_ok(), "{}", path.display());
                }
            });
        }
    });
}

#[test]
fn what_is_not_run_has_a_reason_and_there_is_little_of_it() {
    let mut reasons: Vec<_> = pages().values().flat_map(|page| blocks(page).1).collect();
    for (reason, most) in REASONS {
        let before = reasons.len();
        reasons.retain(|given| given != reason);
        assert!(before - reasons.len() <= most, "{} blocks: {reason}", before - reasons.len());
    }
    assert!(reasons.is_empty(), "not a reason: {reasons:?}");
}
