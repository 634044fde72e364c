#!/usr/bin/env bash
# Writes .cargo/hot-path.ld anew: the functions that a prompt runs and the constants that it reads, from runs of them
# under valgrind. The linker lays these side by side, so that a start touches few pages. Names that a later build no
# longer has cost nothing but speed.
# Needs valgrind, jq, and the target of musl (`rustup target add x86_64-unknown-linux-musl`).
set -euo pipefail
cd "$(dirname "$0")/.."

target=x86_64-unknown-linux-musl
list=.cargo/hot-path.ld
world=$(mktemp -d "${TMPDIR:-/tmp}/awsenv-hot-XXXXXX")
trap 'rm -rf "$world"' EXIT

# Cargo does not know that the linker reads the list. Any option of its own, or of the profile, would change the names.
touch src/main.rs
printf '#!/bin/sh\nexec cc "$@" -Wl,-Map="%s/map"\n' "$world" >"$world/linker"
chmod +x "$world/linker"
CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=$world/linker cargo build --release --target $target --bin awsenv
awsenv=$PWD/target/$target/release/awsenv

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
  (cd "$world/home/$1" && env -i HOME="$world/home" PATH=/usr/bin:/bin PWD="$world/home/$1" TERM=xterm LANG=C.UTF-8 \
    XDG_RUNTIME_DIR="$world/run" AWSENV_QUIET=1 "${@:2}")
}
# Each run under it leaves the addresses that were used.
traced=(valgrind --tool=lackey --trace-mem=yes "--log-file=$world/%p.trace")
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
        run "$folder" env "${variables[@]}" "${traced[@]}" "$awsenv" "${export[@]}" --pwd="$world/home/$folder"
      done
    done
  done
  run $profile "${traced[@]}" "$awsenv" export bash
  # What replaces itself leaves another trace, so it must not find the command.
  run $profile "${traced[@]}" "$awsenv" exec -- no-such-command || true
done >/dev/null 2>&1

# All pieces that were linked, as ADDRESS, 1, SIZE, NAME, FILE: the name stands in a line of its own if it is long. What the
# linker merged stands at places where others are.
awk '/^Linker script and memory map/ { begun = 1 }
  begun && /^ \.(text|rodata|data|bss)/ { name = $1; sub(/^ [^ ]+/, ""); if (!NF) next }
  name && $1 ~ /^0x/ && $1 !~ /^0x0*$/ && name !~ /^\.rodata.*\.(cst|str)[0-9.]+$/ { print substr($1, 3), 1, $2, name, $3 }
  { name = "" }' "$world/map" >"$world/pieces"
# Each run's, which stand before the addresses that it used. First what most runs use, and together what the same runs use.
for trace in "$world"/*.trace; do
  awk '$1 ~ /^[ILSM]$/ { sub(/,.*/, "", $2); address = substr("0000000000000000" $2, length($2) + 1); if (!seen[address]++) print address, 2 }' "$trace" |
    LC_ALL=C sort - "$world/pieces" |
    # Of the larger pieces of constants, which hold much of everything, a prompt reads a few bytes.
    awk '$2 == 1 { size = $3; name = $4; file = $5 } $2 == 2 && name && (name ~ /^\.text/ || length(size) < 7) { print name, file, run; name = "" }' run="${trace##*/}"
done | LC_ALL=C sort | awk '{ piece = $1 " " $2; count[piece]++; runs[piece] = runs[piece] $3 }
  END { for (piece in count) print count[piece], runs[piece], piece }' | LC_ALL=C sort -k1,1nr -k2 | cut -d' ' -f3- >"$world/used"
# The names of these pieces, for the linker, all with KIND: exact ones, and then those that a later build may have.
pieces() {
  grep -E "^\.$1" "$world/used" | sed -nE 's/^(\S+) .*\.rcgu\.o$/  *(\1)/p; s/^(\S+) .*\/libc\.a\((.*)\)$/  *libc.a:\2(\1)/p; s/^(\S+) .*\/(crt[^/]*\.o)$/  *\2(\1)/p'
}
later() {
  # The digests in names differ between compilers, and the numbers of constants between all builds.
  grep -E "^\.$1" "$world/used" | sed -nE '/rcgu/!d; s/ .*//; s/17h[0-9a-f]{16}E.*$/17h*/; s/Cs[A-Za-z0-9]+_/Cs*_/g; s/\.[0-9]+$/.*/; /\*/s/.*/  *(&)/p' | LC_ALL=C sort -u
}
{
  echo "/* What a prompt runs and reads, side by side: written by benches/hot-path.sh. */"
  echo "SECTIONS { .text.hot_path : {"
  # Valgrind hides where the kernel keeps the clock.
  echo "  *libc.a:clock_gettime.lo(.text* .rodata*) *libc.a:vdso.lo(.text* .rodata*) *libc.a:strcmp.lo(.text*)"
  # The pieces of what runs at the exit have an order of their own.
  echo "  KEEP (*(SORT_NONE(.fini)))"
  pieces '(text|rodata)'
  # Merged, they cannot be taken apart.
  echo "  *(.rodata.cst4) *(.rodata.cst8) *(.rodata.cst16) *(.rodata.cst32) *(.rodata.str1.1 .rodata.*.str1.1)"
  later '(text|rodata)'
  echo "} } INSERT BEFORE .text;"
  # What is written to, what begins as zeros too, in one page with the data of the first thread.
  echo "SECTIONS { .data.hot_path : {"
  pieces '(data|bss)'
  echo "  *(COMMON)"
  later '(data|bss)'
  echo "} } INSERT AFTER .got;"
  # The kernel would fill the rest of a page with zeros itself.
  echo "SECTIONS { .data.end : { BYTE(0) . = ALIGN(CONSTANT(COMMONPAGESIZE)); } } INSERT AFTER .data;"
} >"$world/list"
mv "$world/list" "$list"
wc -l "$list"
# The next build links anew.
touch src/main.rs
