#!/usr/bin/env bash
# Proves with the real AWS CLI v2 that a login by one program is a login for the other, against the emulator.
#
#   login.sh                              with the `aws` on the PATH
#   AWS_CLI='some wrapper aws' login.sh   with another; it must see /tmp
#
# Needs version 2.22 or later (PKCE). Without one it says that it was skipped, and fails under CI=true. The
# gate does not run it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

read -ra aws <<<"${AWS_CLI:-aws}"
if ! version=$("${aws[@]}" --version 2>/dev/null) || [[ $version != aws-cli/2.* ]]; then
  echo "skipped: no AWS CLI v2; set AWS_CLI to the command that runs one" >&2
  [[ ${CI-} != true ]]
  exit
fi

cargo build --quiet --workspace --bins
target=${CARGO_TARGET_DIR:-$PWD/target}/debug
world=$(mktemp -d /tmp/awsenv-oracle-XXXXXX)
emulator=
finish() {
  [[ -z $emulator ]] || kill "$emulator"
  rm -rf "$world"
}
trap finish EXIT

mkfifo "$world/url"
"$target/awsenv-emulator" >"$world/url" &
emulator=$!
IFS= read -r line <"$world/url"
url=$(grep -o 'http://127.0.0.1:[0-9]*' <<<"$line" | head -n 1)
control() { # JSON: give the emulator an order
  curl -fsS -X POST -d "$1" "$url/_control" >"$world/report"
}
asked() { # OPERATION COUNT: fail unless it was asked for so often
  control '{}'
  local count
  count=$(jq -r ".counts.$1 // 0" "$world/report")
  [[ $count == "$2" ]] || fail "$1 was asked for $count times, not $2"
}
fail() {
  echo "failed: $1" >&2
  exit 1
}

mkdir -p "$world/home/.aws" "$world/bin"
cat >"$world/home/.aws/config" <<CONFIG
[profile dev]
sso_session = my-sso
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile legacy]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = ReadOnly
region = eu-west-1

[profile console]
login_session = arn:aws:iam::111122223333:user/Alice
region = eu-west-1

[sso-session my-sso]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access
CONFIG
cp tests/it/harness/browser.bash "$world/bin/browser"
chmod +x "$world/bin/browser"

environment=(
  HOME="$world/home" PATH="$PATH" TERM=xterm LANG=C.UTF-8 BROWSER="$world/bin/browser %s &" AWSENV_FLOW=pkce AWS_EC2_METADATA_DISABLED=true
  AWS_ENDPOINT_URL_SSO="$url" AWS_ENDPOINT_URL_SSO_OIDC="$url" AWS_ENDPOINT_URL_STS="$url" AWS_ENDPOINT_URL_SIGNIN="$url"
)
by_aws() { env -i "${environment[@]}" "${aws[@]}" "$@"; }
by_awsenv() { # on a terminal of its own
  env -i "${environment[@]}" script -qec "$(printf '%q ' "$target/awsenv" "$@")" /dev/null >"$world/screen" </dev/null ||
    fail "awsenv $*: $(cat "$world/screen")"
}
shape() { # FILE: its keys in their order
  jq -c keys_unsorted "$1"
}
forget() {
  rm -rf "$world/home/.aws/sso" "$world/home/.aws/cli"
  control '{"reset_log": true}'
}

control '{"person": "approves"}'
echo "with $version"

# awsenv logs in, in the browser and with a code; the AWS CLI asks nobody.
for profile in dev legacy; do
  forget
  by_awsenv login --profile "$profile"
  (cd "$world/home/.aws/sso/cache" && for file in *; do echo "$file $(shape "$file")"; done) >"$world/awsenv-$profile"
  control '{"reset_log": true}'
  by_aws sts get-caller-identity --profile "$profile" >"$world/identity" || fail "the AWS CLI does not take the login of $profile"
  grep -q 111122223333 "$world/identity" || fail "the wrong account: $(cat "$world/identity")"
  asked RegisterClient 0
  asked GetRoleCredentials 1
  # What the AWS CLI has fetched, awsenv uses.
  by_awsenv exec --profile "$profile" -- true
  asked GetRoleCredentials 1
done

# The AWS CLI renews what awsenv got, and awsenv what the AWS CLI got.
forget
by_awsenv login --profile dev
token=$(grep -l accessToken "$world"/home/.aws/sso/cache/*.json)
expire() {
  sed -i -E 's/"expiresAt": "[^"]*", "clientId"/"expiresAt": "2020-01-01T00:00:00Z", "clientId"/' "$token"
}
expire
by_aws sts get-caller-identity --profile dev >"$world/identity" || fail "the AWS CLI could not refresh awsenv's token"
asked CreateTokenRefreshToken 1
expire
rm -rf "$world/home/.aws/cli"
by_awsenv exec --profile dev -- true
asked CreateTokenRefreshToken 2

# The AWS CLI logs in; awsenv asks nobody, and writes the same files itself.
for profile in dev legacy; do
  forget
  by_aws sso login --profile "$profile" >"$world/screen" 2>&1 || fail "aws sso login: $(cat "$world/screen")"
  (cd "$world/home/.aws/sso/cache" && for file in *; do echo "$file $(shape "$file")"; done) >"$world/aws-$profile"
  control '{"reset_log": true}'
  by_awsenv login --profile "$profile"
  grep -q 'is alive' "$world/screen" || fail "awsenv does not take the login of the AWS CLI: $(cat "$world/screen")"
  by_awsenv exec --profile "$profile" -- true
  asked GetRoleCredentials 1
  asked RegisterClient 0
  # The legacy registration is of a client that awsenv uses as it is.
  rm "$(grep -l accessToken "$world"/home/.aws/sso/cache/*.json)"
  by_awsenv login --profile "$profile"
  asked RegisterClient 0
  diff "$world/aws-$profile" "$world/awsenv-$profile" || fail "the files of $profile have other names or other keys"
done

# Each logs the other out.
by_aws sso logout
by_awsenv login --profile dev
grep -q 'logged in to' "$world/screen" || fail "awsenv did not notice the logout of the AWS CLI"
by_awsenv logout --profile dev
if by_aws sts get-caller-identity --profile dev >/dev/null 2>&1; then
  fail "the AWS CLI goes on after awsenv's logout"
fi

# Logins to the console, which the AWS CLI knows since 2.32.
minor=${version#aws-cli/2.}
if ((${minor%%.*} >= 32)); then
  logins="$world/home/.aws/login/cache"
  lapse() {
    sed -i -E 's/"expiresAt": "[^"]*"/"expiresAt": "2020-01-01T00:00:00Z"/' "$logins"/*.json
    control '{"reset_log": true}'
  }
  by_awsenv login --profile console
  (cd "$logins" && for file in *; do echo "$file $(shape "$file") $(jq -c '.accessToken | keys_unsorted' "$file")"; done) >"$world/awsenv-console"
  by_aws sts get-caller-identity --profile console >"$world/identity" || fail "the AWS CLI does not take the login to the console"
  grep -q user/Alice "$world/identity" || fail "somebody else: $(cat "$world/identity")"
  # Each renews what the other got, with the key that it is bound to.
  lapse
  by_aws sts get-caller-identity --profile console >"$world/identity" || fail "the AWS CLI could not renew awsenv's login"
  asked CreateOAuth2Token 1
  lapse
  by_awsenv exec --profile console -- true
  asked CreateOAuth2Token 1
  by_aws logout --profile console >"$world/out"
  [[ -z $(ls "$logins") ]] || fail "aws logout does not find awsenv's login"
  by_aws login --profile console >"$world/screen" 2>&1 || fail "aws login: $(cat "$world/screen")"
  (cd "$logins" && for file in *; do echo "$file $(shape "$file") $(jq -c '.accessToken | keys_unsorted' "$file")"; done) >"$world/aws-console"
  diff "$world/aws-console" "$world/awsenv-console" || fail "the file of the login has another name or other keys"
  by_awsenv login --profile console
  grep -q 'is alive' "$world/screen" || fail "awsenv does not take the login of aws login: $(cat "$world/screen")"
  lapse
  by_awsenv exec --profile console -- true
  asked CreateOAuth2Token 1
  by_awsenv logout --profile console
  [[ -z $(ls "$logins") ]] || fail "awsenv logout does not find the login of the AWS CLI"
fi
echo "ok"
