//! fish, 3.6 and later.

use std::borrow::Cow;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use super::{Shell, Stamps, bytes, envelope, join, missing, names_account, quote, with_names};
use crate::exports::change::Change;
use crate::exports::variable;
use crate::shell::guard::Guard;

/// fish.
pub struct Fish;

impl Shell for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn hook(&self) -> Cow<'static, str> {
        with_names(include_str!("../../shell/hook.fish"))
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

    fn change(&self, name: &str, change: &Change, _: bool) -> Vec<u8> {
        match change {
            Change::Hold => format!("builtin set -gu _awsenv_was_{name} \"${name}\"\n").into_bytes(),
            Change::Cover => self.cover(&[name]),
            Change::Set(value) => {
                let value = self.quote(value.reveal().as_bytes());
                bytes(&[b"builtin set -gx ", name.as_bytes(), b" ", &value, b"\n"])
            }
            // A universal variable of that name, if it is exported, would show through: a global one that is
            // not hides it.
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
    fn back(&self, name: &str, change: &Change, checked: bool) -> Vec<u8> {
        let Change::Set(value) = change else { return self.change(name, change, checked) };
        let value = self.quote(value.reveal().as_bytes());
        let uncovered = format!(
            "builtin set -qU {name}; and begin; builtin set -eg {name}; builtin set -qUx {name}; end"
        );
        let same = format!("; and builtin test \"${name}\" = ");
        let export = format!("; or builtin set -gx {name} ");
        bytes(&[uncovered.as_bytes(), same.as_bytes(), &value, export.as_bytes(), &value, b"\n"])
    }

    fn cover(&self, names: &[&str]) -> Vec<u8> {
        format!(
            "for _awsenv_name in {}; builtin set -qg $_awsenv_name; \
             and builtin set -gu _awsenv_own_$_awsenv_name $$_awsenv_name; end\n",
            names.join(" ")
        )
        .into_bytes()
    }

    fn uncover(&self, names: &[&str]) -> Vec<u8> {
        format!(
            "for _awsenv_name in {}; builtin set -l _awsenv_own _awsenv_own_$_awsenv_name; \
             if builtin set -qg $_awsenv_own; builtin set -gu $_awsenv_name $$_awsenv_own; \
             builtin set -eg $_awsenv_own; end; end\n",
            names.join(" ")
        )
        .into_bytes()
    }

    fn forget_covered(&self) -> Vec<u8> {
        let names = variable::MANAGED.iter().map(|variable| format!(" _awsenv_own_{}", variable.name));
        format!("builtin set -eg{}\n", names.collect::<String>()).into_bytes()
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

    /// `path`: the builtin `path` (3.5); `uptime`: `/proc/uptime`, the one clock that fish can read without a
    /// process, which goes on during sleep. Without both the program runs at every prompt.
    fn fresh(&self, guard: &Guard, features: &str, stamps: &dyn Stamps) -> Vec<u8> {
        if !["path", "uptime"].iter().all(|feature| features.split(',').any(|f| f == *feature)) {
            return self.stale();
        }
        let deadline = guard.uptime_at_deadline().map_or(String::new(), |uptime| uptime.to_string());
        let mut text = self.assign("_awsenv_deadline", deadline.as_bytes());
        for (index, (_, content)) in guard.contents.iter().enumerate() {
            text.extend(self.assign(&format!("_awsenv_text_{index}"), content));
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
        let (unexported, snapshot) = variables(guard);
        text.extend(bytes(&[
            &unexported,
            b"\nbuiltin test \"",
            &snapshot,
            b"\" = \"$_awsenv_env\"; or return 1\n",
        ]));
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
        for (index, (path, _)) in guard.contents.iter().enumerate() {
            let path = self.quote(path.as_os_str().as_bytes());
            text.extend(bytes(&[
                b"builtin path is -qfr -- ",
                &path,
                b"; or return 1\nbuiltin read -lz _awsenv_text <",
                &path,
                b"\n",
            ]));
            let _ = writeln!(text, "builtin test \"$_awsenv_text\" = \"$_awsenv_text_{index}\"; or return 1");
        }
        text.extend_from_slice(b"return 0\nend\n");
        text.extend(bytes(&[&unexported, b"\nbuiltin set -gu _awsenv_env \"", &snapshot, b"\"\n"]));
        text
    }
}

/// The command whose status says how many of these are not exported: of the other variables, and of those
/// without which tools come to another account. After it all variables that count in one string.
fn variables(guard: &Guard) -> (Vec<u8>, Vec<u8>) {
    let present = guard.present.iter().filter(|name| names_account(name));
    let names: Vec<_> = missing(guard).chain(present.copied()).map(|name| name.as_bytes().to_vec()).collect();
    let unexported = bytes(&[b"builtin set -qx ", &join(&names, " ")]);
    let mut present = b"$status|".to_vec();
    guard.present.iter().for_each(|name| present.extend(format!("${name}|").into_bytes()));
    (unexported, present)
}
