//! `configure sso` with a person at the terminal: what is asked, and what is not.

use awsenv_emulator::{Operation, Person};

use crate::harness::configure_world::{SESSION, Wizard, config, logged_in};
use crate::harness::world::World;

const ESC: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

#[test]
fn a_new_laptop_is_set_up_by_answering() {
    let world = World::with_emulator();
    world.emulator().with(|state| state.person = Person::Approves);
    let mut wizard = Wizard::start(&world, &["configure", "sso"]);
    wizard
        // Ctrl-A, Ctrl-E, Ctrl-B and Ctrl-D, Ctrl-W, and what Ctrl-U clears.
        .at(
            "SSO start URL",
            "nonsense\u{15}ttps://acme.awsapps.com/start/#/x wrong\u{17}\u{1}h\u{5}\u{7f}\u{2}\u{4}\r",
        )
        .at("SSO region", "\r")
        .at("its administrator knows it", "nowhere!\r")
        .at("invalid region", "\u{15}eu-wset-1\r")
        .at("did you mean `eu-west-1`", "\u{15}eu-west-1\r")
        .at("SSO session name", "Acme Corp\r")
        .at("use `Acme-Corp`", "\u{15}\r")
        .at("SSO registration scopes", "clear; cat x\r")
        .at("invalid scopes", "\u{15}\r")
        .at("6 of 6, 0 selected [", "\r")
        .at("select with space first", "devdev")
        .at("Developer", " ")
        .at("[x]", "\u{15}deploy")
        .at("Deploy", " ")
        .at("[x]", "\r")
        .at("Default region", "xx\r")
        .at("invalid region", "\u{15}eu-west-3\r")
        .at("+[profile acme-dev-Developer]", "")
        .at("Write this to ~/.aws/config?", "maybe\r")
        .at("answer yes or no", "\u{15}\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("awsenv: added 2 profiles to ~/.aws/config\n"), "{shown}");
    assert!(shown.contains("run `awsenv init` to choose its profile"), "{shown}");
    assert!(!shown.contains("?:"), "{shown}");
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
        .at("[acme]", "ac\t")
        .at("acme", "\r")
        .at("Accounts and roles", "shared ")
        .at("[x]", "\r")
        .at("Default region", "\r")
        .at("[acme-shared-ReadOnly]", "shared\r")
        .at("Write this", "\r");
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
    let mut wizard = Wizard::start(&world, &["configure", "sso", "--all", "--default-region", "eu-west-1"]);
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(config(&world).contains("# awsenv: end acme\n"));
}

#[test]
fn the_region_of_all_profiles_is_asked_for_once() {
    let world = logged_in();
    world.aws_config(SESSION);
    let mut wizard = Wizard::start(&world, &["configure", "sso", "--all"]);
    wizard.at("Default region", "eu-west-3\r").at("Write this", "\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    let first = config(&world);
    assert_eq!(first.matches("region = eu-west-3\n").count(), 6, "{first}");

    // A person changes one, and a role is added.
    let edited = first.replacen("region = eu-west-3", "region = us-east-1", 1);
    world.aws_config(&edited);
    world.emulator().with(|state| {
        state.organization.add("222233334444", "acme-new", &["ReadOnly"]);
    });
    let mut wizard = Wizard::start(&world, &["configure", "sso", "--all"]);
    wizard.at("Default region", "\r").at("Write this", "\r");
    assert_eq!(wizard.end().0, 0);
    assert_eq!(config(&world).matches("region = us-east-1\n").count(), 2, "the default is the first one");
    world.aws_config(&first);
    let (code, shown) = Wizard::start(&world, &["configure", "sso", "--all"]).end();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(config(&world).matches("region = eu-west-3\n").count(), 7, "all have the same");
}

#[test]
fn cancelling_any_question_writes_nothing() {
    let world = logged_in();
    world.aws_config(SESSION);
    let before = config(&world);
    let end = |wizard: &mut Wizard, keys: &str| {
        let (code, shown) = wizard.end();
        assert_eq!(code, 130, "{keys:?} {shown}");
        assert!(shown.ends_with("\nawsenv: cancelled; nothing was written"), "{keys:?} {shown}");
        assert_eq!(config(&world), before);
    };
    for keys in [ESC, CTRL_C, CTRL_D] {
        let mut wizard = Wizard::start(&world, &["configure", "sso"]);
        end(wizard.at("SSO session", keys), keys);
        let mut wizard = Wizard::start(&world, &["configure", "sso", "--sso-session", "acme"]);
        end(wizard.at("Accounts and roles", " ").at("[x]", keys), keys);
    }
    for answer in ["n\r", "NO\r", ESC] {
        let mut wizard = Wizard::start(&world, &["configure", "sso", "--all"]);
        end(wizard.at("Default region", "-\r").at("Write this", answer), answer);
    }
    // With text on the line, Ctrl-D deletes.
    let mut wizard = Wizard::start(&world, &["configure", "sso"]);
    end(wizard.at("SSO session", "ab\u{1}\u{4}").at("b", CTRL_C), "Ctrl-D");
}

#[test]
fn the_portal_says_its_region() {
    let world = World::with_emulator();
    world.emulator().with(|state| {
        state.person = Person::Approves;
        state.portal_region = Some("eu-north-1".to_owned());
    });
    let mut wizard = Wizard::start(&world, &["configure", "sso", "--all", "--default-region", "eu-west-1"]);
    wizard
        .at("SSO start URL", "https://acme.awsapps.com/start\r")
        .at("awsenv: acme.awsapps.com is in the region eu-north-1", "")
        .at("[eu-north-1]", "\r")
        .at("SSO session name", "\r")
        .at("SSO registration scopes", "\r")
        .at("Write this", "\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(config(&world).contains("sso_region = eu-north-1\n"), "{}", config(&world));
    assert_eq!(world.emulator().count(Operation::AccessPortal), 1);

    // A region in the URL is believed without asking, one that is given too; another host is never asked.
    world.emulator().reset_log();
    let ask = |url: &str, more: &[&str], code| {
        let args =
            ["configure", "sso", "--all", "--default-region", "eu-west-1", "--dry-run", "--sso-session", "x"];
        let args: Vec<&str> = args.iter().chain(&["--start-url", url]).chain(more).copied().collect();
        world.command(args).unchecked().code(code).run().stderr
    };
    let shown = ask("https://ssoins-1.portal.eu-west-3.app.aws", &[], 1);
    assert!(
        shown.starts_with("awsenv: ssoins-1.portal.eu-west-3.app.aws is in the region eu-west-3\n"),
        "{shown}"
    );
    assert!(
        !ask("https://acme.awsapps.com/start", &["--sso-region", "eu-west-1"], 1)
            .contains("is in the region")
    );
    let shown = ask("https://sso.acme.example/start", &[], 2);
    assert!(shown.contains("`--sso-region` is missing"), "{shown}");
    assert_eq!(world.emulator().count(Operation::AccessPortal), 0);
    assert!(ask("https://acme.awsapps.com/start", &[], 1).contains("is in the region eu-north-1"));
    // A page that says nothing, or nonsense.
    for said in [None, Some("nowhere; rm"), Some("eu-west-1\u{1b}")] {
        world.emulator().with(|state| state.portal_region = said.map(str::to_owned));
        let shown = ask("https://acme.awsapps.com/start", &[], 2);
        assert!(shown.contains("`--sso-region` is missing"), "{shown}");
    }
}
