#!/usr/bin/env bash
# How much faster awsenv is than the AWS CLI v2 at what both do: the credentials of a profile, from the cache and from
# Identity Center (the emulator), and the list of profiles. All rows are measured in turns, so that whatever else the
# machine does hits them alike: trust the ratios of the medians, not the milliseconds.
#
#   aws_cli.sh [RUNS]      AWSENV=path/to/awsenv, by default the release build; AWS_CLI as in tests/oracle/login.sh
#
# Without an AWS CLI of 2.13 or later, which knows where the emulator is, that row is left out. What a wrapper in
# AWS_CLI costs (its last word is the program) is measured with `true` in the program's place, and taken off.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${1:-15}
# shellcheck source=tests/emulator/start.sh
. tests/emulator/start.sh --auto-approve
awsenv=${AWSENV:-$target/release/awsenv}
aws=${AWS_CLI:-aws}
[[ -x $awsenv ]] || cargo build --quiet --release
# An installation copies too: what a linker wrote piece by piece starts more slowly.
cp "$awsenv" "$world/awsenv"

for profiles in 10 1000 10000; do
  mkdir -p "$world/$profiles/.aws"
  awk -v profiles="$profiles" 'BEGIN {
    print "[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access"
    for (i = 1; i <= profiles; i++)
      printf "\n[profile p%05d]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = Developer\nregion = eu-west-1\n", i
  }' >"$world/$profiles/.aws/config"
done
# `curl` follows the emulator's redirection to the program that waits.
cat >"$world/browser" <<'BROWSER'
#!/bin/sh
exec curl -sLo /dev/null "$1"
BROWSER
chmod +x "$world/browser"
export TERM=xterm LANG=C.UTF-8 AWSENV_FLOW=pkce AWS_EC2_METADATA_DISABLED=true AWSENV_LOGIN=never
export AWS_ENDPOINT_URL_SSO="$url" AWS_ENDPOINT_URL_SSO_OIDC="$url" AWS_ENDPOINT_URL_STS="$url"
HOME="$world/10" BROWSER="$world/browser" script -qec "'$world/awsenv' login --sso-session s" /dev/null </dev/null >"$world/out" ||
  { cat "$world/out" >&2; exit 1; }

python3 - "$world" "$runs" "$aws" <<'PYTHON'
import os, re, shutil, statistics, subprocess, sys, time

world, runs, aws = sys.argv[1], int(sys.argv[2]), sys.argv[3].split()
awsenv, quiet = [f"{world}/awsenv"], [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
wrapper = aws[:-1] + ["true"] if len(aws) > 1 else None
version = subprocess.run(aws + ["--version"], capture_output=True, text=True).stdout
found = re.match(r"aws-cli/2\.(\d+)", version)
if not found:
    sys.exit("skipped: no AWS CLI v2; set AWS_CLI to the command that runs one")
print("with", version.split()[0])


def run(home, command):
    """Runs a command, and returns what it took in milliseconds."""
    variables = os.environ | {"HOME": f"{world}/{home}"}
    begun = time.perf_counter()
    status = os.waitpid(os.posix_spawnp(command[0], command, variables, file_actions=quiet), 0)[1]
    if status:
        sys.exit(f"failed: {command}")
    return 1000 * (time.perf_counter() - begun)


rows = {"true": (10, ["/bin/true"], False)}
if wrapper:
    rows["wrapper"] = (10, wrapper, False)
profile = ["--profile", "p00001"]
ours, theirs = awsenv + ["credential-process"] + profile, aws + ["configure", "export-credentials"] + profile
rows |= {"warm": (10, ours, False), "aws warm": (10, theirs, False)}
if int(found[1]) >= 13:
    rows |= {"cold": (10, ours, True), "aws cold": (10, theirs, True)}
rows |= {"list 1000": (1000, awsenv + ["profiles"], False), "list 10000": (10000, awsenv + ["profiles"], False)}
rows["aws list 10000"] = (10000, aws + ["configure", "list-profiles"], False)
times = {name: [] for name in rows}
for turn in range(runs + 1):
    for name, (home, command, cold) in rows.items():
        if cold:
            shutil.rmtree(f"{world}/{home}/.aws/cli", ignore_errors=True)
            shutil.rmtree(f"{world}/{home}/.cache", ignore_errors=True)
        took = [run(home, command) for _ in range(1 if command[0] == aws[0] else 5)]
        # The first turn warms up.
        times[name] += [] if turn == 0 else took[:1] if cold else took
fixed = statistics.median(times["wrapper"]) - statistics.median(times["true"]) if wrapper else 0
median = {name: statistics.median(took) - (fixed if "aws" in name else 0) for name, took in times.items()}
for name, took in times.items():
    off = fixed if "aws" in name else 0
    print(f"{name:16}median {median[name]:9.2f} ms   min {min(took) - off:9.2f} ms")
for name, goal in {"warm": 100, "cold": 15, "list 10000": 20}.items():
    if f"aws {name}" in median:
        print(f"{name}: {median['aws ' + name] / median[name]:.0f} times faster (the goal is {goal})")
print(f"10,000 profiles take {median['list 10000'] / median['list 1000']:.1f} times as long as 1,000")
PYTHON
