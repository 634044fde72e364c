//! The least that a Rust program can do: what starting and ending costs, linked as awsenv is.

fn main() {}
