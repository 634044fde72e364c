//! How long what the emulator issues lasts.

use serde::{Deserialize, Serialize};

/// Lifetimes in seconds; each counts from the moment of issue, and what was issued keeps what it got.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifetimes {
    /// A client registration. Default 90 days, as AWS.
    pub registration: u32,
    /// A device authorization that waits for its person. Default 600, as AWS.
    pub device_code: u32,
    /// The pause between two polls for a device code, at least; 0 lets a client poll as it likes. Default 1.
    pub poll_interval: u32,
    /// An authorization code on its way from the browser to the token endpoint. Default 600.
    pub authorization_code: u32,
    /// An access token. Default 3600, as AWS.
    pub access_token: u32,
    /// A whole sign-in, at whose end refresh tokens die too. Default 8 hours, as AWS.
    pub session: u32,
    /// Role credentials from the portal. Default 3600.
    pub role_credentials: u32,
    /// An assumed role for which no `DurationSeconds` was asked. Default 3600, as AWS.
    pub assumed_role: u32,
    /// A `GetSessionToken` for which no `DurationSeconds` was asked. Default 12 hours, as AWS.
    pub session_token: u32,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            registration: 90 * 24 * 3600,
            device_code: 600,
            poll_interval: 1,
            authorization_code: 600,
            access_token: 3600,
            session: 8 * 3600,
            role_credentials: 3600,
            assumed_role: 3600,
            session_token: 12 * 3600,
        }
    }
}
