//! `awsenv setup` and `setup --undo`: from a bare home to profiles in one command, and back to the byte.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use awsenv_emulator::{Operation, Person};

use crate::harness::configure_world::{SESSION, config, logged_in};
use crate::harness::login_stage::Sitting;
use crate::harness::world::World;

const HOOK: &str = "eval \"$(awsenv hook bash)\" # added by awsenv setup\n";
const RECORD: &str = ".local/state/awsenv/setup.json";
const COMPLETIONS: &str = ".local/share/bash-completion/completions/awsenv";
/// For a world with one session.
const YES: [&str; 4] = ["setup", "--yes", "--default-region", "eu-west-3"];

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.at(path)).expect("it is there")
}

fn run(world: &World, args: &[&str], shell: &str, code: i32) -> String {
    world.shown(&Sitting::with(world, args, &[("SHELL", shell)]).finish(world, code))
}

#[test]
fn completions_that_cannot_be_written_are_named_and_the_rest_goes_on() {
    let mut world = World::with_emulator();
    world.set("AWSENV_FLOW", "pkce");
    world.emulator().with(|state| state.person = Person::Approves);
    world.write(".local/share/bash-completion", "a file where a folder belongs");
    let more = ["--start-url", "https://acme.awsapps.com/start", "--sso-region", "eu-west-1"];
    let shown = run(&world, &[&YES[..], &more[..]].concat(), "/bin/bash", 0);
    assert!(
        shown.contains("warning: completions are not installed: could not write ~/.local/share"),
        "{shown}"
    );
    assert!(shown.contains("awsenv: added 6 profiles to ~/.aws/config\n"), "{shown}");
}

#[test]
fn a_bare_home_is_set_up_in_one_command_and_put_back_to_the_byte() {
    let mut world = World::with_emulator();
    world.set("AWSENV_FLOW", "pkce");
    world.emulator().with(|state| state.person = Person::Approves);
    let rc = world.write(".bashrc", "alias ll=ls");
    fs::set_permissions(&rc, fs::Permissions::from_mode(0o640)).expect("it is ours");
    let more = ["--start-url", "https://acme.awsapps.com/start", "--sso-region", "eu-west-1"];
    let shown = run(&world, &[&YES[..], &more[..]].concat(), "/bin/bash", 0);
    assert!(shown.contains("awsenv: added it to ~/.bashrc\n"), "{shown}");
    assert!(shown.contains("ok       shell        ~/.bashrc has the hook for new shells\n"), "{shown}");
    assert!(shown.trim_end().ends_with("\n\nNext: open a new shell"), "the end is doctor's: {shown}");
    assert_eq!(read(&world, ".bashrc"), format!("alias ll=ls\n{HOOK}"));
    assert_eq!(fs::metadata(&rc).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert!(read(&world, COMPLETIONS).contains("awsenv complete bash"));
    let written = config(&world);
    assert!(written.starts_with(&SESSION[..SESSION.len() - 1]), "{written}");
    assert!(
        written.contains("[profile acme-dev-Developer]") && written.contains("region = eu-west-3"),
        "{written}"
    );
    assert_eq!(world.emulator().count(Operation::RegisterClient), 1);

    // A shell that starts now has the hook, and a folder loads.
    world.command(["init", "acme-dev-Developer"]).current_dir(world.dir("p")).unchecked().code(0).run();
    let script = "cd ~/p && eval \"$PROMPT_COMMAND\"; echo \"account $AWSENV_ACCOUNT\"; exit";
    let bash = std::path::Path::new("/bin/bash");
    let loaded = Sitting::program(&world, bash, &["-ic", script], &[]).finish(&world, 0);
    assert!(loaded.contains("account 111122223333"), "{loaded}");

    let again = run(&world, &YES, "/bin/bash", 0);
    assert!(again.contains("~/.bashrc has the hook already"), "{again}");
    let shown = run(&world, &["setup", "--undo"], "/bin/bash", 0);
    assert!(shown.contains("logged out of acme"), "{shown}");
    assert_eq!(read(&world, ".bashrc"), "alias ll=ls");
    assert_eq!(fs::metadata(&rc).expect("it is there").permissions().mode() & 0o777, 0o640);
    for gone in [".aws/config", ".local/share", RECORD] {
        assert!(!world.at(gone).exists(), "{gone}");
    }
    assert_eq!(world.emulator().count(Operation::Logout), 1);
    let nothing = "awsenv: error: there is nothing to undo: `awsenv setup` has written nothing\n";
    world.command(["setup", "--undo"]).code(1).stderr(nothing).run();
}

#[test]
fn each_shell_gets_its_own_line_and_files_are_as_they_were_afterwards() {
    let world = logged_in();
    world.aws_config(SESSION);
    let zsh = "eval \"$(awsenv hook zsh)\" # added by awsenv setup\n\
               (( $+functions[compdef] )) && eval \"$(awsenv completions zsh)\" # added by awsenv setup\n";
    let elvish = "eval (awsenv hook elvish | slurp) # added by awsenv setup\n\
                  eval (awsenv completions elvish | slurp) # added by awsenv setup\n";
    let cases = [
        ("/usr/bin/zsh", ".zshrc", Some("x=1\n"), zsh),
        ("fish", ".config/fish/config.fish", None, "awsenv hook fish | source # added by awsenv setup\n"),
        ("-elvish", ".config/elvish/rc.elv", None, elvish),
        ("csh", ".bashrc", None, ""),
        ("tcsh", ".tcshrc", None, "eval \"`awsenv hook tcsh`\" # added by awsenv setup\n"),
        (
            "/usr/local/bin/nu",
            ".config/nushell/config.nu",
            None,
            "$env.config.hooks.pre_prompt ++= [(awsenv hook nu)] # added by awsenv setup\n",
        ),
        // tcsh would not read it any more beside a new .tcshrc.
        ("tcsh", ".cshrc", Some(""), "eval \"`awsenv hook tcsh`\" # added by awsenv setup\n"),
    ];
    for (shell, path, before, lines) in cases {
        if let Some(before) = before {
            world.write(path, before);
        }
        run(&world, &YES, shell, 0);
        if lines.is_empty() {
            assert!(!world.at(path).exists(), "there is no hook for {shell}");
            run(&world, &["setup", "--undo"], shell, 0);
            continue;
        }
        assert_eq!(read(&world, path), format!("{}{lines}", before.unwrap_or_default()));
        let shown = run(&world, &["setup", "--undo"], shell, 0);
        assert!(!shown.contains("logged out"), "that session was there before: {shown}");
        assert_eq!(fs::read_to_string(world.at(path)).ok().as_deref(), before, "{path}");
        assert!(!world.at(".config").exists(), "{shell}");
        assert_eq!(config(&world), SESSION, "{shell}");
    }
}

#[test]
fn links_are_followed_and_what_cannot_or_must_not_be_changed_is_left() {
    let world = logged_in();
    world.aws_config(SESSION);
    let real = world.write("dotfiles/bashrc", "x=1\n");
    symlink("dotfiles/bashrc", world.at(".bashrc")).expect("there is none");
    run(&world, &YES, "bash", 0);
    assert!(world.at(".bashrc").is_symlink());
    assert_eq!(read(&world, "dotfiles/bashrc"), format!("x=1\n{HOOK}"));
    // What was changed since is a person's.
    fs::write(&real, "x=1\neval \"$(awsenv hook bash --cd)\" # added by awsenv setup\n").expect("it is ours");
    let edited = config(&world).replacen("eu-west-3", "eu-west-2", 1) + "\n[profile mine]\nregion = x\n";
    world.aws_config(&edited);
    let shown = run(&world, &["setup", "--undo"], "bash", 0);
    assert!(shown.contains("left ~/dotfiles/bashrc alone"), "{shown}");
    assert!(shown.contains("left ~/.aws/config alone"), "{shown}");
    assert_eq!(config(&world), edited);
    assert!(read(&world, "dotfiles/bashrc").contains("--cd"));
    assert!(!world.at(COMPLETIONS).exists());

    fs::write(&real, "x=1\n").expect("it is ours");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o444)).expect("it is ours");
    let shown = run(&world, &YES, "bash", 0);
    assert!(
        shown.contains("the hook is not set up: could not write ~/dotfiles/bashrc: it is read-only"),
        "{shown}"
    );
    assert_eq!(read(&world, "dotfiles/bashrc"), "x=1\n");
    assert!(world.at(COMPLETIONS).exists(), "the rest goes on");

    // Only root can make the file of another user.
    if rustix::process::geteuid().is_root() {
        fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).expect("it is ours");
        chown(&real, Some(65534), None).expect("root may");
        let shown = run(&world, &YES, "bash", 0);
        assert!(shown.contains("dotfiles/bashrc: it belongs to another user"), "{shown}");
        assert_eq!(read(&world, "dotfiles/bashrc"), "x=1\n");
    }
}

#[test]
fn a_person_is_asked_and_may_say_no() {
    let world = logged_in();
    world.aws_config(SESSION);
    world.write(".bashrc", "");
    let mut sitting = Sitting::with(&world, &["setup"], &[("SHELL", "bash")]);
    sitting.wait_for("Add it?");
    sitting.type_keys("no\r");
    sitting.wait_for("SSO session");
    sitting.type_keys("\u{1b}");
    let shown = sitting.finish(&world, 130);
    assert!(shown.contains("  eval \"$(awsenv hook bash)\" # added by awsenv setup\n"), "{shown}");
    assert_eq!((read(&world, ".bashrc").as_str(), config(&world).as_str()), ("", SESSION));

    let refused = world.command(["setup"]).unchecked().code(2).run();
    assert!(refused.stderr.contains("`--yes` is missing"), "{}", refused.stderr);
    world.aws_config("");
    let none = world.command(YES).unchecked().code(2).run();
    assert!(none.stderr.contains("could not choose an SSO session: there is none yet"), "{}", none.stderr);
    assert_eq!(read(&world, ".bashrc"), "");
    world.command(["setup", "--yes"]).unchecked().code(2).run();
}
