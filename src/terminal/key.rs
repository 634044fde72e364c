//! Decodes the bytes that a terminal sends into keys.

/// A key, or keys pressed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable character.
    Char(char),
    /// Ctrl and a letter, in lower case.
    Control(char),
    /// Alt and a character.
    Alt(char),
    /// Enter, as CR or LF.
    Enter,
    /// Tab.
    Tab,
    /// Escape by itself.
    Escape,
    /// Backspace, which deletes to the left.
    Backspace,
    /// Delete, which deletes to the right.
    Delete,
    /// The arrow to the left.
    Left,
    /// The arrow to the right.
    Right,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// To the start.
    Home,
    /// To the end.
    End,
    /// Any other key.
    Other,
}

/// The longest sequence of a key, in bytes.
const LONGEST: usize = 32;

/// Removes the first key from `bytes` and returns it. `None` if the bytes can be the start of a longer
/// sequence. With `is_all` no more bytes will come: then a lone escape character is the key Escape.
pub fn take(bytes: &mut Vec<u8>, is_all: bool) -> Option<Key> {
    let (length, key) = first(bytes, is_all)?;
    bytes.drain(..length);
    Some(key)
}

fn first(bytes: &[u8], is_all: bool) -> Option<(usize, Key)> {
    Some(match *bytes.first()? {
        b'\r' | b'\n' => (1, Key::Enter),
        b'\t' => (1, Key::Tab),
        0x7f | 0x08 => (1, Key::Backspace),
        0x1b => return escaped(bytes, is_all),
        letter @ 1..=26 => (1, Key::Control((letter - 1 + b'a').into())),
        0..=31 => (1, Key::Other),
        _ => return character(bytes, is_all),
    })
}

fn character(bytes: &[u8], is_all: bool) -> Option<(usize, Key)> {
    let length = match bytes.first()? {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf8 => 4,
        _ => return Some((1, Key::Other)),
    };
    match bytes.get(..length) {
        Some(text) => match std::str::from_utf8(text).ok().and_then(|text| text.chars().next()) {
            Some(c) => Some((length, Key::Char(c))),
            None => Some((1, Key::Other)),
        },
        None => is_all.then_some((bytes.len(), Key::Other)),
    }
}

fn escaped(bytes: &[u8], is_all: bool) -> Option<(usize, Key)> {
    match bytes.get(1) {
        None => is_all.then_some((1, Key::Escape)),
        Some(b'[') => sequence(bytes, is_all),
        Some(b'O') => match bytes.get(2) {
            None => is_all.then_some((2, Key::Alt('O'))),
            Some(last) => Some((3, named(*last))),
        },
        Some(0x1b) => Some((1, Key::Escape)),
        Some(0x7f | 0x08) => Some((2, Key::Alt('\u{8}'))),
        Some(0..0x20) => Some((2, Key::Other)),
        Some(_) => match character(&bytes[1..], is_all)? {
            (length, Key::Char(c)) => Some((length + 1, Key::Alt(c))),
            (length, _) => Some((length + 1, Key::Other)),
        },
    }
}

/// Decodes `ESC [`, parameters, and a last byte that names the key.
fn sequence(bytes: &[u8], is_all: bool) -> Option<(usize, Key)> {
    let Some(end) = bytes[2..].iter().position(|byte| (0x40..0x7f).contains(byte)) else {
        let is_over = is_all || bytes.len() > LONGEST;
        return is_over.then_some((bytes.len(), Key::Other));
    };
    let key = match (&bytes[2..2 + end], bytes[2 + end]) {
        (b"1" | b"7", b'~') => Key::Home,
        (b"4" | b"8", b'~') => Key::End,
        (b"3", b'~') => Key::Delete,
        (b"5", b'~') => Key::PageUp,
        (b"6", b'~') => Key::PageDown,
        (_, b'~') => Key::Other,
        (_, last) => named(last),
    };
    Some((end + 3, key))
}

fn named(last: u8) -> Key {
    match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        _ => Key::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_told_from_the_next() {
        let cases: &[(&[u8], Key)] = &[
            (b"a", Key::Char('a')),
            ("é".as_bytes(), Key::Char('é')),
            ("東".as_bytes(), Key::Char('東')),
            (b"\r", Key::Enter),
            (b"\n", Key::Enter),
            (b"\t", Key::Tab),
            (b"\x01", Key::Control('a')),
            (b"\x17", Key::Control('w')),
            (b"\x7f", Key::Backspace),
            (b"\x08", Key::Backspace),
            (b"\x1b[A", Key::Up),
            (b"\x1bOB", Key::Down),
            (b"\x1b[1;5C", Key::Right),
            (b"\x1b[H", Key::Home),
            (b"\x1b[4~", Key::End),
            (b"\x1b[3~", Key::Delete),
            (b"\x1b[6~", Key::PageDown),
            (b"\x1b[200~", Key::Other),
            (b"\x1bb", Key::Alt('b')),
            (b"\xff", Key::Other),
        ];
        for (bytes, key) in cases {
            for length in 1..bytes.len() {
                assert_eq!(take(&mut bytes[..length].to_vec(), false), None, "{key:?}");
            }
            let mut two = [*bytes, b"x"].concat();
            assert_eq!(take(&mut two, false), Some(*key));
            assert_eq!(two, b"x");
        }
        let mut escape = b"\x1b".to_vec();
        assert_eq!(take(&mut escape, false), None);
        assert_eq!(take(&mut escape, true), Some(Key::Escape));
    }
}
