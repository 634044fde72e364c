//! Variables for the later steps of a GitHub Actions job: lines for the file `$GITHUB_ENV`, and the commands
//! that hide secrets in its log.

/// Writes the variables as `$GITHUB_ENV` reads them. No value that awsenv exports has a line break in it.
pub fn write<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    variables.into_iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// Returns the command that makes the runner hide a value wherever it is printed. The runner takes it from
/// either stream, and prints `***` in its place.
pub fn mask(secret: &str) -> String {
    format!("::add-mask::{secret}\n")
}
