//! Literal words: POSIX quoting for bash and zsh, and the quoting of fish, elvish, tcsh and nushell.
//!
//! POSIX's and fish's cannot be one function: a backslash inside single quotes is itself in POSIX shells, and
//! an escape in fish.

/// Writes bytes as one word for bash and zsh. NUL bytes, which no shell variable can hold, are left out.
pub fn posix(text: &[u8]) -> Vec<u8> {
    quoted(text, b"\0'", |_| b"'\\''")
}

/// Writes bytes as one word for fish. NUL bytes are left out.
pub fn fish(text: &[u8]) -> Vec<u8> {
    quoted(text, b"\0'\\", |byte| if byte == b'\'' { b"\\'" } else { b"\\\\" })
}

/// Writes bytes as one word for elvish. Its source must be UTF-8, so what is not printable ASCII is written
/// as `\x` and two digits, which is one byte; so are quotes, since the hook stands in a quoted string itself.
/// NUL bytes are left out.
pub fn elvish(text: &[u8]) -> Vec<u8> {
    let mut word = vec![b'"'];
    for &byte in text.iter().filter(|&&byte| byte != 0) {
        match byte {
            b'"' | b'\'' | b'\\' | 0..=0x1f | 0x7f.. => word.extend(format!("\\x{byte:02x}").into_bytes()),
            _ => word.push(byte),
        }
    }
    word.push(b'"');
    word
}

/// Writes bytes as one word for tcsh. Special characters have a backslash before them, and no quotes around
/// them: so neither the variable `backslash_quote` nor the history characters, `!` or others, matter. A line
/// feed cannot be written in a text of one line: it is left out, like NUL bytes.
pub fn tcsh(text: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, 0 | b'\n')).collect();
    if text.is_empty() {
        return b"''".to_vec();
    }
    let mut word = Vec::with_capacity(text.len() * 2);
    for byte in text {
        if !byte.is_ascii_alphanumeric() && byte.is_ascii() {
            word.push(b'\\');
        }
        word.push(byte);
    }
    word
}

/// Writes text as one word for nushell that is a string of JSON as well: only escapes that both languages
/// have. Its source must be UTF-8, and so are its strings: other bytes become U+FFFD. NUL bytes are left out.
pub fn nu(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut word = vec![b'"'];
    for &byte in text.as_bytes().iter().filter(|&&byte| byte != 0) {
        match byte {
            b'"' | b'\\' => word.extend([b'\\', byte]),
            b'\n' => word.extend(b"\\n"),
            b'\r' => word.extend(b"\\r"),
            _ => word.push(byte),
        }
    }
    word.push(b'"');
    word
}

/// Writes bytes in single quotes. `special` are the bytes that must be escaped, and NUL, which is left out.
fn quoted(text: &[u8], special: &[u8], escape: impl Fn(u8) -> &'static [u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(text.len() + 2);
    word.push(b'\'');
    let mut rest = text;
    // Most texts have none, which `contains` sees many bytes at a time.
    if special.iter().any(|special| text.contains(special)) {
        // Runs of bytes that stand for themselves are copied at once.
        while let Some(at) = rest.iter().position(|byte| special.contains(byte)) {
            word.extend_from_slice(&rest[..at]);
            if rest[at] != 0 {
                word.extend_from_slice(escape(rest[at]));
            }
            rest = &rest[at + 1..];
        }
    }
    word.extend_from_slice(rest);
    word.push(b'\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text, and its word for bash and zsh, fish, elvish, tcsh and nushell. The tests of the hooks ask
    /// the shells themselves what such words mean.
    const WORDS: [(&[u8], [&[u8]; 5]); 8] = [
        (b"", [b"''", b"''", b"\"\"", b"''", b"\"\""]),
        (b"aZ9", [b"'aZ9'", b"'aZ9'", b"\"aZ9\"", b"aZ9", b"\"aZ9\""]),
        (b"$(x) !", [b"'$(x) !'", b"'$(x) !'", b"\"$(x) !\"", b"\\$\\(x\\)\\ \\!", b"\"$(x) !\""]),
        (b"a'b'", [b"'a'\\''b'\\'''", b"'a\\'b\\''", b"\"a\\x27b\\x27\"", b"a\\'b\\'", b"\"a'b'\""]),
        (b"\\\"", [b"'\\\"'", b"'\\\\\"'", b"\"\\x5c\\x22\"", b"\\\\\\\"", b"\"\\\\\\\"\""]),
        (b"a\nb\rc", [b"'a\nb\rc'", b"'a\nb\rc'", b"\"a\\x0ab\\x0dc\"", b"ab\\\rc", b"\"a\\nb\\rc\""]),
        (b"\0a\0'\0", [b"'a'\\'''", b"'a\\''", b"\"a\\x27\"", b"a\\'", b"\"a'\""]),
        (
            b"\xc3\xa9\xff",
            [
                b"'\xc3\xa9\xff'",
                b"'\xc3\xa9\xff'",
                b"\"\\xc3\\xa9\\xff\"",
                b"\xc3\xa9\xff",
                b"\"\xc3\xa9\xef\xbf\xbd\"",
            ],
        ),
    ];

    #[test]
    fn a_word_stands_for_its_bytes_in_each_shell() {
        for (text, words) in WORDS {
            let written = [posix(text), fish(text), elvish(text), tcsh(text), nu(text)];
            assert_eq!(written.each_ref().map(|word| word.escape_ascii().to_string()), {
                words.map(|word| word.escape_ascii().to_string())
            });
        }
    }
}
