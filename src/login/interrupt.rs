//! Ctrl-C while a person is asked to log in: it declines the login.

use super::marker;
use crate::system::context::Context;
use crate::system::interrupt::{AtInterrupt, at_interrupt};
use crate::terminal::Terminal;

/// Makes Ctrl-C decline the login of this key, until the returned value is dropped. `again` is the command
/// that starts the login again.
pub fn declining(ctx: &Context, key: &str, terminal: &Terminal, again: &str) -> AtInterrupt {
    let (ctx, terminal) = (ctx.clone(), terminal.again());
    let (key, again) = (key.to_owned(), again.to_owned());
    at_interrupt(move || {
        marker::decline(&ctx, &key);
        if let Some(terminal) = &terminal {
            terminal.restore();
            terminal.clear_line();
            terminal.line(&format!("the login is cancelled, `{again}` starts it again"));
        }
    })
}
