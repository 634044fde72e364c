//! `awsenv keys get NAME`: the keys for tools, as a `credential_process` prints them.

use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::keyring;
use crate::keyring::stored_keys::StoredKeys;
use crate::system::context::Context;
use crate::terminal::{message, output};

/// Prints the keys. A failure is one line on standard error, since tools show no more. Nobody is asked for
/// anything.
pub fn run(ctx: &Context, name: &str) -> Exit {
    let stored =
        keyring::read(ctx, name).and_then(|stored| Ok(stored.ok_or_else(|| keyring::missing(name))?));
    let print = |stored: StoredKeys| output::print(stored.keys.process_json().reveal().as_bytes());
    match stored.and_then(print) {
        Ok(()) => Exit::Success,
        Err(error) => {
            message::failure(ctx, &Failure::in_one_line(&error));
            Exit::Failure
        }
    }
}
