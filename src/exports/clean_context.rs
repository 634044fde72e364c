//! The world without what awsenv exports itself.

use std::ops::Deref;
use std::time::Duration;

use crate::exports::change;
use crate::system::context::Context;

/// A [`Context`] whose environment is as it would be without awsenv. Profiles are resolved in it, and keys
/// fetched: what awsenv exported for one folder must not decide what another one loads.
#[derive(Clone, Debug)]
pub struct CleanContext(Context);

impl CleanContext {
    /// Takes awsenv's own exports out of the environment. Previous values that a shell holds are not in it.
    pub fn new(ctx: &Context) -> Self {
        Self(ctx.with_env(change::undone(&ctx.env)))
    }

    /// [`Context::with_patience`].
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self(self.0.with_patience(patience))
    }
}

impl Deref for CleanContext {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.0
    }
}
