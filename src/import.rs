//! Files of other tools: variables in `.envrc`, `.env` and `mise.toml` become lines of a `.awsenv`, and
//! profiles of aws-vault, granted and aws-sso-cli become plain AWS profiles. Nothing is executed, and no key
//! is taken or shown.

pub mod env_lines;
pub mod foreign_profile;
pub mod mise_file;
pub mod plain_profiles;
pub mod variables;

/// The longest file of variables, in bytes.
pub const LONGEST_ENV_FILE: u64 = 1024 * 1024;

/// The longest file of profiles, in bytes. Ten thousand profiles have about 1.5 MB.
pub const LONGEST_CONFIG: u64 = 8 * 1024 * 1024;

/// A variable or profile of the file, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a variable or profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is taken, as this.
    Taken(String),
    /// It is there already.
    Known,
    /// It is left, for this reason.
    Left(String),
}
