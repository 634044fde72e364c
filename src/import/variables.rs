//! The AWS variables that a `.awsenv` can hold, and their keys there.

use crate::env_file::parse::{EnvFile, FileEntry};
use crate::import::{Fate, ImportRow};
use crate::text::sanitize;

/// A variable as another tool's file sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedVariable {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// Its value, or why it cannot be taken.
    pub value: Result<String, &'static str>,
}

/// Returns what becomes of each variable, and the lines to add to the `.awsenv`, which has `there` already.
pub fn rows(variables: &[ImportedVariable], there: &EnvFile) -> (Vec<ImportRow>, String) {
    let mut added = String::new();
    let mut taken: Vec<(&str, &str)> = Vec::new();
    let rows = variables.iter().map(|variable| {
        let fate = match key(&variable.name) {
            Err(why) => Fate::Left(why.to_owned()),
            Ok(key) => match &variable.value {
                Err(why) => Fate::Left((*why).to_owned()),
                Ok(value) => {
                    let fate = fate(key, value, variables, there);
                    if let (Fate::Taken(line), false) = (&fate, taken.contains(&(key, value))) {
                        added += &format!("{line}\n");
                        taken.push((key, value));
                    }
                    fate
                }
            },
        };
        ImportRow { line: variable.line, name: sanitize::shown(&variable.name), fate }
    });
    (rows.collect(), added)
}

fn fate(key: &str, value: &str, variables: &[ImportedVariable], there: &EnvFile) -> Fate {
    let line = format!("{key} = {value}");
    let read_back = EnvFile::parse(line.as_bytes(), "").ok();
    if of(key, read_back.as_ref()).is_none_or(|entry| entry.value != value) {
        return Fate::Left("a .awsenv cannot hold this value".to_owned());
    }
    if let Some(entry) = of(key, Some(there)) {
        if entry.value == value {
            return Fate::Known;
        }
        return Fate::Left(format!(".awsenv says another `{key}` (line {})", entry.line));
    }
    let others = variables.iter().filter(|other| self::key(&other.name) == Ok(key));
    match others.into_iter().find(|other| other.value.as_deref() != Ok(value)) {
        Some(other) => Fate::Left(format!("line {} sets something else", other.line)),
        None => Fate::Taken(line),
    }
}

fn of<'a>(key: &str, file: Option<&'a EnvFile>) -> Option<&'a FileEntry<String>> {
    let file = file?;
    if key == "profile" { file.profile.as_ref() } else { file.region.as_ref() }
}

/// Returns the key that a variable becomes, or why it becomes none.
fn key(name: &str) -> Result<&'static str, &'static str> {
    let is_secret = ["ACCESS_KEY", "SECRET", "TOKEN", "PASSWORD"].iter().any(|word| name.contains(word));
    match name {
        "AWS_PROFILE" | "AWS_DEFAULT_PROFILE" => Ok("profile"),
        "AWS_REGION" | "AWS_DEFAULT_REGION" => Ok("region"),
        "AWS_ACCOUNT_ID" => Err("if it is this folder's account, add `account = ...` yourself"),
        _ if is_secret => Err("keys and secrets do not belong in a .awsenv"),
        _ => Err(".awsenv has no key for it, so it stays where it is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(line: usize, name: &str, value: &str) -> ImportedVariable {
        ImportedVariable { line, name: name.into(), value: Ok(value.into()) }
    }

    fn outcome(variables: &[ImportedVariable], there: &str) -> (Vec<String>, String) {
        let there = EnvFile::parse(there.as_bytes(), "f").unwrap();
        let (rows, added) = rows(variables, &there);
        let shown = |row: ImportRow| match row.fate {
            Fate::Taken(line) => format!("+ {line}"),
            Fate::Known => "=".to_owned(),
            Fate::Left(why) => why,
        };
        (rows.into_iter().map(shown).collect(), added)
    }

    #[test]
    fn the_same_twice_is_written_once_and_a_contradiction_not_at_all() {
        let both = [variable(1, "AWS_REGION", "a"), variable(2, "AWS_DEFAULT_REGION", "a")];
        assert_eq!(outcome(&both, ""), (vec!["+ region = a".into(); 2], "region = a\n".into()));
        let other = [variable(1, "AWS_REGION", "a"), variable(2, "AWS_DEFAULT_REGION", "b")];
        let (rows, added) = outcome(&other, "");
        assert_eq!(rows, ["line 2 sets something else", "line 1 sets something else"]);
        assert_eq!(added, "");
        let computed = ImportedVariable { value: Err("x"), ..variable(2, "AWS_REGION", "") };
        assert_eq!(outcome(&[both[0].clone(), computed], "").0, ["line 2 sets something else", "x"]);
    }

    #[test]
    fn what_the_file_says_already_stays() {
        let one = [variable(1, "AWS_PROFILE", "dev")];
        assert_eq!(outcome(&one, "profile = dev\n"), (vec!["=".into()], String::new()));
        assert_eq!(outcome(&one, "#\nprofile = x\n").0, [".awsenv says another `profile` (line 2)"]);
    }

    #[test]
    fn values_that_would_become_others_are_left() {
        for value in ["", " dev", "'dev'", "a\nb", "a\tb", "a\u{1b}"] {
            let (rows, added) = outcome(&[variable(1, "AWS_PROFILE", value)], "");
            assert_eq!(
                (rows[0].as_str(), added.as_str()),
                ("a .awsenv cannot hold this value", ""),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_secret_has_a_name_alone() {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let (rows, added) = outcome(&[variable(1, name, "hunter2")], "");
            assert_eq!(
                (rows[0].as_str(), added.as_str()),
                ("keys and secrets do not belong in a .awsenv", "")
            );
        }
    }
}
