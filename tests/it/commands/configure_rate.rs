//! `configure sso --all` for a large organisation: as fast as the rate allows, and not faster.

use std::time::{Duration, Instant};

use awsenv_emulator::{Effect, Fault, Operation, Organization};

use crate::harness::configure_world::{config, flags, logged_in};

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
