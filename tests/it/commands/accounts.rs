//! `awsenv accounts`, and the words that narrow it and `awsenv profiles`.

use awsenv_emulator::{Account, Organization};
use serde_json::json;

use crate::harness::configure_world::{SESSION, logged_in};
use crate::harness::scene;
use crate::harness::world::World;

const CONFIG: &str = "[profile mine]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = Dev\n\
    [profile old]\nsso_start_url = https://acme.awsapps.com/start/\nsso_region = eu-west-1\n\
    sso_account_id = 111122223333\nsso_role_name = Dev\n\
    [profile elsewhere]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n\
    sso_account_id = 444455556666\nsso_role_name = Admin\n";

fn world() -> World {
    let world = logged_in();
    world.aws_config(&format!("{SESSION}{CONFIG}"));
    world.emulator().with(|state| {
        state.organization = Organization::empty();
        for (id, name, roles) in [
            ("111122223333", "acme-dev", &["Dev", "ReadOnly"][..]),
            ("444455556666", "acme-prod", &["Admin"]),
        ] {
            state.organization.set(Account {
                id: id.to_owned(),
                name: name.to_owned(),
                email: format!("{name}@acme.example"),
                roles: roles.iter().map(|&role| role.to_owned()).collect(),
            });
        }
    });
    world
}

#[test]
fn accounts_lists_what_identity_center_assigns_with_the_profiles_of_each_role() {
    let world = world();
    let all = world.run(["accounts", "--json"]).json();
    let expected = json!([
        { "account": "111122223333", "name": "acme-dev", "email": "acme-dev@acme.example", "session": "acme",
          "roles": [{ "name": "Dev", "profiles": ["mine", "old"] }, { "name": "ReadOnly", "profiles": [] }] },
        { "account": "444455556666", "name": "acme-prod", "email": "acme-prod@acme.example", "session": "acme",
          "roles": [{ "name": "Admin", "profiles": [] }] },
    ]);
    assert_eq!(all, expected);
    let hint = "awsenv: hint: `awsenv configure sso` makes profiles for those that have none\n";
    let table = world.command(["accounts", "ADMIN", "4444"]).stderr(hint).run().stdout;
    assert_eq!(
        table,
        "ACCOUNT       NAME       ROLE   PROFILE  E-MAIL\n\
         444455556666  acme-prod  Admin  -        acme-prod@acme.example\n"
    );
    let dev = world.run(["accounts", "dev", "--json", "--sso-session", "acme"]).json();
    assert_eq!(dev.as_array().map(Vec::len), Some(1), "`dev` is part of the account's name: {dev}");
    assert_eq!(dev[0]["roles"].as_array().map(Vec::len), Some(2));
    let none = world.command(["accounts", "d-v"]).stderr("awsenv: no account or role fits (session acme)\n");
    assert_eq!(none.run().stdout, "");
    assert_eq!(world.run(["accounts", "d-v", "--json"]).json(), json!([]));
}

#[test]
fn accounts_without_a_login_or_a_choice_says_what_to_run() {
    let world = world();
    world.command(["logout"]).unchecked().run();
    let out = world.command(["accounts"]).unchecked().code(1).run();
    assert!(out.stderr.contains("awsenv login"), "{}", out.stderr);
    world.aws_config(&format!("{SESSION}{}", SESSION.replace("acme]", "zeta]")));
    let out = world.command(["accounts"]).unchecked().code(1).run();
    assert!(
        out.stderr.contains("run `awsenv accounts --sso-session NAME`; the names are acme, zeta"),
        "{}",
        out.stderr
    );
}

#[test]
fn profiles_are_narrowed_by_words_of_name_account_and_role() {
    let world = scene::world();
    let names = |words: &[&str]| {
        let args = ["profiles"].iter().chain(words).chain(&["--json"]).copied();
        let rows = world.run(args).json();
        let names =
            rows.as_array().expect("an array").iter().map(|row| row["name"].as_str().map(str::to_owned));
        names.collect::<Option<Vec<_>>>().expect("each has a name")
    };
    assert_eq!(names(&["readonly"]), ["legacy"]);
    assert_eq!(names(&["1111", "DEV"]), ["dev"]);
    assert_eq!(names(&["123456789012", "role"]), ["role", "role-options"]);
    assert_eq!(names(&["rle"]), [""; 0], "not letter by letter");
    let none = world.command(["profiles", "rle"]).stderr("awsenv: no profile fits\n").run();
    assert_eq!(none.stdout, "");
}
