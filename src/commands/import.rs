//! `awsenv import FILE`: takes over what other tools wrote. It executes nothing, shows no key, and allows
//! nothing.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::commands::exit::Exit;
use crate::configure::writer::{self, AwsFile};
use crate::env_file::parse::{self, EnvFile};
use crate::env_file::{argument, lookup};
use crate::failure::Failure;
use crate::import::plain_profiles::{Converted, PlainProfiles};
use crate::import::variables::{self, ImportedVariable};
use crate::import::{Fate, ImportRow, LONGEST_CONFIG, LONGEST_ENV_FILE, env_lines, mise_file};
use crate::shared_config::{self, Document, Presence, SharedConfig};
use crate::system::context::Context;
use crate::system::files;
use crate::terminal::{message, output};
use crate::text::{sanitize, table};

/// What the command line says.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The file of the other tool.
    pub file: PathBuf,
    /// Only show what would be written.
    pub dry_run: bool,
    /// The session that profiles of aws-sso-cli belong to.
    pub session: Option<String>,
}

/// Reads the file, shows what it takes and what it leaves, and writes the `.awsenv` beside it, or the
/// profiles.
pub fn run(ctx: &Context, options: &ImportOptions) -> Result<Exit> {
    let path = argument::directory(ctx)?.join(&options.file);
    let path: PathBuf = path.components().collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default();
    let is_config = || {
        let config = shared_config::config_file(ctx).and_then(|config| Ok(config.canonicalize()?));
        config.is_ok_and(|config| path.canonicalize().is_ok_and(|path| path == config))
    };
    let text = || read(&path, LONGEST_ENV_FILE);
    if extension == "toml" {
        let variables = mise_file::read(&text()?, &sanitize::path(&path))?;
        take_variables(ctx, &path, &variables, options.dry_run)?;
    } else if name == ".envrc" {
        take_variables(ctx, &path, &env_lines::read(&text()?, true), options.dry_run)?;
    } else if name.starts_with(".env") || extension == "env" {
        take_variables(ctx, &path, &env_lines::read(&text()?, false), options.dry_run)?;
    } else if is_config() {
        take_profiles(ctx, options, None)?;
    } else {
        let text = read(&path, LONGEST_CONFIG)?;
        if !text.lines().any(|line| line.trim_start().starts_with('[')) {
            let what = format!("could not tell what {} is", sanitize::path(&path));
            return Err(Failure::new(what)
                .hint("name a `.envrc`, a `.env`, a `mise.toml` or an AWS config file")
                .into());
        }
        let document =
            Document::parse(path.as_path(), text.into_bytes()).map_err(|error| error.into_failure(&path))?;
        let from = SharedConfig::new(document, Document::empty("", Presence::Missing));
        take_profiles(ctx, options, Some(&from))?;
    }
    Ok(Exit::Success)
}

/// Returns the text of a file of at most `limit` bytes, without a byte order mark.
fn read(path: &Path, limit: u64) -> Result<String> {
    let could_not = |why: &str| Failure::new(format!("could not read {}: {why}", sanitize::path(path)));
    let read = files::read_regular(path, limit);
    let (content, metadata) = read.map_err(|error| could_not(&files::reason(&error)))?;
    if !metadata.is_file() {
        return Err(could_not("it is no regular file").into());
    }
    if content.len() as u64 > limit {
        return Err(could_not(&format!("it is larger than {} MiB", limit / 1024 / 1024)).into());
    }
    let text = String::from_utf8(content).map_err(|_| could_not("the text is not UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn take_variables(ctx: &Context, path: &Path, found: &[ImportedVariable], dry_run: bool) -> Result<()> {
    let target = path.with_file_name(parse::NAME);
    let before = lookup::read(&target)?;
    let there = EnvFile::parse(before.as_deref().unwrap_or_default(), &sanitize::path(&target))?;
    let (rows, added) = variables::rows(found, &there);
    show("VARIABLE", &rows)?;
    let (shown, count) = (ctx.shown(&target), added.lines().count());
    let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    if count == 0 {
        message::status(ctx, &format!("nothing to add to {shown}"));
        return Ok(());
    }
    if dry_run {
        message::status(ctx, &format!("would add {lines} to {shown}"));
        return Ok(());
    }
    add(&target, before.as_deref(), &added)?;
    message::status(ctx, &format!("added {lines} to {shown}, which is not allowed by this"));
    message::hint(ctx, "look at it, then run `awsenv allow`");
    let source = sanitize::shown(&path.file_name().unwrap_or_default().to_string_lossy());
    message::hint(ctx, &format!("then delete what was taken from {source}, so that only one tool sets it"));
    Ok(())
}

/// Makes the file, or adds the lines to it. Errors: the file is a link; another program has changed it since
/// `before` was read.
fn add(target: &Path, before: Option<&[u8]>, added: &str) -> Result<()> {
    let name = sanitize::path(target);
    let Some(before) = before else {
        let mut file = File::create_new(target).with_context(|| format!("could not make {name}"))?;
        return file.write_all(added.as_bytes()).with_context(|| format!("could not write {name}"));
    };
    if target.is_symlink() {
        return Err(Failure::new(format!("could not write {name}: it is a link"))
            .hint("add the lines above yourself")
            .into());
    }
    let gap: &[u8] = if before.is_empty() || before.ends_with(b"\n") { b"" } else { b"\n" };
    if files::rewrite(target, &[before, gap, added.as_bytes()].concat(), Some(before))? {
        return Ok(());
    }
    Err(Failure::new(format!("could not write {name}: another program has just changed it"))
        .hint("run it again")
        .into())
}

fn take_profiles(ctx: &Context, options: &ImportOptions, from: Option<&SharedConfig>) -> Result<()> {
    let request = PlainProfiles { from, session: options.session.as_deref() };
    let make = || -> Result<(SharedConfig, String, Converted)> {
        let old = shared_config::load(ctx)?;
        let converted = request.convert(&old)?;
        let new = shared_config::load_with(ctx, converted.text.clone())
            .context("could not write the config file, which could not be read any more")?;
        converted.verify(&old, &new)?;
        Ok((old, converted.text.clone(), converted))
    };
    let (config, _, converted) = make()?;
    show("PROFILE", &converted.rows)?;
    let shown = ctx.shown(config.config().path());
    let profiles = match converted.count {
        1 => "1 plain profile".to_owned(),
        count => format!("{count} plain profiles"),
    };
    if converted.count == 0 {
        message::status(ctx, &format!("no profile to write to {shown}"));
    } else if options.dry_run {
        message::status(ctx, &format!("would write {profiles} to {shown}"));
    } else {
        writer::writable(ctx, &config)?;
        drop(config);
        let converted = writer::write_made(ctx, AwsFile::Config, &make)?;
        message::status(ctx, &format!("wrote {profiles} to {shown}"));
        if from.is_none() && converted.text.contains("# BEGIN_AWS_SSO_CLI") {
            message::hint(
                ctx,
                "delete the lines `# BEGIN_AWS_SSO_CLI` and `# END_AWS_SSO_CLI`: aws-sso-cli replaces what is between them",
            );
        }
    }
    Ok(())
}

/// Prints what becomes of each variable or profile. No value is shown of what is not taken.
fn show(kind: &str, rows: &[ImportRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let cells: Vec<_> = rows
        .iter()
        .map(|row| {
            let fate = match &row.fate {
                Fate::Taken(what) => what.clone(),
                Fate::Known => "there already".to_owned(),
                Fate::Left(why) => format!("left: {why}"),
            };
            [row.line.to_string(), row.name.clone(), sanitize::shown(&fate)]
        })
        .collect();
    output::print(table::text(["LINE", kind, "BECOMES"], &cells).as_bytes())
}
