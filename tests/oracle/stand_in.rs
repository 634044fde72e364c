//! The stand-in of AWS in resolve.py, as a server: it gives out the same keys for the same requests.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const FAR: &str = "2099-01-01T00:00:00Z";

/// A request, as far as it counts.
struct Request {
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// An answer: status, error type, text.
type Reply = (u16, &'static str, String);

/// Starts the server, which ends with the process, and returns its URL.
pub fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away is none of ours.
            thread::spawn(move || serve(stream));
        }
    });
    url
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let request = read(&mut BufReader::new(&stream))?;
    let (status, error, text) = answer(&request);
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nx-amzn-errortype: {error}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Request> {
    let mut line = || -> std::io::Result<String> {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    };
    let target = line()?.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    while let Some((name, value)) = line()?.split_once(": ") {
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Request { path: path.to_owned(), query: form(query.as_bytes()), headers, body })
}

fn form(text: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn answer(request: &Request) -> Reply {
    if let Some(prefix) = request.path.strip_suffix("/federation/credentials") {
        portal(prefix, request)
    } else if let Some(prefix) = request.path.strip_suffix("/token") {
        token(prefix, &serde_json::from_slice(&request.body).expect("a JSON body"))
    } else {
        sts(request.path.trim_end_matches('/'), request)
    }
}

fn digest(parts: &[&str]) -> String {
    Sha256::digest(parts.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The id, secret and session token that belong to a request.
fn key(parts: &[&str]) -> (String, String, String) {
    let text = digest(parts);
    (format!("ASIA{}", text[..16].to_uppercase()), text[16..56].to_owned(), format!("T{}", &text[24..]))
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).map_or("", String::as_str)
}

fn sts(prefix: &str, request: &Request) -> Reply {
    let mut form = form(&request.body);
    let credential = header(request, "authorization").split_once("Credential=").map_or("", |(_, rest)| rest);
    let mut scope = credential.split('/');
    let (caller, region) = (scope.next().unwrap_or_default(), scope.nth(1).unwrap_or_default());
    let session = form.get("RoleSessionName").cloned().unwrap_or_default();
    let is_default =
        session.strip_prefix("botocore-session-").is_some_and(|rest| rest.parse::<u64>().is_ok());
    let session = if is_default { "default".to_owned() } else { session };
    form.insert("RoleSessionName".into(), session.clone());
    let shortest = [("RoleArn", 20), ("ExternalId", 2), ("RoleSessionName", 2), ("SerialNumber", 9)];
    let short = shortest
        .iter()
        .any(|(name, least)| form.get(*name).is_some_and(|text| text.chars().count() < *least));
    let duration = form.get("DurationSeconds").map_or(900, |text| text.parse::<i64>().unwrap_or_default());
    // A session for an MFA device names no role.
    let arn = form.get("RoleArn").cloned().unwrap_or_default();
    if arn.is_empty() || short || duration < 900 || arn.ends_with("Denied") {
        let text =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        return (403, "AccessDenied", text.to_owned());
    }
    let shown: Vec<String> =
        form.iter().map(|(name, value)| format!("[{}, {}]", quoted(name), quoted(value))).collect();
    let shown = format!("[{}]", shown.join(", "));
    let security = header(request, "x-amz-security-token");
    let (id, secret, token) = key(&["sts", prefix, region, caller, security, &shown]);
    let action = &form["Action"];
    let account = arn.split(':').nth(4).unwrap_or_default();
    let role = arn.rsplit('/').next().unwrap_or_default();
    let text = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>\
         <Expiration>{FAR}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:{session}</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/{role}/{session}</Arn></AssumedRoleUser></{action}Result>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    );
    (200, "", text)
}

/// Writes a text as Python's `json.dumps` does.
fn quoted(text: &str) -> String {
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    json!(text).to_string().chars().map(escaped).collect()
}

fn portal(prefix: &str, request: &Request) -> Reply {
    let token = header(request, "x-amz-sso_bearer_token");
    let (account, role) = (&request.query["account_id"], &request.query["role_name"]);
    if token.starts_with("refused") {
        return (
            401,
            "UnauthorizedException",
            json!({"message": "Session token not found or invalid"}).to_string(),
        );
    }
    if role == "Denied" {
        return (403, "ForbiddenException", json!({"message": "No access"}).to_string());
    }
    let (id, secret, session) = key(&["sso", prefix, token, account, role]);
    let keys = json!({"accessKeyId": id, "secretAccessKey": secret, "sessionToken": session, "expiration": 4_070_908_800_000_u64});
    (200, "", json!({ "roleCredentials": keys }).to_string())
}

fn token(prefix: &str, body: &Value) -> Reply {
    let part = |name: &str| body[name].as_str().expect("a text");
    if part("refreshToken").starts_with("refused") {
        return (400, "InvalidGrantException", json!({"error": "invalid_grant"}).to_string());
    }
    let names = ["grantType", "clientId", "clientSecret", "refreshToken"].map(part);
    let text = digest(&[&["oidc", prefix], &names[..]].concat());
    let (access, refresh) = (format!("AT{text}"), format!("RT{text}"));
    let reply =
        json!({"accessToken": access, "refreshToken": refresh, "expiresIn": 7200, "tokenType": "Bearer"});
    (200, "", reply.to_string())
}
