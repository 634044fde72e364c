//! What setup has written: `setup.json` in the state folder, until it is undone.

use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::setup::addition::Addition;
use crate::system::context::Context;
use crate::system::json_file;

/// The largest record that is read, in bytes: the profiles of ten thousand roles take 2 MB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Everything that `awsenv setup` wrote.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    /// The additions, in the order in which they were made.
    pub additions: Vec<Addition>,
    /// The `[sso-session]` that was written.
    pub session: Option<String>,
}

impl Record {
    /// Reads the record; an empty one if there is none.
    pub fn read(ctx: &Context) -> Result<Self> {
        Ok(json_file::read_up_to(LARGEST, ctx, &path(ctx)?).unwrap_or_default())
    }

    /// Returns whether there is nothing to undo.
    pub fn is_empty(&self) -> bool {
        self.additions.is_empty() && self.session.is_none()
    }

    /// Adds to the record and writes it.
    pub fn keep(&mut self, ctx: &Context, addition: Addition) -> Result<()> {
        self.additions.push(addition);
        self.write(ctx)
    }

    /// Writes the record; deletes its file if it is empty.
    pub fn write(&self, ctx: &Context) -> Result<()> {
        let path = path(ctx)?;
        if self.is_empty() { json_file::remove(&path) } else { json_file::write(&path, self) }
    }
}

fn path(ctx: &Context) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("setup.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_very_many_profiles_can_be_read() {
        let (folder, ctx) = Context::in_temporary_home();
        let profiles = "[profile a]\nsso_session = b\n".repeat(60_000);
        let addition = Addition::append(&folder.path().join("config"), &profiles).unwrap();
        Record::default().keep(&ctx, addition.clone()).unwrap();
        assert_eq!(Record::read(&ctx).unwrap().additions, [addition]);
    }
}
