//! What both benchmarks need: the programs, a world to run them in, and a table.

pub mod build;
pub mod figures;
pub mod world;
