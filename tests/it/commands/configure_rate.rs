//! `configure sso --all` and `accounts` for a large organisation: as fast as the rate allows, and not faster.

use std::time::{Duration, Instant};

use awsenv_emulator::{Effect, Fault, Operation, Organization};

use crate::harness::configure_world::{SESSION, config, flags, logged_in};

#[test]
fn nine_hundred_roles_take_hardly_longer_than_the_rate_allows() {
    let world = logged_in();
    world.emulator().with(|state| {
        state.organization = Organization::empty();
        state.organization.add_many(300, &["Admin", "Dev", "ReadOnly"]);
        let latency = Duration::from_millis(20);
        state.faults.add(Fault::new(Operation::ListAccounts, Effect::Delay).delay(latency));
        state.faults.add(Fault::new(Operation::ListAccountRoles, Effect::Delay).delay(latency));
    });
    let start = Instant::now();
    world.command(flags(&["--all"])).unchecked().run();
    let took = start.elapsed();
    let written = config(&world);
    assert_eq!(written.matches("[profile ").count(), 900);
    let calls = world.emulator().requests();
    assert_eq!(calls, 303, "three pages of accounts, one of roles for each");
    let least = Duration::from_millis(50) * 302;
    assert!(took >= least, "{took:?}: more than 20 calls a second");
    assert!(took.as_secs_f64() <= 1.3 * 303.0 / 20.0, "{took:?} for what the rate allows in {least:?}");
    world.command(flags(&["--all"])).unchecked().run();
    assert_eq!(config(&world), written);
}

#[test]
fn accounts_are_listed_at_the_rate_of_the_service_and_nobody_hears_of_a_refusal() {
    let world = logged_in();
    world.aws_config(SESSION);
    let list = |accounts: u32, limit: u32| {
        world.emulator().with(|state| {
            state.organization = Organization::empty();
            state.organization.add_many(accounts, &["Dev"]);
            state.faults.clear();
            state.faults.add(Fault::new(Operation::ListAccountRoles, Effect::Limit(limit)));
        });
        world.emulator().reset_log();
        let start = Instant::now();
        let run = world.command(["accounts", "--json"]).run();
        let took = start.elapsed().as_secs_f64();
        assert_eq!(run.json().as_array().map(Vec::len), usize::try_from(accounts).ok());
        (took, world.emulator().requests())
    };
    let (took, requests) = list(80, 20);
    assert_eq!(requests, 81, "none was refused");
    assert!(took <= 1.3 * 81.0 / 20.0, "{took} s");
    // The same person asks elsewhere at the same time, so that half of the rate is left.
    let (_, requests) = list(40, 10);
    assert!(requests > 41, "some were refused");
}
