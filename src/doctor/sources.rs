//! Profiles that do not say where their keys come from, or say it in a way that only another tool reads.

use super::{Examined, Trouble};
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::sources::no_credentials;
use crate::text::sanitize;

/// Looks at every profile.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    let look = |profile: Profile<'_>| [unfinished(&profile), included(&profile), guarded(config, &profile)];
    Some(config.profiles().flat_map(look).flatten().collect())
}

/// Finds a profile that was meant to have keys, and has none.
fn unfinished(profile: &Profile<'_>) -> Option<Trouble> {
    (profile.kind() == ProfileKind::Other && no_credentials::is_unfinished(profile))
        .then(|| Trouble::of(&no_credentials::no_credentials(profile, "").into()))
}

/// Finds keys that only aws-vault takes from another profile, in a profile that works without them.
fn included(profile: &Profile<'_>) -> Option<Trouble> {
    let included = profile.get("include_profile").filter(|_| profile.kind() != ProfileKind::Other)?;
    Some(Trouble::warning(
        format!(
            "`include_profile` ({}) in profile `{}` is read by aws-vault alone",
            included.place(),
            sanitize::shown(profile.name)
        ),
        "copy the lines that are meant into the profile",
    ))
}

/// Finds an MFA device of the source profile, which only aws-vault uses for the role too.
fn guarded(config: &SharedConfig, profile: &Profile<'_>) -> Option<Trouble> {
    let source = profile.get("source_profile").filter(|_| profile.kind() == ProfileKind::Role)?;
    let device = config.profile(source.text())?.get("mfa_serial")?;
    let name = sanitize::shown(profile.name);
    profile.get("mfa_serial").is_none().then(|| {
        Trouble::warning(
            format!(
                "`mfa_serial` ({}) does not count for the role of profile `{name}` ({})",
                device.place(),
                profile.place()
            ),
            format!("if the role asks for MFA, copy `mfa_serial` to the profile `{name}`"),
        )
    })
}
