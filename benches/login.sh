#!/usr/bin/env bash
# What a login in the browser costs besides its round trips: `awsenv login` against `aws sso login`, both against the
# emulator, with a stand-in browser that allows at once. Prints medians in milliseconds and their ratio.
#
#   login.sh [RUNS]            AWSENV=path/to/awsenv, by default the release build; AWS_CLI as in tests/oracle/login.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${1:-9}
# shellcheck source=tests/emulator/start.sh
. tests/emulator/start.sh --auto-approve
awsenv=${AWSENV:-$target/release/awsenv}
read -ra aws <<<"${AWS_CLI:-aws}"
[[ -x $awsenv ]] || cargo build --quiet --release

mkdir -p "$world/home/.aws"
printf '[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n' \
  >"$world/home/.aws/config"
# `curl` follows the emulator's redirection to the program that waits.
cat >"$world/browser" <<'BROWSER'
#!/bin/sh
exec curl -sLo /dev/null "$1"
BROWSER
chmod +x "$world/browser"
environment=(
  HOME="$world/home" PATH="$PATH" TERM=xterm LANG=C.UTF-8 AWSENV_FLOW=pkce AWS_EC2_METADATA_DISABLED=true
  AWS_ENDPOINT_URL_SSO="$url" AWS_ENDPOINT_URL_SSO_OIDC="$url" AWS_ENDPOINT_URL_STS="$url"
)
by_awsenv() { # as somebody sees it, on a terminal
  env -i "${environment[@]}" BROWSER="$world/browser" script -qec "'$awsenv' login --sso-session s" /dev/null </dev/null
}
nothing() { # the terminal and a browser that goes nowhere are not awsenv's
  env -i "${environment[@]}" script -qec "'$world/browser' '$url/device'" /dev/null </dev/null
}
by_aws() {
  env -i "${environment[@]}" BROWSER="$world/browser.aws %s &" "${aws[@]}" sso login --sso-session s
}
# The userland of the AWS CLI may be without `curl`.
{ echo '#!/usr/bin/env bash'; tail -n +2 tests/it/harness/browser.bash; } >"$world/browser.aws"
chmod +x "$world/browser.aws"

median() { # COMMAND: of `runs` runs after one to warm up
  local all=() begun
  for ((run = 0; run <= runs; run++)); do
    rm -rf "$world/home/.aws/sso"
    begun=${EPOCHREALTIME/[.,]/}
    "$@" >"$world/out" 2>&1 || { cat "$world/out" >&2; return 1; }
    ((run == 0)) || all+=($((${EPOCHREALTIME/[.,]/} - begun)))
  done
  printf '%s\n' "${all[@]}" | sort -n | sed -n "$((runs / 2 + 1))p"
}

ours=$(median by_awsenv)
floor=$(median nothing)
awk -v ours="$ours" -v floor="$floor" 'BEGIN {
  printf "awsenv login    %7.1f ms, of which terminal and browser %.1f ms\n", ours / 1000, floor / 1000 }'
if "${aws[@]}" --version 2>/dev/null | grep -q '^aws-cli/2'; then
  theirs=$(median by_aws)
  awk -v ours="$ours" -v theirs="$theirs" 'BEGIN {
    printf "aws sso login   %7.1f ms, %.1f times as long\n", theirs / 1000, theirs / ours }'
else
  echo "skipped: no AWS CLI v2; set AWS_CLI to the command that runs one" >&2
fi
