//! Mistakes that people make in the AWS files: what each command says of every one, to the letter.
//!
//! `bad_profile.txt` is the list. A case is the config file, the credentials file if there is one, and what
//! is said of the profile `p`: one line that names the place, and one that says what to do.

use serde_json::Value;

use crate::harness::scene;
use crate::harness::world::World;

const CASES: &str = include_str!("profile.txt");

/// A mistake, and what is said of it.
struct Case {
    what: String,
    config: String,
    credentials: String,
    error: String,
    hint: String,
}

impl Case {
    fn read(text: &str) -> Self {
        let text = text.replace("<BOM>", "\u{feff}").replace("<U+200B>", "\u{200b}");
        let (setup, said) = text.split_once("\n--\n").expect("a case says what is said");
        let (what, files) = setup.split_once('\n').unwrap_or((setup, ""));
        let (config, credentials) = files.split_once("-- credentials\n").unwrap_or((files, ""));
        let mut said = said.lines();
        let mut line = |start: &str| {
            let line = said.next().and_then(|line| line.strip_prefix(start));
            line.unwrap_or_else(|| panic!("{what}: `{start}` is missing")).to_owned()
        };
        let (error, hint) = (line("error: "), line("hint: "));
        assert_eq!(said.find(|line| !line.is_empty()), None, "{what}");
        let file = |text: &str| format!("{}\n", text.trim_end());
        Self { what: what.to_owned(), config: file(config), credentials: file(credentials), error, hint }
    }

    /// Returns a world with these files, and a folder `p` for the profile.
    fn world(&self) -> World {
        let world = World::new();
        world.aws_config(&self.config);
        world.aws_credentials(&self.credentials);
        scene::allowed(&world, "p", "profile = p\n");
        world
    }

    /// Holds what `exec`, `whoami`, `credential-process` and a hook say against the case.
    fn check(&self, world: &World) {
        let Self { error, hint, .. } = self;
        let lines = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
        let line = format!("awsenv: error: {error} ({hint})\n");
        world.command(["exec", "-p", "p", "--", "/bin/false"]).code(125).stderr(&*lines).run();
        world.command(["whoami", "-p", "p"]).code(1).stderr(&*lines).run();
        world.command(["credential-process", "-p", "p"]).code(1).stderr(line).run();
        let lines = format!("awsenv: error: {}\nawsenv: hint: {hint}\n", self.error_in_folder());
        let hook = world.command(["export", "json"]);
        let changes = hook.current_dir(world.at("p")).code(1).stderr(lines).run();
        assert_eq!(changes.stdout, "{}\n", "{}", self.what);
        assert!(!self.is_careless(), "{}", self.what);
    }

    /// Returns what is said in the folder: which line there names a profile that does not exist.
    fn error_in_folder(&self) -> String {
        let is_missing = self.error.starts_with("could not find the profile `p`");
        let place = if is_missing { "could not use ~/p/.awsenv:1: " } else { "" };
        format!("{place}{}", self.error)
    }

    /// Returns whether what is said is not as everything that awsenv says: lower case, no final period, on
    /// one line that is not too long, and without what may be secret.
    fn is_careless(&self) -> bool {
        let is_long = self.error.replace("<world>/home", "~").len() > 160 || self.hint.len() > 120;
        let is_loud = |line: &str| line.starts_with(char::is_uppercase) || line.ends_with('.');
        let said = [&*self.error, &*self.hint];
        is_long || said.into_iter().any(|line| is_loud(line) || line.contains("hunter"))
    }
}

/// Runs `check` on every case of a part of the list.
fn each(part: &str, check: impl Fn(&Case, &World)) {
    let parts = CASES.split("#### ").find_map(|text| text.strip_prefix(part));
    let cases: Vec<_> = parts.expect("the part is there").split("\n== ").skip(1).map(Case::read).collect();
    assert!(cases.len() > 5, "{part}");
    for case in cases {
        let world = case.world();
        case.check(&world);
        check(&case, &world);
    }
}

/// Returns what `status` says of the folder, which cannot be loaded.
fn status(world: &World) -> String {
    let status = world.command(["status", "--json"]).current_dir(world.at("p")).code(1).run().json();
    assert_eq!(status["state"], "error");
    world.told(status["message"].as_str().expect("a message"))
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_line_by_every_command() {
    each("files", |case, world| {
        let lines = format!("awsenv: error: {}\nawsenv: hint: {}\n", case.error, case.hint);
        world.command(["profiles"]).code(1).stderr(lines).run();
        assert_eq!(status(world), case.error);
    });
}

#[test]
fn a_profile_that_cannot_work_is_told_alike_by_every_command_and_listed() {
    each("profiles", |case, world| {
        assert_eq!(status(world), case.error_in_folder());
        let rows = world.run(["profiles", "--json"]).json();
        let row = rows.as_array().expect("a list").iter().find(|row| row["name"] == "p");
        let account = row.map_or(&Value::Null, |row| &row["account"]);
        assert!(account.is_null(), "{}: {rows}", case.what);
    });
}

#[test]
fn what_shows_while_fetching_is_told_alike_by_every_command() {
    each("fetched", |_, _| {});
}

/// Returns the hint of `exec`, here or in a folder.
fn hint_of(world: &World, args: &[&str]) -> String {
    let exec = world.command(args).current_dir(world.at("p")).unchecked().code(125).run();
    let hint = exec.stderr.lines().find_map(|line| line.strip_prefix("awsenv: hint: "));
    hint.unwrap_or_default().to_owned()
}

#[test]
fn a_profile_of_another_account_is_never_suggested() {
    let sso = |name: &str, account: &str| {
        format!(
            "[profile {name}]\nsso_start_url = https://x/start\nsso_region = eu-west-1\nsso_account_id = {account}\nsso_role_name = Admin\n"
        )
    };
    let list = "`awsenv profiles` lists the profiles there are";
    let named = ["exec", "-p", "acme-adnin", "--", "true"];
    let here = ["exec", "--", "true"];

    // It was there, and is gone: what account it was of is known.
    let world = World::new();
    scene::allowed(&world, "p", "profile = acme-adnin\n");
    world.aws_config(&(sso("acme-adnin", "111122223333") + &sso("acme-admin", "444455556666")));
    hint_of(&world, &named);
    world.aws_config(&sso("acme-admin", "444455556666"));
    assert_eq!([hint_of(&world, &named), hint_of(&world, &here)], [list, list]);
    world.aws_config(&(sso("acme-admin", "444455556666") + &sso("acme-admon", "111122223333")));
    let right = "did you mean `acme-admon` (account 111122223333, role Admin)?";
    assert_eq!([hint_of(&world, &named), hint_of(&world, &here)], [right, right]);

    // The folder says which account it demands.
    let world = World::new();
    scene::allowed(&world, "p", "profile = acme-adnin\naccount = 111122223333\n");
    world.aws_config(&sso("acme-admin", "444455556666"));
    assert_eq!(hint_of(&world, &here), list);

    // Nothing is known: the suggestion says what it is.
    let right = "did you mean `acme-admin` (account 444455556666, role Admin)?";
    assert_eq!(hint_of(&world, &named), right);
}
