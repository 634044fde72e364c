//! Regions that are probably typing mistakes. Such a host does not exist, which only the first call would
//! show.

use super::{Examined, Trouble};
use crate::shared_config::{Property, region};

/// Looks at the regions of profiles, sessions and the folder.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    let profiles = config.profiles().flat_map(|profile| ["region", "sso_region"].map(|key| profile.get(key)));
    let sessions = config.sso_sessions().map(|name| config.sso_session(name)?.get("sso_region"));
    let in_files = profiles.chain(sessions).flatten().filter_map(|property| doubt(&property));
    let says = examined.folder.as_ref().and_then(|folder| folder.says(examined.ctx).ok());
    let here = says.and_then(|says| says.region);
    let here = here.and_then(|region| region::doubt(&region.value, &region.at));
    Some(in_files.chain(here.map(|failure| Trouble::of(&failure.into()))).map(as_warning).collect())
}

fn doubt(property: &Property<'_>) -> Option<Trouble> {
    let (name, place) = (property.plain().ok()?, property.place());
    // The check of values reports what cannot be a region at all.
    region::check(name, &place).ok()?;
    Some(Trouble::of(&region::doubt(name, &place)?.into()))
}

fn as_warning(trouble: Trouble) -> Trouble {
    Trouble { level: super::Level::Warning, ..trouble }
}
