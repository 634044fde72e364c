//! The colours that a person gives to profiles. None of them alone means anything.

use std::io::IsTerminal;

use crate::system::context::Context;

/// One of the colours of every terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What is guarded, unless the person says otherwise.
    Red,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
    /// Cyan.
    Cyan,
}

impl Colour {
    /// The names, as they are written.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("red", Self::Red),
        ("green", Self::Green),
        ("yellow", Self::Yellow),
        ("blue", Self::Blue),
        ("magenta", Self::Magenta),
        ("cyan", Self::Cyan),
    ];

    /// Returns the colour of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, colour)| *colour)
    }

    /// Returns the text in this colour.
    pub fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
            Self::Blue => 34,
            Self::Magenta => 35,
            Self::Cyan => 36,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Returns whether colour may be used on a stream.
pub fn is_wanted(ctx: &Context, stream: &impl IsTerminal) -> bool {
    !ctx.env.has("NO_COLOR") && ctx.env.text("TERM") != Some("dumb") && stream.is_terminal()
}

/// Paints the text if there is a colour for it.
pub fn painted(colour: Option<Colour>, text: &str) -> String {
    colour.map_or_else(|| text.to_owned(), |colour| colour.paint(text))
}
