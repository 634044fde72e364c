//! What setup has written, kept in the state folder until it is undone.

use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::setup::addition::Addition;
use crate::system::context::Context;
use crate::system::json_file;

/// The record.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// What was added, in order.
    pub additions: Vec<Addition>,
    /// The session that was written.
    pub session: Option<String>,
}

impl Record {
    /// Reads it; an empty one if there is none.
    pub fn read(ctx: &Context) -> Result<Self> {
        Ok(json_file::read_as(ctx, &path(ctx)?).unwrap_or_default())
    }

    /// Returns whether there is nothing to undo.
    pub fn is_empty(&self) -> bool {
        self.additions.is_empty() && self.session.is_none()
    }

    /// Adds to it, and keeps it.
    pub fn keep(&mut self, ctx: &Context, addition: Addition) -> Result<()> {
        self.additions.push(addition);
        self.write(ctx)
    }

    /// Keeps it, or deletes it if it is empty.
    pub fn write(&self, ctx: &Context) -> Result<()> {
        let path = path(ctx)?;
        if self.is_empty() { json_file::remove(&path) } else { json_file::write(&path, self) }
    }
}

fn path(ctx: &Context) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("setup.json"))
}
