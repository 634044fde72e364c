//! A limit on the size of answers: a server must not decide how much memory this process takes.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// In bytes; the largest real answers, pages of a hundred accounts, stay under 50 KiB.
const LARGEST: usize = 1024 * 1024;

/// The answer was larger than that, and the rest of it was not read.
#[derive(Debug)]
pub(super) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the answer is larger than 1 MiB")
    }
}

impl Error for TooLarge {}

/// Reads each answer into memory as a whole; one that is larger than the limit fails with [`TooLarge`].
#[derive(Debug)]
pub(super) struct BoundedAnswer(SharedHttpConnector);

impl BoundedAnswer {
    /// Makes a connector that goes through `inner`.
    pub fn over(inner: impl HttpConnector + 'static) -> SharedHttpConnector {
        SharedHttpConnector::new(Self(SharedHttpConnector::new(inner)))
    }
}

impl HttpConnector for BoundedAnswer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move { whole(answer.await?).await })
    }
}

async fn whole(mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let mut stream = ByteStream::new(std::mem::replace(response.body_mut(), SdkBody::taken()));
    let mut body = Vec::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| ConnectorError::io(Box::new(error)))?;
        if body.len() + part.len() > LARGEST {
            // Without a kind of error that the official clients would try again for.
            return Err(ConnectorError::other(Box::new(TooLarge), None));
        }
        body.extend_from_slice(&part);
    }
    *response.body_mut() = SdkBody::from(body);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};
    use crate::aws::{Client, metadata_service, oidc, sso, sts};
    use crate::values::credentials::Credentials;

    type Call<'a> = &'a dyn Fn(&Server) -> anyhow::Result<()>;

    #[test]
    fn an_answer_without_an_end_is_left_by_every_client() {
        let ctx = world();
        let keys = Credentials::long_lived("AKIAX", secret().reveal()).unwrap();
        let portal = |server: &Server| {
            let client = Client::new(&ctx, server.endpoint());
            let session = sso::PortalSession { name: "s", token: &secret() };
            sso::get_role_credentials(&client, session, "1", "R").map(drop)
        };
        let sign_in = |server: &Server| {
            let client = Client::new(&ctx, server.endpoint());
            let grant = oidc::Grant::RefreshToken(&secret());
            Ok(oidc::create_token(&client, "id", &secret(), grant).map(drop)?)
        };
        let roles = |server: &Server| {
            sts::get_caller_identity(&sts::client(&ctx, server.endpoint())?, &keys).map(drop)
        };
        let container = |server: &Server| {
            let url = format!("http://{}/", server.host);
            metadata_service::of_container(&ctx, &url, None).map(drop)
        };
        let calls: [Call<'_>; 4] = [&portal, &sign_in, &roles, &container];
        for (number, call) in calls.iter().enumerate() {
            // The metadata service is asked up to three times.
            let server = Server::start(vec![ScriptedAnswer::Endless; 3]);
            let text = text(&call(&server).unwrap_err());
            assert!(
                text.contains(&format!("the answer of `{}` is larger than 1 MiB", server.host)),
                "{text}"
            );
            assert!(number == 3 || server.requests().len() == 1, "{number}");
        }
    }

    #[test]
    fn an_answer_of_the_largest_size_is_read() {
        let ctx = world();
        let list = r#"{"accountList": []}"#;
        let padding = " ".repeat(LARGEST - list.len());
        let server = Server::start([ScriptedAnswer::json(200, &format!("{list}{padding}"))]);
        let client = Client::new(&ctx, server.endpoint()).within(Duration::from_secs(10));
        let session = sso::PortalSession { name: "s", token: &secret() };
        assert!(sso::list_accounts(&client, session).unwrap().is_empty());
    }
}
