//! The picker with which a person chooses a profile, in every command.

use std::cell::RefCell;

use anyhow::Result;

use crate::failure::{Failure, FailureKind};
use crate::load::confirm_match::Guards;
use crate::load::login_state::LoginStates;
use crate::load::profile_colour;
use crate::load::recent_profiles;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::{SharedConfig, region};
use crate::sources::Resolver;
use crate::system::context::Context;
use crate::terminal::message;
use crate::terminal::picker::{Details, Item, Picker};
use crate::terminal::text_input;
use crate::text::table;
use crate::values::arn;
use crate::values::validity::Validity;

/// Lets the person choose a profile, notes that it was used, and returns its name. The list shows name,
/// account, role, region and login, those used lately and often first; `typed` filters it from the start.
///
/// Errors: [`FailureKind::Cancelled`]; [`FailureKind::Usage`] without a terminal, with `hint`; there are no
/// profiles.
pub fn pick_profile(ctx: &Context, typed: &str, hint: &str) -> Result<String> {
    let ctx = &CleanContext::new(ctx);
    if !text_input::is_possible(ctx) {
        return Err(Failure::new(
            "could not choose a profile: none is named, and there is no terminal to ask on",
        )
        .hint(hint)
        .kind(FailureKind::Usage)
        .into());
    }
    let config = ctx.config()?;
    let names = recent_profiles::order(ctx, config);
    if names.is_empty() {
        let what = format!("could not choose a profile: there are none {}", config.places());
        return Err(Failure::new(what).hint(SharedConfig::HINT_FOR_THE_FIRST).into());
    }
    let settings = Settings::load(ctx)?;
    let guards = Guards::new(config, &settings.confirm);
    let profiles: Vec<_> = names.into_iter().filter_map(|name| config.profile(name)).collect();
    let items: Vec<_> = profiles.iter().map(item).collect();
    let states = RefCell::new(LoginStates::default());
    let has_colour = message::is_coloured(ctx);
    let more = |index: usize| {
        let details = details(ctx, config, profiles[index], &mut states.borrow_mut(), &settings, &guards);
        Details { colour: details.colour.filter(|_| has_colour), ..details }
    };
    let picker = Picker { question: "Profile", items: &items, more: &more, typed };
    let name = profiles[picker.one()?].name;
    recent_profiles::note(ctx, name);
    Ok(name.to_owned())
}

/// Returns the columns that can be filtered: name, account and role, from the profile's own lines, since to
/// resolve thousands of profiles takes too long.
fn item(profile: &Profile<'_>) -> Item {
    let text = |key: &str| profile.get(key).map(|property| property.text().to_owned());
    let (account, role) = match profile.kind() {
        ProfileKind::Sso => (text("sso_account_id"), text("sso_role_name")),
        ProfileKind::Role | ProfileKind::WebIdentity => {
            let arn = text("role_arn").unwrap_or_default();
            (arn::account(&arn), arn.rsplit_once('/').map(|(_, role)| role.to_owned()))
        }
        ProfileKind::Login => (text("login_session").as_deref().and_then(arn::account), None),
        _ => (None, None),
    };
    let cells = [Some(profile.name.to_owned()), account, role];
    Item { cells: cells.map(|cell| table::cell(cell.as_deref())).into() }
}

/// Returns the columns that are computed only for rows on the screen: region, login and whether it is
/// guarded, and the row's colour.
fn details(
    ctx: &CleanContext,
    config: &SharedConfig,
    profile: Profile<'_>,
    states: &mut LoginStates,
    settings: &Settings,
    guards: &Guards,
) -> Details {
    let region = region::of_profile(&profile).ok().flatten().map(|region| region.name);
    let selection = Resolver::new(ctx, config, profile).select().ok();
    let login = selection.as_ref().and_then(|selection| states.of(ctx, selection.as_ref()));
    let facts = selection.as_ref().map(|selection| selection.resolution());
    let account = facts.and_then(|facts| facts.account.as_deref());
    let role = facts.and_then(|facts| facts.role.as_deref());
    let is_guarded = guards.guards(ctx, profile.name, account, role);
    let guarded = if is_guarded { "guarded" } else { "" };
    Details {
        cells: vec![
            table::cell(region.as_deref()),
            table::cell(login.map(Validity::word)),
            guarded.to_owned(),
        ],
        colour: profile_colour::of(settings, profile.name, account, role, is_guarded),
    }
}
