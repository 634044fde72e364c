//! The keys of a person who logged in to the AWS console.
//!
//! ```ini
//! [profile console]
//! login_session = arn:aws:iam::111122223333:user/alice
//! region = eu-west-1
//! ```
//!
//! They last for minutes, and are in `~/.aws/login/cache`, where the AWS CLI and awsenv both renew them,
//! until the person must log in again.

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::login::console_session::ConsoleSession;
use crate::login::sign_in::SignIn;
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::Service;
use crate::shared_config::profile::ProfileKind;
use crate::values::arn;
use crate::values::endpoint::Endpoint;

/// A session of `aws login`.
pub struct LoginSession;

impl Source for LoginSession {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let arn = query.profile.require("login_session")?;
        let resolution = Resolution {
            kind: ProfileKind::Login,
            account: arn::account(arn),
            role: role(arn),
            login: None,
            store: Store::Login(arn.to_owned()),
        };
        let session = ConsoleSession::new(arn, query.profile.name);
        Ok(Box::new(LoginSessionKeys { resolution, session, endpoint: query.endpoint(Service::Signin)? }))
    }
}

/// Returns the role in the ARN of a role's session; a user has none.
fn role(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":assumed-role/")?;
    rest.split('/').next().map(str::to_owned)
}

struct LoginSessionKeys {
    resolution: Resolution,
    session: ConsoleSession,
    endpoint: Endpoint,
}

impl ConfiguredSource for LoginSessionKeys {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let login = SignIn { ctx, session: &self.session, endpoint: &self.endpoint };
        login.credentials().map(Fetched::Keys)
    }

    fn console_login(&self) -> Option<(&ConsoleSession, &Endpoint)> {
        Some((&self.session, &self.endpoint))
    }
}
