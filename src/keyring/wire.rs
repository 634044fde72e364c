//! D-Bus values as bytes, as far as a keyring needs them (D-Bus specification 0.43, "Marshaling").

use zeroize::Zeroizing;

/// How deep arrays, structs and variants may stand in each other; the specification allows 64.
const DEEPEST: usize = 16;

/// A received value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WireValue {
    /// A text, an object's path or a signature.
    Text(String),
    /// An array of bytes.
    Bytes(Zeroizing<Vec<u8>>),
    /// A number or a boolean, as its bits.
    Number(u64),
    /// The elements of an array, a struct or a dictionary entry.
    Many(Vec<WireValue>),
}

impl WireValue {
    /// Returns the text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the elements, if it has any.
    pub(super) fn many(&self) -> Option<&[Self]> {
        match self {
            Self::Many(parts) => Some(parts),
            _ => None,
        }
    }

    /// Returns the elements as texts, if all of them are.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        self.many()?.iter().map(|part| part.text().map(str::to_owned)).collect()
    }
}

/// Values to be sent, little-endian. The bytes are overwritten when it is dropped.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Zeroizing<Vec<u8>>,
}

impl Writer {
    /// Returns what was written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Pads to a multiple of `size`.
    pub(super) fn align(&mut self, size: usize) {
        let length = self.bytes.len().next_multiple_of(size);
        self.grow(length - self.bytes.len());
        self.bytes.resize(length, 0);
    }

    /// Makes room for `more` bytes and wipes the old buffer: a `Vec` that grows by itself would leave a copy.
    fn grow(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() < more {
            let mut larger = Zeroizing::new(Vec::with_capacity((self.bytes.len() + more) * 2));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
    }

    /// Writes bytes as they stand.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.grow(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a 32-bit number.
    pub(super) fn number(&mut self, number: u32) {
        self.align(4);
        self.raw(&number.to_le_bytes());
    }

    /// Writes a boolean.
    pub(super) fn boolean(&mut self, is_so: bool) {
        self.number(u32::from(is_so));
    }

    /// Writes a text or an object's path.
    pub(super) fn text(&mut self, text: &str) {
        self.number(length(text.len()));
        self.raw(text.as_bytes());
        self.raw(&[0]);
    }

    /// Writes a signature.
    pub(super) fn signature(&mut self, signature: &str) {
        self.raw(&[u8::try_from(signature.len()).unwrap_or(u8::MAX)]);
        self.raw(signature.as_bytes());
        self.raw(&[0]);
    }

    /// Writes an array of bytes.
    pub(super) fn byte_array(&mut self, bytes: &[u8]) {
        self.number(length(bytes.len()));
        self.raw(bytes);
    }

    /// Writes an array whose elements begin at multiples of `align`.
    pub(super) fn array(&mut self, align: usize, elements: impl FnOnce(&mut Self)) {
        self.number(0);
        let place = self.bytes.len() - 4;
        self.align(align);
        let start = self.bytes.len();
        elements(self);
        let size = length(self.bytes.len() - start);
        self.bytes[place..place + 4].copy_from_slice(&size.to_le_bytes());
    }

    /// Writes a variant.
    pub(super) fn variant(&mut self, signature: &str, value: impl FnOnce(&mut Self)) {
        self.signature(signature);
        value(self);
    }
}

/// Nothing that is sent comes near the limit.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Reads values.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big_endian: bool,
}

impl<'a> Reader<'a> {
    /// Begins at the start of `bytes`, which must be the start of a message or of its body.
    pub(super) fn new(bytes: &'a [u8], is_big_endian: bool) -> Self {
        Self { bytes, at: 0, is_big_endian }
    }

    /// Reads values of these types. `None` if the bytes do not hold them.
    pub(super) fn values(&mut self, signature: &str) -> Option<Vec<WireValue>> {
        self.sequence(signature.as_bytes(), 0)
    }

    fn sequence(&mut self, mut signature: &[u8], depth: usize) -> Option<Vec<WireValue>> {
        let mut values = Vec::new();
        while !signature.is_empty() {
            let (one, rest) = split_type(signature, 0)?;
            values.push(self.value(one, depth)?);
            signature = rest;
        }
        Some(values)
    }

    fn value(&mut self, signature: &[u8], depth: usize) -> Option<WireValue> {
        if depth > DEEPEST {
            return None;
        }
        Some(match signature {
            b"y" => WireValue::Number(u64::from(*self.take(1)?.first()?)),
            b"n" | b"q" => WireValue::Number(self.unsigned(2)?),
            b"b" | b"u" | b"i" | b"h" => WireValue::Number(self.unsigned(4)?),
            b"t" | b"x" | b"d" => WireValue::Number(self.unsigned(8)?),
            b"s" | b"o" => {
                let size = usize::try_from(self.unsigned(4)?).ok()?;
                WireValue::Text(self.terminated(size)?)
            }
            b"g" => WireValue::Text(self.signature()?),
            b"v" => {
                let inner = self.signature()?;
                let (one, rest) = split_type(inner.as_bytes(), 0)?;
                rest.is_empty().then(|| self.value(one, depth + 1))??
            }
            [b'a', element @ ..] => self.array(element, depth)?,
            [b'(', inner @ .., b')'] | [b'{', inner @ .., b'}'] => {
                self.align(8)?;
                WireValue::Many(self.sequence(inner, depth + 1)?)
            }
            _ => return None,
        })
    }

    fn array(&mut self, element: &[u8], depth: usize) -> Option<WireValue> {
        let size = usize::try_from(self.unsigned(4)?).ok()?;
        self.align(alignment(element)?)?;
        let end = self.at.checked_add(size).filter(|end| *end <= self.bytes.len())?;
        if element == b"y" {
            return Some(WireValue::Bytes(Zeroizing::new(self.take(size)?.to_vec())));
        }
        let mut parts = Vec::new();
        while self.at < end {
            let before = self.at;
            parts.push(self.value(element, depth + 1)?);
            // An empty struct has no bytes, and would be read for ever.
            (self.at > before).then_some(())?;
        }
        (self.at == end).then_some(WireValue::Many(parts))
    }

    fn align(&mut self, size: usize) -> Option<()> {
        let at = self.at.next_multiple_of(size);
        self.at = (at <= self.bytes.len()).then_some(at)?;
        Some(())
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn unsigned(&mut self, size: usize) -> Option<u64> {
        self.align(size)?;
        let bytes = self.take(size)?;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.is_big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
    }

    fn terminated(&mut self, size: usize) -> Option<String> {
        let text = std::str::from_utf8(self.take(size)?).ok()?.to_owned();
        (self.take(1)? == [0]).then_some(text)
    }

    fn signature(&mut self) -> Option<String> {
        let size = usize::from(*self.take(1)?.first()?);
        self.terminated(size)
    }
}

/// Returns the first whole type of a signature, and the rest.
fn split_type(signature: &[u8], depth: usize) -> Option<(&[u8], &[u8])> {
    if depth > DEEPEST {
        return None;
    }
    let end = match signature.first()? {
        b'a' => 1 + split_type(&signature[1..], depth + 1)?.0.len(),
        open @ (b'(' | b'{') => {
            let close = if *open == b'(' { b')' } else { b'}' };
            let mut at = 1;
            while *signature.get(at)? != close {
                at += split_type(&signature[at..], depth + 1)?.0.len();
            }
            at + 1
        }
        _ => 1,
    };
    Some(signature.split_at(end))
}

fn alignment(signature: &[u8]) -> Option<usize> {
    Some(match signature.first()? {
        b'y' | b'g' | b'v' => 1,
        b'n' | b'q' => 2,
        b'b' | b'u' | b'i' | b'h' | b's' | b'o' | b'a' => 4,
        b't' | b'x' | b'd' | b'(' | b'{' => 8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut out = Writer::default();
        out.text("é");
        out.boolean(true);
        out.array(8, |out| {
            for (key, value) in [("a", "1"), ("bcd", "23")] {
                out.align(8);
                out.text(key);
                out.variant("s", |out| out.text(value));
            }
        });
        out.align(8);
        out.text("/session");
        out.byte_array(b"secret");
        let text = |text: &str| WireValue::Text(text.to_owned());
        let read = Reader::new(out.bytes(), false).values("sba{sv}(oay)").unwrap();
        let expected = [
            text("é"),
            WireValue::Number(1),
            WireValue::Many(vec![
                WireValue::Many(vec![text("a"), text("1")]),
                WireValue::Many(vec![text("bcd"), text("23")]),
            ]),
            WireValue::Many(vec![text("/session"), WireValue::Bytes(Zeroizing::new(b"secret".to_vec()))]),
        ];
        assert_eq!(read, expected);
        let big = [0, 0, 0, 2, b'h', b'i', 0];
        assert_eq!(Reader::new(&big, true).values("s"), Some(vec![text("hi")]));
    }

    #[test]
    fn what_is_cut_off_or_endless_is_no_value() {
        for (bytes, signature) in [
            (&[5, 0, 0, 0, b'a', 0][..], "s"),
            (&[1, 0, 0, 0, b'a', b'b'], "s"),
            (&[255, 255, 255, 255, 1], "ay"),
            (&[8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "a()"),
            (&[1], "u"),
            (&[], "("),
            (&[], "a"),
            (&[0; 64], "z"),
            (&[1, b'v', 0, 1, b'v', 0], "v"),
        ] {
            assert_eq!(Reader::new(bytes, false).values(signature), None, "{signature}");
        }
        let deep = "a".repeat(100) + "y";
        assert_eq!(Reader::new(&[0; 800], false).values(&deep), None);
        assert_eq!(Reader::new(&[0; 800], false).values(&"(".repeat(100)), None);
    }
}
