//! `AWSENV_LOG=debug`: why this prompt did what it did, and what it cost; without it not a word and not a
//! process more.

use crate::harness::hook_stage::{SECRETS, export, launch, start, unset, world};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;
use crate::harness::trace::Started;

/// Asserts that these words come in this order.
#[track_caller]
fn in_order(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let Some(at) = rest.find(word) else { panic!("`{word}` does not come next in:\n{rest}\nof\n{text}") };
        rest = &rest[at + word.len()..];
    }
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
}

/// A shell that explains itself from its first prompt on.
fn explaining(kind: Kind, world: &crate::harness::world::World) -> Shell {
    launch(kind, world).env("AWSENV_LOG", "debug").start()
}

fn a_run_tells_its_reasons_in_order_and_its_cost(kind: Kind) {
    let world = world();
    let mut shell = explaining(kind, &world);
    let screen = shell.run("cd a");
    let state = "~/.local/state/awsenv/allow";
    in_order(
        screen.text(),
        &[
            &format!("awsenv: debug: {} in ", kind.name()),
            "asks: the first look of this shell",
            "1 .awsenv up to / count",
            "a/.awsenv is allowed by ",
            state,
            "profile `dev`, static: keys in ",
            "which do not expire",
            "changes AWS_PROFILE, AWS_REGION",
            "awsenv: dev, eu-west-1",
            "this run took ",
            " ms, read ",
            " files and made 0 calls",
        ],
    );
}

fn a_run_tells_what_made_the_shell_ask(kind: Kind) {
    let world = world();
    let mut shell = explaining(kind, &world);
    shell.run("cd a");
    let config = std::fs::read_to_string(world.at(".aws/config")).expect("it is there");
    world.write(".aws/config", config.clone() + "\n");
    let screen = shell.run("");
    in_order(
        screen.text(),
        &["asks: ", ".aws/config was changed\n", "`dev` is resolved from ", "nothing changes"],
    );
    let screen = shell.run(&export(kind, "AWS_ACCESS_KEY_ID", "AKIAMINE"));
    in_order(screen.text(), &["asks: AWS_ACCESS_KEY_ID changed in the shell\n", "you changed "]);
    assert!(!screen.text().contains("AKIAMINE\n"), "{screen}");
    let screen = shell.run("awsenv reload");
    in_order(screen.text(), &["asks: `awsenv reload`"]);
    world.write("a/.awsenv", "profile = ops\n");
    let screen = shell.run("");
    in_order(screen.text(), &["a/.awsenv was changed\n", "a/.awsenv is not allowed with this content"]);
    let screen = shell.run("cd ../b");
    in_order(screen.text(), &["asks: the directory is ", "/b now", "profile `ops`"]);
    shell.run("cd ..");
    world.write("b/.awsenv", "nonsense\n");
    let screen = shell.run("cd b");
    in_order(screen.text(), &["b/.awsenv cannot be read as one"]);
}

fn an_unchanged_prompt_says_so_in_one_line_and_starts_nothing(kind: Kind) {
    let has_strace = tools::have(&["strace"]);
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.quietly("");
    shell.run(&export(kind, "AWSENV_LOG", "debug"));
    for _ in 0..3 {
        let screen = shell.run("");
        let line = screen.text();
        if kind == Kind::Fish {
            assert_eq!(line, "awsenv: debug: nothing changed");
        } else {
            let cost = line
                .strip_prefix("awsenv: debug: nothing changed, seen in ")
                .and_then(|rest| rest.strip_suffix(" microseconds")?.parse::<u64>().ok());
            assert!(cost.is_some_and(|cost| cost > 0 && cost < 5_000_000), "{screen}");
        }
    }
    // Another level is none.
    shell.run(&export(kind, "AWSENV_LOG", "info"));
    shell.quietly("");
    shell.run(&unset(kind, "AWSENV_LOG"));
    shell.quietly("");
    if has_strace {
        let mut shell = launch(kind, &world).env("AWSENV_LOG", "debug").traced().start();
        shell.run("cd a");
        let mark = shell.trace().mark();
        shell.run("");
        assert_eq!(shell.trace().since(mark), Started::default());
    }
}

fn the_status_stays_the_users(kind: Kind) {
    let world = world();
    let mut shell = explaining(kind, &world);
    shell.run(if kind == Kind::Fish { "false" } else { "(exit 7)" });
    let screen = shell.run(if kind == Kind::Fish { "echo is $status" } else { "echo is $?" });
    let expected = if kind == Kind::Fish { "is 1" } else { "is 7" };
    assert!(screen.text().contains(expected), "{screen}");
}

fn a_locale_with_a_decimal_comma_is_no_hindrance(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("LC_NUMERIC", "de_DE.UTF-8").start();
    shell.run("export AWSENV_LOG=debug");
    let screen = shell.run("");
    assert!(screen.text().ends_with("microseconds"), "{screen}");
}

each_shell!(
    a_run_tells_its_reasons_in_order_and_its_cost,
    a_run_tells_what_made_the_shell_ask,
    an_unchanged_prompt_says_so_in_one_line_and_starts_nothing,
    the_status_stays_the_users,
);
each_shell!(bash, zsh: a_locale_with_a_decimal_comma_is_no_hindrance);
