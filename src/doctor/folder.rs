//! Whether the `.awsenv` files of this folder can be loaded.

use super::{Examined, Trouble};
use crate::env_file::folder::FolderConfig;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::LoadPlan;
use crate::load::profile_choice::ProfileChoice;
use crate::values::target_name::TargetName;

/// Looks for broken files, files without permission, and targets that cannot be loaded.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let Some(folder) = examined.folder.as_ref().filter(|folder| !folder.lookup.files.is_empty()) else {
        return Vec::new();
    };
    let error = match folder.says(examined.ctx) {
        Err(error) => error,
        Ok(says) => return target(examined, &says).into_iter().collect(),
    };
    let Trouble { finding, cure, .. } = Trouble::of(&error);
    match Failure::kind_of(&error) {
        FailureKind::Blocked => vec![Trouble::warning(finding, cure.unwrap_or_default())],
        _ => vec![Trouble { level: super::Level::Error, finding, cure }],
    }
}

/// Looks for a profile that does not exist, a demand that does not hold, and the profile for an account and
/// role.
fn target(examined: &Examined<'_>, says: &FolderConfig) -> Option<Trouble> {
    let config = examined.config.as_ref()?;
    let account = says.demands.account.first().map(|account| account.value.as_str());
    let missing = match &says.target {
        TargetName::Profile(name) => config.find_in(name, account).err(),
        TargetName::Role(_) => None,
    };
    if let Some(error) = missing {
        return Some(Trouble::of(&says.locate(error)));
    }
    if let Some(refused) = refused(examined, says) {
        return Some(refused);
    }
    let TargetName::Role(role) = &says.target else { return None };
    let region = says.region.as_ref().map(|region| region.value.as_str());
    Some(match ProfileChoice::new(examined.ctx, config, role, region) {
        Ok(choice) => match choice.hint() {
            Some(hint) => Trouble::warning(choice.shown(), hint),
            None => Trouble::none(choice.shown()),
        },
        Err(error) => Trouble::of(&says.locate(error)),
    })
}

/// Returns the demand that does not hold. What is wrong with the profile itself is found by another check.
fn refused(examined: &Examined<'_>, says: &FolderConfig) -> Option<Trouble> {
    let settings = examined.settings.as_ref().ok()?;
    let plan = LoadPlan::of_folder(examined.ctx, settings, says).ok()?;
    plan.check_demands(examined.ctx, None, false).err().as_ref().map(Trouble::of)
}
