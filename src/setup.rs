//! What `awsenv setup` adds to a person's files, so that it can be taken out again to the byte.

pub mod addition;
pub mod record;
pub mod shell_files;
