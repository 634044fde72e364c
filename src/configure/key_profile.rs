//! Profiles whose keys are in the keyring: writes the line that reads them there, and removes the keys in the
//! files.
//!
//! ```ini
//! [profile acme]
//! credential_process = /usr/bin/awsenv keys get acme
//! ```

use std::collections::BTreeSet;

use anyhow::Result;

use crate::configure::writer::{self, AwsFile};
use crate::configure::{plan, session, verify};
use crate::failure::{Failure, FailureKind};
use crate::keyring;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::{self, Editor, Section, SharedConfig};
use crate::system::context::Context;
use crate::text::{sanitize, shell_words};
use crate::values::credentials::Credentials;

const PROCESS: &str = "credential_process";
const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";

/// Returns the path of this program for a line in a file: as found on the `PATH`, links not resolved, so that
/// it stays right after an update.
pub fn program(ctx: &Context) -> Result<String> {
    let path = ctx.env.get("PATH").unwrap_or_default();
    let here = ctx.cwd.as_deref().unwrap_or(std::path::Path::new("/"));
    let found = which::which_in("awsenv", Some(path), here).ok().or_else(|| ctx.program());
    let text =
        found.as_ref().and_then(|path| path.to_str()).filter(|text| !text.chars().any(char::is_control));
    let text = text.ok_or_else(|| {
        Failure::new("could not find the path of this program").hint("put `awsenv` on the PATH")
    })?;
    Ok(text.to_owned())
}

/// Fails if the profile `name` cannot read its keys from the keyring: it is of another kind, has keys in a
/// file, or its name is one that the SDKs cannot read.
pub fn check_free(config: &SharedConfig, name: &str) -> Result<()> {
    let Some(profile) = config.profile(name) else { return session::check_new_name(name) };
    let (shown, place) = (profile.shown(), profile.place());
    let kind = profile.kind();
    let refused = |why: &str| Failure::new(format!("could not keep keys for {shown}: {why} ({place})"));
    match kind {
        ProfileKind::Other => Ok(()),
        ProfileKind::Process if name_of(&profile).as_deref() == Some(name) => Ok(()),
        ProfileKind::Process => {
            Err(refused("it has another `credential_process`").hint("choose another name").into())
        }
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys => {
            let name = sanitize::shown(&shell_words::quote(name));
            Err(refused("it has keys in a file").hint(format!("run `awsenv keys move {name}`")).into())
        }
        kind => {
            let kind = kind.name();
            let hint = "choose another name, and use that as `source_profile` if a role is to be assumed";
            Err(refused(&format!("its kind is {kind}")).hint(hint).into())
        }
    }
}

/// Returns the name in the keyring that the profile reads; `None` if it reads none.
pub fn name_of(profile: &Profile<'_>) -> Option<String> {
    keyring::name_in(profile.text(PROCESS).ok().flatten()?)
}

/// Returns the profile's pair of long-lived keys in the files. An error of kind [`FailureKind::NoProfile`] if
/// it has none that can be moved.
pub fn pair(profile: &Profile<'_>) -> Result<Credentials> {
    let refused = |why: &str, hint: &str| {
        Failure::new(format!("could not move the keys of {}: {why} ({})", profile.shown(), profile.place()))
            .hint(hint)
            .kind(FailureKind::NoProfile)
    };
    let has_id = |section: Option<Section<'_>>| section.is_some_and(|section| section.get(ID).is_some());
    let is_ours = name_of(profile).as_deref() == Some(profile.name);
    let section = match profile.kind() {
        ProfileKind::CredentialsKeys => profile.credentials,
        ProfileKind::ConfigKeys => profile.config,
        // An earlier run wrote the line and did not come to remove the keys.
        ProfileKind::Process if is_ours && has_id(profile.config) => profile.config,
        ProfileKind::Process if is_ours => {
            return Err(refused("they are in the keyring", "run `awsenv keys list`").into());
        }
        _ if profile.has_static_keys() => {
            let hint = "put the keys into a profile of their own, and name that one as `source_profile`";
            return Err(refused("they belong to a profile with something else", hint).into());
        }
        _ => return Err(refused("it has none in a file", "run `awsenv profiles`").into()),
    };
    let value = |section: Section<'_>, key: &str| section.get(key).map(|property| property.text().to_owned());
    let both = |section: Section<'_>| Credentials::long_lived(&value(section, ID)?, &value(section, SECRET)?);
    let Some(section) = section else {
        return Err(refused("it has none in a file", "run `awsenv profiles`").into());
    };
    let token = ["aws_session_token", "aws_security_token"].iter().find_map(|key| section.get(key));
    if token.is_some_and(|token| !token.text().is_empty()) {
        let hint = "whoever wrote them will write others";
        return Err(refused("they are temporary", hint).into());
    }
    let pair = both(section).ok_or_else(|| {
        refused("they are no pair that AWS could know", "write both keys, each on a line of its own")
    })?;
    if [profile.config, profile.credentials]
        .into_iter()
        .flatten()
        .any(|other| other.get(ID).is_some() && both(other).is_none_or(|other| other != pair))
    {
        return Err(refused("the two files have different ones", "remove those that are not used").into());
    }
    let process = profile.text(PROCESS)?;
    if process.is_some_and(|line| keyring::name_in(line).as_deref() != Some(profile.name)) {
        return Err(refused("it has another `credential_process`", "remove that line").into());
    }
    Ok(pair)
}

/// Makes the profile read its keys from the keyring; it is added if it does not exist. Keys in the
/// credentials file are still used until they are [taken out](take_out).
pub fn point(ctx: &Context, name: &str, program: &str) -> Result<()> {
    let line = keyring::line(program, name);
    writer::write_made(ctx, AwsFile::Config, &|| {
        let old = shared_config::load(ctx)?;
        let mut editor = Editor::new(old.config());
        let profile = old.profile(name);
        // A line with another path of this program stays.
        let is_there = profile.is_some_and(|profile| name_of(&profile).as_deref() == Some(name));
        match profile.and_then(|profile| profile.config) {
            Some(section) if !is_there => editor.set(section, &[(PROCESS, &line)])?,
            Some(_) => {}
            None => editor.insert(editor.end(), &plan::section_lines(name, &[(PROCESS, &line)])),
        }
        let new = written(ctx, AwsFile::Config, &old, editor.finish(), name)?;
        if new.1.profile(name).and_then(|profile| name_of(&profile)).as_deref() != Some(name) {
            return Err(refused(name).into());
        }
        Ok((old, new.0, ()))
    })
}

/// Removes the profile's pair from both files. An error if it is no longer this one.
pub fn take_out(ctx: &Context, name: &str, pair: &Credentials) -> Result<()> {
    for file in [AwsFile::Credentials, AwsFile::Config] {
        let has_keys = |config: &SharedConfig| {
            let sections = config.profile(name).map(|profile| section(&profile, file));
            sections
                .flatten()
                .is_some_and(|section| section.get(ID).is_some() || section.get(SECRET).is_some())
        };
        if !has_keys(&shared_config::load(ctx)?) {
            continue;
        }
        writer::write_made(ctx, file, &|| {
            let old = shared_config::load(ctx)?;
            let profile = old.profile(name).ok_or_else(|| refused(name))?;
            if self::pair(&profile).is_ok_and(|now| now != *pair) {
                let what = format!(
                    "could not take the keys out of {}: they were changed meanwhile",
                    profile.place()
                );
                return Err(Failure::new(what).hint("run it again").into());
            }
            let mut editor = Editor::new(file.document(&old));
            let is_key = |key: &str| key == ID || key == SECRET;
            match section(&profile, file) {
                Some(section) if file == AwsFile::Credentials => editor.unset_or_remove(section, is_key),
                Some(section) => editor.unset(section, is_key),
                None => {}
            }
            let (text, new) = written(ctx, file, &old, editor.finish(), name)?;
            if has_keys(&new) {
                return Err(refused(name).into());
            }
            Ok((old, text, ()))
        })?;
    }
    Ok(())
}

/// Removes the line from the profiles that read this name in the keyring. Returns their names.
pub fn release(ctx: &Context, name: &str) -> Result<Vec<String>> {
    let reads = |profile: &Profile<'_>| name_of(profile).as_deref() == Some(name);
    let profiles: Vec<_> =
        shared_config::load(ctx)?.profiles().filter(reads).map(|one| one.name.to_owned()).collect();
    for profile in &profiles {
        writer::write_made(ctx, AwsFile::Config, &|| {
            let old = shared_config::load(ctx)?;
            let mut editor = Editor::new(old.config());
            if let Some(section) = old.profile(profile).and_then(|profile| profile.config) {
                editor.unset(section, |key| key == PROCESS);
            }
            let (text, _) = written(ctx, AwsFile::Config, &old, editor.finish(), profile)?;
            Ok((old, text, ()))
        })?;
    }
    Ok(profiles)
}

fn section<'a>(profile: &Profile<'a>, file: AwsFile) -> Option<Section<'a>> {
    match file {
        AwsFile::Config => profile.config,
        AwsFile::Credentials => profile.credentials,
    }
}

/// Returns the new text of a file, and both files with it. Fails if a section other than the profile's would
/// change its meaning.
fn written(
    ctx: &Context,
    file: AwsFile,
    old: &SharedConfig,
    text: String,
    name: &str,
) -> Result<(String, SharedConfig)> {
    let new = match file {
        AwsFile::Config => shared_config::load_with(ctx, text.clone())?,
        AwsFile::Credentials => shared_config::load_with_credentials(ctx, text.clone())?,
    };
    let headers: BTreeSet<&str> = [old, &new]
        .into_iter()
        .filter_map(|config| Some(section(&config.profile(name)?, file)?.header()))
        .collect();
    verify::others_are_unchanged_in(file.document(old), file.document(&new), &headers)?;
    Ok((text, new))
}

fn refused(name: &str) -> Failure {
    let name = sanitize::shown(name);
    Failure::new(format!("could not write the AWS files: the profile `{name}` would not mean what it should"))
        .hint("see whether other keys stand in the way, or a section `[DEFAULT]`")
}
