//! The world outside: files, locks, clock, environment. The one place that reads them; never knows
//! AWS.

pub mod backoff;
pub mod bridge;
pub mod change_signal;
pub mod child;
pub mod context;
pub mod core_dump;
pub mod counters;
pub mod environment;
pub mod file_stamp;
pub mod files;
pub mod forwarding;
pub mod home_path;
pub mod interrupt;
pub mod json_file;
pub mod local_port;
pub mod lock;
pub mod loopback;
pub mod open_files;
pub mod opened_file;
pub mod own_folders;
pub mod password_file;
pub mod relay;
pub mod remnant;
pub mod run_folder;
