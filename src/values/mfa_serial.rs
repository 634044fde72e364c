//! The serial of an MFA device: the number printed on a hardware device, the ARN of any other.

use crate::values::account_id;
use crate::values::arn::Arn;

/// For messages: the serial of a device on a phone.
pub const EXAMPLE: &str = "it is like `arn:aws:iam::111122223333:mfa/you`";

/// Returns whether a code of this device can be sent to STS. A security key has no codes, and the ARN of a
/// user is no device.
pub fn is_valid(serial: &str) -> bool {
    if serial.starts_with("arn:") {
        let Some(arn) = Arn::parse(serial).filter(Arn::is_iam) else { return false };
        return account_id::is_valid(arn.account) && arn.resource.strip_prefix("mfa/").is_some_and(is_name);
    }
    (9..=256).contains(&serial.len()) && serial.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Guesses the serial of a user's device from the user's ARN: the console proposes the user's own name for
/// it. `None` for any other ARN, such as that of a role's session.
pub fn of_user(arn: &str) -> Option<String> {
    let (account, user) = arn.split_once(":user/")?;
    let name = user.rsplit('/').next().unwrap_or(user);
    Some(format!("{account}:mfa/{name}")).filter(|serial| is_valid(serial))
}

fn is_name(name: &str) -> bool {
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(is_name_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_an_arn_of_its_own_or_a_number() {
        for serial in
            ["arn:aws:iam::111122223333:mfa/alice", "arn:aws-cn:iam::111122223333:mfa/a.b@c", "GAHT12345678"]
        {
            assert!(is_valid(serial), "{serial}");
        }
        for serial in [
            "",
            "123456",
            "arn:aws:iam::111122223333:user/alice",
            "arn:aws:iam::111122223333:u2f/user/alice/key",
            "arn:aws:iam::1111:mfa/alice",
            "arn:aws:iam::111122223333:mfa/",
            "arn:aws:iam::111122223333:mfa/a\nb",
        ] {
            assert!(!is_valid(serial), "{serial:?}");
        }
    }

    #[test]
    fn a_user_has_a_device_of_the_same_name() {
        let serial = Some("arn:aws:iam::111122223333:mfa/alice".to_owned());
        assert_eq!(of_user("arn:aws:iam::111122223333:user/alice"), serial);
        assert_eq!(of_user("arn:aws:iam::111122223333:user/team/a/alice"), serial);
        assert_eq!(of_user("arn:aws:sts::111122223333:assumed-role/Dev/alice"), None);
        assert_eq!(of_user("arn:aws:iam::111122223333:root"), None);
    }
}
