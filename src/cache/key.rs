//! The names of cache files. Those of the AWS CLI are digests of exact texts, so that awsenv and `aws` find
//! each other's files.
//!
//! Names are without their `.json`. The texts were observed from AWS CLI 2.36: tokens hash
//! the name as configured, Identity Center's role credentials hash compact JSON, client registrations and
//! assumed roles hash JSON with Python's default separators. Keys are sorted. Paths, regions (but for
//! registrations) and source profiles are in none of them.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::text::digest;
use crate::text::hex;
use crate::text::python_json::{self, JsonStyle};

/// Which login a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKey<'a> {
    /// The name of an `[sso-session]`.
    Session(&'a str),
    /// The start URL of a legacy profile, exactly as configured: a slash at its end counts.
    StartUrl(&'a str),
}

/// What tells one assumed role's credentials from another's: the parameters that the profile gives
/// explicitly.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoleKey<'a> {
    /// `duration_seconds`, if it is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `external_id`; set but empty counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<&'a str>,
    /// `role_arn`.
    pub role_arn: &'a str,
    /// `role_session_name`, never a generated one. Empty counts as unset.
    #[serde(skip_serializing_if = "none_or_empty")]
    pub role_session_name: Option<&'a str>,
    /// `mfa_serial`; set but empty counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<&'a str>,
}

// serde hands over a reference to the field.
#[expect(clippy::ref_option_ref)]
fn none_or_empty(value: &Option<&str>) -> bool {
    value.is_none_or(str::is_empty)
}

/// Returns the name of a token in `~/.aws/sso/cache`.
pub fn token(login: LoginKey<'_>) -> String {
    let (LoginKey::Session(text) | LoginKey::StartUrl(text)) = login;
    digest::sha1(text)
}

/// Returns the name of a client registration in `~/.aws/sso/cache`. `session` is `None` for a legacy profile;
/// `scopes` are `None` if `sso_registration_scopes` is not there, and empty if it is set to nothing.
pub(crate) fn registration(
    start_url: &str,
    region: &str,
    session: Option<&str>,
    scopes: Option<&[String]>,
) -> Result<String> {
    #[derive(Serialize)]
    struct RegistrationKey<'a> {
        region: &'a str,
        scopes: Option<&'a [String]>,
        session_name: Option<&'a str>,
        #[serde(rename = "startUrl")]
        start_url: &'a str,
        tool: &'static str,
    }
    let tool = "botocore";
    let name = RegistrationKey { region, scopes, session_name: session, start_url, tool };
    Ok(digest::sha1(&python_json::text(JsonStyle::Spaced, &name)?))
}

/// Returns the name of an Identity Center role's credentials in `~/.aws/cli/cache`. The account keeps its
/// leading zeros.
pub(crate) fn sso_role(login: LoginKey<'_>, account: &str, role: &str) -> Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SsoRoleKey<'a> {
        account_id: &'a str,
        role_name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        session_name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        start_url: Option<&'a str>,
    }
    let (session_name, start_url) = match login {
        LoginKey::Session(name) => (Some(name), None),
        LoginKey::StartUrl(url) => (None, Some(url)),
    };
    let name = SsoRoleKey { account_id: account, role_name: role, session_name, start_url };
    Ok(digest::sha1(&python_json::text(JsonStyle::Compact, &name)?))
}

/// Returns the name of an assumed role's credentials in `~/.aws/cli/cache`, with web identity or without.
pub(crate) fn assumed_role(role: &RoleKey<'_>) -> Result<String> {
    Ok(digest::sha1(&python_json::text(JsonStyle::Spaced, role)?))
}

/// Returns the name of a file of `aws login` in `~/.aws/login/cache`, from the ARN in `login_session`.
pub(crate) fn login_session(arn: &str) -> String {
    hex::of(&Sha256::digest(arn))
}

/// Returns the name of the session of an IAM user's MFA device, in awsenv's own cache: the AWS CLI keeps
/// none.
pub(crate) fn mfa_session(access_key_id: &str, serial_number: &str) -> String {
    digest::sha1(&format!("{access_key_id} {serial_number}"))
}

/// Returns the name of the keys from a profile's `credential_process`, in awsenv's own cache: the AWS CLI
/// keeps none. The command is part of it, so that a changed command never gets the old one's keys.
pub(crate) fn process(config: &Path, profile: &str, command: &str) -> String {
    let config = config.as_os_str().as_encoded_bytes();
    sha1_of(&[config, profile.as_bytes(), command.as_bytes()])
}

/// Each part is preceded by its length, so that no two lists have the same bytes.
fn sha1_of(parts: &[&[u8]]) -> String {
    let mut digest = Sha1::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::of(&digest.finalize())
}

/// Returns the names of the files in the folder of `entry` that are named as cache entries are, by the 40
/// digits of a digest, in order.
pub(crate) fn siblings(entry: &Path) -> Vec<String> {
    let is_digest = |name: &String| name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let files = entry.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let names = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".json")?.to_owned()));
    let mut names: Vec<_> = names.filter(is_digest).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    //! Every digest here is the name of a file that AWS CLI 2.36.7 wrote.

    use super::*;

    const START: &str = "https://d-1234567890.awsapps.com/start";

    #[test]
    fn tokens_are_named_after_the_raw_text() {
        let cases = [
            (LoginKey::StartUrl(START), "7487b5b67d5fa1132cf33fa93ae51ef38cc37752"),
            (
                LoginKey::StartUrl("https://d-1234567890.awsapps.com/start/"),
                "ae4321de83751a696d13fbefb87d776773c41e1c",
            ),
            (
                LoginKey::StartUrl("https://d-1234567890.awsapps.com/start#"),
                "7158d12dd6cc6cae0937b06a2c5fef7177265b27",
            ),
            (
                LoginKey::StartUrl("https://D-1234567890.awsapps.com/start"),
                "abf74a9a5a0e9c7dfa9d913e3e3b6e8c485cf1d1",
            ),
            (LoginKey::Session("my-sso"), "0ad374308c5a4e22f723adf10145eafad7c4031c"),
            (LoginKey::Session("café"), "f424452a9673918c6f09b0cdd35b20be8e6ae7d7"),
        ];
        for (login, expected) in cases {
            assert_eq!(token(login), expected, "{login:?}");
        }
    }

    #[test]
    fn registrations_tell_no_scopes_from_empty_scopes() {
        let scopes = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        let cases = [
            (None, None, "365414a68be7c9bfc776c660981dbdbd942acea4"),
            (Some("my-sso"), None, "8b2cedd020fb181ad4cf906d1d27b232fd31557e"),
            (Some("my-sso"), scopes(&[]), "8d72c27ea00d5059f816f34d824c9f6ce5e667e9"),
            (Some("my-sso"), scopes(&["sso:account:access"]), "a8343d65418848d0bc13a5f25cbb32508ceec5d1"),
            (
                Some("my-sso"),
                scopes(&["sso:account:access", "codewhisperer:completions"]),
                "9e94e01ea9138dcff6b4c1caa09d3787e04b2b08",
            ),
        ];
        for (session, scopes, expected) in cases {
            let key = registration(START, "us-east-1", session, scopes.as_deref()).unwrap();
            assert_eq!(key, expected, "{session:?} {scopes:?}");
        }
    }

    #[test]
    fn identity_center_roles_are_named_after_compact_json() {
        let session = |name, account, role| sso_role(LoginKey::Session(name), account, role).unwrap();
        let cases = [
            (
                sso_role(LoginKey::StartUrl(START), "111122223333", "ReadOnly").unwrap(),
                "417c90ed1b57b636208f01348e75fbf5c9a91a50",
            ),
            (session("my-sso", "111122223333", "Admin"), "360f093cdc0bddf23eecc38b9cb6222fca5a195a"),
            (session("café", "000111222333", "R"), "79ea388847bebd4d6198e06cefab720d089d1d6a"),
            (session("emoji😀", "000111222333", "R"), "f734457f224d92470b9cbbd55bbbb23e2f19b4f1"),
            (session("del\u{7f}", "000111222333", "R"), "0ce88f05f6e4b6c29f62edd76ee52740ce969185"),
            (session("x/y", "000111222333", "R"), "b7864d0a3fb38fe64397ea771f7fcebdee1e5340"),
        ];
        for (row, (actual, expected)) in cases.iter().enumerate() {
            assert_eq!(actual, expected, "row {row}");
        }
    }

    #[test]
    fn assumed_roles_are_named_after_what_the_profile_gives() {
        let dev = RoleKey { role_arn: "arn:aws:iam::123456789012:role/Dev", ..RoleKey::default() };
        let all = RoleKey {
            role_arn: "arn:aws:iam::123456789012:role/path/Dev",
            role_session_name: Some("alice"),
            external_id: Some("ext/1"),
            duration_seconds: Some(1800),
            serial_number: None,
        };
        let web = RoleKey { role_arn: "arn:aws:iam::123456789012:role/Web", ..RoleKey::default() };
        let cases = [
            (dev, "2bb38c5db97ed7ea85d819b0a043df7bd7b4363a"),
            (all, "b45c667b3985acf657b326378414cbe32cbab26d"),
            (
                RoleKey { serial_number: Some("arn:aws:iam::123456789012:mfa/alice"), ..dev },
                "bddce06f05976fa6453697386d5a5e375ed1bc1b",
            ),
            (RoleKey { external_id: Some("éxt"), ..all }, "a083058048a1469c3f26c294441698b25ae80eed"),
            (web, "18af613c9bef419c04d3b122efca26134232a879"),
            (RoleKey { role_session_name: Some("bob"), ..web }, "2d726d3b1a24d9d0d7cfa32fff186000d99875da"),
        ];
        for (role, expected) in cases {
            assert_eq!(assumed_role(&role).unwrap(), expected, "{role:?}");
        }
    }

    #[test]
    fn an_empty_session_name_is_none_and_an_empty_external_id_is_not() {
        let role = RoleKey { role_arn: "arn:aws:iam::123456789012:role/Dev", ..RoleKey::default() };
        let key = |role| assumed_role(&role).unwrap();
        assert_eq!(key(RoleKey { role_session_name: Some(""), ..role }), key(role));
        assert_ne!(key(RoleKey { external_id: Some(""), ..role }), key(role));
    }

    #[test]
    fn another_command_profile_or_file_is_another_process() {
        let key = |file: &str, profile, command| process(Path::new(file), profile, command);
        let keys = [key("/c", "a", "b"), key("/c", "ab", ""), key("/c", "", "ab"), key("/ca", "", "b")];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
        assert_eq!(key("/c", "a", "b"), keys[0]);
    }

    #[test]
    fn aws_login_uses_sha256() {
        let arn = "arn:aws:iam::111122223333:user/Alice";
        assert_eq!(login_session(arn), "a5ed68ef865fa5c277327645d998eb3e125aa67e91d766c8fe392e068153172c");
    }
}
