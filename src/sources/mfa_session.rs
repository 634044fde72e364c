//! The session that a code of an IAM user's MFA device opens, with long-lived keys from any source.
//!
//! A profile of such keys with `mfa_serial` gets a session, for `duration_seconds`, in place of the keys. The
//! AWS CLI hands out the plain keys (2.36); so does this if another profile names this one as its source,
//! since then that profile's `mfa_serial` counts.

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Store};
use crate::login::mfa_device::MfaDevice;
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::Service;
use crate::text::python_int;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

/// A session that a code opens.
struct MfaSession<'a> {
    resolution: Resolution,
    keys: Box<dyn ConfiguredSource + 'a>,
    device: MfaDevice,
    duration: Option<i32>,
    endpoint: Endpoint,
    profile: String,
}

/// Returns the session over `keys` if the profile asks for one and they can open it, else the keys
/// themselves.
pub(super) fn over<'a>(
    query: &Resolver<'a>,
    keys: Box<dyn ConfiguredSource + 'a>,
) -> Result<Box<dyn ConfiguredSource + 'a>> {
    let serial = query.profile.text("mfa_serial")?.filter(|serial| !serial.is_empty());
    let Some(serial) = serial.filter(|_| !query.is_source()) else { return Ok(keys) };
    let Some(device) = keys.long_lived_key().map(|id| MfaDevice::of_user(id, serial)) else {
        return Ok(keys);
    };
    let endpoint = query.endpoint(Service::Sts)?;
    Ok(Box::new(MfaSession {
        resolution: Resolution { store: Store::OwnCache(device.key.clone()), ..keys.resolution().clone() },
        keys,
        device,
        duration: duration(query.profile.text("duration_seconds")?),
        endpoint,
        profile: query.profile.name.to_owned(),
    }))
}

/// Reads `duration_seconds` as for a role: a text that is no number is ignored.
fn duration(text: Option<&str>) -> Option<i32> {
    python_int::parse(text?)?.try_into().ok()
}

impl ConfiguredSource for MfaSession<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, _: &CleanContext) -> Result<Fetched> {
        Err(self.device.needed(&self.profile).into())
    }

    fn device(&self) -> Option<&MfaDevice> {
        Some(&self.device)
    }

    fn fetch_with_code(&self, ctx: &CleanContext, code: &Secret) -> Result<Fetched> {
        let keys = self.keys.fetch(ctx)?;
        let session = self.device.open(ctx, &self.endpoint, keys.credentials(), self.duration, code)?;
        Ok(Fetched::Keys(session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_duration_of_a_session_is_read_as_a_role_s() {
        for (text, seconds) in [("1800", 1800), (" +1800", 1800), ("1_800", 1800), ("0900", 900)] {
            assert_eq!(duration(Some(text)), Some(seconds), "{text}");
        }
        for text in ["", "1800.0", "an hour", "1e3", "99999999999"] {
            assert_eq!(duration(Some(text)), None, "{text}");
        }
        assert_eq!(duration(None), None);
    }
}
