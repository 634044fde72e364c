//! The list of profiles that a person chooses from.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::scene;
use crate::harness::screen;
use crate::harness::terminal::Terminal;
use crate::harness::world::{PROGRAM, World};

const CONFIG: &str = "\
[profile acme-dev]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile acme-prod]
sso_session = acme
sso_account_id = 444455556666
sso_role_name = PowerUser

[profile deploy]
role_arn = arn:aws:iam::444455556666:role/path/Deploy
source_profile = acme-dev

[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1
";

/// A person in a folder.
struct Sitting(Terminal);

impl Sitting {
    fn start(world: &World, folder: &str, args: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(args).env_clear().envs(world.env()).current_dir(world.dir(folder));
        Self(Terminal::start(command))
    }

    /// Waits until the screen shows a text, and types.
    fn at(&mut self, text: &str, keys: &str) -> &mut Self {
        self.0.wait_for(text, 0, |bytes| screen::render(bytes).contains(text).then_some(()));
        self.0.type_bytes(keys.as_bytes());
        self
    }

    fn end(&mut self) -> (i32, String) {
        let code = self.0.wait_for_end();
        (code, screen::render(self.0.transcript()))
    }
}

#[test]
fn init_without_a_profile_lets_the_person_choose() {
    let world = World::new();
    world.aws_config(CONFIG);
    let mut sitting = Sitting::start(&world, "a", &["init"]);
    sitting
        .at("> acme-dev   111122223333  Developer  eu-west-1  none\n  acme-prod  444455556666  PowerUser  -          none\n  \
             deploy     444455556666  Deploy     -          none\n3 of 3 [↑↓ move", "power 4444")
        .at("Profile: power 4444\n> acme-prod ", "\r");
    let (code, shown) = sitting.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.starts_with("Profile: acme-prod\nawsenv: made "), "{shown}");
    assert_eq!(fs::read_to_string(world.at("a/.awsenv")).expect("it is there"), "profile = acme-prod\n");

    // What was chosen last comes first.
    let mut sitting = Sitting::start(&world, "b", &["init", "--region", "eu-west-3"]);
    let (code, shown) = sitting.at("> acme-prod", "\r").end();
    assert_eq!(code, 0, "{shown}");
    let expected = "profile = acme-prod\nregion = eu-west-3\n";
    assert_eq!(fs::read_to_string(world.at("b/.awsenv")).expect("it is there"), expected);

    // Nobody is asked in vain.
    let (code, shown) = Sitting::start(&world, "b", &["init"]).end();
    assert!(code == 1 && shown.contains("there is one already"), "{code} {shown}");
}

#[test]
fn exec_outside_a_project_lets_the_person_choose() {
    let world = scene::world();
    let mut sitting =
        Sitting::start(&world, "p", &["exec", "--", "sh", "-c", "echo in $AWS_PROFILE; exit 3"]);
    let (code, shown) = sitting.at("> dev", "static").at("> static", "\r").end();
    assert_eq!((code, shown.as_str()), (3, "Profile: static\nin static"));
    // In a project nothing is asked.
    world.project("q", "profile = static\n");
    world.command(["allow", "q"]).unchecked().run();
    let (code, shown) = Sitting::start(&world, "q", &["exec", "--", "sh", "-c", "echo $AWS_PROFILE"]).end();
    assert_eq!((code, shown.as_str()), (0, "static"));
}

#[test]
fn a_choice_can_be_cancelled_and_needs_a_terminal() {
    let world = World::new();
    world.aws_config(CONFIG);
    for keys in ["\u{1b}", "\u{3}", "\u{4}", "acme\u{7}"] {
        let (code, shown) = Sitting::start(&world, "a", &["init"]).at("> acme-dev", keys).end();
        assert_eq!(code, 130, "{shown}");
        assert_eq!(shown.lines().last(), Some("awsenv: cancelled; nothing was written"));
        assert!(!shown.contains("acme-prod"), "the list is gone: {shown}");
        let (code, shown) = Sitting::start(&world, "a", &["exec", "--", "true"]).at("> acme-dev", keys).end();
        assert_eq!((code, shown.lines().last()), (130, Some("awsenv: cancelled")));
    }
    assert!(!world.at("a/.awsenv").exists());
    let stderr = "awsenv: error: could not choose a profile: none is named, and there is no terminal to ask on\n\
                  awsenv: hint: name it: `awsenv init PROFILE`\n";
    world.command(["init"]).current_dir("a").code(2).stderr(stderr).run();
    world.aws_config("");
    let (code, shown) = Sitting::start(&world, "a", &["init"]).end();
    assert!(code == 1 && shown.contains("could not choose a profile: there are none"), "{shown}");
}

#[test]
fn names_from_a_file_cannot_draw_on_the_terminal_and_narrow_ones_are_cut() {
    let world = World::new();
    world.aws_config(&format!("{CONFIG}[profile \"\u{1b}[31m\u{202e}evil\"]\nregion = eu-west-1\n"));
    let mut sitting = Sitting::start(&world, "a", &["init"]);
    let (_, _) = sitting.at("?[31m?evil", "\u{3}").end();
    assert!(!String::from_utf8_lossy(sitting.0.transcript()).contains("\u{1b}[31m"));
}

#[test]
fn what_is_guarded_stands_out_only_where_colour_may_be_used() {
    for (no_color, expected) in [("", true), ("1", false)] {
        let mut world = World::new();
        world.aws_config(CONFIG);
        world.set("AWSENV_CONFIRM", "*prod*");
        world.write(".config/awsenv/config", "colors = acme-dev=cyan\n");
        if !no_color.is_empty() {
            world.set("NO_COLOR", no_color);
        }
        let mut sitting = Sitting::start(&world, "a", &["init"]);
        let (_, _) = sitting.at("acme-prod", "\u{3}").end();
        let bytes = String::from_utf8_lossy(sitting.0.transcript()).into_owned();
        assert_eq!(bytes.contains("\u{1b}[31macme-prod"), expected, "{bytes:?}");
        assert_eq!(bytes.contains("\u{1b}[36macme-dev"), expected, "{bytes:?}");
        assert!(bytes.contains("guarded"), "never by colour alone: {bytes:?}");
        assert!(!bytes.contains("\u{1b}[31macme-dev"), "{bytes:?}");
    }
}

#[test]
fn ten_thousand_profiles_open_and_filter_without_a_wait() {
    let world = World::new();
    let mut config = CONFIG.to_owned();
    for number in 0..10_000 {
        config += &format!(
            "[profile team-{number:05}]\nsso_session = acme\nsso_account_id = {number:012}\nsso_role_name = Role{}\n",
            number % 7
        );
    }
    world.aws_config(&config);
    let begun = Instant::now();
    let mut sitting = Sitting::start(&world, "a", &["init"]);
    sitting.at("10003 of 10003", "");
    let opened = begun.elapsed();
    sitting
        .at("10003 of 10003", "07")
        .at("Profile: 07\n", " role3 TEAM")
        .at("Profile: 07 role3 TEAM\n", "\r");
    let (code, shown) = sitting.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.starts_with("Profile: team-0"), "{shown}");
    // Far more than the release build takes: what grows with the square of the profiles would take minutes.
    assert!(opened < Duration::from_secs(5), "{opened:?}");
}
