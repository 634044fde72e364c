//! Roles over static keys, over Identity Center and over other roles.

use std::fs;

use awsenv_emulator::Operation::{AssumeRole, GetRoleCredentials};
use chrono::{TimeDelta, Utc};
use serde_json::Value;

use crate::harness::invocation::Invocation;
use crate::harness::listener::Listener;
use crate::harness::scene::{self, DEV_ENTRY, ROLE_ENTRY, ROLE_OPTIONS_ENTRY, STATIC_SECRET, role};
use crate::harness::world::World;

const DENIED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>\
                      <RequestId>r</RequestId></ErrorResponse>";

/// Adds to `~/.aws/config`.
fn configure(world: &World, more: &str) {
    let config = scene::read(world, ".aws/config");
    world.aws_config(&format!("{config}\n{more}"));
}

fn kept(world: &World, entry: &str) -> Value {
    serde_json::from_str(&scene::read(world, &scene::entry(entry))).expect("the entry is JSON")
}

/// Returns the names of the cached roles.
fn entries(world: &World) -> usize {
    std::fs::read_dir(world.at(".aws/cli/cache")).map_or(0, Iterator::count)
}

/// Runs `exec` with the profile, which must fail with this and run nothing.
fn refused(world: &World, profile: &str, error: &str, hint: &str) {
    let stderr = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
    world.command(["exec", "-p", profile, "--", "/bin/false"]).code(125).stderr(stderr).run();
}

#[test]
fn a_role_is_assumed_and_kept_as_the_aws_cli_does() {
    let world = scene::world();
    let variables = scene::exec(&world, &["-p", "role"]);
    assert_eq!(variables["AWS_REGION"], "eu-north-1");
    let text = scene::read(&world, &scene::entry(ROLE_ENTRY));
    let expiration = scene::utc(&variables["AWS_CREDENTIAL_EXPIRATION"].as_str().into());
    let start = format!(
        "{{\"Credentials\": {{\"AccessKeyId\": \"{}\", \"SecretAccessKey\": \"{}\", \"SessionToken\": \"{}\", \
         \"Expiration\": \"{}\", \"AccountId\": \"123456789012\"}}, \"AssumedRoleUser\": {{\"AssumedRoleId\": \"AROA",
        variables["AWS_ACCESS_KEY_ID"],
        variables["AWS_SECRET_ACCESS_KEY"],
        variables["AWS_SESSION_TOKEN"],
        expiration.format("%Y-%m-%dT%H:%M:%S+00:00"),
    );
    assert!(text.starts_with(&start), "{text}");
    let entry = kept(&world, ROLE_ENTRY);
    let arn = entry["AssumedRoleUser"]["Arn"].as_str().expect("an ARN");
    assert!(arn.starts_with("arn:aws:sts::123456789012:assumed-role/Dev/botocore-session-"), "{arn}");
    let reply = &entry["ResponseMetadata"];
    assert_eq!((&reply["HTTPStatusCode"], &reply["RetryAttempts"]), (&200.into(), &0.into()));

    assert_eq!(scene::exec(&world, &["-p", "role"]), variables);
    assert_eq!(world.emulator().requests(), 1);
}

#[test]
fn external_id_duration_and_session_name_are_sent() {
    let world = scene::world();
    let variables = scene::exec(&world, &["-p", "role-options"]);
    let left = scene::utc(&variables["AWS_CREDENTIAL_EXPIRATION"].as_str().into()) - Utc::now();
    assert!((TimeDelta::seconds(1700)..=TimeDelta::seconds(1800)).contains(&left), "{left}");
    let entry = kept(&world, ROLE_OPTIONS_ENTRY);
    assert_eq!(entry["AssumedRoleUser"]["Arn"], "arn:aws:sts::123456789012:assumed-role/Dev/alice");
}

#[test]
fn three_roles_in_a_row_are_kept_each() {
    let world = scene::world();
    let arn = |name: &str| format!("arn:aws:iam::444455556666:role/{name}");
    world.emulator().with(|state| {
        let mut hop = |name: &str, by: String| {
            let mut role = role(&arn(name));
            role.principals = vec![by];
            state.identities.roles.push(role);
        };
        hop("One", "arn:aws:iam::111122223333:user/alice".into());
        hop("Two", arn("One"));
        hop("Three", arn("Two"));
    });
    for (name, source) in [("One", "static"), ("Two", "One"), ("Three", "Two")] {
        configure(
            &world,
            &format!("[profile {name}]\nrole_arn = {}\nsource_profile = {source}\n", arn(name)),
        );
    }
    let variables = scene::exec(&world, &["-p", "Three", "--region", "us-east-1"]);
    assert_eq!((world.emulator().count(AssumeRole), entries(&world)), (3, 3));
    assert_eq!(scene::exec(&world, &["-p", "Three", "--region", "us-east-1"]), variables);
    scene::exec(&world, &["-p", "Two", "--region", "us-east-1"]);
    assert_eq!(world.emulator().requests(), 3);
}

#[test]
fn a_role_over_identity_center_keeps_the_role_alone() {
    let world = scene::signed_in();
    scene::exec(&world, &["-p", "role-over-sso"]);
    let counts =
        |world: &World| (world.emulator().count(GetRoleCredentials), world.emulator().count(AssumeRole));
    assert_eq!(counts(&world), (1, 1));
    assert!(!world.at(scene::entry(DEV_ENTRY)).exists(), "the AWS CLI does not keep a source either");

    // Nor does it use what it keeps of the source itself. Where that would take a login, it is used here.
    let world = scene::signed_in();
    scene::exec(&world, &["-p", "dev"]);
    scene::exec(&world, &["-p", "role-over-sso"]);
    assert_eq!(counts(&world), (2, 1));
    std::fs::remove_dir_all(world.at(".aws/cli")).expect("there are entries");
    scene::exec(&world, &["-p", "dev"]);
    std::fs::remove_dir_all(world.at(".aws/sso")).expect("there is a token");
    scene::exec(&world, &["-p", "role-over-sso"]);
    assert_eq!(counts(&world), (3, 2));
}

#[test]
fn live_keys_of_a_role_outlive_the_login_below_it() {
    let world = scene::signed_in();
    let variables = scene::exec(&world, &["-p", "role-over-sso"]);
    std::fs::remove_dir_all(world.at(".aws/sso")).expect("there is a token");
    assert_eq!(scene::exec(&world, &["-p", "role-over-sso"]), variables);
}

#[test]
fn live_keys_of_a_role_between_need_no_login_below_it() {
    let world = scene::signed_in();
    let arn = |name: &str| format!("arn:aws:iam::444455556666:role/{name}");
    world.emulator().with(|state| {
        state.identities.roles.extend(["Between", "Last"].map(|name| role(&arn(name))));
    });
    configure(
        &world,
        &format!(
            "[profile between]\nregion = eu-west-1\nrole_arn = {}\nsource_profile = dev\n\
             [profile last]\nrole_arn = {}\nsource_profile = between\nregion = eu-west-1\n",
            arn("Between"),
            arn("Last")
        ),
    );
    scene::exec(&world, &["-p", "between"]);
    fs::remove_dir_all(world.at(".aws/sso")).expect("the login is there");
    assert_eq!(scene::exec(&world, &["-p", "last"])["AWS_PROFILE"], "last");
    assert_eq!(world.emulator().count(AssumeRole), 2);
}

#[test]
fn a_source_with_keys_and_a_role_lends_its_keys() {
    let world = scene::world();
    configure(
        &world,
        "[profile both]\nrole_arn = arn:aws:iam::123456789012:role/path/Dev\nsource_profile = static\n\
         aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
         aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
         [profile top]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = both\nregion = eu-west-1\n",
    );
    scene::exec(&world, &["-p", "top"]);
    assert_eq!(world.emulator().count(AssumeRole), 1);
}

#[test]
fn a_role_may_name_its_own_profile_if_that_has_keys() {
    let world = scene::world();
    world.aws_credentials(&format!(
        "[self]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = self\nregion = eu-west-1\n\
         aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {STATIC_SECRET}\n"
    ));
    scene::exec(&world, &["-p", "self"]);
    assert_eq!(world.emulator().count(AssumeRole), 1);
}

#[test]
fn sources_that_lead_nowhere_are_named_with_their_line() {
    let world = scene::world();
    let role = "role_arn = arn:aws:iam::123456789012:role/Dev";
    world.aws_config(&format!(
        "[profile self]\n{role}\nsource_profile = self\n[profile a]\n{role}\nsource_profile = b\n[profile b]\n{role}\n\
         source_profile = a\n[profile gone]\n{role}\nsource_profile = statik\n[profile empty]\nregion = x-1\n\
         [profile void]\n{role}\nsource_profile = empty\n[profile both]\n{role}\nsource_profile = a\n\
         credential_source = Environment\n[profile none]\n{role}\n[profile far]\n{role}\nsource_profile = quite-another\n"
    ));
    let own = "let one of them name a profile with credentials of its own";
    let keys = "add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with each";
    let source = |profile: &str, source: &str, line: u32, why: &str| {
        format!(
            "could not use the profile `{profile}`: its `source_profile` `{source}` (~/.aws/config:{line}) {why}"
        )
    };
    let circle = |names: &str| format!("leads round in a circle: {names}");
    refused(&world, "self", &source("self", "self", 3, &circle("self -> self")), own);
    refused(&world, "a", &source("b", "a", 9, &circle("a -> b -> a")), own);
    refused(
        &world,
        "gone",
        &source("gone", "statik", 12, "does not exist"),
        "did you mean `source_profile = static`?",
    );
    refused(
        &world,
        "far",
        &source("far", "quite-another", 26, "does not exist"),
        "add `[profile quite-another]` to ~/.aws/config",
    );
    refused(&world, "void", &source("void", "empty", 17, "has no credentials"), keys);
    let has = "it has `role_arn` and";
    refused(
        &world,
        "both",
        &format!(
            "could not use the profile `both` (~/.aws/config:18): {has} both `source_profile` and \
             `credential_source`"
        ),
        "delete one of the two",
    );
    refused(
        &world,
        "none",
        &format!(
            "could not use the profile `none` (~/.aws/config:22): {has} neither `source_profile` nor \
             `credential_source`"
        ),
        "add the line `source_profile = NAME`, with the profile that may assume the role",
    );
    // Keys of its own do not let a profile come twice, unless it names itself.
    world.aws_credentials("[a]\naws_access_key_id = A\naws_secret_access_key = s\n");
    refused(&world, "a", &source("b", "a", 9, &circle("a -> b -> a")), own);
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn region_and_endpoint_come_from_the_profile_that_was_asked_for() {
    let world = scene::world();
    let [own, other] = [(); 2].map(|()| Listener::start(403, "text/xml", DENIED));
    let role = "role_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = source";
    world.aws_config(&format!(
        "[profile source]\nregion = us-gov-west-1\nendpoint_url = {other}\n[profile plain]\n{role}\nregion = eu-south-2\n\
         endpoint_url = {own}\n[profile listed]\n{role}\nregion = eu-south-2\nservices = mine\nendpoint_url = {other}\n\
         [services mine]\nsts =\n  endpoint_url = {own}/prefix\n",
        own = own.url,
        other = other.url,
    ));
    world.aws_credentials(&format!(
        "[source]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {STATIC_SECRET}\n"
    ));
    let run = |profile: &str, variable: Option<(&str, &str)>| {
        let exec =
            world.command(["exec", "-p", profile, "--", "/bin/false"]).env_remove("AWS_ENDPOINT_URL_STS");
        let exec = variable.into_iter().fold(exec, |exec, (name, value)| exec.env(name, value));
        exec.unchecked().code(125).run()
    };
    run("plain", None);
    run("listed", None);
    let requests = own.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.contains("/eu-south-2/sts/aws4_request")), "{requests:?}");
    assert!(requests[1].starts_with("POST /prefix"), "{}", requests[1]);
    assert!(other.requests().is_empty());

    run("plain", Some(("AWS_ENDPOINT_URL", &other.url)));
    run("plain", Some(("AWS_ENDPOINT_URL_STS", &other.url)));
    assert_eq!((own.requests().len(), other.requests().len()), (2, 2));
}

#[test]
fn sts_is_asked_in_the_region_of_the_work() {
    let world = scene::world();
    let sts = Listener::start(403, "text/xml", DENIED);
    configure(
        &world,
        "[profile nowhere]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = static\n",
    );
    let project = scene::allowed(&world, "p", "profile = nowhere\nregion = cn-north-1\n");
    let signed_for = |exec: Invocation<'_>, region: &str| {
        exec.env("AWS_ENDPOINT_URL_STS", &sts.url).unchecked().code(125).run();
        let requests = sts.requests();
        let request = requests.last().expect("STS was asked");
        assert!(request.contains(&format!("/{region}/sts/aws4_request")), "{request}");
    };
    let here = |args: &[&str]| world.command(args).current_dir(&project);
    signed_for(here(&["exec", "--", "/bin/false"]), "cn-north-1");
    signed_for(here(&["exec", "--region", "cn-northwest-1", "--", "/bin/false"]), "cn-northwest-1");
    signed_for(
        world.command(["exec", "-p", "nowhere", "--", "/bin/false"]).env("AWS_REGION", "me-south-1"),
        "me-south-1",
    );
}

#[test]
fn an_endpoint_of_ones_own_needs_a_region() {
    let world = scene::world();
    configure(
        &world,
        "[profile nowhere]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = static\n",
    );
    refused(
        &world,
        "nowhere",
        "could not load profile `nowhere`: could not choose an endpoint of STS: a custom endpoint needs a region",
        "set `region` in the profile, or `AWS_REGION`",
    );
}

#[test]
fn a_cached_session_with_a_second_factor_is_used() {
    let world = scene::world();
    configure(
        &world,
        "[profile guarded]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = static\nregion = eu-west-1\n\
         mfa_serial = arn:aws:iam::123456789012:mfa/alice\n",
    );
    scene::plant_role(&world, "bddce06f05976fa6453697386d5a5e375ed1bc1b", TimeDelta::hours(1));
    assert_eq!(scene::exec(&world, &["-p", "guarded"])["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn a_role_over_itself_is_assumed_from_itself() {
    let world = scene::world();
    configure(
        &world,
        "[profile twice]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = role\nregion = eu-west-1\n",
    );
    let env = scene::exec(&world, &["-p", "twice"]);
    assert!(env["AWS_ACCESS_KEY_ID"].starts_with("ASIA"));
}

/// Two chains that go through the same two roles, one up and one down, would wait for each other for ever.
#[test]
fn who_waits_for_a_role_below_another_goes_on_without_it_in_the_end() {
    let world = scene::world();
    world.emulator().with(|state| state.identities.roles.push(role("arn:aws:iam::444455556666:role/Up")));
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile up]\nrole_arn = arn:aws:iam::444455556666:role/Up\nsource_profile = role\nregion = eu-north-1\n"
    ));
    let locks = world.dir(".local/state/awsenv/locks");
    let held = fs::File::create(locks.join(format!("role-{ROLE_ENTRY}.lock"))).expect("a file");
    held.lock().expect("nobody else has it");
    let output = world.command(["exec", "-p", "up", "--", "/bin/true"]).unchecked().code(0).run();
    assert!(output.stderr.lines().count() <= 1, "{}", output.stderr);
    assert_eq!(world.emulator().count(AssumeRole), 2);
}
