#!/usr/bin/env python3
"""Asks the AWS CLI or botocore which credentials, profiles and region it finds in generated setups.

    resolve.py SEED COUNT    prints COUNT cases, one JSON object per line

A case is {"profile", "files", "env", "kinds", "expected"}, and "lacks", what this version leaves out of the caches. The files are below the home directory, which is also the
current one. In files and variables `{home}` stands for that directory, `{aws}` for the URL of a stand-in of AWS,
`{+N}` for the time N seconds from now. "expected" has "profiles" (the list, null if the files are refused), "region",
"credentials" (or {"error"}), and "caches", what is in the shared caches afterwards.

The stand-in is no server here: requests are answered before they are sent (`answer`). Each key it gives out is a
digest of the request, of the key that signed it, and of the URL and region, so that equal keys in the end mean that
every step on the way was the same. stand_in.rs has the same stand-in as a server, for awsenv.

With the Python of an AWS CLI v2 it is `aws configure export-credentials` that answers, else botocore, set up as the AWS
CLI sets it up. What an old one does not know (endpoint variables before 2.13, `aws login`) is not generated with it.
resolve.jsonl is from botocore 1.44, which knows all: `resolve.py 1 200 > resolve.jsonl`.
"""

import contextlib
import copy
import getpass
import hashlib
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, parse_qsl, urlsplit

HOME = os.path.realpath(tempfile.mkdtemp(prefix="awsenv-resolve-"))
# Both are read when a module is loaded.
os.environ["HOME"] = HOME
getpass.getpass = lambda _: sys.exit("there is nobody to ask")

try:
    from awscli import clidriver  # The AWS CLI v2 puts its own botocore in the place of the other.
except ImportError:
    clidriver = None
try:
    # An old AWS CLI has faults that were mended since: Debian 12 has 2.9.
    from awscli import __version__ as version
    OLD = clidriver is not None and [int(part) for part in version.split(".")[:2]] < [2, 30]
except ImportError:
    OLD = False
import botocore.session
from botocore import configprovider, credentials as providers, utils
from botocore.awsrequest import AWSResponse

AWS = "http://127.0.0.1:9"
KNOWS_ENDPOINTS = hasattr(configprovider, "ConfiguredEndpointProvider")
# From the same time on, it looks at the time of a legacy token before it sends it.
KNOWS_ACCOUNTS = hasattr(providers.Credentials("a", "b"), "account_id")
KNOWS_LOGIN = hasattr(providers, "LoginProvider")
FAR = "2099-01-01T00:00:00Z"
PAST = "2020-01-01T00:00:00Z"
# The same time as other programs write it.
FORMS = [
    "2099-01-01T00:00Z", "20990101T000000Z", "20990101T000000+0000", "2099-01-01 00:00:00+00:00", "2099-01-01 02:00:00 +0200",
    "2099-01-01T00:00:00.1234567Z", "2099-01-01T02:00:00+02", "Thu, 01 Jan 2099 00:00:00 GMT", "Thu, 1 Jan 2099 02:00:00 +0200",
    "Thu Jan  1 00:00:00 UTC 2099", "Thu 01 Jan 2099 12:00:00 AM UTC", "2099-01-01T00:00:00GMT", "2099/01/01 00:00:00Z",
]
# The AWS CLI reads none of these.
WRONG_FORMS = [
    "2099-01-01T00:00:00", "2099-01-01", "2099-01-01 00:00:00 +0000 UTC", "2099-01-01T00:00:00EST", "4070908800", "tomorrow",
    "Thu Jan 01 2099 00:00:00 GMT+0000 (Coordinated Universal Time)", "2099-01-01T00:00:00Z[UTC]",
]


# The stand-in of AWS.


def digest(*parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def key(*parts):
    """Returns the key that belongs to a request."""
    text = digest(*parts)
    return {"id": "ASIA" + text[:16].upper(), "secret": text[16:56], "token": "T" + text[24:]}


def answer_sts(prefix, headers, form):
    """Answers a call to STS with (status, text)."""
    scope = re.search(r"Credential=([^/]*)/\d+/([^/]*)/sts", headers.get("Authorization", ""))
    caller, region = scope.groups() if scope else ("", "")
    session = form.get("RoleSessionName", "")
    if re.fullmatch(r"botocore-session-\d+", session):
        session = "default"
    shown = sorted((form | {"RoleSessionName": session}).items())
    arn = form.get("RoleArn", "")
    shortest = {"RoleArn": 20, "ExternalId": 2, "RoleSessionName": 2, "SerialNumber": 9}
    short = any(len(form.get(name, "x" * 20)) < least for name, least in shortest.items())
    if short or int(form.get("DurationSeconds", 900)) < 900 or arn.endswith("Denied"):
        return 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    action = form["Action"]
    new = key("sts", prefix, region, caller, headers.get("X-Amz-Security-Token", ""), json.dumps(shown))
    return 200, (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
        f"<AccessKeyId>{new['id']}</AccessKeyId><SecretAccessKey>{new['secret']}</SecretAccessKey>"
        f"<SessionToken>{new['token']}</SessionToken><Expiration>{FAR}</Expiration></Credentials><AssumedRoleUser>"
        f"<AssumedRoleId>AROA:{session}</AssumedRoleId><Arn>arn:aws:sts::{arn.split(':')[4]}:assumed-role/"
        f"{arn.split('/')[-1]}/{session}</Arn></AssumedRoleUser></{action}Result>"
        f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    )


def answer_portal(prefix, token, query):
    """Answers GetRoleCredentials with (status, object)."""
    if token.startswith("refused"):
        return 401, {"message": "Session token not found or invalid"}
    if query["role_name"] == "Denied":
        return 403, {"message": "No access"}
    new = key("sso", prefix, token, query["account_id"], query["role_name"])
    names = {"accessKeyId": new["id"], "secretAccessKey": new["secret"], "sessionToken": new["token"]}
    return 200, {"roleCredentials": names | {"expiration": 4070908800000}}


def answer_token(prefix, body):
    """Answers CreateToken with (status, object)."""
    if body["refreshToken"].startswith("refused"):
        return 400, {"error": "invalid_grant"}
    text = digest("oidc", prefix, body["grantType"], body["clientId"], body["clientSecret"], body["refreshToken"])
    return 200, {"accessToken": "AT" + text, "refreshToken": "RT" + text, "expiresIn": 7200, "tokenType": "Bearer"}


def answer(request, **_):
    """Answers a request that botocore is about to send."""
    url = urlsplit(request.url)
    if f"{url.scheme}://{url.netloc}" != AWS and KNOWS_ENDPOINTS:
        raise RuntimeError(f"no stand-in for {url.netloc}")
    headers = {name.title(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    body = request.body or b""
    body = body.decode() if isinstance(body, bytes) else body
    kind = {}
    if url.path.endswith("/federation/credentials"):
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        prefix = url.path.removesuffix("/federation/credentials")
        status, reply = answer_portal(prefix, headers["X-Amz-Sso_Bearer_Token"], query)
        kind = {"x-amzn-ErrorType": "UnauthorizedException" if status == 401 else "ForbiddenException"}
    elif url.path.endswith("/token"):
        status, reply = answer_token(url.path.removesuffix("/token"), json.loads(body))
        kind = {"x-amzn-ErrorType": "InvalidGrantException"}
    else:
        status, reply = answer_sts(url.path.rstrip("/"), headers, dict(parse_qsl(body, keep_blank_values=True)))
    text = reply if isinstance(reply, str) else json.dumps(reply)
    raw = io.BytesIO(text.encode())
    raw.stream = lambda *_, **__: iter([raw.read()])
    return AWSResponse(request.url, status, utils.CaseInsensitiveDict(kind) if hasattr(utils, "CaseInsensitiveDict") else kind, raw)


# The generator.

NAMES = ["a", "b", "c", "dev", "default", "x y", "é", "p.q-r@s"]
REGIONS = ["eu-west-1", "us-east-1", "ap-south-1"]
KINDS = ["keys", "keys", "keys", "role", "role", "role", "role", "web-identity", "sso", "sso", "sso", "process", "login", "other"]


class Setup:
    """One home directory, as it is made up."""

    def __init__(self, rng):
        self.rng = rng
        self.names = rng.sample(NAMES, rng.randint(2, 4))
        self.kind = {}
        self.sections = {"config": {}, "credentials": {}}
        self.files = {}
        self.env = {}
        self.uses_mfa = False

    def chance(self, share):
        return self.rng.random() < share

    def put(self, name, keys, files=None):
        """Puts keys of a profile into one of the files."""
        chosen = files or (["credentials"] if self.chance(0.15) else ["config"])
        for key_name, value in keys.items():
            self.sections[self.rng.choice(chosen)].setdefault(name, {})[key_name] = value

    def cache(self, folder, name, content):
        self.files[f".aws/{folder}/{name}.json"] = json.dumps(content)

    def time(self):
        """Returns an expiration, and whether all agree that it is far enough."""
        if self.chance(0.15):
            return self.rng.choice(FORMS)
        return self.rng.choice([FAR, FAR, FAR, PAST, "{+600}", "{+1200}", "2099-01-01T00:00:00UTC", "2099-01-01T02:00:00+02:00"])

    def role_entry(self, text, sso=False):
        """Maybe caches a role's credentials under the digest of `text`."""
        if not self.chance(0.35):
            return
        new = key("cached", text)
        keys = {"AccessKeyId": new["id"], "SecretAccessKey": new["secret"], "SessionToken": new["token"]}
        content = {"Credentials": keys | {"Expiration": self.time()}}
        if sso:
            content = {"ProviderType": "sso"} | content
        self.cache("cli/cache", hashlib.sha1(text.encode()).hexdigest(), content)

    def keys(self, name, number):
        keys = {"aws_access_key_id": f"AKIA{number}", "aws_secret_access_key": f"secret/{number}+="}
        if self.chance(0.02):
            keys["aws_secret_access_key"] += "é"
        if self.chance(0.3):
            keys["aws_session_token"] = self.rng.choice([f"token{number}", f"token{number}==", ""])
        if self.chance(0.1):
            keys["aws_security_token"] = self.rng.choice([f"old{number}", ""])
        if self.chance(0.07):
            keys.pop(self.rng.choice(list(keys)))
        if self.chance(0.04):
            keys[self.rng.choice(list(keys))] = ""
        self.put(name, keys, self.rng.choice([["credentials"]] * 8 + [["config"]] * 6 + [["config", "credentials"]]))
        if self.chance(0.15):
            self.put(name, {key_name: value + "2" for key_name, value in keys.items()}, ["config"])

    def role(self, name, number):
        arn = self.rng.choice(["arn:aws:iam::123456789012:role/Role", "arn:aws:iam::123456789012:role/path/Role"]) + str(number)
        if self.chance(0.04):
            arn = self.rng.choice(["", "arn:aws:iam::123456789012:role/Denied"])
        keys, identity = {"role_arn": arn}, {"RoleArn": arn}
        if self.chance(0.25):
            keys["external_id"] = identity["ExternalId"] = self.rng.choice(["ext/1", "éxt", "a+b=c"] * 3 + [""])
        if self.chance(0.25):
            keys["role_session_name"] = self.rng.choice(["alice", "me@x", ""])
            if keys["role_session_name"]:
                identity["RoleSessionName"] = keys["role_session_name"]
        if self.chance(0.3):
            duration = self.rng.choice(["1800", "3600", "900"] * 3 + ["abc", "", "+1800", "1_800", "0900", "1800.0", "60", "-5"])
            keys["duration_seconds"] = duration
            with contextlib.suppress(ValueError):
                identity["DurationSeconds"] = int(duration)
        if self.chance(0.1):
            self.uses_mfa = True
            keys["mfa_serial"] = identity["SerialNumber"] = "arn:aws:iam::111122223333:mfa/alice"
        source = self.rng.choice(["source"] * 24 + ["credential"] * 6 + ["self", "self", "gone", "both", "neither"])
        if source in ("source", "both"):
            others = [other for other in self.names if other != name]
            # Mostly one that was made before, so that chains end somewhere.
            before = [other for other in others if other in self.kind] or others
            keys["source_profile"] = self.rng.choice(before if self.chance(0.85) else others)
        if source in ("self", "gone"):
            keys["source_profile"] = name if source == "self" else "gone"
        if source in ("credential", "both"):
            keys["credential_source"] = self.rng.choice(["Environment"] * 8 + ["environment", "Ec2InstanceMetadata"])
            if self.chance(0.9):
                self.env |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "envsecret"}
                if self.chance(0.4):
                    self.env[self.rng.choice(["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"])] = "envtoken"
        if self.chance(0.06):
            keys["sso_session"] = self.rng.choice(["gone", "my-sso"])
        self.put(name, keys, [self.rng.choice(["config"] * 7 + ["credentials"])])
        self.role_entry(json.dumps(identity, sort_keys=True))
        if self.chance(0.1) or source == "self" and self.chance(0.7):
            self.keys(name, number)

    def web_identity(self, name, number):
        arn = f"arn:aws:iam::123456789012:role/Web{number}"
        path = f"web-token-{number}"
        if self.chance(0.9):
            self.files[path] = self.rng.choice(["web.token.x", "web.token.x\n", " two lines\nx\n"])
        keys = {"role_arn": arn, "web_identity_token_file": self.rng.choice(["{home}/" + path] * 5 + [path, "~/" + path, ""])}
        identity = {"RoleArn": arn}
        if self.chance(0.4):
            keys["role_session_name"] = identity["RoleSessionName"] = "bob"
        if self.chance(0.1):
            keys.pop("role_arn")
        if self.chance(0.3):
            keys |= self.rng.choice([{"duration_seconds": "1800"}, {"source_profile": self.names[0]}, {"external_id": "x"}])
        self.put(name, keys)
        self.role_entry(json.dumps(identity, sort_keys=True))

    def sso(self, name, number):
        url = f"https://d-{number}.awsapps.com/start" + self.rng.choice(["", "", "/", "#"])
        role, account = self.rng.choice(["Admin"] * 9 + ["Denied"]), self.rng.choice(["111122223333", "000011112222"])
        keys = {"sso_account_id": account, "sso_role_name": role}
        if self.chance(0.08):
            keys.pop(self.rng.choice(list(keys)))
        urls = {"sso_start_url": url, "sso_region": self.rng.choice(REGIONS)}
        if self.chance(0.06):
            urls.pop(self.rng.choice(list(urls)))
        identity, legacy = {"roleName": role, "accountId": account}, False
        if self.chance(0.65):
            session = self.rng.choice(["my-sso", "café", "two words", f"s{number}"])
            keys["sso_session"] = session if not self.chance(0.05) else "gone"
            section = dict(urls)
            if self.chance(0.06):
                # In the profile alone it does not count.
                moved = self.rng.choice(list(section))
                keys[moved] = section.pop(moved)
            if self.chance(0.4):
                section["sso_registration_scopes"] = self.rng.choice(["sso:account:access", "", "a, b"])
            if self.chance(0.15):
                # Repeated in the profile: equal is fine, different is not.
                keys["sso_start_url"] = urls.get("sso_start_url", url) + ("x" if self.chance(0.4) else "")
            header = self.quoted("sso-session", session)
            # A session of that name may be there already, for another profile.
            urls = self.sections["config"].setdefault(header, section)
            start, identity["sessionName"] = session, session
        else:
            keys |= urls
            start = identity["startUrl"] = url
            legacy = True
        self.put(name, keys)
        self.role_entry(json.dumps(identity, sort_keys=True, separators=(",", ":")), sso=True)
        if self.chance(0.85):
            # Of another place it is a token that awsenv does not send.
            region = urls.get("sso_region", "eu-west-1") if not self.chance(0.03) else "eu-west-9"
            token = {"startUrl": urls.get("sso_start_url", url), "region": region, "accessToken": f"AT{number}", "expiresAt": self.time()}
            if self.chance(0.5):
                token |= {"clientId": "client", "clientSecret": "client secret", "registrationExpiresAt": self.rng.choice([FAR, FAR, PAST])}
                token["refreshToken"] = self.rng.choice([f"RT{number}"] * 4 + ["refused"])
            if legacy and not KNOWS_ACCOUNTS:
                token["expiresAt"] = FAR
            if self.chance(0.06):
                token["accessToken"] = None
            if self.chance(0.04):
                token.pop(self.rng.choice(["accessToken", "expiresAt", "startUrl", "region"]))
            self.cache("sso/cache", hashlib.sha1(start.encode()).hexdigest(), token)

    def process(self, name, number):
        reply = {"Version": 1, "AccessKeyId": f"AKIAP{number}", "SecretAccessKey": "process secret"}
        if self.chance(0.6):
            reply["SessionToken"] = self.rng.choice(["process token", "", None])
        if self.chance(0.6):
            times = [FAR, FAR, "2099-01-01T02:00:00+02:00", "2099-01-01T00:00:00.123Z", "{+600}", PAST, "", "2099-01-01T00:00:00", None]
            reply["Expiration"] = self.rng.choice(times + self.rng.sample(FORMS, 4) + self.rng.sample(WRONG_FORMS, 2))
        if self.chance(0.2):
            reply |= self.rng.choice([{"AccountId": "111122223333"}, {"Version": 1.0}, {"Version": "1"}, {"Version": 2}, {"More": []}])
        if self.chance(0.1):
            reply.pop(self.rng.choice(list(reply)))
        text = json.dumps(reply) if not self.chance(0.05) else self.rng.choice(["", "[]", "no json", '{"Version": 1'])
        self.files[f"process {number}"] = text
        forms = [
            "cat '{home}/process N'", 'cat "{home}/process N"', "cat {home}/process\\ N", "  cat   '{home}/process N'", "/bin/cat 'process N'",
            "sh -c 'cat \"$HOME/process N\"'", "sh -c 'cat \"$0\"; echo note >&2' 'process N'",
        ]
        wrong = [
            "cat '{home}/process N", "cat 'process N' | cat", "cat ~/process\\ N", "false", "no-such-program", "sh -c 'cat \"process N\"; exit 3'",
            "cat 'process N' # note", "", "cat $HOME/process\\ N", "sh -c 'echo why >&2; exit 1'",
        ]
        command = self.rng.choice(forms if self.chance(0.75) else wrong).replace("process N", f"process {number}")
        self.put(name, {"credential_process": command.replace("process\\ N", f"process\\ {number}")})

    def login(self, name, number):
        session = f"arn:aws:iam::111122223333:user/Alice{number}"
        self.put(name, {"login_session": session})
        keys = {"accessKeyId": f"ASIAL{number}", "secretAccessKey": "login secret", "sessionToken": "login token", "accountId": "111122223333"}
        token = {
            "accessToken": keys | {"expiresAt": FAR}, "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device",
            "refreshToken": "RT", "idToken": "id", "dpopKey": DPOP_KEY,
        }
        if self.chance(0.15):
            token.pop(self.rng.choice(["accessToken", "clientId", "refreshToken", "dpopKey", "idToken", "tokenType"]))
        if self.chance(0.85):
            self.cache("login/cache", hashlib.sha256(session.encode()).hexdigest(), token)

    def other(self, name, _):
        self.put(name, self.rng.choice([{"output": "json"}, {"sso_session": "my-sso"}, {"source_profile": self.names[0]}, {"s3": "\n  max = 1"}]))

    def quoted(self, prefix, name):
        """Returns a header in one of the ways to write it."""
        if re.fullmatch(r"[^\s'\"\\]+", name) and not self.chance(0.25):
            return f"{prefix} {name}"
        escaped = name.replace(" ", "\\ ")
        return self.rng.choice([f"{prefix} '{name}'", f'{prefix} "{name}"', f"{prefix} {escaped}", f"{prefix}  '{name}' "])

    def header(self, file, name):
        if name.startswith("sso-session ") or file == "credentials" or name in ("DEFAULT", "services local"):
            return name
        if name == "default":
            return self.rng.choice(["default", "default", "profile default"])
        return self.quoted("profile", name)

    def render(self, file):
        """Writes one file."""
        lines = ["# made up"] if self.chance(0.3) else []
        sections = list(self.sections[file].items())
        self.rng.shuffle(sections)
        for name, keys in sections:
            lines.append(f"[{self.header(file, name)}]" + self.rng.choice(["", "", "", " # note"]))
            indent = self.rng.choice(["", "", "", "", "  "])
            for key_name, value in keys.items():
                if self.chance(0.08):
                    key_name = key_name.upper()
                lines.append(indent + key_name + self.rng.choice([" = ", "=", " =", ": ", "\t=\t"]) + value)
                if self.chance(0.006):
                    lines.append(indent + self.rng.choice(["  output = json", "\tcontinued"]))
                if self.chance(0.06):
                    lines.append(self.rng.choice(["[[", "junk"] if self.chance(0.03) else ["", "# note", "  ; note"]))
            if self.chance(0.012):
                lines.append(self.rng.choice([indent + "region = eu-west-9", f"[{self.header(file, name)}]", f"[profile {name}]"]))
        end = self.rng.choice(["\n"] * 8 + ["\r\n", "\r"])
        text = "".join(line + end for line in lines)
        return ("\ufeff" if self.chance(0.01) else "") + text

    def make(self):
        """Returns the case, without what is expected."""
        rng = self.rng
        for number, name in enumerate(self.names):
            # The first is mostly one that others can rest on.
            choices = [kind for kind in KINDS if number or kind not in ("role", "other") or self.chance(0.1)]
            kind = rng.choice([kind for kind in choices if kind != "login" or KNOWS_LOGIN])
            getattr(self, kind.replace("-", "_"))(name, number)
            self.kind[name] = kind
            if self.chance(0.1):
                # What one profile has of two kinds shows which goes first.
                second = rng.choice(["keys", "process", "sso"] + (["login"] if KNOWS_LOGIN else []))
                getattr(self, second)(name, number + 10)
                self.kind[name] += "+" + second
            if self.chance(0.8):
                self.put(name, {"region": rng.choice(REGIONS + ["", "not a region", "us-west-2-fips", "fips-us-west-2"] if self.chance(0.15) else REGIONS)})
            self.sections["config"].setdefault(name, {})
        profile = rng.choice(self.names + self.names[-1:] * 3 + (["gone"] if self.chance(0.1) else []))
        if self.chance(0.08):
            self.sections["config"]["DEFAULT"] = rng.choice([{"region": "us-west-2"}, {"output": "text"}, {"aws_session_token": "all"}, {"external_id": "all"}])
        self.environment()
        self.endpoints(profile)
        self.locations()
        kinds = self.reachable(profile)
        case = {"profile": profile, "files": self.files, "env": self.env, "kinds": kinds}
        return case if KNOWS_ACCOUNTS else case | {"lacks": ["AccountId"]}

    def environment(self):
        """Sets what may be set in a shell. Only the region, and keys where they are asked for, have a say."""
        rng = self.rng
        for name, values in {
            "AWS_REGION": ["sa-east-1", ""], "AWS_DEFAULT_REGION": ["ca-central-1", ""], "AWS_PROFILE": ["a", "gone", ""],
            "AWS_DEFAULT_PROFILE": ["b"], "AWS_ROLE_ARN": ["arn:aws:iam::999999999999:role/Env"], "AWS_ROLE_SESSION_NAME": ["env"],
        }.items():
            if self.chance(0.15):
                self.env[name] = rng.choice(values)
        if self.chance(0.15):
            self.env |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "envsecret"}
        for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]:
            # Every endpoint here is one of its own, which has neither.
            if self.chance(0.08):
                self.env[name] = "true"
        if self.chance(0.05):
            self.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = "{home}/web-token-0"

    def endpoints(self, profile):
        """Says where the stand-in is: somehow, so that nothing ever goes elsewhere."""
        if not KNOWS_ENDPOINTS:
            # awsenv needs to know it. The AWS CLI's requests are answered wherever they would go.
            self.env["AWS_ENDPOINT_URL"] = "{aws}"
            # At an endpoint of its own, awsenv needs a region.
            self.env["AWS_REGION"] = self.env.get("AWS_REGION") or "sa-east-1"
            return
        way = self.rng.choice(["general", "services", "profile", "own"])
        if way == "general" or profile not in self.names:
            self.env["AWS_ENDPOINT_URL"] = "{aws}"
        elif way == "own":
            self.env |= {"AWS_ENDPOINT_URL": "{aws}/general", "AWS_ENDPOINT_URL_STS": "{aws}/sts", "AWS_ENDPOINT_URL_SSO": "{aws}/sso"}
        elif way == "profile":
            self.put(profile, {"endpoint_url": "{aws}/profile"}, ["config"])
        else:
            self.put(profile, {"services": "local", "endpoint_url": "{aws}/profile"}, ["config"])
            nested = self.rng.sample(["sts", "sso", "sso_oidc"], 2)
            self.sections["config"]["services local"] = {name: "\n    endpoint_url = {aws}/services-" + name for name in nested}
        for other in self.names:
            # That of a source profile does not count.
            if other != profile and self.chance(0.3):
                self.put(other, {"endpoint_url": "{aws}/other"}, ["config"])

    def locations(self):
        """Writes the two files, mostly where they are looked for."""
        for file, variable in {"config": "AWS_CONFIG_FILE", "credentials": "AWS_SHARED_CREDENTIALS_FILE"}.items():
            text = self.render(file)
            if self.chance(0.85):
                self.files[f".aws/{file}"] = text
                continue
            self.files[f"else where/{file}"] = text
            self.env["DIR"] = "{home}/else where"
            self.env[variable] = self.rng.choice(
                [f"{{home}}/else where/{file}", f"else where/{file}", f"~/else where/{file}", f"$DIR/{file}", f"${{DIR}}/{file}"]
                if self.chance(0.9)
                else ["", "{home}", "gone/file", f"$UNSET/{file}"]
            )
            # A place that is not this one must not be looked at.
            if self.chance(0.5):
                self.files[f".aws/{file}"] = "[default]\naws_access_key_id = WRONG\naws_secret_access_key = wrong\n"

    def reachable(self, profile):
        """Returns the kinds of a profile and of those that it rests on."""
        found, seen, todo = set(), set(), [profile]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            found |= set(self.kind.get(name, "missing").split("+"))
            for sections in self.sections.values():
                keys = sections.get(name, {})
                todo += [keys["source_profile"]] if "source_profile" in keys else []
                found |= {"credential-source"} if "credential_source" in keys else set()
                found |= {"mfa"} if "mfa_serial" in keys else set()
        return sorted(found)


DPOP_KEY = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIBYA8KBOPMYvqVlqfPHLEAkFZmCdW8bPdnsVt1Vp5OzZoAoGCCqGSM49
AwEHoUQDQgAEVDtwRmzDpNfX6BXj0MqBVMFm1pvrwpH9MBPtvNYgPtHtDRDBmVcC
pWe3LF2OzQVfYMlhWeyxaqVZhxTCMHhHYQ==
-----END EC PRIVATE KEY-----
"""


# The answer.


def filled(text):
    """Puts this run's paths, URL and times into a text."""
    now = datetime.now(timezone.utc)
    text = text.replace("{home}", HOME).replace("{aws}", AWS)
    return re.sub(r"\{\+(\d+)\}", lambda found: f"{now + timedelta(seconds=int(found[1])):%Y-%m-%dT%H:%M:%SZ}", text)


def instant(text):
    """Returns a time in one form; one that depends on when the case ran as `soon`."""
    if not text:
        return None
    moment = providers._parse_if_needed(text).astimezone(timezone.utc)
    return "soon" if 2021 < moment.year < 2090 else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def caches():
    """Returns what is in the caches; of the reply's metadata, only that there is some."""
    found = {}
    for folder in ["sso/cache", "cli/cache"]:
        path = os.path.join(HOME, ".aws", folder)
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
            if not name.endswith(".json"):
                continue
            with open(os.path.join(path, name), encoding="utf-8") as file:
                content = json.load(file)
            for entry in [content, content.get("Credentials", {})]:
                for field in ["Expiration", "expiresAt", "registrationExpiresAt"]:
                    if field in entry:
                        entry[field] = instant(entry[field])
            if "ResponseMetadata" in content:
                content["ResponseMetadata"] = sorted(content["ResponseMetadata"])
            found[f"{folder}/{name}"] = content
    return found


def by_cli(profile):
    """Lets the AWS CLI answer."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    names, region, code = None, None, 255
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            driver = clidriver.create_clidriver()
            driver.session.register("before-send", answer)
            names = list(driver.session.available_profiles)
            driver.session.set_config_variable("profile", profile)
            region = attempt(lambda: driver.session.get_config_variable("region"))
            code = driver.main(["configure", "export-credentials", "--profile", profile])
        except (Exception, SystemExit) as error:
            print(error, file=sys.stderr)
        out.flush(), err.flush()
    out, err = (stream.buffer.getvalue().decode() for stream in (out, err))
    if code != 0 or not out:
        return names, region, {"error": err.strip()}
    keys = json.loads(out)
    return names, region, {
        "id": keys["AccessKeyId"], "secret": keys["SecretAccessKey"], "token": keys.get("SessionToken"), "expiration": keys.get("Expiration"),
    }


def by_botocore(profile):
    """Lets botocore answer, with the AWS CLI's variables and caches."""
    variables = {"region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None)}
    names = attempt(lambda: list(botocore.session.Session().available_profiles))
    session = botocore.session.Session(variables, profile=profile)
    session.register("before-send", answer)
    region = attempt(lambda: session.get_config_variable("region"))
    try:
        # Once it has failed, botocore would go on with one of the two files.
        botocore.session.Session().full_config
        resolver = session.get_component("credential_provider")
        cache = utils.JSONFileCache(os.path.join(HOME, ".aws/cli/cache"))
        for method in ["assume-role", "assume-role-with-web-identity", "sso"]:
            resolver.get_provider(method).cache = cache
        found = session.get_credentials()
        if found is None:
            return names, region, {"error": "no credentials found"}
        frozen = found.get_frozen_credentials()
        expiration = getattr(found, "_expiry_time", None)
    except (Exception, SystemExit) as error:
        return names, region, {"error": f"{type(error).__name__}: {error}"}
    keys = {"id": frozen.access_key, "secret": frozen.secret_key, "token": frozen.token}
    return names, region, keys | {"expiration": expiration and expiration.isoformat()}


def attempt(function):
    """Returns what the function returns, None where it fails."""
    try:
        return function()
    except Exception:
        return None


def own_region(profile):
    """Returns the profile's own region."""
    session = botocore.session.Session(profile=profile)
    return attempt(lambda: session.get_scoped_config().get("region"))


def expected(case):
    """Returns what the AWS CLI makes of the case."""
    for name in os.listdir(HOME):
        path = os.path.join(HOME, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    for path, text in case["files"].items():
        path = os.path.join(HOME, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(filled(text))
    os.chdir(HOME)
    # The AWS CLI finds its own data by a variable that it sets when it is loaded.
    for name in [name for name in os.environ if name.startswith(("AWS_", "_AWS_", "DIR")) and name != "AWS_DATA_PATH"]:
        del os.environ[name]
    os.environ |= {"AWS_EC2_METADATA_DISABLED": "true"} | {name: filled(value) for name, value in case["env"].items()}
    # The first of the intended differences: a profile's own region goes before the environment's.
    if own_region(case["profile"]):
        os.environ.pop("AWS_REGION", None)
        os.environ.pop("AWS_DEFAULT_REGION", None)
    names, region, keys = (by_cli if clidriver else by_botocore)(case["profile"])
    if "error" in keys:
        keys["error"] = keys["error"].replace(HOME, "{home}")[:200]
    else:
        keys["expiration"] = attempt(lambda: instant(keys["expiration"]))
    return {"profiles": names, "region": region, "credentials": keys, "caches": attempt(caches)}


def main():
    """Prints the cases."""
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    try:
        for _ in range(count):
            case = Setup(rng).make() | ({"old": True} if OLD else {})
            print(json.dumps(case | {"expected": expected(copy.deepcopy(case))}, ensure_ascii=False))
    finally:
        os.chdir("/")
        shutil.rmtree(HOME)


main()
