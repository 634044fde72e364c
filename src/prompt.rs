//! What a hooked shell needs at its prompt. Never waits for a person or the network.

pub mod choices;
pub(crate) mod decision;
pub(crate) mod foreign_restore;
pub(crate) mod last_run;
pub(crate) mod stamps;
pub(crate) mod watch_list;
