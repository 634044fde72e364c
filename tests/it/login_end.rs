//! `awsenv logout`: what it revokes and clears, and what it leaves alone.

use awsenv_emulator::Operation::{GetRoleCredentials, Logout};
use chrono::TimeDelta;

use crate::login_stage::{self as stage, TOKEN_FILE};
use crate::scene::{self, DEV_ENTRY, LEGACY_ENTRY, LEGACY_TOKEN, ROLE_ENTRY, SESSION_TOKEN};
use crate::world::World;

/// Makes a world with two logins, roles of both, and files that are nobody's.
fn world() -> World {
    let world = stage::world();
    for key in [SESSION_TOKEN, LEGACY_TOKEN] {
        scene::sign_in(&world).write(&world, key, TimeDelta::hours(1));
    }
    for entry in [DEV_ENTRY, LEGACY_ENTRY, ROLE_ENTRY] {
        scene::plant_role(&world, entry, TimeDelta::hours(1));
    }
    world.write(".aws/sso/cache/registration.json", r#"{"clientId": "x", "clientSecret": "y"}"#);
    world
        .write(".aws/sso/cache/foreign.json", r#"{"accessToken": "x", "expiresAt": "2099-01-01T00:00:00Z"}"#);
    world.write(".aws/cli/cache/session.db", "SQLite");
    world.write(".aws/cli/cache/foreign.json", r#"{"ProviderType": "sso", "Credentials": {}}"#);
    world
}

fn names(keys: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = keys.iter().map(|key| format!("{key}.json")).collect();
    names.sort();
    names
}

fn left(world: &World) -> (Vec<String>, Vec<String>) {
    let mut roles = stage::files(world, ".aws/cli/cache");
    roles.retain(|name| name != "session.db");
    (stage::files(world, ".aws/sso/cache"), roles)
}

#[test]
fn one_session_is_revoked_and_cleared_and_nothing_else() {
    let world = world();
    let token = stage::token(&world, SESSION_TOKEN);
    world.command(["logout", "--sso-session", "my-sso"]).stderr("awsenv: logged out of my-sso\n").run();
    let (tokens, roles) = left(&world);
    assert_eq!(tokens, names(&["foreign", "registration", LEGACY_TOKEN]));
    assert_eq!(roles, names(&["foreign", LEGACY_ENTRY, ROLE_ENTRY]));
    assert_eq!(world.emulator().count(Logout), 1);
    // The token is dead at the server, not only here.
    world.write(TOKEN_FILE, token.to_string());
    world.command(["exec", "-p", "dev", "--", "true"]).unchecked().code(125).run();
    let refused = world.emulator().with(|state| {
        state
            .log
            .entries()
            .iter()
            .any(|entry| entry.operation == GetRoleCredentials && entry.status == Some(401))
    });
    assert!(refused);
    let again = "awsenv: there was no login to my-sso\n";
    world.command(["logout", "--sso-session", "my-sso"]).stderr(again).run();
    assert_eq!(world.emulator().count(Logout), 1);
}

#[test]
fn all_sessions_are_those_of_the_config_file() {
    let world = world();
    let told = format!("awsenv: logged out of my-sso\nawsenv: logged out of {}\n", scene::START);
    world.command(["logout", "--all"]).stderr(told).run();
    let (tokens, roles) = left(&world);
    assert_eq!(tokens, names(&["foreign", "registration"]));
    assert_eq!(roles, names(&["foreign", ROLE_ENTRY]));
    assert_eq!(world.emulator().count(Logout), 2);
}

#[test]
fn without_a_network_the_login_is_forgotten_here() {
    let mut world = world();
    world.set("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1");
    let told = "awsenv: warning: could not log out at IAM Identity Center: `127.0.0.1:1` refused the connection; \
                the login is forgotten here, and lapses there by itself\n\
                awsenv: logged out of my-sso\n";
    world.command(["logout", "-p", "dev"]).stderr(told).run();
    assert_eq!(left(&world).0, names(&["foreign", "registration", LEGACY_TOKEN]));
}

#[test]
fn a_login_that_is_over_is_forgotten_without_asking() {
    let world = world();
    stage::age(&world, TimeDelta::seconds(-1));
    world.command(["logout", "-p", "dev"]).stderr("awsenv: logged out of my-sso\n").run();
    assert_eq!((world.emulator().requests(), world.at(TOKEN_FILE).exists()), (0, false));
}
