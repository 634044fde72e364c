//! The meaning of profiles that only aws-vault, granted or aws-sso-cli can use. Their forms are from the
//! tools' own documentation (aws-vault 7, granted 0.38, aws-sso-cli 2).

use std::path::Path;

use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::text::{python_words, sanitize};
use crate::values::{account_id, role_arn};

/// How many profiles may include each other in a row.
const DEEPEST: usize = 10;

/// Keys whose values are never taken.
pub const SECRETS: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// The keys of aws-vault for another profile's keys; the second one is of its version 5.
const INCLUDES: [&str; 2] = ["include_profile", "parent_profile"];

/// The meaning of such a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A role behind a start URL, by granted.
    Granted {
        /// The start URL.
        start_url: String,
        /// The region of Identity Center.
        region: String,
        /// The account.
        account: String,
        /// The role.
        role: String,
    },
    /// A role of an instance of Identity Center, whose start URL is in aws-sso-cli's own file.
    SsoCli {
        /// The name of the instance.
        instance: String,
        /// The account.
        account: String,
        /// The role.
        role: String,
    },
    /// Keys and values from other profiles, by aws-vault.
    Included(Vec<(String, String)>),
}

impl Foreign {
    /// Returns what the profile means, or why it cannot be taken over; `None` if every tool can use it.
    pub fn of(profile: &Profile<'_>, file: &SharedConfig) -> Option<Result<Self, String>> {
        let text = |key: &str| Some(profile.config?.get(key)?.text());
        let process = text("credential_process").map(python_words::split);
        let words = process.as_ref().and_then(Option::as_deref).unwrap_or_default();
        let program =
            words.first().and_then(|path| Path::new(path).file_name()?.to_str()).unwrap_or_default();
        if program == "granted" || text("granted_sso_start_url").is_some() {
            return Some(granted(&text));
        }
        if program == "aws-sso" {
            return Some(sso_cli(&words[1..]));
        }
        if INCLUDES.iter().any(|key| text(key).is_some()) {
            return Some(included(profile, file));
        }
        if program == "aws-vault" {
            return Some(Err("its keys are in aws-vault's keyring, which it still asks".to_owned()));
        }
        None
    }

    /// Returns whether only this tool reads the key, which is removed after the conversion.
    pub fn is_own_key(&self, key: &str) -> bool {
        match self {
            Self::Granted { .. } => {
                key.starts_with("granted_")
                    || key == "common_fate_generated_from"
                    || key == "credential_process"
            }
            Self::SsoCli { .. } => key == "credential_process",
            Self::Included(_) => INCLUDES.contains(&key),
        }
    }
}

fn granted<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Result<Foreign, String> {
    let need =
        |key: &str| text(key).map(str::to_owned).ok_or_else(|| format!("it has no `{key}` to take over"));
    let (account, role) = checked(&need("granted_sso_account_id")?, &need("granted_sso_role_name")?)?;
    Ok(Foreign::Granted {
        start_url: need("granted_sso_start_url")?,
        region: need("granted_sso_region")?,
        account,
        role,
    })
}

/// Reads `aws-sso -S NAME process --arn ARN`, its options in any order, or `--account ID --role NAME`.
fn sso_cli(args: &[String]) -> Result<Foreign, String> {
    let option = |names: [&str; 2]| {
        args.iter().enumerate().find_map(|(index, arg)| {
            let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(n, v)| (n, Some(v)));
            let value = value.or_else(|| args.get(index + 1).map(String::as_str));
            value.filter(|_| names.contains(&name)).map(str::to_owned)
        })
    };
    let instance = option(["--sso", "-S"]).unwrap_or_else(|| "Default".to_owned());
    let (account, role) = match option(["--arn", "-a"]) {
        Some(arn) => {
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            let ["arn", _, "iam", "", account, resource] = parts[..] else {
                return Err("its ARN is not that of a role".to_owned());
            };
            checked(account, resource.strip_prefix("role/").unwrap_or_default())?
        }
        None => match (option(["--account", "-A"]), option(["--role", "-R"])) {
            (Some(account), Some(role)) => checked(&account, &role)?,
            _ => return Err("its command names no account and role".to_owned()),
        },
    };
    Ok(Foreign::SsoCli { instance, account, role })
}

fn checked(account: &str, role: &str) -> Result<(String, String), String> {
    if !account_id::is_valid(account) {
        return Err("its account is not 12 digits".to_owned());
    }
    if !role_arn::is_role_name(role) {
        return Err("its role name is invalid".to_owned());
    }
    Ok((account.to_owned(), role.to_owned()))
}

/// Collects the keys of the included profiles that the profile lacks, nearest first.
fn included(profile: &Profile<'_>, file: &SharedConfig) -> Result<Foreign, String> {
    let mut keys: Vec<(String, String)> = Vec::new();
    let mut at = *profile;
    for _ in 0..DEEPEST {
        let next = INCLUDES.iter().find_map(|key| at.config?.get(key)).map(|property| property.text());
        let Some(next) = next else { return has_source(profile, keys) };
        let name = sanitize::shown(next);
        at = file.profile(next).ok_or_else(|| format!("it includes `{name}`, which is not there"))?;
        let Some(section) = at.config else {
            return Err(format!("it includes `{name}`, which is not there"));
        };
        for property in section.properties() {
            let key = property.name();
            if property.block().is_some() || property.text().contains('\n') {
                return Err(format!("`{}` of `{name}` spans several lines", sanitize::shown(key)));
            }
            let is_known = profile.config.is_some_and(|own| own.get(key).is_some())
                || keys.iter().any(|(known, _)| known == key);
            if !is_known && !INCLUDES.contains(&key) && !SECRETS.contains(&key) {
                keys.push((key.to_owned(), property.text().to_owned()));
            }
        }
    }
    Err("the profiles include each other in a circle".to_owned())
}

/// aws-vault keeps the keys of a role's source in its keyring; for others a role needs a source in the file.
fn has_source(profile: &Profile<'_>, keys: Vec<(String, String)>) -> Result<Foreign, String> {
    let has = |name: &str| profile.get(name).is_some() || keys.iter().any(|(key, _)| key == name);
    let sources = ["source_profile", "credential_source", "web_identity_token_file"];
    if has("role_arn") && !sources.iter().any(|source| has(source)) {
        return Err("its role has no `source_profile`; aws-vault takes the keys from its keyring".to_owned());
    }
    Ok(Foreign::Included(keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Presence};

    fn meaning(text: &str) -> Option<Result<Foreign, String>> {
        let file = Document::parse("/config", text.into()).unwrap();
        let file = SharedConfig::new(file, Document::empty("", Presence::Missing));
        let profile = file.profiles().next().unwrap();
        Foreign::of(&profile, &file)
    }

    #[test]
    fn commands_of_aws_sso_cli_name_a_role_and_are_not_run() {
        let expected =
            Foreign::SsoCli { instance: "Main".into(), account: "111122223333".into(), role: "Dev".into() };
        for command in [
            "/usr/bin/aws-sso process --sso Main --arn arn:aws:iam::111122223333:role/Dev",
            "aws-sso -u open -S \"Main\" process --arn=arn:aws:iam::111122223333:role/Dev",
            "aws-sso process -S Main -A 111122223333 -R Dev",
        ] {
            let text = format!("[profile a]\ncredential_process = {command}\n");
            assert_eq!(meaning(&text), Some(Ok(expected.clone())), "{command}");
        }
        for command in [
            "aws-sso process",
            "aws-sso process --arn",
            "aws-sso process --arn arn:aws:iam::1:role/Dev",
            "aws-sso process --arn arn:aws:iam::111122223333:user/Dev",
        ] {
            let text = format!("[profile a]\ncredential_process = {command}\n");
            assert!(matches!(meaning(&text), Some(Err(_))), "{command}");
        }
        assert_eq!(meaning("[profile a]\ncredential_process = other aws-sso process\n"), None);
    }

    #[test]
    fn included_keys_are_those_that_the_profile_lacks() {
        let text = "[profile a]\ninclude_profile = b\nregion = r1\n[profile b]\nregion = r2\noutput = json\n\
                    aws_secret_access_key = hunter2\ninclude_profile = c\n[profile c]\noutput = text\nmfa_serial = m\n";
        let keys = [("output", "json"), ("mfa_serial", "m")].map(|(key, value)| (key.into(), value.into()));
        assert_eq!(meaning(text), Some(Ok(Foreign::Included(keys.into()))));
        let why = |text: &str| meaning(text).unwrap().unwrap_err();
        assert!(why("[profile a]\ninclude_profile = a\n").contains("circle"));
        assert!(why("[profile a]\ninclude_profile = b\n").contains("`b`, which is not there"));
        assert!(
            why("[profile a]\nparent_profile = b\nrole_arn = x\n[profile b]\n")
                .contains("no `source_profile`")
        );
        assert!(
            why("[profile a]\ninclude_profile = b\n[profile b]\ns3 =\n  x = y\n").contains("several lines")
        );
    }
}
