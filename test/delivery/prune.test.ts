import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readLedger, writeLedger} from '../../src/delivery/ledger.ts';
import {prune} from '../../src/delivery/prune.ts';

/** Runs it over folders with these reports; `a:x` is of the cluster x. What is left, by folder. */
function left(sent: string[], superseded: string[], keep: number | undefined, waiting: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'prune-'));
  try {
    for (const name of ['sent', 'superseded', 'waiting']) mkdirSync(join(folder, name));
    for (const text of sent) {
      const [id = '', clusterID = 'x'] = text.split(':');
      writeFileSync(join(folder, 'sent', `${id}.json`), '{}');
      const rest = {destination: 'd', bytes: 2, sha256: '0', consent: '--yes', time: '2026-01-01T00:00:00Z'} as const;
      writeLedger(folder, {id, clusterID, outcome: 'delivered', ...rest});
    }
    for (const id of superseded) writeFileSync(join(folder, 'superseded', `${id}.json`), '{}');
    for (const id of waiting) writeFileSync(join(folder, 'waiting', `${id}.json`), '{}');
    prune(folder, keep);
    assert.is(readLedger(folder).lines.length, sent.length);
    const names = (name: string) =>
      readdirSync(join(folder, name))
        .sort()
        .map((file) => file.replace('.json', ''))
        .join(' ');
    return [names('sent'), names('superseded')];
  } finally {
    rmSync(folder, {recursive: true});
  }
}

const many = Array.from({length: 130}, (_, i) => String(i).padStart(4, '0'));
const cases: Record<string, [left: string[], expected: string[]]> = {
  'what fits stays': [left(['a', 'b'], ['c'], 2), ['a b', 'c']],
  'the oldest go, in each folder': [left(['a', 'b', 'c'], ['d', 'e', 'f'], 1), ['c', 'f']],
  'the last one of each cluster stays': [left(['a:y', 'b', 'c', 'd'], [], 1), ['a d', '']],
  'none is kept of what nobody needs': [left(['a', 'b'], ['c'], 0), ['b', '']],
  'what the ledger may not know yet stays': [left(['a', 'b', 'c'], [], 1, ['a']), ['a c', '']],
  'all stay where that is wanted': [left(['a', 'b'], ['c'], Number.POSITIVE_INFINITY), ['a b', 'c']],
  'a hundred by default': [left(many, many, undefined), [many.slice(30).join(' '), many.slice(30).join(' ')]],
};
for (const [name, [found, expected]] of Object.entries(cases)) test(name, () => assert.equal(found, expected));

test('a folder that is not there is no error', () => prune('/nonexistent', 1));

test.run();
