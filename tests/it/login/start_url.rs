//! Start URLs at a company's own address: where they lead is asked once, and only AWS's portals are trusted.

use awsenv_emulator::Operation::{Authorize, RegisterClient, StartDeviceAuthorization, StartUrl};
use awsenv_emulator::{Fault, State};

use crate::harness::front::Front;
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::World;

const OWN: &str = "https://login.acme.example/own";
const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];

/// Makes a world whose session has an address of the company's own, which the front serves.
fn world(leads_to: &str) -> Option<(World, Front)> {
    if !tools::have(&["openssl"]) {
        return None;
    }
    let mut world = stage::world();
    let config = scene::read(&world, ".aws/config").replace(scene::START, OWN);
    world.aws_config(&config);
    world.emulator().with(|state| state.organization.portal = Some(leads_to.to_owned()));
    let front = Front::start(&world);
    world.set("https_proxy", &front.url);
    world.set("no_proxy", "127.0.0.1");
    world.set("AWS_CA_BUNDLE", &front.authority);
    Some((world, front))
}

fn asked(world: &World) -> usize {
    world.emulator().count(StartUrl)
}

#[test]
fn a_login_begins_at_the_portal_and_where_it_is_is_asked_once() {
    let Some((world, front)) = world(&format!("{}/?x=y#z", scene::START)) else { return };
    // Only the portal's own address is known there.
    world.emulator().with(|state: &mut State| state.organization.start_url = Some(scene::START.to_owned()));
    world.emulator().with(|state| state.faults.add(Fault::error(StartUrl, 405, "").times(1)));
    let screen = stage::run(&world, &LOGIN, 0);
    assert!(
        screen.starts_with(&format!(
            "awsenv: logging in to my-sso ({OWN})\nawsenv: its page is at {}\n",
            scene::START
        )),
        "{screen}"
    );
    assert_eq!((asked(&world), world.emulator().count(Authorize)), (2, 1), "with HEAD, and then with GET");
    assert!(front.take().iter().any(|line| line == "CONNECT login.acme.example:443"));
    // The caches keep the name of what is configured.
    assert_eq!(stage::token(&world, scene::SESSION_TOKEN)["startUrl"], OWN);
    let device = [&LOGIN[..], &["--force", "--device-code"]].concat();
    stage::run(&world, &device, 0);
    assert_eq!((asked(&world), world.emulator().count(StartDeviceAuthorization)), (2, 1));
    scene::exec(&world, &["-p", "dev"]);
    // What is kept is asked for again once it proves wrong.
    world
        .emulator()
        .with(|state| state.organization.start_url = Some("https://moved.awsapps.com/start".into()));
    stage::run(&world, &device, 1);
    world.emulator().with(|state| state.organization.portal = Some("https://moved.awsapps.com/start".into()));
    stage::run(&world, &device, 0);
    assert_eq!(asked(&world), 3);
}

#[test]
fn nothing_but_a_portal_of_aws_in_the_session_s_region_is_opened() {
    for (leads_to, why) in [
        ("https://evil.example/start", "it leads to `evil.example`, which is no portal of AWS"),
        ("https://d-1.awsapps.com@evil.example/", "it leads to `evil.example`, which is no portal of AWS"),
        ("http://d-1.awsapps.com/start", "it leads to `d-1.awsapps.com`, which is no portal of AWS"),
        ("/elsewhere", "it leads to `login.acme.example`, which is no portal of AWS"),
        ("//evil.example/", "it leads to `evil.example`, which is no portal of AWS"),
        (
            "https://ssoins-1.portal.us-east-1.app.aws",
            "its portal is in `us-east-1`, and `sso_region` is `eu-central-1`",
        ),
    ] {
        let Some((world, _front)) = world(leads_to) else { return };
        let screen = stage::run(&world, &LOGIN, 1);
        let error = format!("awsenv: error: could not use the start URL {OWN}: {why}\nawsenv: hint: ");
        assert!(screen.contains(&error), "{leads_to}: {screen}");
        assert_eq!((stage::pages(&world), world.emulator().count(RegisterClient)), (0, 0), "{leads_to}");
    }
    let Some((world, _front)) = world(scene::START) else { return };
    world.emulator().with(|state| state.faults.add(Fault::error(StartUrl, 500, "")));
    let screen = stage::run(&world, &LOGIN, 1);
    assert!(
        screen.contains(&format!("could not find out where the start URL {OWN} leads: HTTP 500")),
        "{screen}"
    );
    let config = scene::read(&world, ".aws/config").replace("https://login", "http://login");
    world.aws_config(&config);
    let screen = stage::run(&world, &LOGIN, 1);
    assert!(screen.contains("it is no https address"), "{screen}");
    assert_eq!(stage::pages(&world), 0);
}
