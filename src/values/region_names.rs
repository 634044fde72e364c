//! The regions that AWS has, for lists and completions, and to notice typos. A region that is missing here
//! works all the same: some are added every year.

use crate::text::sanitize;

/// Every region by name, partition by partition.
pub const ALL: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
];

/// Returns whether a name has the form of a region: words and a number, with hyphens between.
pub fn is_form(name: &str) -> bool {
    let Some((area, number)) = name.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && area.contains('-') && area.split('-').all(is_word)
}

/// Returns the region that was probably meant, if the name looks like a typo of one. A new number in a known
/// area (`eu-west-9`) is no typo: it may be a new region.
pub fn meant(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    if ALL.contains(&name.as_str()) {
        return None;
    }
    let area = |region: &'static str| region.rsplit_once('-').map_or(region, |(area, _)| area);
    match name.rsplit_once('-').filter(|_| is_form(&name)) {
        Some((own, _)) if ALL.iter().any(|known| area(known) == own) => None,
        Some((own, number)) => {
            let near = sanitize::nearest(own, ALL.iter().map(|known| area(known)))?;
            let exact = format!("{near}-{number}");
            let first = ALL.iter().find(|known| area(known) == near)?;
            Some(if ALL.contains(&exact.as_str()) { exact } else { (*first).to_owned() })
        }
        None => sanitize::nearest(&name, ALL.iter().copied()).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_region_that_is_new() {
        for (name, expected) in [
            ("eu-wset-1", Some("eu-west-1")),
            ("eu-wset-9", Some("eu-west-1")),
            ("us-esat-2", Some("us-east-2")),
            ("euwest-1", Some("eu-west-1")),
            ("eu-west1", Some("eu-west-1")),
            ("eu-west-1", None),
            ("eu-west-9", None),
            ("xx", None),
            ("aws-global", None),
            ("local-somewhere-1", None),
        ] {
            assert_eq!(meant(name).as_deref(), expected, "{name}");
        }
        for name in ["xx", "eu-west", "eu-west-", "-1", "1-1", "eu-west-111", "Eu-west-1"] {
            assert!(!is_form(name), "{name}");
        }
        assert!(ALL.iter().all(|name| is_form(name)));
    }
}
