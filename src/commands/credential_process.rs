//! `awsenv credential-process -p PROFILE`: for tools that never see a shell.
//!
//! ```ini
//! [profile acme-dev-for-tools]
//! credential_process = awsenv credential-process --profile acme-dev
//! ```
//!
//! Standard output is the JSON that the AWS SDKs expect of a `credential_process`, and nothing else.

use anyhow::Result;
use serde_json::{Map, json};

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::load::for_command::CommandProfile;
use crate::load::plan::KeyLocation;
use crate::login::LoginOptions;
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::text::timestamp;
use crate::values::secret::Secret;
use crate::values::target_name::TargetName;

/// Prints the credentials, with 15 minutes left at least if such can be had: with less, the AWS CLI asks
/// twice. A failure is one line on standard error, since tools show no more.
pub fn run(ctx: &Context, name: Option<&TargetName>, mfa_code: Option<&str>) -> Exit {
    let print = |answer: String| output::print(format!("{answer}\n").as_bytes());
    match answer(ctx, name, mfa_code).and_then(print) {
        Ok(()) => Exit::Success,
        Err(error) => {
            let hint = Failure::hint_of(&error).map_or(String::new(), |hint| format!(" ({hint})"));
            message::failure(ctx, &format!("{error:#}{hint}"));
            Exit::Failure
        }
    }
}

fn answer(ctx: &Context, name: Option<&TargetName>, mfa_code: Option<&str>) -> Result<String> {
    let Some(name) = name else { return Err(Failure::new("no profile is named").into()) };
    let chosen = CommandProfile::for_keys(ctx, name)?.with_code(mfa_code)?;
    let CommandProfile { ctx, settings, target } = &chosen;
    let how = target.login_key(ctx).and_then(|key| LoginOptions::for_tool(ctx, settings, key));
    let keys = match target.obtain_keys(ctx, role::WINDOW, how.as_ref()) {
        // Less than 15 minutes are better than nothing.
        Err(error) => match target.keys(ctx)? {
            KeyLocation::Ready(keys) => keys,
            _ => return Err(error),
        },
        Ok(keys) => keys,
    };
    let mut answer = Map::new();
    answer.insert("Version".into(), json!(1));
    answer.insert("AccessKeyId".into(), json!(keys.access_key_id));
    answer.insert("SecretAccessKey".into(), json!(keys.secret_access_key.reveal()));
    for (name, value) in [
        ("SessionToken", keys.session_token.as_ref().map(Secret::reveal).map(str::to_owned)),
        ("Expiration", keys.expiration.map(timestamp::utc)),
        ("AccountId", keys.account.clone().or_else(|| target.account(ctx))),
    ] {
        if let Some(value) = value {
            answer.insert(name.into(), json!(value));
        }
    }
    Ok(serde_json::Value::from(answer).to_string())
}
