//! Changes to the settings file: the lines of one key change, every other byte stays. The file is replaced in
//! one step, through a link to it, and readable by its owner alone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Settings, content};
use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::files;
use crate::terminal::lock_wait;
use crate::text::{ini_line, sanitize};

/// The lock between awsenv's processes that write the file.
const LOCK: &str = "settings";

/// Gives a key its value. Errors: the key cannot have this value, or another line of the file is wrong.
pub fn set(ctx: &Context, key: &str, value: &str) -> Result<()> {
    let value = value.trim();
    // Named before the line of the file, which need not be there yet.
    Settings::default().apply(ctx, key, value, true).map_err(|failure| Failure {
        message: format!("could not set `{}`: {}", sanitize::shown(key), failure.message),
        ..failure
    })?;
    change(ctx, |text| {
        let new = with(text, key, value);
        let is_read = |line: &str| {
            ini_line::split(line)
                .ok()
                .flatten()
                .is_some_and(|pair| pair == (key.to_owned(), value.to_owned()))
        };
        if !new.lines().any(is_read) {
            let what = format!(
                "could not write `{}`: a line of the file cannot hold that value",
                sanitize::shown(key)
            );
            return Err(Failure::new(what)
                .hint("write it without line breaks and control characters")
                .into());
        }
        Ok(new)
    })
    .map(drop)
}

/// Removes a key, and returns whether it was there.
pub fn unset(ctx: &Context, key: &str) -> Result<bool> {
    change(ctx, |text| Ok(without(text, key)))
}

/// Replaces the whole text after the same checks, and returns whether it changed.
pub fn replace(ctx: &Context, text: &str) -> Result<bool> {
    change(ctx, |_| Ok(text.to_owned()))
}

/// Returns the text of the file; empty if there is none.
pub fn text(ctx: &Context) -> Result<String> {
    let path = ctx.settings_file()?;
    let found = content(&path).with_context(|| format!("could not read {}", sanitize::path(&path)))?;
    Ok(found.map(|(text, _)| text).unwrap_or_default())
}

fn change(ctx: &Context, make: impl FnOnce(&str) -> Result<String>) -> Result<bool> {
    let _lock = lock_wait::take(ctx, LOCK, "writing the settings")?;
    let path = ctx.settings_file()?;
    let before = text(ctx)?;
    let new = make(&before)?;
    Settings::default().read(ctx, &new, &sanitize::path(&path), true)?;
    if new == before {
        return Ok(false);
    }
    files::replace(&writable(&path)?, new.as_bytes())?;
    Ok(true)
}

/// Returns the path to write: the file that `path` links to, so that the link stays.
fn writable(path: &Path) -> Result<PathBuf> {
    let refuse =
        |why: &str| Err(Failure::new(format!("could not write {}: {why}", sanitize::path(path))).into());
    match (fs::canonicalize(path), path.symlink_metadata()) {
        (Ok(real), _) => match fs::metadata(&real) {
            Ok(file) if !file.is_file() => refuse("it is no regular file"),
            Ok(file) if !files::is_writable(&real, &file) => refuse("the file is read-only"),
            _ => Ok(real),
        },
        (Err(_), Ok(_)) => refuse("it is a link to a file that does not exist"),
        (Err(_), Err(_)) => Ok(path.to_owned()),
    }
}

/// Changes the last line of the key, which is the one that counts, or adds one at the end.
fn with(text: &str, key: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(line) = lines.iter_mut().rev().find(|line| is_of(line, key)) {
        let end = line.trim_end().len();
        let (start, ending) = line.split_at(end);
        let head = start.find(['=', ':']).map_or(start.len(), |at| {
            let after = &start[at + 1..];
            at + 1 + after.len() - after.trim_start().len()
        });
        let gap =
            if start[..head].ends_with(['=', ':']) && head == end && !value.is_empty() { " " } else { "" };
        *line = format!("{}{gap}{value}{ending}", &start[..head]);
        return lines.concat();
    }
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { ending };
    format!("{text}{gap}{key} = {value}{ending}")
}

fn without(text: &str, key: &str) -> String {
    text.split_inclusive('\n').filter(|line| !is_of(line, key)).collect()
}

fn is_of(line: &str, key: &str) -> bool {
    ini_line::split(line).ok().flatten().is_some_and(|(found, _)| found == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_and_every_other_line_stay() {
        let text = "# mine\r\n  login   = ask  \r\n\r\n; last\r\nquiet=1";
        assert_eq!(with(text, "login", "never"), text.replace("= ask  \r\n", "= never  \r\n"));
        assert_eq!(with(text, "quiet", "0"), text.replace("quiet=1", "quiet=0"));
        assert_eq!(with(text, "flow", "pkce"), format!("{text}\r\nflow = pkce\r\n"));
        assert_eq!(with("", "flow", "pkce"), "flow = pkce\n");
        assert_eq!(with("confirm =\n", "confirm", "a"), "confirm = a\n");
        assert_eq!(with("a: b\na = c\n", "a", "d"), "a: b\na = d\n", "the last one counts");
        assert_eq!(without("a = b\n# a = c\na=d\nb = a", "a"), "# a = c\nb = a");
    }
}
