//! What the `.awsenv` of this folder and the settings come to.

use super::{Examined, Trouble};
use crate::failure::{Failure, Kind};

/// Looks at the settings file and its variables.
pub(super) fn settings(examined: &Examined<'_>) -> Vec<Trouble> {
    examined.settings.as_ref().err().map(Trouble::of).into_iter().collect()
}

/// Looks at the files that count here: broken ones, and ones without permission.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let Some(folder) = examined.folder.as_ref().filter(|folder| !folder.lookup.files.is_empty()) else {
        return Vec::new();
    };
    let error = match folder.says() {
        Err(error) => error,
        Ok(says) => {
            let config = examined.config.as_ref();
            return config
                .and_then(|config| config.find(&says.profile).err())
                .map(|error| says.locate(error))
                .iter()
                .map(Trouble::of)
                .collect();
        }
    };
    let Trouble { finding, cure, .. } = Trouble::of(&error);
    match Failure::kind_of(&error) {
        Kind::Blocked => vec![Trouble::warning(finding, cure.unwrap_or_default())],
        _ => vec![Trouble { level: super::Level::Error, finding, cure }],
    }
}
