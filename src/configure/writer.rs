//! Writes the config or the credentials file: in one step, through a link to it, with the mode that it has.

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::configure::plan::{Plan, PlanOutcome};
use crate::configure::{difference, verify};
use crate::failure::Failure;
use crate::shared_config::{self, Document, Presence, SharedConfig};
use crate::system::context::Context;
use crate::system::files;
use crate::system::open_files::{self, OpenWriter};
use crate::terminal::{lock_wait, message};
use crate::text::sanitize;

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsFile {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

impl AwsFile {
    /// Returns the file as it was read.
    pub fn document(self, config: &SharedConfig) -> &Document {
        match self {
            Self::Config => config.config(),
            Self::Credentials => config.credentials(),
        }
    }

    fn path(self, ctx: &Context) -> Result<PathBuf> {
        match self {
            Self::Config => shared_config::config_file(ctx),
            Self::Credentials => shared_config::credentials_file(ctx),
        }
    }

    /// Returns its name for messages, and the variable with its path.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Config => ("config file", "AWS_CONFIG_FILE"),
            Self::Credentials => ("credentials file", "AWS_SHARED_CREDENTIALS_FILE"),
        }
    }

    /// Returns the lock between awsenv's processes that write the file.
    fn lock(self) -> &'static str {
        match self {
            Self::Config => "aws-config",
            Self::Credentials => "aws-credentials",
        }
    }
}

/// How often the change is made again because another program has written in between.
const ATTEMPTS: usize = 20;
/// How long to wait for another program that has the file open for writing: what it writes after the file was
/// replaced would be lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns the path of the config file after making sure that it can be written. Errors: `AWS_CONFIG_FILE` is
/// set to nothing, it is no regular file, or it is read-only.
pub fn writable(ctx: &Context, config: &SharedConfig) -> Result<PathBuf> {
    writable_file(ctx, AwsFile::Config, config)
}

/// [`writable`] for either file.
pub fn writable_file(ctx: &Context, file: AwsFile, config: &SharedConfig) -> Result<PathBuf> {
    let (noun, variable) = file.names();
    let document = file.document(config);
    let path = document.path();
    if path.as_os_str().is_empty() {
        return Err(Failure::new(format!("could not write the {noun}: `{variable}` is empty"))
            .hint(format!("unset `{variable}`"))
            .into());
    }
    let real = files::follow(path);
    let refuse = |why: &str, hint: String| -> Result<PathBuf> {
        Err(Failure::new(format!("could not write {}: {why}", sanitize::path(&real))).hint(hint).into())
    };
    match fs::metadata(&real) {
        Ok(file) if !file.is_file() => refuse("it is no regular file", format!("point `{variable}` to one")),
        Ok(file) if document.presence() == Presence::Unreadable || !files::is_writable(&real, &file) => {
            let path = crate::text::shell_words::quote(&sanitize::path(&real));
            refuse("the file is read-only", format!("run `chmod u+rw {path}`, or change it where it is made"))
        }
        _ => Ok(real),
    }
    .inspect(|real| {
        message::debug(ctx, || format!("the {noun} is {}", sanitize::path(real)));
    })
}

/// Carries out the plan in the config file, and returns the result. It is made for the file as it is: if
/// another program writes in between, it is made again.
pub fn write(ctx: &Context, plan: &dyn Fn(&SharedConfig) -> Result<Plan>) -> Result<PlanOutcome> {
    write_made(ctx, AwsFile::Config, &|| {
        let (old, _, outcome) = prepare(ctx, plan)?;
        Ok((old, outcome.text.clone(), outcome))
    })
}

/// Calls `make`, which returns the files that it has read, the new text of `file` and a result; writes the
/// text, and returns the result. If another program writes in between, `make` is called again; one that keeps
/// the file open is an error.
pub fn write_made<T>(
    ctx: &Context,
    file: AwsFile,
    make: &dyn Fn() -> Result<(SharedConfig, String, T)>,
) -> Result<T> {
    let (noun, _) = file.names();
    let _lock = lock_wait::take(ctx, file.lock(), &format!("writing the {noun}"))?;
    for _ in 0..ATTEMPTS {
        let read = FileBefore::read(&files::follow(&file.path(ctx)?));
        let before = read.content.as_deref();
        let (old, text, result) = make()?;
        let path = writable_file(ctx, file, &old)?;
        let text = text.as_bytes();
        if before == Some(text) {
            return Ok(result);
        }
        // The AWS CLI takes no lock.
        if let Some(writer) = fs::metadata(&path).ok().and_then(|file| writer_after(&file)) {
            let why = format!("{} has it open for writing", shown(&writer));
            let failure = Failure::new(format!("could not write {}: {why}", sanitize::path(&path)));
            return Err(failure.hint("close it there, and run this again").into());
        }
        if files::rewrite(&path, text, before)? {
            let replaced = read.file.as_ref().and_then(|file| file.metadata().ok());
            if let Some(writer) = replaced.and_then(|file| writer_after(&file)) {
                let path = sanitize::path(&path);
                message::warning(
                    ctx,
                    &format!("{} still writes to the {path} of before, which nobody reads", shown(&writer)),
                );
            }
            match read.written_since() {
                None => return Ok(result),
                Some(late) => match before.and_then(|before| late.strip_prefix(before)) {
                    // Another program may append to the new file as well, so it is not replaced again.
                    Some(more) => append(&path, more)?,
                    None => drop(files::rewrite(&path, &late, Some(text))?),
                },
            }
        }
    }
    Err(Failure::new(format!("could not write the {noun}: another program keeps changing it")).into())
}

/// Returns a process that still has the file open for writing after [`PATIENCE`].
fn writer_after(file: &fs::Metadata) -> Option<OpenWriter> {
    let begun = Instant::now();
    loop {
        let writer = open_files::writer_of(file)?;
        if begun.elapsed() >= PATIENCE {
            return Some(writer);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn shown(writer: &OpenWriter) -> String {
    format!("{} (process {})", sanitize::shown_up_to(64, &writer.name), writer.pid)
}

/// The file as it was read, kept open to see what other programs write to it after it was replaced.
struct FileBefore {
    file: Option<File>,
    content: Option<Vec<u8>>,
}

impl FileBefore {
    fn read(path: &Path) -> Self {
        let file = File::open(path).ok();
        let content = file.as_ref().and_then(read_whole);
        Self { file, content }
    }

    /// Returns the content of the replaced file, if it has changed since it was read: a program that had
    /// opened it before has written to it, which would be lost.
    fn written_since(&self) -> Option<Vec<u8>> {
        let now = self.file.as_ref().and_then(read_whole)?;
        (Some(&now) != self.content.as_ref() && !now.is_empty()).then_some(now)
    }
}

/// Adds to the end of the file what another program had added to the one before it.
fn append(path: &Path, more: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = File::options().append(true).open(path)?;
        file.write_all(more)?;
        file.sync_data()
    };
    write().with_context(|| format!("could not write {}", sanitize::path(path)))
}

fn read_whole(mut file: &File) -> Option<Vec<u8>> {
    file.rewind().ok()?;
    files::read_bounded(file, shared_config::LIMIT)
        .ok()
        .filter(|content| content.len() as u64 <= shared_config::LIMIT)
}

/// Returns what [`write()`] would do, and the difference it would make to the file.
pub fn preview(ctx: &Context, plan: &dyn Fn(&SharedConfig) -> Result<Plan>) -> Result<(PlanOutcome, String)> {
    let (old, new, outcome) = prepare(ctx, plan)?;
    Ok((outcome, difference::unified(old.config(), new.config())))
}

fn prepare(
    ctx: &Context,
    plan: &dyn Fn(&SharedConfig) -> Result<Plan>,
) -> Result<(SharedConfig, SharedConfig, PlanOutcome)> {
    let old = shared_config::load(ctx)?;
    let plan = plan(&old)?;
    let outcome = plan.apply(&old)?;
    let new = shared_config::load_with(ctx, outcome.text.clone())
        .context("could not write the config file, which could not be read any more")?;
    verify::verify(&plan, &outcome, &old, &new)?;
    Ok((old, new, outcome))
}
