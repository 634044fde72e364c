//! The `awsenv` program.

fn main() {}
