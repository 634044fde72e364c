//! zsh, 5.0 and later.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt as _;

use super::{Shell, Stamps, bytes, join, posix_snapshot, posix_tell_once, quote};
use crate::change::Change;
use crate::guard::Guard;

/// zsh.
pub struct Zsh;

impl Shell for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn hook(&self) -> Cow<'static, str> {
        include_str!("../../shell/hook.zsh").into()
    }

    fn uninstall(&self) -> Cow<'static, str> {
        include_str!("../../shell/uninstall.zsh").into()
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::posix(text)
    }

    fn change(&self, name: &str, change: &Change, checked: bool) -> Vec<u8> {
        // An assignment to a readonly parameter would end the evaluation of the whole text.
        let unless_readonly = format!("[[ ${{(t){name}-}} == *readonly* ]] || ");
        match change {
            Change::Hold => format!("\\builtin typeset -g +x _awsenv_was_{name}=\"${{{name}-}}\"\n").into_bytes(),
            Change::Set(value) => {
                let stuck = if checked { "; _awsenv_stuck=1" } else { "" };
                let warning = format!("awsenv: warning: {name} is readonly in this shell and stays as it is");
                let unless = format!(
                    "if [[ ${{(t){name}-}} == *readonly* ]]; then \\builtin print -ru2 -- \"{warning}\"{stuck}; else "
                );
                let export = format!("\\builtin export {name}=");
                let value = self.quote(value.reveal().as_bytes());
                bytes(&[unless.as_bytes(), export.as_bytes(), &value, b"; fi\n"])
            }
            Change::Unset => format!("{unless_readonly}\\builtin unset {name}\n").into_bytes(),
            // An interrupted evaluation can have taken the held value already.
            Change::Restore => format!(
                "if [[ -z ${{_awsenv_was_{name}+x}} ]]; then {unless_readonly}\\builtin unset {name}; else \
                 {unless_readonly}\\builtin export {name}=\"$_awsenv_was_{name}\"; \\builtin unset _awsenv_was_{name}; fi\n"
            )
            .into_bytes(),
            Change::Forget => format!("\\builtin unset _awsenv_was_{name}\n").into_bytes(),
        }
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        // Each name only if it is set and not readonly, which would end the evaluation; one so that there is a name.
        let unless_readonly = |name: &&str| format!(" ${{${{${{(t){name}-}}:#*readonly*}}:+{name}}}");
        format!("\\builtin unset _awsenv_none{}\n", names.iter().map(unless_readonly).collect::<String>())
            .into_bytes()
    }

    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8> {
        bytes(&[b"\\builtin typeset -g +x ", name.as_bytes(), b"=", &self.quote(value), b"\n"])
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        posix_tell_once(self, name, line)
    }

    fn stale(&self) -> Vec<u8> {
        b"_awsenv_fresh() { \\builtin return 1 }\n".to_vec()
    }

    /// `zstat`: the module that reads change times in nanoseconds (5.7); `epoch`: `$EPOCHSECONDS`. Without both
    /// the program runs at every prompt. `sysread`: the builtin that reads a file at once.
    fn fresh(&self, guard: &Guard, features: &str, _: &dyn Stamps) -> Vec<u8> {
        let has = |feature: &str| features.split(',').any(|f| f == feature);
        if !has("zstat") || !has("epoch") {
            return self.stale();
        }
        // `read` asks the kernel for one byte at a time.
        let read: &[u8] = if has("sysread") {
            b"\\builtin sysread -s 65537 _awsenv_text <"
        } else {
            b"IFS= \\builtin read -r -d \"\" _awsenv_text <"
        };
        let snapshot = posix_snapshot();
        let mut conditions = vec![
            bytes(&[&snapshot, b" == \"$_awsenv_env\""]),
            format!("${{EPOCHSECONDS:-0}} -ge {}", guard.earliest()).into_bytes(),
        ];
        if let Some(deadline) = guard.deadline {
            conditions.push(format!("$EPOCHSECONDS -lt {deadline}").into_bytes());
        }
        for path in &guard.absent {
            conditions.push(bytes(&[b"! -e ", &self.quote(path.as_os_str().as_bytes())]));
        }
        if let Some(path) = &guard.mistaken {
            conditions.push(bytes(&[b"! . -ef ", &self.quote(path.as_os_str().as_bytes())]));
        }
        for path in &guard.dangling {
            let path = self.quote(path.as_os_str().as_bytes());
            conditions.push(bytes(&[b"-L ", &path, b" && ! -e ", &path]));
        }
        for (path, target) in &guard.targets {
            let (path, target) =
                (self.quote(path.as_os_str().as_bytes()), self.quote(target.as_os_str().as_bytes()));
            conditions.push(bytes(&[&path, b" -ef ", &target]));
        }
        for (path, _) in &guard.contents {
            let path = self.quote(path.as_os_str().as_bytes());
            conditions.push(bytes(&[b"-f ", &path, b" && -r ", &path]));
        }
        let deadline = guard.deadline.map_or(String::new(), |deadline| deadline.to_string());
        let mut text = self.assign("_awsenv_deadline", deadline.as_bytes());
        for (index, (_, content)) in guard.contents.iter().enumerate() {
            text.extend(self.assign(&format!("_awsenv_text_{index}"), content));
        }
        text.extend_from_slice(b"_awsenv_fresh() {\n");
        text.extend(bytes(&[b"[[ ", &join(&conditions, " && "), b" ]] || \\builtin return 1\n"]));
        text.extend(marks(self, guard));
        for (index, (path, _)) in guard.contents.iter().enumerate() {
            let path = self.quote(path.as_os_str().as_bytes());
            text.extend(bytes(&[b"_awsenv_text=; ", read, &path, b"\n"]));
            text.extend(
                format!("[[ $_awsenv_text == \"$_awsenv_text_{index}\" ]] || \\builtin return 1\n")
                    .into_bytes(),
            );
        }
        text.extend_from_slice(b"\\builtin return 0\n}\n");
        text.extend(bytes(&[b"\\builtin typeset -g +x _awsenv_env=\"", &snapshot, b"\"\n"]));
        text
    }
}

/// Compares the change times of all marked files in one call of the builtin. It goes through `strftime`, which
/// looks at `/etc/localtime` for each file unless `TZ` is set and exported.
fn marks(shell: &Zsh, guard: &Guard) -> Vec<u8> {
    if guard.marks.is_empty() {
        return Vec::new();
    }
    let paths: Vec<Vec<u8>> =
        guard.marks.iter().map(|(path, _)| shell.quote(path.as_os_str().as_bytes())).collect();
    let times: Vec<Vec<u8>> = guard
        .marks
        .iter()
        .map(|(_, mark)| format!("{}.{:09}", mark.changed.0, mark.changed.1).into_bytes())
        .collect();
    bytes(&[
        b"\\builtin local -x TZ=UTC0\n\\builtin local -a _awsenv_times\n",
        b"\\builtin zstat -A _awsenv_times -F %s.%N +ctime -- ",
        &join(&paths, " "),
        b" 2>&- || \\builtin return 1\n[[ \"${(j: :)_awsenv_times}\" == ",
        &shell.quote(&join(&times, " ")),
        b" ]] || \\builtin return 1\n",
    ])
}
