//! The account, role and region that a shell holds, so that a line can say when they change.

use serde::{Deserialize, Serialize};

use crate::text::digest;

/// IAM's own limit for the name of a role.
const LONGEST_ROLE: usize = 64;

/// In characters; the longest region has half as many.
const LONGEST_REGION: usize = 32;

/// A digest of the loaded profile's name, then its account, role and region, each empty if it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding(String, String, String, String);

impl Holding {
    /// Notes what a profile means. A text that cannot be an account, a role or a region counts as not known:
    /// it could make the bookkeeping too long.
    pub fn new(profile: &str, account: Option<&str>, role: Option<&str>, region: Option<&str>) -> Self {
        let known = |text: Option<&str>, is_one: fn(&str) -> bool| {
            text.filter(|text| is_one(text)).unwrap_or_default().to_owned()
        };
        let profile = digest::of_value("AWSENV_PROFILE", profile.as_bytes());
        Self(profile, known(account, is_account), known(role, is_role), known(region, is_region))
    }

    /// Returns whether nothing is held.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether this could have been made by [`Holding::new`], or is empty.
    pub fn is_plausible(&self) -> bool {
        let Self(profile, account, role, region) = self;
        self.is_empty()
            || digest::is_of_value(profile)
                && (account.is_empty() || is_account(account))
                && (role.is_empty() || is_role(role))
                && (region.is_empty() || is_region(region))
    }

    /// Returns whether it is of the same profile.
    pub fn is_of(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Returns the account; `None` if it is not known.
    pub fn account(&self) -> Option<&str> {
        Some(&*self.1).filter(|account| !account.is_empty())
    }

    /// Returns the role; `None` if there is none.
    pub fn role(&self) -> Option<&str> {
        Some(&*self.2).filter(|role| !role.is_empty())
    }

    /// Returns the region; `None` if there is none.
    pub fn region(&self) -> Option<&str> {
        Some(&*self.3).filter(|region| !region.is_empty())
    }

    /// Returns the same without the region, so that another region counts as no change.
    pub fn without_region(mut self) -> Self {
        self.3.clear();
        self
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_role(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST_ROLE && text.bytes().all(is_one)
}

fn is_region(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= LONGEST_REGION && text.bytes().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_an_account_role_or_region_is_not_kept() {
        let odd = Holding::new("dev", Some("1111"), Some("a\u{1b}[2J"), Some(&"x".repeat(33)));
        assert_eq!((odd.account(), odd.role(), odd.region()), (None, None, None));
        assert!(odd.is_plausible() && Holding::default().is_plausible());
        assert!(!Holding("x".into(), String::new(), String::new(), String::new()).is_plausible());
    }
}
