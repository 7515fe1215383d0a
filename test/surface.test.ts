import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {commands} from '../build/docs.ts';
import {snapshot, snapshotPath} from '../build/surface.ts';

test('every command has the flags and arguments of the snapshot (else, if it is meant: npm run surface)', async () =>
  assert.fixture(readFileSync(snapshotPath, 'utf8'), await snapshot()));

// oclif would take piped input for a missing one: of a loop over a file the next line, for `serve forget`.
for (const {name, command} of await commands())
  for (const [arg, {ignoreStdin}] of Object.entries(command.args ?? {}))
    test(`${name} takes ${arg} from the command line alone`, () => assert.is(ignoreStdin, true));

test.run();
