//! The `.awsenv` that a command line names, and the directory that a command starts from.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::env_file::folder;
use crate::env_file::lookup;
use crate::env_file::parse;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::text::sanitize;

/// Returns the file that `path` names, or the one in the folder that it names; without a path, the nearest
/// one from here upwards. Errors: there is none, or `path` names another kind of file.
pub fn env_file(ctx: &Context, settings: &Settings, path: Option<&Path>) -> Result<PathBuf> {
    let here = directory(ctx)?;
    let Some(path) = path else {
        let nearest = lookup::from(&here, &settings.ceiling).files.into_iter().next();
        return nearest.map(|found| found.path).ok_or_else(|| folder::none_here().into());
    };
    // Without `.` and a slash at the end, as lookup writes paths.
    let path: PathBuf = here.join(path).components().collect();
    let file = if path.is_dir() && path.file_name() != Some(parse::NAME.as_ref()) {
        path.join(parse::NAME)
    } else {
        path
    };
    if file.file_name() != Some(parse::NAME.as_ref()) {
        return Err(Failure::new(format!(
            "could not use {}: it is not called .awsenv",
            sanitize::path(&file)
        ))
        .hint("name a .awsenv, or the folder that it is in")
        .into());
    }
    if file.symlink_metadata().is_err() {
        return Err(missing(&file).into());
    }
    Ok(file)
}

/// Returns the error that there is no such file.
pub fn missing(file: &Path) -> Failure {
    Failure::new(format!("could not find {}", sanitize::path(file)))
        .hint("write it first, for example `profile = acme-dev`")
}

/// Returns the directory to start from: `PWD`, where the links that led there are still in the path, if this
/// process is in it; else the kernel's path. An error if the directory was deleted.
pub fn directory(ctx: &Context) -> Result<PathBuf> {
    believed(ctx, ctx.env.get("PWD").map(Path::new)).ok_or_else(|| {
        Failure::new("could not find the current directory: it was deleted").hint("run `cd ~`").into()
    })
}

/// Returns `pwd`, a shell's path of its directory, if this process is in it; else the kernel's path, since a
/// shell can be wrong. `None` if the directory was deleted.
pub fn believed(ctx: &Context, pwd: Option<&Path>) -> Option<PathBuf> {
    // The kernel's own path needs no check.
    let is_cwd = |pwd: &Path| ctx.cwd.as_ref().is_some_and(|cwd| cwd.as_os_str() == pwd.as_os_str());
    let pwd = pwd.filter(|pwd| pwd.is_absolute() && (is_cwd(pwd) || is_here(pwd)));
    pwd.map(Path::to_owned).or_else(|| ctx.cwd.clone())
}

/// Returns whether `path` is the directory that this process is in.
pub fn is_here(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (std::fs::metadata(path), std::fs::metadata(".")) {
        (Ok(there), Ok(here)) => (there.dev(), there.ino()) == (here.dev(), here.ino()),
        _ => false,
    }
}
