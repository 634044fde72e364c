//! `awsenv keys get NAME`: the keys for tools, as a `credential_process` prints them.

use anyhow::Result;
use serde_json::json;

use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::keyring;
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// Prints the keys. A failure is one line on standard error, since tools show no more. Nobody is asked for
/// anything.
pub fn run(ctx: &Context, name: &str) -> Exit {
    let print = |answer: Secret| output::print(answer.reveal().as_bytes());
    match answer(ctx, name).and_then(print) {
        Ok(()) => Exit::Success,
        Err(error) => {
            let hint = Failure::hint_of(&error).map_or(String::new(), |hint| format!(" ({hint})"));
            message::failure(ctx, &format!("{error:#}{hint}"));
            Exit::Failure
        }
    }
}

fn answer(ctx: &Context, name: &str) -> Result<Secret> {
    let keys = keyring::read(ctx, name)?.ok_or_else(|| keyring::missing(name))?.keys;
    let answer = SecretJson(json!({
        "Version": 1,
        "AccessKeyId": keys.access_key_id,
        "SecretAccessKey": keys.secret_access_key.reveal(),
    }));
    Ok(Secret::new(format!("{}\n", *answer)))
}
