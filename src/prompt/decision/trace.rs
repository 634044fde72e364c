//! The reasons for a decision, in the order in which it is made, for `AWSENV_LOG=debug`.

use chrono::{DateTime, Utc};

use crate::env_file::folder::Folder;
use crate::env_file::permission;
use crate::load::plan::{KeyLocation, LoadPlan};
use crate::prompt::choices::Choice;
use crate::prompt::decision::{Decision, names};
use crate::settings::Settings;
use crate::sources::resolution::Store;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, timestamp};

/// Explains which files count, and whether each may be used.
pub(super) fn folder(ctx: &Context, settings: &Settings, folder: &Folder) {
    message::debug(ctx, || match &*folder.lookup.files {
        [] => format!("no .awsenv up to {}", sanitize::path(&settings.ceiling)),
        files => format!("{} .awsenv up to {} count", files.len(), sanitize::path(&settings.ceiling)),
    });
    for found in &folder.lookup.files {
        message::debug(ctx, || {
            let says = match &found.parsed {
                Ok(_) => permission::explained(ctx, settings, found),
                Err(_) => "cannot be read as one".to_owned(),
            };
            format!("{} {says}", sanitize::path(&found.path))
        });
    }
}

/// Explains that a choice counts and folders do not.
pub(super) fn chosen(ctx: &Context, choice: &Choice) {
    message::debug(ctx, || {
        format!("{} was chosen with `awsenv use`, whatever the folder says", choice.target.shown())
    });
}

/// Explains which profile was found for an account and role.
pub(super) fn choice(ctx: &Context, target: &LoadPlan) {
    if let Some(choice) = &target.resolved_profile.choice {
        message::debug(ctx, || choice.shown());
    }
}

/// Explains where the keys are.
pub(super) fn keys(ctx: &Context, target: &LoadPlan, keys: &KeyLocation) {
    message::debug(ctx, || {
        let kept = match &target.resolved_profile.resolution.store {
            Store::File { path, .. } => format!("in {}", sanitize::path(path)),
            store => match store.path(ctx) {
                Some(path) => format!("in {}", sanitize::path(&path)),
                None => "in this shell alone".to_owned(),
            },
        };
        let whose = format!(
            "{}, {}:",
            target.resolved_profile.shown(),
            target.resolved_profile.resolution.kind.name()
        );
        match keys {
            KeyLocation::Ready(credentials) => match credentials.expiration {
                Some(expiration) => format!("{whose} keys {kept}, until {}", timestamp::utc(expiration)),
                None => format!("{whose} keys {kept}, which do not expire"),
            },
            KeyLocation::NotExported => format!("{whose} no keys are exported, and the login is alive"),
            KeyLocation::AtAws => format!("{whose} no live keys {kept}, so they must be fetched"),
            KeyLocation::BehindLogin(login) => {
                format!("{whose} no live keys {kept}, and no live login to {}", sanitize::shown(login.name()))
            }
            KeyLocation::BehindSignIn(session) => {
                format!("{whose} no live keys {kept}, and no login to {}", session.shown())
            }
            KeyLocation::BehindCode(device) => {
                format!("{whose} no live keys {kept}, and no session of {}", sanitize::shown(&device.serial))
            }
        }
    });
}

/// Explains the outcome. Variables are named, and their values are never shown.
pub(super) fn outcome(ctx: &Context, decision: &Decision) {
    message::debug(ctx, || {
        let mut changed: Vec<_> = decision
            .transition
            .iter()
            .flat_map(|transition| &transition.changes)
            .map(|(name, _)| *name)
            .collect();
        changed.dedup_by_key(|variable| variable.code);
        let mut text = match &*changed {
            [] => "nothing changes".to_owned(),
            changed => format!("changes {}", names(changed)),
        };
        if decision.unfinished {
            text += "; a second run does what takes long";
        }
        let deadline =
            |deadline: DateTime<Utc>| format!("; looks again at {} at the latest", timestamp::utc(deadline));
        text + &decision.deadline.map_or_else(String::new, deadline)
    });
}
