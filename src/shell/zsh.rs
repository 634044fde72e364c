//! zsh, 5.0 and later.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt as _;

use chrono::{DateTime, Datelike as _, Timelike as _};

use super::{
    Shell, Stamps, bytes, envelope, join, missing, none_is_set, posix_present, posix_tell_once,
    posix_variables, quote, with_names,
};
use crate::exports::change::Change;
use crate::shell::guard::Guard;

/// zsh.
pub struct Zsh;

impl Shell for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn hook(&self) -> Cow<'static, str> {
        with_names(include_str!("../../shell/hook.zsh"))
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

    fn change(&self, name: &str, change: &Change, checked: bool) -> Vec<u8> {
        // An assignment to a readonly parameter would end the evaluation of the whole text.
        let unless_readonly = format!("[[ ${{(t){name}-}} == *readonly* ]] || ");
        let unless_stuck = || {
            let stuck = if checked { "; _awsenv_stuck=1" } else { "" };
            let warning = format!("awsenv: warning: {name} is readonly in this shell and stays as it is");
            format!(
                "if [[ ${{(t){name}-}} == *readonly* ]]; then \\builtin print -ru2 -- \"{warning}\"{stuck}; else "
            )
        };
        match change {
            Change::Hold => format!("\\builtin typeset -g +x _awsenv_was_{name}=\"${{{name}-}}\"\n").into_bytes(),
            Change::Cover => self.cover(&[name]),
            Change::Set(value) => {
                let export = format!("\\builtin export {name}=");
                let value = self.quote(value.reveal().as_bytes());
                bytes(&[unless_stuck().as_bytes(), export.as_bytes(), &value, b"; fi\n"])
            }
            Change::Unset if checked => format!("{}\\builtin unset {name}; fi\n", unless_stuck()).into_bytes(),
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

    fn cover(&self, names: &[&str]) -> Vec<u8> {
        let (none, names) = (none_is_set("", names), names.join(" "));
        format!(
            "\\builtin local +x _awsenv_name\n\
             {none} || for _awsenv_name in {names}; do\n\
             (( ! ${{(P)+_awsenv_name}} )) || \\builtin typeset -g +x \"_awsenv_own_$_awsenv_name=${{(P)_awsenv_name}}\"\n\
             done\n"
        )
        .into_bytes()
    }

    fn uncover(&self, names: &[&str]) -> Vec<u8> {
        let (none, names) = (none_is_set("_awsenv_own_", names), names.join(" "));
        format!(
            "\\builtin local +x _awsenv_name _awsenv_own\n\
             {none} || for _awsenv_name in {names}; do\n\
             _awsenv_own=_awsenv_own_$_awsenv_name\n\
             if (( ${{(P)+_awsenv_own}} )) && [[ ${{(Pt)_awsenv_name-}} != *readonly* ]]; then\n\
             \\builtin typeset -g +x \"$_awsenv_name=${{(P)_awsenv_own}}\"\n\
             \\builtin unset $_awsenv_own\n\
             fi\n\
             done\n"
        )
        .into_bytes()
    }

    fn forget_covered(&self) -> Vec<u8> {
        b"\\builtin unset -m \"_awsenv_own_*\"\n".to_vec()
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        // Each name only if it is set and not readonly, which would end the evaluation; one so that there is
        // a name.
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
        self.assign("_awsenv_same", b"\\builtin false")
    }

    /// `zstat`: the module that reads change times in nanoseconds (5.7); `epoch`: `$EPOCHSECONDS`. Without
    /// both the program runs at every prompt. `sysread`: the builtin that reads a file at once. `others`: see
    /// [`posix_variables`].
    fn fresh(&self, guard: &Guard, features: &str, _: &dyn Stamps) -> Vec<u8> {
        let has = |feature: &str| features.split(',').any(|f| f == feature);
        if !has("zstat") || !has("epoch") {
            return self.stale();
        }
        let none_is_set: Vec<_> = missing(guard).map(|name| [b"-v ", name.as_bytes()].concat()).collect();
        let none_is_set = bytes(&[b"! ( ", &join(&none_is_set, " || "), b" )"]);
        let attributes = Some(["${(t)", "}"]);
        let present = posix_present(guard, |name| format!(":${{{name}:0:128}}"), attributes);
        let (mut conditions, variables) =
            posix_variables(guard, &present, &none_is_set, has("others"), attributes);
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
        for (path, _) in &guard.contents {
            let path = self.quote(path.as_os_str().as_bytes());
            conditions.push(bytes(&[b"-f ", &path, b" && -r ", &path]));
        }
        let deadline = guard.deadline.map_or(String::new(), |deadline| deadline.to_string());
        let mut text = self.assign("_awsenv_deadline", deadline.as_bytes());
        for (index, (_, content)) in guard.contents.iter().enumerate() {
            text.extend(self.assign(&format!("_awsenv_text_{index}"), content));
        }
        let mut same = bytes(&[b"[[ ", &join(&conditions, " && "), b" ]]"]);
        same.extend(marks(self, guard));
        for (index, (path, content)) in guard.contents.iter().enumerate() {
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
        text.extend(self.assign("_awsenv_same", &same));
        text.extend(variables);
        text.extend_from_slice(b"\\builtin typeset -g +x _awsenv_env _awsenv_others _awsenv_features\n");
        text
    }
}

/// Compares the change times of all marked files in one call of the builtin. In local time it would look at
/// `/etc/localtime` for each file; so it writes UTC, and no `%s`, which goes through local time as well.
fn marks(shell: &Zsh, guard: &Guard) -> Vec<u8> {
    if guard.marks.is_empty() {
        return Vec::new();
    }
    let paths: Vec<Vec<u8>> =
        guard.marks.iter().map(|(path, _)| shell.quote(path.as_os_str().as_bytes())).collect();
    let times: Vec<Vec<u8>> = guard.marks.iter().map(|(_, mark)| time(mark.changed)).collect();
    bytes(&[
        b" && \\builtin zstat -g -A _awsenv_times -F %Y%j%H%M%S%N +ctime -- ",
        &join(&paths, " "),
        b" 2>&- && [[ \"${(j: :)_awsenv_times}\" == ",
        &shell.quote(&join(&times, " ")),
        b" ]]",
    ])
}

/// Writes a time as `zstat` does above. What has no date is never equal.
fn time((seconds, nanoseconds): (i64, i64)) -> Vec<u8> {
    let Some(time) = DateTime::from_timestamp(seconds, 0) else { return Vec::new() };
    let (year, day) = (time.year(), time.ordinal());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}{day:03}{hour:02}{minute:02}{second:02}{nanoseconds:09}").into_bytes()
}
