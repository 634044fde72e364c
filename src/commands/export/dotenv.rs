//! Variables as a dotenv file, as `docker compose --env-file` and `docker run --env-file` read it.

/// Returns one `NAME=value` line per variable. Values with special characters stand in single quotes, in
/// which Compose replaces nothing. `docker run` knows no quotes and reads only the other values right.
pub fn write<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    variables.into_iter().map(|(name, value)| format!("{name}={}\n", quoted(value))).collect()
}

fn quoted(value: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-./+=:@%,".contains(char);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn what_means_something_to_a_reader_is_quoted() {
        let text = write([("A", "ab+/=="), ("B", "a $b"), ("C", "it's"), ("D", "#")]);
        assert_eq!(text, "A=ab+/==\nB='a $b'\nC='it\\'s'\nD='#'\n");
    }
}
