#!/usr/bin/env bash
# Starts the emulator for a script, until the script ends: `. tests/emulator/start.sh OPTION...` at the root of the repository.
# Sets `target`, where Cargo puts what it builds, `world`, a folder that is removed at the end, and `url`, where the emulator is.
# shellcheck disable=SC2034 # The script uses them.
target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --quiet --package awsenv-emulator
world=$(mktemp -d /tmp/awsenv-emulator-XXXXXX)
"$target/debug/awsenv-emulator" "$@" --ready-file "$world/ready" >"$world/out" &
emulator=$!
trap 'kill "$emulator"; rm -rf "$world"' EXIT
until [[ -s $world/ready ]]; do sleep 0.01; done
read -r url <"$world/ready"
