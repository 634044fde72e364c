//! Command lines that people write, and words of commands that they paste: as a POSIX shell reads them.
//!
//! What the AWS CLI splits, it splits otherwise: `text/python_words.rs`.

/// Splits a command line, `$BROWSER` say, into its words. `None` for a quote that is not closed.
pub fn split(line: &str) -> Option<Vec<String>> {
    shell_words::split(line).ok()
}

/// Quotes `word` for a person to paste: single quotes where it needs any. Python's `shlex` reads it in the
/// same way.
///
/// Not for text that a shell evaluates unseen: how to quote for a shell depends on the shell.
pub(crate) fn quote(word: &str) -> String {
    // Letters of other alphabets need no quotes, and a name is easier to read without.
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    shell_words::quote(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_is_split_back_into_itself() {
        for word in ["a", "a b", "it's", "", "a\\b", "\"", "#a", "$x", "é", "~", "a\nb"] {
            assert_eq!(split(&quote(word)), Some(vec![word.to_owned()]), "{word}");
        }
        assert_eq!(quote("acme-dev"), "acme-dev");
        assert_eq!(
            split("firefox -P \"My $HOME\" # new"),
            Some(["firefox", "-P", "My $HOME"].map(str::to_owned).into())
        );
        assert_eq!(split("firefox 'a"), None);
    }
}
