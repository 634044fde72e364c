//! The host name of an AWS container registry, which holds its account and region.
//!
//! `111122223333.dkr.ecr.eu-west-1.amazonaws.com`, its forms with FIPS and dual-stack and in other
//! partitions, and the two names of the public one. A token is sent to this host, so any other form is
//! refused.

use crate::values::{account_id, region_names};

/// In bytes; real names are less than half as long.
const LONGEST: usize = 200;

/// The suffixes of the names, with the prefix of their regions; the empty one is for all other regions.
const ENDS: [(&str, &str); 9] = [
    (".amazonaws.com", ""),
    (".on.aws", ""),
    (".amazonaws.com.cn", "cn-"),
    (".on.amazonwebservices.com.cn", "cn-"),
    (".amazonaws.eu", "eusc-"),
    (".sc2s.sgov.gov", "us-isob-"),
    (".c2s.ic.gov", "us-iso-"),
    (".cloud.adc-e.uk", "eu-isoe-"),
    (".csp.hci.ic.gov", "us-isof-"),
];

/// A registry of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Its host name, in lower case.
    pub host: String,
    /// The account it belongs to; `None` for the public one.
    pub account: Option<String>,
    /// The region that issues its tokens.
    pub region: String,
    /// Whether the name is the one with FIPS.
    pub fips: bool,
    /// Whether the name is the one with dual-stack.
    pub dual_stack: bool,
}

impl Registry {
    /// Reads a host name, or an `https` address, as Docker gives it. `None` if it is not AWS's.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").unwrap_or(text);
        let host = rest.split_once('/').map_or(rest, |(host, _)| host).to_ascii_lowercase();
        if host.len() > LONGEST {
            return None;
        }
        if matches!(host.as_str(), "public.ecr.aws" | "ecr-public.aws.com") {
            let dual_stack = host == "ecr-public.aws.com";
            let region = "us-east-1".to_owned();
            return Some(Self { host, account: None, region, fips: false, dual_stack });
        }
        let (account, rest) = host.split_once('.').filter(|(account, _)| account_id::is_valid(account))?;
        let rest = rest.strip_prefix("dkr.ecr").or_else(|| rest.strip_prefix("dkr-ecr"))?;
        let (fips, rest) = rest.strip_prefix("-fips").map_or((false, rest), |rest| (true, rest));
        let rest = rest.strip_prefix('.')?;
        let (region, end) = rest.split_at(rest.find('.')?);
        let (_, start) = ENDS.iter().find(|(known, _)| *known == end)?;
        let own =
            ENDS.iter().map(|(_, start)| *start).find(|start| !start.is_empty() && region.starts_with(start));
        if !region_names::is_form(region) || own.unwrap_or_default() != *start {
            return None;
        }
        let (account, region, dual_stack) = (account.to_owned(), region.to_owned(), end.starts_with(".on."));
        Some(Self { account: Some(account), region, fips, dual_stack, host })
    }

    /// Returns its key in the setting `ecr.…`: the account, or `public`.
    pub fn setting(&self) -> &str {
        self.account.as_deref().unwrap_or("public")
    }

    /// Returns the host name of an account's registry in a region.
    pub fn host_of(account: &str, region: &str) -> Option<String> {
        let own = ENDS.iter().find(|(_, start)| !start.is_empty() && region.starts_with(start));
        let end = own.map_or(ENDS[0].0, |(end, _)| end);
        Self::parse(&format!("{account}.dkr.ecr.{region}{end}")).map(|registry| registry.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_name_is_read() {
        for (text, region, fips, dual_stack) in [
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1", false, false),
            ("https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/", "eu-west-1", false, false),
            ("111122223333.DKR.ecr.eu-west-1.amazonaws.com", "eu-west-1", false, false),
            ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1", true, false),
            ("111122223333.dkr-ecr.eu-west-1.on.aws", "eu-west-1", false, true),
            ("111122223333.dkr-ecr-fips.us-east-1.on.aws", "us-east-1", true, true),
            ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1", false, false),
            ("111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1", false, true),
            ("111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", false, false),
            ("111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", false, false),
            ("111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", false, false),
            ("111122223333.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1", false, false),
            ("111122223333.dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1", false, false),
        ] {
            let registry = Registry::parse(text).expect(text);
            assert_eq!(registry.account.as_deref(), Some("111122223333"), "{text}");
            assert_eq!(
                (registry.region.as_str(), registry.fips, registry.dual_stack),
                (region, fips, dual_stack)
            );
        }
        let public = Registry::parse("public.ecr.aws").unwrap();
        assert_eq!((public.account.as_deref(), public.setting()), (None, "public"));
        for region in region_names::ALL {
            assert!(Registry::host_of("111122223333", region).is_some(), "{region}");
        }
    }

    #[test]
    fn what_is_not_of_aws_is_none() {
        let long = format!("111122223333.dkr.ecr.{}-west-1.amazonaws.com", "x".repeat(200));
        for text in [
            "",
            "docker.io",
            "11112222333.dkr.ecr.eu-west-1.amazonaws.com",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
            "111122223333.dkr.ecr.eu-west-1.evil.example",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com@evil.example",
            "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com@evil.example/",
            "https://evil.example/111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com:8080",
            "http://111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "111122223333.dkr.ecr.evil.example/.amazonaws.com",
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com.cn",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com\u{0}",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com?x",
            "x.111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "1111222\u{661}3333.dkr.ecr.eu-west-1.amazonaws.com",
            "public.ecr.aws.evil.example",
            "evil-public.ecr.aws",
            &long,
        ] {
            assert_eq!(Registry::parse(text), None, "{text}");
        }
    }
}
