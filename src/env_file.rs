//! `.awsenv`: what one says, which take part in a folder, and whether they are allowed. Never reads
//! the AWS files.

pub mod argument;
pub mod folder;
pub mod lookup;
pub mod parse;
pub mod permission;
