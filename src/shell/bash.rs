//! bash, 3.2 and later.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::{Shell, Stamps, bytes, complete, envelope, has_feature, join, missing, posix, quote};
use crate::exports::change::Change;
use crate::shell::guard::{Content, Guard};

/// bash.
pub struct Bash;

impl Shell for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn hook(&self) -> Cow<'static, str> {
        complete(include_str!("../../shell/hook.bash"), &self.functions(), ["${", "@a}"])
    }

    fn functions(&self) -> Cow<'static, str> {
        include_str!("../../shell/functions.bash").into()
    }

    fn cd(&self) -> &'static str {
        include_str!("../../shell/cd.bash")
    }

    fn completions(&self) -> Option<&'static str> {
        Some(include_str!("../../shell/complete.bash"))
    }

    fn wrap(&self, script: Vec<u8>) -> Vec<u8> {
        envelope::posix("bash", "BASH_VERSION", &script)
    }

    fn uninstall(&self) -> Cow<'static, str> {
        include_str!("../../shell/uninstall.bash").into()
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::posix(text)
    }

    fn change(&self, name: &str, change: &Change) -> Vec<u8> {
        match change {
            Change::Hold => {
                format!("_awsenv_was_{name}=${{{name}-}}\n\\builtin export -n _awsenv_was_{name}\n")
                    .into_bytes()
            }
            Change::Cover => self.cover(&[name]),
            Change::Set(_) => self.set_all(&[(name, change)]),
            Change::Unset => format!("\\builtin unset -v {name}\n").into_bytes(),
            // An interrupted evaluation can have taken the held value already.
            Change::Restore => format!(
                "\\builtin unset -v {name}\n\
                 [[ -z ${{_awsenv_was_{name}+x}} ]] || \\builtin export {name}=\"$_awsenv_was_{name}\"\n\
                 \\builtin unset -v _awsenv_was_{name}\n"
            )
            .into_bytes(),
            Change::Forget => format!("\\builtin unset -v _awsenv_was_{name}\n").into_bytes(),
        }
    }

    fn set_all(&self, changes: &[(&str, &Change)]) -> Vec<u8> {
        posix::set_all(self, changes)
    }

    fn changes_at_once(&self) -> bool {
        true
    }

    fn cover(&self, names: &[&str]) -> Vec<u8> {
        format!("_awsenv_cover {}\n", names.join(" ")).into_bytes()
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
        // `set -a` would export it.
        bytes(&[name.as_bytes(), b"=", &self.quote(value), b"\n\\builtin export -n ", name.as_bytes(), b"\n"])
    }

    fn assign_all(&self, values: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut text, mut unexport) = (Vec::new(), Vec::new());
        for (name, value) in values {
            text.extend(bytes(&[name.as_bytes(), b"=", &self.quote(value), b" "]));
            unexport.extend(bytes(&[b" ", name.as_bytes()]));
        }
        // Without a name, `export` lists all that is exported.
        if values.is_empty() { text } else { bytes(&[&text, b"\n\\builtin export -n", &unexport, b"\n"]) }
    }

    /// In the second element of an array: that is never exported, and `export` cannot set it.
    fn keep_answers(&self, answers: &[u8]) -> Vec<u8> {
        bytes(&[b"_awsenv_confirmed=('' ", &self.quote(answers), b")\n"])
    }

    fn keep_choices(&self, choices: &[u8]) -> Vec<u8> {
        bytes(&[b"_awsenv_chosen=('' ", &self.quote(choices), b")\n"])
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        posix::tell_once(self, name, line)
    }

    fn stale(&self) -> Vec<u8> {
        b"_awsenv_fresh() { \\builtin return 1; }\n_awsenv_look=_awsenv_fresh\n".to_vec()
    }

    /// The features:
    ///
    /// - `ns`: file times are compared in nanoseconds (bash 5.0); else in seconds, so a file of this very
    ///   second counts as changed until the second is over;
    /// - `epoch`: there is `$EPOCHSECONDS` (5.0), or `printf`: `printf %(%s)T` (4.2);
    /// - `attributes`: `${name@a}` tells whether a variable is exported (4.4); implied by `ns`;
    /// - `functions`: the hook turns `set -u` off for this text;
    /// - `others`: see [`posix::variables`].
    fn fresh(&self, guard: &Guard, features: &str, stamps: &dyn Stamps) -> Vec<u8> {
        let has = |feature: &str| has_feature(features, feature);
        let clock = match (has("epoch"), has("printf")) {
            (true, _) => "EPOCHSECONDS",
            (_, true) => "_awsenv_now",
            _ => return self.stale(),
        };
        let is_strict = !has("functions");
        // An empty value of these variables names no account, so it may count as unset.
        let [before, after] = if is_strict { ["${", "+x}"] } else { ["$", ""] };
        let mut none_is_set = b"-z ".to_vec();
        for name in missing(guard) {
            none_is_set.extend_from_slice(&bytes(&[before.as_bytes(), name.as_bytes(), after.as_bytes()]));
        }
        let attributes = (has("ns") || has("attributes")).then_some(["${", "@a}"]);
        let present = posix::present(guard, |_| String::new(), attributes, is_strict);
        let (mut conditions, variables) =
            posix::variables(guard, &present, &none_is_set, has("others"), attributes);
        let tokens: Vec<_> =
            guard.present.iter().map(|present| present.name).filter(|n| posix::is_long(n)).collect();
        let dash = if is_strict { "-" } else { "" };
        // To cut a token takes 3 us more than to compare it with its start.
        let is_same_start =
            |name: &&str| format!("${{{name}{dash}}} == \"$_awsenv_start_{name}\"*").into_bytes();
        conditions.extend(tokens.iter().map(is_same_start));
        let mut not_before = guard.earliest();
        let mut paths = Paths::default();
        for path in &guard.absent {
            conditions.push(format!("! -e {}", paths.word(path)).into_bytes());
        }
        for path in &guard.existing {
            conditions.push(format!("-e {}", paths.word(path)).into_bytes());
        }
        if let Some(path) = &guard.mistaken {
            conditions.push(format!("! . -ef {}", paths.word(path)).into_bytes());
        }
        for path in &guard.dangling {
            let path = paths.word(path);
            conditions.push(format!("-L {path} && ! -e {path}").into_bytes());
        }
        for (path, mark) in &guard.marks {
            let Some(stamp) = stamps.stamp(mark.modified) else { return self.stale() };
            let (path, stamp) = (paths.word(path), paths.word(&stamp));
            conditions.push(format!("! {path} -nt {stamp} && ! {path} -ot {stamp}").into_bytes());
            if !has("ns") && mark.modified.0 <= guard.now {
                not_before = not_before.max(mark.modified.0 + 1);
            }
        }
        for (path, target) in &guard.targets {
            conditions.push(format!("{} -ef {}", paths.word(path), paths.word(target)).into_bytes());
        }
        for Content { path, .. } in &guard.contents {
            let path = paths.word(path);
            // A redirection of the complaint about an unreadable file takes longer than to ask.
            conditions.push(format!("-f {path} && -r {path}").into_bytes());
        }
        let mut body = Vec::new();
        if !has("epoch") {
            body.extend_from_slice(b"\\builtin printf -v _awsenv_now '%(%s)T' -1\n");
        }
        body.extend(bytes(&[b"[[ ", &join(&conditions, " && "), b" ]]"]));
        // Both bounds at once take a third of what two conditions take.
        let before = guard.deadline.map_or(String::new(), |deadline| format!(" && {clock} < {deadline}"));
        body.extend(format!(" && (({clock} >= {not_before}{before}))").into_bytes());
        for (index, Content { path, text, .. }) in guard.contents.iter().enumerate() {
            body.extend(unchanged(&paths.word(path), text, index).into_bytes());
        }
        let nearer: Vec<_> =
            guard.nearer().iter().map(|path| format!("! -e {}", paths.word(path)).into_bytes()).collect();
        let here = match &nearer[..] {
            [] => b"_awsenv_look=_awsenv_fresh\n".to_vec(),
            nearer => bytes(&[
                b"_awsenv_here() { [[ ",
                &join(nearer, " && "),
                b" ]] && _awsenv_fresh; }\n_awsenv_look=_awsenv_here\n",
            ]),
        };
        let names = |stem: &str, count: usize| (0..count).map(|n| format!("{stem}_{n}")).collect::<Vec<_>>();
        let path_names = names("_awsenv_path", paths.0.len());
        let text_names = names("_awsenv_text", guard.contents.len());
        let paths = paths.0.iter().map(|path| path.as_os_str().as_bytes());
        let texts = guard.contents.iter().map(|content| &content.text[..]);
        let path_values = path_names.iter().map(String::as_str).zip(paths);
        let values = path_values.chain(text_names.iter().map(String::as_str).zip(texts));
        let mut text = self.assign_all(&values.collect::<Vec<_>>());
        text.extend(bytes(&[b"_awsenv_fresh() {\n", &body, b"\n}\n", &here, &variables]));
        let mut unexport = b"\\builtin export -n _awsenv_env _awsenv_others _awsenv_features".to_vec();
        for name in tokens {
            let start = format!("_awsenv_start_{name}");
            text.extend(format!("{start}=${{{name}:0:128}}\n").into_bytes());
            unexport.extend(bytes(&[b" ", start.as_bytes()]));
        }
        text.extend(bytes(&[&unexport, b"\n"]));
        text
    }
}

/// The paths that are tested at each prompt, in variables: bash takes a fifth longer to test a path that it
/// must first read from quotes.
#[derive(Default)]
struct Paths(Vec<PathBuf>);

impl Paths {
    /// Returns the variable that has the path, as a word of a condition.
    fn word(&mut self, path: &Path) -> String {
        let index = self.0.iter().position(|known| known == path).unwrap_or_else(|| {
            self.0.push(path.to_owned());
            self.0.len() - 1
        });
        format!("$_awsenv_path_{index}")
    }
}

/// Returns the condition that a file still has its content. `mapfile` takes two thirds of the time of
/// `read -d ''`, which asks for a file position and sets `IFS`, but the condition names each line: beyond 16
/// lines `read` is used.
fn unchanged(path: &str, content: &[u8], index: usize) -> String {
    const MOST: usize = 16;
    let known = format!("\"$_awsenv_text_{index}\"");
    let lines = content.split_inclusive(|byte| *byte == b'\n').count();
    match lines {
        0 => format!(" && [[ ! -s {path} ]]"),
        1..=MOST => {
            // A line that was not there before is read as well, and counts whatever it is made of.
            let whole: String = (0..lines).map(|line| format!("${{_awsenv_lines[{line}]-}}")).collect();
            let most = lines + 1;
            format!(
                " && \\builtin mapfile -n {most} _awsenv_lines <\"{path}\" && [[ ${{#_awsenv_lines[@]}}{whole} == {lines}{known} ]]"
            )
        }
        _ => format!(
            " && {{ IFS= \\builtin read -r -d '' _awsenv_text <\"{path}\" || :; }} && [[ $_awsenv_text == {known} ]]"
        ),
    }
}
