//! IAM: the access keys of users (API version 2010-05-08).

use chrono::SecondsFormat;

use crate::{
    identities::{User, UserKey},
    issuer,
    operation::Operation,
    refusal::Refusal,
    reply::Reply,
    request::Request,
    signature,
    state::State,
    sts::{element, iam_result},
};

/// How many keys a user may have.
const QUOTA: usize = 2;

/// Answers an action that a user signs about its own keys.
pub(crate) fn answer(state: &mut State, operation: Operation, request: &Request) -> Result<Reply, Refusal> {
    let caller = signature::authenticate(state, "iam", request)?;
    let (now, refusals) = (state.clock.now(), state.identities.new_key_refusals);
    let user = state.identities.users.iter_mut().find(|user| user.arn() == caller.arn);
    let is_own = |user: &User| request.field("UserName").is_none_or(|name| name == user.name);
    let Some(user) = user.filter(|user| is_own(user)) else {
        let action = request.field("Action").unwrap_or_default();
        let message = format!("User: {} is not authorized to perform: iam:{action}", caller.arn);
        return Err(Refusal::new(403, "AccessDenied", message));
    };
    match operation {
        Operation::CreateAccessKey => {
            if user.keys.len() >= QUOTA {
                let message = format!("Cannot exceed quota for AccessKeysPerUser: {QUOTA}");
                return Err(Refusal::new(409, "LimitExceeded", message));
            }
            let own = UserKey { key: issuer::user_key(), is_active: true, created: now, refusals };
            let secret = element("SecretAccessKey", &own.key.secret);
            let fields = fields(&user.name, &own) + &secret;
            user.keys.push(own);
            Ok(iam_result("CreateAccessKey", &format!("<AccessKey>{fields}</AccessKey>")))
        }
        Operation::ListAccessKeys => {
            let members = user.keys.iter().map(|own| format!("<member>{}</member>", fields(&user.name, own)));
            let members: String = members.collect();
            let list = format!("<AccessKeyMetadata>{members}</AccessKeyMetadata>");
            Ok(iam_result("ListAccessKeys", &(list + &element("IsTruncated", "false"))))
        }
        Operation::UpdateAccessKey => {
            let is_active = match request.field("Status").as_deref() {
                Some("Active") => true,
                Some("Inactive") => false,
                status => {
                    let message = format!(
                        "1 validation error detected: Value '{}' at 'status' failed to satisfy constraint",
                        status.unwrap_or_default()
                    );
                    return Err(Refusal::new(400, "ValidationError", message));
                }
            };
            let index = index_of(user, request)?;
            user.keys[index].is_active = is_active;
            Ok(iam_result("UpdateAccessKey", ""))
        }
        _ => {
            let index = index_of(user, request)?;
            user.keys.remove(index);
            Ok(iam_result("DeleteAccessKey", ""))
        }
    }
}

fn index_of(user: &User, request: &Request) -> Result<usize, Refusal> {
    let id = request.field("AccessKeyId").unwrap_or_default();
    user.keys.iter().position(|own| own.key.id == id).ok_or_else(|| {
        Refusal::new(404, "NoSuchEntity", format!("The Access Key with id {id} cannot be found."))
    })
}

fn fields(name: &str, own: &UserKey) -> String {
    let status = if own.is_active { "Active" } else { "Inactive" };
    let created = own.created.to_rfc3339_opts(SecondsFormat::Secs, true);
    let fields =
        [("UserName", name), ("AccessKeyId", &own.key.id), ("Status", status), ("CreateDate", &created)];
    fields.map(|(name, value)| element(name, value)).concat()
}
