//! The environment variables that awsenv manages: a fixed list, so no name from outside is ever exported.

/// What a variable is to the tools that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Decides who the tools are: profile, keys, and what can stand in for them.
    Identity,
    /// Decides where they work. The user may change it inside a folder without leaving the account.
    Region,
    /// Only shows people what is loaded. Nothing is decided by it, so whatever stands there is overwritten.
    Display,
}

/// One managed variable.
#[derive(Debug)]
pub struct Variable {
    /// The name in the environment.
    pub name: &'static str,
    /// Its letter in the bookkeeping. Never given to another variable, since running shells outlive upgrades.
    pub code: char,
    /// What it is to the tools.
    pub part: Part,
    /// Whether the value is secret, or gives access to secrets: such a value never enters the bookkeeping.
    pub secret: bool,
}

const fn plain(name: &'static str, code: char) -> Variable {
    Variable { name, code, part: Part::Identity, secret: false }
}

const fn secret(name: &'static str, code: char) -> Variable {
    Variable { name, code, part: Part::Identity, secret: true }
}

const fn region(name: &'static str, code: char) -> Variable {
    Variable { name, code, part: Part::Region, secret: false }
}

const fn display(name: &'static str, code: char) -> Variable {
    Variable { name, code, part: Part::Display, secret: false }
}

/// Every managed variable, first those that a loaded profile may set, then those that are only removed
/// while one is loaded, because they change what tools resolve:
///
/// - `AWS_DEFAULT_PROFILE` beats `AWS_PROFILE` in botocore (the AWS CLI v2 has it the other way round);
/// - `AWS_SECURITY_TOKEN` beats `AWS_SESSION_TOKEN` in botocore and the AWS CLI;
/// - a stale `AWS_ACCOUNT_ID` picks another account's endpoint;
/// - the role and container variables name other credentials;
/// - `AWS_ACCESS_KEY` and `AWS_SECRET_KEY` are the older spelling that the AWS SDK for Java v1 still reads.
pub static MANAGED: &[Variable] = &[
    plain("AWS_PROFILE", 'P'),
    region("AWS_REGION", 'R'),
    region("AWS_DEFAULT_REGION", 'D'),
    secret("AWS_ACCESS_KEY_ID", 'K'),
    secret("AWS_SECRET_ACCESS_KEY", 'S'),
    secret("AWS_SESSION_TOKEN", 'T'),
    plain("AWS_CREDENTIAL_EXPIRATION", 'E'),
    display("AWSENV_PROFILE", 'A'),
    display("AWSENV_ACCOUNT", 'i'),
    display("AWSENV_ROLE", 'l'),
    display("AWSENV_GUARDED", 'g'),
    plain("AWS_DEFAULT_PROFILE", 'p'),
    secret("AWS_SECURITY_TOKEN", 't'),
    plain("AWS_ACCOUNT_ID", 'a'),
    plain("AWS_ROLE_ARN", 'r'),
    plain("AWS_ROLE_SESSION_NAME", 'n'),
    plain("AWS_WEB_IDENTITY_TOKEN_FILE", 'w'),
    secret("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", 'u'),
    secret("AWS_CONTAINER_CREDENTIALS_FULL_URI", 'f'),
    secret("AWS_CONTAINER_AUTHORIZATION_TOKEN", 'c'),
    secret("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", 'C'),
    secret("AWS_ACCESS_KEY", 'k'),
    secret("AWS_SECRET_KEY", 's'),
];

/// Variables that awsenv never touches, but that decide which files the account comes from: a shell in which
/// one of them changes is looked at anew, since the same profile may be another account then.
pub(crate) static DECIDING: &[&str] = &[
    "HOME",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWSENV_CEILING",
    "AWSENV_CONFIRM",
    "AWSENV_EXPORT",
];

/// Returns the names of the variables whose change a shell must notice. Of those that are only displayed
/// `AWSENV_PROFILE` is enough: a tool that puts old values back puts back all of them.
pub(crate) fn watched() -> impl Iterator<Item = &'static str> {
    let counts = |variable: &&Variable| variable.part != Part::Display || variable.name == "AWSENV_PROFILE";
    MANAGED.iter().filter(counts).map(|variable| variable.name).chain(DECIDING.iter().copied())
}

/// Returns the names of all variables that awsenv may change in a shell, the bookkeeping among them.
pub(crate) fn managed() -> impl Iterator<Item = &'static str> {
    MANAGED.iter().map(|variable| variable.name).chain([STATE])
}

/// The bookkeeping, see `exports/bookkeeping.rs`.
pub(crate) const STATE: &str = "AWSENV_STATE";

/// Returns the variable of that letter.
pub(crate) fn by_code(code: char) -> Option<&'static Variable> {
    MANAGED.iter().find(|variable| variable.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_names_are_unique() {
        assert_eq!(MANAGED.iter().map(|v| v.code).collect::<BTreeSet<_>>().len(), MANAGED.len());
        assert_eq!(MANAGED.iter().map(|v| v.name).collect::<BTreeSet<_>>().len(), MANAGED.len());
    }
}
