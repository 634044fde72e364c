//! What a profile resolves to as far as the files tell, as data that can be shown and kept.

use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::cache::sso_token::{self, Token};
use crate::cache::{console_login, key, role};
use crate::login;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::ProfileKind;
use crate::shared_config::sso_session::SsoSession;
use crate::system::context::Context;
use crate::text::sanitize;
use crate::values::credentials::Credentials;
use crate::values::validity::Validity;
use chrono::TimeDelta;

/// What a profile resolves to, as far as the files tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// How the credentials are obtained.
    pub kind: ProfileKind,
    /// The 12-digit account, if the profile says it.
    pub account: Option<String>,
    /// The SSO role name, or the last part of the role's ARN.
    pub role: Option<String>,
    /// The login to Identity Center that the credentials need, at the end of the `source_profile` chain.
    pub login: Option<SsoLogin>,
    /// Where the credentials are kept.
    pub store: Store,
}

impl Resolution {
    /// Returns the resolution of keys that the files tell no account, role or login of.
    pub fn of_keys(kind: ProfileKind, store: Store) -> Self {
        Self { kind, account: None, role: None, login: None, store }
    }
}

/// A login to IAM Identity Center.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoLogin {
    /// The `sso-session`; `None` for a legacy profile.
    pub session: Option<String>,
    /// The start URL as configured.
    pub start_url: String,
    /// The region of Identity Center.
    pub region: String,
    /// The name of the token in `~/.aws/sso/cache`.
    pub token: String,
}

impl SsoLogin {
    /// Returns the session as the files describe it now.
    pub fn session(&self, config: &SharedConfig) -> Result<SsoSession> {
        match &self.session {
            Some(name) => SsoSession::named(name, config),
            None => Ok(self.described()),
        }
    }

    /// Returns the session as it was described when the profile was resolved, but for its scopes.
    pub fn described(&self) -> SsoSession {
        SsoSession {
            name: self.session.clone(),
            start_url: self.start_url.clone(),
            region: self.region.clone(),
            registration_scopes: None,
        }
    }

    /// Returns its token in the cache, alive or expired.
    pub fn kept(&self, ctx: &Context) -> Option<Token> {
        sso_token::read_for(ctx, &self.token, &self.start_url, &self.region)
    }

    /// Returns whether its token can be used now, without a refresh.
    pub fn state(&self, ctx: &Context) -> Validity {
        Validity::new(self.kept(ctx).map(|token| token.is_alive(ctx.now())))
    }

    /// Returns the login as messages show it: `session acme (https://acme.awsapps.com/start)`, or the start
    /// URL of a legacy profile.
    pub fn shown(&self) -> String {
        let url = sanitize::shown(&self.start_url);
        match &self.session {
            Some(name) => format!("session {} ({url})", sanitize::shown(name)),
            None => url,
        }
    }

    /// Returns the session's name, or the start URL of a legacy profile.
    pub fn name(&self) -> &str {
        self.session.as_deref().unwrap_or(&self.start_url)
    }
}

/// Where credentials are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Store {
    /// In one of the user's files, as they stand: byte ranges of the values.
    File {
        /// The file.
        path: PathBuf,
        /// Where `aws_access_key_id` is.
        access_key_id: Range<usize>,
        /// Where `aws_secret_access_key` is.
        secret_access_key: Range<usize>,
        /// Where the session token is, if there is one.
        session_token: Option<Range<usize>>,
        /// When the keys end, in seconds since 1970, if the file says so.
        expires: Option<i64>,
    },
    /// In `~/.aws/cli/cache`, under this name.
    RoleCache(String),
    /// In awsenv's own cache under this name, if they expire: the keys of a `credential_process`, which the
    /// AWS CLI fetches each time, and the session of an MFA device.
    OwnCache(String),
    /// In the cache of `aws login`, under the name of this `login_session`.
    Login(String),
    /// Nowhere: they must be fetched each time.
    Nowhere,
}

impl Store {
    /// Returns the file of the cache entry, if it is one.
    pub fn path(&self, ctx: &Context) -> Option<PathBuf> {
        match self {
            Self::RoleCache(key) => role::path(ctx, key).ok(),
            Self::OwnCache(key) => role::own_path(ctx, key).ok(),
            Self::Login(session) => console_login::path(ctx, session).ok(),
            Self::File { .. } | Self::Nowhere => None,
        }
    }

    /// Returns the credentials in the cache entry, expired or not; `None` if it is no cache, or has none.
    pub fn kept(&self, ctx: &Context) -> Option<Credentials> {
        match self {
            Self::RoleCache(key) => role::read(ctx, key),
            Self::OwnCache(key) => role::read_own(ctx, key),
            Self::Login(session) => Some(console_login::read(ctx, session)?.credentials),
            Self::File { .. } | Self::Nowhere => None,
        }
    }

    /// Returns whether the credentials of the cache entry can be used.
    pub fn state(&self, ctx: &Context) -> Validity {
        Validity::new(self.kept(ctx).map(|keys| keys.lasts(ctx.now(), TimeDelta::seconds(1))))
    }

    /// Returns the name of the lock that is held while the credentials are fetched, if they are cached.
    pub fn lock_name(&self) -> Option<String> {
        match self {
            Self::RoleCache(key) | Self::OwnCache(key) => Some(lock_name(key)),
            Self::Login(session) => Some(login::token_lock(&key::login_session(session))),
            Self::File { .. } | Self::Nowhere => None,
        }
    }
}

/// Returns the name of the lock of a cache entry.
pub fn lock_name(key: &str) -> String {
    format!("role-{key}")
}
