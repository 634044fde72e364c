//! The credentials of an EC2 instance's role, from its metadata service.
//!
//! The AWS CLI 2.36 uses this source for `credential_source = Ec2InstanceMetadata`, and as the last one for a
//! profile without credentials of any kind. The variables and keys that configure it are the same. Two things
//! differ: no proxy is used for a service on this machine, and the expiration is what the service says, never
//! a later one.

use std::time::Duration;

use anyhow::Result;

use super::no_credentials::no_credentials;
use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::aws::metadata_service;
use crate::failure::Failure;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::system::environment::Environment;
use crate::text::sanitize;

const IPV4: &str = "http://169.254.169.254";
const IPV6: &str = "http://[fd00:ec2::254]";

/// Returns whether the service may be asked: unless `AWS_EC2_METADATA_DISABLED` is `true`, in upper or lower
/// case.
pub fn is_enabled(env: &Environment) -> bool {
    !env.text("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The metadata service.
pub struct Instance;

impl Source for Instance {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let resolution = Resolution::of_keys(ProfileKind::Other, Store::Nowhere);
        let settings = settings(&query.ctx.env, &query.active)?;
        let asked_for = query.profile.get("credential_source").is_some();
        Ok(Box::new(InstanceRole { resolution, settings, profile: query.profile, asked_for }))
    }
}

struct InstanceRole<'a> {
    resolution: Resolution,
    settings: metadata_service::InstanceMetadata,
    profile: Profile<'a>,
    /// Whether the profile names this source, rather than having no other.
    asked_for: bool,
}

impl ConfiguredSource for InstanceRole<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let (profile, place) = (sanitize::shown(self.profile.name), self.profile.place());
        if !is_enabled(&ctx.env) {
            return Err(Failure::new(format!(
                "could not load profile `{profile}` ({place}): the metadata service is switched off"
            ))
            .hint("unset `AWS_EC2_METADATA_DISABLED`, or write `source_profile = NAME` in place of `credential_source`")
            .into());
        }
        let fetched = metadata_service::of_instance(ctx, &self.settings);
        let credentials = fetched.map_err(|error| {
            if self.asked_for || !metadata_service::is_silence(&error) {
                return error.context(format!("could not load profile `{profile}` ({place})"));
            }
            no_credentials(&self.profile, ", and this machine has no role").into()
        })?;
        Ok(Fetched::Keys(credentials))
    }
}

fn settings(env: &Environment, profile: &Profile<'_>) -> Result<metadata_service::InstanceMetadata> {
    // A variable that is set, even to nothing, hides the key.
    let value = |variable: &str, key: &str| -> Result<Option<String>> {
        match env.get(variable) {
            Some(value) => Ok(Some(value.to_string_lossy().into_owned())),
            None => Ok(profile.text(key)?.map(str::to_owned)),
        }
    };
    let set = |variable: &str, key: &str| -> Result<Option<String>> {
        Ok(value(variable, key)?.filter(|value| !value.is_empty()))
    };
    let number = |variable: &str, key: &str| -> Result<Option<u32>> {
        let Some(value) = set(variable, key)? else { return Ok(None) };
        let number = value.trim().parse().map_err(|_| {
            Failure::new(format!("invalid `{key}`: `{}`", sanitize::shown(&value)))
                .hint(format!("write a whole number in `{variable}` or `{key}`"))
        })?;
        Ok(Some(number))
    };
    let mode = set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")?;
    let url =
        match (set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")?, mode.as_deref()) {
            (Some(url), _) => url,
            (None, Some(mode)) if mode.eq_ignore_ascii_case("ipv6") => IPV6.to_owned(),
            (None, Some(mode)) if !mode.eq_ignore_ascii_case("ipv4") => {
                return Err(Failure::new(format!(
                    "invalid `ec2_metadata_service_endpoint_mode`: `{}`",
                    sanitize::shown(mode)
                ))
                .hint("write `ipv4` or `ipv6`")
                .into());
            }
            (None, _) => IPV4.to_owned(),
        };
    let v1 = value("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")?;
    let seconds = number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")?.unwrap_or(1);
    Ok(metadata_service::InstanceMetadata {
        url,
        limit: Duration::from_secs(seconds.clamp(1, 60).into()),
        attempts: number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")?
            .unwrap_or(1)
            .clamp(1, 10),
        allows_v1: !v1.is_some_and(|value| value.eq_ignore_ascii_case("true")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Presence, SharedConfig};

    fn read(keys: &str, variables: &[(&str, &str)]) -> Result<metadata_service::InstanceMetadata> {
        let document = Document::parse("/config", format!("[profile a]\n{keys}").into()).unwrap();
        let config = SharedConfig::new(document, Document::empty("/credentials", Presence::Missing));
        let env = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        settings(&env, &config.profile("a").unwrap())
    }

    #[test]
    fn it_is_asked_once_for_a_second_unless_something_else_is_said() {
        let usual = read("", &[]).unwrap();
        let expected = metadata_service::InstanceMetadata {
            url: IPV4.into(),
            limit: Duration::from_secs(1),
            attempts: 1,
            allows_v1: true,
        };
        assert_eq!(usual, expected);
        let keys = "ec2_metadata_service_endpoint_mode = IPv6\nmetadata_service_timeout = 5\n\
                    metadata_service_num_attempts = 3\nec2_metadata_v1_disabled = True\n";
        let all = read(keys, &[]).unwrap();
        let expected = metadata_service::InstanceMetadata {
            url: IPV6.into(),
            limit: Duration::from_secs(5),
            attempts: 3,
            allows_v1: false,
        };
        assert_eq!(all, expected);
        let hidden = [
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://x"),
            ("AWS_METADATA_SERVICE_TIMEOUT", ""),
            ("AWS_EC2_METADATA_V1_DISABLED", ""),
        ];
        let hidden = read(keys, &hidden).unwrap();
        assert_eq!((hidden.url.as_str(), hidden.limit.as_secs(), hidden.allows_v1), ("http://x", 1, true));
    }

    #[test]
    fn what_is_no_number_and_no_mode_is_an_error() {
        assert!(read("metadata_service_timeout = soon\n", &[]).is_err());
        assert!(read("ec2_metadata_service_endpoint_mode = ipx\n", &[]).is_err());
    }

    #[test]
    fn true_alone_switches_it_off() {
        let env = |value: &str| [("AWS_EC2_METADATA_DISABLED".into(), value.into())].into_iter().collect();
        assert!(!is_enabled(&env("TRUE")) && is_enabled(&env("1")) && is_enabled(&env("")));
    }
}
