//! How the last login that a person was asked for ended, on disk, one marker per login.
//!
//! A login that is cancelled below a prompt leaves no output that a shell could remember, so the marker is
//! written before it begins and removed when it succeeds. Every shell honours a decline until the user asks
//! for a login, or there is a new token: an SSO token, the session of an MFA device, or the file of a login
//! of `aws login`.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cache::{console_login, role, sso_token};
use crate::system::context::Context;
use crate::system::{file_stamp, files, json_file};

/// What the marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// No login was begun, or the last one ended well.
    None,
    /// One was begun. If nobody holds the session's lock, its process died.
    Pending {
        /// How often a login was taken over from a process that died.
        takeovers: u64,
    },
    /// The person declined it, or logged out.
    Declined,
}

/// Returns what the marker of the login `key` says. A marker that cannot be read counts as none.
pub fn read(ctx: &Context, key: &str) -> Marker {
    let Some(entry) = path(ctx, key).ok().and_then(|path| json_file::read(ctx, &path)) else {
        return Marker::None;
    };
    match entry.get("state").and_then(Value::as_str) {
        Some("pending") => {
            Marker::Pending { takeovers: entry.get("takeovers").and_then(Value::as_u64).unwrap_or(0) }
        }
        Some("declined") if !has_new_token(ctx, key, &entry) => Marker::Declined,
        _ => Marker::None,
    }
}

/// Notes that a login begins. A login that is pending already was left by a process that died, which is
/// counted.
pub fn begin(ctx: &Context, key: &str) -> Result<()> {
    let takeovers = match read(ctx, key) {
        Marker::Pending { takeovers } => takeovers + 1,
        Marker::None | Marker::Declined => 0,
    };
    write(ctx, key, &json!({ "state": "pending", "takeovers": takeovers }))
}

/// Notes that the person declined. It counts until there is another token than now, whichever program got it.
pub fn decline(ctx: &Context, key: &str) {
    let _ = write(ctx, key, &json!({ "state": "declined", "token": token_mark(ctx, key) }));
}

/// [`decline`], because of a logout.
pub fn log_out(ctx: &Context, key: &str) {
    let _ = write(ctx, key, &json!({ "state": "declined", "token": token_mark(ctx, key), "logout": true }));
}

/// Returns whether the person logged out, and has not logged in since.
pub fn is_logged_out(ctx: &Context, key: &str) -> bool {
    let entry = path(ctx, key).ok().and_then(|path| json_file::read(ctx, &path));
    entry.is_some_and(|entry| {
        entry.get("logout").and_then(Value::as_bool) == Some(true) && !has_new_token(ctx, key, &entry)
    })
}

fn has_new_token(ctx: &Context, key: &str, entry: &Value) -> bool {
    token_mark(ctx, key).is_some_and(|now| entry.get("token").and_then(Value::as_str) != Some(&*now))
}

/// Returns the file stamp of the login's token. No two logins share a key, so at most one of the files
/// exists.
fn token_mark(ctx: &Context, key: &str) -> Option<String> {
    let files = [sso_token::path(ctx, key), role::own_path(ctx, key), console_login::path_of_key(ctx, key)];
    files.into_iter().flatten().find_map(|file| file_stamp::mark(&file)).map(|mark| mark.encode())
}

/// Removes the marker: the login succeeded or failed, or the user asks for a new one.
pub fn end(ctx: &Context, key: &str) {
    if let Ok(path) = path(ctx, key) {
        let _ = std::fs::remove_file(path);
    }
}

/// Returns the marker's file.
pub fn path(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("logins").join(format!("{key}.json")))
}

fn write(ctx: &Context, key: &str, entry: &Value) -> Result<()> {
    files::replace(&path(ctx, key)?, entry.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_login_that_is_begun_again_counts_its_takeovers() {
        let (_home, ctx) = Context::in_temporary_home();
        assert_eq!(read(&ctx, "a"), Marker::None);
        for takeovers in 0..3 {
            begin(&ctx, "a").unwrap();
            assert_eq!(read(&ctx, "a"), Marker::Pending { takeovers });
        }
        decline(&ctx, "a");
        begin(&ctx, "a").unwrap();
        assert_eq!(read(&ctx, "a"), Marker::Pending { takeovers: 0 });
        end(&ctx, "a");
        assert_eq!(read(&ctx, "a"), Marker::None);
    }

    #[test]
    fn a_decline_lasts_until_there_is_another_token() {
        let (_home, ctx) = Context::in_temporary_home();
        let token = sso_token::path(&ctx, "a").unwrap();
        decline(&ctx, "a");
        assert_eq!(read(&ctx, "a"), Marker::Declined);
        fs::create_dir_all(token.parent().unwrap()).unwrap();
        fs::write(&token, "one").unwrap();
        assert_eq!(read(&ctx, "a"), Marker::None);
        decline(&ctx, "a");
        assert_eq!(read(&ctx, "a"), Marker::Declined);
        // A token that is dropped is no new one.
        fs::remove_file(&token).unwrap();
        assert_eq!(read(&ctx, "a"), Marker::Declined);
        fs::write(&token, "another").unwrap();
        assert_eq!(read(&ctx, "a"), Marker::None);
    }

    #[test]
    fn a_logout_is_a_decline_that_can_be_told_from_others() {
        let (_home, ctx) = Context::in_temporary_home();
        decline(&ctx, "a");
        assert!(!is_logged_out(&ctx, "a"));
        log_out(&ctx, "a");
        assert_eq!((read(&ctx, "a"), is_logged_out(&ctx, "a")), (Marker::Declined, true));
        decline(&ctx, "a");
        assert!(!is_logged_out(&ctx, "a"));
    }

    #[test]
    fn a_marker_that_cannot_be_read_is_none() {
        let (_home, ctx) = Context::in_temporary_home();
        begin(&ctx, "a").unwrap();
        for content in ["", "{", "[]", r#"{"state": "pend"}"#] {
            fs::write(path(&ctx, "a").unwrap(), content).unwrap();
            assert_eq!(read(&ctx, "a"), Marker::None, "{content}");
        }
    }
}
