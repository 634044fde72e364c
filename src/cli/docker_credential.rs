//! The program under the name that Docker calls its helper by.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::configure::docker_config::PROGRAM;

/// Returns the command line of `awsenv docker-credential` if the program was called by the helper's name.
pub(super) fn called_by_docker(args: &[OsString]) -> Option<Vec<OsString>> {
    let (program, rest) = args.split_first()?;
    if Path::new(program).file_name() != Some(OsStr::new(PROGRAM)) {
        return None;
    }
    let command = [OsString::from("awsenv"), OsString::from("docker-credential")];
    Some(command.into_iter().chain(rest.iter().cloned()).collect())
}
