//! What a person sees: printed bytes after the terminal has carried out the control sequences in them.

use std::fmt;
use std::num::NonZero;

/// The width of the terminal. So wide that no line of a test wraps.
pub const COLUMNS: NonZero<u16> = NonZero::new(1000).unwrap();

/// What was printed between a typed line and the next prompt.
#[derive(Clone, Eq, PartialEq)]
pub struct Screen {
    text: String,
    bytes: Vec<u8>,
}

impl Screen {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut text = render(bytes);
        // fish's mark for output that did not end in a line feed.
        if text.ends_with('⏎') {
            text.pop();
        }
        Self { text, bytes: bytes.to_owned() }
    }

    /// Returns the text as seen: no control sequences, no trailing blanks, no trailing empty lines.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the lines of the text.
    pub fn lines(&self) -> Vec<&str> {
        self.text.lines().collect()
    }

    /// Returns the bytes as printed, control sequences included.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns whether nothing can be seen.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} (printed as \"{}\")", self.text, self.bytes.escape_ascii())
    }
}

impl PartialEq<&str> for Screen {
    fn eq(&self, text: &&str) -> bool {
        self.text == *text
    }
}

/// Returns the text that these bytes leave on an empty screen which is tall enough for all of it.
pub fn render(bytes: &[u8]) -> String {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    // fish and zsh fill a line with blanks to find out whether the last output ended in a line feed.
    let wraps = bytes.len() / usize::from(COLUMNS.get());
    let height = u16::try_from(lines + wraps).ok().and_then(NonZero::new).unwrap_or(NonZero::<u16>::MAX);
    let mut terminal = vt100::Parser::new(height, COLUMNS, 0);
    terminal.process(bytes);
    let text = terminal.screen().contents();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
