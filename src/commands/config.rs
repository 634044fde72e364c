//! `awsenv config`: the effective settings, where each comes from, and changes to the file.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::failure::Failure;
use crate::settings::effective::{self, Effective, SettingOrigin};
use crate::settings::{edit, known};
use crate::system::context::Context;
use crate::system::files;
use crate::terminal::{editor, message, output, text_input};
use crate::text::{sanitize, table};

/// Prints every setting as `key = value`; with `origin`, in columns with where it comes from.
pub fn list(ctx: &Context, origin: bool, as_json: bool) -> Result<Exit> {
    let all = effective::all(ctx)?;
    let text = if as_json {
        format!("{:#}\n", all.iter().map(as_value).collect::<Value>())
    } else if origin {
        let rows: Vec<_> = all.iter().map(row).collect();
        table::text(["SETTING", "VALUE", "FROM"], &rows)
    } else {
        let line = |one: &Effective| {
            format!("{}\n", format!("{} = {}", one.key, sanitize::shown(&one.value)).trim_end())
        };
        all.iter().map(line).collect()
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Prints the value of a setting.
pub fn get(ctx: &Context, key: &str) -> Result<Exit> {
    variable_of(key)?;
    let all = effective::all(ctx)?;
    let value = all.iter().find(|one| one.key == key).map(|one| sanitize::shown(&one.value));
    output::print(format!("{}\n", value.unwrap_or_default()).as_bytes())?;
    Ok(Exit::Success)
}

/// Writes a setting into the file.
pub fn set(ctx: &Context, key: &str, value: &str) -> Result<Exit> {
    let variable = variable_of(key)?;
    edit::set(ctx, key, value)?;
    if let Some(variable) = variable.filter(|name| ctx.env.has(name)) {
        let verb = if key == "confirm" { "adds to" } else { "overrides" };
        message::warning(ctx, &format!("{variable} is set in this shell and {verb} it"));
    }
    Ok(Exit::Success)
}

/// Removes a setting from the file.
pub fn unset(ctx: &Context, key: &str) -> Result<Exit> {
    variable_of(key)?;
    if !edit::unset(ctx, key)? {
        let path = sanitize::path(&ctx.settings_file()?);
        message::status(ctx, &format!("{key} is not set in {path}"));
    }
    Ok(Exit::Success)
}

/// Prints the path of the file, which may not exist.
pub fn path(ctx: &Context) -> Result<Exit> {
    let path = ctx.settings_file()?;
    output::print(format!("{}\n", sanitize::path(&path)).as_bytes())?;
    Ok(Exit::Success)
}

/// Opens a copy of the file in the person's editor, again after a mistake if the person wants to. Only a text
/// that can be read as settings becomes the file, since every command fails with a broken one.
pub fn edit(ctx: &Context) -> Result<Exit> {
    let path = sanitize::path(&ctx.settings_file()?);
    let before = edit::text(ctx)?;
    let folder =
        tempfile::Builder::new().prefix("awsenv-").tempdir().context("could not make a copy to edit")?;
    let copy = folder.path().join("config");
    files::replace(&copy, before.as_bytes())?;
    loop {
        editor::open(ctx, &copy)?;
        let text = fs::read_to_string(&copy).context("could not read what the editor wrote")?;
        if text == before {
            message::status(ctx, &format!("{path} is unchanged"));
            return Ok(Exit::Success);
        }
        match edit::replace(ctx, &text) {
            Ok(_) => return Ok(Exit::Success),
            Err(error) => {
                message::error(ctx, &error);
                if !text_input::is_possible(ctx) || !text_input::yes("Edit it again?").unwrap_or_default() {
                    message::status(ctx, &format!("{path} is unchanged"));
                    return Ok(Exit::Failure);
                }
            }
        }
    }
}

/// Returns the variable of a setting, if it has one. An error if there is no such setting.
fn variable_of(key: &str) -> Result<Option<&'static str>> {
    if known::is_open(key) {
        return Ok(None);
    }
    known::ALL.iter().find(|known| known.key == key).map(|known| known.variable).ok_or_else(|| {
        let keys = known::ALL.map(|known| known.key);
        let hint = match sanitize::nearest(key, keys) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the settings are {}", keys.join(", ")),
        };
        Failure::new(format!("could not find the setting `{}`", sanitize::shown(key))).hint(hint).into()
    })
}

fn row(one: &Effective) -> [String; 3] {
    let origins: Vec<_> = one.origins.iter().map(shown).collect();
    [one.key.clone(), sanitize::shown(&one.value), origins.join(", ")]
}

fn shown(origin: &SettingOrigin) -> String {
    match origin {
        SettingOrigin::Default => "default".to_owned(),
        SettingOrigin::File { path, line } => format!("{}:{line}", sanitize::path(path)),
        SettingOrigin::Variable(name) => (*name).to_owned(),
    }
}

fn as_value(one: &Effective) -> Value {
    let origin = |origin: &SettingOrigin| match origin {
        SettingOrigin::Default => json!({ "from": "default" }),
        SettingOrigin::File { path, line } => {
            json!({ "from": "file", "path": path.to_string_lossy(), "line": line })
        }
        SettingOrigin::Variable(name) => json!({ "from": "variable", "variable": name }),
    };
    let origins: Value = one.origins.iter().map(origin).collect();
    json!({ "key": one.key, "value": one.value, "origins": origins })
}
