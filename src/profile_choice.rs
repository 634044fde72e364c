//! Which profile is meant where no env file says so: the AWS CLI's order.

use anyhow::Result;

use crate::environment::Environment;
use crate::failure::Failure;

/// The variables that name a profile; an earlier one hides a later one even if it is empty (AWS CLI 2.36;
/// version 1 has the other order).
pub const VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The name of a profile, and what named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileChoice {
    /// The name; there may be no such profile.
    pub name: String,
    /// What named it.
    pub by: ChosenBy,
}

/// What named a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// `--profile`. Keys and web identity in the environment do not count then.
    Flag,
    /// One of [`VARIABLES`]. Keys in the environment still win over the profile's.
    Variable(&'static str),
    /// Nothing did: it is `default`, which need not exist.
    Nothing,
}

impl ProfileChoice {
    /// Chooses: `--profile`, else `AWS_PROFILE`, else `AWS_DEFAULT_PROFILE`, else `default`.
    ///
    /// An error if what names the profile is empty or not UTF-8: to the AWS CLI an empty variable names a
    /// profile whose name is empty, and that there is none stops every command.
    pub fn new(flag: Option<&str>, env: &Environment) -> Result<Self> {
        if let Some(name) = flag {
            return named(name, ChosenBy::Flag, "--profile", "name a profile after `--profile`");
        }
        for variable in VARIABLES {
            if let Some(value) = env.get(variable) {
                let name = value.to_str().ok_or_else(|| {
                    Failure::new(format!("could not choose a profile: `{variable}` is not UTF-8"))
                })?;
                return named(name, ChosenBy::Variable(variable), variable, &format!("unset {variable}"));
            }
        }
        Ok(Self { name: "default".into(), by: ChosenBy::Nothing })
    }

    /// Returns whether the profile has to exist.
    pub fn is_explicit(&self) -> bool {
        self.by != ChosenBy::Nothing
    }
}

fn named(name: &str, by: ChosenBy, what: &str, hint: &str) -> Result<ProfileChoice> {
    if name.is_empty() {
        return Err(Failure::new(format!("could not choose a profile: `{what}` is empty")).hint(hint).into());
    }
    Ok(ProfileChoice { name: name.to_owned(), by })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|&(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_flag_beats_the_variables_and_those_the_default() {
        let both = [("AWS_DEFAULT_PROFILE", "old"), ("AWS_PROFILE", "new")];
        let cases = [
            (Some("flag"), &both[..], "flag", ChosenBy::Flag),
            (None, &both[..], "new", ChosenBy::Variable("AWS_PROFILE")),
            (None, &both[..1], "old", ChosenBy::Variable("AWS_DEFAULT_PROFILE")),
            (None, &both[2..], "default", ChosenBy::Nothing),
        ];
        for (flag, variables, name, by) in cases {
            let choice = ProfileChoice::new(flag, &env(variables)).unwrap();
            assert_eq!((choice.name.as_str(), choice.by), (name, by));
            assert_eq!(choice.is_explicit(), by != ChosenBy::Nothing);
        }
    }

    #[test]
    fn an_empty_name_is_an_error_and_hides_the_next_variable() {
        let variables = env(&[("AWS_PROFILE", ""), ("AWS_DEFAULT_PROFILE", "x")]);
        let error = ProfileChoice::new(None, &variables).unwrap_err();
        assert_eq!(error.to_string(), "could not choose a profile: `AWS_PROFILE` is empty");
        assert_eq!(Failure::hint_of(&error), Some("unset AWS_PROFILE"));
        assert!(ProfileChoice::new(Some(""), &Environment::default()).is_err());
    }
}
