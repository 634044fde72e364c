#!/usr/bin/env bash
# Proves with the real AWS SDK for JavaScript v3 that `credential_process = awsenv credential-process …` works, against the
# emulator.
#
#   npm install --prefix FOLDER @aws-sdk/credential-providers
#   js.sh FOLDER
#
# Without Node.js or the package it says that it was skipped. The gate does not run it.
set -euo pipefail
folder=$(realpath --canonicalize-missing -- "${1:-.}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

package=$folder/node_modules/@aws-sdk/credential-providers
if ! command -v node >/dev/null || [[ ! -e $package ]]; then
  echo "skipped: no node, or no @aws-sdk/credential-providers in \`$folder\`; see the first lines of this script" >&2
  exit
fi

cargo build --quiet --workspace --bins
# shellcheck source=tests/emulator/start.sh
. tests/emulator/start.sh --port 0

mkdir -p "$world/.aws"
cat >"$world/.aws/config" <<CONFIG
[profile dev]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = static
region = eu-west-1

[profile tools]
region = eu-west-1
credential_process = "$target/debug/awsenv" credential-process --profile dev

[profile broken]
region = eu-west-1
credential_process = "$target/debug/awsenv" credential-process --profile gone
CONFIG
cat >"$world/.aws/credentials" <<CREDENTIALS
[static]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
CREDENTIALS

cat >"$world/try.cjs" <<'SCRIPT'
const [, , folder] = process.argv;
const { fromIni, fromNodeProviderChain, fromProcess } = require(folder);
const assert = require("node:assert");
(async () => {
  const first = await fromProcess({ profile: "tools" })();
  assert.match(first.accessKeyId, /^ASIA/);
  assert.ok(first.secretAccessKey && first.sessionToken);
  assert.ok(first.expiration > new Date(Date.now() + 15 * 60 * 1000), String(first.expiration));
  assert.strictEqual(first.accountId, "444455556666");
  for (const way of [fromIni, fromNodeProviderChain]) {
    const again = await way({ profile: "tools" })();
    assert.strictEqual(again.accessKeyId, first.accessKeyId, "it is asked of the cache");
  }
  await assert.rejects(fromProcess({ profile: "broken" })(), (error) => {
    assert.match(error.message, /could not find the profile `gone`/);
    return true;
  });
  console.log("ok");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
SCRIPT
version=$(node -p "require('$package/package.json').version")
echo "with Node.js $(node --version) and @aws-sdk/credential-providers $version"
env -i HOME="$world" PATH="$PATH" LANG=C.UTF-8 AWS_EC2_METADATA_DISABLED=true AWS_ENDPOINT_URL_STS="$url" \
  node "$world/try.cjs" "$package"
