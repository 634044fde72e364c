//! The profiles that a person wants. What the file has already decides on names and regions.

use std::collections::HashMap;

use anyhow::Result;

use crate::configure::assignment::Assignment;
use crate::configure::naming::Naming;
use crate::configure::plan::{Plan, WantedProfile, Where};
use crate::shared_config::profile::Profile;
use crate::shared_config::sso_session::{SsoSession, SsoSettings};
use crate::shared_config::{SharedConfig, region};

/// The roles that get profiles, and the person's answers about them.
#[derive(Debug)]
pub struct Wish<'a> {
    /// The session.
    pub session: &'a SsoSession,
    /// The roles.
    pub assignments: &'a [Assignment],
    /// Where the profiles are written.
    pub place: Where,
    /// How new profiles are named.
    pub naming: &'a Naming,
    /// The name, if there is only one profile and it was given.
    pub name: Option<String>,
    /// The region of all profiles, which overrides the one that a profile has.
    pub region: Option<String>,
    /// The region of profiles that have none.
    pub new_region: Option<String>,
    /// What the AWS CLI prints in all profiles.
    pub output: Option<String>,
}

impl Wish<'_> {
    /// Returns the plan for this file.
    pub fn plan(&self, config: &SharedConfig) -> Result<Plan> {
        let mut plan = Plan { session: self.session.clone(), profiles: Vec::new(), place: self.place };
        let names = match &self.name {
            Some(name) => vec![name.clone()],
            None => self.names(&plan, config)?,
        };
        let wanted = names.into_iter().zip(self.assignments).map(|(name, one)| {
            let region = self.region.clone();
            let new_region = || self.new_region.clone().filter(|_| !has_region(config, &name));
            let (account, role) = (one.account.id.clone(), one.role.clone());
            WantedProfile {
                region: region.or_else(new_region),
                output: self.output.clone(),
                name,
                account,
                role,
            }
        });
        plan.profiles = wanted.collect();
        Ok(plan)
    }

    /// Returns whether a profile would be left without a region.
    pub fn lacks_region(&self, config: &SharedConfig) -> Result<bool> {
        let plan = self.plan(config)?;
        let block = plan.block(config)?;
        let is_outside = |profile| plan.is_outside(block, &profile);
        let lacks = |wanted: &WantedProfile| {
            wanted.region.is_none()
                && !has_region(config, &wanted.name)
                && !config.profile(&wanted.name).is_some_and(is_outside)
        };
        Ok(plan.profiles.iter().any(lacks))
    }

    /// Returns the region that all profiles in the session's block have in common, as the default for new
    /// ones; `None` if there is none.
    pub fn usual_region(&self, config: &SharedConfig) -> Result<Option<String>> {
        let plan = Plan { session: self.session.clone(), profiles: Vec::new(), place: self.place };
        let block = plan.block(config)?;
        let mut regions = config
            .profiles()
            .filter(|profile| self.place != Where::Anywhere && !plan.is_outside(block, profile))
            .map(|profile| region::of_profile(&profile).ok().flatten().map(|region| region.name));
        let first = regions.next().flatten();
        Ok(first.filter(|first| regions.all(|other| other.as_ref() == Some(first))))
    }

    /// Returns the names of the profiles. A role that has a profile keeps its name: in the block any name,
    /// elsewhere one that begins as the template does. A new name avoids those of profiles that are something
    /// else; a profile outside the block keeps its name, and is reported.
    fn names(&self, plan: &Plan, config: &SharedConfig) -> Result<Vec<String>> {
        let block = plan.block(config)?;
        let kept = self.kept(plan, config)?;
        let is_taken = |name: &str, one: &Assignment| {
            let is_other = |profile: Profile<'_>| {
                !plan.is_outside(block, &profile) && !plan.is(config, &profile, &one.account.id, &one.role)
            };
            config.profile(name).is_some_and(is_other)
        };
        let old = |one: &Assignment| {
            let names = kept.get(&(one.account.id.as_str(), one.role.as_str()))?;
            let base = self.naming.name(one);
            let is_ours = |name: &&&str| self.place != Where::Anywhere || name.starts_with(&base);
            names.iter().find(|name| **name == base).or_else(|| names.iter().find(is_ours)).copied()
        };
        let fresh: Vec<_> = self.assignments.iter().filter(|one| old(one).is_none()).cloned().collect();
        let mut fresh = self.naming.names(&fresh, is_taken).into_iter();
        let names = self.assignments.iter().map(|one| match old(one) {
            Some(name) => name.to_owned(),
            None => fresh.next().unwrap_or_default(),
        });
        Ok(names.collect())
    }

    /// Returns the names that roles of this session have, by account and role.
    fn kept<'c>(
        &self,
        plan: &Plan,
        config: &'c SharedConfig,
    ) -> Result<HashMap<(&'c str, &'c str), Vec<&'c str>>> {
        let block = plan.block(config)?;
        let mut kept = HashMap::<_, Vec<_>>::new();
        for profile in config.profiles().filter(|profile| !plan.is_outside(block, profile)) {
            let of_session = SsoSettings::of_profile(&profile, config);
            if !of_session.is_ok_and(|settings| settings.session == *self.session) {
                continue;
            }
            let text = |key: &str| profile.get(key).map(|property| property.text());
            if let (Some(account), Some(role)) = (text("sso_account_id"), text("sso_role_name")) {
                kept.entry((account, role)).or_default().push(profile.name);
            }
        }
        Ok(kept)
    }
}

fn has_region(config: &SharedConfig, name: &str) -> bool {
    config.profile(name).is_some_and(|profile| matches!(region::of_profile(&profile), Ok(Some(_)) | Err(_)))
}
