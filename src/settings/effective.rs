//! The effective settings, for `awsenv config`: each with its value and where that is from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;

use super::known::{self, Known};
use super::{Settings, content};
use crate::system::context::Context;
use crate::text::ini_line;

/// A setting with its effective value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its key.
    pub key: String,
    /// The value, as it is written.
    pub value: String,
    /// Where the value is from: one place, or two that add up.
    pub origins: Vec<SettingOrigin>,
}

/// Where a value is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    /// Nobody has set it.
    Default,
    /// The settings file.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// A variable of this name.
    Variable(&'static str),
}

/// Returns all settings. Errors are those of [`Settings::look`].
pub fn all(ctx: &Context) -> Result<Vec<Effective>> {
    Settings::look(ctx)?;
    let path = ctx.settings_file().ok();
    let found = path.as_ref().and_then(|path| content(path).ok().flatten());
    let (text, is_ours_alone) = found.unwrap_or_default();
    let lines: Vec<_> = (1..)
        .zip(text.lines())
        .filter_map(|(number, line)| Some((number, ini_line::split(line).ok().flatten()?)))
        .collect();
    let in_file = |key: &str| {
        // The last line of a key counts.
        let (line, (_, value)) = lines.iter().rev().find(|(_, (own, _))| own == key)?;
        let is_heard = key != "trust" || is_ours_alone;
        let origin = SettingOrigin::File { path: path.clone()?, line: *line };
        is_heard.then(|| (value.clone(), origin))
    };
    let fixed = known::ALL.iter().map(|known| effective(ctx, known, in_file(known.key)));
    let keys: BTreeSet<_> = lines.iter().map(|(_, (key, _))| key.as_str()).collect();
    let open = keys.into_iter().filter(|key| known::is_open(key)).filter_map(|key| {
        let (value, origin) = in_file(key)?;
        Some(Effective { key: key.to_owned(), value, origins: vec![origin] })
    });
    Ok(fixed.chain(open).collect())
}

fn effective(ctx: &Context, known: &Known, in_file: Option<(String, SettingOrigin)>) -> Effective {
    let variable =
        known.variable.and_then(|name| Some((ctx.env.text(name)?.to_owned(), SettingOrigin::Variable(name))));
    let parts = match (in_file, variable) {
        (None, None) => vec![(known.default.to_owned(), SettingOrigin::Default)],
        (Some(file), Some(variable)) if known.adds => vec![file, variable],
        (_, Some(one)) | (Some(one), None) => vec![one],
    };
    let (values, origins): (Vec<_>, _) = parts.into_iter().unzip();
    Effective { key: known.key.to_owned(), value: values.join(":"), origins }
}
