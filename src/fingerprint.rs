//! Short digests: enough to see that something changed, too short to say what it was.

use sha2::{Digest as _, Sha256};

/// Returns the first `digits` hexadecimal digits of the SHA-256 of the parts, each preceded by its length, so
/// that no two lists of parts run into each other.
pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>, digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize(), digits)
}

fn hex(bytes: &[u8], digits: usize) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |place: usize| DIGITS[usize::from(bytes[place / 2] >> (4 - place % 2 * 4) & 15)];
    (0..digits.min(bytes.len() * 2)).map(|place| char::from(digit(place))).collect()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(of([b"ab".as_slice(), b"c"], 64), of([b"a".as_slice(), b"bc"], 64));
        assert_eq!(of([b"ab".as_slice()], 8).len(), 8);
    }
}
