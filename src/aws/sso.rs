//! IAM Identity Center's portal: the accounts and roles of a person, and their credentials.

use anyhow::Result;
use aws_sdk_sso::Client as Portal;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use chrono::{DateTime, Utc};

use crate::aws::call_error::CallError;
use crate::aws::call_recorder::CallRecorder;
use crate::aws::{Client, usable};
use crate::failure::{Failure, FailureKind};
use crate::text::sanitize::shown;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// The most that AWS puts on one page.
const PAGE: i32 = 100;
/// No organisation has as many pages; a server that never ends has.
const MOST_PAGES: usize = 1000;

/// A login at the portal.
#[derive(Clone, Copy, Debug)]
pub struct PortalSession<'a> {
    /// The name of the SSO session, or the start URL of a legacy profile: for messages.
    pub name: &'a str,
    /// The access token.
    pub token: &'a Secret,
}

/// An account that a person has a role in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// What the organisation calls it.
    pub name: Option<String>,
    /// The address of its owner.
    pub email: Option<String>,
}

/// Gets the credentials of `role` in `account`. Of kind [`FailureKind::TokenRejected`] if the token is
/// refused, and [`FailureKind::Unreachable`] if there is no answer; [`FailureKind::NotAssigned`] if the role
/// is not this person's.
pub fn get_role_credentials(
    client: &Client<'_>,
    session: PortalSession<'_>,
    account: &str,
    role: &str,
) -> Result<Credentials> {
    let recorder = CallRecorder::default();
    let call = Portal::new(&client.regional()?.build())
        .get_role_credentials()
        .access_token(session.token.reveal())
        .account_id(account)
        .role_name(role)
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = format!("get credentials of role `{}` in account `{}`", shown(role), shown(account));
    let answer = client.call("GetRoleCredentials", &recorder, &[session.token.reveal()], call);
    let keys = match answer {
        Ok(answer) => answer.role_credentials,
        Err(CallError::Refused(refusal)) if matches!(refusal.status, 403 | 404) && refusal.code.is_some() => {
            let code = refusal.code();
            let text = format!("could not {what}: the role is not assigned to you ({code})");
            let hint = "ask your administrator of IAM Identity Center to assign it";
            return Err(Failure::new(text).hint(hint).kind(FailureKind::NotAssigned).into());
        }
        Err(trouble) => return Err(failure(trouble, &what, session)),
    };
    keys.and_then(|keys| credentials(keys, account)).ok_or_else(|| {
        Failure::new(format!("could not {what}: the answer holds no usable credentials")).into()
    })
}

/// Lists the accounts in which the person has a role, in the portal's order.
pub fn list_accounts(client: &Client<'_>, session: PortalSession<'_>) -> Result<Vec<Account>> {
    let portal = portal(client)?;
    let what = "list the accounts";
    paged(what, |next| {
        let recorder = CallRecorder::default();
        let call = portal
            .list_accounts()
            .access_token(session.token.reveal())
            .max_results(PAGE)
            .set_next_token(next)
            .customize()
            .interceptor(recorder.clone())
            .send();
        let page = client
            .call("ListAccounts", &recorder, &[session.token.reveal()], call)
            .map_err(|trouble| failure(trouble, what, session))?;
        let accounts = page.account_list.unwrap_or_default().into_iter().filter_map(|account| {
            let (name, email) = (account.account_name, account.email_address);
            Some(Account { id: account.account_id?, name, email })
        });
        Ok((accounts.collect(), page.next_token))
    })
}

/// Lists the names of the person's roles in `account`, in the portal's order.
pub fn list_account_roles(
    client: &Client<'_>,
    session: PortalSession<'_>,
    account: &str,
) -> Result<Vec<String>> {
    let portal = portal(client)?;
    let what = format!("list the roles in account `{}`", shown(account));
    paged(&what, |next| {
        let recorder = CallRecorder::default();
        let call = portal
            .list_account_roles()
            .access_token(session.token.reveal())
            .account_id(account)
            .max_results(PAGE)
            .set_next_token(next)
            .customize()
            .interceptor(recorder.clone())
            .send();
        let page = client
            .call("ListAccountRoles", &recorder, &[session.token.reveal()], call)
            .map_err(|trouble| failure(trouble, &what, session))?;
        let roles = page.role_list.unwrap_or_default().into_iter().filter_map(|role| role.role_name);
        Ok((roles.collect(), page.next_token))
    })
}

/// Ends the login at the server. A token that the server does not take any more is as good as logged out.
pub fn logout(client: &Client<'_>, session: PortalSession<'_>) -> Result<()> {
    let recorder = CallRecorder::default();
    let call = Portal::new(&client.regional()?.build())
        .logout()
        .access_token(session.token.reveal())
        .customize()
        .interceptor(recorder.clone())
        .send();
    match client.call("Logout", &recorder, &[session.token.reveal()], call) {
        Ok(_) => Ok(()),
        Err(CallError::Refused(refusal)) if refusal.status == 401 => Ok(()),
        Err(trouble) => Err(failure(trouble, "log out at IAM Identity Center", session)),
    }
}

/// Makes the official client, which keeps to the pace of the calls if there is one.
fn portal(client: &Client<'_>) -> Result<Portal> {
    let mut settings = aws_sdk_sso::config::Builder::from(&client.regional()?.build());
    if let Some(pace) = &client.pace {
        settings.push_interceptor(SharedInterceptor::new(pace.clone()));
    }
    Ok(Portal::from_conf(settings.build()))
}

fn paged<T>(what: &str, page: impl Fn(Option<String>) -> Result<(Vec<T>, Option<String>)>) -> Result<Vec<T>> {
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let (items, after) = page(next)?;
        all.extend(items);
        next = after.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
    Err(Failure::new(format!("could not {what}: the list does not end")).into())
}

fn failure(trouble: CallError, what: &str, session: PortalSession<'_>) -> anyhow::Error {
    match trouble {
        // Without a code too: whoever says 401 wants another token.
        CallError::Refused(refusal) if refusal.status == 401 => {
            let name = shown(session.name);
            let code = refusal.code();
            Failure::new(format!("could not {what}: the SSO session `{name}` is no longer valid ({code})"))
                .hint(cure(session.name))
                .kind(FailureKind::TokenRejected)
                .into()
        }
        trouble => trouble.failure(what),
    }
}

/// The command works when it is pasted, so it holds no name that the shell would take apart.
fn cure(session: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !session.is_empty() && !session.starts_with('-') && session.chars().all(plain) {
        format!("run `awsenv login --sso-session {session}`")
    } else {
        "run `awsenv login`".into()
    }
}

fn credentials(keys: aws_sdk_sso::types::RoleCredentials, account: &str) -> Option<Credentials> {
    usable(Credentials {
        access_key_id: keys.access_key_id?,
        secret_access_key: Secret::new(keys.secret_access_key?),
        session_token: Some(Secret::new(keys.session_token?)),
        // Milliseconds since 1970, UTC. Zero is what stands for a missing one.
        expiration: Some(
            DateTime::<Utc>::from_timestamp_millis(keys.expiration).filter(|_| keys.expiration > 0)?,
        ),
        account: Some(account.to_owned()),
    })
}

#[cfg(test)]
mod tests {
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
        assert!(
            text(&error).contains(&format!("no answer from `{}` within", server.host)),
            "{}",
            text(&error)
        );
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
}
