//! Values that cannot be right: accounts, durations, regions, FIPS.

use super::{Examined, Trouble};
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::{Property, SharedConfig, region};
use crate::system::context::Context;
use crate::text::{python_int, sanitize};
use crate::values::account_id;

/// The durations that STS accepts, in seconds: for a role, for a role assumed by a role, and for a user's
/// session.
const OF_ROLE: (i64, i64) = (900, 43_200);
const OF_CHAIN: (i64, i64) = (900, 3_600);
const OF_USER: (i64, i64) = (900, 129_600);

/// Looks at every profile.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    let look = |profile: Profile<'_>| {
        let region = region::of_profile(&profile).err().map(|error| Trouble::of(&error));
        [region, account(&profile), duration(config, &profile), fips(examined.ctx, config, &profile)]
    };
    Some(config.profiles().flat_map(look).flatten().collect())
}

fn account(profile: &Profile<'_>) -> Option<Trouble> {
    let (key, id) = match profile.kind() {
        ProfileKind::Sso => {
            let key = profile.get("sso_account_id")?;
            (key, key.plain().ok()?)
        }
        ProfileKind::Role | ProfileKind::WebIdentity => {
            let key = profile.get("role_arn")?;
            (key, key.plain().ok()?.split(':').nth(4)?)
        }
        _ => return None,
    };
    if id.is_empty() || account_id::is_valid(id) {
        return None;
    }
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    let cure = match digits.len() {
        12 => format!("write `{digits}`"),
        11 => format!("if a zero in front was lost, write `0{digits}`"),
        _ => "an account is 12 digits: copy it from the AWS console".to_owned(),
    };
    let finding = format!(
        "the account in `{}` ({}) of profile `{}` is not 12 digits",
        key.name(),
        key.place(),
        sanitize::shown(profile.name)
    );
    Some(Trouble::error(finding, cure))
}

fn duration(config: &SharedConfig, profile: &Profile<'_>) -> Option<Trouble> {
    let key = profile.get("duration_seconds")?;
    let trouble = |what: &str, cure: &str| {
        let (name, place) = (sanitize::shown(profile.name), key.place());
        Some(Trouble::warning(format!("`duration_seconds` ({place}) of profile `{name}` {what}"), cure))
    };
    let (least, most) = match profile.kind() {
        ProfileKind::Role if is_over_role(config, profile) => OF_CHAIN,
        ProfileKind::Role => OF_ROLE,
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys if profile.get("mfa_serial").is_some() => {
            OF_USER
        }
        ProfileKind::Sso => {
            return trouble(
                "does not count: the permission set in IAM Identity Center says how long a session lasts",
                "delete the line, or ask your administrator for a longer session",
            );
        }
        _ => return trouble("does not count: this kind of profile has no duration", "delete the line"),
    };
    match python_int::parse(key.text()) {
        None => trouble("is no whole number, so it does not count", "write the seconds, such as `3600`"),
        Some(seconds) if !(least..=most).contains(&seconds) => trouble(
            &format!("is not between {least} and {most}: AWS refuses it"),
            "correct it, or delete the line",
        ),
        Some(_) => None,
    }
}

/// Returns whether the role is assumed with the keys of another role, which limits it to an hour.
fn is_over_role(config: &SharedConfig, profile: &Profile<'_>) -> bool {
    let source = profile.get("source_profile").and_then(|source| config.profile(source.text()));
    let is_role = |kind| matches!(kind, ProfileKind::Role | ProfileKind::WebIdentity | ProfileKind::Sso);
    source.is_some_and(|source| is_role(source.kind_as_source()))
}

/// Finds FIPS switched on where there is no such host, so that every call fails.
fn fips(ctx: &Context, config: &SharedConfig, profile: &Profile<'_>) -> Option<Trouble> {
    let (service, region) = match profile.kind() {
        ProfileKind::Sso => {
            let session = profile.get("sso_session").and_then(|name| config.sso_session(name.text()));
            let of_session = |key: &str| session.and_then(|session| session.get(key));
            (Service::Sso, of_session("sso_region").or_else(|| profile.get("sso_region"))?)
        }
        ProfileKind::Role | ProfileKind::WebIdentity => (Service::Sts, profile.get("region")?),
        _ => return None,
    };
    let settings = EndpointSettings::new(ctx, service, Some(profile), config).ok()?;
    if !settings.fips || settings.url.is_some() || has_fips(service, region.text()) {
        return None;
    }
    Some(no_fips(profile, service, &region))
}

/// Returns whether the service has a FIPS endpoint: IAM Identity Center only in `us-gov-` regions, STS in all
/// regions of the United States (endpoint list of AWS CLI 2.36).
fn has_fips(service: Service, region: &str) -> bool {
    region.starts_with("us-gov-") || service == Service::Sts && region.starts_with("us-")
}

fn no_fips(profile: &Profile<'_>, service: Service, region: &Property<'_>) -> Trouble {
    let what = if service == Service::Sts { "STS" } else { "IAM Identity Center" };
    let key = profile.get("use_fips_endpoint").map(|key| format!(" ({})", key.place()));
    let (name, shown) = (sanitize::shown(profile.name), sanitize::shown(region.text()));
    Trouble::warning(
        format!(
            "FIPS is on{} for profile `{name}`, and {what} has no FIPS endpoint in `{shown}` ({})",
            key.unwrap_or_else(|| " (AWS_USE_FIPS_ENDPOINT)".to_owned()),
            region.place()
        ),
        "delete `use_fips_endpoint`, unset AWS_USE_FIPS_ENDPOINT, or use a region of GovCloud",
    )
}
