//! `awsenv credential-process -p PROFILE`: for tools that never see a shell.
//!
//! ```ini
//! [profile acme-dev-for-tools]
//! credential_process = awsenv credential-process --profile acme-dev
//! ```
//!
//! Standard output is the JSON that the AWS SDKs expect of a `credential_process`, and nothing else.

use anyhow::Result;

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::load::for_command::CommandProfile;
use crate::load::plan::KeyLocation;
use crate::login::LoginOptions;
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::values::credentials::Credentials;
use crate::values::target_name::TargetName;

/// Prints the credentials, valid for at least 15 minutes if such can be had: with less, the AWS CLI asks
/// twice. A failure is one line on standard error, since tools show no more.
pub fn run(ctx: &Context, name: Option<&TargetName>, mfa_code: Option<&str>) -> Exit {
    let print = |keys: Credentials| output::print(keys.process_json().reveal().as_bytes());
    match keys(ctx, name, mfa_code).and_then(print) {
        Ok(()) => Exit::Success,
        Err(error) => {
            message::failure(ctx, &Failure::in_one_line(&error));
            Exit::Failure
        }
    }
}

fn keys(ctx: &Context, name: Option<&TargetName>, mfa_code: Option<&str>) -> Result<Credentials> {
    let Some(name) = name else { return Err(Failure::new("no profile is named").into()) };
    let chosen = CommandProfile::for_keys(ctx, name)?.with_code(mfa_code)?;
    let CommandProfile { ctx, settings, target } = &chosen;
    let how = target.login_key(ctx).and_then(|key| LoginOptions::for_tool(ctx, settings, key));
    let mut keys = match target.obtain_keys(ctx, role::WINDOW, how.as_ref()) {
        // Less than 15 minutes are better than nothing.
        Err(error) => match target.keys(ctx)? {
            KeyLocation::Ready(keys) => keys,
            _ => return Err(error),
        },
        Ok(keys) => keys,
    };
    keys.account = keys.account.or_else(|| target.account(ctx));
    Ok(keys)
}
