#!/bin/sh
# Crowds and crashes, all of them: 500 processes at once over 20 profiles and 3 logins, and a kill or a fault at every
# step of every kind of write. Takes some minutes, and prints how many faults each write has survived.
set -eu
cd "$(dirname "$0")/.."
export AWSENV_CROWD=1
exec cargo test --test it -- crowd --nocapture --test-threads 1
