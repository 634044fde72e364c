//! The `awsenv` program.

use awsenv::system::context::Context;
use awsenv::system::core_dump;
use awsenv::terminal::run_cost;
use awsenv::{cli, commands};

/// musl's own allocator gets memory from the kernel a few kilobytes at a time and returns it as soon as it
/// can, which takes longer than a whole run of a hook.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() {
    let begin = std::time::Instant::now();
    core_dump::forbid();
    let ctx = Context::from_process();
    let args: Vec<_> = std::env::args_os().collect();
    commands::export::redirect_errors(&args);
    // A prompt does not wait for the command line parser, which takes longer than the hook's own work.
    let exit = match commands::export::from_hook(&ctx, &args) {
        Some(exit) => exit,
        None => cli::run(&ctx, &args),
    };
    run_cost::tell(&ctx, begin);
    // The kernel frees the memory faster than drops would.
    std::process::exit(exit.code().into());
}
