//! What `awsenv setup` adds to a person's files, recorded so that it can be removed to the byte.

pub mod addition;
pub mod record;
pub mod shell_files;
