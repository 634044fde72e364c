//! `awsenv docker-credential`, and the program under the name that Docker calls it by.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::ValueEnum;

use crate::commands::docker_credential::DockerRequest;

/// What the program is called as Docker's helper.
const NAME: &str = "docker-credential-awsenv";

/// What Docker asks for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum DockerAction {
    /// Print the credentials of the registry on standard input
    Get,
    /// Refused: there is nothing to store
    Store,
    /// Forget the token of the registry on standard input
    Erase,
    /// Print the registries with a token
    List,
    /// Print the version
    Version,
}

impl From<DockerAction> for DockerRequest {
    fn from(action: DockerAction) -> Self {
        match action {
            DockerAction::Get => Self::Get,
            DockerAction::Store => Self::Store,
            DockerAction::Erase => Self::Erase,
            DockerAction::List => Self::List,
            DockerAction::Version => Self::Version,
        }
    }
}

/// Returns the arguments with the command in them, if the program was called by the helper's name.
pub(super) fn named(args: &[OsString]) -> Option<Vec<OsString>> {
    let (program, rest) = args.split_first()?;
    if Path::new(program).file_name() != Some(OsStr::new(NAME)) {
        return None;
    }
    let command = [OsString::from("awsenv"), OsString::from("docker-credential")];
    Some(command.into_iter().chain(rest.iter().cloned()).collect())
}
