//! `awsenv edit`: the person's editor, a look at what was written, and the permission for it.

use std::fs;
use std::path::PathBuf;

use crate::harness::login_stage::Sitting;
use crate::harness::scene;
use crate::harness::world::World;

const DEV: &str = "profile = dev\naccount = 111122223333\n";
const ALLOWED: &str = "awsenv: allowed ~/p/.awsenv: dev, account 111122223333, role Admin, eu-west-1\n";

/// A stand-in for an editor, which writes the next of these texts at each run.
fn editor(world: &World, name: &str, texts: &[&str]) -> PathBuf {
    for (number, text) in texts.iter().enumerate() {
        fs::write(world.scratch(&format!("text-{number}")), text).expect("the world can be written");
    }
    let next = world.scratch("next");
    fs::write(&next, "0").expect("the world can be written");
    let script = format!(
        "#!/bin/bash\nread -r n <'{next}'; echo $((n + 1)) >'{next}'\ncat '{texts}'\"$n\" >\"${{@: -1}}\"\n\
         printf '%s\\n' \"${{@:1:$#-1}}\" >'{args}'\n",
        next = next.display(),
        texts = world.scratch("text-").display(),
        args = world.scratch("args").display(),
    );
    world.program(name, &script)
}

fn is_allowed(world: &World) -> bool {
    let status = world.command(["status", "--json"]).current_dir("p").unchecked().run().json();
    status["files"][0]["allowed"] == true
}

#[test]
fn what_the_editor_wrote_is_checked_shown_and_allowed() {
    let world = scene::world();
    let file = world.project("p", "profile = static\n").join(".awsenv");
    world.dir("p/below");
    editor(&world, "my editor", &[DEV, "profile = static\n"]);
    let command = format!("'{}' --wait 'a b'", world.bin().join("my editor").display());
    let edit =
        || world.command(["edit"]).current_dir("p/below").env("VISUAL", &command).env("EDITOR", "false");
    edit().stderr(ALLOWED).run();
    assert_eq!(fs::read_to_string(&file).expect("it is there"), DEV);
    assert_eq!(fs::read_to_string(world.scratch("args")).expect("it is there"), "--wait\na b\n");
    assert!(is_allowed(&world));
    world
        .command(["edit", "."])
        .current_dir("p")
        .env("EDITOR", &command)
        .stderr("awsenv: allowed ~/p/.awsenv: static, us-west-2\n")
        .run();

    let world = scene::world();
    world.project("p", "");
    editor(&world, "vi", &[DEV]);
    world.command(["edit"]).current_dir("p").stderr(ALLOWED).run();
}

#[test]
fn a_mistake_without_a_terminal_is_an_error_and_the_text_stays() {
    let world = scene::world();
    let file = world.project("p", "profile = static\n").join(".awsenv");
    let cases = [
        (
            "porfile = dev\n",
            "could not read ~/p/.awsenv:1: unknown key: `porfile`\nawsenv: hint: did you mean `profile`?\n",
        ),
        (
            "profile = dev\nAWS_SECRET_ACCESS_KEY=hunter2\n",
            "could not read ~/p/.awsenv:2: keys and secrets do not",
        ),
    ];
    for (text, expected) in cases {
        editor(&world, "vi", &[text]);
        let edit = world.command(["edit"]).current_dir("p").unchecked().code(1).run();
        let said = world.shown(&edit.stderr);
        assert!(said.starts_with(&format!("awsenv: error: {expected}")), "{said}");
        assert!(said.ends_with("awsenv: ~/p/.awsenv is as you wrote it, and not allowed\n"), "{said}");
        assert!(!said.contains("hunter2"));
        assert_eq!(fs::read_to_string(&file).expect("it is there"), text);
        assert!(!is_allowed(&world));
    }
    // As for `allow`, a file that can be read may be allowed before all else is in place.
    editor(&world, "vi", &["profile = later\n"]);
    let edit = world.command(["edit"]).current_dir("p").unchecked().code(0).run();
    let said = world.shown(&edit.stderr);
    assert!(said.contains("allowed ~/p/.awsenv: profile later\n"), "{said}");
    assert!(said.contains("warning: nothing will be loaded here: "), "{said}");
}

#[test]
fn after_a_mistake_a_person_may_edit_again() {
    let world = scene::world();
    let project = world.project("p", "profile = static\n");
    let path = project.to_str().expect("it is text");
    editor(&world, "vi", &["profile = 'dev\n", "profile = dve\n", DEV]);
    let mut sitting = Sitting::start(&world, &["edit", path]);
    sitting.wait_for("the closing ' is missing");
    sitting.wait_for_times("Edit it again?", 1);
    sitting.type_keys("\r");
    sitting.wait_for_times("Edit it again?", 2);
    assert!(!is_allowed(&world));
    sitting.type_keys("yes\r");
    let shown = world.shown(&sitting.finish(&world, 0));
    assert!(
        shown.contains("the closing ' is missing") && shown.contains("could not find the profile `dve`"),
        "{shown}"
    );
    assert!(shown.ends_with(ALLOWED.trim_end()), "{shown}");
    assert!(is_allowed(&world));

    editor(&world, "vi", &["profile\n"]);
    let mut sitting = Sitting::start(&world, &["edit", path]);
    sitting.wait_for("Edit it again?");
    sitting.type_keys("no\r");
    let shown = world.shown(&sitting.finish(&world, 1));
    assert!(shown.ends_with("is as you wrote it, and not allowed"), "{shown}");
    assert_eq!(fs::read_to_string(project.join(".awsenv")).expect("it is there"), "profile\n");
    assert!(!is_allowed(&world));
}

#[test]
fn what_was_not_written_is_not_allowed() {
    let world = scene::world();
    world.project("p", DEV);
    let wait =
        "awsenv: hint: if the editor opened a window, give it its option to wait, as in `code --wait`\n";
    let unchanged = format!(
        "awsenv: ~/p/.awsenv is unchanged, and not allowed yet\n\
         awsenv: hint: run `awsenv allow` to allow it as it is\n{wait}"
    );
    world.command(["edit"]).current_dir("p").env("EDITOR", "true").stderr(unchanged).run();
    let failed = "awsenv: error: could not edit ~/p/.awsenv: `<world>/bin/vi` ended with 3\n";
    world.program("vi", "#!/bin/sh\necho profile = static >\"$1\"\nexit 3\n");
    world.command(["edit"]).current_dir("p").code(1).stderr(failed).run();
    assert!(!is_allowed(&world));

    world.command(["allow"]).current_dir("p").unchecked().code(0).run();
    let unchanged = format!("awsenv: ~/p/.awsenv is unchanged\n{wait}");
    world.command(["edit"]).current_dir("p").env("EDITOR", "true").stderr(unchanged).run();
    let none = "awsenv: error: could not find a .awsenv here or in any folder above\n";
    let edit = world.command(["edit"]).unchecked().code(1).run();
    assert!(edit.stderr.starts_with(none), "{}", edit.stderr);
}

#[test]
fn ctrl_c_is_for_the_editor_alone() {
    let world = scene::world();
    let project = world.project("p", "profile = static\n");
    let script = "#!/bin/bash\ntrap 'printf \"profile = dev\\naccount = 111122223333\\n\" >\"$1\"; exit 0' INT\necho ready\nread -r line\n";
    world.program("vi", script);
    let mut sitting = Sitting::start(&world, &["edit", project.to_str().expect("it is text")]);
    sitting.wait_for("ready");
    sitting.type_keys("\u{3}");
    let shown = world.shown(&sitting.finish(&world, 0));
    assert!(shown.ends_with(ALLOWED.trim_end()), "{shown}");
}
