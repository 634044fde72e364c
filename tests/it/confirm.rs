//! Profiles that are loaded only after a person said yes.

use crate::scene;
use crate::shell::{Kind, Shell, each_shell};
use crate::world::World;

/// Makes a world in which profiles with `prod` in their name ask: `acme-Prod` in the folders `prod` and `other`.
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
        Kind::Elvish | Kind::Tcsh => Kind::not_here(),
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

fn exec_asks_each_time_and_a_loaded_folder_is_answer_enough(kind: Kind) {
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
    let told = shell.run("awsenv exec -- sh -c 'echo ran with $AWS_PROFILE'");
    assert_eq!(told, "ran with acme-Prod");
    let told = shell.run("awsenv exec -- awsenv exec -p acme-Prod -- sh -c 'echo ran with $AWS_PROFILE'");
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
    exec_asks_each_time_and_a_loaded_folder_is_answer_enough,
);

#[test]
fn status_says_that_it_will_be_asked() {
    let world = world();
    let message = |folder: &str| {
        world.command(["status", "--json"]).current_dir(folder).run().json()["message"].clone()
    };
    assert_eq!(message("prod"), "it asks for a yes before it is loaded, as `confirm` says");
    assert_eq!(message("dev"), "ready");
    let mut shell = start(Kind::Bash, &world);
    enter(&mut shell, "prod", "yes\r");
    let told = shell.run("awsenv status").text().to_owned();
    assert!(!told.contains("asks for a yes"), "{told}");
}

#[test]
fn without_a_terminal_nothing_is_loaded_or_run() {
    let world = world();
    let stderr = "awsenv: error: could not load profile `acme-Prod`: it must be confirmed, and there is no terminal to ask on\n\
                  awsenv: hint: run it in a terminal, or take its pattern out of `confirm` and AWSENV_CONFIRM\n";
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
