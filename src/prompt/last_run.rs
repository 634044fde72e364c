//! What a shell's last run saw, so that the next one can say what changed. Only under `AWSENV_LOG=debug`: the
//! shell then keeps it in a variable that it does not export, and passes it to the next run.
//!
//! It holds names of files and variables, and only digests of their content.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::env_file::parse::LARGEST;
use crate::exports::change::{Change, Diff};
use crate::exports::variable;
use crate::prompt::watch_list::WatchList;
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::system::{change_signal, file_stamp, files};
use crate::text::{digest, sanitize, timestamp};

/// Stands for a file that only has to exist.
const THERE: &str = "there";

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRun {
    /// Where the shell was.
    dir: Option<PathBuf>,
    /// When the run was (Unix seconds).
    at: i64,
    /// When the program is to run again (Unix seconds).
    deadline: Option<i64>,
    /// Files with what they were: the digest of the content of a `.awsenv`, the stamp of another file, or
    /// [`THERE`]; `None` for a file that did not exist.
    files: BTreeMap<PathBuf, Option<String>>,
    /// Variables that are set, and the digest of each value.
    variables: BTreeMap<String, String>,
    /// Variables with a restored value, which only the shell knows.
    restored: Vec<String>,
}

impl LastRun {
    /// Notes what a decision depends on. `deadline` is in Unix seconds.
    pub fn of(
        ctx: &Context,
        watch_list: &WatchList,
        transition: Option<&Diff>,
        deadline: Option<i64>,
    ) -> Self {
        let contents = watch_list
            .env_files
            .iter()
            .filter_map(|(path, content)| Some((path.clone(), Some(digest(content.as_deref()?)))));
        let absent = watch_list.absent.iter().map(|path| (path.clone(), None));
        let existing = watch_list.existing.iter().map(|path| (path.clone(), Some(THERE.to_owned())));
        let marks =
            watch_list.marks.iter().map(|(path, mark)| (path.clone(), mark.map(|mark| mark.encode())));
        let env = transition.map_or_else(|| ctx.env.clone(), |transition| transition.applied_to(&ctx.env));
        let changes = transition.into_iter().flat_map(|transition| &transition.changes);
        let restored = changes.filter(|(_, change)| matches!(change, Change::Restore));
        Self {
            dir: watch_list.dir.clone(),
            at: ctx.now().timestamp(),
            deadline,
            files: contents.chain(absent).chain(existing).chain(marks).collect(),
            variables: variables(&env),
            restored: restored.map(|(variable, _)| variable.name.to_owned()).collect(),
        }
    }

    /// Returns each change since then in words, for a shell that is in `dir`.
    pub fn changes(&self, ctx: &Context, dir: Option<&Path>) -> Vec<String> {
        let mut changes = Vec::new();
        if let Some(dir) = dir.filter(|dir| self.dir.as_deref() != Some(dir)) {
            changes.push(format!("the directory is {} now", sanitize::path(dir)));
        }
        for (path, before) in &self.files {
            let what = match (before, now(path, before.as_deref())) {
                (Some(_), None) if change_signal::is_one(path) => {
                    changes.push("a permission or a login was changed".to_owned());
                    continue;
                }
                (None, Some(_)) => "appeared",
                (Some(_), None) => "is gone",
                (Some(before), Some(now)) if *before != now => "was changed",
                _ => continue,
            };
            changes.push(format!("{} {what}", sanitize::path(path)));
        }
        let present = variables(&ctx.env);
        for name in variable::watched().filter(|name| !self.restored.iter().any(|restored| restored == name))
        {
            if self.variables.get(name) != present.get(name) {
                changes.push(format!("{name} changed in the shell"));
            }
        }
        let time = ctx.now().timestamp();
        if let Some(due) = self.deadline.filter(|deadline| *deadline <= time) {
            let due = DateTime::from_timestamp(due, 0).map_or_else(String::new, timestamp::utc);
            changes.push(format!("it was due at {due}"));
        }
        if time + 1 < self.at {
            changes.push("the clock was set back".to_owned());
        }
        changes
    }

    /// Returns it as one line of JSON.
    pub fn encode(&self) -> String {
        let files = self.files.iter().map(|(path, what)| (path.to_string_lossy().into_owned(), json!(what)));
        json!({
            "dir": self.dir.as_ref().map(|dir| dir.to_string_lossy()),
            "at": self.at,
            "due": self.deadline,
            "files": files.collect::<Map<_, _>>(),
            "variables": self.variables,
            "restored": self.restored,
        })
        .to_string()
    }

    /// Reads what [`LastRun::encode`] wrote; `None` for any other text.
    pub fn decode(text: &str) -> Option<Self> {
        let seen: Value = serde_json::from_str(text).ok()?;
        let map = |key: &str| seen.get(key).and_then(Value::as_object).into_iter().flatten();
        let word = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            dir: seen.get("dir").and_then(Value::as_str).map(PathBuf::from),
            at: seen.get("at")?.as_i64()?,
            deadline: seen.get("due").and_then(Value::as_i64),
            files: map("files").map(|(path, what)| (path.into(), word(what))).collect(),
            variables: map("variables")
                .filter_map(|(name, value)| Some((name.clone(), word(value)?)))
                .collect(),
            restored: seen.get("restored")?.as_array()?.iter().filter_map(word).collect(),
        })
    }
}

/// Returns what the file is now, in the same form as `before`; `None` if it does not exist.
fn now(path: &Path, before: Option<&str>) -> Option<String> {
    if before == Some(THERE) {
        return path.exists().then(|| THERE.to_owned());
    }
    // A stamp has blanks in it, a digest has none.
    if before.is_some_and(|before| !before.contains(' ')) {
        let content = files::read(path, LARGEST).ok()?;
        return Some(digest(&content));
    }
    file_stamp::mark(path).map(|mark| mark.encode())
}

fn digest(content: &[u8]) -> String {
    digest::of([content], 16)
}

fn variables(env: &Environment) -> BTreeMap<String, String> {
    let value = |name: &str| env.get(name).map(std::ffi::OsStr::as_encoded_bytes);
    variable::watched()
        .filter_map(|name| Some((name.to_owned(), digest::of_value(name, value(name)?))))
        .collect()
}
