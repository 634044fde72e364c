//! `.awsenv`: data, never code.
//!
//! ```ini
//! # acme's development account
//! profile = acme-dev
//! region  = ap-northeast-1
//! account = 111122223333
//! ```
//!
//! In place of `profile`, `account` and `role` together name the target, `sso_session` narrows it.
//!
//! Lines of `key = value`; `#` and `;` start comment lines; UTF-8, with or without a byte order mark, LF or
//! CRLF. `AWS_PROFILE`, `AWS_REGION` and `AWS_DEFAULT_REGION` are other spellings of `profile` and `region`,
//! so that those lines of a `.env` or `.envrc` can be moved over as they are.

use anyhow::Result;

use crate::exports::mode::Export;
use crate::failure::Failure;
use crate::text::{ini_line, sanitize};
use crate::values::target_name;

/// The file's name.
pub const NAME: &str = ".awsenv";

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 64 * 1024;

const KEYS: [&str; 6] = ["profile", "region", "account", "role", "sso_session", "export"];

/// The keys, for a hint.
pub const KEY_LIST: &str = "`profile`, `region`, `account`, `role`, `sso_session` and `export`";

/// Whether an error quotes what is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// It does.
    Text,
    /// It does not.
    Nothing,
}

impl Quoting {
    /// Returns a failure that quotes the file, or in its place the mistake alone.
    fn limit(self, failure: Failure, mistake: &str) -> Failure {
        match self {
            Self::Text => failure,
            Self::Nothing => Failure { message: mistake.to_owned(), ..failure },
        }
    }

    fn quote(self, mistake: &str, text: &str) -> String {
        match self {
            Self::Text => format!("{mistake}: `{}`", sanitize::shown(text)),
            Self::Nothing => mistake.to_owned(),
        }
    }
}

/// A value and the line it stands on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry<T> {
    /// The value.
    pub value: T,
    /// The line.
    pub line: usize,
}

/// What one `.awsenv` says. A key that does not stand in it is `None`, never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// The profile's name.
    pub profile: Option<FileEntry<String>>,
    /// Overrides the profile's region.
    pub region: Option<FileEntry<String>>,
    /// The account: 12 digits.
    pub account: Option<FileEntry<String>>,
    /// The role: a permission set's name, or the last part of a role's ARN.
    pub role: Option<FileEntry<String>>,
    /// The name of an `[sso-session]`.
    pub sso_session: Option<FileEntry<String>>,
    /// The export mode.
    pub export: Option<FileEntry<Export>>,
}

impl EnvFile {
    /// Reads the content of a `.awsenv` that is called `name` in errors, which start with `name:line`.
    pub fn parse(content: &[u8], name: &str) -> Result<Self> {
        Self::parse_quoting(content, name, Quoting::Text)
    }

    /// [`EnvFile::parse`] of a file that nobody allowed: an error says which line is wrong and how, and
    /// quotes nothing of it. The file may be a link to a private one.
    pub fn parse_unknown(content: &[u8], name: &str) -> Result<Self> {
        Self::parse_quoting(content, name, Quoting::Nothing)
    }

    fn parse_quoting(content: &[u8], name: &str, quoting: Quoting) -> Result<Self> {
        let at = |line: usize, failure: Failure| {
            let message = format!("could not read {name}:{line}: {}", failure.message);
            Failure { message, ..failure }
        };
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let content = std::str::from_utf8(content).map_err(|error| {
            let line = content[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            at(line, Failure::new("the text is not UTF-8").hint("save the file as UTF-8"))
        })?;
        let mut file = Self::default();
        for (index, line) in content.lines().enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            file.line(line, index + 1, quoting).map_err(|failure| at(index + 1, failure))?;
        }
        Ok(file)
    }

    /// Returns whether the file names a target: a profile, or an account and a role. The lookup ends there.
    pub fn names_target(&self) -> bool {
        self.profile.is_some() || self.account.is_some() && self.role.is_some()
    }

    fn line(&mut self, line: &str, number: usize, quoting: Quoting) -> Result<(), Failure> {
        let hidden = || Failure::new("a control character stands there").hint("write the line again by hand");
        if line.chars().any(|c| c != '\t' && sanitize::is_hidden(c)) {
            return Err(hidden());
        }
        let Some((key, value)) = ini_line::split(line)? else { return Ok(()) };
        let key = key.strip_prefix("export ").map_or(key.as_str(), str::trim_start);
        let value = unquoted(&value)?;
        // A tab may stand around a value, not in it.
        if value.contains('\t') {
            return Err(hidden());
        }
        self.entry(key, value, number, quoting).map_err(|failure| {
            if ini_line::has_comment(value) { failure.hint(ini_line::HINT_FOR_A_COMMENT) } else { failure }
        })
    }

    fn entry(&mut self, key: &str, value: &str, number: usize, quoting: Quoting) -> Result<(), Failure> {
        match key {
            "profile" | "AWS_PROFILE" => put(&mut self.profile, key, value.to_owned(), number)?,
            "region" | "AWS_REGION" | "AWS_DEFAULT_REGION" => {
                put(&mut self.region, key, value.to_owned(), number)?;
            }
            "account" => {
                target_name::check_account(value)
                    .map_err(|failure| quoting.limit(failure, "invalid account"))?;
                put(&mut self.account, key, value.to_owned(), number)?;
            }
            "role" => {
                if !value.is_empty() {
                    target_name::check_role(value)
                        .map_err(|failure| quoting.limit(failure, "invalid role"))?;
                }
                put(&mut self.role, key, value.to_owned(), number)?;
            }
            "sso_session" => put(&mut self.sso_session, key, value.to_owned(), number)?,
            "export" => {
                let mode = value.parse().map_err(|failure| quoting.limit(failure, "invalid export mode"))?;
                put(&mut self.export, key, mode, number)?;
            }
            _ => return Err(unknown(key, quoting)),
        }
        if value.is_empty() {
            return Err(Failure::new(format!("`{key}` has no value"))
                .hint(format!("write `{key} = ...`, or delete the line")));
        }
        Ok(())
    }
}

fn put<T: PartialEq>(
    slot: &mut Option<FileEntry<T>>,
    key: &str,
    value: T,
    line: usize,
) -> Result<(), Failure> {
    match slot {
        Some(first) if first.value != value => {
            Err(Failure::new(format!("`{key}` says something else than line {}", first.line))
                .hint("delete one of the two lines"))
        }
        Some(_) => Ok(()),
        None => {
            *slot = Some(FileEntry { value, line });
            Ok(())
        }
    }
}

fn unquoted(value: &str) -> Result<&str, Failure> {
    let Some(quote) = value.chars().next().filter(|first| ['"', '\''].contains(first)) else {
        return Ok(value);
    };
    let inner = &value[1..];
    match inner.find(quote) {
        Some(end) if end + 1 == inner.len() => Ok(&inner[..end]),
        Some(_) => Err(Failure::new("there is text behind the closing quote")
            .hint("delete it; a comment needs a line of its own")),
        None => {
            Err(Failure::new(format!("the closing {quote} is missing"))
                .hint("add it, or delete the first one"))
        }
    }
}

/// Returns the error for a key that `.awsenv` does not have. It never shows the value: some people keep a
/// dotenv file of this name, with access keys in it.
fn unknown(key: &str, quoting: Quoting) -> Failure {
    let upper = key.to_ascii_uppercase();
    let secret = ["ACCESS_KEY", "SECRET", "TOKEN", "PASSWORD"].iter().any(|word| upper.contains(word));
    if secret {
        return Failure::new(quoting.quote("keys and secrets do not belong in .awsenv", key))
            .hint("delete the line and replace that key, since it was in a file that is often shared; name a `profile` instead");
    }
    if upper.starts_with("AWS_") {
        return Failure::new(quoting.quote("a variable that .awsenv cannot set", key))
            .hint(format!("only {KEY_LIST} can stand here; the rest belongs in `~/.aws/config`"));
    }
    let failure = Failure::new(quoting.quote("unknown key", key));
    match sanitize::nearest(key, KEYS) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("the keys are {KEY_LIST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(content: &[u8]) -> String {
        let error = EnvFile::parse(content, "f").unwrap_err();
        format!("{error} | {}", Failure::hint_of(&error).unwrap_or("-"))
    }

    #[test]
    fn a_file_is_read_with_comments_quotes_other_spellings_and_line_ends() {
        let content = "\u{feff}# c\r\n; c\r\n\r\n  export AWS_PROFILE=\"a b\" \r\nprofile = a b\r\nAWS_DEFAULT_REGION='eu-west-1'\r\n\
                       account=000011112222\r\nexport = keys";
        let file = EnvFile::parse(content.as_bytes(), "f").unwrap();
        assert_eq!(file.profile, Some(FileEntry { value: "a b".into(), line: 4 }));
        assert_eq!(file.region, Some(FileEntry { value: "eu-west-1".into(), line: 6 }));
        assert_eq!(file.account, Some(FileEntry { value: "000011112222".into(), line: 7 }));
        assert_eq!(file.export, Some(FileEntry { value: Export::Keys, line: 8 }));
    }

    #[test]
    fn values_are_taken_as_they_are() {
        for value in [r"a\b", "a=b:c", "x # y", "${HOME}", "`id`", "é", "it's"] {
            let file = EnvFile::parse(format!("profile = {value}").as_bytes(), "f").unwrap();
            assert_eq!(file.profile.unwrap().value, value);
        }
    }

    #[test]
    fn each_mistake_names_its_line_and_its_cure() {
        let table: [(&[u8], &str); 19] = [
            (b"\nporfile = x", "could not read f:2: unknown key: `porfile` | did you mean `profile`?"),
            (b"colour = x", "f:1: unknown key: `colour` | the keys are"),
            (b"profile =", "f:1: `profile` has no value | write `profile = ...`"),
            (b"profile = ''", "f:1: `profile` has no value"),
            (
                b"profile = a\nAWS_PROFILE=b",
                "f:2: `AWS_PROFILE` says something else than line 1 | delete one",
            ),
            (
                b"export = keys # c",
                "f:1: invalid export mode: `keys # c` | a comment needs a line of its own",
            ),
            (
                b"account = 111122223333 ; c",
                "f:1: invalid account: `111122223333 ; c` | a comment needs a line",
            ),
            (
                b"account = 1111-2222-3333",
                "f:1: invalid account: `1111-2222-3333` | write the account's 12 digits",
            ),
            (b"AWS_PROFILE=\"a\" # b", "f:1: there is text behind the closing quote | delete it; a comment"),
            (b"profile = 'a", "f:1: the closing ' is missing | add it"),
            (b"export = all", "f:1: invalid export mode: `all` | write `export = both`"),
            (b"profile", "f:1: a line must be `key = value`"),
            (b"[acme]\nprofile = x", "f:1: sections do not belong"),
            (b"profile = a\x1b[31m", "f:1: a control character"),
            (b"profile = a\0", "f:1: a control character"),
            (b"\tprofile\t=\ta\tb\t", "f:1: a control character"),
            (b"#\n\xff", "f:2: the text is not UTF-8"),
            (b"AWS_ROLE_ARN=arn:x", "f:1: a variable that .awsenv cannot set: `AWS_ROLE_ARN`"),
            (b"= x", "f:1: "),
        ];
        for (content, expected) in table {
            let text = fails(content);
            assert!(text.contains(expected), "{}: {text}", content.escape_ascii());
        }
    }

    #[test]
    fn of_a_file_that_nobody_allowed_no_text_is_shown() {
        for line in [
            "hunter2",
            "hunter2 = x",
            "AWS_HUNTER2=x",
            "SECRET_HUNTER2=x",
            "account = hunter2",
            "role = a:hunter2",
            "export = hunter2",
        ] {
            let content = format!("# first\n{line}\n");
            let error = EnvFile::parse_unknown(content.as_bytes(), "f").unwrap_err();
            let text = format!("{error:#} {:?}", Failure::hint_of(&error));
            assert!(text.starts_with("could not read f:2: "), "{text}");
            assert!(!text.to_lowercase().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_secret_is_refused_and_not_shown() {
        for key in ["AWS_ACCESS_KEY_ID", "export AWS_SECRET_ACCESS_KEY", "aws_session_token", "DB_PASSWORD"] {
            let text = fails(format!("{key}=hunter2").as_bytes());
            assert!(text.contains("keys and secrets do not belong") && !text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn fuzz_env_file() {
        let seeds = [
            "profile = acme-dev\nregion = eu-west-1\naccount = 111122223333\nrole = Developer\nexport = keys\n",
            "\u{feff}export AWS_PROFILE=\"a b\"\r\nsso_session: acme\n; c\n",
            "AWS_SECRET_ACCESS_KEY=x\n[section]\n",
        ];
        crate::fuzz::run("env file", crate::fuzz::MANY, &seeds, |content| {
            let read = EnvFile::parse(content, "f");
            let unknown = EnvFile::parse_unknown(content, "f");
            assert_eq!(read.is_ok(), unknown.is_ok());
            match (read, unknown) {
                (Ok(file), _) => {
                    let texts = [&file.profile, &file.region, &file.account, &file.role, &file.sso_session];
                    for entry in texts.into_iter().flatten() {
                        assert!(
                            !entry.value.is_empty() && !entry.value.contains(sanitize::is_hidden),
                            "{entry:?}"
                        );
                    }
                    "read".to_owned()
                }
                (Err(shown), Err(unknown)) => {
                    assert!(!format!("{shown:#}").contains(sanitize::is_hidden), "{shown:#}");
                    format!("{unknown:#}")
                }
                _ => unreachable!(),
            }
        });
    }
}
