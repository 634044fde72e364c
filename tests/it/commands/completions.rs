//! `awsenv completions`: what the Tab key does in real shells.

use std::path::Path;

use crate::harness::kind::Kind;
use crate::harness::shell::{Shell, each_shell};
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

each_shell!(@test tab_completes_words_names_and_the_command_behind_the_dashes bash zsh fish elvish nu);
each_shell!(@test a_hostile_name_is_only_a_word bash zsh fish elvish nu);

/// The package that makes `_command_offset`.
const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

/// Stands behind a word that needs quotes: elvish shows it in a list first, where Enter takes it.
const TAKEN: char = '¶';

const HOSTILE: &str = "we $(touch pwned) `touch pwned` 'q;x";

fn world() -> World {
    let world = World::new();
    world.aws_config(&format!(
        "[profile acme-dev]\nregion = eu-west-1\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n\
         [profile globex:dev]\nsso_session = globex\nsso_account_id = 111122223333\nsso_role_name = Developer\n\
         [profile globex:prod]\nsso_session = globex\nsso_account_id = 444455556666\nsso_role_name = Admin\n\
         [profile \"{HOSTILE}\"]\nrole_arn = arn:aws:iam::777788889999:role/x/Audit\n\
         [profile \u{1b}[2Jcleared]\nregion = eu-west-1\n\
         [sso-session globex]\nsso_start_url = https://globex.awsapps.com/start\nsso_region = eu-west-1\n"
    ));
    world.program("frobnicate", "#!/bin/sh\n");
    world.dir("projects");
    world
}

/// Returns the lines that a person has in the start-up file, and a completion of another program.
fn start_up_lines(kind: Kind) -> String {
    let lines = match kind {
        Kind::Bash => &[
            ". /usr/share/bash-completion/bash_completion",
            "complete -W 'alpha-one beta-two' frobnicate",
            "eval \"$(awsenv completions bash)\"",
        ][..],
        Kind::Zsh => &[
            "autoload -Uz compinit; compinit -u -D",
            "_frobnicate() { compadd alpha-one beta-two }; compdef _frobnicate frobnicate",
            "eval \"$(awsenv completions zsh)\"",
        ],
        Kind::Fish => {
            &["complete -c frobnicate -f -a 'alpha-one beta-two'", "awsenv completions fish | source"]
        }
        Kind::Elvish => &[
            "set edit:completion:arg-completer[frobnicate] = {|@words| put alpha-one beta-two }",
            "eval (awsenv completions elvish | slurp)",
        ],
        Kind::Nu => &[
            "$env.config.completions.external.completer = {|words|",
            "    [alpha-one beta-two] | where {|word| $word starts-with ($words | last) } }",
            "mkdir $nu.user-autoload-dirs.0",
            "awsenv completions nu | save -f ($nu.user-autoload-dirs.0 | path join awsenv.nu)",
        ],
        Kind::Tcsh => Kind::not_here(),
    };
    lines.join("\n")
}

/// Types each line with its tabs, and checks which words the program got.
fn check(kind: Kind, world: &World, cases: &[(&str, &[&str])]) {
    if kind == Kind::Bash && !Path::new(BASH_COMPLETION).exists() {
        return tools::lacking("bash-completion");
    }
    // What is completed is not run: nothing shall ask AWS.
    let program = format!("#!/bin/sh\ncase $1 in complet*) exec {PROGRAM} \"$@\" ;; esac\n");
    let recorder = world.recorder_of(&world.program("awsenv-complete", &program));
    let mut shell = Shell::launch(kind, world).rc(&start_up_lines(kind)).start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    for (typed, words) in cases {
        recorder.take();
        let typed = &match kind {
            // It adds no blank behind a word, and asks no completer about the name of a command.
            Kind::Nu => typed
                .replace(TAKEN, "")
                .replace("frobn\t", "frobnicate")
                .replace('\t', "\t ")
                .replace("\t .", "\t."),
            _ => (*typed).to_owned(),
        };
        let (begun, rest) = typed.split_once(TAKEN).unwrap_or(("", typed));
        shell.type_keys(begun);
        if kind == Kind::Elvish && !begun.is_empty() {
            shell.type_keys("\r");
        }
        let screen = shell.run(rest);
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        assert_eq!(recorder.take().last(), Some(&words), "{typed:?}: {screen}");
    }
}

fn tab_completes_words_names_and_the_command_behind_the_dashes(kind: Kind) {
    check(
        kind,
        &world(),
        &[
            ("awsenv who\t--pro\tacm\t", &["whoami", "--profile", "acme-dev"]),
            ("awsenv stat\t--js\t", &["status", "--json"]),
            ("awsenv exec -p globex:p\t-- true", &["exec", "-p", "globex:prod", "--", "true"]),
            ("awsenv exec --profile=globex:d\t¶-- true", &["exec", "--profile=globex:dev", "--", "true"]),
            ("awsenv exec --region mx-\t-- true", &["exec", "--region", "mx-central-1", "--", "true"]),
            ("awsenv login --sso-session g\t", &["login", "--sso-session", "globex"]),
            (
                "awsenv configure s\t--account 4\t--role A\t--dry-run",
                &["configure", "sso", "--account", "444455556666", "--role", "Admin", "--dry-run"],
            ),
            ("awsenv deny proj\t.awsenv", &["deny", "projects/.awsenv"]),
            (
                "awsenv exec -p acme-dev -- frobn\t alph\t",
                &["exec", "-p", "acme-dev", "--", "frobnicate", "alpha-one"],
            ),
            (
                "awsenv exec -p globex:dev -- frobnicate x bet\t",
                &["exec", "-p", "globex:dev", "--", "frobnicate", "x", "beta-two"],
            ),
        ],
    );
}

fn a_hostile_name_is_only_a_word(kind: Kind) {
    let world = world();
    check(kind, &world, &[("awsenv whoami -p we\t¶", &["whoami", "-p", HOSTILE])]);
    assert!(!world.at("pwned").exists());
}

#[test]
fn names_come_from_the_aws_files_alone() {
    let mut world = World::with_emulator();
    world.aws_config(
        "[profile tool]\ncredential_process = touch ran\n[profile role]\nrole_arn = arn:aws:iam::111122223333:role/R\n\
         source_profile = tool\n[sso-session globex]\nsso_region = eu-west-1\n[profile \u{1b}[2Jcleared]\nregion = eu-west-1\n",
    );
    world.project("p", "profile = from-the-folder\n");
    world.set("AWSENV_LOG", "debug");
    let offered = |words: &[&str]| {
        let (last, request) = (words.len() - 1, ["complete", "zsh"]);
        let args = request.iter().map(ToString::to_string).chain([last.to_string(), "--".to_owned()]);
        let run = world
            .command(args.chain(words.iter().map(ToString::to_string)))
            .current_dir("p")
            .unchecked()
            .run();
        assert_eq!(run.code, 0);
        assert!(!run.stderr.contains("http"), "{}", run.stderr);
        run.stdout
    };
    assert_eq!(offered(&["awsenv", "exec", "-p", ""]), "described\ntool\ttool\nrole\trole  111122223333 R\n");
    let keys = offered(&["awsenv", "config", "set", "browser"]);
    assert!(keys.contains("\nbrowser\t") && keys.contains("\nbrowser.globex\t"), "{keys}");
    assert_eq!(offered(&["awsenv", "ren"]), "values\n", "a hidden command is never offered");
    for (account, roles) in [("111122223333", "described\nR\tR  role\n"), ("444455556666", "values\n")] {
        let (option, one_word) = ("--account", &*format!("--account={account}"));
        assert_eq!(offered(&["awsenv", "whoami", option, account, "--role", ""]), roles);
        assert_eq!(offered(&["awsenv", "whoami", one_word, "--role", ""]), roles);
    }
    assert!(!world.at("p/ran").exists(), "no program is run for a name");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn of_many_names_those_that_contain_what_was_typed_are_offered() {
    let world = World::new();
    let profiles = (0..600).map(|number| format!("[profile Team-{number:03}-dev]\nregion = eu-west-1\n"));
    world.aws_config(&profiles.collect::<String>());
    let offered =
        |word: &str| world.run(["complete", "fish", "3", "--", "awsenv", "exec", "-p", word]).stdout;
    assert_eq!(offered("").lines().count(), 601);
    assert_eq!(offered("team-59").lines().count(), 11, "the shell may ignore the case");
    assert_eq!(offered("599-").lines().collect::<Vec<_>>(), ["values", "Team-599-dev\t"]);
}

#[test]
fn a_broken_file_offers_nothing_and_says_nothing() {
    let world = World::new();
    world.aws_config("[profile a\n");
    let run = world.run(["complete", "fish", "3", "--", "awsenv", "exec", "-p", ""]);
    assert_eq!(run.stdout, "values\n");
}

#[test]
fn a_shell_without_completions_is_told_which_have_them() {
    let stderr = "awsenv: error: there are no completions for `tcsh`\n\
                  awsenv: hint: name one of `bash`, `zsh`, `fish`, `elvish`, `nu`\n";
    World::new().command(["completions", "tcsh"]).code(2).stderr(stderr).run();
}
