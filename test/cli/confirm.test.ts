// Without a terminal nobody can be asked: whatever asks says which flag agrees.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {sqliteWriter} from '../../src/collector/store/sqlite/writer.ts';
import {folder, run} from '../program.ts';

const store = join(folder, 'reports.db');
await sqliteWriter(store, {create: true}).close();
const report = join(import.meta.dirname, '../../examples/report.json');

// A report that waits.
const state = join(folder, 'state');
for (const name of ['outbox', 'waiting']) mkdirSync(join(state, name), {recursive: true});
const waiting = {
  id: 'a',
  time: '2026-01-02T03:04:05.000Z',
  destination: 'https://c.example/api/v1',
  clusterID: 'c',
  bytes: 2,
};
writeFileSync(join(state, 'outbox/a.json'), '{}');
writeFileSync(
  join(state, 'waiting/a.json'),
  JSON.stringify({...waiting, url: waiting.destination, sha256: '0', consent: '--yes'}),
);

const refusals: [args: string[], status: number][] = [
  [['enable'], 2],
  [['disable'], 2],
  [['toggle'], 2],
  [['send', report, '--url', 'https://c.example'], 6],
  [['send', '--pending', '--state-dir', state], 6],
  [['history', 'discard', 'a', '--state-dir', state], 2],
  [['serve', 'forget', 'x', '--store', `sqlite:${store}`], 2],
  [['serve', 'restore', store, '--store', `sqlite:${folder}/other.db`], 2],
];
for (const [args, status] of refusals) {
  test(`${args.slice(0, 2).join(' ').replace(report, 'FILE')} names --yes`, () => {
    const ended = run(args);
    assert.is(ended.status, status, ended.stderr);
    assert.match(ended.stderr, /--yes/);
  });
}

test('nobody is asked about a store that is not there', () => {
  const {status, stderr} = run(['serve', 'forget', 'x', '--store', `sqlite:${folder}/none.db`]);
  assert.is(status, 4, stderr);
  assert.match(stderr, /There is no store at/);
});

test('nothing was changed by the refusals', () => {
  assert.match(run(['history', '--state-dir', state]).stdout, /^a .* waiting\n/);
  assert.ok(new DatabaseSync(store, {readOnly: true}).prepare('SELECT count(*) FROM report').get());
});

test.run();
