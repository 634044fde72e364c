//! The number of an AWS account.

/// Returns whether `text` is an account's number: 12 digits, zeros in front included.
pub fn is_valid(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn an_account_is_twelve_digits() {
        assert!(is_valid("000011112222"));
        assert!(["", "11112222333", "1]\n[x", "1111-2222-33"].iter().all(|text| !is_valid(text)));
    }
}
