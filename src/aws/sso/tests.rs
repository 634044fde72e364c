//! What is sent to the portal, and what is made of its answers.

use std::time::Duration;

use super::*;
use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};

const KEYS: &str = r#"{"roleCredentials": {"accessKeyId": "ASIAX", "secretAccessKey": "sk", "sessionToken": "st",
    "expiration": 1795310377999}}"#;

fn fetch(server: &Server) -> Result<Credentials> {
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint()).within(Duration::from_secs(8));
    let session = PortalSession { name: "my-sso", token: &secret() };
    get_role_credentials(&client, session, "011122223333", "Dev")
}

fn refusal(answers: impl IntoIterator<Item = ScriptedAnswer>) -> (Server, anyhow::Error) {
    let server = Server::start(answers);
    let error = fetch(&server).unwrap_err();
    (server, error)
}

#[test]
fn role_credentials_are_asked_for_with_the_bearer_token_alone() {
    let server = Server::start([ScriptedAnswer::json(200, KEYS)]);
    let credentials = fetch(&server).unwrap();
    assert_eq!(credentials.access_key_id, "ASIAX");
    assert_eq!(credentials.account.as_deref(), Some("011122223333"));
    assert_eq!(crate::text::timestamp::utc(credentials.expiration.unwrap()), "2026-11-22T01:19:37Z");
    let request = &server.requests()[0];
    let path = "GET /federation/credentials?role_name=Dev&account_id=011122223333 HTTP/1.1";
    assert!(request.starts_with(path), "{request}");
    assert!(request.contains("\nx-amz-sso_bearer_token: aoaAAAAAsecret/+==\n"), "{request}");
    assert!(!request.contains("\nauthorization:"), "{request}");
}

#[test]
fn a_refused_token_is_told_from_everything_else() {
    for header in ["x-amzn-errortype: UnauthorizedException:http://internal.amazon.com/\r\n", ""] {
        let (server, error) = refusal([ScriptedAnswer::error(401, header)]);
        assert_eq!(Failure::kind_of(&error), FailureKind::TokenRejected, "{header}");
        let text = text(&error);
        assert!(text.contains("the SSO session `my-sso` is no longer valid ("), "{text}");
        assert!(text.ends_with(" | run `awsenv login --sso-session my-sso`"), "{text}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_role_that_is_not_assigned_is_named() {
    let (_, error) = refusal([ScriptedAnswer::error(403, "x-amzn-errortype: ForbiddenException\r\n")]);
    assert_eq!(Failure::kind_of(&error), FailureKind::NotAssigned);
    let text = text(&error);
    let expected = "could not get credentials of role `Dev` in account `011122223333`: the role is not \
                    assigned to you (ForbiddenException) | ask your administrator";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn three_attempts_are_made_at_throttling_and_at_server_errors() {
    let cases = [
        (
            429,
            "x-amzn-errortype: TooManyRequestsException\r\n",
            "AWS asks to slow down (TooManyRequestsException)",
        ),
        (503, "", "has an internal error (HTTP 503)"),
    ];
    for (status, header, expected) in cases {
        let (server, error) = refusal(vec![ScriptedAnswer::error(status, header); 3]);
        assert_eq!(Failure::kind_of(&error), FailureKind::Unreachable, "{status}");
        assert!(text(&error).contains(expected), "{}", text(&error));
        assert_eq!(server.requests().len(), 3, "{status}");
    }
}

#[test]
fn a_passing_error_does_not_show() {
    let server = Server::start([
        ScriptedAnswer::error(500, ""),
        ScriptedAnswer::Close,
        ScriptedAnswer::json(200, KEYS),
    ]);
    assert!(fetch(&server).is_ok());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn nobody_there_is_unreachable_and_named() {
    let server = Server::start([]);
    // The listener goes as soon as its thread has run; until then a connection would wait in its queue.
    while std::net::TcpStream::connect(&server.host).is_ok() {
        std::thread::yield_now();
    }
    let error = fetch(&server).unwrap_err();
    assert_eq!(Failure::kind_of(&error), FailureKind::Unreachable);
    let expected = format!("`{}` refused the connection", server.host);
    assert!(text(&error).contains(&expected), "{}", text(&error));
}

#[test]
fn a_server_that_says_nothing_is_left_in_time() {
    let server = Server::start([ScriptedAnswer::Hang]);
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint()).within(Duration::from_millis(300));
    let session = PortalSession { name: "my-sso", token: &secret() };
    let error = get_role_credentials(&client, session, "011122223333", "Dev").unwrap_err();
    assert_eq!(Failure::kind_of(&error), FailureKind::Unreachable);
    assert!(text(&error).contains(&format!("no answer from `{}` within", server.host)), "{}", text(&error));
}

#[test]
fn the_page_of_a_captive_portal_is_recognised() {
    for status in [200, 302, 401, 403, 511] {
        // A server error is tried again.
        let (_, error) = refusal(vec![ScriptedAnswer::html(status); 3]);
        assert_eq!(Failure::kind_of(&error), FailureKind::Unreachable, "{status}");
        let text = text(&error);
        assert!(text.contains("a web page came in place of the answer"), "{status} {text}");
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_an_error() {
    for body in
        ["{", "[]", "{}", "", &KEYS.replace("\"st\"", r#""s\nt""#), &KEYS.replace("1795310377999", "0")]
    {
        let (_, error) = refusal([ScriptedAnswer::json(200, body)]);
        assert_eq!(Failure::kind_of(&error), FailureKind::Other, "{body}");
        text(&error);
    }
}

#[test]
fn a_server_that_quotes_the_token_does_not_get_it_shown() {
    let body = format!(r#"{{"message": "bad token {} \u001b[31m"}}"#, secret().reveal());
    let reply = ScriptedAnswer::Reply(400, "x-amzn-errortype: InvalidRequestException\r\n", body);
    let (_, error) = refusal([reply]);
    let text = text(&error);
    assert!(text.contains("bad token (secret) ?[31m (InvalidRequestException)"), "{text}");
}

#[test]
fn lists_go_on_over_all_pages() {
    let server = Server::start([
        ScriptedAnswer::json(
            200,
            r#"{"accountList": [{"accountId": "1", "accountName": "b"}], "nextToken": "n/1"}"#,
        ),
        ScriptedAnswer::json(200, r#"{"accountList": [{"accountId": "2"}, {}], "nextToken": null}"#),
        ScriptedAnswer::json(
            200,
            r#"{"roleList": [{"roleName": "R", "accountId": "1"}, {"roleName": "S"}]}"#,
        ),
    ]);
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint());
    let session = PortalSession { name: "my-sso", token: &secret() };
    let accounts = list_accounts(&client, session).unwrap();
    let shown: Vec<_> =
        accounts.iter().map(|account| (account.id.as_str(), account.name.as_deref())).collect();
    assert_eq!(shown, [("1", Some("b")), ("2", None)]);
    assert_eq!(list_account_roles(&client, session, "1").unwrap(), ["R", "S"]);
    let requests = server.requests();
    assert!(requests[1].starts_with("GET /assignment/accounts?"), "{}", requests[1]);
    assert!(requests[1].contains("next_token=n%2F1"), "{}", requests[1]);
    assert!(requests[2].starts_with("GET /assignment/roles?"), "{}", requests[2]);
    assert!(requests[2].contains("account_id=1"), "{}", requests[2]);
}

#[test]
fn a_token_that_is_dead_already_is_logged_out() {
    let server = Server::start([
        ScriptedAnswer::Reply(200, "", String::new()),
        ScriptedAnswer::error(401, "x-amzn-errortype: UnauthorizedException\r\n"),
    ]);
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint());
    let session = PortalSession { name: "my-sso", token: &secret() };
    logout(&client, session).unwrap();
    logout(&client, session).unwrap();
    assert!(server.requests()[0].starts_with("POST /logout HTTP/1.1"));
}

#[test]
fn fuzz_portal_answers() {
    let accounts =
        r#"{"accountList": [{"accountId": "111122223333", "accountName": "dev"}], "nextToken": ""}"#;
    let error = r#"{"message": "said the server", "__type": "ForbiddenException"}"#;
    let headers = "content-type: application/json\r\n";
    crate::aws::scripted::fuzz("portal answers", &[KEYS, accounts, error], headers, |server| {
        let keys = fetch(server)?;
        assert!(keys.can_be_sent());
        Ok(())
    });
}
