//! zsh, 5.0 and later.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt as _;

use chrono::{DateTime, Datelike as _, Timelike as _};

use super::{Shell, Stamps, bytes, complete, envelope, has_feature, join, missing, posix, quote};
use crate::exports::change::Change;
use crate::shell::guard::{Content, Guard};

/// zsh.
pub struct Zsh;

impl Shell for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn hook(&self) -> Cow<'static, str> {
        complete(include_str!("../../shell/hook.zsh"), &self.functions(), ["${(t)", "}"])
    }

    fn functions(&self) -> Cow<'static, str> {
        include_str!("../../shell/functions.zsh").into()
    }

    fn completions(&self) -> Option<&'static str> {
        Some(include_str!("../../shell/complete.zsh"))
    }

    fn wrap(&self, script: Vec<u8>) -> Vec<u8> {
        envelope::posix("zsh", "ZSH_VERSION", &script)
    }

    fn uninstall(&self) -> Cow<'static, str> {
        include_str!("../../shell/uninstall.zsh").into()
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::posix(text)
    }

    fn change(&self, name: &str, change: &Change) -> Vec<u8> {
        // An assignment to a readonly parameter would end the evaluation of the whole text.
        let unless_readonly = format!("[[ ${{(t){name}-}} == *readonly* ]] || ");
        match change {
            Change::Hold => format!("\\builtin typeset -g +x _awsenv_was_{name}=\"${{{name}-}}\"\n").into_bytes(),
            Change::Cover => self.cover(&[name]),
            Change::Set(value) => {
                let value = self.quote(value.reveal().as_bytes());
                let warning = format!("awsenv: warning: {name} is readonly in this shell and stays as it is");
                let check = format!(
                    "if [[ ${{(t){name}-}} == *readonly* ]]; then \\builtin print -ru2 -- \"{warning}\"; else "
                );
                let export = format!("\\builtin unset {name}; \\builtin export {name}=");
                bytes(&[check.as_bytes(), export.as_bytes(), &value, b"; fi\n"])
            }
            Change::Unset => format!("{unless_readonly}\\builtin unset {name}\n").into_bytes(),
            // An interrupted evaluation can have taken the held value already.
            Change::Restore => format!(
                "{unless_readonly}\\builtin unset {name}\nif [[ -n ${{_awsenv_was_{name}+x}} ]]; then \
                 {unless_readonly}\\builtin export {name}=\"$_awsenv_was_{name}\"; \\builtin unset _awsenv_was_{name}; fi\n"
            )
            .into_bytes(),
            Change::Forget => format!("\\builtin unset _awsenv_was_{name}\n").into_bytes(),
        }
    }

    fn set_all(&self, changes: &[(&str, &Change)]) -> Vec<u8> {
        posix::set_all(self, changes)
    }

    fn changes_at_once(&self) -> bool {
        true
    }

    fn cover(&self, names: &[&str]) -> Vec<u8> {
        let set: String = names.iter().map(|name| format!("${{{name}+x}}")).collect();
        format!("[[ -z {set} ]] || _awsenv_cover {}\n", names.join(" ")).into_bytes()
    }

    fn uncover(&self, names: &[&str]) -> Vec<u8> {
        posix::uncover(names)
    }

    fn forget_covered(&self) -> Vec<u8> {
        posix::forget_covered()
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        posix::clear(names)
    }

    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8> {
        bytes(&[b"\\builtin typeset -g +x ", name.as_bytes(), b"=", &self.quote(value), b"\n"])
    }

    fn assign_all(&self, values: &[(&str, &[u8])]) -> Vec<u8> {
        let mut text = b"\\builtin typeset -g +x".to_vec();
        for (name, value) in values {
            text.extend(bytes(&[b" ", name.as_bytes(), b"=", &self.quote(value)]));
        }
        text.push(b'\n');
        // Without a name, it lists variables.
        if values.is_empty() { Vec::new() } else { text }
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        posix::tell_once(self, name, line)
    }

    fn stale(&self) -> Vec<u8> {
        bytes(&[&self.assign("_awsenv_same", b"\\builtin false"), b"_awsenv_compose\n"])
    }

    /// The features:
    ///
    /// - `zstat`: the builtin, with nanoseconds in its format, and `epoch`: `$EPOCHSECONDS`. Without both the
    ///   program runs at every prompt;
    /// - `sysread`: the builtin that reads a file at once;
    /// - `others`: see [`posix::variables`].
    fn fresh(&self, guard: &Guard, features: &str, _: &dyn Stamps) -> Vec<u8> {
        let has = |feature: &str| has_feature(features, feature);
        if !has("zstat") || !has("epoch") {
            return self.stale();
        }
        let none_is_set: Vec<_> = missing(guard).map(|name| [b"-v ", name.as_bytes()].concat()).collect();
        let none_is_set = bytes(&[b"! ( ", &join(&none_is_set, " || "), b" )"]);
        let attributes = Some(["${(t)", "}"]);
        let present = posix::present(guard, |name| format!(":${{{name}:0:128}}"), attributes, false);
        let (mut conditions, variables) =
            posix::variables(guard, &present, &none_is_set, has("others"), attributes);
        conditions.push(format!("${{EPOCHSECONDS:-0}} -ge {}", guard.earliest()).into_bytes());
        if let Some(deadline) = guard.deadline {
            conditions.push(format!("$EPOCHSECONDS -lt {deadline}").into_bytes());
        }
        for path in &guard.absent {
            conditions.push(bytes(&[b"! -e ", &self.quote(path.as_os_str().as_bytes())]));
        }
        for path in &guard.existing {
            conditions.push(bytes(&[b"-e ", &self.quote(path.as_os_str().as_bytes())]));
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
        let read: Vec<&Content> = guard.contents.iter().filter(|content| content.stamp.is_none()).collect();
        for content in &read {
            let path = self.quote(content.path.as_os_str().as_bytes());
            conditions.push(bytes(&[b"-f ", &path, b" && -r ", &path]));
        }
        let deadline = guard.deadline.map_or(String::new(), |deadline| deadline.to_string());
        let names: Vec<_> = (0..read.len()).map(|index| format!("_awsenv_text_{index}")).collect();
        let mut values = vec![("_awsenv_deadline", deadline.as_bytes())];
        values.extend(names.iter().zip(&read).map(|(name, content)| (&name[..], &content.text[..])));
        let mut same = bytes(&[b"[[ ", &join(&conditions, " && "), b" ]]"]);
        same.extend(stamps(self, guard));
        for (index, Content { path, text: content, .. }) in read.into_iter().enumerate() {
            let path = self.quote(path.as_os_str().as_bytes());
            // `read` asks the kernel for one byte at a time, and a buffer of all that may be read costs more
            // than reading it.
            let read = if content.is_empty() {
                b" && [[ ! -s ".to_vec()
            } else if has("sysread") {
                format!(" && \\builtin sysread -s {} _awsenv_text <", content.len() + 1).into_bytes()
            } else {
                b" && { _awsenv_text=; IFS= \\builtin read -r -d \"\" _awsenv_text <".to_vec()
            };
            let compare = format!("[[ $_awsenv_text == \"$_awsenv_text_{index}\" ]]");
            let rest = match (content.is_empty(), has("sysread")) {
                (true, _) => " ]]".to_owned(),
                (_, true) => format!(" && {compare}"),
                _ => format!("; {compare} }}"),
            };
            same.extend(bytes(&[&read, &path, rest.as_bytes()]));
        }
        values.push(("_awsenv_same", &same));
        let mut text = self.assign_all(&values);
        let nearer = guard.nearer();
        let nearer =
            nearer.iter().map(|path| bytes(&[b" && ! -e ", &self.quote(path.as_os_str().as_bytes())]));
        let nearer: Vec<u8> = nearer.flatten().collect();
        text.extend(bytes(&[b"_awsenv_compose ", &self.quote(&nearer), b"\n"]));
        text.extend(variables);
        text.extend_from_slice(b"\\builtin typeset -g +x _awsenv_env _awsenv_others _awsenv_features\n");
        text
    }
}

/// Returns the condition that all files with a known change time still have it, in one call of `zstat`. The
/// times are in UTC, since `zstat` reads `/etc/localtime` for each file otherwise, for `%s` too.
fn stamps(shell: &Zsh, guard: &Guard) -> Vec<u8> {
    let small = guard.contents.iter().filter_map(|content| Some((&content.path, content.stamp?)));
    let files: Vec<_> = guard.marks.iter().map(|(path, mark)| (path, *mark)).chain(small).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let paths: Vec<_> = files.iter().map(|(path, _)| shell.quote(path.as_os_str().as_bytes())).collect();
    let times: Vec<_> = files.iter().map(|(_, mark)| time(mark.changed)).collect();
    bytes(&[
        b" && \\builtin zstat -g -A _awsenv_times -F %Y%j%H%M%S%N +ctime -- ",
        &join(&paths, " "),
        b" 2>&- && [[ \"${(j: :)_awsenv_times}\" == ",
        &shell.quote(&join(&times, " ")),
        b" ]]",
    ])
}

/// Writes a time in the format of the `zstat` above. A time that no date can express is written as nothing,
/// which never equals it.
fn time((seconds, nanoseconds): (i64, i64)) -> Vec<u8> {
    let Some(time) = DateTime::from_timestamp(seconds, 0) else { return Vec::new() };
    let (year, day) = (time.year(), time.ordinal());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}{day:03}{hour:02}{minute:02}{second:02}{nanoseconds:09}").into_bytes()
}
