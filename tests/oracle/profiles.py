#!/usr/bin/env python3
"""Asks the AWS CLI's own reader what it sees in generated pairs of config and credentials files.

    profiles.py SEED COUNT    prints COUNT cases, one JSON object per line

A case is {"config", "credentials", "expected"}. A file is its text, {"hex": ...} if it is not UTF-8, or null if
it does not exist. "expected" is null if the AWS CLI refuses the pair, else an object: "profiles" (an array of
[name, keys]: order counts), "sso_sessions", "services", and each file's own sections, "config" and "credentials".

The reader is the one inside the AWS CLI v2 if this Python can import it, else botocore's, which is the same. To
write profiles.jsonl anew, run it with the Python of an AWS CLI v2: `profiles.py 1 160 > profiles.jsonl`.
"""

import json
import os
import random
import sys
import tempfile

try:
    import awscli  # noqa: F401  The AWS CLI v2 puts its own botocore in the place of the other.
except ImportError:
    pass
from botocore import configloader, exceptions, session

NAMES = ["a", "b", "dev", "default", "x y", "é", "DEFAULT", "my-sso"]
CONFIG_HEADERS = [
    "default", "DEFAULT", "profile default", "profile {}", "profile {}", "profile {}", "profile {}", "profile '{}'",
    'profile "{}"', "profile  {} ", "profile\t{}", " profile {}", "Profile {}", "{}", "profilex {}", "profile", "profile #{}",
    "profile {}#", 'profile un"mid"{}', "profile esc\\ {}", "profile unbalanced' {}", 'profile "\\{}"', "profile ''",
    "profile {} # [x", "profile a\u00a0{}", "sso-session {}", "sso-session {}", "sso-session '{}'", "services {}", "services {}",
    "services-x {}", "preview", "plugins", "profile {}\\", "profile \\'{}",
]
CREDENTIAL_HEADERS = ["default", "DEFAULT", "{}", "{}", "{}", "{}", "profile {}", " {} ", "'{}'", "sso-session {}", "{}]"]
KEYS = [
    "region", "region", "Region", "output", "role_arn", "source_profile", "sso_session", "sso_start_url", "sso_region",
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "credential_process", "s3", "sts", "services",
    "endpoint_url", "rem region", "key-1", "KEY 2", "ÉTÉ Σ", "[x", "İ", "a\u00a0b", '"quoted"', "a\tb", "K\u212a",
]
VALUES = [
    "us-east-1", "eu-west-1 # home", "json ; x", "arn:aws:iam::111122223333:role/x", "", "", '"quoted"', "'single'", "a=b",
    "a:b", "%(x)s ${Y} ~", "AKIAEXAMPLE", "x\\", "[profile z]", "a # b", "é😀", "tab\tinside", "x\u00a0", "\u2028x", "x\u0085y",
    "x\x0by", "x\x1cy", "#x", ";x", "nul\0nul", "true", "x]",
]
NESTED = [
    "endpoint_url = http://127.0.0.1:1", "Max = 10", "max=11", "Max = 12", "a:b = c", "a = b = c", " = x", "k =", "# note", "; note",
    "x = y\x0bz = w", "x = y\u2028z = w", "[y] = 1", "",
]
BLANKS = ["", "", "  ", "\t", "\u00a0", "\x0c"]
JUNK = ["junk", "= x", ": x", "[profile a", "[]", "[", "]", "[]]", "[]=x", "[a = b", "[]x", "\u200b", "\ufeff"]
INDENTS = [" ", "  ", "    ", "\t", "\t\t", "\u00a0", " \x1c"]


def body(rng, lines, used, oddity):
    """Adds the lines of one section."""
    base = rng.choice(INDENTS) if rng.random() < 0.15 else ""
    for _ in range(rng.choice([0, 1, 2, 2, 3, 4])):
        key = rng.choice(KEYS)
        if key.lower() in used and rng.random() > oddity / 8:
            continue
        used.add(key.lower())
        blank = rng.choice(["", " ", "  ", "\t"])
        delimiter = blank + rng.choice(["=", "=", "=", ":"]) + rng.choice(["", " ", " ", "\t"])
        indent = base if rng.random() > 0.1 * oddity else rng.choice(INDENTS)
        roll = rng.random()
        if roll < 0.15:
            lines.append(indent + key + delimiter)
            for _ in range(rng.randint(1, 4)):
                text = rng.choice(NESTED) if rng.random() > 0.05 * oddity else rng.choice(JUNK)
                lines.append(base + rng.choice(INDENTS) + text)
        else:
            value = rng.choice(VALUES)
            lines.append(indent + key + delimiter + value + rng.choice(["", "", " ", "\t"]))
            if roll < 0.25 and (value or rng.random() < 0.1 * oddity):
                lines.append(base + rng.choice(INDENTS) + rng.choice(VALUES + NESTED))
        if rng.random() < 0.15:
            lines.append(rng.choice(["", "  "]) + rng.choice(["# note", "; note = x", "#[profile a]"]))
        if rng.random() < 0.1:
            lines.append(rng.choice(BLANKS))
        if rng.random() < 0.02 * oddity:
            lines.append(rng.choice(["", " "]) + rng.choice(JUNK))


def file(rng, headers):
    """Makes the bytes of one file."""
    oddity = rng.choice([0, 0, 0, 1, 2])
    lines, seen, defaults = [], set(), set()
    if rng.random() < 0.3:
        lines.append(rng.choice(["# top", "", "  ; top"]))
    if rng.random() < 0.03 * oddity:
        lines.append("region = x")
    for _ in range(rng.choice([0, 1, 2, 3, 4, 6])):
        header = rng.choice(headers).format(rng.choice(NAMES))
        if header in seen and header != "DEFAULT" and rng.random() > oddity / 8:
            continue
        seen.add(header)
        after = rng.choice(["", "", "", "", " ", " # note", " junk", " # [x]"])
        lines.append((rng.choice(INDENTS) if rng.random() < 0.1 else "") + f"[{header}]" + after)
        body(rng, lines, defaults if header == "DEFAULT" else set(), oddity)
        if rng.random() < 0.4:
            lines.append(rng.choice(BLANKS))
    end = rng.choice(["\n", "\n", "\n", "\r\n", "\r", None])
    text = "".join(line + (end or rng.choice(["\n", "\r\n", "\r"])) for line in lines)
    if rng.random() < 0.2:
        text = text.rstrip("\r\n")
    if rng.random() < 0.02:
        text = "\ufeff" + text
    content = text.encode()
    if content and rng.random() < 0.02:
        at = rng.randrange(len(content))
        content = content[:at] + rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80"]) + content[at:]
    return content


def answer(folder, config, credentials):
    """Returns what the AWS CLI sees in the two files, None if it refuses them."""
    paths = {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials}
    for variable, content in paths.items():
        path = os.path.join(folder, variable)
        os.environ[variable] = path
        if os.path.exists(path):
            os.remove(path)
        if content is not None:
            with open(path, "wb") as out:
                out.write(content)
    try:
        full = session.Session().full_config
        own = {"profiles": {}}
        if config is not None:
            own = configloader.load_config(os.environ["AWS_CONFIG_FILE"])
        raw = {}
        if credentials is not None:
            raw = configloader.raw_config_parse(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    except exceptions.ConfigParseError:
        return None
    return {
        "profiles": list(full["profiles"].items()),
        "sso_sessions": full.get("sso_sessions", {}),
        "services": full.get("services", {}),
        "config": own["profiles"],
        "credentials": raw,
    }


def shown(content):
    """Returns a file's content as JSON can hold it."""
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"hex": content.hex()}


def main():
    """Prints the cases."""
    if "services" not in configloader.build_profile_map({}):
        sys.exit("this botocore is too old to know `services`")
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    for variable in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[variable]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            config = file(rng, CONFIG_HEADERS) if rng.random() > 0.03 else None
            credentials = file(rng, CREDENTIAL_HEADERS) if rng.random() > 0.2 else None
            case = {
                "config": shown(config),
                "credentials": shown(credentials),
                "expected": answer(folder, config, credentials),
            }
            print(json.dumps(case))


main()
