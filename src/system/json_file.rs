//! Cache files in JSON that other programs write too: a file that cannot be read is a miss, not an error.

use std::fs;
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::system::context::Context;
use crate::system::files::{self, Replacement};
use crate::text::python_json::{self, JsonStyle};
use crate::text::timestamp;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// In bytes. Real entries, with long session tokens, stay under 10 KiB.
const LARGEST: u64 = 1024 * 1024;

/// Reads the JSON object in `path`. `None` if there is no such file, or if it is another user's, too large,
/// torn, followed by other text (two writers at once), or not an object.
pub fn read(ctx: &Context, path: &Path) -> Option<SecretJson> {
    read_as(ctx, path)
}

/// [`read`] for files that every prompt reads: keeps only the keys of `T`, which is faster. `None` if one is
/// missing.
pub fn read_as<T: DeserializeOwned>(ctx: &Context, path: &Path) -> Option<T> {
    read_up_to(LARGEST, ctx, path)
}

/// [`read_as`] for a file of at most `limit` bytes.
pub fn read_up_to<T: DeserializeOwned>(limit: u64, ctx: &Context, path: &Path) -> Option<T> {
    let (content, file) = files::read_regular(path, limit).ok()?;
    // It may hold keys.
    let content = Zeroizing::new(content);
    // serde reads a struct from a list as well.
    if !ctx.may_use(&file) || content.len() as u64 > limit || !content.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(&content).ok()
}

/// Writes `value` to `path` as [`files::replace`] does (0600), formatted as by Python's `json.dumps`.
pub fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = Zeroizing::new(python_json::text(JsonStyle::Spaced, value)?);
    files::replace(path, text.as_bytes())
}

/// [`write()`] to a file that was prepared to be replaced.
pub fn write_prepared(place: Replacement, value: &impl Serialize) -> Result<()> {
    let text = Zeroizing::new(python_json::text(JsonStyle::Spaced, value)?);
    place.finish(text.as_bytes())
}

/// Removes `path`; nothing to do if it is not there.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let path = crate::text::sanitize::path(path);
            Err(anyhow::Error::new(error).context(format!("could not remove {path}")))
        }
        _ => Ok(()),
    }
}

/// Returns the text under `key`: `None` if it is missing, not text, empty, or holds control characters, which
/// no key, token or name of AWS does and no request header or variable may.
pub fn text(entry: &Value, key: &str) -> Option<String> {
    let text = entry.get(key)?.as_str()?;
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// [`text`] for a secret.
pub fn secret(entry: &Value, key: &str) -> Option<Secret> {
    text(entry, key).map(Secret::new)
}

/// Returns the point in time under `key`, `None` if it is missing or cannot be read.
pub fn time(entry: &Value, key: &str) -> Option<DateTime<Utc>> {
    timestamp::parse(entry.get(key)?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_foreign_or_oversized_file_is_a_miss() {
        let (folder, ctx) = Context::in_temporary_home();
        let path = folder.path().join("entry.json");
        assert_eq!(read(&ctx, &path), None, "missing");
        assert_eq!(read(&ctx, folder.path()), None, "a folder");
        let oversized = format!("{{\"a\": \"{}\"}}", "x".repeat(1024 * 1024));
        let deep = "[".repeat(100_000);
        let cases =
            ["", "{", r#"{"a": 1"#, r#"{"a": 1}}"#, "[1]", "null", "SQLite format 3", &oversized, &deep];
        for content in cases {
            fs::write(&path, content).unwrap();
            assert_eq!(read(&ctx, &path), None, "{}", &content[..content.len().min(20)]);
        }
        fs::write(&path, b"{\"a\": \"\xff\"}").unwrap();
        assert_eq!(read(&ctx, &path), None, "not UTF-8");
        fs::write(&path, " {\"a\": 1}\n").unwrap();
        assert!(read(&ctx, &path).is_some());
    }

    #[test]
    fn text_that_could_break_a_header_or_a_variable_is_missing() {
        let entry = serde_json::json!({"ok": "x", "empty": "", "number": 1, "line": "a\nb", "nul": "a\0b"});
        for (key, expected) in
            [("ok", Some("x")), ("empty", None), ("number", None), ("line", None), ("nul", None)]
        {
            assert_eq!(text(&entry, key).as_deref(), expected, "{key}");
        }
    }

    #[test]
    fn removing_what_is_not_there_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        remove(&folder.path().join("none.json")).unwrap();
        remove(&folder.path().join("no/folder.json")).unwrap();
    }
}
