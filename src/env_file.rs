//! `.awsenv`: what one says, which take part in a folder, and whether they are allowed. Never reads
//! the AWS files.

pub(crate) mod argument;
pub(crate) mod folder;
pub(crate) mod lookup;
pub mod parse;
pub(crate) mod permission;
