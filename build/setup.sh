#!/bin/sh
# Installs the packages when they are missing or older than the lock file, and checks that scripts run on the project's
# own Node: npm puts node_modules/.bin first in PATH, and the development dependency `node` lives there.
set -eu
cd "$(dirname "$0")/.."
if [ ! node_modules/.package-lock.json -nt package-lock.json ] || [ ! -x node_modules/.bin/node ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
PATH="$PWD/node_modules/.bin:$PATH"
node -e 'if (+process.versions.node.split(".")[0] < 24) { console.error(`Node ${process.version} is too old: 24 or later is needed. Remove node_modules and run this again.`); process.exit(1); }'
