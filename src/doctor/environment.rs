//! Variables that override a profile, or give tools another identity than one expects.

use std::ffi::OsStr;

use super::{Examined, Level, Trouble};
use crate::text::{sanitize, timestamp};
use crate::values::url;

/// Variables that are wrong whenever they are set, and why.
const UNWANTED: [(&str, Level, &str); 4] = [
    ("AWS_DEFAULT_PROFILE", Level::Warning, "boto3 prefers it to AWS_PROFILE, and the AWS CLI does not"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Level::Warning, "its role beats the keys of the profile in AWS_PROFILE"),
    ("AWS_SECURITY_TOKEN", Level::Error, "the AWS CLI and boto3 send it in place of AWS_SESSION_TOKEN"),
    ("AWS_ACCOUNT_ID", Level::Warning, "with keys in the environment it picks that account's endpoints"),
];

/// Looks at the variables that the AWS CLI and the SDKs read.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let mut found = profile(examined);
    found.extend(keys(examined));
    let unwanted = UNWANTED.iter().filter(|(name, ..)| examined.ctx.env.has(name));
    found.extend(unwanted.map(|(name, level, why)| Trouble {
        level: *level,
        finding: format!("{name} is set: {why}"),
        cure: Some(unset(name)),
    }));
    found.extend(region(examined));
    found.extend(endpoint(examined));
    found
}

fn unset(name: &str) -> String {
    format!("run `unset {name}`, and remove it from your shell's start-up files")
}

fn profile(examined: &Examined<'_>) -> Vec<Trouble> {
    let env = &examined.ctx.env;
    let mut found = Vec::new();
    if env.get("AWS_PROFILE").is_some_and(OsStr::is_empty) {
        found.push(Trouble::error(
            "AWS_PROFILE is set to nothing: the AWS CLI looks for a profile without a name, and fails",
            unset("AWS_PROFILE"),
        ));
    }
    let config = examined.config.as_ref();
    if let (Some(name), Some(config)) = (env.text("AWS_PROFILE"), config)
        && let Err(error) = config.find(name)
    {
        let Trouble { level, finding, cure } = Trouble::of(&error);
        found.push(Trouble { level, finding: format!("AWS_PROFILE names no profile: {finding}"), cure });
    }
    found
}

fn keys(examined: &Examined<'_>) -> Vec<Trouble> {
    let env = &examined.ctx.env;
    let mut found = Vec::new();
    let (id, secret) = (env.has("AWS_ACCESS_KEY_ID"), env.has("AWS_SECRET_ACCESS_KEY"));
    if id != secret {
        let (there, missing) = if id {
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        } else {
            ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")
        };
        found.push(Trouble::error(
            format!("{there} is set without {missing}: the AWS CLI refuses to go on"),
            unset(there),
        ));
    }
    if id && secret && env.has("AWS_PROFILE") {
        found.push(Trouble::warning(
            "AWS_ACCESS_KEY_ID is set beside AWS_PROFILE: the AWS CLI and most SDKs use the keys, not the profile",
            "run `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`",
        ));
    }
    let expiration = env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse);
    if let Some(expiration) = expiration.filter(|expiration| id && *expiration <= examined.ctx.now()) {
        found.push(Trouble::error(
            format!("the keys in the environment expired at {}", timestamp::utc(expiration)),
            "run `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION`",
        ));
    }
    found
}

fn region(examined: &Examined<'_>) -> Vec<Trouble> {
    let env = &examined.ctx.env;
    let mut found = Vec::new();
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if env.get(name).is_some_and(OsStr::is_empty) {
            found.push(Trouble::error(
                format!("{name} is set to nothing, which hides the region of the profile"),
                unset(name),
            ));
        }
    }
    if let (Some(new), Some(old)) = (env.text("AWS_REGION"), env.text("AWS_DEFAULT_REGION"))
        && new != old
    {
        found.push(Trouble::warning(
            format!(
                "AWS_REGION is `{}` and AWS_DEFAULT_REGION `{}`: the AWS CLI uses the first, boto3 the second",
                sanitize::shown(new),
                sanitize::shown(old)
            ),
            "set both to the same region, or neither",
        ));
    }
    found
}

fn endpoint(examined: &Examined<'_>) -> Vec<Trouble> {
    let is_endpoint = |name: &str| name == "AWS_ENDPOINT_URL" || name.starts_with("AWS_ENDPOINT_URL_");
    let set = examined.ctx.env.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
    set.filter(|(name, value)| is_endpoint(name) && !value.is_empty())
        .map(|(name, value)| {
            let name = sanitize::shown(name);
            // An emulator on this machine is meant, and no key leaves the machine.
            if is_here(value) {
                return Trouble::none(format!("{name} sends those calls to this machine"));
            }
            Trouble::warning(
                format!("{name} is set: those calls, and what signs them, go there instead of AWS"),
                format!("run `unset {name}` if that is not meant"),
            )
        })
        .collect()
}

/// Returns whether a URL leads to this machine.
fn is_here(url: &str) -> bool {
    url.contains("://") && url::is_loopback(url)
}
