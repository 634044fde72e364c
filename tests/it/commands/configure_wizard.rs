//! `configure sso` with a person at the terminal: what is asked, and what is not.

use awsenv_emulator::{Operation, Person};

use crate::harness::configure_world::{SESSION, config, logged_in, on_terminal};
use crate::harness::screen;
use crate::harness::terminal::Terminal;
use crate::harness::world::World;

const ESC: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";

/// A person who reads before they type.
struct Wizard {
    terminal: Terminal,
    read: usize,
}

impl Wizard {
    fn start(world: &World, args: &[&str]) -> Self {
        Self { terminal: on_terminal(world, args), read: 0 }
    }

    /// Waits for a text, and types.
    fn at(&mut self, text: &str, keys: &str) -> &mut Self {
        let end = |bytes: &[u8]| {
            bytes.windows(text.len()).position(|part| part == text.as_bytes()).map(|at| at + text.len())
        };
        self.read += self.terminal.wait_for(text, self.read, end);
        self.terminal.type_bytes(keys.as_bytes());
        self
    }

    /// Waits for the end, and returns the exit code with everything that was shown.
    fn end(&mut self) -> (i32, String) {
        let code = self.terminal.wait_for_end();
        (code, screen::render(self.terminal.transcript()))
    }
}

#[test]
fn a_new_laptop_is_set_up_by_answering() {
    let world = World::with_emulator();
    world.emulator().with(|state| state.person = Person::Approves);
    let mut wizard = Wizard::start(&world, &["configure", "sso"]);
    wizard
        .at("SSO start URL", "https://acme.awsapps.com/start/#/\r")
        .at("SSO region", "nowhere!\r")
        .at("invalid region", &format!("{}eu-west-1\r", "\u{7f}".repeat("nowhere!".len())))
        .at("SSO session name", "\r")
        .at("SSO registration scopes", "\r")
        .at("Accounts and roles", "devdev")
        .at("Developer", " ")
        .at("[x]", "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}deploy")
        .at("deploy", " ")
        .at("[x]", "\r")
        .at("Default region", "eu-west-3\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("wrote 2 profiles to "), "{shown}");
    assert!(shown.contains("`awsenv init acme-dev-Developer`"), "{shown}");
    let session = SESSION.replace("/start\n", "/start/\n");
    let profile = |name: &str, account: &str, role: &str| {
        format!(
            "\n[profile {name}]\nsso_session = acme\nsso_account_id = {account}\nsso_role_name = {role}\nregion = eu-west-3\n"
        )
    };
    let expected = session
        + &profile("acme-dev-Developer", "111122223333", "Developer")
        + &profile("acme-prod-Deploy", "444455556666", "Deploy");
    assert_eq!(config(&world), expected);
    assert_eq!(world.emulator().count(Operation::RegisterClient), 1);
}

#[test]
fn an_existing_session_asks_for_the_roles_alone_and_one_of_them_may_be_named() {
    let world = logged_in();
    world.aws_config(&format!("[default]\nregion = us-east-1\n{SESSION}"));
    let mut wizard = Wizard::start(&world, &["configure", "sso"]);
    wizard
        .at("SSO session", "\r")
        .at("Accounts and roles", "shared ")
        .at("[x]", "\r")
        .at("Default region", "\r")
        .at("acme-shared-ReadOnly", "shared\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("start URL"), "{shown}");
    let expected = "\n[profile shared]\nsso_session = acme\nsso_account_id = 777788889999\n\
        sso_role_name = ReadOnly\nregion = us-east-1\n";
    assert!(config(&world).ends_with(expected), "{}", config(&world));
    assert_eq!(world.emulator().count(Operation::RegisterClient), 0, "the login of before counts");
}

#[test]
fn flags_that_say_everything_leave_nothing_to_ask() {
    let world = logged_in();
    world.aws_config(SESSION);
    let mut wizard = Wizard::start(&world, &["configure", "sso", "--all"]);
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(config(&world).contains("# awsenv: end acme\n"));
}

#[test]
fn leaving_the_questions_writes_nothing() {
    for (keys, code) in [(ESC, 1), (CTRL_C, 130)] {
        let world = logged_in();
        world.aws_config(SESSION);
        let mut wizard = Wizard::start(&world, &["configure", "sso", "--sso-session", "acme"]);
        wizard.at("Accounts and roles", " ").at("[x]", keys);
        let (ended, shown) = wizard.end();
        assert_eq!(ended, code, "{shown}");
        assert_eq!(config(&world), SESSION);
    }
}
