//! `awsenv whoami`: the AWS identity behind the credentials.

use anyhow::Result;
use serde_json::json;

use crate::aws::sts::Identity;
use crate::cache::role;
use crate::commands::exit::Exit;
use crate::exports::mode::Export;
use crate::failure::Failure;
use crate::load::by_hand::ByHand;
use crate::load::for_command::CommandProfile;
use crate::login::LoginOptions;
use crate::shared_config;
use crate::sources::caller_identity;
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::text::sanitize;
use crate::values::target_name::TargetName;

/// Asks AWS (GetCallerIdentity) with the credentials of the profile, or of this folder's. If a person has
/// overridden what the folder loaded, it asks with what the shell holds now.
pub fn run(
    ctx: &Context,
    name: Option<&TargetName>,
    region: Option<&str>,
    mfa_code: Option<&str>,
    as_json: bool,
) -> Result<Exit> {
    let by_hand = if name.is_none() { ByHand::of(&ctx.env) } else { None };
    let mut named = name.cloned();
    if let Some((held, changed)) = by_hand {
        let changed = changed.join(" and ");
        match held {
            ByHand::Keys(keys) => {
                message::status(ctx, &format!("you changed {changed}, so these are the keys in this shell"));
                let region = region.or(ctx.env.text("AWS_REGION"));
                let profile = ctx.env.text("AWS_PROFILE").unwrap_or_default();
                let identity = caller_identity::of(ctx, &shared_config::load(ctx)?, profile, &keys, region)?;
                return print(&identity, None, as_json);
            }
            ByHand::Profile(profile) => {
                message::status(ctx, &format!("you changed {changed}, so this is the profile in this shell"));
                named = Some(TargetName::Profile(profile));
            }
            ByHand::Nothing => {
                let what = format!("there are no credentials in this shell: you changed {changed}");
                return Err(Failure::new(what)
                    .hint("run `awsenv reload`, or name a profile with `--profile`")
                    .into());
            }
        }
    }
    let mut chosen = CommandProfile::new(ctx, named.as_ref(), region)?.with_code(mfa_code)?;
    // Whatever the folder exports, it is the keys that are asked about.
    chosen.target.mode = Export::Both;
    let CommandProfile { ctx, settings, target } = &chosen;
    let keys = target.obtain_keys(ctx, role::WINDOW, LoginOptions::of(settings).as_ref())?;
    let name = target.profile();
    let identity = caller_identity::of(ctx, ctx.config()?, name, &keys, target.region_name())?;
    print(&identity, Some(name), as_json)
}

fn print(identity: &Identity, profile: Option<&str>, as_json: bool) -> Result<Exit> {
    let words = if as_json {
        format!(
            "{:#}\n",
            json!({ "profile": profile, "account": identity.account, "arn": identity.arn, "user_id": identity.user_id })
        )
    } else {
        let rows = [
            ("profile", profile),
            ("account", Some(identity.account.as_str())),
            ("arn", Some(&identity.arn)),
            ("user id", Some(&identity.user_id)),
        ];
        let rows = rows.into_iter().filter_map(|(label, value)| Some((label, value?)));
        rows.map(|(label, value)| format!("{label:<9}{}\n", sanitize::shown(value))).collect()
    };
    output::print(words.as_bytes())?;
    Ok(Exit::Success)
}
