//! `awsenv import`: what is taken over from other tools, what is left, and that no key is shown.

use std::fs;

use crate::harness::scene;
use crate::harness::world::World;

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.at(path)).expect("it is there")
}

const ENVRC: &str = "\
# acme
export AWS_PROFILE=dev
export AWS_REGION=\"eu-west-3\" # Paris
export AWS_SECRET_ACCESS_KEY=hunter2
export AWS_ACCOUNT_ID=$(touch made)
PATH_add bin
touch made
";

#[test]
fn lines_of_an_envrc_become_a_file_that_nobody_has_allowed() {
    let world = scene::world();
    world.write("p/.envrc", ENVRC);
    let printed = "\
LINE  VARIABLE               BECOMES
2     AWS_PROFILE            profile = dev
3     AWS_REGION             region = eu-west-3
4     AWS_SECRET_ACCESS_KEY  left: keys and secrets do not belong in a .awsenv
5     AWS_ACCOUNT_ID         left: if it is this folder's account, add `account = ...` yourself
";
    let dry = world.command(["import", "p/.envrc", "--dry-run"]);
    let dry = dry.stderr("awsenv: would add 2 lines to ~/p/.awsenv\n").run();
    assert_eq!(dry.stdout, printed);
    assert!(!world.at("p/.awsenv").exists());
    let said = "awsenv: added 2 lines to ~/p/.awsenv, which is not allowed by this\n\
                awsenv: hint: look at it, then run `awsenv allow`\n\
                awsenv: hint: then delete what was taken from .envrc, so that only one tool sets it\n";
    assert_eq!(world.command(["import", ".envrc"]).current_dir("p").stderr(said).run().stdout, printed);
    assert_eq!(read(&world, "p/.awsenv"), "profile = dev\nregion = eu-west-3\n");
    assert_eq!(read(&world, "p/.envrc"), ENVRC);
    assert!(!world.at("p/made").exists() && !world.at("made").exists());
    world.command(["status", "--quiet"]).current_dir("p").code(4).run();

    let again = world.command(["import", "p/.envrc"]).stderr("awsenv: nothing to add to ~/p/.awsenv\n").run();
    assert!(again.stdout.contains("AWS_PROFILE            there already\n"), "{}", again.stdout);
}

#[test]
fn what_a_file_says_already_stays_beside_what_is_added() {
    let world = scene::world();
    let before = "# ours\nregion = us-west-2\naccount = 111122223333";
    let file = world.project("p", before).join(".awsenv");
    world.command(["allow"]).current_dir("p").unchecked().run();
    world.write("p/.env", "AWS_PROFILE=dev\nAWS_DEFAULT_REGION=eu-west-1\nSECRET=hunter2\n");
    let run = world.command(["import", "p/.env"]).unchecked().code(0).run();
    assert!(
        run.stdout.ends_with("AWS_DEFAULT_REGION  left: .awsenv says another `region` (line 2)\n"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("hunter2"));
    assert_eq!(fs::read_to_string(&file).expect("it is there"), format!("{before}\nprofile = dev\n"));
    world.command(["status", "--quiet"]).current_dir("p").code(4).run();

    world.write("q/mise.toml", "[env]\nAWS_PROFILE = 'dev'\nAWS_REGION = \"{{ env.R }}\"\n_.file = '.env'\n");
    let run = world.command(["import", "q/mise.toml"]).unchecked().code(0).run();
    assert!(run.stdout.ends_with("AWS_REGION   left: a template computes it\n"), "{}", run.stdout);
    assert_eq!(read(&world, "q/.awsenv"), "profile = dev\n");
    std::os::unix::fs::symlink(&file, world.dir("r").join(".awsenv")).expect("the folder is empty");
    world.write("r/.env", "AWS_REGION=us-west-2\nAWS_PROFILE=x\n");
    world.write("s/.env", "AWS_PROFILE=x\n");
    fs::remove_file(&file).expect("it is there");
    world.write("p/.awsenv", "region = us-west-2\n");
    let link = world.command(["import", "r/.env"]).unchecked().code(1).run();
    assert!(
        link.stderr.contains("could not write") && link.stderr.contains("it is a link"),
        "{}",
        link.stderr
    );
    assert_eq!(read(&world, "p/.awsenv"), "region = us-west-2\n");
}

#[test]
fn what_cannot_be_read_is_told_without_its_text() {
    let world = scene::world();
    world.write("a.toml", "[env]\nAWS_SECRET_ACCESS_KEY = hunter2\n");
    world.write("b.txt", "hunter2\n");
    world.write("c.env", vec![b'a'; 1024 * 1024 + 1]);
    world.write("d.env", b"\xff");
    world.dir("e.env");
    let cases = [
        ("a.toml", "could not read ~/a.toml:2: it is no TOML"),
        ("b.txt", "could not tell what ~/b.txt is"),
        ("c.env", "could not read ~/c.env: it is larger than 1 MiB"),
        ("d.env", "could not read ~/d.env: the text is not UTF-8"),
        ("e.env", "could not read ~/e.env: it is no regular file"),
        ("none.env", "could not read ~/none.env: no such file"),
    ];
    for (file, expected) in cases {
        let run = world.command(["import", file]).unchecked().code(1).run();
        let said = world.shown(&run.stderr);
        assert!(said.starts_with(&format!("awsenv: error: {expected}")), "{said}");
        assert!(!said.contains("hunter2") && run.stdout.is_empty());
    }
    assert!(!world.at(".awsenv").exists());
}

const CONFIG: &str = "\
# mine
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1

[profile plain]
region = eu-west-1

[profile acme/Dev]
granted_sso_start_url      = https://acme.awsapps.com/start/
granted_sso_region         = eu-west-1
granted_sso_account_id     = 111122223333
granted_sso_role_name      = Dev
common_fate_generated_from = aws-sso
credential_process         = granted credential-process --profile acme/Dev
region = eu-west-3

[profile other/Dev]
granted_sso_start_url = https://other.awsapps.com/start
granted_sso_region = us-east-1
granted_sso_account_id = 444455556666
granted_sso_role_name = Dev
credential_process = granted credential-process --profile other/Dev

# BEGIN_AWS_SSO_CLI
[profile prod]
credential_process = /usr/bin/aws-sso -u open -S \"Acme\" process --arn arn:aws:iam::777788889999:role/Ops
# END_AWS_SSO_CLI

[profile common]
region = eu-north-1
mfa_serial = arn:aws:iam::123456789012:mfa/me

[profile role]
include_profile = common
role_arn = arn:aws:iam::123456789012:role/Dev
source_profile = common

[profile vault]
credential_process = aws-vault export --format=json hunter2

[profile keys]
include_profile = common
aws_secret_access_key = hunter2
role_arn = arn:aws:iam::123456789012:role/X
";

#[test]
fn profiles_of_other_tools_become_plain_where_they_stand() {
    let world = scene::world();
    world.aws_credentials("");
    world.aws_config(CONFIG);
    let printed = "\
LINE  PROFILE            BECOMES
9     profile acme/Dev   SSO session acme, account 111122223333, role Dev
18    profile other/Dev  SSO session other, account 444455556666, role Dev
26    profile prod       SSO session acme, account 777788889999, role Ops
34    profile role       with region, mfa_serial
39    profile vault      left: its keys are in aws-vault's keyring, which it still asks
42    profile keys       left: its role has no `source_profile`; aws-vault takes the keys from its keyring
";
    let dry = world.command(["import", ".aws/config", "--dry-run"]);
    let dry = dry.stderr("awsenv: would write 4 plain profiles to ~/.aws/config\n").run();
    assert_eq!(dry.stdout, printed);
    assert_eq!(read(&world, ".aws/config"), CONFIG);
    let said = "awsenv: wrote 4 plain profiles to ~/.aws/config\n\
                awsenv: hint: delete the lines `# BEGIN_AWS_SSO_CLI` and `# END_AWS_SSO_CLI`: aws-sso-cli replaces what is \
                between them\n";
    assert_eq!(world.command(["import", ".aws/config"]).stderr(said).run().stdout, printed);
    let sso = |account: &str, role: &str, session: &str| {
        format!("sso_session = {session}\nsso_account_id = {account}\nsso_role_name = {role}\n")
    };
    let lines: Vec<&str> = CONFIG.lines().collect();
    let kept = |range: std::ops::Range<usize>| lines[range].join("\n") + "\n";
    let expected = kept(0..9)
        + "region = eu-west-3\n"
        + &sso("111122223333", "Dev", "acme")
        + &kept(16..18)
        + &sso("444455556666", "Dev", "other")
        + &kept(23..26)
        + &sso("777788889999", "Ops", "acme")
        + &kept(27..34)
        + &kept(35..37)
        + "region = eu-north-1\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"
        + &kept(37..45)
        + "\n[sso-session other]\nsso_start_url = https://other.awsapps.com/start\nsso_region = us-east-1\n\
           sso_registration_scopes = sso:account:access\n";
    assert_eq!(read(&world, ".aws/config"), expected);
    let profiles = world.run(["profiles", "--json"]).json();
    assert_eq!(profiles[1]["account"], "111122223333");
    assert_eq!(profiles[3]["kind"], "sso");
    let again = world
        .command(["import", ".aws/config"])
        .stderr("awsenv: no profile to write to ~/.aws/config\n")
        .run();
    assert_eq!(again.stdout.lines().count(), 3, "{}", again.stdout);
}

#[test]
fn profiles_of_another_file_are_added_without_keys_and_replace_none() {
    let world = scene::world();
    let before = read(&world, ".aws/config");
    let other = CONFIG
        .replace("[profile acme/Dev]", "[profile dev]")
        .replace("sso_region = eu-west-1\n\n", "sso_region = eu-west-1\n[x]\n");
    let other =
        other.replace("region = eu-west-3\n", "region = eu-west-3\naws_secret_access_key = hunter2\n");
    world.write(
        "old/config",
        other.replace(
            "[profile other/Dev]",
            "[profile other/Dev]\naws_access_key_id = hunter2\noutput = json",
        ),
    );
    let run = world.command(["import", "old/config", "--sso-session", "my-sso"]).unchecked().code(0).run();
    assert!(
        run.stdout.contains("profile dev        left: your config has another profile of that name\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("profile prod       SSO session my-sso, account 777788889999, role Ops\n"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"));
    let after = read(&world, ".aws/config");
    let added = after.strip_prefix(&before).expect("nothing else has changed");
    assert!(added.contains("\n[profile other/Dev]\noutput = json\nsso_session = other\n"), "{added}");
    assert!(added.contains("\n[sso-session other]\n") && !added.contains("[sso-session acme]"), "{added}");
    assert!(!added.contains("hunter2"), "{added}");

    // Two instances, and nothing that tells which session is whose.
    let two = "[profile x]\ncredential_process = aws-sso process -S A --arn arn:aws:iam::777788889999:role/Ops\n\
               [profile y]\ncredential_process = aws-sso process -S B --arn arn:aws:iam::777788889999:role/Ops\n";
    world.write("two", two);
    let run = world.command(["import", "two", "--sso-session", "my-sso"]).unchecked().code(0).run();
    assert!(run.stdout.contains("left: name an [sso-session] of your config `A`"), "{}", run.stdout);
    assert_eq!(read(&world, ".aws/config"), after);
}
