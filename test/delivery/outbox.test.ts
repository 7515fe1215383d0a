import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {destination} from '../../src/delivery/destination.ts';
import {readLedger} from '../../src/delivery/ledger.ts';
import {moveToSent, putInOutbox} from '../../src/delivery/outbox.ts';
import {readOwed, recover} from '../../src/delivery/recover.ts';
import {prepareState} from '../../src/delivery/state-folder.ts';
import {noteAttempt, readWaiting} from '../../src/delivery/waiting.ts';
import {measure} from '../../src/host/measure.ts';

const bytes = '{"some":"report"}';
const about = {...measure(bytes), clusterID: '846db7e9-c861-43d7-8d08-31578af59878', consent: 'asked'} as const;
const [one, two] = [destination('https://one.example?key=secret'), destination('https://two.example')];

function inState(work: (folder: string, list: (name: string) => string[]) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  try {
    prepareState(folder);
    work(folder, (name) => readdirSync(join(folder, name)).sort());
  } finally {
    rmSync(folder, {recursive: true});
  }
}

test('what is put in waits, with all that is needed to send it', () =>
  inState((folder, list) => {
    const [first, second] = putInOutbox(folder, bytes, about, [one, two]);
    assert.equal(
      readWaiting(folder),
      [first, second].sort((a, b) => (a!.id < b!.id ? -1 : 1)),
    );
    assert.is(first!.url, 'https://one.example/api/v1?key=secret');
    assert.is(first!.destination, 'https://one.example/api/v1');
    assert.equal(
      list('outbox').map((name) => readFileSync(join(folder, 'outbox', name), 'utf8')),
      [bytes, bytes],
    );
    // The same bytes are on the disk once.
    assert.is(statSync(join(folder, 'outbox', `${first!.id}.json`)).nlink, 2);
  }));

test('a report that was moved to sent owes its line, once, and keeps no URL', () =>
  inState((folder, list) => {
    const [put] = putInOutbox(folder, bytes, about, [one]);
    noteAttempt(folder, put!, '2026-01-02T03:04:05.000Z');
    moveToSent(folder, put!.id);
    assert.equal(readWaiting(folder), []);
    const owed = readOwed(folder);
    assert.equal(
      owed.map(({id, outcome, time, recovered}) => [id, outcome, time, recovered]),
      [[put!.id, 'delivered', '2026-01-02T03:04:05.000Z', true]],
    );
    recover(folder);
    recover(folder);
    assert.equal(readLedger(folder).lines, owed);
    assert.equal(readOwed(folder), []);
    assert.equal(list('waiting'), []);
    assert.not.match(readFileSync(join(folder, 'ledger.jsonl'), 'utf8'), 'secret');
  }));

test('a note without bytes was never complete, and goes; half-written files too', () =>
  inState((folder, list) => {
    const [put] = putInOutbox(folder, bytes, about, [one]);
    rmSync(join(folder, 'outbox', `${put!.id}.json`));
    writeFileSync(join(folder, 'outbox', 'x.json.tmp'), '{');
    writeFileSync(join(folder, 'waiting', 'y.json.tmp'), '{');
    recover(folder);
    assert.equal([list('outbox'), list('waiting'), readLedger(folder).lines], [[], [], []]);
  }));

test('what nobody here wrote is left alone', () =>
  inState((folder, list) => {
    writeFileSync(join(folder, 'outbox', 'mine.json'), '{}');
    writeFileSync(join(folder, 'waiting', 'broken.json'), '{');
    recover(folder);
    assert.equal([list('outbox'), list('waiting')], [['mine.json'], ['broken.json']]);
    assert.equal(readWaiting(folder), []);
  }));

test('only the same cluster and the same whole URL supersede', () =>
  inState((folder, list) => {
    const other = {...about, clusterID: '11111111-2222-4333-8444-555555555555'};
    const [mine] = putInOutbox(folder, bytes, about, [one]);
    putInOutbox(folder, bytes, other, [one]);
    putInOutbox(folder, bytes, about, [destination('https://one.example?key=other')]);
    assert.is(readWaiting(folder).length, 3);
    noteAttempt(folder, mine!, '2026-01-02T03:04:05.000Z');
    const [by] = putInOutbox(folder, bytes, about, [one]);
    assert.equal(list('superseded'), [`${mine!.id}.json`]);
    assert.equal(
      readLedger(folder).lines.map((line) => [line.id, line.outcome, line.by, line.uncertain]),
      [[mine!.id, 'superseded', by!.id, true]],
    );
    assert.is(readWaiting(folder).length, 3);
  }));

test.run();
