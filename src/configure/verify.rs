//! Checks a new text before it is written: it must mean what the plan wants, and nothing else may change its
//! meaning.

use std::collections::{BTreeSet, HashSet};

use anyhow::Result;

use crate::configure::plan::{Plan, PlanOutcome, Where, keys};
use crate::failure::Failure;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::region;
use crate::shared_config::sso_session::SsoSession;
use crate::shared_config::{Document, Section, SharedConfig};
use crate::text::sanitize::shown;

/// Compares the files before and after. After an error, which names the profile, nothing may be written.
pub fn verify(plan: &Plan, outcome: &PlanOutcome, old: &SharedConfig, new: &SharedConfig) -> Result<()> {
    let name = plan.session_name()?;
    if SsoSession::named(name, new).ok().as_ref() != Some(&plan.session) {
        return Err(refused(&format!("the session `{}`", shown(name)), "").into());
    }
    let outside: HashSet<&str> = outcome.outside.iter().map(|(name, _)| name.as_str()).collect();
    let mut touched = BTreeSet::new();
    for wanted in plan.profiles.iter().filter(|wanted| !outside.contains(wanted.name.as_str())) {
        let profile = new.profile(&wanted.name);
        let as_meant = profile.is_some_and(|profile| {
            let region = region::of_profile(&profile).ok().flatten().map(|region| region.name);
            plan.is(new, &profile, &wanted.account, &wanted.role)
                && (wanted.region.is_none() || wanted.region == region)
                && wanted
                    .output
                    .as_deref()
                    .is_none_or(|output| profile.get("output").is_some_and(|there| there.text() == output))
        });
        let Some(section) = profile.and_then(|profile| profile.config).filter(|_| as_meant) else {
            let is_other =
                |before: &Profile<'_>| !matches!(before.kind(), ProfileKind::Sso | ProfileKind::Other);
            if let Some(before) = old.profile(&wanted.name).filter(is_other) {
                return Err(taken(&before, plan.place).into());
            }
            let place = old.profile(&wanted.name).map(|profile| format!(" ({})", profile.place()));
            let what = format!("the profile `{}`", shown(&wanted.name));
            return Err(refused(&what, &place.unwrap_or_default()).into());
        };
        touched.insert(section.header());
        let ours: Vec<&str> = keys(name, wanted).into_iter().map(|(key, _)| key).collect();
        let others = |config: &SharedConfig| {
            let section = config.profile(&wanted.name).and_then(|profile| profile.config);
            section.map(|section| content(section, &ours))
        };
        if others(old).is_some_and(|before| others(new) != Some(before)) {
            return Err(refused(&format!("another key of the profile `{}`", shown(&wanted.name)), "").into());
        }
    }
    let pruned = outcome.pruned.iter().filter_map(|name| old.profile(name)?.config);
    touched.extend(pruned.map(|section| section.header()));
    if old.sso_session(name).is_none() {
        touched.extend(new.sso_session(name).map(|section| section.header()));
    }
    others_are_unchanged(old, new, &touched)
}

/// Fails if the meaning of a section of the config file changes, other than those with the headers `touched`.
pub fn others_are_unchanged(old: &SharedConfig, new: &SharedConfig, touched: &BTreeSet<&str>) -> Result<()> {
    others_are_unchanged_in(old.config(), new.config(), touched)
}

/// [`others_are_unchanged`] of either file.
pub fn others_are_unchanged_in(old: &Document, new: &Document, touched: &BTreeSet<&str>) -> Result<()> {
    let rest = |document: &Document| -> Vec<_> {
        let sections = document.sections().filter(|section| !touched.contains(section.header()));
        sections.map(|section| (section.header().to_owned(), content(section, &[]))).collect()
    };
    if rest(old) != rest(new) {
        return Err(refused("another section", "").into());
    }
    Ok(())
}

/// Returns the keys of a section with their values, except for the keys `without`.
pub fn content(section: Section<'_>, without: &[&str]) -> Vec<(String, String)> {
    let properties = section.properties().filter(|property| !without.contains(&property.name()));
    properties.map(|property| (property.name().to_owned(), property.text().to_owned())).collect()
}

/// Returns the error that a profile of another kind has the name already.
pub fn taken(before: &Profile<'_>, place: Where) -> Failure {
    let (name, at, kind) = (shown(before.name), before.place(), before.kind().name());
    let what =
        format!("could not write the profile `{name}`: there is one of another kind already ({at}, {kind})");
    Failure::new(what).hint(match place {
        Where::Anywhere => "choose another name with `--profile`",
        Where::Block { .. } => "rename it, or choose other names with `--name-template`",
    })
}

/// Returns the error that `what` would not mean what it should in the new text.
pub fn refused(what: &str, place: &str) -> Failure {
    let what = format!("could not write the config file: {what} would not mean what it should{place}");
    Failure::new(what).hint("see whether other keys stand in the way, here or in the credentials file")
}
