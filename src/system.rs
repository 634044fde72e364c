//! The operating system: files, locks, processes, sockets, the clock, the environment. Knows nothing of AWS.

pub(crate) mod backoff;
pub(crate) mod bridge;
pub(crate) mod change_signal;
pub(crate) mod child;
pub(crate) mod clock;
pub mod context;
pub mod core_dump;
pub(crate) mod counters;
pub mod environment;
pub(crate) mod file_stamp;
pub(crate) mod files;
pub(crate) mod forwarding;
pub(crate) mod home_path;
pub(crate) mod interrupt;
pub(crate) mod json_file;
pub(crate) mod local_port;
pub(crate) mod lock;
pub(crate) mod loopback;
pub(crate) mod open_files;
pub(crate) mod opened_file;
pub(crate) mod own_folders;
pub(crate) mod password_file;
pub(crate) mod peer;
pub(crate) mod relay;
pub(crate) mod remnant;
pub(crate) mod run_folder;
