// Hostile records, manifests and answers of an API server: each is read or refused by a process of its own that stays
// within 200 MB, and nothing but a UserError is thrown.
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cases, records} from './hostile-child.ts';

const run = promisify(execFile);
const test = suite<{folder: string}>('bounds');

/** As bin/run.js sets them, at run time: on the command line the nursery would begin larger. */
const settings = ['--semi-space-growth-factor=1', '--no-opt', '--no-parallel-scavenge'];
const preload = `import {setFlagsFromString} from 'node:v8';${settings.map((flag) => `setFlagsFromString('${flag}');`).join('')}`;
const flags = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
const child = join(import.meta.dirname, 'hostile-child.ts');

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'bounds-'));
});
test.after(({folder}) => rmSync(folder, {recursive: true}));

async function requireBounded(...args: string[]): Promise<void> {
  const {stdout} = await run(process.execPath, [...process.execArgv, ...flags, child, ...args]);
  const {outcome, megabytes} = JSON.parse(stdout) as {outcome: string; megabytes: number};
  assert.match(outcome, /^(?:read|refused)/);
  assert.ok(megabytes < 200, `${megabytes} MB: ${outcome}`);
}

for (const [name, make] of Object.entries(records))
  test(name, ({folder}) => {
    const file = join(folder, 'record');
    writeFileSync(file, make());
    return requireBounded(name, file);
  });
for (const name of Object.keys(cases)) test(name, () => requireBounded(name));

test.run();
