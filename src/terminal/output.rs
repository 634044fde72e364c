//! Standard output.

use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, Result};

use crate::system::context::Context;
use crate::terminal::colour;

/// Returns whether colour may be used on standard output.
pub fn is_coloured(ctx: &Context) -> bool {
    colour::is_wanted(ctx, &std::io::stdout())
}

/// Writes all of `bytes`. A closed pipe, as in `awsenv profiles | head -1`, is no error; a full disk is.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("could not write to standard output")
        }
        _ => Ok(()),
    }
}
