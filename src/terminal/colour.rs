//! The colours that a person gives to profiles. Whatever a colour says, a text says too.

use std::io::IsTerminal;

use crate::system::context::Context;

/// A colour that every terminal has, with its code (ECMA-48, SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Marks guarded profiles, unless the person chose another one.
    Red = 31,
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
    /// The names, as in the settings file.
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
        format!("\u{1b}[{}m{text}\u{1b}[0m", self as u8)
    }
}

/// Returns whether colour may be used on a stream: a terminal, without `NO_COLOR` or `TERM=dumb`.
pub fn is_wanted(ctx: &Context, stream: &impl IsTerminal) -> bool {
    !ctx.env.has("NO_COLOR") && ctx.env.text("TERM") != Some("dumb") && stream.is_terminal()
}

/// Paints the text if there is a colour for it.
pub fn painted(colour: Option<Colour>, text: &str) -> String {
    colour.map_or_else(|| text.to_owned(), |colour| colour.paint(text))
}
