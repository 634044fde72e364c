//! `.awsenv`: how one is read, which of them count for a folder, and whether they are allowed.

pub(crate) mod argument;
pub(crate) mod folder;
pub(crate) mod lookup;
pub mod parse;
pub(crate) mod permission;
