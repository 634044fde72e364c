#!/usr/bin/env python3
"""Asks botocore what the keys of a profile mean, for generated profiles.

    settings.py SEED COUNT    prints COUNT cases, one JSON object per line

A case is {"config", "credentials", "env", "expected"}; the profile is `p`. "expected" has "kind", the name of the
provider that takes the profile or null, "sso", what is asked of IAM Identity Center or null, "endpoints", the URL
of each service or null, and the switches. What botocore refuses is the text "error".

botocore must be one that knows `login_session` (1.43 does). No case reaches the network.
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
import botocore.session
from botocore import credentials as sources
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.tokens import SSOTokenProvider

KINDS = [
    "assume-role", "assume-role-with-web-identity", "sso", "shared-credentials-file", "login", "custom-process", "config-file",
]
KEYS = {
    "role_arn": ["arn:aws:iam::111122223333:role/x", ""],
    "source_profile": ["q", "p", "gone"],
    "credential_source": ["Environment", "environment"],
    "web_identity_token_file": ["/token", ""],
    "sso_session": ["s", "s", "s", "s2", "gone"],
    "sso_account_id": ["000111122223"],
    "sso_role_name": ["Dev"],
    "sso_start_url": ["https://x/start"] * 5 + ["https://x/start/"],
    "sso_region": ["eu-west-1"] * 5 + ["eu-west-2"],
    "aws_access_key_id": ["AKIAEXAMPLE", ""],
    "aws_secret_access_key": ["secret"],
    "login_session": ["arn:aws:iam::111122223333:user/x"],
    "credential_process": ["false"],
    "region": ["eu-west-3", "eu-west-4"],
    "services": ["local"] * 6 + ["void", "gone"],
    "endpoint_url": ["http://profile", ""],
    "ignore_configured_endpoint_urls": ["true", "TRUE", "1", ""],
    "use_fips_endpoint": ["true", "True", "yes", ""],
    "use_dualstack_endpoint": ["true", "false"],
    "ca_bundle": ["/key.pem"],
}
VARIABLES = {
    "AWS_ENDPOINT_URL": ["http://general", ""],
    "AWS_ENDPOINT_URL_STS": ["http://sts", ""],
    "AWS_ENDPOINT_URL_SSO_OIDC": ["http://oidc"],
    "AWS_ENDPOINT_URL_SSO": ["http://sso"],
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ["true", "false", ""],
    "AWS_USE_FIPS_ENDPOINT": ["true", "false", ""],
    "AWS_USE_DUALSTACK_ENDPOINT": ["TRUE", "false"],
    "AWS_CA_BUNDLE": ["/aws.pem"],
}
SERVICES = ["sts", "sso", "sso-oidc", "signin"]
REST = """[profile q]
aws_access_key_id = q
aws_secret_access_key = q
[services void]
"""


def lines(rng, mapping, names, delimiter):
    """Returns a line for each name, with one of its values."""
    return "".join(f"{name}{delimiter}{rng.choice(mapping[name])}\n" for name in names)


def sample(rng, mapping, most):
    """Returns some of the names."""
    return rng.sample(sorted(mapping), rng.randint(0, most))


def files(rng):
    """Makes the text of both files."""
    sso = [key for key in KEYS if key.startswith("sso_")]
    sources_of_keys = sorted(set(KEYS) - set(sso))
    names = set(rng.sample(sources_of_keys, rng.randint(0, 6)))
    if rng.random() < 0.4:
        names |= set(rng.sample(sso, rng.randint(2, len(sso))))
    if rng.random() < 0.3:
        names |= {"aws_access_key_id", "services"}
    names = sorted(names)
    split = rng.choice([0, 0, 1, len(names)])
    config = "[DEFAULT]\n" + lines(rng, KEYS, sample(rng, KEYS, 1), " = ") if rng.random() < 0.1 else ""
    config += "[profile p]\n" + lines(rng, KEYS, names[split:], " = ") + REST
    session = rng.sample(["sso_start_url", "sso_region", "sso_role_name", "region"], rng.randint(1, 3))
    for name in ["s", "s2"]:
        keys = session if name == "s" else ["sso_start_url", "sso_region"]
        config += f"[sso-session {name}]\n" + lines(rng, KEYS, sorted(keys), " = ")
    config += "[services local]\n"
    for service in sample(rng, {"sts": 0, "sso": 0, "sso_oidc": 0, "signin": 0}, 3):
        url = rng.choice([f"http://nested-{service}", f"http://nested-{service}", ""])
        config += f"{service} =\n  {rng.choice(['endpoint_url', 'endpoint_url', 'Endpoint_url'])} = {url}\n  other = x\n"
    own = set(names[:split])
    if rng.random() < 0.5:
        own |= set(sample(rng, {key: 0 for key in sources_of_keys}, 2))
    credentials = "[p]\n" + lines(rng, KEYS, sorted(own), " = ") if own or rng.random() < 0.3 else ""
    return config, credentials


def attempt(function):
    """Returns what the function returns, "error" if botocore refuses."""
    try:
        return function()
    except (BotoCoreError, AttributeError):
        return "error"


def kind(providers):
    """Returns the first provider of a profile that answers, with keys or with an error."""
    for provider in providers:
        if provider.METHOD in KINDS and attempt(provider.load) is not None:
            return provider.METHOD
    return None


def asked_of_sso(session, provider):
    """Returns what is asked of IAM Identity Center. Without a token, which reads the session alone, nothing is."""
    asked = provider._load_sso_config()
    if asked:
        SSOTokenProvider(session)._load_sso_config()
    return asked


def url(session, service):
    """Returns the endpoint that the user configured."""
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    scoped = session.get_scoped_config()
    return ConfiguredEndpointProvider(session.full_config, scoped, service, os.environ).provide()


def answer(folder, config, credentials, env):
    """Returns what botocore makes of the profile."""
    for variable in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[variable]
    for variable, content in {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials}.items():
        os.environ[variable] = os.path.join(folder, variable)
        with open(os.environ[variable], "w", encoding="utf-8") as out:
            out.write(content)
    os.environ |= {"AWS_PROFILE": "p", "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder} | env
    session = botocore.session.Session()
    providers = sources.create_credential_resolver(session).providers
    sso = next(provider for provider in providers if provider.METHOD == "sso")
    variable = session.get_config_variable
    return {
        "kind": kind(providers),
        "sso": attempt(lambda: asked_of_sso(session, sso)),
        "endpoints": {service: attempt(lambda: url(session, service)) for service in SERVICES},
        "fips": bool(variable("use_fips_endpoint")),
        "dual_stack": bool(variable("use_dualstack_endpoint")),
        "ca_bundle": variable("ca_bundle"),
    }


def main():
    """Prints the cases."""
    if not hasattr(sources, "LoginProvider"):
        sys.exit("this botocore is too old to know `login_session`")
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            config, credentials = files(rng)
            env = {name: rng.choice(VARIABLES[name]) for name in sample(rng, VARIABLES, 3)}
            case = {"config": config, "credentials": credentials, "env": env}
            print(json.dumps(case | {"expected": answer(folder, config, credentials, env)}))


main()
