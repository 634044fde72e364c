#!/bin/sh
# Crowds and crashes, all of them: 500 processes at once over 20 profiles and 3 logins, a kill or a fault at every step of
# every kind of write, and 1,000 changes of directory with 10,000 prompts in each shell. Takes some minutes, and prints
# how many faults each write has survived and how large each shell was.
set -eu
cd "$(dirname "$0")/.."
export AWSENV_CROWD=1 AWSENV_SOAK=500
exec cargo test --test it -- crowd --nocapture --test-threads 1
