//! The profile that a command works with: the one that was named, or this folder's.

use anyhow::Result;

use crate::change;
use crate::context::Context;
use crate::folder::Folder;
use crate::place;
use crate::recipe;
use crate::settings::Settings;
use crate::target::Target;

/// A profile, and the world that it is resolved in.
#[derive(Debug)]
pub struct Chosen {
    /// The world without what awsenv exports itself.
    pub ctx: Context,
    /// The settings in force.
    pub settings: Settings,
    /// What the profile comes to.
    pub target: Target,
}

impl Chosen {
    /// Resolves `profile`, else what the `.awsenv` files of this folder say, which then need their permission. An inherited
    /// `AWS_PROFILE` has no part in it. `region` goes before any other.
    pub fn new(ctx: &Context, profile: Option<&str>, region: Option<&str>) -> Result<Self> {
        let settings = Settings::load(ctx)?;
        let ctx = ctx.with_env(change::undone(&ctx.env));
        let marks = recipe::marks(&ctx)?;
        let target = if let Some(profile) = profile {
            Target::of_profile(&ctx, &settings, profile, region, &marks)?
        } else {
            let says = Folder::of(&ctx, &settings, &place::directory(&ctx)?).says()?;
            Target::of_folder(&ctx, &settings, &says, &marks)?.with_region(region)?
        };
        Ok(Self { ctx, settings, target })
    }
}
