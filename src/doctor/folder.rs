//! What the `.awsenv` of this folder and the settings come to.

use super::{Examined, Trouble};
use crate::env_file::folder::FolderConfig;
use crate::failure::{Failure, Kind};
use crate::load::profile_choice::ProfileChoice;
use crate::values::target_name::TargetName;

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
        Ok(says) => return target(examined, &says).into_iter().collect(),
    };
    let Trouble { finding, cure, .. } = Trouble::of(&error);
    match Failure::kind_of(&error) {
        Kind::Blocked => vec![Trouble::warning(finding, cure.unwrap_or_default())],
        _ => vec![Trouble { level: super::Level::Error, finding, cure }],
    }
}

/// Looks at what the files name: a profile that is not there, or what an account and role become.
fn target(examined: &Examined<'_>, says: &FolderConfig) -> Option<Trouble> {
    let config = examined.config.as_ref()?;
    let role = match &says.target {
        TargetName::Profile(name) => {
            return config.find(name).err().map(|error| Trouble::of(&says.locate(error)));
        }
        TargetName::Role(role) => role,
    };
    let region = says.region.as_ref().map(|region| region.value.as_str());
    Some(match ProfileChoice::new(examined.ctx, config, role, region) {
        Ok(choice) => match choice.hint() {
            Some(hint) => Trouble::warning(choice.shown(), hint),
            None => Trouble::none(choice.shown()),
        },
        Err(error) => Trouble::of(&says.locate(error)),
    })
}
