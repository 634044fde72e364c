//! What a hooked shell needs at its prompt. Never waits for a person or the network.

pub mod choices;
pub mod decision;
pub mod foreign_restore;
pub mod last_run;
pub mod stamps;
pub mod watch_list;
