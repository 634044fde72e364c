//! Help, version, and what is wrong with a command line.

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::exit::Exit;

/// Prints clap's answer: help and version on standard output, mistakes on standard error.
pub fn tell(error: &clap::Error, args: &[OsString]) -> Exit {
    // A reader that has left is no reason to fail.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
        // The codes below 125 are the command's own.
        _ if args.get(1).is_some_and(|command| command == "exec") => Exit::NotRun,
        _ => Exit::Usage,
    }
}
