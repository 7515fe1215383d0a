import {appendFileSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type LedgerLine, ledgerPath, writeLedger} from '../../src/delivery/ledger.ts';
import type {UserError} from '../../src/errors.ts';
import {lastSent} from '../../src/operations/diff.ts';
import {history, historyBytes} from '../../src/operations/history.ts';
import {clusterID, type Sandbox, sandbox} from '../delivery/sandbox.ts';

function line(id: string, minute: number, more: Partial<LedgerLine> = {}): LedgerLine {
  return {
    id,
    time: `2026-01-02T03:${String(minute).padStart(2, '0')}:00.000Z`,
    outcome: 'delivered',
    destination: 'https://c.example/api/v1',
    clusterID,
    bytes: 3,
    sha256: 'ab',
    consent: '--yes',
    ...more,
  };
}

function withLedger(lines: LedgerLine[], work: (user: Sandbox) => void): void {
  const user = sandbox();
  try {
    for (const name of ['', 'outbox', 'sent', 'superseded', 'waiting'])
      mkdirSync(join(user.folder, name), {recursive: true});
    for (const each of lines) writeLedger(user.folder, each);
    work(user);
  } finally {
    rmSync(user.around.home, {recursive: true});
  }
}

const seen = (user: Sandbox) =>
  history(undefined, user.around).entries.map(({id, state, reason}) => [id, state, reason]);

test('nothing yet', () => {
  const user = sandbox();
  assert.equal(history(undefined, user.around).entries, []);
  user.remove();
});

test('of each report the last outcome counts, oldest first', () =>
  withLedger(
    [
      line('a', 1, {outcome: 'failed', reason: 'no'}),
      line('b', 2),
      line('a', 3),
      line('c', 4, {outcome: 'failed', reason: 'why'}),
      line('c', 5, {outcome: 'superseded', by: 'd'}),
    ],
    (user) =>
      assert.equal(seen(user), [
        ['b', 'delivered', undefined],
        ['a', 'delivered', undefined],
        ['c', 'superseded', undefined],
      ]),
  ));

test('what waits says why the last attempt failed', () =>
  withLedger([line('a', 1, {outcome: 'failed', reason: 'refuses connections', attempts: 3})], (user) => {
    const {outcome: _, ...rest} = line('a', 0);
    writeFileSync(
      join(user.folder, 'waiting/a.json'),
      JSON.stringify({...rest, url: 'https://c.example/api/v1?k=secret'}),
    );
    writeFileSync(join(user.folder, 'outbox/a.json'), '{}');
    assert.equal(seen(user), [['a', 'waiting', 'refuses connections']]);
    assert.not.match(JSON.stringify(history(undefined, user.around)), 'secret');
  }));

test('lines that can’t be read are counted, and the rest is shown', () =>
  withLedger([line('a', 1)], (user) => {
    appendFileSync(ledgerPath(user.folder), 'garbage\n{"id":');
    assert.is(history(undefined, user.around).unreadable, 2);
    assert.equal(seen(user), [['a', 'delivered', undefined]]);
  }));

test('bytes that are gone: the ledger still has their hash', () =>
  withLedger([line('a', 1)], (user) => {
    try {
      historyBytes('a', undefined, user.around);
    } catch (error) {
      assert.is((error as UserError).code, 'input');
      assert.match((error as UserError).suggestions.join(), 'ab');
      return;
    }
    assert.unreachable();
  }));

test('the report sent last is that of the cluster, whatever was sent of others', () =>
  withLedger(
    [line('a', 1), line('b', 2), line('c', 3, {clusterID: 'other'}), line('d', 4, {outcome: 'failed'})],
    (user) => {
      for (const id of ['a', 'b', 'c']) writeFileSync(join(user.folder, `sent/${id}.json`), user.bytes);
      assert.is(lastSent(clusterID, undefined, user.around)!.entry.id, 'b');
      assert.is(lastSent('unknown', undefined, user.around), undefined);
    },
  ));

const known = {...line('a', 1), url: 'https://c.example/api/v1'};
const records: [what: string, record: string | undefined, bytes: boolean, damaged: number][] = [
  ['one in order', JSON.stringify(known), true, 0],
  ['one cut off', JSON.stringify(known).slice(0, 40), true, 1],
  ['an empty one', '', true, 1],
  ['one of another name', JSON.stringify({...known, id: 'b'}), true, 1],
  ['one that leads elsewhere', JSON.stringify({...known, url: 'https://evil.example/api/v1'}), true, 1],
  ['none at all beside the bytes', undefined, true, 1],
  ['one whose bytes were never written', JSON.stringify(known), false, 0],
];
for (const [what, record, bytes, damaged] of records) {
  test(`damaged records of what waits are counted: ${what}`, () =>
    withLedger([line('z', 0)], (user) => {
      if (record !== undefined) writeFileSync(join(user.folder, 'waiting/a.json'), record);
      if (bytes) writeFileSync(join(user.folder, 'outbox/a.json'), '{}');
      appendFileSync(ledgerPath(user.folder), 'torn\n');
      const found = history(undefined, user.around);
      assert.equal([found.damaged, found.unreadable], [damaged, damaged + 1]);
    }));
}

test.run();
