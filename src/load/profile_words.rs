//! Words that name a profile: its name, or parts of its name, its account and its role.

use anyhow::Result;

use crate::failure::{Failure, FailureKind};
use crate::load::resolved_profile::ResolvedProfile;
use crate::load::{choose_profile, recent_profiles};
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::system::context::Context;
use crate::terminal::{message, text_input};
use crate::text::sanitize;
use crate::text::search_words::SearchWords;
use crate::values::target_name::TargetName;

/// How many profiles an error lists.
const MOST: usize = 20;

/// The words that a person typed for a profile; none means any.
#[derive(Clone, Copy, Debug)]
pub struct ProfileWords<'a>(pub &'a [String]);

impl ProfileWords<'_> {
    /// Returns the profile that is meant: the one of that name, else the only one that has all words, else
    /// the one that the person picks. Without a terminal, an error that lists those that fit.
    pub fn choose(self, ctx: &Context) -> Result<TargetName> {
        let ctx = &CleanContext::new(ctx);
        let Self(words) = self;
        let whole = words.join(" ");
        if ResolvedProfile::is_kept(ctx, &whole) {
            recent_profiles::note(ctx, &whole);
            return Ok(TargetName::Profile(whole));
        }
        let config = ctx.config()?;
        let named = |profile: &Profile<'_>| TargetName::Profile(profile.name.to_owned());
        let used = |profile: &Profile<'_>| {
            recent_profiles::note(ctx, profile.name);
            named(profile)
        };
        if let Some(profile) = config.profile(&whole) {
            return Ok(used(&profile));
        }
        let search = SearchWords::new(words);
        let fitting: Vec<_> = config.profiles().filter(|profile| fits(profile, &search)).collect();
        match &fitting[..] {
            [only] if !words.is_empty() => {
                message::status(ctx, &format!("`{}` is {}", sanitize::shown(&whole), named(only).shown()));
                Ok(used(only))
            }
            [] => Err(none(config, &whole)),
            _ if words.is_empty() || text_input::is_possible(ctx) => {
                choose_profile::pick_profile(ctx, &whole, "name it: `awsenv use NAME`")
                    .map(TargetName::Profile)
            }
            several => Err(ambiguous(&whole, several).into()),
        }
    }
}

/// Returns whether each word is part of the profile's name, its account or its role.
fn fits(profile: &Profile<'_>, words: &SearchWords) -> bool {
    let (account, role) = profile.target();
    words.fit([profile.name, account.as_deref().unwrap_or_default(), role.unwrap_or_default()])
}

fn row(profile: &Profile<'_>) -> String {
    format!("{}{}", sanitize::shown(profile.name), profile.target_in_words())
}

fn none(config: &SharedConfig, words: &str) -> anyhow::Error {
    match config.find(words) {
        Err(error) if !words.is_empty() => error,
        _ => Failure::new(format!("could not find any profile {}", config.places()))
            .hint(SharedConfig::HINT_FOR_THE_FIRST)
            .kind(FailureKind::NoProfile)
            .into(),
    }
}

fn ambiguous(words: &str, profiles: &[Profile<'_>]) -> Failure {
    let mut listed = profiles.iter().take(MOST).map(row).collect::<Vec<_>>().join(", ");
    if let Some(rest) = profiles.len().checked_sub(MOST).filter(|rest| *rest > 0) {
        listed += &format!(" and {rest} more");
    }
    let which = format!("`{}` fits {}", sanitize::shown(words), profiles.len());
    Failure::new(format!("could not choose a profile: {which}: {listed}"))
        .hint("name the profile: `awsenv use NAME`")
}
