#!/usr/bin/env bash
# Writes .cargo/hot-path.ld anew: the list of the functions that a prompt runs, from runs of them under callgrind.
# The linker lays these side by side, so that a start touches few pages. Names that a later build no longer has cost nothing but speed.
# Needs valgrind, jq, and the target of musl (`rustup target add x86_64-unknown-linux-musl`).
set -euo pipefail
cd "$(dirname "$0")/.."

target=x86_64-unknown-linux-musl
list=.cargo/hot-path.ld
world=$(mktemp -d "${TMPDIR:-/tmp}/awsenv-hot-XXXXXX")
trap 'rm -rf "$world"' EXIT

CARGO_PROFILE_RELEASE_STRIP=none cargo build --release --target $target --target-dir target/hot-path --bin awsenv
awsenv=$PWD/target/hot-path/$target/release/awsenv

mkdir -p "$world"/home/{.aws/cli/cache,.aws/sso/cache,static,sso} "$world/run"
chmod 700 "$world/run"
cat >"$world/home/.aws/config" <<'CONFIG'
[sso-session s]
sso_start_url = https://x.awsapps.com/start
sso_region = eu-west-1
[profile sso]
sso_session = s
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1
[profile static]
aws_access_key_id = AKIAEXAMPLEEXAMPLE01
aws_secret_access_key = example
region = eu-west-1
CONFIG
key=$(printf '{"accountId":"111122223333","roleName":"Developer","sessionName":"s"}' | sha1sum | cut -d' ' -f1)
cat >"$world/home/.aws/cli/cache/$key.json" <<'ROLE'
{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIAEXAMPLEEXAMPLE01", "SecretAccessKey": "example", "SessionToken": "example", "Expiration": "2999-01-01T00:00:00Z", "AccountId": "111122223333"}}
ROLE

# Runs awsenv in a folder of the world: FOLDER COMMAND...
run() {
  (cd "$world/home/$1" && env -i HOME="$world/home" PATH=/usr/bin:/bin XDG_RUNTIME_DIR="$world/run" "${@:2}")
}
# Each run under it leaves a profile.
callgrind=(valgrind --quiet --tool=callgrind --demangle=no "--callgrind-out-file=$world/%p.out")
for profile in static sso; do
  echo "profile = $profile" >"$world/home/$profile/.awsenv"
  run $profile "$awsenv" allow 2>/dev/null
  mapfile -t loaded < <(run $profile "$awsenv" export json 2>/dev/null |
    jq -r 'to_entries[] | select(.value != null) | "\(.key)=\(.value)"')
  for shell in bash zsh fish; do
    export=(export "$shell" --hook=1 "--features=ns,epoch,printf,zstat,sysread,uptime" --pid=1 --id= --told=)
    for folder in . $profile; do
      # Elsewhere and in the project, without and with what it loads.
      for variables in "" "${loaded[*]}"; do
        read -ra variables <<<"$variables"
        run "$folder" env "${variables[@]}" "${callgrind[@]}" "$awsenv" "${export[@]}" --pwd="$world/home/$folder"
      done
    done
  done
  # What replaces itself leaves no profile, so it must not find the command.
  run $profile "${callgrind[@]}" "$awsenv" exec -- no-such-command || true
done >/dev/null 2>&1

{
  echo "/* The functions that a prompt runs, side by side: written by benches/hot-path.sh. */"
  echo "SECTIONS { .text.hot_path : {"
  # The digests in names differ from build to build.
  grep -hE '^c?fn=' "$world"/*.out | sed -E 's/^c?fn=\([0-9]+\) ?//' | grep -E '^_(ZN|R)' |
    sed -E 's/17h[0-9a-f]{16}E.*$/17h*/; s/Cs[A-Za-z0-9]+_/Cs*_/g; s/\.[0-9]+$//' | LC_ALL=C sort -u | sed 's/.*/  *(.text.&)/'
  echo "} } INSERT BEFORE .text;"
} >"$world/list"
mv "$world/list" "$list"
wc -l "$list"
