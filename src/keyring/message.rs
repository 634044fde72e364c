//! D-Bus messages: a header with numbered fields, then the body (D-Bus specification 0.43, "Message
//! Protocol").

use zeroize::Zeroizing;

use crate::keyring::wire::{Reader, WireValue, Writer};

/// In bytes. The keyring's own answers hold a few paths, or one secret.
const LONGEST: usize = 1024 * 1024;
/// In bytes: the part of a header that has the same size in every message.
const FIXED: usize = 16;

const METHOD_CALL: u8 = 1;
const METHOD_RETURN: u8 = 2;
const ERROR: u8 = 3;
const SIGNAL: u8 = 4;

/// A call to be made.
pub(super) struct Call<'a> {
    /// The program's name on the bus.
    pub destination: &'a str,
    /// The object.
    pub path: &'a str,
    /// The interface of the method.
    pub interface: &'a str,
    /// The method.
    pub member: &'a str,
    /// The types of the arguments; empty for none.
    pub signature: &'a str,
}

impl Call<'_> {
    /// Returns the message with this number and these arguments.
    pub(super) fn message(&self, serial: u32, arguments: &Writer) -> Writer {
        let mut out = Writer::default();
        out.raw(&[b'l', METHOD_CALL, 0, 1]);
        out.number(u32::try_from(arguments.bytes().len()).unwrap_or(u32::MAX));
        out.number(serial);
        out.array(8, |out| {
            let fields = [(1, "o", self.path), (6, "s", self.destination), (2, "s", self.interface)];
            for (code, signature, text) in fields.into_iter().chain([(3, "s", self.member)]) {
                out.align(8);
                out.raw(&[code]);
                out.variant(signature, |out| out.text(text));
            }
            if !self.signature.is_empty() {
                out.align(8);
                out.raw(&[8]);
                out.variant("g", |out| out.signature(self.signature));
            }
        });
        out.align(8);
        out.raw(arguments.bytes());
        out
    }
}

/// A received message.
#[derive(Debug, Default)]
pub(super) struct Message {
    kind: u8,
    path: String,
    member: String,
    error: String,
    reply_to: u64,
    body: Vec<WireValue>,
}

/// What a message means for a call that waits for its answer.
pub(super) enum Meaning {
    /// The answer to the call with that number.
    Answer(Vec<WireValue>),
    /// The call failed: the error's name and message.
    Error(String, String),
    /// It is not about that call.
    Other(Message),
}

impl Message {
    /// Returns what the message means for the call `serial`.
    pub(super) fn about(self, serial: u32) -> Meaning {
        match self.kind {
            _ if self.reply_to != u64::from(serial) => Meaning::Other(self),
            METHOD_RETURN => Meaning::Answer(self.body),
            ERROR => {
                let words = self.body.first().and_then(WireValue::text).unwrap_or_default();
                Meaning::Error(self.error, words.to_owned())
            }
            _ => Meaning::Other(self),
        }
    }

    /// Returns the body, if this is the signal `member` of the object `path`.
    pub(super) fn signal(self, path: &str, member: &str) -> Option<Vec<WireValue>> {
        (self.kind == SIGNAL && self.path == path && self.member == member).then_some(self.body)
    }

    /// Returns the length in bytes of the message at the start of `bytes`; `Ok(None)` if `bytes` is too short
    /// to tell, `Err` if it is no message, or too long.
    pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, ()> {
        let Some(fixed) = bytes.get(..FIXED) else { return Ok(None) };
        let number = |at: usize| -> Option<usize> {
            let number: [u8; 4] = fixed.get(at..at + 4)?.try_into().ok()?;
            let number = match fixed[0] {
                b'l' => u32::from_le_bytes(number),
                b'B' => u32::from_be_bytes(number),
                _ => return None,
            };
            usize::try_from(number).ok().filter(|number| *number <= LONGEST)
        };
        let (body, fields) = (number(4).ok_or(())?, number(12).ok_or(())?);
        Ok(Some((FIXED + fields).next_multiple_of(8) + body))
    }

    /// Reads a whole message. `None` if it is malformed.
    pub(super) fn parse(bytes: &Zeroizing<Vec<u8>>) -> Option<Self> {
        let is_big_endian = *bytes.first()? == b'B';
        let mut reader = Reader::new(bytes, is_big_endian);
        let header = reader.values("yyyyuua(yv)")?;
        let [_, WireValue::Number(kind), _, _, WireValue::Number(size), _, fields] = &header[..] else {
            return None;
        };
        let mut message = Self { kind: u8::try_from(*kind).ok()?, ..Self::default() };
        let mut signature = "";
        for field in fields.many()? {
            let [WireValue::Number(code), value] = field.many()? else { return None };
            match (code, value) {
                (1, WireValue::Text(text)) => message.path.clone_from(text),
                (3, WireValue::Text(text)) => message.member.clone_from(text),
                (4, WireValue::Text(text)) => message.error.clone_from(text),
                (5, WireValue::Number(serial)) => message.reply_to = *serial,
                (8, WireValue::Text(text)) => signature = text,
                _ => {}
            }
        }
        let start = bytes.len().checked_sub(usize::try_from(*size).ok()?)?;
        message.body = Reader::new(&bytes[start..], is_big_endian).values(signature)?;
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Writer {
        let call = Call { destination: "a.b", path: "/p", interface: "c.d", member: "M", signature: "s" };
        let mut arguments = Writer::default();
        arguments.text("x");
        call.message(7, &arguments)
    }

    #[test]
    fn a_message_says_its_own_length_and_is_read_back() {
        let message = call();
        let bytes = Zeroizing::new(message.bytes().to_vec());
        assert_eq!(Message::length(&bytes), Ok(Some(bytes.len())));
        assert_eq!(Message::length(&bytes[..15]), Ok(None));
        let read = Message::parse(&bytes).unwrap();
        assert_eq!((read.kind, &*read.path, &*read.member), (METHOD_CALL, "/p", "M"));
        assert_eq!(read.body, [WireValue::Text("x".to_owned())]);
        assert_eq!(Message::length(&[b'x'; 16]), Err(()));
        assert_eq!(Message::length(&[b'l', 2, 0, 1, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0]), Err(()));
    }

    #[test]
    fn fuzz_bus_messages() {
        let message = call();
        let seed = std::str::from_utf8(message.bytes()).unwrap();
        crate::fuzz::run("bus-messages", crate::fuzz::MANY, &[seed], |bytes| {
            let length = Message::length(bytes);
            let parsed = Message::parse(&Zeroizing::new(bytes.to_vec()));
            format!("{} {}", length.is_ok(), parsed.is_some())
        });
    }
}
