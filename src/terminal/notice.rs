//! Messages that are decided before they are printed.

use crate::system::context::Context;
use crate::terminal::colour::{self, Colour};
use crate::terminal::message;
use crate::text::sanitize;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What happened.
    Status(String),
    /// What was loaded, and the colour of its profile.
    Loaded(String, Option<Colour>),
    /// What to do.
    Hint(String),
    /// A warning.
    Warning(String),
    /// An error, and its hint.
    Error(String, Option<String>),
}

impl Notice {
    /// Prints it on standard error.
    pub fn print(&self, ctx: &Context) {
        match self {
            Self::Status(text) => message::status(ctx, &sanitize::shown(text)),
            Self::Loaded(text, colour) => {
                let colour = colour.filter(|_| message::is_coloured(ctx));
                message::status(ctx, &colour::painted(colour, &sanitize::shown(text)));
            }
            Self::Hint(text) => message::hint(ctx, text),
            Self::Warning(text) => message::warning(ctx, &sanitize::shown(text)),
            Self::Error(text, hint) => {
                message::failure(ctx, text);
                if let Some(hint) = hint {
                    message::hint(ctx, hint);
                }
            }
        }
    }
}
