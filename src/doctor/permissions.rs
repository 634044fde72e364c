//! Files with keys and tokens that others can read, and files that others can change.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Examined, Trouble};
use crate::shared_config;
use crate::text::{sanitize, shell_words};

/// Looks at the AWS files and at the caches of tokens and roles.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let ctx = examined.ctx;
    let mut found = Vec::new();
    if let Ok(config) = shared_config::config_file(ctx)
        && has_mode(&config, 0o022)
    {
        found.push(Trouble::error(
            format!("others can write {}, and so choose what your tools run", sanitize::path(&config)),
            chmod("go-w", &config),
        ));
    }
    let credentials = shared_config::credentials_file(ctx).into_iter();
    let caches = ["sso/cache", "cli/cache", "login/cache"];
    let caches = caches.iter().filter_map(|cache| Some(ctx.aws_dir().ok()?.join(cache)));
    let readable =
        credentials.chain(caches.flat_map(|cache| files(&cache))).filter(|file| has_mode(file, 0o077));
    found.extend(readable.map(|file| {
        Trouble::warning(
            format!("others can read {}, which holds keys or tokens", sanitize::path(&file)),
            chmod("600", &file),
        )
    }));
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

fn has_mode(file: &Path, bits: u32) -> bool {
    std::fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & bits != 0)
}

fn chmod(mode: &str, file: &Path) -> String {
    format!("run `chmod {mode} {}`", sanitize::shown(&shell_words::quote(&file.to_string_lossy())))
}
