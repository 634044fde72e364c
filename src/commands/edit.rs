//! `awsenv edit [PATH]`: opens a `.awsenv` in the person's editor, checks what was written, and allows it.

use std::path::Path;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::env_file::folder::Folder;
use crate::env_file::parse::EnvFile;
use crate::env_file::{argument, lookup};
use crate::load::obstacle;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::terminal::{editor, message, text_input};
use crate::text::sanitize;

/// Opens the file, again after a mistake if the person wants to. The file stays as written in any case, and
/// is allowed if it can be read. A file that was not changed is not allowed by this.
pub fn run(ctx: &Context, path: Option<&Path>) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let file = argument::env_file(ctx, &settings, path)?;
    let before = lookup::read(&file).ok().flatten();
    loop {
        editor::open(ctx, &file)?;
        match read(&file) {
            Ok(content) if Some(&content) == before.as_ref() => {
                tell_unchanged(ctx, &settings, &file);
                return Ok(Exit::Success);
            }
            Ok(content) => {
                let folder = Folder::of(ctx, &settings, file.parent().unwrap_or(Path::new("/")));
                let (_, in_the_way) = obstacle::turned_on(ctx, &settings, &folder);
                // Without a person to ask, `allow` says what is in the way.
                if let Some(error) = in_the_way.filter(|_| text_input::is_possible(ctx)) {
                    message::error(ctx, &error);
                    if is_edited_again(ctx) {
                        continue;
                    }
                }
                obstacle::allow(ctx, &settings, &file, &content)?;
                return Ok(Exit::Success);
            }
            Err(error) => {
                message::error(ctx, &error);
                if !is_edited_again(ctx) {
                    let name = sanitize::path(&file);
                    message::status(ctx, &format!("{name} is as you wrote it, and not allowed"));
                    return Ok(Exit::Failure);
                }
            }
        }
    }
}

/// Returns what was written, if it can be read as a `.awsenv`.
fn read(file: &Path) -> Result<Vec<u8>> {
    let content = lookup::read(file)?.ok_or_else(|| argument::missing(file))?;
    EnvFile::parse(&content, &sanitize::path(file))?;
    Ok(content)
}

/// Asks whether to go back to the editor; no if there is nobody to ask.
fn is_edited_again(ctx: &Context) -> bool {
    text_input::is_possible(ctx) && text_input::yes("Edit it again?").unwrap_or_default()
}

/// Says that the file is unchanged, and that an editor with a window may have ended before it was written.
fn tell_unchanged(ctx: &Context, settings: &Settings, file: &Path) {
    let name = sanitize::path(file);
    let folder = Folder::of(ctx, settings, file.parent().unwrap_or(Path::new("/")));
    if folder.not_allowed().any(|found| found.path == file) {
        message::status(ctx, &format!("{name} is unchanged, and not allowed yet"));
        message::hint(ctx, "run `awsenv allow` to allow it as it is");
    } else {
        message::status(ctx, &format!("{name} is unchanged"));
    }
    message::hint(ctx, "if the editor opened a window, give it its option to wait, as in `code --wait`");
}
