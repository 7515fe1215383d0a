#!/usr/bin/env node
// Starts the built program. Checks the engine first, in words that an old Node understands (no await outside a function):
// it would fail on syntax, with a message that helps nobody. In a clone the project's own Node is there, and takes over.
const [major] = process.versions.node.split('.');
if (Number(major) < 24) startNewer();
else start();

/** A clone that nobody has built yet has no program. */
function requireBuilt(existsSync, fileURLToPath) {
  if (existsSync(new URL('../dist/cli/main.js', import.meta.url))) return;
  const clone = fileURLToPath(new URL('..', import.meta.url));
  console.error(
    `seldon-usage is not built yet in this clone. There, once:\n  npm --prefix ${clone.replace(/\/$/, '')} run build`,
  );
  process.exit(2);
}

async function startNewer() {
  const {spawnSync} = await import('node:child_process');
  const {existsSync} = await import('node:fs');
  const {fileURLToPath} = await import('node:url');
  requireBuilt(existsSync, fileURLToPath);
  const own = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (existsSync(own) && !process.env.SELDON_USAGE_NODE) {
    const env = {...process.env, SELDON_USAGE_NODE: own};
    const {status, signal} = spawnSync(own, process.argv.slice(1), {stdio: 'inherit', env});
    if (signal) process.kill(process.pid, signal);
    process.exit(status === null ? 1 : status);
  }
  console.error(
    [
      `seldon-usage needs Node.js 24 or later, and this is ${process.version}.`,
      '  Install it (https://nodejs.org), or let npm fetch it for a run:',
      '  npx --yes --package node@24 seldon-usage --help',
    ].join('\n'),
  );
  process.exit(2);
}

async function start() {
  // Not imported, which would have Node read every export of each: build/builtins.ts says more.
  const {enableCompileCache} = process.getBuiltinModule('node:module');
  const {dirname} = process.getBuiltinModule('node:path');
  requireBuilt(process.getBuiltinModule('node:fs').existsSync, process.getBuiltinModule('node:url').fileURLToPath);
  // Libraries print to it what users gave, a URL's query among it.
  delete process.env.DEBUG;
  // NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE keep Node's meaning. Without them Node would use a folder of
  // everybody's in TMPDIR, and run whatever another user put there.
  // A dry run writes nothing at all.
  const {NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE} = process.env;
  if (!NODE_COMPILE_CACHE && !NODE_DISABLE_COMPILE_CACHE && !process.argv.includes('--dry-run')) {
    const {compileCache} = await import('../dist/host/private-folder.js');
    const folder = compileCache(process.env);
    if (folder) enableCompileCache(folder);
  }
  // Somebody waits at the keyboard: without all that runs commands.
  if (process.argv[2] === '__complete') {
    const {printCompletion} = await import('../dist/cli/complete.js');
    const {knownNames} = await import('../dist/operations/known-names.js');
    printCompletion(process.argv.slice(3), dirname(import.meta.dirname), knownNames);
    return;
  }
  const {main} = await import('../dist/cli/main.js');
  await main(process.argv.slice(2), dirname(import.meta.dirname));
}
