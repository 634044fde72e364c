//! Splits text into words the way the AWS CLI does.
//!
//! The AWS CLI uses Python's `shlex.split` for section names and for `credential_process`. The crates for
//! this follow the shell more closely: they take `#` for a comment and let a backslash in double quotes
//! escape `$` and `` ` `` too, so a name that the AWS CLI finds would be missing. Hence these few lines.

/// Splits `text` into words as Python's `shlex.split(text)` does (POSIX mode, no comments).
///
/// Blanks are space, tab, carriage return and newline. A backslash takes the next character literally; in
/// double quotes it does so for `"` and `\` alone and is kept otherwise; in single quotes it is literal.
/// Returns `None` for a quote that is not closed or a backslash at the end.
pub fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '\'' | '"' => quoted(c, &mut chars, word.get_or_insert_default())?,
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// Takes the rest of a quoted part, its closing quote included.
fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            c if c == quote => return Some(()),
            '\\' if quote == '"' => {
                let escaped = chars.next()?;
                if escaped != '"' && escaped != '\\' {
                    word.push('\\');
                }
                word.push(escaped);
            }
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_python_shlex_does() {
        let cases: [(&str, Option<&[&str]>); 18] = [
            ("profile a", Some(&["profile", "a"])),
            ("profile \t a ", Some(&["profile", "a"])),
            ("profile \"a b\"", Some(&["profile", "a b"])),
            ("profile 'a'", Some(&["profile", "a"])),
            ("profile un\"mid\"q", Some(&["profile", "unmidq"])),
            (r"profile esc\ aped", Some(&["profile", "esc aped"])),
            ("profile #a", Some(&["profile", "#a"])),
            ("profile a#b", Some(&["profile", "a#b"])),
            (r#"profile "a\$b""#, Some(&["profile", r"a\$b"])),
            (r#"profile "a\"b\\c""#, Some(&["profile", r#"a"b\c"#])),
            (r"profile 'a\b'", Some(&["profile", r"a\b"])),
            ("profile ''", Some(&["profile", ""])),
            ("profile a\u{a0}b", Some(&["profile", "a\u{a0}b"])),
            ("", Some(&[])),
            ("profile \"a", None),
            ("profile a'", None),
            ("profile a\\", None),
            ("profile \"a\\", None),
        ];
        for (text, words) in cases {
            assert_eq!(split(text).as_deref(), words.map(to_owned).as_deref(), "{text}");
        }
    }

    fn to_owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn what_is_quoted_for_a_shell_is_split_back_into_itself() {
        for word in ["a", "a b", "it's", "", "a\\b", "\"", "#a", "$x", "é"] {
            assert_eq!(split(&shell_words::quote(word)), Some(vec![word.to_owned()]), "{word}");
        }
    }
}
