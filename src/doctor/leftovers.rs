//! Variables that other tools leave in a shell. Prompts show them, so a stale one names the wrong account.

use super::{Examined, Trouble};
use crate::text::sanitize;

/// The variable, and the tool that sets it.
const LEFTOVERS: [(&str, &str); 9] = [
    ("AWS_VAULT", "aws-vault"),
    ("AWSUME_PROFILE", "awsume"),
    ("AWS_SSO_PROFILE", "aws-sso-cli"),
    ("AWSU_PROFILE", "awsu"),
    ("SAML2AWS_PROFILE", "saml2aws"),
    ("ASSUMED_ROLE", "assume-role"),
    ("AWS_OKTA_PROFILE", "aws-okta"),
    ("GRANTED_SSO", "granted"),
    ("LEAPP_ACTIVE_PROFILE", "Leapp"),
];

/// Looks for variables of other tools.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let left = |(name, tool): &(&str, &str)| {
        let value = sanitize::shown(examined.ctx.env.text(name)?);
        Some(Trouble::warning(
            format!("{name} is `{value}`, as {tool} sets it: prompts show that, whatever is loaded"),
            format!("leave {tool}'s shell, or run `unset {name}`"),
        ))
    };
    LEFTOVERS.iter().filter_map(left).collect()
}
