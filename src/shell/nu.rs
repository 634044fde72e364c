//! nushell, 0.108 and later.
//!
//! nushell cannot evaluate a text while it runs, so the hook reads the lines as data: a command, a blank, and
//! JSON or names. They are nushell as well, so that `awsenv export nu` can be saved and sourced: JSON is
//! nushell if it has only escapes that both languages have.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{Shell, Stamps, bytes, quote};
use crate::exports::change::Change;
use crate::exports::variable;
use crate::shell::guard::Guard;
use crate::text::hex;

/// Stands in the hook script for the values of all watched variables.
const VARIABLES: &str = "@variables@";

/// nushell.
pub struct Nu;

impl Shell for Nu {
    fn name(&self) -> &'static str {
        "nu"
    }

    fn hook(&self) -> Cow<'static, str> {
        let values: Vec<_> = variable::watched().map(|name| format!("$env.{name}?")).collect();
        include_str!("../../shell/hook.nu").replacen(VARIABLES, &values.join(" "), 1).into()
    }

    fn completions(&self) -> Option<&'static str> {
        Some(include_str!("../../shell/complete.nu"))
    }

    fn uninstall(&self) -> Cow<'static, str> {
        include_str!("../../shell/uninstall.nu").into()
    }

    /// A comment, since no command does nothing with any words as its arguments.
    fn end(&self) -> &'static str {
        "# awsenv end\n"
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::nu(text)
    }

    fn change(&self, name: &str, change: &Change) -> Vec<u8> {
        match change {
            Change::Cover => Vec::new(),
            Change::Hold => format!("_awsenv_hold {name}\n").into_bytes(),
            Change::Set(value) => {
                let value = self.quote(value.reveal().as_bytes());
                bytes(&[b"load-env {\"", name.as_bytes(), b"\": ", &value, b"}\n"])
            }
            Change::Unset => self.clear(&[name]),
            Change::Restore => format!("_awsenv_restore {name}\n").into_bytes(),
            Change::Forget => format!("_awsenv_forget {name}\n").into_bytes(),
        }
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        format!("hide-env --ignore-errors {}\n", names.join(" ")).into_bytes()
    }

    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8> {
        let name = name.trim_start_matches("_awsenv_");
        bytes(&[b"_awsenv_assign {\"", name.as_bytes(), b"\": ", &self.quote(value), b"}\n"])
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        let (name, line) = (self.quote(name.as_bytes()), self.quote(line.as_bytes()));
        bytes(&[b"_awsenv_tell_once {\"name\": ", &name, b", \"line\": ", &line, b"}\n"])
    }

    fn stale(&self) -> Vec<u8> {
        b"_awsenv_assign {\"guard\": null}\n".to_vec()
    }

    /// nushell compares modification times in nanoseconds. A path that is not UTF-8 cannot be in its texts:
    /// the program then runs at every prompt.
    fn fresh(&self, guard: &Guard, _: &str, _: &dyn Stamps) -> Vec<u8> {
        let Some(facts) = facts(guard) else { return self.stale() };
        format!("_awsenv_assign {}\n", json!({ "guard": facts })).into_bytes()
    }
}

/// Returns the facts as the hook's `holds` takes them, times in nanoseconds since 1970; `None` if a path is
/// not UTF-8.
fn facts(guard: &Guard) -> Option<Value> {
    let texts = |paths: &[PathBuf]| paths.iter().map(|path| text(path)).collect::<Option<Vec<_>>>();
    // In nushell `PWD` is never wrong, unless that directory is gone.
    let mut absent = guard.absent.clone();
    absent.extend(guard.mistaken.clone());
    // `ls` does not follow links, so it gets the file that the link leads to.
    let real = |path: &PathBuf| {
        guard.targets.iter().find(|(link, _)| link == path).map_or(path, |(_, target)| target).clone()
    };
    let marked: Vec<_> = guard.marks.iter().map(|(path, _)| real(path)).collect();
    let modified: Vec<_> = guard.marks.iter().map(|(_, mark)| nanoseconds(mark.modified)).collect();
    let targets = guard.targets.iter().map(|(link, target)| Some(vec![text(link)?, text(target)?]));
    let contents =
        guard.contents.iter().map(|content| Some(vec![text(&content.path)?, hex::of(&content.text)]));
    let facts: Map<String, Value> = [
        ("earliest", json!(nanoseconds((guard.earliest(), 0)))),
        ("deadline", json!(guard.deadline.map(|deadline| nanoseconds((deadline, 0))))),
        ("absent", json!(texts(&absent)?)),
        ("existing", json!(texts(&guard.existing)?)),
        ("dangling", json!(texts(&guard.dangling)?)),
        ("targets", json!(targets.collect::<Option<Vec<_>>>()?)),
        ("contents", json!(contents.collect::<Option<Vec<_>>>()?)),
        ("marked", json!(texts(&marked)?)),
        ("modified", json!(modified)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Some(facts.into())
}

fn text(path: &Path) -> Option<String> {
    std::str::from_utf8(path.as_os_str().as_bytes()).ok().map(str::to_owned)
}

fn nanoseconds((seconds, nanoseconds): (i64, i64)) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}
