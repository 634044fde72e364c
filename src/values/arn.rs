//! Amazon Resource Names: `arn:aws:iam::111122223333:role/Dev`.

/// The parts of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` and the like.
    pub partition: &'a str,
    /// `iam`, `sts` and the like.
    pub service: &'a str,
    /// Empty for services without regions.
    pub region: &'a str,
    /// 12 digits, or `aws` for what is AWS's own.
    pub account: &'a str,
    /// The rest, which may hold colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN. `None` if a part is missing, or the partition is none of AWS's.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else { return None };
        let is_partition = partition.starts_with("aws")
            && partition.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        is_partition.then_some(Self { partition, service, region, account, resource })
    }

    /// Returns whether it is of IAM, which has no regions.
    pub fn is_iam(&self) -> bool {
        self.service == "iam" && self.region.is_empty()
    }
}

/// Returns the account in an ARN, whatever its other parts are: the fifth field, unless it is empty.
pub fn account(arn: &str) -> Option<String> {
    arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_six_parts_and_a_partition_of_aws() {
        let arn = Arn::parse("arn:aws-cn:iam::111122223333:role/a:b").unwrap();
        assert_eq!((arn.partition, arn.account, arn.resource), ("aws-cn", "111122223333", "role/a:b"));
        assert!(arn.is_iam());
        for text in [
            "",
            "arn",
            "arn:aws:iam::111122223333",
            "arn:AWS:iam::1:role/A",
            "arn:other:iam::1:a",
            "x:aws:iam::1:a",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_account_is_found_in_whatever_is_like_an_arn() {
        assert_eq!(account("arn:aws:sts::111122223333:assumed-role/A/b").as_deref(), Some("111122223333"));
        for text in ["arn:aws:iam:::role/A", "Dev", ""] {
            assert_eq!(account(text), None, "{text}");
        }
    }
}
