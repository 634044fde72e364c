//! The settings by name: the key in the file, the variable, and the default.

use crate::values::account_id;

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The key in the file.
    pub key: &'static str,
    /// The variable that overrides the file, if there is one.
    pub variable: Option<&'static str>,
    /// Whether the variable adds to the file's list instead.
    pub adds: bool,
    /// The default, as it would be written in the file.
    pub default: &'static str,
}

/// Every setting with a fixed name, in the order of the documentation.
pub const ALL: [Known; 10] = [
    Known::new("login", Some("AWSENV_LOGIN"), "auto"),
    Known::new("flow", Some("AWSENV_FLOW"), "auto"),
    Known::new("browser", None, ""),
    Known::new("export", Some("AWSENV_EXPORT"), "both"),
    Known::new("quiet", Some("AWSENV_QUIET"), "false"),
    Known::new("trust", None, ""),
    Known { adds: true, ..Known::new("confirm", Some("AWSENV_CONFIRM"), "") },
    Known::new("colors", None, ""),
    Known::new("read_only", None, "ReadOnlyAccess:ViewOnlyAccess"),
    Known::new("ceiling", Some("AWSENV_CEILING"), "/"),
];

/// Returns the registries that a key `ecr.…` is for: an account, or `public`. `None` for any other key.
pub fn registry(key: &str) -> Option<&str> {
    let registry = key.strip_prefix("ecr.")?;
    (registry == "public" || account_id::is_valid(registry)).then_some(registry)
}

/// Returns the profile that a key `mfa_process.…` is for. `None` for any other key.
pub fn mfa_profile(key: &str) -> Option<&str> {
    key.strip_prefix("mfa_process.").filter(|profile| !profile.is_empty())
}

/// The settings that can be made for one session, as in `flow.SESSION`.
pub const OF_SESSION: [&str; 3] = ["flow", "port", "browser"];

/// Returns the setting and the session of a key like `flow.SESSION`. `None` for any other key.
pub fn of_session(key: &str) -> Option<(&'static str, &str)> {
    let (name, session) = key.split_once('.')?;
    let name = OF_SESSION.into_iter().find(|known| *known == name)?;
    (!session.is_empty()).then_some((name, session))
}

/// Returns whether the key is a setting with a name in it that the user chooses. No variable overrides these.
pub fn is_open(key: &str) -> bool {
    registry(key).is_some() || mfa_profile(key).is_some() || of_session(key).is_some()
}

impl Known {
    const fn new(key: &'static str, variable: Option<&'static str>, default: &'static str) -> Self {
        Self { key, variable, adds: false, default }
    }
}
