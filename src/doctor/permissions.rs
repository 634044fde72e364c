//! Files with keys and tokens that others can read, files that others can change, and folders that cannot be
//! written.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Examined, Trouble};
use crate::shared_config;
use crate::system::context::Context;
use crate::system::{files as disk, own_folders, remnant};
use crate::text::{sanitize, shell_words};

/// The AWS CLI's caches of tokens and roles, below `~/.aws`.
const SHARED: [&str; 3] = ["sso/cache", "cli/cache", "login/cache"];

/// Looks at the AWS files, at the caches of tokens and roles, and at awsenv's own folders.
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
    found.extend(unwritable(ctx));
    let credentials = shared_config::credentials_file(ctx).into_iter();
    let caches = shared(ctx).flat_map(|cache| files(&cache));
    let readable = credentials.chain(caches).filter(|file| has_mode(file, 0o077));
    found.extend(readable.map(|file| {
        Trouble::warning(
            format!("others can read {}, which holds keys or tokens", sanitize::path(&file)),
            chmod("600", &file),
        )
    }));
    found.extend(own_folders::look(ctx).into_iter().map(own_folder));
    found.extend(settings(ctx));
    let folders = cache_folders(ctx);
    found.extend(folders.iter().flat_map(|folder| files(folder)).filter(|file| is_foreign(ctx, file)).map(
        |file| {
            let name = sanitize::path(&file);
            Trouble::warning(
                format!("{name} belongs to another user, so it is not used"),
                format!("run `rm {}`", sanitize::shown(&shell_words::quote(&file.to_string_lossy()))),
            )
        },
    ));
    found.extend(folders.iter().filter(|folder| has_mode(folder, 0o022)).map(|folder| {
        let name = sanitize::path(folder);
        Trouble::error(
            format!("others can write {name}, and so swap the keys that are loaded"),
            chmod("go-w", folder),
        )
    }));
    found.extend(remnants(ctx));
    found
}

/// Returns the folders with cached tokens and keys.
fn cache_folders(ctx: &Context) -> Vec<PathBuf> {
    shared(ctx).chain(ctx.cache_dir().ok().map(|folder| folder.join("credentials"))).collect()
}

fn shared(ctx: &Context) -> impl Iterator<Item = PathBuf> {
    SHARED.iter().filter_map(|cache| Some(ctx.aws_dir().ok()?.join(cache)))
}

fn is_foreign(ctx: &Context, file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|file| file.is_file() && !ctx.may_use(&file))
}

fn own_folder(trouble: own_folders::FolderFault) -> Trouble {
    match trouble {
        own_folders::FolderFault::Foreign(folder) => Trouble::error(
            format!("{} belongs to another user, so nothing can be loaded", sanitize::path(&folder)),
            "set `HOME`, or `XDG_STATE_HOME` and its like, to folders of your own",
        ),
        own_folders::FolderFault::Open { folder, writable } => {
            let can = if writable { "write" } else { "read" };
            Trouble::warning(format!("others can {can} {}", sanitize::path(&folder)), chmod("700", &folder))
        }
    }
}

/// Looks at the settings file: its `trust` counts only if nobody else can write the file.
fn settings(ctx: &Context) -> Option<Trouble> {
    let path = ctx.settings_file().ok()?;
    let file = std::fs::metadata(&path).ok().filter(|file| !disk::is_ours_alone(file))?;
    let name = sanitize::path(&path);
    Some(if ctx.may_use(&file) {
        Trouble::warning(
            format!("others can write {name}, so its `trust` counts for nothing"),
            chmod("go-w", &path),
        )
    } else {
        Trouble::warning(
            format!("{name} belongs to another user, so its `trust` counts for nothing"),
            "write a file of your own in its place",
        )
    })
}

/// Counts the temporary files of writes that were killed.
fn remnants(ctx: &Context) -> Option<Trouble> {
    let count: usize = own_folders::with_secrets(ctx).iter().map(|folder| remnant::count(folder)).sum();
    let (files, verb) = if count == 1 { ("file", "was") } else { ("files", "were") };
    (count > 0).then(|| {
        Trouble::warning(
            format!("{count} temporary {files} {verb} left behind by writes that were killed"),
            "run `awsenv logout --all`, or wait: the next write in each folder removes old ones",
        )
    })
}

/// Looks for folders that cannot be written, and says what does not work because of it.
fn unwritable(ctx: &Context) -> Vec<Trouble> {
    let aws = |below: &str| ctx.aws_dir().ok().map(|folder| folder.join(below));
    let folders = [
        (aws("sso/cache"), "a login that expires is not refreshed there"),
        (aws("login/cache"), "a login of `aws login` is not renewed there"),
        (aws("cli/cache"), "roles are fetched again by each command"),
        (ctx.state_dir().ok(), "nothing can be locked, so no login can begin or be refreshed"),
        (ctx.cache_dir().ok(), "profiles are resolved again at each prompt"),
    ];
    let mut found = Vec::new();
    for (folder, why) in folders {
        let Some(folder) = folder else { continue };
        // A missing folder would be made in the nearest existing one.
        let there = folder.ancestors().find_map(|folder| Some((folder, folder.metadata().ok()?)));
        if let Some((existing, file)) = there
            && !disk::is_writable(existing, &file)
        {
            let finding = format!("{} cannot be written: {why}", sanitize::path(&folder));
            found.push(Trouble::warning(finding, chmod("u+rwx", existing)));
        }
    }
    found
}

/// Returns the JSON files in a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

fn has_mode(file: &Path, bits: u32) -> bool {
    std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & bits != 0)
}

fn chmod(mode: &str, file: &Path) -> String {
    format!("run `chmod {mode} {}`", sanitize::shown(&shell_words::quote(&file.to_string_lossy())))
}
