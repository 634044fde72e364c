//! `awsenv use`: what a person chose for this shell counts above every folder.

use awsenv::prompt::choices::{Choices, Request};
use awsenv::values::target_name::TargetName;
use chrono::{TimeDelta, Utc};

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, allowed, assert_loaded, assert_nothing, aws, cannot, export, launch, loaded,
    start, variables, world,
};
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const LEFT_OPS: &str = "awsenv: left ops";

const OVER: &str = "awsenv: the time for profile `ops` is over: this shell follows its folder again";

const INHERITED: &str =
    "awsenv: this shell has profile ops from `awsenv use` in the shell above: folders do not change it";

/// What elvish adds to a command that failed.
fn without_exception(told: &str) -> &str {
    told.split("\nException").next().unwrap_or_default()
}

/// Runs `awsenv use` with these words, which come to nothing, and returns what was told.
fn refused(shell: &mut Shell, words: &str) -> String {
    let told = shell.run(&format!("awsenv use {words}"));
    without_exception(told.text()).to_owned()
}

fn a_choice_counts_above_every_folder(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    assert_eq!(shell.run("awsenv use ops"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    let passed = "awsenv: ~/b/.awsenv changes nothing: this shell has profile `ops` from `awsenv use`, until `awsenv use --clear`";
    assert_eq!(shell.run("cd ../b"), passed);
    for line in ["", "cd ../a", "cd ../b", "cd ~"] {
        shell.quietly(line);
    }
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("awsenv use --clear"), LEFT_OPS);
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_eq!(shell.run("awsenv use -"), ENTERED_OPS, "it is still the one before");
    assert_eq!(shell.run("awsenv use -"), ENTERED_DEV, "the folder was before");
    assert_loaded(&mut shell, "dev");
}

fn words_name_the_only_profile_that_they_fit(kind: Kind) {
    let world = world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile 'acme prod']\nsource_profile = dev\nrole_arn = arn:aws:iam::444455556666:role/Deploy\n\
         region = us-east-1\n[profile acme-test]\nsource_profile = dev\nrole_arn = \
         arn:aws:iam::123456789012:role/Deploy\n"
    ));
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let list = "acme prod (account 444455556666, role Deploy), acme-test (account 123456789012, role Deploy)";
    for (words, told) in [
        ("opss", "could not find the profile `opss` ".to_owned()),
        ("DEPLOY acme </dev/null", format!("could not choose a profile: `DEPLOY acme` fits 2: {list}")),
        ("acme ops", "could not find the profile `acme ops` ".to_owned()),
        ("--for 13h ops", "a time is a number with s, m or h, such as 30m, up to 12h".to_owned()),
        ("--clear ops", "cannot be used with".to_owned()),
        ("ops --account 111122223333", "cannot be used with '--account <ID>'".to_owned()),
    ] {
        if words.ends_with("null") && matches!(kind, Kind::Fish | Kind::Tcsh | Kind::Nu) {
            cannot(kind, "what its caller reads cannot be led elsewhere");
            continue;
        }
        let told_now = refused(&mut shell, words);
        assert!(told_now.contains(&told), "{words}: {told_now}");
        assert_loaded(&mut shell, "dev");
    }
    let told = shell.run("awsenv use OP");
    assert_eq!(told.lines(), ["awsenv: `OP` is profile `ops`", ENTERED_OPS]);
    shell.run("awsenv use --clear");
    // AWS cannot be reached here; what is meant is told all the same.
    let told = refused(&mut shell, "4444 acme");
    assert!(told.starts_with("awsenv: `4444 acme` is profile `acme prod`\n"), "{told}");
    assert_nothing(&mut shell);
    let told = refused(&mut shell, "'acme prod'");
    assert!(!told.contains(" is profile "), "{told}");
    assert_nothing(&mut shell);
    assert_eq!(shell.run("awsenv use --clear"), ENTERED_DEV);
}

fn a_failure_is_one_for_the_shell(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let and = if kind == Kind::Fish { "; and" } else { " &&" };
    for (words, ran) in [("opss", false), ("ops", true), ("ops --for 1d", false), ("--clear", true)] {
        let told = shell.run(&format!("awsenv use {words}{and} echo ran"));
        assert_eq!(told.text().ends_with("ran"), ran, "{words}: {told}");
    }
    let told = shell.run("awsenv use --help");
    assert!(told.text().contains("awsenv use prod-admin --for 30m"), "{told}");
}

/// Gives prompts until one tells this, which takes a second at most.
fn wait_for_prompt(shell: &mut Shell, told: &str) -> String {
    let begin = std::time::Instant::now();
    loop {
        let screen = shell.run("");
        if !screen.is_empty() || begin.elapsed().as_secs() > 30 {
            assert!(screen.text().starts_with(told), "{screen}");
            return screen.text().to_owned();
        }
    }
}

fn a_term_ends_by_itself(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let told = shell.run("awsenv use ops --for 1s");
    assert_eq!(told, &*format!("{ENTERED_OPS}, back to the folder in 1s"));
    let told = wait_for_prompt(&mut shell, OVER);
    assert_eq!(told.lines().collect::<Vec<_>>(), [OVER, ENTERED_DEV]);
    shell.quietly("");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("awsenv use -"), ENTERED_OPS, "what has ended is the one before");
    shell.run("awsenv use - --for 1s");
    shell.run("awsenv use --for 1s -");
    wait_for_prompt(&mut shell, OVER);
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

fn a_term_ends_before_a_command_runs(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("awsenv use ops --for 30m");
    // As if it had been chosen an hour ago, and the shell had waited at its prompt since.
    let mut choices = Choices::default();
    let request = Request::Target(TargetName::Profile("ops".into()), Some(TimeDelta::minutes(30)));
    choices.make(&request, Utc::now() - TimeDelta::hours(1));
    let chosen = choices.encode();
    shell.quietly(&match kind {
        Kind::Fish => format!("set -g _awsenv_chosen {chosen}; set -g _awsenv_deadline 0"),
        _ => format!("_awsenv_chosen={chosen} _awsenv_deadline=1"),
    });
    // The guard of the last run has its own deadline: something else makes it look.
    world.aws_config(&format!("{}\n", scene::read(&world, ".aws/config")));
    assert_eq!(shell.run("printenv AWS_PROFILE").lines(), [OVER, ENTERED_DEV, "dev"]);
}

fn a_shell_below_keeps_what_it_inherits_and_fetches_nothing(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("awsenv use ops");
    let screen = shell.run(kind.nested());
    assert_eq!(screen, INHERITED);
    shell.quietly("");
    shell.quietly("cd ../b");
    shell.quietly("cd ../a");
    assert_loaded(&mut shell, "ops");
    recorder.take();
    assert_eq!(shell.run("awsenv use --clear"), ENTERED_DEV);
    assert!(recorder.runs().iter().all(|run| !run.iter().any(|arg| arg.starts_with("--fetch"))));
    assert_loaded(&mut shell, "dev");
    shell.run("exit");
    assert_loaded(&mut shell, "ops");
}

fn what_is_inherited_ends_with_its_keys(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("awsenv use ops --for 1s");
    let screen = shell.run(kind.nested());
    let ended = "awsenv: profile `ops` from `awsenv use` in the shell above has ended";
    // A slow machine can take longer than that to start a shell.
    let told =
        if screen == INHERITED { wait_for_prompt(&mut shell, ended) } else { screen.text().to_owned() };
    assert!(told.starts_with(ended), "{told}");
    assert!(told.ends_with(ENTERED_DEV), "{told}");
    assert_loaded(&mut shell, "dev");
}

fn clear_releases_what_exec_pinned(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run(&format!("awsenv exec --profile ops -- {}", kind.nested()));
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("awsenv use --clear"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

fn a_change_by_hand_withdraws_it(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("awsenv use ops");
    let told = shell.run(&export(kind, "AWS_PROFILE", "mine"));
    assert_eq!(told, "awsenv: you changed AWS_PROFILE, so ops was unloaded; `awsenv reload` loads it again");
    shell.quietly("cd a");
    assert_eq!(aws(&mut shell)["AWS_PROFILE"], "mine");
    assert_eq!(shell.run("awsenv use dev"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("awsenv reload"), ENTERED_DEV);
    shell.run("cd ~");
    shell.run("awsenv use --clear");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]), "what was before `use`");
}

fn a_command_that_uses_the_folder_instead_says_so(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let command = "awsenv exec -- sh -c 'echo $AWS_PROFILE'";
    assert_eq!(shell.run(command), "dev");
    let warning = |maker: &str| {
        format!(
            "awsenv: warning: this shell has profile `ops` from `awsenv {maker}`, but this command uses profile `dev`, as the folder says; name another with `--profile`\ndev"
        )
    };
    assert_eq!(shell.run(&format!("awsenv exec -p ops -- {command}")), &*warning("exec"));
    shell.run("awsenv use ops");
    assert_eq!(shell.run(command), &*warning("use"));
    assert_eq!(shell.run("awsenv exec -p ops -- sh -c 'echo $AWS_PROFILE'"), "ops", "it was named");
    shell.run("awsenv use dev");
    assert_eq!(shell.run(command), "dev", "it is the same one");
}

fn the_trace_of_a_shell_shows_no_secret(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run(if kind == Kind::Fish { "set -g fish_trace 1" } else { "set -x" });
    let told = shell.run("awsenv use ops").text().to_owned();
    assert!(told.contains(ENTERED_OPS) && !told.contains("ops/S"), "{told}");
}

fn status_says_what_it_is_and_until_when(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("awsenv use ops --for 30m");
    assert_eq!(shell.run("awsenv prompt"), "ops us-east-1 for 30m");
    let told = shell.run("awsenv status").text().to_owned();
    assert!(told.contains("because     chosen with `awsenv use` at 20"), "{told}");
    assert!(told.contains("Z, until 20") && told.contains("profile     ops (use)"), "{told}");
    let told = shell.run("awsenv status --json").text().to_owned();
    let json: serde_json::Value = serde_json::from_str(&told).expect("one object");
    assert_eq!((&json["source"], &json["profile"]), (&"use".into(), &"ops".into()));
    assert_eq!((&json["files"], &json["loaded"]), (&serde_json::json!([]), &true.into()));
    assert_eq!(json["region"], serde_json::json!({ "value": "us-east-1", "from": "profile" }));
    shell.run("awsenv use -");
    let told = shell.run("awsenv status").text().to_owned();
    assert!(told.contains("profile     dev (") && !told.contains("use"), "{told}");
    let told = shell.run("awsenv export dotenv").text().to_owned();
    assert!(told.contains("AKIADEV"), "{told}");
    shell.run("awsenv use ops");
    let told = shell.run("awsenv export dotenv").text().to_owned();
    assert!(told.contains("AKIAOPS"), "{told}");
}

fn no_environment_makes_a_choice(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("awsenv use ops");
    assert_eq!(shell.env("_awsenv_chosen"), None);
    let mut choices = Choices::default();
    choices.make(&Request::Target(TargetName::Profile("ops".into()), None), Utc::now());
    let chosen = choices.encode();
    let mut forged = launch(kind, &world).env("_awsenv_chosen", &chosen).start();
    assert_nothing(&mut forged);
    let mut forged = launch(kind, &world).env("AWSENV_CHOSEN", &chosen).start();
    let told = forged.run("awsenv status").text().to_owned();
    assert!(told.starts_with("state       none\n"), "{told}");
    let mut unfounded =
        launch(kind, &world).env("AWSENV_STATE", "{\"in\":\"use-6a0bcdef-0-0123abcd\"}").start();
    assert_nothing(&mut unfounded);
}

each_shell!(
    every:
    a_choice_counts_above_every_folder,
    words_name_the_only_profile_that_they_fit,
    a_term_ends_by_itself,
    a_shell_below_keeps_what_it_inherits_and_fetches_nothing,
    what_is_inherited_ends_with_its_keys,
    clear_releases_what_exec_pinned,
    a_change_by_hand_withdraws_it,
);

each_shell!(a_failure_is_one_for_the_shell, the_trace_of_a_shell_shows_no_secret,);

each_shell!(zsh, fish: a_term_ends_before_a_command_runs);
each_shell!(bash: a_command_that_uses_the_folder_instead_says_so);

#[test]
fn without_the_hook_it_says_how_to_add_it() {
    let output = World::new().command(["use", "ops"]).unchecked().run();
    assert_eq!((output.code, &*output.stdout), (1, ""));
    assert!(output.stderr.starts_with("awsenv: error: could not use a profile: this shell has no hook"));
    assert!(output.stderr.contains("`awsenv hook --help`"), "{}", output.stderr);
}

#[test]
fn names_of_profiles_are_completed() {
    let world = world();
    let line = ["complete", "bash", "2", "awsenv use ", " ", "--", "awsenv", "use", ""];
    let names = world.run(line).stdout;
    assert!(names.lines().any(|name| name.trim() == "dev") && names.contains("ops"), "{names}");
}

#[test]
fn a_choice_is_as_cheap_as_a_folder() {
    let world = world();
    allowed(&world, "c", "profile = dev\n");
    let recorder = world.recorder();
    let mut shell = start(Kind::Bash, &world);
    shell.run("cd a");
    recorder.take();
    shell.run("awsenv use ops");
    assert_eq!(recorder.take().len(), 1);
    for line in ["", "true", "cd .", ""] {
        shell.quietly(line);
    }
    assert_eq!(recorder.count(), 0, "nothing changed");
    assert_eq!(aws(&mut shell), loaded("ops"));
}

each_shell!(
    guarded:
    no_environment_makes_a_choice,
    status_says_what_it_is_and_until_when,
);
