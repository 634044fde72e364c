//! Sign-ins: the access tokens that open the portal, and the refresh tokens that renew them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::{issuer, refusal::Refusal};

/// What the answer to a refresh says about the refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshReply {
    /// It holds the one that was used, which goes on to work.
    #[default]
    Same,
    /// It holds a new one; the one that was used is dead.
    Rotated,
    /// It holds none; the one that was used goes on to work.
    Absent,
}

/// The sign-ins and their tokens.
#[derive(Debug, Default)]
pub struct Sessions {
    /// What the answer to a refresh says about the refresh token.
    pub refresh_reply: RefreshReply,
    sign_ins: Vec<SignIn>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
}

#[derive(Debug)]
struct SignIn {
    ends: DateTime<Utc>,
    revoked: bool,
}

#[derive(Debug)]
struct Access {
    sign_in: usize,
    expires: DateTime<Utc>,
}

#[derive(Clone, Debug)]
struct Refresh {
    sign_in: usize,
    client: String,
}

/// Tokens as the token endpoint hands them out.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub access_token: String,
    pub expires_in: TimeDelta,
    pub refresh_token: Option<String>,
}

impl Sessions {
    /// Ends every sign-in: its access tokens are refused, and its refresh tokens too.
    pub fn revoke(&mut self) {
        for sign_in in &mut self.sign_ins {
            sign_in.revoked = true;
        }
    }

    /// Refuses the access tokens issued so far; their refresh tokens go on to work.
    pub fn forget_access_tokens(&mut self) {
        self.access.clear();
    }

    /// Starts a sign-in that lasts until `ends`, and returns its first tokens.
    pub(crate) fn begin(
        &mut self,
        client: &str,
        refreshable: bool,
        now: DateTime<Utc>,
        ends: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Tokens {
        self.sign_ins.push(SignIn { ends, revoked: false });
        let sign_in = self.sign_ins.len() - 1;
        let mut tokens = self.access_token(sign_in, now, lifetime);
        if refreshable {
            tokens.refresh_token = Some(self.refresh_token(sign_in, client));
        }
        tokens
    }

    /// Renews the tokens of the sign-in that `token` belongs to.
    pub(crate) fn renew(
        &mut self,
        token: &str,
        client: &str,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
    ) -> Result<Tokens, Refusal> {
        let known = self.refresh.get(token).filter(|refresh| refresh.client == client);
        let Some(refresh) = known.filter(|refresh| self.lives(refresh.sign_in, now)).cloned() else {
            return Err(Refusal::new(400, "InvalidGrantException", "Invalid grant provided"));
        };
        let mut tokens = self.access_token(refresh.sign_in, now, lifetime);
        tokens.refresh_token = match self.refresh_reply {
            RefreshReply::Same => Some(token.to_owned()),
            RefreshReply::Absent => None,
            RefreshReply::Rotated => {
                self.refresh.remove(token);
                Some(self.refresh_token(refresh.sign_in, client))
            }
        };
        Ok(tokens)
    }

    /// Refuses an access token that is unknown, expired, or of a sign-in that is over.
    pub(crate) fn check(&self, token: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let access = self.access.get(token);
        let good = access.is_some_and(|access| access.expires > now && self.lives(access.sign_in, now));
        good.then_some(())
            .ok_or_else(|| Refusal::new(401, "UnauthorizedException", "Session token not found or invalid"))
    }

    /// Ends the sign-in that an access token belongs to.
    pub(crate) fn end(&mut self, token: &str) {
        if let Some(access) = self.access.get(token) {
            self.sign_ins[access.sign_in].revoked = true;
        }
    }

    fn lives(&self, sign_in: usize, now: DateTime<Utc>) -> bool {
        let sign_in = &self.sign_ins[sign_in];
        !sign_in.revoked && sign_in.ends > now
    }

    fn access_token(&mut self, sign_in: usize, now: DateTime<Utc>, lifetime: TimeDelta) -> Tokens {
        let expires = self.sign_ins[sign_in].ends.min(now + lifetime);
        let access_token = issuer::token("aoaAAAAA");
        self.access.insert(access_token.clone(), Access { sign_in, expires });
        Tokens { access_token, expires_in: expires - now, refresh_token: None }
    }

    fn refresh_token(&mut self, sign_in: usize, client: &str) -> String {
        let token = issuer::token("aorAAAAA");
        self.refresh.insert(token.clone(), Refresh { sign_in, client: client.to_owned() });
        token
    }
}
