//! fish, 3.6 and later.

use std::borrow::Cow;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use super::{Shell, Stamps, bytes, complete, envelope, has_feature, join, missing, names_account, quote};
use crate::exports::change::Change;
use crate::shell::guard::Guard;

/// fish.
pub struct Fish;

impl Shell for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn hook(&self) -> Cow<'static, str> {
        complete(include_str!("../../shell/hook.fish"), &self.functions(), ["", ""])
    }

    fn functions(&self) -> Cow<'static, str> {
        include_str!("../../shell/functions.fish").into()
    }

    fn completions(&self) -> Option<&'static str> {
        Some(include_str!("../../shell/complete.fish"))
    }

    fn wrap(&self, script: Vec<u8>) -> Vec<u8> {
        envelope::fish(&script)
    }

    fn uninstall(&self) -> Cow<'static, str> {
        include_str!("../../shell/uninstall.fish").into()
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::fish(text)
    }

    fn change(&self, name: &str, change: &Change) -> Vec<u8> {
        match change {
            Change::Hold => format!("builtin set -gu _awsenv_was_{name} \"${name}\"\n").into_bytes(),
            Change::Cover => self.cover(&[name]),
            Change::Set(value) => {
                let value = self.quote(value.reveal().as_bytes());
                bytes(&[b"builtin set -gx ", name.as_bytes(), b" ", &value, b"\n"])
            }
            // An exported universal variable of that name would show through: an unexported global one hides
            // it.
            Change::Unset => {
                format!("builtin set -eg {name}; builtin set -qUx {name}; and builtin set -gu {name}\n")
                    .into_bytes()
            }
            // An interrupted evaluation can have taken the held value already.
            Change::Restore => format!(
                "if builtin set -q _awsenv_was_{name}; builtin set -gx {name} \"$_awsenv_was_{name}\"; \
                 builtin set -eg _awsenv_was_{name}; else; builtin set -eg {name}; end\n"
            )
            .into_bytes(),
            Change::Forget => format!("builtin set -eg _awsenv_was_{name}\n").into_bytes(),
        }
    }

    /// A universal variable of that name and value is left to show through.
    fn back(&self, name: &str, change: &Change) -> Option<Vec<u8>> {
        let Change::Set(value) = change else { return None };
        let value = self.quote(value.reveal().as_bytes());
        let uncovered = format!(
            "builtin set -qU {name}; and begin; builtin set -eg {name}; builtin set -qUx {name}; end"
        );
        let same = format!("; and builtin test \"${name}\" = ");
        let export = format!("; or builtin set -gx {name} ");
        Some(bytes(&[uncovered.as_bytes(), same.as_bytes(), &value, export.as_bytes(), &value, b"\n"]))
    }

    /// In one command, as most users have no exported universal variables, which are hidden afterwards.
    fn unset_all(&self, names: &[&str]) -> Vec<u8> {
        let (count, names) = (names.len(), names.join(" "));
        format!(
            "builtin set -eg {names}\nbuiltin set -qUx {names}\nbuiltin test $status -eq {count}; or _awsenv_hide {names}\n"
        )
        .into_bytes()
    }

    fn cover(&self, names: &[&str]) -> Vec<u8> {
        let (count, names) = (names.len(), names.join(" "));
        format!("builtin set -qg {names}\nbuiltin test $status -eq {count}; or _awsenv_cover {names}\n")
            .into_bytes()
    }

    fn uncover(&self, names: &[&str]) -> Vec<u8> {
        format!("builtin test -n \"$_awsenv_covered\"; and _awsenv_uncover {}\n", names.join(" "))
            .into_bytes()
    }

    fn forget_covered(&self) -> Vec<u8> {
        b"builtin test -n \"$_awsenv_covered\"; and _awsenv_forget_covered\n".to_vec()
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        format!("builtin set -eg {}\n", names.join(" ")).into_bytes()
    }

    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8> {
        bytes(&[b"builtin set -gu ", name.as_bytes(), b" ", &self.quote(value), b"\n"])
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        bytes(&[
            format!("if builtin test -z \"${name}\"\n").as_bytes(),
            &self.assign(name, b"1"),
            b"builtin echo ",
            &self.quote(line.as_bytes()),
            b" >&2\nend\n",
        ])
    }

    fn stale(&self) -> Vec<u8> {
        b"function _awsenv_fresh; return 1; end\n".to_vec()
    }

    /// The features: `path`, the builtin (fish 3.5), and `uptime`, the file `/proc/uptime`, which counts
    /// sleep too and is the only clock that fish can read without a process. Without both the program runs at
    /// every prompt.
    fn fresh(&self, guard: &Guard, features: &str, stamps: &dyn Stamps) -> Vec<u8> {
        if !["path", "uptime"].iter().all(|feature| has_feature(features, feature)) {
            return self.stale();
        }
        let deadline = guard.uptime_at_deadline().map_or(String::new(), |uptime| uptime.to_string());
        let mut text = self.assign("_awsenv_deadline", deadline.as_bytes());
        let mut known = b"$_awsenv_env".to_vec();
        for (index, content) in guard.contents.iter().enumerate() {
            text.extend(self.assign(&format!("_awsenv_text_{index}"), &content.text));
            known.extend(format!("$_awsenv_text_{index}|").into_bytes());
        }
        // The hook asks about these together with its own: each call of `path` takes about 3 us.
        for (name, paths) in [("none", &guard.absent), ("absent", &guard.nearer())] {
            let paths: Vec<_> = paths.iter().map(|path| self.quote(path.as_os_str().as_bytes())).collect();
            text.extend(bytes(&[
                b"builtin set -gu _awsenv_",
                name.as_bytes(),
                b" ",
                &join(&paths, " "),
                b"\n",
            ]));
        }
        text.extend_from_slice(b"function _awsenv_fresh\n");
        if let Some(path) = &guard.mistaken {
            let path = self.quote(path.as_os_str().as_bytes());
            text.extend(bytes(&[b"builtin test . -ef ", &path, b"; and return 1\n"]));
        }
        for path in &guard.dangling {
            let path = self.quote(path.as_os_str().as_bytes());
            text.extend(bytes(&[b"builtin test -L ", &path, b" -a ! -e ", &path, b"; or return 1\n"]));
        }
        let gone = |path: &std::path::PathBuf| bytes(&[b"! -e ", &self.quote(path.as_os_str().as_bytes())]);
        let mut changed: Vec<_> = guard.existing.iter().map(gone).collect();
        for (path, mark) in &guard.marks {
            let Some(stamp) = stamps.stamp(mark.modified) else { return self.stale() };
            let (path, stamp) =
                (self.quote(path.as_os_str().as_bytes()), self.quote(stamp.as_os_str().as_bytes()));
            changed.push(bytes(&[&path, b" -nt ", &stamp, b" -o ", &path, b" -ot ", &stamp]));
        }
        if !changed.is_empty() {
            text.extend(bytes(&[b"builtin test ", &join(&changed, " -o "), b"; and return 1\n"]));
        }
        for (path, target) in &guard.targets {
            let (path, target) =
                (self.quote(path.as_os_str().as_bytes()), self.quote(target.as_os_str().as_bytes()));
            text.extend(bytes(&[b"builtin test ", &path, b" -ef ", &target, b"; or return 1\n"]));
        }
        if let Some(uptime) = guard.uptime_at_deadline() {
            text.extend_from_slice(b"builtin read -l _awsenv_up _awsenv_idle </proc/uptime; or return 1\n");
            let _ = writeln!(text, "builtin test $_awsenv_up -ge {uptime}; and return 1");
        }
        let paths: Vec<_> =
            guard.contents.iter().map(|content| self.quote(content.path.as_os_str().as_bytes())).collect();
        let mut read = Vec::new();
        for (index, path) in paths.iter().enumerate() {
            text.extend(bytes(&[b"builtin path is -qfr -- ", path, b"; or return 1\n"]));
            text.extend(bytes(&[format!("builtin read -lz _awsenv_now_{index} <").as_bytes(), path, b"\n"]));
            read.extend(format!("$_awsenv_now_{index}|").into_bytes());
        }
        // The last: one comparison, whose status is the answer, since each takes 2 us and more.
        let (unexported, snapshot) = variables(guard);
        text.extend(bytes(&[
            &unexported,
            b"\nbuiltin test \"",
            &snapshot,
            &read,
            b"\" = \"",
            &known,
            b"\"\nend\n",
        ]));
        text.extend(bytes(&[&unexported, b"\nbuiltin set -gu _awsenv_env \"", &snapshot, b"\"\n"]));
        text
    }
}

/// Returns a command and the string of all present variables that is compared. The command's status, which
/// the string begins with, is the number of unexported ones among the absent variables and those that
/// [`names_account`].
fn variables(guard: &Guard) -> (Vec<u8>, Vec<u8>) {
    let present = guard.present.iter().map(|present| present.name);
    let names = missing(guard).chain(present.clone().filter(|name| names_account(name)));
    let names: Vec<_> = names.map(|name| name.as_bytes().to_vec()).collect();
    let unexported = bytes(&[b"builtin set -qx ", &join(&names, " ")]);
    let mut snapshot = b"$status|".to_vec();
    present.for_each(|name| snapshot.extend(format!("${name}|").into_bytes()));
    (unexported, snapshot)
}
