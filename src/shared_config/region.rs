//! The AWS region to work in, and where it was set. Never the region of an SSO session.

use std::ffi::OsStr;
use std::fmt;

use anyhow::Result;

use crate::failure::Failure;
use crate::shared_config::profile::Profile;
use crate::system::environment::Environment;
use crate::text::ini_line::HINT_FOR_A_COMMENT;
use crate::text::sanitize;
use crate::values::region_names;

/// The variables that name a region; an earlier one hides a later one even if it is empty (AWS CLI 2.36).
pub const VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A region, and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name; one host label, never empty.
    pub name: String,
    /// Where it was set.
    pub from: RegionOrigin,
}

/// Where a region was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionOrigin {
    /// `--region`.
    Flag,
    /// A `.awsenv`.
    EnvFile,
    /// The profile's `region`.
    Profile,
    /// One of [`VARIABLES`].
    Variable(&'static str),
}

impl RegionOrigin {
    /// Returns its name in the output of `status` and in the bookkeeping of `exec`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::EnvFile => ".awsenv",
            Self::Profile => "profile",
            Self::Variable(_) => "environment",
        }
    }
}

/// Returns `--region`, else the env file's `region`, else the profile's, else the environment's, else `None`.
/// The AWS CLI puts the environment before the profile; awsenv does not, so that a folder's account comes
/// with its own region. Empty counts as unset, except that an empty `AWS_REGION` hides `AWS_DEFAULT_REGION`.
/// An error if the name cannot be part of a host name.
pub fn choose(
    flag: Option<&str>,
    env_file: Option<&str>,
    profile: Option<&str>,
    env: &Environment,
) -> Result<Option<Region>> {
    let given = [
        (flag, RegionOrigin::Flag, "`--region`"),
        (env_file, RegionOrigin::EnvFile, "`.awsenv`"),
        (profile, RegionOrigin::Profile, "the profile"),
    ];
    for (name, from, place) in given {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            return checked(name, from, place).map(Some);
        }
    }
    of_environment(env)
}

/// Returns the region as [`choose`] does, but unchecked: for a call that may never be made.
pub fn unchecked(chosen: Option<&str>, profile: Option<&str>, env: &Environment) -> Option<String> {
    let given = chosen.into_iter().chain(profile).find(|name| !name.is_empty()).map(str::to_owned);
    given.or_else(|| Some(variable(env)?.1.to_string_lossy().into_owned()))
}

/// Returns the profile's `region`, `None` if it is not set or empty.
pub fn of_profile(profile: &Profile<'_>) -> Result<Option<Region>> {
    let Some(property) = profile.get("region") else { return Ok(None) };
    match property.plain()? {
        "" => Ok(None),
        name => checked(name, RegionOrigin::Profile, property.at()).map(Some),
    }
}

/// Returns the profile's `region` unchecked; `None` if it is not set or empty.
pub fn written_in<'a>(profile: &Profile<'a>) -> Result<Option<&'a str>> {
    Ok(profile.text("region")?.filter(|name| !name.is_empty()))
}

/// Returns the region that the environment names, `None` if the variable that counts is empty.
pub fn of_environment(env: &Environment) -> Result<Option<Region>> {
    let Some((variable, value)) = variable(env) else { return Ok(None) };
    let place = format_args!("`{variable}`");
    checked(&value.to_string_lossy(), RegionOrigin::Variable(variable), place).map(Some)
}

/// Returns the variable that names a region, and its value, which is not empty.
fn variable(env: &Environment) -> Option<(&'static str, &OsStr)> {
    let set = VARIABLES.into_iter().find_map(|variable| Some((variable, env.get(variable)?)));
    set.filter(|(_, value)| !value.is_empty())
}

/// Checks that `name` is one host label, which is what botocore asks of a region: at most 63 letters, digits
/// and hyphens, not digits alone, no hyphen at either end. `place` is where it was set, for the error.
pub fn check(name: &str, place: impl fmt::Display) -> Result<()> {
    let is_label_byte = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_label = (1..=63).contains(&name.len())
        && name.bytes().all(is_label_byte)
        && !name.bytes().all(|b| b.is_ascii_digit())
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_label {
        return Ok(());
    }
    let hint = if name.contains(['#', ';']) {
        HINT_FOR_A_COMMENT
    } else if name.contains('\n') {
        "a line that is indented deeper than the key above it continues that key's value: indent both alike"
    } else if name.contains(['"', '\'']) {
        "remove the quotes: they are part of the value"
    } else {
        "a region is letters, digits and hyphens, such as `eu-west-1`"
    };
    Err(Failure::new(format!("invalid region in {place}: `{}`", sanitize::shown(name))).hint(hint).into())
}

/// Checks a region that a person typed: it must have the form of one, and not look like a typo of one.
pub fn check_answer(name: &str) -> Result<()> {
    if let Some(near) = region_names::meant(name) {
        return Err(invalid(name).hint(format!("did you mean `{near}`?")).into());
    }
    check_form(name)
}

/// Checks a region that is to be written to a file: it must have the form of one.
pub fn check_form(name: &str) -> Result<()> {
    if region_names::is_form(name) {
        return Ok(());
    }
    let near = region_names::meant(name).map(|near| format!("did you mean `{near}`?"));
    Err(invalid(name).hint(near.unwrap_or_else(|| "a region is like `eu-west-1`".to_owned())).into())
}

fn invalid(name: &str) -> Failure {
    Failure::new(format!("invalid region: `{}`", sanitize::shown(name)))
}

/// Returns the warning about a region that is probably a typo; `None` if it may be right.
pub fn doubt(name: &str, place: impl fmt::Display) -> Option<Failure> {
    let near = region_names::meant(name)?;
    let what = format!("`{}` in {place} is no known region", sanitize::shown(name));
    Some(Failure::new(what).hint(format!("did you mean `{near}`?")))
}

fn checked(name: &str, from: RegionOrigin, place: impl fmt::Display) -> Result<Region> {
    check(name, place)?;
    Ok(Region { name: name.to_owned(), from })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Presence, SharedConfig};

    fn config(region: &str) -> SharedConfig {
        let text = format!("[profile a]\n{region}\nsso_region = eu-west-9\n");
        let config = Document::parse("/config", text.into()).unwrap();
        SharedConfig::new(config, Document::empty("/credentials", Presence::Missing))
    }

    fn env(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|&(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_nearest_to_the_person_names_the_region() {
        let both = env(&[("AWS_DEFAULT_REGION", "old-1"), ("AWS_REGION", "new-1")]);
        let (with, without) = (config("region = profile-1"), config("region ="));
        let region = |config: &SharedConfig| of_profile(&config.profile("a").unwrap()).unwrap();
        let (with, without) = (region(&with), region(&without));
        let cases = [
            (Some("flag-1"), Some("file-1"), with.clone(), "flag-1", RegionOrigin::Flag),
            (None, Some("file-1"), with.clone(), "file-1", RegionOrigin::EnvFile),
            (Some(""), None, with, "profile-1", RegionOrigin::Profile),
            (None, None, without.clone(), "new-1", RegionOrigin::Variable("AWS_REGION")),
            (None, None, None, "new-1", RegionOrigin::Variable("AWS_REGION")),
        ];
        for (flag, file, profile, name, from) in cases {
            let region = choose(flag, file, profile.as_ref().map(|region| region.name.as_str()), &both)
                .unwrap()
                .unwrap();
            assert_eq!((region.name.as_str(), region.from), (name, from));
        }
        assert_eq!(choose(None, None, None, &Environment::default()).unwrap(), None);
    }

    #[test]
    fn an_empty_variable_hides_the_next() {
        assert_eq!(of_environment(&env(&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "x-1")])).unwrap(), None);
        let old = of_environment(&env(&[("AWS_DEFAULT_REGION", "x-1")])).unwrap().unwrap();
        assert_eq!((old.name.as_str(), old.from), ("x-1", RegionOrigin::Variable("AWS_DEFAULT_REGION")));
    }

    #[test]
    fn a_region_is_one_host_label() {
        for good in ["us-east-1", "aws-global", "EU-west-1", "a", "1a", &"a".repeat(63)] {
            assert!(check(good, "x").is_ok(), "{good}");
        }
        for bad in
            ["", "-a", "a-", "123", "us east", "us_east", "a.b", "a/b", "a@b", "é", &"a".repeat(64), "a\n"]
        {
            assert!(check(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_names_the_place_and_the_usual_slip() {
        let cases = [
            (
                "region = eu-west-1 # home",
                "a comment needs a line of its own: after a value it is part of the value",
            ),
            ("region = \"eu-west-1\"", "remove the quotes: they are part of the value"),
            ("region = eu/west", "a region is letters, digits and hyphens, such as `eu-west-1`"),
            (
                "region = eu-west-1\n  output = json",
                "a line that is indented deeper than the key above it continues that key's value: indent both alike",
            ),
        ];
        for (line, hint) in cases {
            let error = of_profile(&config(line).profile("a").unwrap()).unwrap_err();
            assert!(error.to_string().starts_with("invalid region in /config:2: `"), "{error}");
            assert_eq!(Failure::hint_of(&error), Some(hint));
        }
    }
}
