//! The hook beside tools that set variables by folder, too: direnv, which the gate has, and mise, which is
//! looked for. Both orders of the lines in the start-up file, since people have either.

use std::path::Path;

use crate::harness::hook_stage::{Variables, assert_loaded, aws, hook_line, loaded, variables, world};
use crate::harness::neighbour;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;
use crate::harness::world::World;

/// Another tool of this kind.
#[derive(Clone, Copy)]
struct Loader {
    /// The line for the start-up file.
    line: fn(Kind) -> String,
    /// Its file in a folder, which exports these variables.
    write: fn(&World, &str, &[(&str, &str)]),
}

fn direnv() -> Loader {
    let line = |kind: Kind| match kind {
        Kind::Fish => "direnv hook fish | source".to_owned(),
        _ => format!("eval \"$(direnv hook {})\"", kind.name()),
    };
    let write = |world: &World, folder: &str, pairs: &[(&str, &str)]| {
        let lines: String = pairs.iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
        let file = world.write(Path::new(folder).join(".envrc"), lines);
        neighbour::run(world, Path::new("/usr/bin/env"), &["direnv", "allow", &file.display().to_string()]);
    };
    Loader { line, write }
}

fn mise() -> Option<Loader> {
    neighbour::program("AWSENV_TEST_MISE", "mise")?;
    let line = |kind: Kind| {
        let program = neighbour::program("AWSENV_TEST_MISE", "mise").unwrap_or_default();
        let activate = format!("'{}' activate {}", program.display(), kind.name());
        if kind == Kind::Fish { format!("{activate} | source") } else { format!("eval \"$({activate})\"") }
    };
    let write = |world: &World, folder: &str, pairs: &[(&str, &str)]| {
        let lines: String = pairs.iter().map(|(name, value)| format!("{name} = \"{value}\"\n")).collect();
        let file = world.write(Path::new(folder).join("mise.toml"), format!("[env]\n{lines}"));
        let program = neighbour::program("AWSENV_TEST_MISE", "mise").unwrap_or_default();
        neighbour::run(world, &program, &["trust", &file.display().to_string()]);
    };
    Some(Loader { line, write })
}

/// Does this with each tool that is there, in both orders.
fn beside_each(kind: Kind, test: impl Fn(Kind, Loader, bool)) {
    let direnv = tools::have(&["direnv"]).then(direnv);
    for loader in direnv.into_iter().chain(mise()) {
        for first in [true, false] {
            test(kind, loader, first);
        }
    }
}

fn stage() -> World {
    let mut world = world();
    world.set("DIRENV_LOG_FORMAT", "");
    world.set("MISE_QUIET", "1");
    world.set("MISE_OFFLINE", "1");
    world
}

/// Starts a shell with both, awsenv's line first or last.
fn start(kind: Kind, world: &World, loader: Loader, first: bool) -> Shell {
    let theirs = (loader.line)(kind);
    let rc = Shell::launch(kind, world);
    let rc = if first { rc.rc(hook_line(kind)).rc(&theirs) } else { rc.rc(&theirs).rc(hook_line(kind)) };
    rc.start()
}

fn the_two_load_side_by_side(kind: Kind) {
    beside_each(kind, |kind, loader, first| {
        let world = stage();
        (loader.write)(&world, "a", &[("THEIRS", "yes")]);
        let recorder = world.recorder();
        let mut shell = start(kind, &world, loader, first);
        shell.run("");
        recorder.take();
        shell.run("cd a");
        assert_loaded(&mut shell, "dev");
        assert_eq!(shell.env("THEIRS").as_deref(), Some("yes"));
        // The other tool's own bookkeeping in the environment is none of what decides the account.
        assert_eq!(recorder.take().len(), 1, "one run for one change");
        for _ in 0..3 {
            shell.quietly("");
        }
        shell.run("false");
        let status = if kind == Kind::Fish { "false; echo $status" } else { "false; echo $?" };
        assert_eq!(shell.run(status), "1");
        assert_eq!(recorder.take().len(), 0, "none for none");
        shell.run("cd ..");
        assert_eq!(aws(&mut shell), Variables::new());
        assert_eq!(shell.env("THEIRS"), None);
        assert_eq!(recorder.take().len(), 1);
    });
}

/// The variables of AWS in what `env` printed.
fn of_aws(text: &str) -> Variables {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let ours = pairs.filter(|(name, _)| {
        name.starts_with("AWS") && !["AWSENV_STATE", "AWS_EC2_METADATA_DISABLED"].contains(name)
    });
    ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[track_caller]
fn assert_one_counts(seen: &Variables, said: &str) {
    let is_theirs = seen.get("AWS_PROFILE").is_some_and(|profile| profile == "theirs");
    let is_whole =
        if is_theirs { !seen.keys().any(|name| name.contains("KEY")) } else { *seen == loaded("dev") };
    assert!(is_whole, "{seen:?}\n{said}");
}

fn both_name_a_profile_and_one_of_them_counts(kind: Kind) {
    beside_each(kind, |kind, loader, first| {
        let world = stage();
        (loader.write)(&world, "a", &[("AWS_PROFILE", "theirs")]);
        let recorder = world.recorder();
        let mut shell = start(kind, &world, loader, first);
        let mut said = shell.run("cd a").text().to_owned();
        // mise looks again at files that are as young as these, and sets its value anew if it is not there.
        let file = world.scratch("seen");
        let mut seen = Variables::new();
        for _ in 0..4 {
            said += shell.run(&format!("/usr/bin/env >'{}'", file.display())).text();
            // What is typed at this prompt runs with one of the two, and no mixture.
            seen = of_aws(&std::fs::read_to_string(&file).expect("it was written"));
            assert_one_counts(&seen, &said);
        }
        // The last of the prompts can be the one at which the other tool sets its value.
        let withdrawn = said.contains("you changed ");
        assert!(said.matches("you changed ").count() <= 1, "said once: {said}");
        let is_theirs = seen.get("AWS_PROFILE").is_some_and(|profile| profile == "theirs");
        assert!(withdrawn || !is_theirs, "said at all: {said}");
        recorder.take();
        let more: String = (0..3).map(|_| shell.run("").text().to_owned()).collect();
        assert!(recorder.count() <= usize::from(!withdrawn), "no fight at every prompt: {more}");
        shell.run("cd ..");
        shell.run("");
        assert_eq!(aws(&mut shell), Variables::new(), "first {first}: nothing of either stays");
    });
}

fn what_the_other_tool_noted_and_puts_back_later_is_taken_out(kind: Kind) {
    beside_each(kind, |kind, loader, first| {
        let world = stage();
        // No .awsenv there: going from one to the other, the other tool may see what is about to be left.
        world.dir("theirs");
        (loader.write)(&world, "theirs", &[("AWS_PROFILE", "theirs")]);
        let mut shell = start(kind, &world, loader, first);
        shell.run("cd a");
        assert_loaded(&mut shell, "dev");
        shell.run("cd ../theirs");
        shell.run("");
        let seen = aws(&mut shell);
        assert_eq!(seen, variables(&[("AWS_PROFILE", "theirs")]), "first {first}");
        shell.run("cd ..");
        shell.run("");
        assert_eq!(
            aws(&mut shell),
            Variables::new(),
            "first {first}: the account of the folder that was left"
        );
        // Whoever sets it by hand keeps it.
        let export = crate::harness::hook_stage::export(kind, "AWS_PROFILE", "dev");
        shell.run(&export);
        shell.run("");
        assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "dev")]), "first {first}");
    });
}

each_shell!(
    the_two_load_side_by_side,
    both_name_a_profile_and_one_of_them_counts,
    what_the_other_tool_noted_and_puts_back_later_is_taken_out,
);
