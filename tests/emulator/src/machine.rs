//! The credentials of a machine: the metadata service of an EC2 instance (version 2, and 1 if allowed), and
//! that of an ECS container.

use serde_json::{Value, json};

use crate::{issuer, refusal::Refusal, reply::Reply, request::Request, state::State, sts, sts::Principal};

/// The machine whose metadata service the emulator is.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The ARN of its role, if it has one.
    pub role: Option<String>,
    /// Whether the instance opens sessions (version 2).
    pub has_sessions: bool,
    /// Whether the instance answers without a session (version 1).
    pub allows_v1: bool,
    /// The `Authorization` that the container's service demands, if any.
    pub authorization: Option<String>,
    sessions: Vec<String>,
}

impl Default for Machine {
    /// Returns a machine with the role `Machine` of 444455556666, which demands a session of an instance's
    /// clients.
    fn default() -> Self {
        Self {
            role: Some("arn:aws:iam::444455556666:role/Machine".to_owned()),
            has_sessions: true,
            allows_v1: false,
            authorization: None,
            sessions: Vec::new(),
        }
    }
}

/// Opens a session of the metadata service.
pub(crate) fn open(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    if !state.machine.has_sessions {
        return Err(Refusal::new(403, "Forbidden", "PUT is not let through"));
    }
    let seconds =
        request.header("x-aws-ec2-metadata-token-ttl-seconds").and_then(|text| text.parse::<u32>().ok());
    if !seconds.is_some_and(|seconds| (1..=21_600).contains(&seconds)) {
        return Err(Refusal::new(400, "BadRequest", "a session needs a lifetime"));
    }
    let session = issuer::uuid();
    state.machine.sessions.push(session.clone());
    Ok(Reply::text(session))
}

/// Names the instance's role.
pub(crate) fn role(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let name = authenticated(state, request)?;
    Ok(Reply::text(name))
}

/// Hands out the keys of the instance's role.
pub(crate) fn instance(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let name = authenticated(state, request)?;
    if request.path.rsplit('/').next() != Some(&name) {
        return Err(Refusal::new(404, "NotFound", "there is no such role"));
    }
    let mut answer = keys(state)?;
    answer["Code"] = json!("Success");
    answer["Type"] = json!("AWS-HMAC");
    Ok(Reply::json(&answer))
}

/// Hands out the keys of a container's role.
pub(crate) fn container(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    if state
        .machine
        .authorization
        .as_deref()
        .is_some_and(|token| request.header("authorization") != Some(token))
    {
        return Err(Refusal::new(401, "Unauthorized", "the authorization does not fit"));
    }
    Ok(Reply::json(&keys(state)?))
}

fn authenticated(state: &State, request: &Request) -> Result<String, Refusal> {
    let machine = &state.machine;
    let is_known = match request.header("x-aws-ec2-metadata-token") {
        Some(token) => machine.sessions.iter().any(|session| session == token),
        None => machine.allows_v1,
    };
    if !is_known {
        return Err(Refusal::new(401, "Unauthorized", "there is no such session"));
    }
    let role = machine.role.as_deref().and_then(|arn| arn.rsplit('/').next());
    role.map(str::to_owned).ok_or_else(|| Refusal::new(404, "NotFound", "the instance has no role"))
}

fn keys(state: &mut State) -> Result<Value, Refusal> {
    let arn = state.machine.role.clone().ok_or_else(|| Refusal::new(404, "NotFound", "there is no role"))?;
    let principal = Principal::role_session(&arn, "i-0123456789abcdef0")
        .ok_or_else(|| Refusal::new(500, "InternalError", "the role has no proper name"))?;
    let expires = state.clock.after(state.lifetimes.role_credentials);
    let key = sts::issue(state, principal, expires);
    Ok(json!({
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "Token": key.session_token,
        "Expiration": expires.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }))
}
