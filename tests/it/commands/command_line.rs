//! Help, mistakes in a command line, and what `awsenv` alone says.

use crate::harness::scene;
use crate::harness::world::World;

/// Returns the names of all commands that the help lists.
fn commands(world: &World) -> Vec<String> {
    let help = world.run(["help"]).stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn help_is_whole_at_every_width() {
    let world = World::new();
    let mut all: Vec<Vec<String>> =
        commands(&world).into_iter().filter(|name| name != "help").map(|name| vec![name]).collect();
    assert!(all.len() > 10, "{all:?}");
    all.extend([vec![], vec!["configure".to_owned(), "sso".to_owned()]]);
    for command in all {
        let help = |columns: usize, long: &str| {
            let args: Vec<&str> = command.iter().map(String::as_str).chain([long]).collect();
            world.command(args).env("COLUMNS", columns.to_string()).run().stdout
        };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let whole = help(110, "--help");
        for columns in [60, 80, 110] {
            for long in ["-h", "--help"] {
                let text = help(columns, long);
                assert!(long == "-h" || words(&text) == words(&whole), "{command:?} {columns}\n{text}");
                let lines: Vec<&str> = text.lines().collect();
                for pair in lines.windows(2) {
                    let [line, next] = pair else { continue };
                    let is_usage = line.starts_with("Usage: ");
                    assert!(is_usage || line.chars().count() <= columns, "{command:?} {columns}: {line}");
                    // Examples are commands to copy, and indented.
                    let is_cut = line.starts_with("  ") && next.starts_with(|c: char| !c.is_whitespace());
                    assert!(!is_cut, "{command:?} {columns}: {line} | {next}");
                    // Prose starts at the margin. A line of it ends where the next word has no room.
                    let is_prose = |line: &str| line.contains(' ') && !line.starts_with([' ', '-']);
                    if is_prose(line) && is_prose(next) && !is_usage {
                        let first = next.split(' ').next().unwrap_or_default();
                        let width = columns.min(100);
                        let has_room = line.chars().count() + 1 + first.chars().count() <= width;
                        assert!(!has_room, "{command:?} {columns}: broken by hand: {line} | {next}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_shell_that_does_not_exist_is_a_usage_error() {
    let world = World::new();
    for command in ["hook", "export"] {
        let stderr = "awsenv: error: unknown shell: `ksh`\n\
                      awsenv: hint: name one of `bash`, `zsh`, `fish`, `elvish`, `tcsh`, `nu`\n";
        world.command([command, "ksh"]).code(2).stderr(stderr).run();
    }
}

#[test]
fn help_works_as_a_command_and_what_is_hidden_is_not_suggested() {
    let world = World::new();
    let whole = world.run(["--help"]).stdout;
    assert_eq!(world.run(["help"]).stdout, whole);
    assert!(!whole.contains("renew "), "{whole}");
    assert_eq!(world.run(["help", "exec"]).stdout, world.run(["exec", "--help"]).stdout);
    for (word, hint) in [
        ("revoke", "run `awsenv help` to see all commands"),
        ("renwe", "run `awsenv help` to see all commands"),
        ("stauts", "did you mean `awsenv status`?"),
    ] {
        let stderr = format!("awsenv: error: unrecognized subcommand '{word}'\nawsenv: hint: {hint}\n");
        world.command([word]).code(2).stderr(stderr).run();
    }
    let stderr = "awsenv: error: unexpected argument '--jsno' found\n\
                  awsenv: hint: a similar argument exists: '--json'\n";
    world.command(["status", "--jsno"]).code(2).stderr(stderr).run();
    let stderr = "awsenv: error: the following required arguments were not provided: --profile <PROFILE>\n\
                  awsenv: hint: write `awsenv credential-process --profile <PROFILE>`; \
                  `awsenv help credential-process` explains it\n";
    world.command(["credential-process"]).code(2).stderr(stderr).run();
}

#[test]
fn a_word_where_the_command_belongs_is_explained() {
    let world = scene::world();
    for (args, hint) in [
        (&["exec", "static", "--", "true"][..], "name the profile with `--profile static`"),
        (&["exec", "static"], "`static` is a profile; run `awsenv exec -p static -- COMMAND`"),
        (&["exec", "static", "ls", "a b"], "`static` is a profile; run `awsenv exec -p static -- ls 'a b'`"),
        (&["exec", "-p", "static", "ls", "-l"], "put `--` before the command: `-- ls -l`"),
        (
            &["exec", "-p", "static"],
            "write `awsenv exec --profile <PROFILE> -- <CMD>...`; `awsenv help exec` explains it",
        ),
    ] {
        let stray = world.command(args).unchecked().code(125).run();
        assert!(stray.stderr.ends_with(&format!("\nawsenv: hint: {hint}\n")), "{}", stray.stderr);
    }
}

#[test]
fn awsenv_alone_says_the_next_step_for_this_machine() {
    let mut world = scene::world();
    world.set("SHELL", "/bin/zsh");
    world.set("AWSENV_LOGIN", "never");
    let project = world.dir("p");
    let says = |world: &World, expected: &str| {
        let text = world.command([""; 0]).current_dir(&project).run().stdout;
        assert_eq!(text, format!("{expected}\n\n`awsenv help` lists all commands.\n"));
    };
    says(
        &world,
        "The awsenv hook is not set up in your shell.\n\
         Next: put `eval \"$(awsenv hook zsh)\"` at the end of ~/.zshrc, and open a new shell",
    );
    world.write(".zshrc", "eval \"$(awsenv hook zsh)\"\n");
    says(&world, "You are not logged in to my-sso.\nNext: run `awsenv login`");
    scene::sign_in(&world).write(&world, scene::SESSION_TOKEN, chrono::TimeDelta::hours(1));
    says(
        &world,
        "No .awsenv here or in a folder above.\nNext: in a project, run `awsenv init` to choose its profile",
    );
    world.project("p", "profile = dev\n");
    let text = world.command([""; 0]).current_dir(&project).run().stdout;
    assert!(text.contains("\nNext: run `awsenv allow`\n"), "{text}");
    world.command(["allow"]).current_dir(&project).unchecked().run();
    says(&world, "This folder is set up for profile `dev`.\nNext: run `awsenv status` to see what is loaded");
    world.aws_config("");
    world.aws_credentials("");
    let text = world.command([""; 0]).current_dir(&project).run().stdout;
    assert!(
        text.ends_with(
            "Next: run `awsenv configure sso` to create them\n\n`awsenv help` lists all commands.\n"
        ),
        "{text}"
    );
    world.write(".zshrc", "");
    let text = world.command([""; 0]).current_dir(&project).run().stdout;
    assert!(
        text.contains("\nNext: run `awsenv setup`, which creates them and sets up your shell\n"),
        "{text}"
    );
}

#[test]
fn every_failure_begins_with_the_same_prefix() {
    let world = World::new();
    for line in [
        "nosuch",
        "exec",
        "exec -p gone -- true",
        "whoami",
        "allow",
        "deny",
        "init gone",
        "edit",
        "use gone",
        "reload",
        "login",
        "logout",
        "accounts",
        "config get nosuch",
        "config set login maybe",
        "console",
        "credential-process -p gone",
        "configure sso",
        "configure role",
        "configure docker x",
        "setup",
        "import nosuch",
        "man nosuch",
        "hook nosuch",
        "export nosuch",
        "completions nosuch",
        "keys get gone",
        "relay x",
        "profiles --x",
        "doctor --x",
    ] {
        let failed = world.command(line.split(' ')).unchecked().run();
        assert_ne!(failed.code, 0, "{line}");
        let mut lines = failed.stderr.lines();
        assert!(
            lines.next().is_some_and(|first| first.starts_with("awsenv: error: ")),
            "{line}: {}",
            failed.stderr
        );
        assert!(lines.all(|other| other.starts_with("awsenv: ")), "{line}: {}", failed.stderr);
    }
}
