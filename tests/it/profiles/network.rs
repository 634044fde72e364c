//! How AWS is reached: by proxy, with whose certificates, under which names. All three services go the same
//! ways.
//!
//! Nothing here leaves the machine: every connection ends at a front, which is the proxy, the server behind
//! it with a certificate of a private authority, and the way to the emulator in one.

use std::fs;

use awsenv_emulator::RefreshReply;
use chrono::TimeDelta;

use crate::harness::front::Front;
use crate::harness::login_stage::{self as stage, TOKEN_FILE};
use crate::harness::scene::{self, SESSION_TOKEN};
use crate::harness::tools;
use crate::harness::world::World;

/// A world in which AWS is where it really is, and all that goes there goes by the front.
fn world(front: &mut Option<Front>) -> Option<World> {
    if !tools::have(&["openssl"]) {
        return None;
    }
    let mut world = stage::world();
    world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
    stage::run(&world, &["login", "--sso-session", "my-sso"], 0);
    world.emulator().reset_log();
    let started = Front::start(&world);
    for service in ["SSO", "SSO_OIDC", "STS"] {
        world.unset(format!("AWS_ENDPOINT_URL_{service}"));
    }
    world.unset("AWS_ENDPOINT_URL");
    world.set("https_proxy", &started.url);
    world.set("AWS_CA_BUNDLE", &started.authority);
    *front = Some(started);
    Some(world)
}

/// Makes the token one that must be refreshed.
fn lapse(world: &World) {
    stage::age(world, TimeDelta::minutes(5));
}

/// Runs `exec` with the profile, and returns where it went.
fn went(world: &World, front: &Front, profile: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let _ = fs::remove_dir_all(world.at(".aws/cli"));
    front.take();
    let exec = world.command(["exec", "-p", profile, "--", "/bin/true"]);
    variables.iter().fold(exec, |exec, (name, value)| exec.env(name, value)).run();
    front.take()
}

#[test]
fn each_service_is_reached_by_the_proxy_and_the_authority_of_the_variable_is_trusted() {
    let mut front = None;
    let Some(world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    assert_eq!(went(&world, &front, "dev", &[]), ["CONNECT portal.sso.eu-central-1.amazonaws.com:443"]);
    assert_eq!(went(&world, &front, "role", &[]), ["CONNECT sts.eu-north-1.amazonaws.com:443"]);
}

#[test]
fn a_token_is_refreshed_by_the_same_ways() {
    let mut front = None;
    let Some(mut world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    let emulator = world.emulator().url().to_owned();
    let before = stage::token(&world, SESSION_TOKEN);
    lapse(&world);
    let both =
        ["CONNECT oidc.eu-central-1.amazonaws.com:443", "CONNECT portal.sso.eu-central-1.amazonaws.com:443"];
    assert_eq!(went(&world, &front, "dev", &[]), both);
    assert_ne!(stage::token(&world, SESSION_TOKEN)["accessToken"], before["accessToken"]);
    world.set("AWS_ENDPOINT_URL", emulator);
    lapse(&world);
    assert_eq!(went(&world, &front, "dev", &[]), [""; 0], "what is on this machine needs no proxy");
}

#[test]
fn fips_and_dual_stack_have_names_of_their_own() {
    let mut front = None;
    let Some(world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    let (fips, dual) = (("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"));
    let cases: [(&str, &[_], &str); 4] = [
        ("dev", &[fips], "portal.sso-fips.eu-central-1.amazonaws.com"),
        ("dev", &[dual], "portal.sso.eu-central-1.api.aws"),
        ("role", &[fips], "sts-fips.eu-north-1.amazonaws.com"),
        ("role", &[dual], "sts.eu-north-1.api.aws"),
    ];
    for (profile, variables, host) in cases {
        assert_eq!(
            went(&world, &front, profile, variables),
            [format!("CONNECT {host}:443")],
            "{variables:?}"
        );
    }
    let oidc = [(&[fips], "oidc-fips.eu-central-1.amazonaws.com"), (&[dual], "oidc.eu-central-1.api.aws")];
    for (variables, host) in oidc {
        lapse(&world);
        assert_eq!(went(&world, &front, "dev", variables)[0], format!("CONNECT {host}:443"));
    }
}

#[test]
fn other_partitions_have_hosts_of_their_own() {
    let mut front = None;
    let Some(world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    let config = scene::read(&world, ".aws/config");
    for (region, suffix) in [
        ("cn-north-1", "amazonaws.com.cn"),
        ("us-gov-west-1", "amazonaws.com"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ] {
        world.aws_config(&config.replace("eu-central-1", region).replace("eu-north-1", region));
        // The login is one to that region.
        let was = stage::token(&world, SESSION_TOKEN)["region"].to_string();
        let token = scene::read(&world, TOKEN_FILE).replace(&was, &format!("\"{region}\""));
        world.write(TOKEN_FILE, token);
        lapse(&world);
        let hosts = [
            format!("CONNECT oidc.{region}.{suffix}:443"),
            format!("CONNECT portal.sso.{region}.{suffix}:443"),
        ];
        assert_eq!(went(&world, &front, "dev", &[]), hosts);
        assert_eq!(went(&world, &front, "role", &[]), [format!("CONNECT sts.{region}.{suffix}:443")]);
    }
}

#[test]
fn nobody_else_s_certificate_is_trusted_and_the_cure_is_named() {
    let mut front = None;
    let Some(mut world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    world.unset("AWS_CA_BUNDLE");
    let output = world.command(["exec", "-p", "role", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(output.stderr.contains("no secure connection to `sts.eu-north-1.amazonaws.com`"), "{output:?}");
    assert!(
        output.stderr.contains("hint: if a proxy in this network re-signs traffic, set `AWS_CA_BUNDLE`"),
        "{output:?}"
    );
    assert_eq!(world.emulator().requests(), 0, "nothing was sent");

    // The key of the profile counts where the variable is not set.
    let config = scene::read(&world, ".aws/config");
    let line = format!("region = eu-north-1\nca_bundle = {}", front.authority.display());
    world.aws_config(&config.replace("region = eu-north-1", &line));
    assert_eq!(went(&world, &front, "role", &[]), ["CONNECT sts.eu-north-1.amazonaws.com:443"]);

    // With `~` for the home folder, as the AWS CLI reads it.
    fs::copy(&front.authority, world.at("ca.pem")).expect("the world can be written");
    world.aws_config(&config.replace("region = eu-north-1", "region = eu-north-1\nca_bundle = ~/ca.pem"));
    assert_eq!(went(&world, &front, "role", &[]), ["CONNECT sts.eu-north-1.amazonaws.com:443"]);
    let variable = [("AWS_CA_BUNDLE", "~/ca.pem")];
    assert_eq!(went(&world, &front, "dev", &variable), ["CONNECT portal.sso.eu-central-1.amazonaws.com:443"]);
}

#[test]
fn a_plain_endpoint_goes_by_the_plain_proxy_with_its_whole_address_and_no_proxy_lets_it_by() {
    let mut front = None;
    let Some(mut world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    world.set("http_proxy", &front.url);
    world.set("AWS_ENDPOINT_URL", "http://aws.example:8000");
    for left in [TimeDelta::minutes(-1), TimeDelta::hours(1)] {
        // A token, which anybody on the way could read and use, is not sent so.
        stage::age(&world, left);
        let dev = world.command(["exec", "-p", "dev", "--", "/bin/false"]).unchecked().code(125).run();
        let told = "could not use the endpoint at `aws.example:8000`: a token would be sent over plain http\n\
                    awsenv: hint: write `https://` in `AWS_ENDPOINT_URL…` or `endpoint_url`; plain http is for this machine alone\n";
        assert!(dev.stderr.ends_with(told), "{dev:?}");
    }
    assert_eq!(went(&world, &front, "role", &[]), ["POST http://aws.example:8000/"]);

    let output = world.command(["exec", "-p", "role", "--", "/bin/false"]);
    let _ = fs::remove_dir_all(world.at(".aws/cli"));
    let output = output.env("no_proxy", "aws.example").unchecked().code(125).run();
    assert!(output.stderr.contains("could not find the address of `aws.example:8000`"), "{output:?}");
    assert_eq!(front.take(), [""; 0]);
}

#[test]
fn endpoints_of_the_files_are_for_each_service_and_can_be_ignored() {
    let mut front = None;
    let Some(world) = world(&mut front) else { return };
    let front = front.expect("it was started");
    let emulator = world.emulator().url();
    let config = scene::read(&world, ".aws/config");
    let config = config.replace("region = eu-west-1\n", "region = eu-west-1\nservices = local\n");
    let services = format!(
        "[services local]\nsso =\n  endpoint_url = {emulator}\nsso_oidc =\n  endpoint_url = {emulator}\n"
    );
    world.aws_config(&format!("{config}{services}"));
    lapse(&world);
    assert_eq!(went(&world, &front, "dev", &[]), [""; 0], "both are on this machine");
    let oidc = ("AWS_ENDPOINT_URL_SSO_OIDC", "https://oidc.eu-central-1.amazonaws.com");
    lapse(&world);
    let gone = went(&world, &front, "dev", &[oidc]);
    assert_eq!(gone, ["CONNECT oidc.eu-central-1.amazonaws.com:443"], "the variable goes first");
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_eq!(
        went(&world, &front, "dev", &[ignored]),
        ["CONNECT portal.sso.eu-central-1.amazonaws.com:443"]
    );
}
