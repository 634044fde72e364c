//! Short digests: enough to see that something changed, too short to say what it was.

use std::hash::Hasher as _;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use siphasher::sip::SipHasher13;

use crate::text::hex;

/// Returns the first `digits` hexadecimal digits, an even number, of the SHA-256 of the parts, each preceded
/// by its length, so that no two lists of parts run into each other.
pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>, digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::of(&hash.finalize()[..digits / 2])
}

/// Returns eight hexadecimal digits of the SipHash-1-3 of a variable's value, which a prompt looks at several
/// times: of a session token SHA-256 would take ten times as long. 32 bits say nothing about a key of 240
/// random bits, whatever they are made with, and miss a change once in four billion.
pub(crate) fn of_value(variable: &str, value: &[u8]) -> String {
    let mut hash = SipHasher13::new();
    hash.write(variable.as_bytes());
    // No variable has it in its name.
    hash.write(b"=");
    hash.write(value);
    hex::of(&hash.finish().to_le_bytes()[..4])
}

/// Returns whether a text can be what [`of_value`] returns.
pub(crate) fn is_of_value(text: &str) -> bool {
    text.len() == 8 && hex::is(text)
}

/// Returns the SHA-1 digest of `text`, in lower-case hex.
pub fn sha1(text: &str) -> String {
    hex::of(&Sha1::digest(text))
}

#[cfg(test)]
mod tests {
    use super::{of, of_value};

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(of([b"ab".as_slice(), b"c"], 64), of([b"a".as_slice(), b"bc"], 64));
        assert_eq!(of([b"ab".as_slice()], 8).len(), 8);
    }

    #[test]
    fn a_running_shell_knows_its_values_after_an_upgrade() {
        assert_eq!(of_value("AWS_PROFILE", b"dev"), "301592af");
        assert_ne!(of_value("AWS_REGION", b"dev"), of_value("AWS_PROFILE", b"dev"));
    }
}
