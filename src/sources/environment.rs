//! Keys in the environment that awsenv was started in, as the source of a role.
//!
//! ```ini
//! [profile deploy]
//! role_arn = arn:aws:iam::111122223333:role/Deploy
//! credential_source = Environment
//! ```
//!
//! `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and `AWS_SESSION_TOKEN`, which its older name
//! `AWS_SECURITY_TOKEN` overrides (botocore 1.43). Never the keys that awsenv exported itself: in a shell in
//! which a profile is loaded there are none.

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::failure::Failure;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::text::{sanitize, timestamp};
use crate::values::credentials::{Credentials, is_plain};
use crate::values::secret::Secret;

/// `credential_source = Environment`.
pub struct EnvironmentSource;

impl Source for EnvironmentSource {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        Ok(Box::new(EnvironmentKeys {
            resolution: Resolution::of_keys(ProfileKind::Other, Store::Nowhere),
            profile: query.profile.name,
            place: query.credential_source_place(),
        }))
    }
}

struct EnvironmentKeys<'a> {
    resolution: Resolution,
    profile: &'a str,
    place: String,
}

impl ConfiguredSource for EnvironmentKeys<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let required = |name: &str| {
            ctx.env.text(name).filter(|value| is_plain(value)).ok_or_else(|| {
                let profile = sanitize::shown(self.profile);
                Failure::new(format!(
                    "could not use the profile `{profile}`: its `credential_source` ({}) is the environment, which has no `{name}`",
                    self.place
                ))
                .hint("export both keys, or write `source_profile = NAME` in place of `credential_source`")
            })
        };
        let token = ctx.env.text("AWS_SECURITY_TOKEN").or_else(|| ctx.env.text("AWS_SESSION_TOKEN"));
        let token = token.filter(|token| is_plain(token));
        let credentials = Credentials {
            access_key_id: required("AWS_ACCESS_KEY_ID")?.to_owned(),
            secret_access_key: Secret::new(required("AWS_SECRET_ACCESS_KEY")?),
            session_token: token.map(Secret::new),
            expiration: ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse),
            account: None,
        };
        if credentials.expiration.is_some_and(|expiration| expiration <= ctx.now()) {
            return Err(Failure::new(format!(
                "could not use the profile `{}`: the keys in the environment, its `credential_source` ({}), have expired",
                sanitize::shown(self.profile),
                self.place
            ))
            .hint("export new ones")
            .into());
        }
        Ok(Fetched::Keys(credentials))
    }
}
