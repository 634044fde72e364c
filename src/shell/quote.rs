//! Literal words: POSIX quoting for bash and zsh, fish's own for fish.
//!
//! The two cannot be one function: a backslash inside single quotes is itself in POSIX shells, and an escape
//! in fish.

/// Writes bytes as one word for bash and zsh. NUL bytes, which no shell variable can hold, are left out.
pub fn posix(text: &[u8]) -> Vec<u8> {
    quoted(text, |byte| if byte == b'\'' { Some(b"'\\''") } else { None })
}

/// Writes bytes as one word for fish. NUL bytes are left out.
pub fn fish(text: &[u8]) -> Vec<u8> {
    quoted(text, |byte| match byte {
        b'\'' => Some(b"\\'"),
        b'\\' => Some(b"\\\\"),
        _ => None,
    })
}

fn quoted(text: &[u8], escape: impl Fn(u8) -> Option<&'static [u8]>) -> Vec<u8> {
    let mut word = Vec::with_capacity(text.len() + 2);
    word.push(b'\'');
    // Runs of bytes that stand for themselves are copied at once.
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == 0 || escape(byte).is_some()) {
        word.extend_from_slice(&rest[..at]);
        word.extend_from_slice(escape(rest[at]).unwrap_or_default());
        rest = &rest[at + 1..];
    }
    word.extend_from_slice(rest);
    word.push(b'\'');
    word
}
