import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {snapshot, snapshotPath} from '../build/surface.ts';

test('every command has the flags and arguments of the snapshot (else, if it is meant: npm run surface)', async () =>
  assert.fixture(readFileSync(snapshotPath, 'utf8'), await snapshot()));

test.run();
