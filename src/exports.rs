//! What awsenv sets in a shell, and how it is undone. Never decides what to load.

pub(crate) mod bookkeeping;
pub(crate) mod change;
pub(crate) mod holding;
pub(crate) mod mode;
pub(crate) mod previous;
pub(crate) mod term;
pub mod variable;
