//! `configure sso` with flags alone: what it writes, and what it leaves as it is.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use awsenv_emulator::{Account, Fault, Operation};
use serde_json::{Value, json};

use crate::harness::configure_world::{SESSION, config, flags, hint, hint_to_choose, logged_in};
use crate::harness::world::World;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// Adds an account whose names are whatever they are.
fn assign(world: &World, id: &str, name: &str, roles: &[&str]) {
    let roles = roles.iter().map(|&role| role.to_owned()).collect();
    let account = Account { id: id.into(), name: name.into(), email: String::new(), roles };
    world.emulator().with(|state| state.organization.set(account));
}

#[test]
fn flags_alone_make_a_file_and_the_same_flags_change_nothing() {
    let world = logged_in();
    fs::remove_dir_all(world.at(".config")).ok();
    let args = flags(&[
        "--account",
        "acme-dev",
        "--role",
        "Developer",
        "--role",
        "ReadOnly",
        "--default-region",
        "eu-west-3",
    ]);
    let wrote = format!("awsenv: added 2 profiles to ~/.aws/config\n{}", hint_to_choose());
    assert_eq!(world.command(&args).stderr(wrote).run().stdout, "");
    let profile = |role: &str| {
        format!(
            "\n[profile acme-dev-{role}]\nsso_session = acme\nsso_account_id = 111122223333\n\
             sso_role_name = {role}\nregion = eu-west-3\n"
        )
    };
    let expected = format!("{SESSION}{}{}", profile("Developer"), profile("ReadOnly"));
    assert_eq!(config(&world), expected);
    assert_eq!(mode(&world.at(".aws/config")), 0o600);
    let same = format!(
        "awsenv: nothing to change in ~/.aws/config: 2 profiles are up to date\n{}",
        hint_to_choose()
    );
    world.command(&args).stderr(same).run();
    assert_eq!(config(&world), expected);
    let rows = world.run(["profiles", "--json"]).json();
    let expected = json!({
        "name": "acme-dev-Developer", "kind": "sso", "account": "111122223333", "role": "Developer",
        "region": "eu-west-3", "login": "alive", "guarded": false,
    });
    assert_eq!(rows[0], expected);
}

#[test]
fn a_chosen_output_is_written_and_stays_where_none_is_chosen() {
    let world = logged_in();
    let all = flags(&["--all", "--default-region", "eu-west-3"]);
    let output =
        |format: &str| config(&world).matches(&format!("region = eu-west-3\noutput = {format}\n")).count();
    world.command([&all[..], &["--output", "yaml"]].concat()).unchecked().run();
    assert_eq!(output("yaml"), 6);
    world.command(&all).unchecked().run();
    assert_eq!(output("yaml"), 6);
    world.command([&all[..], &["--output", "text"]].concat()).unchecked().run();
    assert_eq!((output("yaml"), output("text")), (0, 6));
    let wrong = world.command([&all[..], &["--output", "xml"]].concat()).unchecked().code(2).run();
    assert!(wrong.stderr.contains("yaml-stream"), "{}", wrong.stderr);
}

#[test]
fn the_folder_of_a_new_file_is_private() {
    let mut world = logged_in();
    world.set("AWS_CONFIG_FILE", world.at("new/folder/config"));
    world.command(flags(&["--account", "acme-shared"])).unchecked().run();
    assert_eq!(mode(&world.at("new/folder")), 0o700);
    assert_eq!(mode(&world.at("new/folder/config")), 0o600);
}

#[test]
fn comments_order_and_line_ends_stay() {
    let world = logged_in();
    let before = "# mine\r\n[default]\r\nregion = us-east-1 # not a comment\r\n\r\n; about dev\r\n\
        [profile \"dev\"]\r\n  sso_role_name: Old\r\n  # in between\r\n  output = json\r\n\r\n# the end\r\n\
        [sso-session acme]\r\nsso_start_url=https://acme.awsapps.com/start\r\nsso_region=eu-west-1";
    world.aws_config(before);
    let args = ["configure", "sso", "--account", "111122223333", "--role", "Developer", "--profile", "dev"];
    world.command(args).unchecked().run();
    let expected = before.replace("sso_role_name: Old", "sso_role_name = Developer").replace(
        "  output = json\r\n",
        "  output = json\r\n  sso_session = acme\r\n  sso_account_id = 111122223333\r\n",
    );
    assert_eq!(config(&world), expected);
    world.command(["configure", "sso", "--account", "acme-shared"]).unchecked().run();
    let added = "\r\n\r\n[profile acme-shared-ReadOnly]\r\nsso_session = acme\r\n\
        sso_account_id = 777788889999\r\nsso_role_name = ReadOnly\r\n";
    assert_eq!(config(&world), format!("{expected}{added}"));
}

#[test]
fn a_symbolic_link_is_followed_and_the_mode_kept() {
    let world = logged_in();
    let real = world.write("dotfiles/aws/config", SESSION);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../dotfiles/aws/config", world.at(".aws/config")).unwrap();
    world.command(flags(&["--account", "acme-shared"])).unchecked().run();
    assert!(fs::symlink_metadata(world.at(".aws/config")).unwrap().is_symlink());
    assert_eq!(mode(&real), 0o640);
    assert!(fs::read_to_string(&real).unwrap().contains("[profile acme-shared-ReadOnly]"));
    let left: Vec<_> = fs::read_dir(world.at("dotfiles/aws")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");

    fs::remove_file(&real).unwrap();
    world.command(flags(&["--account", "acme-shared"])).unchecked().run();
    assert!(fs::symlink_metadata(world.at(".aws/config")).unwrap().is_symlink());
    assert!(real.is_file(), "what the link leads to is made");
}

#[test]
fn the_block_is_kept_in_step_and_nothing_outside_is_touched() {
    let world = logged_in();
    let outside = format!("# mine\n[profile acme-dev-ReadOnly]\nregion = us-east-1\n\n{SESSION}");
    world.aws_config(&outside);
    let all = ["configure", "sso", "--all", "--default-region", "eu-west-1"];
    let said = format!(
        "awsenv: added 5 profiles to ~/.aws/config\n\
         awsenv: left alone outside the block: acme-dev-ReadOnly (~/.aws/config:2)\n{}",
        hint_to_choose()
    );
    world.command(all).stderr(said).run();
    let first = config(&world);
    assert!(
        first.starts_with(&format!(
            "{outside}\n# awsenv: begin acme\n[profile acme-dev-AdministratorAccess]\n"
        ))
    );
    assert!(first.ends_with("sso_role_name = ReadOnly\nregion = eu-west-1\n# awsenv: end acme\n"), "{first}");
    assert_eq!(first.matches("[profile acme-dev-ReadOnly]").count(), 1);
    world.command(all).unchecked().run();
    assert_eq!(config(&world), first, "byte for byte");

    // A person adds a key, and a section below the block.
    let edited = first.replace("[profile acme-prod-Deploy]\n", "[profile acme-prod-Deploy]\noutput = json\n")
        + "[profile last]\nregion = x\n";
    world.aws_config(&edited);
    assign(&world, "999900001111", "acme-new", &["ReadOnly"]);
    world.emulator().with(|state| state.organization.unassign("Deploy"));
    let said = format!(
        "awsenv: added 1 profile to ~/.aws/config; 4 profiles are up to date\n\
         awsenv: left alone outside the block: acme-dev-ReadOnly (~/.aws/config:2)\n\
         awsenv: no longer in Identity Center, or called otherwise: acme-prod-Deploy\n\
         awsenv: hint: run it with `--prune` to remove them\n{}",
        hint("acme-new-ReadOnly")
    );
    world.command(all).stderr(said).run();
    let new = "\n[profile acme-new-ReadOnly]\nsso_session = acme\nsso_account_id = 999900001111\n\
        sso_role_name = ReadOnly\nregion = eu-west-1\n# awsenv: end acme\n";
    let second = edited.replace("# awsenv: end acme\n", new);
    assert_eq!(config(&world), second);

    world.command([&all[..], &["--prune"]].concat()).unchecked().run();
    let gone = "[profile acme-prod-Deploy]\noutput = json\nsso_session = acme\nsso_account_id = 444455556666\n\
        sso_role_name = Deploy\nregion = eu-west-1\n\n";
    assert!(second.contains(gone), "{second}");
    assert_eq!(config(&world), second.replace(gone, ""));
}

#[test]
fn a_name_that_was_given_once_stays() {
    let world = logged_in();
    world.command(flags(&["--all"])).unchecked().run();
    assign(&world, "777788889999", "acme-old", &["ReadOnly"]);
    assign(&world, "222233334444", "acme-shared", &["ReadOnly"]);
    let stderr = world.command(flags(&["--all"])).unchecked().run().stderr;
    assert!(
        stderr.starts_with("awsenv: added 1 profile to ~/.aws/config; 6 profiles are up to date\n"),
        "{stderr}"
    );
    let of = |name: &str, account: &str| {
        let header = format!("[profile {name}]\nsso_session = acme\nsso_account_id = {account}\n");
        assert!(config(&world).contains(&header), "{}", config(&world));
    };
    of("acme-shared-ReadOnly", "777788889999");
    of("acme-shared-ReadOnly-222233334444", "222233334444");

    // The account of the first name goes; the name does not become another account's.
    world.emulator().with(|state| state.organization.accounts.retain(|account| account.id != "777788889999"));
    assign(&world, "333344445555", "acme-shared", &["ReadOnly"]);
    world.command(flags(&["--all", "--prune"])).unchecked().run();
    of("acme-shared-ReadOnly-222233334444", "222233334444");
    of("acme-shared-ReadOnly-333344445555", "333344445555");
    let stderr = world.command(flags(&["--all"])).unchecked().run().stderr;
    assert!(
        stderr.starts_with("awsenv: nothing to change in ~/.aws/config: 7 profiles are up to date\n"),
        "{stderr}"
    );
}

#[test]
fn a_dry_run_prints_the_difference_and_hides_what_may_be_secret() {
    let world = logged_in();
    let before = "[profile keys]\naws_access_key_id = AKIAHIDDEN\n# aws_secret_access_key = hunter2\n\
        aws_secret_access_key = hunter3\ncredential_process =\n  vault --password=hunter4\n";
    world.aws_config(before);
    let args = flags(&["--account", "acme-shared", "--dry-run"]);
    let said = "awsenv: would add 1 profile to ~/.aws/config\n";
    let output = world.command(&args).stderr(said);
    let shown = world.shown(&output.run().stdout);
    assert_eq!(
        shown,
        "--- <world>/home/.aws/config\n+++ <world>/home/.aws/config\n@@ -3,3 +3,13 @@\n \
         # aws_secret_access_key = (hidden)\n aws_secret_access_key = (hidden)\n credential_process = (hidden)\n\
         +\n+[sso-session acme]\n+sso_start_url = https://acme.awsapps.com/start\n+sso_region = eu-west-1\n\
         +sso_registration_scopes = sso:account:access\n+\n+[profile acme-shared-ReadOnly]\n\
         +sso_session = acme\n+sso_account_id = 777788889999\n+sso_role_name = ReadOnly\n"
    );
    assert_eq!(config(&world), before);
    fs::remove_file(world.at(".aws/config")).unwrap();
    world.command(&args).unchecked().run();
    assert!(!world.at(".aws/config").exists());
}

#[test]
fn a_file_that_cannot_be_changed_safely_is_not() {
    let world = logged_in();
    let role = ["--account", "acme-shared", "--profile", "x"];
    let multi = "[profile x]\nsso_session = acme\n  # a comment\n  sso_account_id = 1\n";
    let broken = format!("{SESSION}[profile x\n");
    let cases = [
        (broken.as_str(), "could not read ~/.aws/config:5: the section header has no `]`"),
        (multi, "could not change `sso_session` (~/.aws/config:2): its value goes over several lines"),
        (
            "[profile x]\nrole_arn = arn:aws:iam::1:role/x\n",
            "could not write the profile `x`: there is one of another kind already (~/.aws/config:1, role)",
        ),
        (
            "[DEFAULT]\nsso_region = us-east-1\n",
            "could not write the config file: the profile `x` would not mean what it should",
        ),
        (
            "[sso-session acme]\nsso_start_url = https://other/start\nsso_region = eu-west-1\n",
            "could not use `--start-url`: the session `acme` has another `sso_start_url` (~/.aws/config:2)",
        ),
    ];
    for (text, expected) in cases {
        world.aws_config(text);
        let output = world.command(flags(&role)).unchecked().run();
        let stderr = world.shown(&output.stderr);
        assert!(stderr.starts_with(&format!("awsenv: error: {expected}\nawsenv: hint: ")), "{stderr}");
        assert_eq!((output.code, config(&world).as_str()), (1, text));
    }
    world.aws_config(&format!("{SESSION}# awsenv: begin acme\n"));
    let stderr = world.command(flags(&["--all"])).unchecked().run().stderr;
    assert!(stderr.contains("its comments are no pair (see line 5)"), "{stderr}");
    world
        .aws_config(&format!("{SESSION}# awsenv: begin acme\n[profile y]\n# awsenv: end acme\nregion = x\n"));
    let stderr = world.command(flags(&["--all"])).unchecked().run().stderr;
    assert!(stderr.contains("config:7: a section goes on below it\n"), "{stderr}");
}

#[test]
fn a_read_only_file_is_refused_before_anything_is_asked() {
    let world = logged_in();
    let path = world.aws_config(SESSION);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let expected = "awsenv: error: could not write ~/.aws/config: the file is read-only\n\
        awsenv: hint: run `chmod u+rw ";
    let output = world.command(flags(&["--all"])).unchecked().run();
    assert!(world.shown(&output.stderr).starts_with(expected), "{}", output.stderr);
    assert_eq!((output.code, world.emulator().requests()), (1, 0));
    let shown = world.command(flags(&["--all", "--dry-run"])).unchecked().run().stdout;
    assert!(shown.contains("\n+# awsenv: begin acme\n"), "{shown}");
    assert!(world.emulator().requests() > 0, "a dry run writes nothing, so it may");
}

#[test]
fn what_is_missing_without_a_terminal_is_named_by_its_flag() {
    let world = World::new();
    let cases: [(&[&str], &str); 6] = [
        (&[], "could not choose accounts and roles without a terminal: `--account` is missing"),
        (&["--all"], "could not set up a session without a terminal: `--start-url` is missing"),
        (
            &["--all", "--start-url", "https://a/start", "--sso-session", "a"],
            "could not set up a session without a terminal: `--sso-region` is missing",
        ),
        (
            &["--all", "--start-url", "https://a/start", "--region", "eu-west-1"],
            "could not set up a session without a terminal: `--sso-session` is missing",
        ),
        (
            &["--all", "--start-url", "https://a/start", "--region", "eu-west-1", "--sso-session", "a"],
            "could not log in to a without a terminal",
        ),
        (&["--all", "--start-url", "http://a/start"], "invalid start URL: `http://a/start`"),
    ];
    for (args, expected) in cases {
        let args: Vec<&str> = ["configure", "sso"].into_iter().chain(args.iter().copied()).collect();
        let output = world.command(&args).unchecked().run();
        assert!(
            output.stderr.starts_with(&format!("awsenv: error: {expected}\nawsenv: hint: ")),
            "{}",
            output.stderr
        );
        // What is missing is a mistake in the command line, as everywhere.
        assert_eq!(output.code, if expected.ends_with("is missing") { 2 } else { 1 }, "{args:?}");
    }
    let output = world.command(["configure", "sso", "--all", "--name-template", "{x}"]).unchecked().run();
    assert!(
        output.stderr.contains("invalid name template `{x}`: `{x}` stands for nothing"),
        "{}",
        output.stderr
    );
    assert_eq!(output.code, 2);
    world.aws_config("[sso-session a]\n[sso-session b]\n");
    let expected = "awsenv: error: could not choose an SSO session without a terminal: there are several\n\
        awsenv: hint: add `--sso-session NAME`; the names are a, b\n";
    world.command(["configure", "sso", "--all"]).code(2).stderr(expected).run();
}

#[test]
fn what_others_could_not_read_is_refused_and_a_missing_region_is_told() {
    let world = logged_in();
    let one = ["--account", "acme-shared"];
    for (args, error, hint) in [
        (
            &["--sso-session", "Other Corp"][..],
            "invalid name: 'Other Corp', which AWS SDKs cannot read",
            "use `Other-Corp`",
        ),
        (
            &["--sso-session", "acme", "--profile", "my dev"],
            "invalid name: 'my dev', which AWS SDKs cannot read",
            "use `my-dev`",
        ),
        (
            &["--sso-session", "acme", "--default-region", "xx"],
            "invalid region: `xx`",
            "a region is like `eu-west-1`",
        ),
        (
            &["--sso-session", "acme", "--sso-region", "euwest-1"],
            "invalid region: `euwest-1`",
            "did you mean `eu-west-1`?",
        ),
        (
            &["--sso-session", "acme", "--registration-scopes", "clear; cat x"],
            "invalid scopes: `clear; cat x`",
            "separate them by commas, as in `sso:account:access`",
        ),
    ] {
        let mut all = vec!["configure", "sso", "--start-url", "https://acme.awsapps.com/start"];
        if !args.contains(&"--sso-region") {
            all.extend(["--sso-region", "eu-west-1"]);
        }
        all.extend(args.iter().chain(&one));
        let stderr = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
        world.command(&all).code(1).stderr(stderr).run();
    }
    assert!(!world.at(".aws/config").exists());

    let slip = [&one[..], &["--default-region", "eu-wset-1"]].concat();
    let stderr = world.command(flags(&slip)).unchecked().run().stderr;
    assert!(
        stderr.starts_with(
            "awsenv: warning: this may be a mistake: `eu-wset-1` in `--default-region` is no known region\n\
        awsenv: hint: did you mean `eu-west-1`?\n"
        ),
        "{stderr}"
    );
    assert!(config(&world).contains("region = eu-wset-1\n"), "it may be a new one");

    world.aws_config(SESSION);
    let stderr = world.command(flags(&one)).unchecked().run().stderr;
    let warning = "awsenv: warning: 1 profile has no region: acme-shared-ReadOnly\n\
        awsenv: hint: run it again with `--default-region REGION`\n";
    assert!(stderr.contains(warning), "{stderr}");
}

#[test]
fn of_two_default_sections_the_one_that_counts_is_written() {
    let world = logged_in();
    world.aws_config(&format!("[profile default]\noutput = json\n\n[default]\noutput = text\n\n{SESSION}"));
    let args = [
        "configure",
        "sso",
        "--account",
        "acme-shared",
        "--profile",
        "default",
        "--default-region",
        "eu-west-1",
    ];
    let stderr = world.command(args).unchecked().run().stderr;
    let warning = "awsenv: warning: the AWS CLI and awsenv read [default] (~/.aws/config:4), but some AWS SDKs read \
        [profile default] (~/.aws/config:1); keep one\n";
    assert!(world.shown(&stderr).contains(warning), "{stderr}");
    let profile = &world.run(["profiles", "--json"]).json()[0];
    assert_eq!((&profile["name"], &profile["role"]), (&json!("default"), &json!("ReadOnly")));
    assert!(
        config(&world)
            .starts_with("[profile default]\noutput = json\n\n[default]\noutput = text\nsso_session"),
        "{}",
        config(&world)
    );
}

#[test]
fn nothing_to_write_is_an_error_that_says_why() {
    let world = logged_in();
    let cases: [(&[&str], &str); 3] = [
        (
            &["--account", "acme-deb"],
            "could not find the account `acme-deb` among yours\nawsenv: hint: did you mean `acme-dev`?",
        ),
        (&["--role", "Nobody"], "could not find the role `Nobody` among yours\n"),
        (
            &["--account", "acme-shared", "--role", "Deploy"],
            "could not find the role Deploy in the accounts that are named\n",
        ),
    ];
    for (args, expected) in cases {
        let output = world.command(flags(args)).unchecked().run();
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert_eq!(output.code, 1);
    }
    world.emulator().with(|state| state.organization.accounts.clear());
    let expected = "awsenv: error: could not find an account: nobody has assigned you a role in one (session `acme`)\n\
        awsenv: hint: ask who administers IAM Identity Center to assign you one\n";
    world.command(flags(&["--all"])).code(1).stderr(expected).run();
    assert!(!world.at(".aws/config").exists());
}

#[test]
fn a_name_that_means_something_else_is_not_taken_over() {
    let world = logged_in();
    world.aws_credentials("[acme-shared-ReadOnly]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    world.command(flags(&["--account", "acme-shared"])).unchecked().run();
    assert!(config(&world).contains("[profile acme-shared-ReadOnly-777788889999]\n"), "{}", config(&world));
    assert!(!config(&world).contains("[profile acme-shared-ReadOnly]"));
}

#[test]
fn hostile_names_can_neither_break_the_file_nor_add_to_it() {
    let world = logged_in();
    world.emulator().with(|state| state.organization.accounts.clear());
    let names = [
        "x]\n[profile evil]\nregion = x",
        "\"q'\\",
        "$(id)",
        "`id`",
        "東京",
        "",
        "default",
        "# awsenv: end acme",
        "-rf",
    ];
    for (number, name) in names.iter().enumerate() {
        assign(&world, &format!("{number:012}"), name, &["Dev"]);
    }
    assign(
        &world,
        "000000000100",
        "roles",
        &["$(id)", "a]b", "\"", "#x", "a\nregion = x", "x\u{202e}", " lead", "ロール"],
    );
    assign(&world, "1]\n[profile evil]", "id", &["Dev"]);
    let stderr = world.command(flags(&["--all"])).unchecked().run().stderr;
    assert_eq!(stderr.matches("is left out: a config file cannot hold that name").count(), 4, "{stderr}");
    assert!(!stderr.contains('\u{202e}'), "{stderr:?}");
    let rows = world.run(["profiles", "--json"]).json();
    let rows = rows.as_array().expect("a list");
    let safe = |c: char| c.is_ascii_alphanumeric() || "._@+-".contains(c);
    for row in rows {
        let name = row["name"].as_str().expect("a name");
        assert!(name.chars().all(safe) && !name.starts_with('-') && name != "default", "{name}");
        assert_eq!(row["region"], Value::Null, "{name}");
    }
    assert_eq!(rows.len(), names.len() + 5, "{}", config(&world));
    let roles: Vec<_> =
        rows.iter().filter(|row| row["account"] == "000000000100").map(|row| &row["role"]).collect();
    assert_eq!(roles.len(), 5, "{roles:?}");
    let before = config(&world);
    world.command(flags(&["--all"])).unchecked().run();
    assert_eq!(config(&world), before);
}

#[test]
fn sessions_and_profiles_that_are_there_may_have_any_name() {
    let world = logged_in();
    world.aws_config(&SESSION.replace("acme]", "'my sso']"));
    let token = world.at(".aws/sso/cache");
    // The same login under the digest of the other name, sha1 of `my sso`.
    fs::copy(token.join(digest("acme")), token.join(digest("my sso"))).unwrap();
    world.aws_config(&format!("{}[profile 'it'\"'\"'s mine']\noutput = json\n", config(&world)));
    let args = ["configure", "sso", "--account", "acme-shared", "--profile", "it's mine"];
    let output = world.command(args).unchecked().run();
    assert!(
        config(&world).contains("\n[profile 'it'\"'\"'s mine']\noutput = json\nsso_session = my sso\n"),
        "{output:?}{}",
        config(&world)
    );
    let rows = world.run(["profiles", "--json"]).json();
    assert_eq!((&rows[0]["name"], &rows[0]["role"]), (&json!("it's mine"), &json!("ReadOnly")));
}

fn digest(name: &str) -> String {
    format!("{}.json", awsenv::cache::key::token(awsenv::cache::key::LoginKey::Session(name)))
}

#[test]
fn botocore_sees_what_was_written() {
    let world = logged_in();
    world.aws_config("[profile old]\nregion = x\n");
    world.command(flags(&["--all", "--default-region", "eu-west-3"])).unchecked().run();
    // Debian has it inside of the AWS CLI.
    let script = "import json\n\
        try:\n  from botocore.session import Session\n\
        except ImportError:\n  from awscli.botocore.session import Session\n\
        c = Session().full_config\n\
        print(json.dumps([c['profiles'], c['sso_sessions']]))\n";
    let output = Command::new("python3")
        .args(["-c", script])
        .env("AWS_CONFIG_FILE", world.at(".aws/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", world.at(".aws/credentials"))
        .stderr(Stdio::null())
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        return crate::harness::tools::lacking("a python3 with botocore, or the AWS CLI v2 of Debian");
    };
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen[0].as_object().map(serde_json::Map::len), Some(7));
    let expected = json!({
        "sso_session": "acme", "sso_account_id": "444455556666", "sso_role_name": "Deploy", "region": "eu-west-3",
    });
    assert_eq!(seen[0]["acme-prod-Deploy"], expected);
    assert_eq!(seen[0]["old"], json!({ "region": "x" }));
    let expected = json!({
        "sso_start_url": "https://acme.awsapps.com/start", "sso_region": "eu-west-1",
        "sso_registration_scopes": "sso:account:access",
    });
    assert_eq!(seen[1]["acme"], expected);
}

#[test]
fn throttling_is_waited_out_and_one_account_that_fails_spoils_all() {
    let world = logged_in();
    world.emulator().with(|state| {
        state.faults.add(Fault::error(Operation::ListAccountRoles, 429, "TooManyRequestsException").times(6));
        state.faults.add(Fault::error(Operation::ListAccounts, 429, "TooManyRequestsException").times(2));
    });
    world.command(flags(&["--all"])).unchecked().run();
    let written = config(&world);
    assert_eq!(written.matches("[profile ").count(), 6);
    world.emulator().with(|state| {
        state.faults.add(Fault::error(Operation::ListAccountRoles, 400, "InvalidRequestException").times(1));
    });
    let output = world.command(flags(&["--all", "--prune"])).unchecked().run();
    assert!(output.stderr.contains("could not list the roles in account `"), "{}", output.stderr);
    assert_eq!((output.code, config(&world)), (1, written));
}

#[test]
fn a_token_that_is_refused_is_dropped() {
    let world = logged_in();
    world.aws_config(SESSION);
    world.emulator().with(|state| state.sessions.revoke());
    let output = world.command(["configure", "sso", "--all"]).unchecked().run();
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.ends_with("awsenv: hint: run `awsenv login --sso-session acme` in a terminal\n"),
        "{}",
        output.stderr
    );
    assert!(!world.at(".aws/sso/cache").join(digest("acme")).exists());
}

#[test]
fn a_token_of_another_organisation_with_the_same_session_name_is_not_used() {
    let world = logged_in();
    let args = [
        "configure",
        "sso",
        "--sso-session",
        "acme",
        "--start-url",
        "https://other.awsapps.com/start",
        "--region",
        "eu-west-1",
        "--all",
    ];
    let expected = "awsenv: error: could not log in to acme without a terminal\n\
        awsenv: hint: run the same command in a terminal\n";
    world.command(args).code(1).stderr(expected).run();
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn names_follow_the_templates() {
    let world = logged_in();
    let args =
        flags(&["--all", "--name-template", "{role}.{account_id}", "--short-template", "{account_name}"]);
    world.command(args).unchecked().run();
    let rows = world.run(["profiles", "--json"]).json();
    let names: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let expected = [
        "AdministratorAccess.111122223333",
        "Developer.111122223333",
        "ReadOnly.111122223333",
        "Deploy.444455556666",
        "ReadOnly.444455556666",
        "acme-shared",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_profile_of_another_kind_is_left_alone_and_the_cure_is_another_name() {
    let world = logged_in();
    let stderr = "awsenv: error: could not write the profile `deploy`: there is one of another kind already \
                  (~/.aws/config:1, role)\nawsenv: hint: choose another name with `--profile`\n";
    let text = "[profile deploy]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = deploy\n";
    world.aws_config(text);
    let role = ["--account", "acme-shared", "--profile", "deploy"];
    world.command(flags(&role)).code(1).stderr(stderr).run();
    assert_eq!(config(&world), text);
}

#[test]
fn what_another_program_appends_meanwhile_is_kept() {
    let world = logged_in();
    world.aws_config(SESSION);
    let is_over = AtomicBool::new(false);
    let path = world.at(".aws/config");
    let (written, configured) = thread::scope(|scope| {
        let appender = scope.spawn(|| {
            let mut written = Vec::new();
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let mut file = fs::File::options().append(true).open(&path).unwrap();
                file.write_all(format!("# line {number}\n").as_bytes()).unwrap();
                // What goes into a file that was replaced before the write, nobody can know of.
                if fs::metadata(&path).unwrap().ino() == file.metadata().unwrap().ino() {
                    written.push(number);
                }
                thread::sleep(Duration::from_millis(1));
            }
            written
        });
        let mut configured = 0;
        for region in ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "us-east-1", "us-west-2"] {
            let run = world.command(flags(&["--all", "--default-region", region])).unchecked().run();
            // With another program at it all the time it may give up, and then it must not have written.
            configured += usize::from(run.code == 0);
        }
        is_over.store(true, Ordering::Relaxed);
        (appender.join().unwrap(), configured)
    });
    let text = config(&world);
    let is_lost = |number: &&i32| !text.contains(&format!("# line {number}\n"));
    let lost = written.iter().filter(is_lost).count();
    assert!(lost == 0, "{lost} of {} lost, {configured} runs wrote", written.len());
}

/// What a program appends after the file was replaced goes where nobody reads it.
#[test]
fn a_file_that_another_program_keeps_open_is_not_replaced() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let world = logged_in();
    world.aws_config(SESSION);
    let path = world.at(".aws/config");
    let _reader = fs::File::open(&path).unwrap();
    let mut appender = fs::File::options().append(true).open(&path).unwrap();
    let run = world.command(flags(&["--all", "--default-region", "eu-west-1"])).unchecked().code(1).run();
    let said = format!(" (process {})", std::process::id());
    assert!(run.stderr.contains("/.aws/config: ") && run.stderr.contains(&said), "{}", run.stderr);
    assert_eq!(config(&world), SESSION);
    appender.write_all(b"# mine\n").unwrap();
    // It waits for a moment.
    let text = thread::scope(|scope| {
        let world = &world;
        let run = scope.spawn(move || {
            world.command(flags(&["--all", "--default-region", "eu-west-1"])).unchecked().code(0).run()
        });
        thread::sleep(Duration::from_millis(50));
        appender.write_all(b"# and mine\n").unwrap();
        drop(appender);
        run.join().unwrap();
        config(world)
    });
    assert!(text.contains("# mine\n# and mine\n") && text.contains("[profile "), "{text}");
}
