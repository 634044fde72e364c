//! The error codes of STS: a kind, words and a fix for each.

use chrono::{DateTime, Utc};

use crate::aws::call_error::{CallError, Refusal};
use crate::aws::clock_skew;
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;

/// Returns the failure "could not `what`", with its kind and a fix.
pub(super) fn failure(ctx: &Context, trouble: CallError, what: &str) -> anyhow::Error {
    let CallError::Refused(refusal) = trouble else {
        return trouble.failure(what);
    };
    let code = refusal.code();
    let (reason, hint) = explain(&refusal, ctx.now());
    let failure = Failure::new(format!("could not {what}: {reason} ({code})")).kind(kind(&refusal));
    match hint {
        Some(hint) => failure.hint(hint).into(),
        None => failure.into(),
    }
}

fn kind(refusal: &Refusal) -> FailureKind {
    let says = |part: &str| refusal.message.as_ref().is_some_and(|message| message.contains(part));
    match refusal.code.as_deref().unwrap_or_default() {
        "AccessDenied" | "AccessDeniedException" if says("invalid MFA one time pass code") => {
            FailureKind::WrongCode
        }
        "AccessDenied" | "AccessDeniedException" if says("MultiFactorAuthentication failed") => {
            FailureKind::Other
        }
        "AccessDenied" | "AccessDeniedException" => FailureKind::Denied,
        "ExpiredToken" | "InvalidClientTokenId" | "UnrecognizedClientException" => FailureKind::KeysRejected,
        _ => FailureKind::Other,
    }
}

fn explain(refusal: &Refusal, now: DateTime<Utc>) -> (String, Option<&'static str>) {
    let message = refusal.message.clone().unwrap_or_else(|| "AWS refused it".into());
    let code = refusal.code.as_deref().unwrap_or_default();
    let says = |part: &str| message.contains(part);
    match code {
        "AccessDenied" | "AccessDeniedException" if says("verify your MFA serial number") => (
            "the caller has no MFA device with this serial number".into(),
            Some("correct `mfa_serial`: `aws iam list-mfa-devices` names yours"),
        ),
        "AccessDenied" | "AccessDeniedException" if says("MultiFactorAuthentication") => (
            format!("the MFA code was refused: {message}"),
            Some("wait for the device's next code and try again; each code is good for one use"),
        ),
        "AccessDenied" | "AccessDeniedException" => (
            format!("access denied: {message}"),
            Some("the role's trust policy and the caller's own policy must both allow it"),
        ),
        "SignatureDoesNotMatch" if says("Signature expired") || says("Signature not yet current") => {
            clock(refusal, now)
        }
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => clock(refusal, now),
        "SignatureDoesNotMatch" | "InvalidSignatureException" => (
            "the secret access key does not fit the access key id".into(),
            Some("copy both keys again, without blanks or quotes around them"),
        ),
        "ExpiredToken" => ("the credentials used for it have expired".into(), None),
        "ExpiredTokenException" => (
            "the web identity token has expired".into(),
            Some("whoever writes the file of `web_identity_token_file` must renew it"),
        ),
        "InvalidIdentityToken"
        | "InvalidIdentityTokenException"
        | "IDPRejectedClaim"
        | "IDPRejectedClaimException" => (format!("the web identity token was refused: {message}"), None),
        "IDPCommunicationError" | "IDPCommunicationErrorException" => {
            (format!("AWS could not reach the identity provider: {message}"), Some("try again"))
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" => (
            "AWS does not know the access key, or not in this region".into(),
            Some("the key may be deleted or inactive, and a region that must be enabled first may not be"),
        ),
        "ValidationError" if says("DurationSeconds") => (
            message,
            Some(
                "lower `duration_seconds`: a role has a maximum, and with a role as its source an hour is the most",
            ),
        ),
        "RegionDisabledException" => (
            "STS is not active in this region for the account".into(),
            Some("use another region, or have it activated in the account settings of IAM"),
        ),
        _ => (message, None),
    }
}

/// The official client has tried again with AWS's time already.
fn clock(refusal: &Refusal, now: DateTime<Utc>) -> (String, Option<&'static str>) {
    (clock_skew::reason(refusal.date, now), Some(clock_skew::HINT))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn every_refusal_has_words_of_its_own() {
        let cases = [
            ("AccessDenied", "User: x is not authorized", "access denied: User: x is not authorized"),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code.",
                "the MFA code was refused: MultiFactorAuthentication failed with invalid MFA one time pass code.",
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid",
                "the caller has no MFA device with this serial number",
            ),
            (
                "ExpiredToken",
                "The security token included in the request is expired",
                "the credentials used for it have expired",
            ),
            ("InvalidClientTokenId", "x", "AWS does not know the access key, or not in this region"),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated",
                "the secret access key does not fit the access key id",
            ),
            ("RegionDisabledException", "x", "STS is not active in this region for the account"),
            ("ValidationError", "1 validation error", "1 validation error"),
            ("IDPCommunicationError", "x", "AWS could not reach the identity provider: x"),
            ("ExpiredTokenException", "x", "the web identity token has expired"),
            ("PackedPolicyTooLarge", "too large", "too large"),
        ];
        for (code, message, expected) in cases {
            let refusal =
                Refusal { status: 403, code: Some(code.into()), message: Some(message.into()), date: None };
            assert_eq!(explain(&refusal, Utc::now()).0, expected, "{code}");
        }
    }

    #[test]
    fn a_wrong_clock_is_named_with_how_wrong_it_is() {
        let now = Utc::now();
        let cases = [
            (Some(now + TimeDelta::minutes(20)), "this computer's clock is 20 minutes slow"),
            (Some(now - TimeDelta::minutes(95)), "this computer's clock is 95 minutes fast"),
            (None, "this computer's clock is wrong"),
        ];
        for (date, expected) in cases {
            let refusal = Refusal {
                status: 403,
                code: Some("SignatureDoesNotMatch".into()),
                message: Some(
                    "Signature expired: 20261122T000000Z is now earlier than 20261122T001000Z".into(),
                ),
                date,
            };
            assert_eq!(explain(&refusal, now).0, expected);
        }
    }
}
