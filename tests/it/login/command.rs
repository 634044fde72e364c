//! `awsenv login`: nothing, a silent refresh, or a person; and the files that come of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use awsenv_emulator::Operation::{
    Authorize, CreateTokenAuthorizationCode, CreateTokenDeviceCode, CreateTokenRefreshToken, DevicePage,
    Logout, RegisterClient, StartDeviceAuthorization,
};
use awsenv_emulator::{Fault, RefreshReply};
use chrono::TimeDelta;

use crate::harness::login_stage::{self as stage, Sitting, TOKEN_FILE};
use crate::harness::scene::{self, DEV_ENTRY, LEGACY_TOKEN, SESSION_TOKEN};

const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];

/// The file names that AWS CLI 2.36.7 gives to the registrations of `my-sso` and of the legacy profile.
fn registration_file(scopes: &str) -> String {
    let input = format!(
        r#"{{"region": "eu-central-1", "scopes": {scopes}, "session_name": "my-sso", "startUrl": "{}", "tool": "botocore"}}"#,
        scene::START
    );
    format!(".aws/sso/cache/{}.json", awsenv::text::digest::sha1(&input))
}

#[test]
fn a_live_login_is_left_alone() {
    let world = stage::world();
    let token = scene::sign_in(&world);
    let file = token.write(&world, SESSION_TOKEN, TimeDelta::minutes(16));
    let before = fs::read(&file).expect("it was written");
    world.command(LOGIN).stderr("awsenv: the login to my-sso is alive, 15m left\n").run();
    token.write(&world, LEGACY_TOKEN, TimeDelta::seconds(59));
    let legacy = world.command(["login", "-p", "legacy"]).unchecked().code(0).run();
    assert!(legacy.stderr.contains("is alive, 5"), "a legacy token lasts to its end: {}", legacy.stderr);
    assert_eq!(fs::read(file).expect("it is there"), before);
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (0, 0));
}

#[test]
fn all_is_every_session_of_the_config_in_turn() {
    let world = stage::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!("[sso-session broken]\nsso_region = eu-west-1\n\n{config}"));
    let first = world.command(["login", "--all"]).unchecked().code(1).run();
    assert!(first.stderr.contains("sso_start_url"), "the one that is not whole is named: {}", first.stderr);
    assert!(first.stderr.contains("logged in to my-sso"), "{}", first.stderr);
    assert!(first.stderr.contains(&format!("logged in to {}", scene::START)), "{}", first.stderr);
    world.aws_config(&config);
    let again = world.command(["login", "--all"]).unchecked().code(0).run();
    let lines: Vec<_> = again.stderr.lines().map(|line| line.split(" is alive").next()).collect();
    let legacy = format!("awsenv: the login to {}", scene::START);
    assert_eq!(lines, [Some("awsenv: the login to my-sso"), Some(&*legacy)]);
    for other in [["-p", "dev"], ["--sso-session", "my-sso"], ["--mfa-code", "123456"]] {
        world.command(["login", "--all", other[0], other[1]]).unchecked().code(2).run();
    }
    world.aws_config("");
    let none = "awsenv: error: could not log in: there is no SSO session in ~/.aws/config\n\
                awsenv: hint: run `awsenv configure sso`\n";
    world.command(["login", "--all"]).code(1).stderr(none).run();
}

#[test]
fn a_login_in_the_browser_writes_the_files_of_the_aws_cli() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    let registration: serde_json::Value =
        serde_json::from_str(&scene::read(&world, &registration_file("null"))).expect("it is JSON");
    let token = stage::token(&world, SESSION_TOKEN);
    let text = |value: &serde_json::Value| value.as_str().expect("it is text").to_owned();
    let (id, secret, lapse) = (
        text(&registration["clientId"]),
        text(&registration["clientSecret"]),
        text(&registration["expiresAt"]),
    );
    scene::utc(&registration["expiresAt"]);
    scene::utc(&token["expiresAt"]);
    assert_eq!(
        scene::read(&world, &registration_file("null")),
        format!(
            r#"{{"clientId": "{id}", "clientSecret": "{secret}", "expiresAt": "{lapse}", "scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}}"#
        )
    );
    assert_eq!(
        scene::read(&world, TOKEN_FILE),
        format!(
            r#"{{"startUrl": "{}", "region": "eu-central-1", "accessToken": "{}", "expiresAt": "{}", "clientId": "{id}", "clientSecret": "{secret}", "registrationExpiresAt": "{lapse}", "refreshToken": "{}"}}"#,
            scene::START,
            text(&token["accessToken"]),
            text(&token["expiresAt"]),
            text(&token["refreshToken"]),
        )
    );
    for file in [TOKEN_FILE, &registration_file("null")] {
        assert_eq!(fs::metadata(world.at(file)).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(stage::files(&world, ".aws/sso/cache").len(), 2, "and no other file");
    assert_eq!(stage::counts(&world, [RegisterClient, Authorize, CreateTokenAuthorizationCode]), [1, 1, 1]);
    // The account is there without another word.
    scene::exec(&world, &["-p", "dev"]);
}

#[test]
fn a_device_code_writes_the_files_of_the_aws_cli() {
    let world = stage::world();
    stage::run(&world, &["login", "-p", "legacy"], 0);
    let input = format!(
        r#"{{"region": "us-east-1", "scopes": null, "session_name": null, "startUrl": "{}", "tool": "botocore"}}"#,
        scene::START
    );
    let file = format!(".aws/sso/cache/{}.json", awsenv::text::digest::sha1(&input));
    let registration: serde_json::Value =
        serde_json::from_str(&scene::read(&world, &file)).expect("it is JSON");
    let keys: Vec<_> = registration.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["clientId", "clientSecret", "expiresAt"], "nothing was asked for");
    let token = stage::token(&world, LEGACY_TOKEN);
    assert_eq!(token["region"], "us-east-1");
    assert_eq!(token.get("refreshToken"), None, "without a scope there is none");
    assert_eq!(stage::counts(&world, [StartDeviceAuthorization, Authorize]), [1, 0]);
    assert!(world.emulator().count(CreateTokenDeviceCode) >= 2, "the first poll comes too early");
}

#[test]
fn a_registration_serves_the_way_it_was_made_for() {
    let world = stage::world();
    let device = [&LOGIN[..], &["--device-code"]].concat();
    let again = |args: &[&str], registrations: usize| {
        fs::remove_file(world.at(TOKEN_FILE)).ok();
        stage::run(&world, args, 0);
        assert_eq!(world.emulator().count(RegisterClient), registrations, "{args:?}");
    };
    again(&LOGIN, 1);
    again(&LOGIN, 1);
    again(&device, 2);
    again(&device, 2);
    again(&LOGIN, 3);
    let file = registration_file("null");
    let expires = |left: TimeDelta| {
        let content = scene::read(&world, &file);
        let value: serde_json::Value = serde_json::from_str(&content).expect("it is JSON");
        let old = value["expiresAt"].as_str().expect("it is text");
        world.write(&file, content.replace(old, &scene::time_in(left)));
    };
    expires(TimeDelta::seconds(930));
    again(&LOGIN, 3);
    expires(TimeDelta::seconds(890));
    again(&LOGIN, 4);
    world.write(&file, "{torn");
    again(&LOGIN, 5);
}

#[test]
fn a_registration_that_the_server_has_forgotten_is_replaced_once() {
    let world = stage::world();
    let device = [&LOGIN[..], &["--device-code"]].concat();
    stage::run(&world, &device, 0);
    fs::remove_file(world.at(TOKEN_FILE)).expect("it was written");
    world.emulator().with(awsenv_emulator::State::forget_clients);
    world.emulator().reset_log();
    stage::run(&world, &device, 0);
    assert_eq!(stage::counts(&world, [RegisterClient, StartDeviceAuthorization]), [1, 2]);

    fs::remove_file(world.at(TOKEN_FILE)).expect("it was written");
    world.emulator().reset_log();
    world.emulator().with(|state| {
        state.faults.add(Fault::error(StartDeviceAuthorization, 401, "InvalidClientException"));
    });
    let screen = stage::run(&world, &device, 1);
    assert!(screen.contains("does not know this client"), "{screen}");
    assert_eq!(stage::counts(&world, [RegisterClient, StartDeviceAuthorization]), [1, 2]);
}

#[test]
fn scopes_are_asked_for_as_configured() {
    let world = stage::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&config.replace(
        "sso_region = eu-central-1",
        "sso_region = eu-central-1\nsso_registration_scopes = sso:account:access, codewhisperer:completions",
    ));
    stage::run(&world, &LOGIN, 0);
    let file = registration_file(r#"["sso:account:access", "codewhisperer:completions"]"#);
    assert!(
        scene::read(&world, &file)
            .contains(r#""scopes": ["sso:account:access", "codewhisperer:completions"]"#)
    );
    let page = &world.browser().runs()[0][0];
    assert!(page.contains("&scopes=sso%3Aaccount%3Aaccess%20codewhisperer%3Acompletions&"), "{page}");
}

#[test]
fn a_due_token_and_an_expired_one_are_refreshed_without_a_person() {
    let world = stage::world();
    world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
    stage::run(&world, &LOGIN, 0);
    world.emulator().reset_log();
    let mut last = stage::token(&world, SESSION_TOKEN);
    for left in [890, -1, -3600] {
        stage::age(&world, TimeDelta::seconds(left));
        world.command(LOGIN).stderr("awsenv: the login to my-sso is renewed, 59m left\n").run();
        let token = stage::token(&world, SESSION_TOKEN);
        for name in ["accessToken", "refreshToken", "expiresAt"] {
            assert!(token[name].is_string() && token[name] != serde_json::Value::Null, "{name}");
        }
        assert_ne!(token["accessToken"], last["accessToken"]);
        assert_ne!(token["refreshToken"], last["refreshToken"], "the new one is kept: the old one is dead");
        assert_eq!(token["clientId"], last["clientId"]);
        last = token;
    }
    stage::age(&world, TimeDelta::seconds(930));
    world.command(LOGIN).stderr("awsenv: the login to my-sso is alive, 15m left\n").run();
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 3);
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (3, 1));
}

#[test]
fn a_refresh_that_brings_no_refresh_token_drops_the_old_one() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Absent);
    stage::age(&world, TimeDelta::seconds(-1));
    world.command(LOGIN).unchecked().code(0).run();
    assert_eq!(stage::token(&world, SESSION_TOKEN).get("refreshToken"), None);
    stage::age(&world, TimeDelta::seconds(-1));
    world.emulator().reset_log();
    world.command(["exec", "-p", "dev", "--", "true"]).unchecked().code(125).run();
    assert_eq!(world.emulator().requests(), 0, "there is nothing to ask with");
}

#[test]
fn a_legacy_token_is_never_refreshed() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    stage::age(&world, TimeDelta::seconds(-1));
    // With everything that a refresh would need.
    let content = scene::read(&world, TOKEN_FILE).replace("eu-central-1", "us-east-1");
    world.write(format!(".aws/sso/cache/{LEGACY_TOKEN}.json"), content);
    world.command(["exec", "-p", "legacy", "--", "true"]).unchecked().code(125).run();
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 0);
}

#[test]
fn a_failed_refresh_leaves_a_live_token_in_use() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    stage::age(&world, TimeDelta::seconds(600));
    let fault = Fault::error(CreateTokenRefreshToken, 400, "InvalidGrantException");
    world.emulator().with(|state| state.faults.add(fault));
    let before = scene::read(&world, TOKEN_FILE);
    scene::exec(&world, &["-p", "dev"]);
    assert_eq!(scene::read(&world, TOKEN_FILE), before);
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1);
}

#[test]
fn what_another_program_refreshed_meanwhile_is_taken() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    let fresh = scene::read(&world, TOKEN_FILE);
    stage::age(&world, TimeDelta::seconds(-1));
    world.emulator().reset_log();
    world.emulator().with(|state| {
        let slow = Fault::error(CreateTokenRefreshToken, 400, "InvalidGrantException");
        state.faults.add(slow.delay(std::time::Duration::from_secs(1)));
    });
    std::thread::scope(|scope| {
        let run = scope.spawn(|| world.command(LOGIN).unchecked().code(0).run());
        stage::wait_for(&world, CreateTokenRefreshToken, 1);
        // As the AWS CLI, which takes no lock.
        world.write(TOKEN_FILE, &fresh);
        run.join().expect("it uses the other token");
    });
    assert_eq!(scene::read(&world, TOKEN_FILE), fresh);
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (1, 1));
}

#[test]
fn twenty_that_need_a_refresh_make_one() {
    let world = stage::world();
    world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
    stage::run(&world, &LOGIN, 0);
    stage::age(&world, TimeDelta::seconds(-1));
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..20).map(|_| scope.spawn(|| world.command(LOGIN).unchecked().code(0).run())).collect();
        runs.into_iter().for_each(|run| drop(run.join().expect("each succeeds")));
    });
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1);
}

#[test]
fn a_login_that_ended_at_the_server_leads_to_a_person() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    stage::age(&world, TimeDelta::seconds(-1));
    world.emulator().with(|state| state.sessions.revoke());
    stage::run(&world, &LOGIN, 0);
    assert_eq!(stage::counts(&world, [CreateTokenRefreshToken, Authorize]), [1, 2]);
}

#[test]
fn a_forced_login_is_a_new_session_at_the_server() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    let first = stage::token(&world, SESSION_TOKEN);
    stage::run(&world, &[&LOGIN[..], &["--force"]].concat(), 0);
    let second = stage::token(&world, SESSION_TOKEN);
    assert_ne!(first["accessToken"], second["accessToken"]);
    assert_eq!(stage::counts(&world, [Logout, Authorize]), [1, 2]);
    // The old session's refresh token is dead, which it would not be if the session went on.
    world.write(TOKEN_FILE, first.to_string());
    stage::age(&world, TimeDelta::seconds(-1));
    let exec = || world.command(["exec", "-p", "dev", "--", "true"]).unchecked().run().code;
    fs::remove_file(world.at(scene::entry(DEV_ENTRY))).ok();
    assert_eq!(exec(), 125);
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1);
    assert_eq!(exec(), 125);
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1, "nobody asks with it again");
}

#[test]
fn a_forced_login_gives_new_keys_too() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    let before = scene::exec(&world, &["-p", "dev"]);
    stage::run(&world, &[&LOGIN[..], &["--force"]].concat(), 0);
    assert_ne!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], before["AWS_ACCESS_KEY_ID"]);
}

#[test]
fn a_command_without_a_terminal_tells_what_to_run() {
    let world = stage::world();
    let exec = format!(
        "awsenv: error: could not load profile `dev`: you are not logged in to my-sso ({})\n\
         awsenv: hint: run `awsenv login --profile dev`\n",
        scene::START
    );
    world.command(["exec", "-p", "dev", "--", "true"]).code(125).stderr(&exec).run();
    scene::sign_in(&world).write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    world.command(LOGIN).unchecked().code(0).run();
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (0, 0));
}

#[test]
fn the_port_can_be_chosen_and_a_taken_one_is_named() {
    let world = stage::world();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let args = [&LOGIN[..], &["--port", &port]].concat();
    let screen = stage::run(&world, &args, 1);
    let told = format!("could not listen on port {port} of 127.0.0.1: it is taken by another program");
    assert!(screen.contains(&told), "{screen}");
    assert_eq!(stage::pages(&world), 0);
    drop(taken);
    stage::run(&world, &args, 0);
    let page = &world.browser().runs()[0][0];
    assert!(
        page.contains(&format!("redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2Foauth%2Fcallback&")),
        "{page}"
    );
}

#[test]
fn the_browser_is_whatever_the_variable_says() {
    let world = stage::world();
    let browser = world.env()[std::ffi::OsStr::new("BROWSER")].to_str().expect("it is text").to_owned();
    let pages = [
        browser.clone(),
        format!("/no/such/browser:{browser}"),
        format!("{browser} %s"),
        format!("env \"{browser}\""),
    ];
    for (number, variable) in pages.iter().enumerate() {
        fs::remove_file(world.at(TOKEN_FILE)).ok();
        Sitting::with(&world, &LOGIN, &[("BROWSER", variable)]).finish(&world, 0);
        assert_eq!(stage::pages(&world), number + 1, "{variable}");
    }
}

#[test]
fn without_a_browser_the_page_is_printed() {
    let world = stage::world();
    let open = |mut sitting: Sitting| {
        sitting.wait_for("&code_challenge=");
        sitting.wait_for("waiting for you");
        let text = sitting.bytes();
        let start = text.find("http://127.0.0.1").expect("the page is printed");
        let url = text[start..].split_whitespace().next().expect("it has an end");
        assert_eq!(stage::pages(&world), 0);
        crate::harness::invocation::Invocation::new(&world, &world.bin().join("visit"), [url]).run();
        let screen = sitting.finish(&world, 0);
        fs::remove_file(world.at(TOKEN_FILE)).expect("it is there");
        screen
    };
    open(Sitting::start(&world, &[&LOGIN[..], &["--no-browser"]].concat()));
    let screen = open(Sitting::with(&world, &LOGIN, &[("BROWSER", "/no/such/browser")]));
    assert!(
        screen.contains("\nawsenv: no browser could be started here: open the page above yourself, or use `--device-code`\n"),
        "{screen}"
    );
    assert_eq!(world.emulator().count(DevicePage), 0);
}

#[test]
fn one_session_has_its_own_way_port_and_browser() {
    let mut world = stage::world();
    let browser = world.program(
        "my-browser",
        "#!/bin/bash\nprintf '%s\\n' \"$@\" >>\"$HOME/opened\"\nexec \"$REAL_BROWSER\" \"$2\"\n",
    );
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let settings = format!(
        "flow = device\nflow.my-sso = pkce\nport.my-sso = {port}\nbrowser = no-such-program\nbrowser.my-sso = {} mine\n",
        browser.display()
    );
    world.write(".config/awsenv/config", settings);
    let real = world.env()[std::ffi::OsStr::new("BROWSER")].clone();
    world.set("REAL_BROWSER", real);
    stage::run(&world, &LOGIN, 0);
    let opened = scene::read(&world, "opened");
    let (name, address) = opened.split_once('\n').expect("two lines");
    assert_eq!(name, "mine");
    assert!(address.contains(&format!("redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2F")), "{address}");
    assert_eq!(world.emulator().count(CreateTokenAuthorizationCode), 1);
}
