//! The harness proves itself: what it counts, types and reads is what happened.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use crate::harness::invocation::Invocation;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;
use crate::harness::world::World;

/// Returns the line that makes a shell run a command at each prompt.
fn at_each_prompt(kind: Kind, command: &str) -> String {
    match kind {
        Kind::Bash => format!("PROMPT_COMMAND='{command}'"),
        Kind::Zsh => format!("precmd() {{ {command} }}"),
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => format!("function hook --on-event fish_prompt; {command}; end"),
    }
}

/// Returns the message with which this fails.
fn failure_of(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it should have failed");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

fn a_prompt_without_a_hook_starts_nothing(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).traced().start();
    let mark = shell.trace().mark();
    for _ in 0..5 {
        shell.quietly("");
    }
    let started = shell.trace().since(mark);
    assert!(started.is_nothing(), "{started:?}");
}

fn a_program_at_each_prompt_is_counted_once_per_prompt(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).rc(&at_each_prompt(kind, "/bin/true")).traced().start();
    let mark = shell.trace().mark();
    shell.quietly("");
    let started = shell.trace().since(mark);
    assert_eq!(started.processes, 1, "{started:?}");
    assert_eq!(started.programs, ["/bin/true"]);
    shell.quietly("");
    assert_eq!(shell.trace().since(mark).processes, 2);
}

fn a_stand_in_counts_runs_and_keeps_arguments(kind: Kind) {
    let world = World::new();
    let recorder = world.recorder_of(Path::new("/bin/true"));
    let mut shell = Shell::launch(kind, &world).rc(&at_each_prompt(kind, "awsenv export \"$PWD\"")).start();
    assert_eq!(recorder.take().len(), 1, "the first prompt");
    let home = world.home().display().to_string();
    shell.quietly("");
    assert_eq!(recorder.runs(), [["export", &home]]);
    shell.quietly("awsenv '' 'two words'");
    assert_eq!(recorder.runs()[1..], [vec!["", "two words"], vec!["export", &home]]);
    assert_eq!(recorder.count(), 3);
}

fn a_typed_line_arrives_intact(kind: Kind) {
    let world = World::new();
    let recorder = world.recorder_of(Path::new("/bin/true"));
    let mut shell = Shell::launch(kind, &world).start();
    let nasty = "\"double\" $HOME `tick` $(sub) !bang #hash *? ~ {a,b} <>|;& Zoë 東京 🦀";
    let long = "x".repeat(700);
    shell.quietly(&format!("awsenv '{nasty}' {long}"));
    assert_eq!(recorder.runs(), [[nasty, long.as_str()]]);
}

fn the_screen_holds_output_without_its_echo(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).rc("echo welcome").start();
    assert_eq!(*shell.startup(), "welcome");
    assert_eq!(shell.run("printf 'one\\ntwo\\n'"), "one\ntwo");
    assert_eq!(shell.run("printf unended"), "unended");
    assert_eq!(shell.run(r"printf 'waiting\r\033[Kdone\n'"), "done");
    assert_eq!(shell.run(r"printf '\033[1;31mred\033[0m\n'"), "red");
    shell.quietly("true");
    let failure = failure_of(|| shell.quietly("echo surprise"));
    assert!(failure.contains("surprise"), "{failure}");
}

fn what_a_prompt_prints_is_seen_after_an_empty_line(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).rc(&at_each_prompt(kind, "echo hooked")).start();
    assert_eq!(*shell.startup(), "hooked");
    assert_eq!(shell.run(""), "hooked");
    assert_eq!(shell.run("echo said"), "said\nhooked");
}

fn ctrl_c_gives_the_prompt_back(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    shell.type_line("sh -c 'echo begun; exec sleep 100'");
    shell.wait_for("begun");
    shell.type_keys("\u{3}");
    let screen = shell.next_prompt();
    assert!(screen.text().starts_with("begun"), "{screen}");
    assert_eq!(shell.run("echo alive"), "alive");
}

fn the_environment_is_read_byte_for_byte(kind: Kind) {
    let world = World::new();
    let nasty = "first\nsecond=x\n\ttab 'quote' \"double\" \\ é\n\n";
    let mut shell = Shell::launch(kind, &world).env("NASTY", nasty).env("EMPTY", "").start();
    assert_eq!(shell.env("NASTY").as_deref(), Some(nasty));
    assert_eq!(shell.env("EMPTY").as_deref(), Some(""));
    assert_eq!(shell.env("ABSENT"), None);
    let set_otherwise = ["NASTY", "EMPTY", "PWD", "OLDPWD", "SHLVL", "LOGNAME", "USER", "_"];
    let mut foreign = shell.environment();
    foreign.retain(|name, _| !world.env().contains_key(name) && set_otherwise.iter().all(|own| own != name));
    assert!(foreign.is_empty(), "{foreign:?} came from outside the world");
}

fn variables_are_read_whether_exported_or_not(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    shell.quietly(match kind {
        Kind::Bash | Kind::Zsh => "plain='two  words'; empty=; export told=yes",
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => "set -g plain 'two  words'; set -g empty ''; set -gx told yes",
    });
    assert_eq!(shell.var("plain").as_deref(), Some("two  words"));
    assert_eq!(shell.env("plain"), None);
    assert_eq!(shell.var("empty").as_deref(), Some(""));
    assert_eq!(shell.var("told").as_deref(), Some("yes"));
    assert_eq!(shell.env("told").as_deref(), Some("yes"));
    assert_eq!(shell.var("absent"), None);
}

fn a_nested_and_a_replaced_shell_have_prompts_of_their_own(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    let own_pid = |shell: &mut Shell| {
        shell.run(if kind == Kind::Fish { "echo $fish_pid" } else { "echo $$" }).text().to_owned()
    };
    let outer = own_pid(&mut shell);
    shell.run(kind.nested());
    let inner = own_pid(&mut shell);
    assert_ne!(outer, inner);
    shell.run(&format!("exec {}", kind.nested()));
    assert_eq!(own_pid(&mut shell), inner);
    shell.run("exit");
    assert_eq!(own_pid(&mut shell), outer);
}

fn a_shell_that_ends_fails_with_its_transcript(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    let failure = failure_of(|| drop(shell.run("echo last words; exit 3")));
    assert!(failure.contains("ended before the next prompt"), "{failure}");
    assert!(failure.contains("\nlast words\n"), "{failure}");
    assert_eq!(shell.wait_for_end(), 3);
}

fn closing_the_terminal_hangs_the_shell_up(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    shell.type_line("sh -c 'echo begun; exec sleep 100'");
    shell.wait_for("begun");
    shell.close();
    shell.wait_for_end();
}

fn strict_options_survive_the_driver(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    for options in ["-u", "-e", "-x", "-eux"] {
        shell.run(&format!("set {options}"));
        assert!(shell.run("echo here").text().ends_with("here"), "under set {options}");
        assert_eq!(shell.env("HOME").map(Into::into), Some(world.home()));
        assert_eq!(shell.var("absent"), None);
        shell.run(&format!("set +{}", &options[1..]));
    }
}

fn a_terminal_answers_what_it_is(kind: Kind) {
    let world = World::new();
    let mut shell = Shell::launch(kind, &world).start();
    let screen = shell.run(r#"IFS= read -rs -d c -p $'\e[0c' answer; printf '%q\n' "$answer""#);
    assert_eq!(screen, r"$'\E[?62;22'");
}

each_shell!(
    a_prompt_without_a_hook_starts_nothing,
    a_program_at_each_prompt_is_counted_once_per_prompt,
    a_stand_in_counts_runs_and_keeps_arguments,
    a_typed_line_arrives_intact,
    the_screen_holds_output_without_its_echo,
    what_a_prompt_prints_is_seen_after_an_empty_line,
    ctrl_c_gives_the_prompt_back,
    the_environment_is_read_byte_for_byte,
    variables_are_read_whether_exported_or_not,
    a_nested_and_a_replaced_shell_have_prompts_of_their_own,
    a_shell_that_ends_fails_with_its_transcript,
    closing_the_terminal_hangs_the_shell_up,
);
each_shell!(bash, zsh: strict_options_survive_the_driver);
each_shell!(bash: a_terminal_answers_what_it_is);

/// Prepares a run of a script where the program would be run.
fn script<'w>(world: &'w World, text: &str) -> Invocation<'w> {
    Invocation::new(world, Path::new("/bin/sh"), ["-c", text])
}

#[test]
fn an_unexpected_word_on_standard_error_fails_with_a_diff() {
    let world = World::new();
    let noisy = || script(&world, "echo out; echo \"in $HOME\" >&2");
    let failure = failure_of(|| drop(noisy().run()));
    assert!(failure.contains("+in <world>/home"), "{failure}");
    let failure = failure_of(|| drop(noisy().stderr("in <world>\n").run()));
    assert!(failure.contains("-in <world>\n+in <world>/home"), "{failure}");
    assert_eq!(noisy().stderr("in <world>/home\n").run().stdout, "out\n");
}

#[test]
fn an_unexpected_exit_code_fails() {
    let world = World::new();
    let failure = failure_of(|| drop(script(&world, "exit 3").run()));
    assert!(failure.contains("ended with 3, not 0"), "{failure}");
    assert_eq!(script(&world, "exit 3").code(3).run().code, 3);
    assert_eq!(script(&world, "kill -TERM $$").unchecked().run().code, 128 + 15);
}

#[test]
fn a_run_has_its_input_and_neither_a_terminal_nor_a_foreign_environment() {
    let world = World::new();
    assert_eq!(script(&world, "cat").stdin("told\n").run().stdout, "told\n");
    assert_eq!(script(&world, "cat").run().stdout, "");
    script(&world, "{ : </dev/tty; } 2>&-").code(2).run();
    assert_eq!(script(&world, "echo \"${CARGO_MANIFEST_DIR-none}\"").run().stdout, "none\n");
    assert_eq!(script(&world, "echo $NEW $HOME").env("NEW", "x").env_remove("HOME").run().stdout, "x\n");
    let cleared = Invocation::new(&world, Path::new("/usr/bin/env"), [""; 0]).env_clear().run();
    assert_eq!(cleared.stdout, "");
}

#[test]
fn the_browser_notes_a_page_and_follows_where_it_leads() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let elsewhere = format!("Location: {url}/second?a=%20b");
    let server = thread::spawn(move || {
        [&*elsewhere, "location: /third", "Content-Length: 0"].map(|header| {
            let (mut stream, _) = listener.accept().expect("the browser comes");
            let mut request = BufReader::new(stream.try_clone().expect("a socket")).lines();
            let first = request.next().expect("a request").expect("a line");
            while request.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            write!(stream, "HTTP/1.1 303 See Other\r\n{header}\r\n\r\nignored").expect("the browser reads");
            first
        })
    });
    script(&world, &format!("\"$BROWSER\" '{url}/first'")).run();
    let requests = server.join().expect("three requests");
    assert_eq!(requests, ["/first", "/second?a=%20b", "/third"].map(|path| format!("GET {path} HTTP/1.1")));
    assert_eq!(world.browser().runs(), [[format!("{url}/first")]]);
}

#[test]
fn the_browser_goes_nowhere_but_to_this_machine() {
    let world = World::new();
    let refused = "browser: not a page of this machine: https://example.com\n";
    script(&world, "\"$BROWSER\" https://example.com").code(1).stderr(refused).run();
}

#[test]
fn a_world_with_an_emulator_points_to_it() {
    let world = World::with_emulator();
    let url =
        script(&world, "\"$BROWSER\" $AWS_ENDPOINT_URL_SSO/nowhere; echo $AWS_ENDPOINT_URL_STS").run().stdout;
    assert_eq!(url.trim(), world.emulator().url());
    assert_eq!(world.emulator().requests(), 1);
}
