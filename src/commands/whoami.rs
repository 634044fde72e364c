//! `awsenv whoami`: whose the credentials are, as AWS says.

use anyhow::Result;
use serde_json::json;

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::load::for_command::CommandProfile;
use crate::login::LoginOptions;
use crate::sources::caller_identity;
use crate::system::context::Context;
use crate::terminal::output;
use crate::text::sanitize;
use crate::values::target_name::TargetName;

/// Asks AWS (GetCallerIdentity) with the credentials of the profile, or of this folder's.
pub fn run(
    ctx: &Context,
    name: Option<&TargetName>,
    region: Option<&str>,
    mfa_code: Option<&str>,
    as_json: bool,
) -> Result<Exit> {
    let mut chosen = CommandProfile::new(ctx, name, region)?.with_code(mfa_code)?;
    // Whatever the folder exports, it is the keys that are asked about.
    chosen.target.mode = crate::exports::mode::Export::Both;
    let CommandProfile { ctx, settings, target } = &chosen;
    let keys = target.obtain(ctx, role::WINDOW, LoginOptions::of(settings).as_ref())?;
    target.check_demands(ctx, keys.as_ref(), true)?;
    let name = target.profile();
    let keys = keys.ok_or_else(|| {
        Failure::new(format!("could not get credentials of {}", target.resolved_profile.shown()))
    })?;
    let region = target.region.as_ref().map(|region| region.name.as_str());
    let identity = caller_identity::of(ctx, name, &keys, region)?;
    let words = if as_json {
        format!(
            "{:#}\n",
            json!({ "profile": name, "account": identity.account, "arn": identity.arn, "user_id": identity.user_id })
        )
    } else {
        let rows = [
            ("profile", name),
            ("account", &identity.account),
            ("arn", &identity.arn),
            ("user id", &identity.user_id),
        ];
        rows.map(|(label, value)| format!("{label:<9}{}\n", sanitize::shown(value))).concat()
    };
    output::print(words.as_bytes())?;
    Ok(Exit::Success)
}
