//! Profiles that are loaded only after a person said yes.

use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

/// Makes a world in which profiles with `prod` in their name ask: `acme-Prod` in the folders `prod` and
/// `other`.
fn world() -> World {
    let world = scene::world();
    world.write(".config/awsenv/config", "confirm = *prod*\n");
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile acme-Prod]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = static\n\
         region = us-east-1\n"
    ));
    for folder in ["prod", "other"] {
        scene::allowed(&world, folder, "profile = acme-Prod\n");
    }
    scene::allowed(&world, "dev", "profile = static\n");
    world
}

const QUESTION: &str = "awsenv: load acme-Prod, account 444455556666, role Deploy, us-east-1? Type yes:";

fn start(kind: Kind, world: &World) -> Shell {
    let hook = match kind {
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => "awsenv hook fish | source",
        Kind::Bash => "eval \"$(awsenv hook bash)\"",
        Kind::Zsh => "eval \"$(awsenv hook zsh)\"",
    };
    Shell::launch(kind, world).rc(hook).start()
}

/// Enters the folder, answers the question with these keys, and returns what was printed.
fn enter(shell: &mut Shell, folder: &str, keys: &str) -> String {
    shell.type_line(&format!("cd ~/{folder}"));
    shell.wait_for(QUESTION);
    shell.type_keys(keys);
    shell.next_prompt().text().to_owned()
}

fn loaded(shell: &mut Shell) -> Option<String> {
    shell.env("AWS_PROFILE")
}

fn a_yes_loads_once_for_all_in_this_shell(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd ~/dev");
    let told = enter(&mut shell, "prod", "yes\r");
    assert!(told.starts_with(&format!("{QUESTION} yes\nawsenv: acme-Prod, account 444455556666")), "{told}");
    assert_eq!(loaded(&mut shell).as_deref(), Some("acme-Prod"));
    shell.run("cd ~");
    assert_eq!(loaded(&mut shell), None);
    for folder in ["other", "prod"] {
        assert!(!shell.run(&format!("cd ~/{folder}")).text().contains("Type yes"));
        assert_eq!(loaded(&mut shell).as_deref(), Some("acme-Prod"));
    }
    assert_eq!(shell.env("_awsenv_confirmed"), None, "a child has not heard the answer");
    let mut second = start(kind, &world);
    enter(&mut second, "prod", "yes\r");
}

fn anything_else_is_a_no_until_the_folder_is_left(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let said = "awsenv: error: could not load profile `acme-Prod`: it was not confirmed\n\
                awsenv: hint: run `awsenv reload` to be asked again";
    for keys in ["\r", "y\r", "no\r", "yes please\r", "ye\u{3}", "\u{3}", "\u{4}"] {
        shell.run("cd ~/dev");
        let told = enter(&mut shell, "prod", keys);
        assert!(told.ends_with(said), "{keys:?}: {told}");
        assert_eq!(loaded(&mut shell), None, "{keys:?}");
        shell.quietly("cd ~/prod/.");
        world.write("prod/.awsenv", "profile = acme-Prod\n");
        shell.quietly("");
    }
    shell.type_line("awsenv reload");
    shell.wait_for(QUESTION);
    shell.type_keys("YES\r");
    shell.next_prompt();
    assert_eq!(loaded(&mut shell).as_deref(), Some("acme-Prod"));
}

/// The keys of readline, in an answer that comes to `yes` behind a question that may fill the line.
fn an_answer_is_edited_like_any_other(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let edits = [
        "no\u{15}yes",
        "xes\u{1}\u{4}y\u{5}",
        "es\u{1b}[D\u{1b}[D\u{1b}[Dy",
        "no way\u{17}\u{17}yes",
        "yesno\u{1b}[D\u{1b}[D\u{b}",
        "y\u{1b}[3~ex\u{7f}s",
    ];
    for (index, keys) in edits.iter().enumerate() {
        if index == 3 {
            shell.run("stty cols 50");
        }
        shell.type_line("awsenv exec -p acme-Prod -- echo went through");
        shell.wait_for("Type yes:");
        shell.type_keys(&format!("{keys}\r"));
        let told = shell.next_prompt().text().to_owned();
        assert!(told.ends_with("yes\nwent through"), "{keys:?}: {told}");
    }
}

/// Escape, Ctrl-C and Ctrl-D leave the question of a command, whatever was typed before.
fn a_question_that_is_left_cancels_the_command(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    for keys in ["yes\u{3}", "\u{1b}", "\u{4}"] {
        shell.type_line("awsenv exec -p acme-Prod -- echo went through; echo $?");
        shell.wait_for(QUESTION);
        shell.type_keys(keys);
        let told = shell.next_prompt().text().to_owned();
        assert!(told.ends_with("\nawsenv: cancelled\n130"), "{keys:?}: {told}");
    }
}

fn nothing_of_the_folder_before_is_left_while_it_asks(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd ~/dev");
    enter(&mut shell, "prod", "\u{3}");
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_REGION", "AWSENV_STATE"] {
        assert_eq!(shell.env(name), None, "{name}");
    }
}

fn the_terminal_is_as_it_was(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let before = shell.run("stty -a").text().to_owned();
    enter(&mut shell, "prod", "yes\r");
    assert_eq!(shell.run("stty -a"), &*before);
}

/// A program that is killed, or stopped and continued, while it asks.
fn a_terminal_is_as_it_was_after_a_signal(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let before = shell.run("stty -a").text().to_owned();
    let asks = "exec awsenv exec -p acme-Prod -- true";
    // Without job control in between, so that nobody but the program puts the modes back.
    for signal in ["TERM", "HUP", "QUIT"] {
        shell.type_line(&format!("sh -c 'echo $$ >pid; {asks}'"));
        shell.wait_for(QUESTION);
        let pid = scene::read(&world, "pid");
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status();
        assert!(kill.expect("it runs").success());
        shell.next_prompt();
        assert_eq!(shell.run("stty -a"), &*before, "{signal}");
    }
    shell.type_line(&format!("sh -c 'echo $$ >pid; {asks}'"));
    shell.wait_for(QUESTION);
    let pid = scene::read(&world, "pid");
    let kill = std::process::Command::new("kill").args(["-STOP", pid.trim()]).status();
    assert!(kill.expect("it runs").success());
    shell.next_prompt();
    shell.type_line("fg");
    shell.type_keys("no\u{15}yes\r");
    let told = shell.next_prompt().text().to_owned();
    assert!(!told.contains("not confirmed"), "{told}");
    assert_eq!(shell.run("stty -a"), &*before);
}

fn exec_asks_each_time_whatever_is_loaded(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    for (keys, answer) in [("yes\r", "444455556666"), ("no\r", "not confirmed")] {
        // Standard input belongs to the command.
        shell.type_line(
            "echo piped | awsenv exec -p acme-Prod -- sh -c 'cat; echo $AWS_PROFILE 444455556666'",
        );
        shell.wait_for(QUESTION);
        shell.type_keys(keys);
        let told = shell.next_prompt().text().to_owned();
        assert!(told.contains(answer), "{told}");
        assert_eq!(told.contains("piped"), keys == "yes\r", "{told}");
    }
    enter(&mut shell, "prod", "yes\r");
    let ran = "sh -c 'echo ran with $AWS_PROFILE'";
    // What is loaded is no answer, nor is the exec around it: both are variables, which anybody can set.
    for line in [
        format!("awsenv exec -- {ran}"),
        format!("awsenv exec -p static -- awsenv exec -p acme-Prod -- {ran}"),
    ] {
        shell.type_line(&line);
        shell.wait_for(QUESTION);
        shell.type_keys("yes\r");
        let told = shell.next_prompt().text().to_owned();
        assert!(told.ends_with("ran with acme-Prod"), "{told}");
    }
    let told = shell.run(&format!("awsenv exec --confirm 444455556666 -- {ran}"));
    assert_eq!(told, "ran with acme-Prod");
    // The name alone is no answer: the profile is another account's now.
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&config.replace("444455556666", "123456789012"));
    shell.type_line("awsenv exec -p acme-Prod -- true");
    // Nor for the prompt after it.
    let question = "load acme-Prod, account 123456789012, role Deploy, us-east-1? Type yes:";
    for before in ["", "could not load profile `acme-Prod`: it was not confirmed\nawsenv: "] {
        shell.wait_for(&format!("{before}{question}"));
        shell.type_keys("no\r");
    }
    shell.next_prompt();
    assert_eq!(loaded(&mut shell), None);
}

fn nothing_that_is_inherited_or_exported_is_an_answer(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    enter(&mut shell, "prod", "yes\r");
    let state = shell.env("AWSENV_STATE").expect("it is loaded");
    let parsed: serde_json::Value = serde_json::from_str(&state).expect("it is JSON");
    let digest = parsed["of"].as_str().expect("it says whose it is").to_owned();
    assert_eq!(digest.len(), 16);
    // A shell below has what this one has, and nothing to load.
    shell.quietly(kind.bare());
    assert_eq!(loaded(&mut shell).as_deref(), Some("acme-Prod"));
    // Elsewhere and back it would load.
    shell.run("cd ~/dev");
    enter(&mut shell, "prod", "no\r");

    let launch = || {
        let hook = crate::harness::hook_stage::hook_line(kind);
        Shell::launch(kind, &world).rc(hook).env("_awsenv_confirmed", &digest)
    };
    let mut shell = launch().start();
    enter(&mut shell, "prod", "no\r");
    shell.run("cd ~/dev");
    shell.quietly(&crate::harness::hook_stage::export(kind, "_awsenv_confirmed", &digest));
    enter(&mut shell, "prod", "no\r");

    // Nor is bookkeeping that says whose it is, with nothing that could contradict it.
    let origin = parsed["in"].as_str().expect("it says where it comes from");
    let forged = format!(r#"{{"as":"","id":"00","in":"{origin}","of":"{digest}","set":{{}},"v":2}}"#);
    let mut shell = launch().start();
    shell.type_line(&format!(
        "{}; cd ~/prod",
        crate::harness::hook_stage::export(kind, "AWSENV_STATE", &forged)
    ));
    shell.wait_for(QUESTION);
    shell.type_keys("no\r");
    shell.next_prompt();
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}

fn a_shell_that_begins_with_another_account_asks(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd ~/dev");
    shell.type_line(&format!("sh -c 'cd ~/prod; exec {}'", kind.bare()));
    shell.wait_for(QUESTION);
    shell.type_keys("no\r");
    shell.next_prompt();
    assert_eq!(loaded(&mut shell), None);
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}

#[test]
fn status_says_so_beside_another_account_too() {
    let world = world();
    let mut shell = start(Kind::Bash, &world);
    shell.run("cd ~/dev");
    shell.type_line("cd ~/prod; awsenv status --quiet; echo \"code $?\"");
    shell.wait_for("code 7");
    shell.wait_for(QUESTION);
    shell.type_keys("no\r");
    shell.next_prompt();
}

/// Runs what asks, changes the AWS files while it does, and says yes.
fn answer_after(world: &World, shell: &mut Shell, line: &str, change: impl Fn(&World)) {
    shell.type_line(line);
    shell.wait_for("Type yes:");
    change(world);
    shell.type_keys("yes\r");
}

fn what_was_confirmed_is_what_is_loaded(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    enter(&mut shell, "prod", "no\r");
    answer_after(&world, &mut shell, "awsenv reload", |world| {
        let config = scene::read(world, ".aws/config");
        world.aws_config(&config.replace("444455556666:role/Deploy", "123456789012:role/Dev"));
    });
    shell.wait_for("load acme-Prod, account 123456789012, role Dev, us-east-1? Type yes:");
    shell.type_keys("no\r");
    let told = shell.next_prompt().text().to_owned();
    assert!(told.contains("could not load profile `acme-Prod`: it was changed meanwhile"), "{told}");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}

fn keys_that_another_profile_s_have_replaced_are_not_run_with(kind: Kind) {
    let world = world();
    world.write(".config/awsenv/config", "confirm = static\n");
    let keys =
        |name, id, secret| format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let one = keys("static", "AKIAIOSFODNN7EXAMPLE", scene::STATIC_SECRET);
    let two = keys("others", "AKIAIOSFODNN7OTHERSX", scene::STATIC_SECRET);
    world.aws_credentials(&format!("{one}{two}"));
    let mut shell = start(kind, &world);
    let line = "awsenv exec -p static -- sh -c 'echo ran with $AWS_ACCESS_KEY_ID'";
    answer_after(&world, &mut shell, line, |world| {
        world.aws_credentials(&format!("{two}{one}"));
    });
    let told = shell.next_prompt().text().to_owned();
    assert!(told.contains("credentials: it was changed meanwhile"), "{told}");
    assert!(!told.contains("\nran with"), "{told}");
    answer_after(&world, &mut shell, line, |_| {});
    let told = shell.next_prompt().text().to_owned();
    assert!(told.ends_with("\nran with AKIAIOSFODNN7EXAMPLE"), "{told}");
}

each_shell!(
    what_was_confirmed_is_what_is_loaded,
    keys_that_another_profile_s_have_replaced_are_not_run_with,
    a_yes_loads_once_for_all_in_this_shell,
    anything_else_is_a_no_until_the_folder_is_left,
    nothing_of_the_folder_before_is_left_while_it_asks,
    the_terminal_is_as_it_was,
    exec_asks_each_time_whatever_is_loaded,
    nothing_that_is_inherited_or_exported_is_an_answer,
    a_shell_that_begins_with_another_account_asks,
);
each_shell!(bash: an_answer_is_edited_like_any_other);
each_shell!(bash, zsh: a_question_that_is_left_cancels_the_command, a_terminal_is_as_it_was_after_a_signal);

#[test]
fn status_says_that_a_confirmation_is_due() {
    let world = world();
    let status = |folder: &str, code: i32| {
        let status = world.command(["status", "--json"]).current_dir(folder).code(code).run().json();
        ["state", "message", "guarded"].map(|key| status[key].to_string().replace('"', ""))
    };
    assert_eq!(status("prod", 7), ["confirm", "`confirm` asks before this is loaded", "true"]);
    assert_eq!(status("dev", 0), ["ready", "ready", "false"]);
    world.command(["status", "--quiet"]).current_dir("prod").code(7).run();
    let hint = "awsenv: hint: confirm it at the prompt; in a script, with `awsenv exec --confirm ACCOUNT`\n";
    world.command(["status"]).current_dir("prod").code(7).stderr(hint).run();
    let mut shell = start(Kind::Bash, &world);
    enter(&mut shell, "prod", "yes\r");
    assert_eq!(shell.run("awsenv status --quiet; echo $?"), "0");
    // What comes before it: no permission, and no login.
    world.write("prod/.awsenv", "profile = acme-Prod\nregion = eu-west-1\n");
    world.command(["status", "--quiet"]).current_dir("prod").code(4).run();
    let sso = scene::allowed(&world, "sso", "profile = dev\n");
    let quiet = || world.command(["status", "--quiet"]).current_dir(&sso).env("AWSENV_CONFIRM", "dev");
    quiet().code(3).run();
    let token = scene::sign_in(&world);
    token.write(&world, scene::SESSION_TOKEN, chrono::TimeDelta::hours(1));
    quiet().code(7).run();
}

/// Returns whether `status` says that the profile, or what else the file names, is guarded by the pattern.
fn is_guarded(world: &World, pattern: &str, file: &str) -> bool {
    let folder = scene::allowed(world, "guarded", file);
    let status = world.command(["status", "--json"]).current_dir(folder).env("AWSENV_CONFIRM", pattern);
    status.unchecked().run().json()["guarded"] == true
}

#[test]
fn a_profile_of_the_same_account_guards_as_well() {
    let world = scene::signed_in();
    let unwritten = "account = 111122223333\nrole = Other\nsso_session = my-sso\n";
    let cases = [
        // The profile, its account and role, and `legacy`, which is of the account of `dev`.
        ("profile = dev\n", "DEV", true),
        ("profile = dev\n", "111122223333/admin", true),
        ("profile = dev\n", "1111*", true),
        ("profile = dev\n", "leg*", true),
        ("profile = dev\n", "role*", false),
        ("profile = role-over-sso\n", "dev", false),
        ("account = 111122223333\nrole = Admin\n", "legacy", true),
        (unwritten, "legacy", true),
        (unwritten, "*/other", true),
        (unwritten, "static", false),
        // Nobody knows yet whose these keys are.
        ("profile = static\n", "1111*", false),
    ];
    for (file, pattern, expected) in cases {
        assert_eq!(is_guarded(&world, pattern, file), expected, "{pattern}: {file}");
    }
    world.command(["exec", "-p", "static", "--confirm", "111122223333", "--", "/bin/true"]).run();
    assert!(is_guarded(&world, "1111*", "profile = static\n"), "AWS said so");
    assert!(is_guarded(&world, "dev", "profile = static\n"));
    assert!(is_guarded(&world, "static", "profile = dev\n"));
    // The other roles that are named on a command line.
    let arn = "arn:aws:iam::123456789012:role/Dev";
    let exec = |args: &[&str], code: i32| {
        let words = ["exec"].iter().chain(args).chain(&["--", "/bin/true"]);
        world.command(words).env("AWSENV_CONFIRM", "role-options:legacy").unchecked().code(code).run()
    };
    exec(&["-p", "static", "--role-arn", arn], 125);
    exec(&["-p", "static", "--role-arn", arn, "--confirm", "123456789012"], 0);
    exec(&["--account", "111122223333", "--role", "Admin"], 125);
    exec(&["--account", "111122223333", "--role", "Admin", "--confirm", "111122223333"], 0);
}

#[test]
fn an_answer_on_the_command_line_must_be_the_account() {
    let world = world();
    let exec = |args: &[&str]| {
        let words = ["exec"].iter().chain(args).chain(&["--", "/bin/echo", "ran"]);
        let run = world.command(words).unchecked().run();
        assert_eq!(run.stdout, if run.code == 0 { "ran\n" } else { "" });
        (run.code, run.stderr)
    };
    assert_eq!(exec(&["-p", "acme-Prod", "--confirm", "444455556666"]).0, 0);
    let (code, told) = exec(&["-p", "acme-Prod", "--confirm", "111122223333"]);
    let other = "could not load profile `acme-Prod`: it belongs to account 444455556666, and `--confirm` says 111122223333";
    assert!(code == 125 && told.contains(other), "{told}");
    // Also where nothing asks, and where only AWS knows the account.
    assert_eq!(exec(&["-p", "role", "--confirm", "444455556666"]).0, 125);
    assert_eq!(exec(&["-p", "static", "--confirm", "444455556666"]).0, 125);
    assert_eq!(exec(&["-p", "static", "--confirm", "111122223333"]).0, 0);
    let (code, told) = exec(&["-p", "acme-Prod", "--confirm", "yes"]);
    assert!(code == 125 && told.contains("invalid `--confirm`: `yes`"), "{told}");
}

#[test]
fn without_a_terminal_nothing_is_loaded_or_run() {
    let world = world();
    let stderr = "awsenv: error: could not load profile `acme-Prod`: it must be confirmed, and there is no terminal to ask on\n\
                  awsenv: hint: run it in a terminal; `awsenv exec` and `awsenv console` take `--confirm ACCOUNT`\n";
    let exec = || world.command(["exec", "-p", "acme-Prod", "--", "/bin/false"]).stdin("yes\n");
    exec().code(125).stderr(stderr).run();
    let export = world.command(["export", "json"]).current_dir("prod").code(1).stderr(stderr).run();
    assert_eq!(export.stdout, "{}\n");
    assert_eq!(world.emulator().requests(), 0);

    // The environment can only add.
    exec().env("AWSENV_CONFIRM", "").code(125).stderr(stderr).run();
    let exec = |pattern: &str| {
        let exec = world.command(["exec", "-p", "static", "--", "/bin/true"]).env("AWSENV_CONFIRM", pattern);
        exec.unchecked().run().code
    };
    let codes = ["stat?c", "x:STATIC", "s*c", "tatic", "*tat", "", "stat??c"].map(exec);
    assert_eq!(codes, [125, 125, 125, 0, 0, 0, 0]);
}
