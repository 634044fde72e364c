//! A role that is assumed with a web identity token from elsewhere, such as a cluster's or a build's.
//!
//! ```ini
//! [profile deploy]
//! role_arn = arn:aws:iam::111122223333:role/Deploy
//! web_identity_token_file = /var/run/secrets/token
//! ```
//!
//! `role_session_name` is sent as it is written; `duration_seconds` and the like are not (AWS CLI 2.36). The
//! whole content of the file is sent. `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and
//! `AWS_ROLE_SESSION_NAME` are ignored: a profile is always named here, as with `--profile` of the AWS CLI.
//!
//! The role's credentials are in the AWS CLI's cache, under the name that the same role has without web
//! identity. As another profile's source they are not cached.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::aws::sts;
use crate::cache::key;
use crate::failure::Failure;
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::Service;
use crate::shared_config::profile::{ProfileKind, required_arn};
use crate::system::files;
use crate::text::sanitize;
use crate::values::arn;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

/// In bytes. STS takes tokens of at most 20,000 characters.
const LARGEST: u64 = 64 * 1024;

/// A role by web identity.
pub struct WebIdentity;

impl Source for WebIdentity {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let profile = query.profile;
        let file = profile.require("web_identity_token_file")?;
        let place =
            profile.get("web_identity_token_file").map(|property| property.place()).unwrap_or_default();
        let role_arn = required_arn(&profile)?;
        let session_name = profile.text("role_session_name")?.filter(|name| !name.is_empty());
        let role = key::RoleKey { role_arn, role_session_name: session_name, ..key::RoleKey::default() };
        let resolution = Resolution {
            kind: ProfileKind::WebIdentity,
            account: arn::account(role_arn),
            role: role_arn.rsplit('/').next().map(str::to_owned),
            login: None,
            store: Store::RoleCache(key::assumed_role(&role)?),
        };
        let endpoint = query.endpoint(Service::Sts)?;
        let here = query.ctx.cwd.clone().unwrap_or_default();
        let file = here.join(file);
        Ok(Box::new(WebIdentityRole {
            resolution,
            arn: role_arn,
            session_name,
            file,
            endpoint,
            profile: profile.name,
            place,
        }))
    }
}

struct WebIdentityRole<'a> {
    resolution: Resolution,
    arn: &'a str,
    session_name: Option<&'a str>,
    file: PathBuf,
    endpoint: Endpoint,
    profile: &'a str,
    /// `path:line` of `web_identity_token_file`.
    place: String,
}

impl ConfiguredSource for WebIdentityRole<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let token = self.token()?;
        let default_name = format!("botocore-session-{}", ctx.now().timestamp());
        let name = self.session_name.unwrap_or(&default_name);
        let client = sts::unsigned_client(ctx, self.endpoint.clone());
        let role = sts::assume_role_with_web_identity(&client, self.arn, name, &token)
            .with_context(|| self.of_profile())?;
        Ok(Fetched::Role(Box::new(role)))
    }
}

impl WebIdentityRole<'_> {
    fn of_profile(&self) -> String {
        format!("could not load profile `{}`", sanitize::shown(self.profile))
    }

    fn token(&self) -> Result<Secret> {
        let unreadable = |why: &str| {
            let (name, file, place) =
                (sanitize::shown(self.profile), sanitize::path(&self.file), &self.place);
            Failure::new(format!(
                "could not use the profile `{name}`: {file}, its `web_identity_token_file` ({place}), {why}"
            ))
            .hint("name a file that holds a token; `~` and `$` mean nothing there")
        };
        let content = files::read(&self.file, LARGEST)
            .map_err(|error| unreadable(&format!("cannot be read: {}", files::reason(&error))))?;
        if content.len() as u64 > LARGEST {
            return Err(unreadable("is larger than 64 KiB").into());
        }
        let token = String::from_utf8(content).map_err(|_| unreadable("is not text"))?;
        if token.trim().is_empty() {
            return Err(unreadable("is empty").into());
        }
        Ok(Secret::new(token))
    }
}
