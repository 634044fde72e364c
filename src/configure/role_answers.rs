//! The keys of a profile for a role, from flags and from the answers of a person.

use anyhow::Result;
use chrono::TimeDelta;

use crate::configure::role_profile::RoleProfile;
use crate::configure::session::{check_name, check_new_name};
use crate::configure::template;
use crate::failure::{Failure, FailureKind};
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::{SharedConfig, region};
use crate::system::environment::Environment;
use crate::terminal::text_input::Question;
use crate::text::sanitize;
use crate::values::role_arn::{self, RoleArgument, RoleTerms};
use crate::values::{arn, mfa_serial, switch_role_link};

/// The answer that means none.
const NONE: &str = "-";

/// The flags for the profile.
#[derive(Clone, Debug, Default)]
pub struct RoleFlags {
    /// `--profile`: the name.
    pub name: Option<String>,
    /// `--role-arn`, an ARN or the console's link.
    pub role_arn: Option<String>,
    /// `--source-profile`.
    pub source_profile: Option<String>,
    /// `--mfa-serial`; `-` for none.
    pub mfa_serial: Option<String>,
    /// `--default-region`.
    pub region: Option<String>,
    /// `--output`.
    pub output: Option<String>,
    /// `--session-name`.
    pub session_name: Option<String>,
    /// `--duration`.
    pub duration: Option<TimeDelta>,
    /// `--external-id`.
    pub external_id: Option<String>,
}

/// The result of the flags and answers.
#[derive(Debug)]
pub struct RoleAnswers {
    /// The profile.
    pub profile: RoleProfile,
    /// The profile whose credentials the role is assumed with.
    pub source: String,
    /// The role, for a trial before the profile is written.
    pub role: RoleArgument,
    /// The region that the profile will have, if any.
    pub region: Option<String>,
    /// Whether a person was asked.
    pub asked: bool,
}

/// If there `is_person`, asks them for what the flags leave open; else the error names the missing flag.
/// `device_of` returns the likely MFA device of the user behind a profile, if that can be found out.
pub fn ask(
    flags: &RoleFlags,
    config: &SharedConfig,
    env: &Environment,
    is_person: bool,
    device_of: &dyn Fn(&Profile<'_>) -> Option<String>,
) -> Result<RoleAnswers> {
    let mut asked = false;
    let mut get = |given: &Option<String>, flag: &str, question: &Question<'_>| match given {
        Some(given) => (question.check)(given).map(|()| given.clone()),
        None if is_person => {
            asked = true;
            question.ask()
        }
        None => {
            Err(Failure::new(format!("could not write the profile without a terminal: `{flag}` is missing"))
                .hint("add `--profile NAME`, `--role-arn ARN` and `--source-profile PROFILE`")
                .kind(FailureKind::Usage)
                .into())
        }
    };
    let there = flags.name.as_deref().and_then(|name| config.profile(name));
    let before = |key: &str| Some(there?.get(key)?.text().to_owned());
    let sources: Vec<String> = sources(config).map(|profile| profile.name.to_owned()).collect();
    if sources.is_empty() {
        return Err(Failure::new("could not find a profile with credentials to assume the role with")
            .hint("run `awsenv configure sso`, or `awsenv keys add default` for access keys of an IAM user")
            .into());
    }

    let default = before("role_arn").unwrap_or_default();
    let text = "Role ARN, or the console's link to switch to it";
    let question = Question { text, default: &default, known: &[], check: &|text| read_role(text).map(drop) };
    let arn = read_role(&get(&flags.role_arn, "--role-arn", &question)?)?;

    let default = before("source_profile").or_else(|| usual_source(&sources)).unwrap_or_default();
    let check = |name: &str| check_source(config, flags.name.as_deref(), name);
    let question = Question { text: "Source profile", default: &default, known: &sources, check: &check };
    let source = get(&flags.source_profile, "--source-profile", &question)?;
    let below = config.find(&source)?;

    // Without a terminal and without the flag, no device is set; a profile that has one keeps it.
    let serial = match &flags.mfa_serial {
        Some(serial) => check_serial(serial).map(|()| Some(serial.clone()))?,
        None if is_person && has_codes(&below) => {
            let default =
                before("mfa_serial").or_else(|| known_device(config, &below)).or_else(|| device_of(&below));
            let default = default.unwrap_or_else(|| NONE.to_owned());
            let text = "MFA device (- for none)";
            let question = Question { text, default: &default, known: &[], check: &check_serial };
            Some(get(&None, "", &question)?)
        }
        None => None,
    };
    let region = match &flags.region {
        Some(name) => region::check_form(name).map(|()| Some(name.clone()))?,
        None if is_person => {
            let of = |profile: Option<Profile<'_>>| region::of_profile(&profile?).ok().flatten();
            let known = of(there).or_else(|| of(Some(below)));
            let known = known.or_else(|| region::of_environment(env).ok().flatten());
            let default = known.map_or_else(|| NONE.to_owned(), |region| region.name);
            let check = |name: &str| match name {
                NONE => Ok(()),
                name if name == default => Ok(()),
                name => region::check_answer(name),
            };
            let text = "Default region for this profile (- for none)";
            Some(get(&None, "", &Question { text, default: &default, known: &[], check: &check })?)
        }
        None => None,
    };
    let default = usual_name(config, &arn);
    let check = |name: &str| check_profile(config, &source, name);
    let question = Question { text: "Profile name", default: &default, known: &[], check: &check };
    let name = get(&flags.name, "--profile", &question)?;
    flags.session_name.as_deref().map_or(Ok(()), role_arn::check_session_name)?;
    if let Some(id) = flags.external_id.as_deref().filter(|id| !is_external_id(id)) {
        return Err(Failure::new(format!("invalid `--external-id`: `{}`", sanitize::shown(id)))
            .hint("use 2 to 1224 letters, digits and `_+=,.@:/-`")
            .into());
    }
    Ok(answers(flags, config, asked, (name, arn, source), serial.as_deref(), region.as_deref()))
}

fn answers(
    flags: &RoleFlags,
    config: &SharedConfig,
    asked: bool,
    (name, arn, source): (String, String, String),
    serial: Option<&str>,
    region: Option<&str>,
) -> RoleAnswers {
    let said = |text: &str| Some(text.to_owned()).filter(|text| text != NONE);
    let seconds = flags.duration.map(|duration| duration.num_seconds().to_string());
    let mut keys = vec![("role_arn", Some(arn.clone())), ("source_profile", Some(source.clone()))];
    keys.extend(serial.map(|serial| ("mfa_serial", said(serial))));
    keys.extend(region.map(|region| ("region", said(region))));
    let more = [
        ("output", &flags.output),
        ("role_session_name", &flags.session_name),
        ("duration_seconds", &seconds),
        ("external_id", &flags.external_id),
    ];
    keys.extend(
        more.into_iter().filter(|(_, value)| value.is_some()).map(|(key, value)| (key, value.clone())),
    );
    // A key that is not written now keeps the value that the profile has.
    let there = config.profile(&name);
    let value = |key: &str| match keys.iter().find(|(own, _)| *own == key) {
        Some((_, value)) => value.clone(),
        None => there.and_then(|profile| Some(profile.get(key)?.text().to_owned())),
    };
    let terms = RoleTerms {
        external_id: value("external_id"),
        mfa_serial: value("mfa_serial"),
        duration_seconds: value("duration_seconds").and_then(|seconds| seconds.parse().ok()),
    };
    let role = RoleArgument { arn, session_name: value("role_session_name"), terms: Some(terms) };
    let region = value("region").filter(|region| !region.is_empty());
    RoleAnswers { profile: RoleProfile { name, keys }, source, role, region, asked }
}

/// Returns the role's ARN, from an ARN or from the console's link to switch to the role.
fn read_role(text: &str) -> Result<String> {
    if switch_role_link::is_one(text) {
        return switch_role_link::role_arn(text).ok_or_else(|| {
            Failure::new("could not read an account and a role from the link")
                .hint("an account's alias is not enough; write `arn:aws:iam::111122223333:role/Name`")
                .into()
        });
    }
    if !role_arn::is_role(text) {
        return Err(Failure::new(format!("invalid role ARN: `{}`", sanitize::shown(text)))
            .hint(role_arn::EXAMPLE)
            .into());
    }
    if text.contains(":role/aws-reserved/sso.amazonaws.com/") {
        return Err(Failure::new(
            "this is the role of a permission set, which only IAM Identity Center hands out",
        )
        .hint("run `awsenv configure sso`")
        .into());
    }
    Ok(text.to_owned())
}

/// Returns the profiles that have credentials.
fn sources(config: &SharedConfig) -> impl Iterator<Item = Profile<'_>> {
    config.profiles().filter(|profile| profile.kind_as_source() != ProfileKind::Other)
}

/// Returns the default source: `default`, which `aws configure` writes, or the only profile there is.
fn usual_source(sources: &[String]) -> Option<String> {
    let default = sources.iter().find(|name| *name == "default");
    default.or(sources.first().filter(|_| sources.len() == 1)).cloned()
}

fn check_source(config: &SharedConfig, own: Option<&str>, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Failure::new("a role is assumed with the credentials of another profile").into());
    }
    let profile = config.find(name)?;
    if own == Some(name) {
        return Err(Failure::new("a profile cannot be its own source").into());
    }
    if profile.kind_as_source() == ProfileKind::Other {
        let what = format!("{} has no credentials", profile.shown());
        let hint = format!("for access keys of an IAM user, run `awsenv keys add {}`", sanitize::shown(name));
        return Err(Failure::new(what).hint(hint).into());
    }
    Ok(())
}

/// Returns whether the profile can have long-lived keys, which an MFA code can be sent with. Those of other
/// kinds are temporary.
fn has_codes(source: &Profile<'_>) -> bool {
    matches!(
        source.kind_as_source(),
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys | ProfileKind::Process
    )
}

/// Returns the MFA device of the source profile, or of another role with this source.
fn known_device(config: &SharedConfig, source: &Profile<'_>) -> Option<String> {
    let is_over = |profile: &Profile<'_>| {
        profile.get("source_profile").is_some_and(|below| below.text() == source.name)
    };
    let serial = |profile: Profile<'_>| Some(profile.get("mfa_serial")?.text().to_owned());
    let known = serial(*source).or_else(|| config.profiles().filter(is_over).find_map(serial));
    known.filter(|serial| mfa_serial::is_valid(serial))
}

fn check_serial(serial: &str) -> Result<()> {
    if serial == NONE || mfa_serial::is_valid(serial) {
        return Ok(());
    }
    let why = if serial.contains(":u2f/") { ": a security key has no codes" } else { "" };
    let what = format!("invalid MFA device: `{}`{why}", sanitize::shown(serial));
    Err(Failure::new(what).hint(mfa_serial::EXAMPLE).into())
}

fn is_external_id(id: &str) -> bool {
    let is_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    (2..=1224).contains(&id.len()) && id.bytes().all(is_byte)
}

/// Returns a name that no profile has: the role's, with its account if need be.
fn usual_name(config: &SharedConfig, arn: &str) -> String {
    let role = template::safe(arn.rsplit('/').next().unwrap_or_default());
    let account = arn::account(arn).unwrap_or_default();
    let names = [role.clone(), format!("{role}-{account}")];
    let is_free = |name: &&String| config.profile(name).is_none();
    names.iter().find(is_free).cloned().unwrap_or_default()
}

/// Checks the profile's name. One that exists may have any name; a new one must be readable by the SDKs.
fn check_profile(config: &SharedConfig, source: &str, name: &str) -> Result<()> {
    if name == source {
        return Err(Failure::new("a profile cannot be its own source").into());
    }
    if config.profile(name).is_some() { check_name(name) } else { check_new_name(name) }
}
