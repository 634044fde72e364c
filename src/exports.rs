//! What awsenv sets in a shell, and how it is undone. Never decides what to load.

pub mod bookkeeping;
pub mod change;
pub mod holding;
pub mod mode;
pub mod previous;
pub mod term;
pub mod variable;
