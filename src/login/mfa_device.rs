//! MFA devices of IAM users, and the sessions that their codes open.
//!
//! A code can be used for one call. With long-lived keys that call is GetSessionToken: its session is kept in
//! awsenv's own cache until it expires, and used in place of the keys wherever the same device is needed, so
//! that one code serves every role. The AWS CLI (2.36) keeps no such session: it asks for a code for each
//! role, and hands out the plain keys of a user without a role.

use anyhow::Result;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::aws::sts::{self, Mfa};
use crate::cache::{key, role};
use crate::failure::{Failure, FailureKind};
use crate::login::command::command;
use crate::system::context::Context;
use crate::text::sanitize;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;
use crate::values::validity::Validity;

/// The device whose code credentials need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaDevice {
    /// The serial number of a hardware device, the ARN of any other.
    pub serial: String,
    /// The name of its session in awsenv's cache, and of the login's lock and marker.
    pub key: String,
    /// Whether a code opens a session; else it is for one role.
    pub opens_session: bool,
}

impl MfaDevice {
    /// Returns the device of the user with this long-lived key. All profiles with the same key and device
    /// share its session.
    pub fn of_user(access_key_id: &str, serial: &str) -> Self {
        Self { serial: serial.to_owned(), key: key::mfa_session(access_key_id, serial), opens_session: true }
    }

    /// Returns the device that one role needs, with keys that cannot open a session. `role` is the role's
    /// cache key.
    pub fn of_role(role: &str, serial: &str) -> Self {
        Self { serial: serial.to_owned(), key: key::mfa_session(role, serial), opens_session: false }
    }

    /// Returns its session, if there is one that has not expired.
    pub fn session(&self, ctx: &Context) -> Option<Credentials> {
        role::read_own(ctx, &self.key).filter(|session| session.lasts(ctx.now(), TimeDelta::seconds(1)))
    }

    /// Returns whether its session can be used.
    pub fn state(&self, ctx: &Context) -> Validity {
        let session = role::read_own(ctx, &self.key);
        Validity::new(session.map(|session| session.lasts(ctx.now(), TimeDelta::seconds(1))))
    }

    /// Opens a session with a code and the user's long-lived keys. `duration_seconds`: see
    /// [`sts::get_session_token`]. A wrong code is an error of kind [`FailureKind::WrongCode`].
    pub fn open(
        &self,
        ctx: &Context,
        endpoint: &Endpoint,
        keys: &Credentials,
        duration_seconds: Option<i32>,
        code: &Secret,
    ) -> Result<Credentials> {
        let client = sts::client(ctx, endpoint.clone())?;
        let mfa = Mfa { serial_number: &self.serial, token_code: code };
        sts::get_session_token(&client, keys, duration_seconds, Some(mfa))
    }

    /// Returns the error that a person must give a code first.
    pub fn needed(&self, profile: &str) -> Failure {
        Failure::new(format!(
            "could not load profile `{}`: it needs a code of the MFA device {}",
            sanitize::shown(profile),
            sanitize::shown(&self.serial)
        ))
        .hint(format!("run `{}`", command(None, Some(profile))))
        .kind(FailureKind::LoginNeeded)
    }
}

/// Reads a code as a person types it, with blanks anywhere; `None` if it is not six digits.
pub fn code(typed: &str) -> Option<Secret> {
    let code: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    (code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())).then(|| Secret::new(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_with_blanks_anywhere() {
        for typed in ["123456", " 123 456\r", "000000"] {
            assert!(code(typed).is_some(), "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"] {
            assert_eq!(code(typed), None, "{typed}");
        }
        assert_eq!(code("12 34 56").unwrap().reveal(), "123456");
    }

    #[test]
    fn users_and_roles_with_the_same_device_have_their_own_keys() {
        let key = |device: MfaDevice| device.key;
        assert_ne!(key(MfaDevice::of_user("AKIAONE", "s")), key(MfaDevice::of_user("AKIATWO", "s")));
        assert_ne!(key(MfaDevice::of_user("AKIAONE", "s")), key(MfaDevice::of_user("AKIAONE", "t")));
        assert_ne!(key(MfaDevice::of_user("AKIAONE", "s")), key(MfaDevice::of_role("2bb3", "s")));
    }
}
