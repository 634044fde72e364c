//! What is sent to STS, and what is made of its answers.

use super::*;
use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};
use crate::failure::FailureKind;

const ROLE: &str = "arn:aws:iam::123456789012:role/path/Dev";

fn source() -> Credentials {
    Credentials {
        access_key_id: "AKIASOURCE".into(),
        secret_access_key: secret(),
        session_token: Some(Secret::new("source-session-token")),
        expiration: None,
        account: Some("123456789012".into()),
    }
}

fn answer(operation: &str, token: &str) -> ScriptedAnswer {
    ScriptedAnswer::xml(
        200,
        &format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>
            <AssumedRoleUser><AssumedRoleId>AROAX:me</AssumedRoleId>
            <Arn>arn:aws:sts::123456789012:assumed-role/Dev/me</Arn></AssumedRoleUser>
            <Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>sk</SecretAccessKey>
            <SessionToken>{token}</SessionToken><Expiration>2026-11-22T01:23:57Z</Expiration></Credentials>
            </{operation}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

fn error(status: u16, code: &str, message: &str) -> ScriptedAnswer {
    ScriptedAnswer::xml(
        status,
        &format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>
            <Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        ),
    )
}

fn assume(server: &Server) -> Result<AssumedRole> {
    let ctx = world();
    let request = AssumeRoleCall { role_arn: ROLE, session_name: "me", ..AssumeRoleCall::default() };
    assume_role(&client(&ctx, server.endpoint())?, &source(), &request)
}

#[test]
fn a_role_is_asked_for_with_what_the_profile_gives() {
    let server = Server::start([answer("AssumeRole", "st==")]);
    let ctx = world();
    let code = Secret::new("123456");
    let request = AssumeRoleCall {
        role_arn: ROLE,
        session_name: "me",
        external_id: Some(""),
        duration_seconds: Some(1800),
        policy_arns: &["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        policy: Some("{}"),
        mfa: Some(Mfa { serial_number: "arn:aws:iam::123456789012:mfa/me", token_code: &code }),
    };
    let role = assume_role(&client(&ctx, server.endpoint()).unwrap(), &source(), &request).unwrap();
    assert_eq!(role.credentials.session_token.as_ref().map(Secret::reveal), Some("st=="));
    assert_eq!(role.credentials.account.as_deref(), Some("123456789012"));
    let expiration = role.credentials.expiration.map(crate::text::timestamp::utc);
    assert_eq!(expiration.as_deref(), Some("2026-11-22T01:23:57Z"));
    assert_eq!((role.assumed_role_id.as_str(), role.request_id.as_str()), ("AROAX:me", "r-1"));
    assert_eq!(role.http_headers.get("x-amzn-requestid").map(String::as_str), Some("r-1"));

    let request = &server.requests()[0];
    for part in [
        "Action=AssumeRole&Version=2011-06-15",
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2FDev",
        "&RoleSessionName=me",
        "&ExternalId=",
        "&DurationSeconds=1800",
        "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess",
        "&Policy=%7B%7D",
        "&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fme",
        "&TokenCode=123456",
        "\nx-amz-security-token: source-session-token\n",
        "Credential=AKIASOURCE/",
        "/eu-central-1/sts/aws4_request",
    ] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
}

#[test]
fn what_the_profile_does_not_give_is_not_sent() {
    let server = Server::start([answer("AssumeRole", "st")]);
    assume(&server).unwrap();
    let request = &server.requests()[0];
    for part in ["ExternalId", "DurationSeconds", "Policy", "SerialNumber", "TokenCode"] {
        assert!(!request.contains(part), "{part} is in {request}");
    }
}

#[test]
fn a_refusal_says_what_and_why_and_quotes_no_key() {
    let quoting = format!("User of AKIASOURCE with {} and source-session-token may not", secret().reveal());
    let server = Server::start([error(403, "AccessDenied", &quoting)]);
    let text = text(&assume(&server).unwrap_err());
    let expected = format!(
        "could not assume the role `{ROLE}`: access denied: User of (secret) with (secret) and (secret) \
         may not (AccessDenied) | "
    );
    assert!(text.starts_with(&expected), "{text}");
    assert!(!text.contains("AKIASOURCE") && !text.contains("source-session-token"), "{text}");
}

#[test]
fn a_refusal_is_not_tried_again_and_a_server_error_is() {
    let server = Server::start([error(403, "ExpiredToken", "x")]);
    assert!(text(&assume(&server).unwrap_err()).contains("have expired (ExpiredToken)"));
    let server = Server::start([error(500, "InternalFailure", "x"), answer("AssumeRole", "st")]);
    assert!(assume(&server).is_ok());
    let server = Server::start(vec![error(400, "Throttling", "Rate exceeded"); 3]);
    assert_eq!(Failure::kind_of(&assume(&server).unwrap_err()), FailureKind::Unreachable);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_wrong_clock_is_corrected_once_and_then_named() {
    let date = (world().now() + chrono::TimeDelta::seconds(3630)).format("%a, %d %b %Y %H:%M:%S GMT");
    let headers: &'static str = format!("content-type: text/xml\r\ndate: {date}\r\n").leak();
    let ScriptedAnswer::Reply(status, _, body) =
        error(403, "SignatureDoesNotMatch", "Signature expired: x is now")
    else {
        panic!("no reply");
    };
    let skewed = ScriptedAnswer::Reply(status, headers, body);
    let server = Server::start([skewed.clone(), answer("AssumeRole", "st")]);
    assert!(assume(&server).is_ok());
    let server = Server::start(vec![skewed; 3]);
    let text = text(&assume(&server).unwrap_err());
    assert!(text.contains("this computer's clock is 60 minutes slow (SignatureDoesNotMatch)"), "{text}");
}

#[test]
fn a_web_page_or_nonsense_is_no_answer() {
    let server = Server::start([ScriptedAnswer::html(200)]);
    assert!(text(&assume(&server).unwrap_err()).contains("a web page came in place"));
    for body in ["", "<a/>", "<AssumeRoleResponse>", "{}"] {
        let server = Server::start([ScriptedAnswer::xml(200, body)]);
        text(&assume(&server).unwrap_err());
    }
    let server = Server::start([answer("AssumeRole", "s&#10;t")]);
    assert!(text(&assume(&server).unwrap_err()).contains("lacks what was asked for"));
}

#[test]
fn web_identity_is_sent_as_it_is_and_unsigned() {
    let server = Server::start([answer("AssumeRoleWithWebIdentity", "st")]);
    let ctx = world();
    let client = client(&ctx, server.endpoint()).unwrap();
    let role = assume_role_with_web_identity(&client, ROLE, "me", &Secret::new("ey.J.w\n")).unwrap();
    assert_eq!(role.credentials.access_key_id, "ASIAX");
    let request = &server.requests()[0];
    assert!(request.contains("&WebIdentityToken=ey.J.w%0A"), "{request}");
    assert!(!request.contains("\nauthorization:"), "{request}");
}

#[test]
fn a_session_keeps_the_account_of_its_user() {
    let server = Server::start([answer("GetSessionToken", "st")]);
    let ctx = world();
    let client = client(&ctx, server.endpoint()).unwrap();
    let code = Secret::new("123456");
    let mfa = Mfa { serial_number: "GAHT123", token_code: &code };
    let session = get_session_token(&client, &source(), None, Some(mfa)).unwrap();
    assert_eq!(session.account.as_deref(), Some("123456789012"));
    let request = &server.requests()[0];
    assert!(request.contains("SerialNumber=GAHT123&TokenCode=123456"), "{request}");
    assert!(!request.contains("DurationSeconds"), "{request}");
}

#[test]
fn the_caller_is_told_who_it_is() {
    let reply = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">
        <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDAX</UserId>
        <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::start([ScriptedAnswer::xml(200, reply)]);
    let ctx = world();
    let long_lived = Credentials { session_token: None, ..source() };
    let identity = get_caller_identity(&client(&ctx, server.endpoint()).unwrap(), &long_lived).unwrap();
    assert_eq!(identity.account, "123456789012");
    assert_eq!(identity.arn, "arn:aws:iam::123456789012:user/me");
    assert!(!server.requests()[0].contains("x-amz-security-token"));
}

#[test]
fn a_custom_endpoint_needs_a_region() {
    let ctx = world();
    let url = Some("http://127.0.0.1:1".to_owned());
    let error = client(&ctx, Endpoint { url, ..Endpoint::default() }).unwrap_err();
    assert!(text(&error).contains("a custom endpoint needs a region"));
}

#[test]
fn a_pseudo_region_signs_for_the_region_that_it_means() {
    let server = Server::start([error(403, "AccessDenied", "no")]);
    let ctx = world();
    let region = Some("fips-us-west-2".to_owned());
    let client = client(&ctx, Endpoint { region, dual_stack: true, ..server.endpoint() }).unwrap();
    get_caller_identity(&client, &source()).unwrap_err();
    let request = &server.requests()[0];
    assert!(request.contains("/us-west-2/sts/aws4_request"), "{request}");
}

#[test]
fn fuzz_sts_answers() {
    let bodies =
        [answer("AssumeRole", "st=="), error(403, "AccessDenied", "said the server")].map(
            |seed| match seed {
                ScriptedAnswer::Reply(_, _, body) => body,
                _ => String::new(),
            },
        );
    let headers = "content-type: text/xml\r\n";
    crate::aws::scripted::fuzz("STS answers", &bodies.each_ref().map(String::as_str), headers, |server| {
        let role = assume(server)?;
        assert!(role.credentials.can_be_sent());
        Ok(())
    });
}
